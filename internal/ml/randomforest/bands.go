package randomforest

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

// bands cuts time: band k is Edge[k] < y ≤ Edge[k+1]; the first holds its lower
// edge too. Seconds.
type bands struct {
	Edge []float64 `json:"edge"` // one more than bands, ascending
	Mean []float64 `json:"mean"` // of the training rows in each
}

// newBands cuts y into n bands of about equal rows, and at the times whose
// probability every answer holds, so that those need no interpolation.
func newBands(y []float64, n int) bands {
	sorted := slices.Clone(y)
	slices.Sort(sorted)
	low, high := sorted[0], sorted[len(sorted)-1]
	cuts := []float64{ml.Aim, ml.Limit}
	for k := 1; k < n; k++ {
		cuts = append(cuts, sorted[k*(len(sorted)-1)/n])
	}
	slices.Sort(cuts)
	b := bands{Edge: []float64{low}}
	for _, c := range cuts {
		if c > b.Edge[len(b.Edge)-1] && c < high {
			b.Edge = append(b.Edge, c)
		}
	}
	b.Edge = append(b.Edge, high)
	b.Mean = make([]float64, len(b.Edge)-1)
	count := make([]float64, len(b.Mean))
	for _, v := range sorted {
		k := b.band(v)
		count[k]++
		b.Mean[k] += (v - b.Mean[k]) / count[k]
	}
	return b
}

// band is where y falls; the ends hold everything beyond them.
func (b *bands) band(y float64) int {
	k := sort.SearchFloat64s(b.Edge, y) - 1
	return min(max(k, 0), len(b.Mean)-1)
}

// share is P(Y ≤ t) for the votes p, which sum to 1.
func (b *bands) share(p []float64, t float64) float64 {
	if t < b.Edge[0] {
		return 0
	}
	var sum float64
	for k, v := range p {
		lo, hi := b.Edge[k], b.Edge[k+1]
		if t < hi {
			return min(sum+v*(t-lo)/(hi-lo), 1)
		}
		sum += v
	}
	return 1
}

// quantile is where the votes p, which sum to 1, reach q.
func (b *bands) quantile(p []float64, q float64) float64 {
	var sum float64
	for k, v := range p {
		if next := sum + v; next >= q && v > 0 {
			lo, hi := b.Edge[k], b.Edge[k+1]
			return min(lo+(hi-lo)*((q-sum)/v), hi)
		}
		sum += v
	}
	return b.Edge[len(b.Edge)-1]
}

func (b *bands) check() error {
	ok := len(b.Mean) > 0 && len(b.Edge) == len(b.Mean)+1 && slices.IsSorted(b.Edge)
	for k := 1; ok && k < len(b.Mean); k++ {
		ok = b.Edge[k] > b.Edge[k-1]
	}
	if !ok || math.IsInf(b.Edge[len(b.Edge)-1]-b.Edge[0], 0) {
		return fmt.Errorf("randomforest bands %v: %w", b.Edge, lfb.ErrInvalid)
	}
	return nil
}
