package drift

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat"
)

func normal(n int, seed uint64, shift, scale float64) []float64 {
	r := rand.New(rand.NewPCG(seed, 1))
	out := make([]float64, n)
	for i := range out {
		out[i] = r.NormFloat64()*scale + shift
	}
	return out
}

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if math.Abs(got-want) > within {
		t.Errorf("%s = %v, want %v within %v", what, got, want, within)
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	base := normal(20000, 1, 0, 1)
	for _, c := range []struct {
		name               string
		ref, now           []float64
		psi, w             float64
		psiWithin, wWithin float64
	}{
		{"the same rows", base, base, 0, 0, 1e-12, 1e-12},
		{"another draw", base, normal(20000, 2, 0, 1), 0, 0, 0.005, 0.03},
		// Two normals a shift d apart: the symmetrised divergence is d², and the distance d.
		{"shifted by half a deviation", base, normal(20000, 3, 0.5, 1), 0.25, 0.5, 0.03, 0.03},
		{"in other units", normal(20000, 1, 0, 100), normal(20000, 3, 50, 100), 0.25, 0.5, 0.03, 0.03},
		{"constant, unchanged", []float64{3, 3, 3}, []float64{3, 3}, 0, 0, 1e-12, 1e-12},
		{"exact: {0,1} to {0,3}", []float64{0, 1}, []float64{0, 3}, 2 / 3.5 * math.Log(3), 2, 1e-12, 1e-12},
		{"missing on one side", []float64{1, 2, 3, 4}, []float64{nan, nan, nan, nan}, 0, 0, 99, 1e-12},
		{"nothing", nil, base, 0, 0, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := MeasureNumber(c.ref, c.now)
			near(t, "PSI", m.PSI, c.psi, c.psiWithin)
			near(t, "Wasserstein", m.Wasserstein, c.w, c.wWithin)
			if math.IsNaN(m.PSI+m.Wasserstein+m.Noise) || math.IsInf(m.PSI+m.Wasserstein, 0) {
				t.Errorf("Number = %+v", m)
			}
		})
	}
	m := MeasureNumber([]float64{1, 2, nan, 4}, []float64{nan, nan, 1, 2})
	near(t, "MissingRef", m.MissingRef, 0.25, 0)
	near(t, "Missing", m.Missing, 0.5, 0)
	constant := MeasureNumber([]float64{3, 3, 3, 3}, []float64{3, 3, 3, 4})
	near(t, "Wasserstein of a constant that changed", constant.Wasserstein, 0.25, 0)
}

// TestWassersteinIsSymmetricAndExact compares with the mean distance of sorted
// pairs, which it is for samples of one size.
func TestWassersteinIsSymmetricAndExact(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		a, b := sortedPresent(normal(500, seed, 0, 1)), sortedPresent(normal(500, seed+100, 0.3, 2))
		var want float64
		for i := range a {
			want += math.Abs(a[i]-b[i]) / float64(len(a))
		}
		near(t, "Wasserstein", standardisedDistance(a, b)*stat.PopStdDev(a, nil), want, 1e-9)
		near(t, "Wasserstein the other way", standardisedDistance(b, a)*stat.PopStdDev(b, nil), want, 1e-9)
	}
}

// TestNoise: what chance gives is what Noise says, on average.
func TestNoise(t *testing.T) {
	t.Parallel()
	var sum, noise float64
	const rounds = 200
	for seed := range uint64(rounds) {
		m := MeasureNumber(normal(2000, seed, 0, 1), normal(1000, seed+1000, 0, 1))
		sum += m.PSI / rounds
		noise += m.Noise / rounds
	}
	near(t, "mean PSI without drift", sum/noise, 1, 0.15)
}

func TestCategory(t *testing.T) {
	t.Parallel()
	codes := func(n int, weights ...float64) (out []float64) {
		for k, w := range weights {
			for range int(w * float64(n)) {
				out = append(out, float64(k))
			}
		}
		return out
	}
	same := MeasureCategory(codes(1000, 0.5, 0.3, 0.2), codes(2000, 0.5, 0.3, 0.2))
	near(t, "PSI of the same shares", same.PSI, 0, 1e-6)
	moved := MeasureCategory(codes(10000, 0.5, 0.3, 0.2), codes(10000, 0.2, 0.3, 0.5))
	near(t, "PSI", moved.PSI, 2*0.3*math.Log(2.5), 1e-3)
	if moved.Wasserstein != 0 {
		t.Errorf("Wasserstein of a category = %v, want 0", moved.Wasserstein)
	}
	// A thousand rare codes are one bin: their number alone is no drift.
	many := func(seed uint64) (out []float64) {
		r := rand.New(rand.NewPCG(seed, 2))
		for range 5000 {
			out = append(out, float64(r.IntN(1000)))
		}
		return out
	}
	if m := MeasureCategory(many(1), many(2)); m.Noise != 0 || m.PSI > 1e-9 {
		t.Errorf("Category of rare codes = %+v, want one bin and no drift", m)
	}
	gone := MeasureCategory(codes(1000, 1), append(codes(500, 1), make([]float64, 0)...))
	near(t, "PSI of one category", gone.PSI, 0, 1e-9)
}

func TestStride(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ n, limit, want int64 }{
		{0, 10, 1},
		{10, 10, 1},
		{11, 10, 2},
		{100, 10, 10},
		{101, 10, 11},
		{5, 0, 1},
	} {
		if got := Stride(c.n, c.limit); got != c.want {
			t.Errorf("Stride(%d, %d) = %d, want %d", c.n, c.limit, got, c.want)
		}
	}
}

// ExampleMeasureNumber shows a month in which calls come from a kilometre further north.
func ExampleMeasureNumber() {
	training := normal(5000, 1, 180_000, 5_000)
	month := normal(5000, 2, 181_000, 5_000)
	m := MeasureNumber(training, month)
	fmt.Printf("PSI %.2f, Wasserstein %.1f standard deviations\n", m.PSI, m.Wasserstein)
	// Output: PSI 0.04, Wasserstein 0.2 standard deviations
}
