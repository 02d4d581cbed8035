package drift

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
)

func TestHistograms(t *testing.T) {
	t.Parallel()
	ref, now := make([]float64, 1000), make([]float64, 500)
	for i := range ref {
		ref[i] = float64(i % 100)
	}
	for i := range now {
		now[i] = float64(i%100) + 50
	}
	now[0], now[1] = math.NaN(), math.Inf(1)
	h := NumberHistogram(ref, now)
	if len(h.Edges) != 13 || len(h.Ref) != 12 || h.Edges[0] > 1 || h.Edges[12] < 140 {
		t.Fatalf("NumberHistogram = %+v", h)
	}
	if math.Abs(floats.Sum(h.Ref)-1) > 1e-9 || math.Abs(floats.Sum(h.Now)-499./500) > 1e-9 || h.Now[0] != 0 ||
		h.Ref[11] != 0 {
		t.Errorf("shares then %v, now %v: want all rows but the missing, and each side where its rows are", h.Ref, h.Now)
	}
	if h := NumberHistogram([]float64{1, 1}, []float64{1}); h.Edges != nil {
		t.Errorf("NumberHistogram of one value = %+v, want none", h)
	}
	if h := NumberHistogram(nil, now); h.Edges != nil {
		t.Errorf("NumberHistogram of nothing = %+v, want none", h)
	}
	c := CategoryHistogram([]float64{0, 0, 1, math.NaN()}, []float64{2, 2, 2, 1})
	if !slices.Equal(c.Codes, []float64{2, 0, 1}) || !slices.Equal(c.Ref, []float64{0, 0.5, 0.25}) ||
		!slices.Equal(c.Now, []float64{0.75, 0, 0.25}) {
		t.Errorf("CategoryHistogram = %+v", c)
	}
}
