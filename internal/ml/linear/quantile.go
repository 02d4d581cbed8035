package linear

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

const (
	// maxPasses bounds Newton's method over the rows, per head.
	maxPasses = 40
	// settled is the relative gain of a step below which a head is done.
	settled = 1e-6
	// band is the half width of the smoothing as a share of the residuals' spread:
	// at 120 s of spread the P90 moves by about a second.
	band = 0.15
)

// quantile fits one head: the pinball loss, smoothed by a uniform kernel, with the
// ridge penalty on the same scale as the mean's, by Newton's method with halved
// steps. It starts at the mean's coefficients, moved to the share asked for.
//
// Source: Fernandes, Guerre & Horta, Smoothing quantile regressions, Journal of
// Business & Economic Statistics 39(1), 2021.
func (f *fitter) quantile(q float64, s state) ([]float64, error) {
	residual, spread := f.residuals(s.Coef)
	coef := slices.Clone(s.Coef)
	slices.Sort(residual)
	coef[0] += residual[int(q*float64(len(residual)-1))]
	width := max(band*spread, 1e-6*math.Abs(mean(f.train.Y)), 1e-9)
	now, err := f.sum(f.smooth(q, width, coef))
	if err != nil {
		return nil, err
	}
	lambda := s.Lambda * density(now, width, len(residual))
	objective := now.loss + penalty(coef, lambda)
	step := 1.0
	var direction []float64
	from := coef
	for range maxPasses {
		if direction == nil {
			if direction, err = newton(now, from, lambda); err != nil {
				return nil, err
			}
			step = 1
		}
		next := moved(from, direction, step)
		there, err := f.sum(f.smooth(q, width, next))
		if err != nil {
			return nil, err
		}
		value := there.loss + penalty(next, lambda)
		if !(value < objective) {
			if step /= 4; step < 1e-4 {
				break
			}
			continue
		}
		gain := objective - value
		from, now, objective, direction = next, there, value, nil
		if gain <= settled*objective {
			break
		}
	}
	return from, nil
}

// residuals returns actual minus predicted of the training rows, and their spread.
func (f *fitter) residuals(coef []float64) (r []float64, spread float64) {
	r = f.design.predict(nil, f.train.X, coef)
	for i, y := range f.train.Y {
		r[i] = y - r[i]
		spread += r[i] * r[i]
	}
	return r, math.Sqrt(spread / float64(len(r)))
}

// smooth is the term of the smoothed pinball loss at coef, h the half width:
//
//	ρ(r) = q·r for r > h, (q-1)·r for r < -h, r²/4h + (q-½)·r + h/4 between
func (f *fitter) smooth(q, h float64, coef []float64) term {
	y := f.train.Y
	return func(i int, column []int32, value []float64) (loss, slope, weight float64) {
		r := y[i]
		for a, c := range column {
			r -= coef[c] * value[a]
		}
		switch {
		case r > h:
			return q * r, q, 0
		case r < -h:
			return (q - 1) * r, q - 1, 0
		}
		return r*r/(4*h) + (q-0.5)*r + h/4, q - 0.5 + r/(2*h), 1 / (2 * h)
	}
}

// density is the mean weight of a row: what makes the ridge penalty pull as hard on
// this loss as on squares. At least a tenth of a row lies in the band.
func density(s *sums, h float64, rows int) float64 {
	return max(s.gram[0], 0.1/(2*h)) / float64(rows)
}

func penalty(coef []float64, lambda float64) float64 {
	var sum float64
	for _, c := range coef[1:] {
		sum += c * c
	}
	return lambda / 2 * sum
}

// newton is the step to the minimum of the quadratic that the sums describe.
func newton(s *sums, coef []float64, lambda float64) ([]float64, error) {
	c, err := s.factor(lambda)
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

func moved(from, direction []float64, step float64) []float64 {
	out := slices.Clone(from)
	for k, d := range direction {
		out[k] += step * d
	}
	return out
}
