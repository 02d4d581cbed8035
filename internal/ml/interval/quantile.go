package interval

// calibrateQuantile returns, by engine, the map from the model's quantile q to one
// that the promised share of the calibration rows lies below.
func calibrateQuantile(rows [engines][]point, q float64, opt Options) [engines]curve {
	all := pooled(rows)
	base := rank(errorsOf(all), q)
	var out [engines]curve
	for e := range out {
		points := rows[e]
		if e == anyEngine || len(points) == 0 {
			points = all // rows whose engine is not known, now or then
		}
		sortPoints(points)
		out[e] = quantileCurve(points, q, base, opt)
	}
	return out
}

// quantileCurve corrects each group of predicted level by the conformal rank of
// its errors, shrunk, and then the whole so that all its rows together are
// covered: the groups' shrinking and joining must not cost the promise.
func quantileCurve(points []point, q, base float64, opt Options) curve {
	engine := shrink(rank(errorsOf(points), q), base, len(points), opt.Shrink)
	var knots []knot
	for _, g := range groups(points, opt.GroupRows, maxGroups) {
		var centre float64
		for _, p := range g {
			centre += p.x / float64(len(g))
		}
		d := shrink(rank(errorsOf(g), q), engine, len(g), opt.Shrink)
		knots = append(knots, knot{x: centre, y: centre + d, weight: float64(len(g))})
	}
	c := monotone(knots)
	left := make([]float64, len(points))
	for i, p := range points {
		left[i] = p.y - c.at(p.x, 1)
	}
	c.shift(shrink(rank(left, q), 0, len(points), coverageShrink))
	return c
}

// coverageShrink is k for the last shift: a few rows do not move it.
const coverageShrink = 30

// shrink weighs a group's own value, learned from n rows, against its parent's.
func shrink(own, parent float64, n int, k float64) float64 {
	w := float64(n) / (float64(n) + k)
	return parent + w*(own-parent)
}

// errorsOf is actual minus predicted.
func errorsOf(points []point) []float64 {
	out := make([]float64, len(points))
	for i, p := range points {
		out[i] = p.y - p.x
	}
	return out
}

// pooled is the rows of all engines, those of none included, in that order.
func pooled(rows [engines][]point) []point {
	var all []point
	for _, points := range rows {
		all = append(all, points...)
	}
	return all
}
