package interval

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestBelieved asks what share of a calibration span is aimed at for q = 0.9, where
// the model's own quantile covers the given share of each of 8 days.
func TestBelieved(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		rows    int
		days    []float64
		lo, top float64
	}{
		{"as promised", 4000, []float64{0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9}, 0.895, 0.905},
		{"far off on every day: made up for in full", 4000, []float64{0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6}, 0.899, 0.9},
		{
			"off by what days differ: half believed", 4000,
			[]float64{0.95, 0.8, 0.94, 0.78, 0.96, 0.82, 0.9, 0.8},
			0.875,
			0.893,
		},
		{"too few rows to tell: q itself", 1000, []float64{0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8}, 0.9, 0.9},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(3, 3))
			points := make([]point, tt.rows)
			for i := range points {
				points[i] = point{x: 480, y: 600}
				if rng.Float64() < tt.days[runOf(i, tt.rows, len(tt.days))] {
					points[i].y = 300
				}
			}
			if got := achievableLevel(points, 0.9); got < tt.lo || got > tt.top {
				t.Errorf("believed = %.4f, want %v to %v", got, tt.lo, tt.top)
			}
		})
	}
}

func TestRank(t *testing.T) {
	t.Parallel()
	v := []float64{5, 1, 4, 2, 3, 9, 8, 7, 6}
	for _, tt := range []struct{ q, want float64 }{{0.5, 5}, {0.9, 9}, {0.05, 1}, {0.999, 9}, {0.1, 1}, {0.11, 2}} {
		if got := conformalQuantile(v, tt.q); got != tt.want {
			t.Errorf("conformalQuantile(%v) = %v, want %v", tt.q, got, tt.want)
		}
	}
}

func TestMonotone(t *testing.T) {
	t.Parallel()
	c := monotone([]knot{{1, 1, 1}, {2, 5, 1}, {3, 3, 1}, {4, 4, 2}, {5, 9, 1}})
	// 5, 3 and 4 (twice) pool to 4 at 3.25.
	want := curve{X: []float64{1, 3.25, 5}, Y: []float64{1, 4, 9}}
	for i := range want.X {
		if len(c.X) != 3 || c.X[i] != want.X[i] || c.Y[i] != want.Y[i] {
			t.Fatalf("monotone = %v, want %v", c, want)
		}
	}
	for _, tt := range []struct{ x, slope, want float64 }{
		{0, 1, 0},
		{0, 0, 1},
		{1, 1, 1},
		{3.25, 1, 4},
		{4.125, 0, 6.5},
		{7, 1, 11},
		{7, 0, 9},
	} {
		if got := c.valueAt(tt.x, tt.slope); math.Abs(got-tt.want) > 1e-12 {
			t.Errorf("at(%v, slope %v) = %v, want %v", tt.x, tt.slope, got, tt.want)
		}
	}
	if got := c.valueAt(math.NaN(), 1); !math.IsNaN(got) {
		t.Errorf("at(NaN) = %v, want NaN", got)
	}
}

func TestPlatt(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(5, 5))
	var points []point
	for range 800 { // twice too sure: the truth is logistic of half the logit
		p := rng.Float64()
		y := 0.0
		if rng.Float64() < logistic(logit(p)/2) {
			y = 1
		}
		points = append(points, point{p, y})
	}
	c := platt(points)
	for _, p := range []float64{0.1, 0.5, 0.9} {
		if got, want := c.valueAt(p, 0), logistic(logit(p)/2); math.Abs(got-want) > 0.06 {
			t.Errorf("Platt of %v = %.3f, want %.3f", p, got, want)
		}
	}
	identity := platt(nil)
	for _, p := range []float64{0.1, 0.5, 0.9} {
		if got := identity.valueAt(p, 0); math.Abs(got-p) > 1e-9 {
			t.Errorf("Platt of nothing at %v = %v, want the same", p, got)
		}
	}
	all := make([]point, 50)
	for i := range all {
		all[i] = point{0.8, 1} // always right
	}
	sure := platt(all)
	if got := sure.valueAt(0.8, 0); !(got > 0.8 && got < 1) {
		t.Errorf("Platt of a score that always came true = %v, want within (0.8, 1)", got)
	}
}
