package linear

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

const (
	// maxSteps bounds Newton's method, per head.
	maxSteps = 40
	// settled is the relative gain of a step below which a head is done.
	settled = 1e-6
	// band is the half width of the smoothing as a share of the residuals' spread:
	// at 120 s of spread the P90 moves by about a second.
	band = 0.15
)

// fitQuantile fits one head: the pinball loss, smoothed by a uniform kernel, with the
// ridge penalty on the same scale as the mean's, by Newton's method. It starts at the
// mean's coefficients, moved to the share asked for. Few rows lie in the band of a far
// quantile, so that a whole step often leads past the minimum: each goes to the best
// point on its line, which costs a pass over the residuals and none over the rows.
//
// Source: Fernandes, Guerre & Horta, Smoothing quantile regressions, Journal of
// Business & Economic Statistics 39(1), 2021.
func (f *fitRun) fitQuantile(q float64, s modelState) ([]float64, error) {
	residual, spread, err := f.computeResiduals(s.Coef)
	if err != nil {
		return nil, err
	}
	coef := slices.Clone(s.Coef)
	start := slices.Sorted(slices.Values(residual))[int(q*float64(len(residual)-1))]
	coef[0] += start
	for i := range residual {
		residual[i] -= start
	}
	l := lineSearch{q: q, h: max(band*spread, 1e-6*math.Abs(exactMean(f.train.Y)), 1e-9), residual: residual, coef: coef}
	for k := range maxSteps {
		now, err := f.sumRows(l.smoothedTerm)
		if err != nil {
			return nil, err
		}
		if k == 0 {
			l.lambda = s.Lambda * meanWeight(now, l.h, len(residual))
		}
		if l.direction, err = newtonStep(now, coef, l.lambda); err != nil {
			return nil, err
		}
		if l.along, err = f.predictTraining(l.direction); err != nil {
			return nil, err
		}
		before := now.loss + ridgePenalty(coef, l.lambda)
		if after := l.moveToMinimum(); before-after <= settled*after {
			break
		}
	}
	return coef, nil
}

// computeResiduals returns actual minus predicted of the training rows, and their spread.
func (f *fitRun) computeResiduals(coef []float64) (r []float64, spread float64, err error) {
	if r, err = f.predictTraining(coef); err != nil {
		return nil, 0, err
	}
	for i, y := range f.train.Y {
		r[i] = y - r[i]
		spread += r[i] * r[i]
	}
	return r, math.Sqrt(spread / float64(len(r))), nil
}

// lineSearch is the smoothed loss of a quantile at coef and along a direction from there.
type lineSearch struct {
	q, h, lambda     float64 // h is the half width of the band
	residual, coef   []float64
	along, direction []float64 // what a whole step takes off the residuals and adds to coef
}

// smoothedTerm is a term, at coef:
//
//	ρ(r) = q·r for r > h, (q-1)·r for r < -h, r²/4h + (q-½)·r + h/4 between
func (l *lineSearch) smoothedTerm(i int, _ []int32, _ []float64) (loss, slope, weight float64) {
	loss, slope = l.smoothedPinball(l.residual[i])
	if r := l.residual[i]; r <= l.h && r >= -l.h {
		weight = 1 / (2 * l.h)
	}
	return loss, slope, weight
}

// smoothedPinball returns ρ(r) and its derivative.
func (l *lineSearch) smoothedPinball(r float64) (loss, slope float64) {
	switch q, h := l.q, l.h; {
	case r > h:
		return q * r, q
	case r < -h:
		return (q - 1) * r, q - 1
	default:
		return r*r/(4*h) + (q-0.5)*r + h/4, q - 0.5 + r/(2*h)
	}
}

// lineSteps bounds the halvings in the search of a step: a thousandth of it is
// nothing beside what the next one moves.
const lineSteps = 12

// moveToMinimum goes to the minimum along the direction and returns the loss there, penalty
// included. The loss is convex: its minimum lies where its slope changes sign.
func (l *lineSearch) moveToMinimum() float64 {
	lo, hi := 0.0, 1.0
	for range lineSteps {
		if _, slope := l.evaluateLoss(hi); slope >= 0 {
			break
		}
		lo, hi = hi, 2*hi
	}
	for range lineSteps {
		mid := (lo + hi) / 2
		if _, slope := l.evaluateLoss(mid); slope < 0 {
			lo = mid
		} else {
			hi = mid
		}
	}
	step := (lo + hi) / 2
	for i, u := range l.along {
		l.residual[i] -= step * u
	}
	for k, d := range l.direction {
		l.coef[k] += step * d
	}
	loss, _ := l.evaluateLoss(0)
	return loss
}

// evaluateLoss returns the loss, penalty included, and its slope at a step along the direction.
func (l *lineSearch) evaluateLoss(step float64) (loss, slope float64) {
	for i, u := range l.along {
		v, s := l.smoothedPinball(l.residual[i] - step*u)
		loss += v
		slope -= s * u
	}
	for k, d := range l.direction {
		if k > 0 { // the intercept is free
			c := l.coef[k] + step*d
			loss += l.lambda / 2 * c * c
			slope += l.lambda * c * d
		}
	}
	return loss, slope
}

// meanWeight returns the mean weight of a row: what makes the ridge penalty pull as hard on
// this loss as on squares. At least a tenth of a row lies in the band.
func meanWeight(s *normalEquations, h float64, rows int) float64 {
	return max(s.gram[0], 0.1/(2*h)) / float64(rows)
}

func ridgePenalty(coef []float64, lambda float64) float64 {
	var sum float64
	for _, c := range coef[1:] {
		sum += c * c
	}
	return lambda / 2 * sum
}

// newtonStep returns the step to the minimum of the quadratic that s describes.
func newtonStep(s *normalEquations, coef []float64, lambda float64) ([]float64, error) {
	c, err := s.factorizeGram(lambda)
	if err != nil {
		return nil, err
	}
	slope := slices.Clone(s.slope)
	for k := 1; k < len(slope); k++ {
		slope[k] -= lambda * coef[k]
	}
	out := mat.NewVecDense(len(slope), nil)
	if err := c.SolveVecTo(out, mat.NewVecDense(len(slope), slope)); err != nil {
		return nil, err
	}
	return out.RawVector().Data, nil
}
