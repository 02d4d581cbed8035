package activities

import (
	"math"

	"lfb/internal/ml"
	"lfb/internal/registry"
)

// curve is how the fit of a mean went, a point a report.
type curve []registry.CurvePoint

// addPoint keeps what p tells of the mean's fit, where it tells a loss.
func (c *curve) addPoint(p ml.Progress) {
	if p.Part == 0 && !math.IsNaN(p.Valid) && !math.IsInf(p.Valid, 0) {
		*c = append(*c, registry.CurvePoint{Done: p.Done, Valid: p.Valid})
	}
}

// curvePoints is how many points of a curve are kept: a drawing shows no more.
const curvePoints = 80

// thinOut is the curve with at most curvePoints points, the first and the last among
// them.
func (c curve) thinOut() []registry.CurvePoint {
	if len(c) <= curvePoints {
		return c
	}
	out := make([]registry.CurvePoint, curvePoints)
	for i := range out {
		out[i] = c[i*(len(c)-1)/(curvePoints-1)]
	}
	return out
}
