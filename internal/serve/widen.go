package serve

import (
	"slices"

	"lfb/internal/feature"
	"lfb/internal/ml"
)

// widening is by how much the distribution of an answer is stretched about its
// median where the place is unknown or outside of the area seen in training. No
// data says by how much the model errs there, so the factor is a choice: an
// answer that looks no surer than it is.
const widening = 1.5

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
	f := a.Distribution()
	out := a
	out.P90 = max(a.P90, min(ml.Longest, a.P50+widening*(a.P90-a.P50)))
	out.Within6 = f.Within(a.P50 + (ml.Aim-a.P50)/widening)
	out.Within10 = max(out.Within6, f.Within(a.P50+(ml.Limit-a.P50)/widening))
	return out
}
