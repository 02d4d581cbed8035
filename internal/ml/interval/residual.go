package interval

import (
	"fmt"
	"slices"
	"sort"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

// residuals is the distribution of actual minus predicted, by predicted level:
// what a model without quantiles of its own is given.
type residuals struct {
	Centre []float64         `json:"centre"` // mean prediction of each level, strictly ascending
	Grid   []ml.QuantileGrid `json:"grid"`   // of each level: of the errors
}

// residualRows is the least rows of a level.
const residualRows = 200

// newResiduals learns from points (prediction, actual), at least one.
func newResiduals(points []point) residuals {
	sortPoints(points)
	var r residuals
	for _, g := range groupPoints(points, residualRows, 10) {
		var centre float64
		for _, p := range g {
			centre += p.x / float64(len(g))
		}
		v := errorsOf(g)
		slices.Sort(v)
		if n := len(r.Centre); n > 0 && !(centre > r.Centre[n-1]) {
			continue // sums that round to the same centre
		}
		r.Centre, r.Grid = append(r.Centre, centre), append(r.Grid, ml.NewQuantileGrid(v))
	}
	return r
}

// around names the levels on both sides of x and the weight of the upper one.
func (r *residuals) around(x float64) (lo, hi int, w float64) {
	hi = sort.SearchFloat64s(r.Centre, x)
	switch {
	case hi == 0:
		return 0, 0, 0
	case hi == len(r.Centre):
		return hi - 1, hi - 1, 0
	}
	lo = hi - 1
	return lo, hi, (x - r.Centre[lo]) / (r.Centre[hi] - r.Centre[lo])
}

// quantile is the quantile q of the actual time where x is predicted.
func (r *residuals) quantile(x, q float64) float64 {
	lo, hi, w := r.around(x)
	return x + (1-w)*r.Grid[lo].Quantile(q) + w*r.Grid[hi].Quantile(q)
}

// probability is that of an actual time ≤ t where x is predicted.
func (r *residuals) probability(x, t float64) float64 {
	lo, hi, w := r.around(x)
	return (1-w)*r.Grid[lo].ProbabilityUpTo(t-x) + w*r.Grid[hi].ProbabilityUpTo(t-x)
}

func (r *residuals) check() error {
	if len(r.Centre) == 0 || len(r.Centre) != len(r.Grid) {
		return fmt.Errorf("residuals of %d levels and %d grids: %w", len(r.Centre), len(r.Grid), lfb.ErrInvalid)
	}
	for i, grid := range r.Grid {
		if err := grid.Check(); err != nil || i > 0 && !(r.Centre[i] > r.Centre[i-1]) {
			return fmt.Errorf("residuals of level %d: %w", i, lfb.ErrInvalid)
		}
	}
	return nil
}
