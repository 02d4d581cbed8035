package drift

import (
	"maps"
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/stat"
)

// Measure is how far now is from ref. Shares are in [0, 1].
type Measure struct {
	// PSI is the population stability index over the bins and missing values.
	PSI float64
	// Noise is the PSI that chance alone gives on samples of these sizes, on
	// average: (bins-1)·(1/n+1/m).
	Noise float64
	// Wasserstein is the distance of the two distributions of present values, in
	// standard deviations of ref; 0 for a category.
	Wasserstein         float64
	MissingRef, Missing float64
}

const (
	bins      = 10   // quantile bins of a number
	fewValues = 20   // a number with no more distinct values has a bin for each
	rareShare = 0.01 // categories below it in both samples share one bin
)

// Stride is the step at which to take rows of n so that at most limit are taken.
// It is 1 where all fit.
func Stride(n, limit int64) int64 {
	if limit <= 0 || n <= limit {
		return 1
	}
	return (n + limit - 1) / limit
}

// MeasureNumber measures a numeric feature; NaN is missing. Both are left as they are.
// Where either has no row at all the zero Measure comes back.
func MeasureNumber(ref, now []float64) Measure {
	if len(ref) == 0 || len(now) == 0 {
		return Measure{}
	}
	a, b := sortedPresent(ref), sortedPresent(now)
	edges := edgesOf(a)
	m := StabilityIndex(countBins(a, edges, len(ref)), countBins(b, edges, len(now)))
	m.MissingRef, m.Missing = missingShare(ref, a), missingShare(now, b)
	m.Wasserstein = standardisedDistance(a, b)
	return m
}

// MeasureCategory measures a feature of codes; NaN is missing. Codes that are rare in
// both samples are counted together.
func MeasureCategory(ref, now []float64) Measure {
	if len(ref) == 0 || len(now) == 0 {
		return Measure{}
	}
	a, b := sortedPresent(ref), sortedPresent(now)
	m := StabilityIndex(countCodes(a, b, len(ref), len(now)))
	m.MissingRef, m.Missing = missingShare(ref, a), missingShare(now, b)
	return m
}

// sortedPresent returns the values that are not missing, ascending.
func sortedPresent(v []float64) []float64 {
	out := slices.DeleteFunc(slices.Clone(v), math.IsNaN)
	slices.Sort(out)
	return out
}

func missingShare(all, present []float64) float64 {
	return float64(len(all)-len(present)) / float64(len(all))
}

// edgesOf is the upper edges of all bins but the last: of every distinct value
// where there are few, else deciles.
func edgesOf(sorted []float64) []float64 {
	if distinct := slices.Compact(slices.Clone(sorted)); len(distinct) <= fewValues {
		return distinct
	}
	var edges []float64
	for k := 1; k < bins; k++ {
		edges = append(edges, sorted[k*len(sorted)/bins])
	}
	return slices.Compact(edges)
}

// countBins counts sorted values up to each edge, above the last, and missing.
func countBins(sorted, edges []float64, all int) []int {
	counts := make([]int, len(edges)+2)
	lo := 0
	for k, e := range edges {
		hi := sort.Search(len(sorted), func(i int) bool { return sorted[i] > e })
		counts[k] = hi - lo
		lo = hi
	}
	counts[len(edges)] = len(sorted) - lo
	counts[len(edges)+1] = all - len(sorted)
	return counts
}

func countCodes(a, b []float64, nRef, nNow int) (ref, now []int) {
	count := map[float64][2]int{}
	for k, side := range [][]float64{a, b} {
		for _, v := range side {
			c := count[v]
			c[k]++
			count[v] = c
		}
	}
	rare := [2]int{}
	for _, v := range slices.Sorted(maps.Keys(count)) {
		c := count[v]
		if float64(c[0]) < rareShare*float64(nRef) && float64(c[1]) < rareShare*float64(nNow) {
			rare[0] += c[0]
			rare[1] += c[1]
			continue
		}
		ref, now = append(ref, c[0]), append(now, c[1])
	}
	ref = append(ref, rare[0], nRef-len(a))
	now = append(now, rare[1], nNow-len(b))
	return ref, now
}

// StabilityIndex returns the population stability index of two histograms of the same bins:
//
//	Σ (p-q)·ln(p/q)
//
// Half a row is added to every bin in use, so that an empty one is not infinite.
// Bins that are empty on both sides are left out.
//
// Source: Siddiqi, Credit Risk Scorecards, 2006; it is the symmetrised
// Kullback-Leibler divergence (Jeffreys 1946).
func StabilityIndex[N int | int64](ref, now []N) Measure {
	var n, m float64
	used := 0
	for i := range ref {
		if ref[i]+now[i] > 0 {
			used++
			n += float64(ref[i])
			m += float64(now[i])
		}
	}
	var out Measure
	const half = 0.5
	for i := range ref {
		if ref[i]+now[i] == 0 {
			continue
		}
		p := (float64(ref[i]) + half) / (n + half*float64(used))
		q := (float64(now[i]) + half) / (m + half*float64(used))
		out.PSI += (p - q) * math.Log(p/q)
	}
	out.Noise = float64(used-1) * (1/n + 1/m)
	return out
}

// standardisedDistance returns the Wasserstein-1 distance of two sorted samples, exact on them, in
// standard deviations of ref. A ref that does not vary gives the share of now
// that differs from it.
//
//	∫ |F(x)-G(x)| dx / σ
func standardisedDistance(ref, now []float64) float64 {
	if len(ref) == 0 || len(now) == 0 {
		return 0
	}
	sd := stat.PopStdDev(ref, nil)
	if ref[0] == ref[len(ref)-1] { // sorted: it does not vary, whatever rounding says
		other := 0
		for _, v := range now {
			if v != ref[0] {
				other++
			}
		}
		return float64(other) / float64(len(now))
	}
	var area float64
	i, j := 0, 0
	x := min(ref[0], now[0])
	for i < len(ref) || j < len(now) {
		next := math.Inf(1)
		if i < len(ref) {
			next = ref[i]
		}
		if j < len(now) {
			next = min(next, now[j])
		}
		f, g := float64(i)/float64(len(ref)), float64(j)/float64(len(now))
		area += math.Abs(f-g) * (next - x)
		x = next
		for i < len(ref) && ref[i] == x {
			i++
		}
		for j < len(now) && now[j] == x {
			j++
		}
	}
	return area / sd
}
