package interval

import (
	"fmt"
	"slices"
	"sort"

	"lfb/internal/lfb"
)

// residuals is the distribution of actual minus predicted, by predicted level:
// what a model without quantiles of its own is given.
type residuals struct {
	Centre []float64   `json:"centre"` // mean prediction of each level, strictly ascending
	Grid   [][]float64 `json:"grid"`   // of each level: the errors' quantiles at 0 … 1, ascending
}

const (
	residualSteps = 100 // between the quantiles 0 and 1
	residualRows  = 200 // least rows of a level
)

// newResiduals learns from points (prediction, actual), at least one.
func newResiduals(points []point) residuals {
	sortPoints(points)
	var r residuals
	for _, g := range groups(points, residualRows, 10) {
		var centre float64
		for _, p := range g {
			centre += p.x / float64(len(g))
		}
		v := errorsOf(g)
		slices.Sort(v)
		grid := make([]float64, residualSteps+1)
		for i := range grid {
			at := float64(i) * float64(len(v)-1) / residualSteps
			lo := int(at)
			hi := min(lo+1, len(v)-1)
			grid[i] = v[lo] + (at-float64(lo))*(v[hi]-v[lo])
		}
		if n := len(r.Centre); n > 0 && !(centre > r.Centre[n-1]) {
			continue // sums that round to the same centre
		}
		r.Centre, r.Grid = append(r.Centre, centre), append(r.Grid, grid)
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
	return x + (1-w)*gridQuantile(r.Grid[lo], q) + w*gridQuantile(r.Grid[hi], q)
}

// probability is that of an actual time ≤ t where x is predicted.
func (r *residuals) probability(x, t float64) float64 {
	lo, hi, w := r.around(x)
	return (1-w)*gridShare(r.Grid[lo], t-x) + w*gridShare(r.Grid[hi], t-x)
}

func gridQuantile(grid []float64, q float64) float64 {
	at := q * residualSteps
	lo := min(max(int(at), 0), residualSteps-1)
	return grid[lo] + (at-float64(lo))*(grid[lo+1]-grid[lo])
}

func gridShare(grid []float64, v float64) float64 {
	above := sort.Search(len(grid), func(i int) bool { return grid[i] > v })
	if above == 0 {
		return 0
	}
	if above == len(grid) {
		return 1
	}
	lo, hi := grid[above-1], grid[above]
	return (float64(above-1) + (v-lo)/(hi-lo)) / residualSteps
}

func (r *residuals) check() error {
	if len(r.Centre) == 0 || len(r.Centre) != len(r.Grid) {
		return fmt.Errorf("residuals of %d levels and %d grids: %w", len(r.Centre), len(r.Grid), lfb.ErrInvalid)
	}
	for i, grid := range r.Grid {
		if len(grid) != residualSteps+1 || !slices.IsSorted(grid) || (i > 0 && !(r.Centre[i] > r.Centre[i-1])) {
			return fmt.Errorf("residuals of level %d: %w", i, lfb.ErrInvalid)
		}
	}
	return nil
}
