package drift

import (
	"cmp"
	"math"
	"slices"
)

// Histogram is two samples in the same bins: shares of each sample, missing values left
// out of the bins and not of the whole.
type Histogram struct {
	Edges    []float64 // of a number: one more than there are bins
	Codes    []float64 // of a category: one a bin, the most frequent first
	Ref, Now []float64
}

const (
	histogramBins  = 12
	histogramCodes = 8
)

// NumberHistogram has bins of one width from the first to the last hundredth of both
// samples; what lies beyond is in the outermost. None where nothing varies.
func NumberHistogram(ref, now []float64) Histogram {
	a, b := sortedPresent(ref), sortedPresent(now)
	if len(a) == 0 || len(b) == 0 {
		return Histogram{}
	}
	low := min(a[len(a)/100], b[len(b)/100])
	high := max(a[len(a)-1-len(a)/100], b[len(b)-1-len(b)/100])
	if !(high > low) {
		return Histogram{}
	}
	h := Histogram{Ref: make([]float64, histogramBins), Now: make([]float64, histogramBins)}
	for k := range histogramBins + 1 {
		h.Edges = append(h.Edges, low+(high-low)*float64(k)/histogramBins)
	}
	count := func(into, sorted []float64, all int) {
		for _, v := range sorted {
			k := histogramBins * (v - low) / (high - low)
			into[int(min(max(k, 0), histogramBins-1))] += 1 / float64(all)
		}
	}
	count(h.Ref, a, len(ref))
	count(h.Now, b, len(now))
	return h
}

// CategoryHistogram has the codes that are most frequent in either sample.
func CategoryHistogram(ref, now []float64) Histogram {
	share := map[float64]*[2]float64{}
	var h Histogram
	for k, side := range [][]float64{ref, now} {
		for _, v := range side {
			if math.IsNaN(v) {
				continue
			}
			if share[v] == nil {
				share[v] = &[2]float64{}
				h.Codes = append(h.Codes, v)
			}
			share[v][k] += 1 / float64(len(side))
		}
	}
	slices.SortFunc(h.Codes, func(a, b float64) int {
		return cmp.Or(cmp.Compare(max(share[b][0], share[b][1]), max(share[a][0], share[a][1])), cmp.Compare(a, b))
	})
	h.Codes = h.Codes[:min(histogramCodes, len(h.Codes))]
	for _, v := range h.Codes {
		h.Ref, h.Now = append(h.Ref, share[v][0]), append(h.Now, share[v][1])
	}
	return h
}
