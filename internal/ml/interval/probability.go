package interval

import (
	"math"
	"slices"
)

// calibrateProbability returns, by engine, the map from the model's probability to
// the share that was seen. A point is (probability said, 1 if it came true); they are
// in order of time.
func calibrateProbability(rows sample) [engines]curve {
	common := probabilityCurve(rows.all)
	var out [engines]curve
	for e := range out {
		out[e] = common
		if e != anyEngine && len(rows.byEngine[e]) >= isotonicFrom {
			out[e] = probabilityCurve(rows.byEngine[e])
		}
	}
	return out
}

// evidenceWeight is how far the difference between what was said and what was seen stands
// out from how spells differ, z²/(1+z²): what achievableLevel is for quantiles. Few rows
// give 1.
func evidenceWeight(points []point) float64 {
	spells := min(len(points)/spellRows, mostSpells)
	if spells < leastSpells {
		return 1
	}
	gap, n := make([]float64, spells), make([]float64, spells)
	for i, p := range points {
		r := runOf(i, len(points), spells)
		gap[r] += p.y - p.x
		n[r]++
	}
	var mean float64
	for r := range gap {
		gap[r] /= n[r]
		mean += gap[r] / float64(spells)
	}
	var squares float64
	for _, g := range gap {
		squares += (g - mean) * (g - mean)
	}
	variance := squares / float64(spells*(spells-1))
	return mean * mean / (variance + mean*mean)
}

// probabilityCurve is drawn towards saying what the model says, as far as the
// difference is not to be believed.
func probabilityCurve(points []point) curve {
	w := evidenceWeight(points)
	if len(points) < isotonicFrom {
		return platt(points).towardsIdentity(w)
	}
	return isotonic(slices.Clone(points)).towardsIdentity(w)
}

// towardsIdentity leaves c its weight w against the identity; c is changed.
func (c curve) towardsIdentity(w float64) curve {
	for i := range c.Y {
		c.Y[i] = c.X[i] + w*(c.Y[i]-c.X[i])
	}
	return c
}

// isotonicRows is the least rows of a step: the share of fewer is noise.
const isotonicRows = 50

// isotonic is pool adjacent violators over blocks of rows. Each block's share
// takes one row's worth of the overall share in, so it is never 0 or 1; between the
// end blocks and certainty the map goes half the way.
//
// Source: Zadrozny & Elkan, Transforming classifier scores into accurate
// multiclass probability estimates, KDD 2002.
func isotonic(points []point) curve {
	sortPoints(points)
	var overall float64
	for _, p := range points {
		overall += p.y / float64(len(points))
	}
	overall = min(max(overall, 0.001), 0.999)
	var knots []knot
	for _, g := range groupPoints(points, isotonicRows, 100) {
		var said, seen float64
		for _, p := range g {
			said += p.x
			seen += p.y
		}
		n := float64(len(g))
		knots = append(knots, knot{x: said / n, y: (seen + overall) / (n + 1), weight: n})
	}
	c := monotone(knots)
	if first := c.X[0]; first > 0 {
		c.X, c.Y = append([]float64{0}, c.X...), append([]float64{c.Y[0] / 2}, c.Y...)
	}
	if last := len(c.X) - 1; c.X[last] < 1 {
		c.X, c.Y = append(c.X, 1), append(c.Y, (1+c.Y[last])/2)
	}
	return c
}

// plattSteps is the number of knots between 0 and 1 that stand for Platt's curve.
const plattSteps = 40

// platt fits 1/(1+exp(-(a·logit p + b))), drawn towards the identity by a few
// rows' worth, and samples it. Without points it is the identity.
//
// Source: Platt, Probabilistic outputs for support vector machines, 1999.
func platt(points []point) curve {
	a, b := 1.0, 0.0
	for range 25 { // Newton's method on a convex loss: converged long before
		ga, gb := priorRows*(a-1), priorRows*b
		haa, hab, hbb := priorRows, 0.0, priorRows
		for _, p := range points {
			z := logit(p.x)
			s := logistic(a*z + b)
			w := s * (1 - s)
			ga, gb = ga+(s-p.y)*z, gb+(s-p.y)
			haa, hab, hbb = haa+w*z*z, hab+w*z, hbb+w
		}
		det := haa*hbb - hab*hab
		a -= (hbb*ga - hab*gb) / det
		b -= (haa*gb - hab*ga) / det
		a, b = min(max(a, 0.05), 20), min(max(b, -20), 20) // a falling curve would contradict the model
	}
	var c curve
	for i := range plattSteps + 1 {
		x := float64(i) / plattSteps
		c.X, c.Y = append(c.X, x), append(c.Y, logistic(a*logit(x)+b))
	}
	return c
}

const priorRows = 2.0

// logit keeps away from certainty, where it would be infinite.
func logit(p float64) float64 {
	p = min(max(p, 0.001), 0.999)
	return math.Log(p / (1 - p))
}

func logistic(z float64) float64 { return 1 / (1 + math.Exp(-z)) }
