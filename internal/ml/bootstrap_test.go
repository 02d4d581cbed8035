package ml

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"lfb/internal/lfb"
)

// pairs makes squared errors of two models over days that share a shock; A's
// errors are scaled by better.
func pairs(seed uint64, days, perDay int, better float64) (a, b []float64, day []int32) {
	rng := rand.New(rand.NewPCG(seed, 1))
	for d := range days {
		shock := 1 + 0.5*rng.Float64()
		for range perDay {
			e := 100 * shock * rng.NormFloat64()
			f := better*e + 10*rng.NormFloat64()
			a, b, day = append(a, f*f), append(b, e*e), append(day, int32(17000+d))
		}
	}
	return a, b, day
}

func TestPairedBootstrap(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		better   float64
		of       Statistic
		excludes bool
	}{
		{"clearly better, rmse", 0.9, DifferenceOfRoots, true},
		{"clearly better, ratio", 0.9, RatioOfRoots, true},
		{"clearly better, mean", 0.9, DifferenceOfMeans, true},
		{"clearly worse, ratio", 1.1, RatioOfRoots, true},
		// pairs adds noise of 10 s to errors of mean square 15,833 s²: this takes it back out.
		{"the same", math.Sqrt(1 - 100/15833.0), DifferenceOfRoots, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a, b, day := pairs(7, 31, 200, tt.better)
			got, err := PairedBootstrap(a, b, day, BootstrapOptions{Of: tt.of, Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			if got.Low > got.Diff || got.High < got.Diff || got.Days != 31 || got.Confidence != 0.95 {
				t.Errorf("PairedBootstrap = %+v, want the difference inside, 31 days, 0.95", got)
			}
			if (got.Low > 0 || got.High < 0) != tt.excludes {
				t.Errorf("PairedBootstrap = %+v excludes 0: %v, want %v", got, !tt.excludes, tt.excludes)
			}
		})
	}
}

func TestPairedBootstrapValues(t *testing.T) {
	t.Parallel()
	a, b, day := []float64{81, 81, 81}, []float64{100, 100, 100}, []int32{3, 1, 2}
	tests := []struct {
		of   Statistic
		want float64
	}{{DifferenceOfMeans, -19}, {DifferenceOfRoots, -1}, {RatioOfRoots, -0.1}}
	for _, tt := range tests {
		got, err := PairedBootstrap(a, b, day, BootstrapOptions{Of: tt.of, Rounds: 50})
		if err != nil {
			t.Fatal(err)
		}
		// Every draw of equal days gives the same value, so the interval is a point.
		if math.Abs(got.Diff-tt.want) > 1e-12 || got.Low != got.Diff || got.High != got.Diff {
			t.Errorf("PairedBootstrap of %v = %+v, want the point %v", tt.of, got, tt.want)
		}
	}
}

// TestPairedBootstrapCoversTheTruth checks the interval's promise on repeated
// samples whose true difference is known to be 0.
func TestPairedBootstrapCoversTheTruth(t *testing.T) {
	t.Parallel()
	const trials = 300
	covered := 0
	for k := range trials {
		rng := rand.New(rand.NewPCG(uint64(k), 2))
		var a, b []float64
		var day []int32
		for d := range 30 {
			shock := rng.NormFloat64() // a day on which A does better on every row
			for range 20 {
				a = append(a, 100+shock+rng.NormFloat64())
				b = append(b, 100+rng.NormFloat64())
				day = append(day, int32(d))
			}
		}
		got, err := PairedBootstrap(a, b, day, BootstrapOptions{Seed: uint64(k), Rounds: 400})
		if err != nil {
			t.Fatal(err)
		}
		if got.Low <= 0 && got.High >= 0 {
			covered++
		}
	}
	// 95 % less what 30 clusters cost a percentile interval (about 2 points), ± 3
	// standard errors of 300 trials; drawing rows instead of days gives about 0.35.
	if share := float64(covered) / trials; share < 0.89 || share > 0.99 {
		t.Errorf("interval covers the truth in %.3f of trials, want about 0.95", share)
	}
}

func TestPairedBootstrapRepeats(t *testing.T) {
	t.Parallel()
	a, b, day := pairs(3, 12, 40, 0.95)
	run := func(seed uint64) Interval {
		i, err := PairedBootstrap(a, b, day, BootstrapOptions{Of: DifferenceOfRoots, Seed: seed, Rounds: 300})
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	if x, y := run(5), run(5); x != y {
		t.Errorf("same seed gave %+v and %+v", x, y)
	}
	if x, y := run(5), run(6); x == y {
		t.Errorf("seeds 5 and 6 gave the same interval %+v", x)
	}
}

func TestPairedBootstrapRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		loss []float64
		day  []int32
		opt  BootstrapOptions
	}{
		{"no rows", nil, nil, BootstrapOptions{}},
		{"one day", []float64{1, 2}, []int32{4, 4}, BootstrapOptions{}},
		{"NaN", []float64{1, math.NaN()}, []int32{4, 5}, BootstrapOptions{}},
		{"infinite", []float64{1, math.Inf(1)}, []int32{4, 5}, BootstrapOptions{}},
		{"confidence 1", []float64{1, 2}, []int32{4, 5}, BootstrapOptions{Confidence: 1}},
		{"negative rounds", []float64{1, 2}, []int32{4, 5}, BootstrapOptions{Rounds: -1}},
	}
	for _, tt := range tests {
		if got, err := PairedBootstrap(tt.loss, tt.loss, tt.day, tt.opt); !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("%s: PairedBootstrap = %+v, %v, want ErrInvalid", tt.name, got, err)
		}
	}
}
