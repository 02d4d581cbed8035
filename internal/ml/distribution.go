package ml

import (
	"cmp"
	"slices"
)

// Longest is the latest arrival that is published, in seconds: every answer is conditional on one by then.
const Longest = 1200.0

// Corner is a time in seconds and the probability of an arrival by then.
type Corner struct{ Seconds, P float64 }

// Distribution is a distribution function by its corners, ascending in both, straight between them.
type Distribution []Corner

// Distribution is what a tells of: nothing at 0 s, the median, the two limits, the P90, and all at Longest; and
// further corners that the caller knows.
func (a Answer) Distribution(further ...Corner) Distribution {
	d := append(Distribution{
		{0, 0}, {a.P50, Q50}, {a.P90, Q90}, {Aim, a.Within6}, {Limit, a.Within10}, {Longest, 1},
	}, further...)
	slices.SortFunc(d, func(a, b Corner) int { return cmp.Compare(a.Seconds, b.Seconds) })
	// Quantiles and probabilities are calibrated apart and may disagree a little.
	for i := 1; i < len(d); i++ {
		d[i].P = max(d[i].P, d[i-1].P)
	}
	return d
}

// Within returns the probability of an arrival within so many seconds.
func (d Distribution) Within(seconds float64) float64 {
	for i := 1; i < len(d); i++ {
		if a, b := d[i-1], d[i]; seconds < b.Seconds {
			return min(1, max(0, a.P+(b.P-a.P)*(seconds-a.Seconds)/(b.Seconds-a.Seconds)))
		}
	}
	return 1
}
