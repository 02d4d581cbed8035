package interval

import (
	"math"
	"slices"

	"lfb/internal/ml"
)

const (
	// runRows is the rows of a run: a few hours of London.
	runRows = 100
	// runsNeeded is the least number of runs that can tell what is usual.
	runsNeeded = 8
	// unusualBy is how many standard deviations a run's share of late arrivals lies
	// above the median run's, to be unusual.
	unusualBy = 4
	// besideBy is the same for a run beside an unusual one: its onset and its end.
	besideBy = 2
	// mostUnusual is the share of runs above which nothing is left out: then it is
	// no exception but how things are now.
	mostUnusual = 0.4
)

// selectUsualRows returns the calibration rows, in order, without runs of exceptional
// lateness. A storm or a strike of one day would else widen a month of answers: on
// 23 February 2017, in a calibration span of one week, storm Doris doubled the calls
// and a quarter of the first engines came after their P90.
//
// Rows are in order of time, or nothing stands out. A run is judged by its share
// of arrivals after the raw P90, against the median run with the spread that runs
// have among themselves, but no less than chance gives.
func selectUsualRows(raw []ml.Answer, y []float64) []int {
	runs := len(y) / runRows
	all := make([]int, len(y))
	for i := range all {
		all[i] = i
	}
	if runs < runsNeeded {
		return all
	}
	share := make([]float64, runs)
	for i := range y {
		if y[i] > raw[i].P90 {
			share[runOf(i, len(y), runs)] += float64(runs) / float64(len(y))
		}
	}
	centre := median(share)
	away := make([]float64, runs)
	for r, s := range share {
		away[r] = math.Abs(s - centre)
	}
	typical := min(max(centre, 0.02), 0.98)
	chance := math.Sqrt(typical * (1 - typical) * float64(runs) / float64(len(y)))
	spread := max(1.4826*median(away), chance) // the median deviation of a normal, scaled to its standard one
	out := markUnusual(share, centre+unusualBy*spread, centre+besideBy*spread)
	if n := count(out); float64(n) > mostUnusual*float64(runs) {
		return all
	}
	return slices.DeleteFunc(all, func(i int) bool { return out[runOf(i, len(y), runs)] })
}

// markUnusual marks the runs above high, and those beside a marked one above low.
func markUnusual(share []float64, high, low float64) []bool {
	out := make([]bool, len(share))
	for r, s := range share {
		if s <= high {
			continue
		}
		for k := r; k >= 0 && share[k] > low; k-- {
			out[k] = true
		}
		for k := r; k < len(share) && share[k] > low; k++ {
			out[k] = true
		}
	}
	return out
}

func count(marks []bool) int {
	n := 0
	for _, is := range marks {
		if is {
			n++
		}
	}
	return n
}

func runOf(i, rows, runs int) int { return min(i*runs/rows, runs-1) }

func median(v []float64) float64 {
	sorted := slices.Clone(v)
	slices.Sort(sorted)
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}
