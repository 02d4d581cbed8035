package serve

import (
	"cmp"
	"slices"

	"lfb/internal/feature"
	"lfb/internal/ml"
)

// widening is by how much the distribution of an answer is stretched about its
// median where the place is unknown or outside of the area seen in training. No
// data says by how much the model errs there, so the factor is a choice: an
// answer that looks no surer than it is.
const widening = 1.5

// longest is the latest arrival that is published, in seconds: every answer is
// conditional on one by then.
const longest = 1200

// lacksData says that the model has no data near the place, so that the range must
// be widened.
func lacksData(findings []feature.Finding) bool {
	return slices.ContainsFunc(findings, func(f feature.Finding) bool {
		return f.Code == feature.FindingOutsideTraining || f.Code == feature.FindingNoPlace
	})
}

// widen is for an answer about a place without data.
func (r *Reply) widen() {
	r.Attendance = widen(r.Attendance)
	if r.Response != nil {
		*r.Response = widen(*r.Response)
	}
}

// widen stretches the distribution that a tells of about its median.
//
//	P(T' ≤ t) = F(P50 + (t - P50) / widening)
//
// where F runs straight between the points that a gives: 0 at 0 s, the median,
// the two limits, the P90, and 1 at twenty minutes. Mean and median stay.
func widen(a ml.Answer) ml.Answer {
	f := distribution(a)
	out := a
	out.P90 = max(a.P90, min(longest, a.P50+widening*(a.P90-a.P50)))
	out.Within6 = f.probability(a.P50 + (ml.Aim-a.P50)/widening)
	out.Within10 = max(out.Within6, f.probability(a.P50+(ml.Limit-a.P50)/widening))
	return out
}

// point is a time in seconds and the probability of an arrival by then.
type point struct{ t, p float64 }

// curve is a distribution function by its corners, ascending in both.
type curve []point

func distribution(a ml.Answer) curve {
	c := curve{{0, 0}, {a.P50, ml.Q50}, {a.P90, ml.Q90}, {ml.Aim, a.Within6}, {ml.Limit, a.Within10}, {longest, 1}}
	slices.SortFunc(c, func(a, b point) int { return cmp.Compare(a.t, b.t) })
	// Quantiles and probabilities are calibrated apart and may disagree a little.
	for i := 1; i < len(c); i++ {
		c[i].p = max(c[i].p, c[i-1].p)
	}
	return c
}

func (c curve) probability(t float64) float64 {
	for i := 1; i < len(c); i++ {
		if a, b := c[i-1], c[i]; t < b.t {
			return min(1, max(0, a.p+(b.p-a.p)*(t-a.t)/(b.t-a.t)))
		}
	}
	return 1
}
