package ml

import (
	"fmt"
	"slices"
	"sort"

	"lfb/internal/lfb"
)

// Interpolate returns the value at a place of sorted, which is not empty, on the straight
// line between its neighbours: 0 is the first, len-1 the last.
func Interpolate(sorted []float64, place float64) float64 {
	lo := int(place)
	if lo >= len(sorted)-1 {
		return sorted[len(sorted)-1]
	}
	return sorted[lo] + (place-float64(lo))*(sorted[lo+1]-sorted[lo])
}

// QuantileSteps is the number of steps between the quantiles 0 and 1 of a QuantileGrid.
const QuantileSteps = 100

// QuantileGrid is a distribution by its quantiles at 0, 0.01 … 1.
type QuantileGrid []float64

// NewQuantileGrid returns the empirical quantiles of sorted, which is not empty.
func NewQuantileGrid(sorted []float64) QuantileGrid {
	g := make(QuantileGrid, QuantileSteps+1)
	for i := range g {
		g[i] = Interpolate(sorted, float64(i)*float64(len(sorted)-1)/QuantileSteps)
	}
	return g
}

// Quantile is the quantile q, in [0, 1].
func (g QuantileGrid) Quantile(q float64) float64 { return Interpolate(g, q*QuantileSteps) }

// ProbabilityUpTo returns the probability of a value ≤ v.
func (g QuantileGrid) ProbabilityUpTo(v float64) float64 {
	above := sort.Search(len(g), func(i int) bool { return g[i] > v })
	switch above {
	case 0:
		return 0
	case len(g):
		return 1
	}
	lo, hi := g[above-1], g[above]
	return (float64(above-1) + (v-lo)/(hi-lo)) / QuantileSteps
}

// Check returns lfb.ErrInvalid unless g can be a distribution's quantiles.
func (g QuantileGrid) Check() error {
	if len(g) != QuantileSteps+1 || !slices.IsSorted(g) {
		return fmt.Errorf("%d quantiles, want %d that ascend: %w", len(g), QuantileSteps+1, lfb.ErrInvalid)
	}
	return nil
}
