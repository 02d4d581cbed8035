package interval

import "slices"

// calibrateQuantile returns, by engine, the map from the model's quantile q to one
// that the promised share of the calibration rows lies below.
func calibrateQuantile(rows sample, q float64) [engines]curve {
	q = achievableLevel(rows.all, q)
	base := conformalQuantile(errorsOf(rows.all), q)
	var out [engines]curve
	for e := range out {
		points := rows.byEngine[e]
		if e == anyEngine || len(points) == 0 {
			points = slices.Clone(rows.all) // rows whose engine is not known, now or then
		}
		sortPoints(points)
		out[e] = quantileCurve(points, q, base)
	}
	return out
}

const (
	// spellRows is the least rows of a spell, about a day of London; there are
	// leastSpells at least, or nothing is known about how days differ, and at most
	// mostSpells.
	spellRows   = 250
	leastSpells = 5
	mostSpells  = 30
)

// achievableLevel is the share of the calibration rows to aim at so that q is the best
// guess for the time to come. A week's share below the model's own quantile differs
// from q by chance too, and days differ by more than rows do; so the difference is
// made up for only as far as it stands out from how spells differ, by z²/(1+z²). Rows
// are in order of time. Few rows, or a clear difference, give q itself.
func achievableLevel(points []point, q float64) float64 {
	spells := min(len(points)/spellRows, mostSpells)
	if spells < leastSpells {
		return q
	}
	share := make([]float64, spells)
	var seen float64
	for i, p := range points {
		if p.y <= p.x {
			share[runOf(i, len(points), spells)] += float64(spells) / float64(len(points))
			seen += 1 / float64(len(points))
		}
	}
	var squares float64
	for _, s := range share {
		squares += (s - seen) * (s - seen)
	}
	variance := squares / float64(spells*(spells-1))
	variance = max(variance, q*(1-q)/float64(len(points))) // no less than chance gives
	d := seen - q
	return q + d*variance/(variance+d*d)
}

// quantileCurve corrects each group of predicted level by the conformal rank of
// its errors, shrunk, and then the whole so that all its rows together are
// covered: the groups' shrinking and joining must not cost the promise.
func quantileCurve(points []point, q, base float64) curve {
	engine := shrink(conformalQuantile(errorsOf(points), q), base, len(points), shrinkRows)
	var knots []knot
	for _, g := range groupPoints(points, groupRows, maxGroups) {
		var centre float64
		for _, p := range g {
			centre += p.x / float64(len(g))
		}
		d := shrink(conformalQuantile(errorsOf(g), q), engine, len(g), shrinkRows)
		knots = append(knots, knot{x: centre, y: centre + d, weight: float64(len(g))})
	}
	c := monotone(knots)
	left := make([]float64, len(points))
	for i, p := range points {
		left[i] = p.y - c.valueAt(p.x, 1)
	}
	c.shift(shrink(conformalQuantile(left, q), 0, len(points), coverageShrink))
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
