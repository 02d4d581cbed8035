package interval

import (
	"fmt"
	"math"
	"sync"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

// The span that the publication covers: an answer is conditional on it.
const (
	minSeconds = 1
	maxSeconds = 1200
)

// blockRows is how many rows are asked about at once: enough to amortise the
// calls, few enough that the scratch memory stays small.
const blockRows = 1024

// Model is a calibrated model: immutable, safe for concurrent use.
type Model struct {
	state state
	model ml.Model
	pool  sync.Pool // of *rawAnswerer: single-row answers must not allocate
}

func newModel(s state, m ml.Model) (*Model, error) {
	if err := s.check(m); err != nil {
		return nil, err
	}
	out := &Model{state: s, model: m}
	out.pool.New = func() any { return newRawAnswerer(&out.state, m) }
	return out, nil
}

// Model is the model that was calibrated.
func (m *Model) Model() ml.Model { return m.model }

// Rows is the number of rows that the curves were calibrated on.
func (m *Model) Rows() int { return m.state.Rows }

// LeftOut is the number of calibration rows that were left out for the exceptional
// lateness of their hours: a report should say so.
func (m *Model) LeftOut() int { return m.state.LeftOut }

// Answer writes one answer per row of x into dst, which is replaced where too
// short, and returns it. Every answer has 1 ≤ P50 ≤ P90 ≤ 1200 seconds and
// 0 < Within6 ≤ Within10 < 1. Another width gives lfb.ErrInvalid.
func (m *Model) Answer(dst []ml.Answer, x ml.Matrix) ([]ml.Answer, error) {
	if x.Width() != m.state.Width {
		return nil, fmt.Errorf("%d columns for answers from %d: %w", x.Width(), m.state.Width, lfb.ErrInvalid)
	}
	if len(dst) < x.Rows() {
		dst = make([]ml.Answer, x.Rows())
	}
	dst = dst[:x.Rows()]
	a := m.pool.Get().(*rawAnswerer)
	defer m.pool.Put(a)
	if err := a.answer(dst, x); err != nil {
		return nil, err
	}
	for i := range dst {
		dst[i] = m.state.calibrated(dst[i], m.state.engineOf(x, i))
		if sum := dst[i].Mean + dst[i].P90 + dst[i].Within10; math.IsNaN(sum) {
			return nil, fmt.Errorf("row %d: the model answers NaN: %w", i, lfb.ErrInvalid)
		}
	}
	return dst, nil
}

// calibrated maps a raw answer.
func (s *state) calibrated(raw ml.Answer, engine int) ml.Answer {
	a := ml.Answer{
		Mean:     clip(raw.Mean),
		P50:      clip(s.P50[engine].valueAt(raw.P50, 1)),
		P90:      clip(s.P90[engine].valueAt(raw.P90, 1)),
		Within6:  s.Within6[engine].valueAt(raw.Within6, 0),
		Within10: s.Within10[engine].valueAt(raw.Within10, 0),
	}
	a.P90 = max(a.P90, a.P50)
	a.Within10 = max(a.Within10, a.Within6)
	return a
}

func clip(seconds float64) float64 { return min(max(seconds, minSeconds), maxSeconds) }

// engineOf is the pump order of row i: first, second or any.
func (s *state) engineOf(x ml.Matrix, i int) int {
	if s.Pump >= 0 {
		switch x.At(i, s.Pump) {
		case 1:
			return 1
		case 2:
			return 2
		}
	}
	return anyEngine
}

// rawAnswerer asks the model for raw answers, with scratch memory of its own.
type rawAnswerer struct {
	state  *state
	model  ml.Model
	levels []float64 // none where the model has no quantiles of its own
	limits []float64 // none where it has no probabilities
	said   ml.JointPrediction
}

func newRawAnswerer(s *state, m ml.Model) *rawAnswerer {
	a := &rawAnswerer{state: s, model: m}
	if s.Quantiles {
		a.levels = levels()
	}
	if s.Probabilities {
		a.limits = limits()
	}
	return a
}

// answer writes raw answers, one per row of x.
func (a *rawAnswerer) answer(dst []ml.Answer, x ml.Matrix) error {
	for lo := 0; lo < x.Rows(); lo += blockRows {
		block := x.Slice(lo, min(lo+blockRows, x.Rows()))
		var err error
		if a.said, err = ml.PredictJoint(a.model, a.said, block, a.levels, a.limits); err != nil {
			return err
		}
		for i := range block.Rows() {
			dst[lo+i] = a.rawAnswer(block, i)
		}
	}
	return nil
}

// rawAnswer is what the model itself says about row i, or its residuals do.
func (a *rawAnswerer) rawAnswer(x ml.Matrix, i int) ml.Answer {
	out := ml.Answer{Mean: a.said.Mean[i]}
	var r *residuals
	if !a.state.Quantiles {
		r = &a.state.Residuals[a.state.engineOf(x, i)]
		out.P50, out.P90 = r.quantile(out.Mean, ml.Q50), r.quantile(out.Mean, ml.Q90)
	} else {
		out.P50, out.P90 = a.said.Quantiles[2*i], a.said.Quantiles[2*i+1]
	}
	switch {
	case a.state.Probabilities:
		out.Within6, out.Within10 = a.said.Probabilities[2*i], a.said.Probabilities[2*i+1]
	case a.state.Quantiles:
		out.Within6, out.Within10 = bellShare(out, ml.Aim), bellShare(out, ml.Limit)
	default:
		out.Within6, out.Within10 = r.probability(out.Mean, ml.Aim), r.probability(out.Mean, ml.Limit)
	}
	return out
}

// bellShare is P(Y ≤ t) for a normal curve through both quantiles: not the
// truth, which is skewed, but in the right order, and calibration does the rest.
func bellShare(a ml.Answer, t float64) float64 {
	const z90 = 1.2815515655446004 // the standard normal quantile 0.9
	spread := max(a.P90-a.P50, 1) / z90
	return 0.5 * math.Erfc((a.P50-t)/(spread*math.Sqrt2))
}
