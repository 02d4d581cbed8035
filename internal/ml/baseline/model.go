package baseline

import (
	"encoding/json"
	"fmt"
	"slices"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

// Model answers by engine and ground. It implements ml.Model, ml.Quantiles,
// ml.Probabilities and ml.Contributions.
type Model struct {
	state  state
	levels map[key]*level
}

// level is a cell after shrinking.
type level struct {
	value     float64 // what Predict answers, seconds
	quantiles ml.QuantileGrid
}

// engineShrink is k between an engine and all rows. Engines differ by more than a
// minute and have thousands of rows, so it only matters in a tiny set.
const engineShrink = 10

// newModel shrinks the cells of s, which must pass check.
func newModel(s state) (*Model, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	m := &Model{state: s, levels: make(map[key]*level, len(s.Cells))}
	// Cells come by ground, any ground first, so a parent is always there already
	// or, for damaged bytes, found among the levels above it.
	for _, c := range s.Cells {
		own := key{c.Pump, c.Ground}
		switch {
		case own == key{anyPump, anyGround}:
			m.levels[own] = m.shrink(c, nil, 0)
		case c.Ground == anyGround:
			m.levels[own] = m.shrink(c, m.levels[key{anyPump, anyGround}], engineShrink)
		default:
			m.levels[own] = m.shrink(c, m.level(key{c.Pump, anyGround}), s.Shrink)
		}
	}
	return m, nil
}

// shrink blends a cell with its parent by n/(n+k). A blend of quantile functions
// is a quantile function, so the result ascends.
func (m *Model) shrink(c cell, parent *level, k float64) *level {
	out := &level{value: c.Mean, quantiles: slices.Clone(c.Quantiles)}
	if parent != nil {
		w := float64(c.Rows) / (float64(c.Rows) + k)
		out.value = interpolate(parent.value, c.Mean, w)
		for i, q := range c.Quantiles {
			out.quantiles[i] = interpolate(parent.quantiles[i], q, w)
		}
	}
	if m.state.Kind == GroundMedian {
		out.value = out.quantiles[ml.QuantileSteps/2]
	}
	return out
}

// interpolate moves from a to b by w, exact where they agree.
func interpolate(a, b, w float64) float64 { return a + w*(b-a) }

// level finds the cell named by k or the nearest one above it.
func (m *Model) level(k key) *level {
	if l := m.levels[k]; l != nil {
		return l
	}
	if l := m.levels[key{k.pump, anyGround}]; l != nil {
		return l
	}
	return m.levels[key{anyPump, anyGround}]
}

// Predict answers the mean, or the median for GroundMedian. See ml.Model.
func (m *Model) Predict(dst []float64, x ml.Matrix) ([]float64, error) {
	if err := m.checkWidth(x); err != nil {
		return nil, err
	}
	dst = ml.Sized(dst, x.Rows())
	for i := range dst {
		dst[i] = m.level(m.state.keyOf(x, i)).value
	}
	return dst, nil
}

// PredictQuantiles interpolates the shrunk empirical quantiles. See ml.Quantiles.
func (m *Model) PredictQuantiles(dst []float64, x ml.Matrix, q []float64) ([]float64, error) {
	if err := ml.CheckLevels(q); err != nil {
		return nil, err
	}
	return m.predictEach(dst, x, q, ml.QuantileGrid.Quantile)
}

// PredictProbabilities inverts the shrunk quantiles. See ml.Probabilities.
func (m *Model) PredictProbabilities(dst []float64, x ml.Matrix, t []float64) ([]float64, error) {
	return m.predictEach(dst, x, t, ml.QuantileGrid.Probability)
}

func (m *Model) predictEach(dst []float64, x ml.Matrix, at []float64, ask func(ml.QuantileGrid, float64) float64) ([]float64, error) {
	if err := m.checkWidth(x); err != nil {
		return nil, err
	}
	dst = ml.Sized(dst, x.Rows()*len(at))
	for i := range x.Rows() {
		g := m.level(m.state.keyOf(x, i)).quantiles
		for k, v := range at {
			dst[i*len(at)+k] = ask(g, v)
		}
	}
	return dst, nil
}

// PredictContributions splits the answer into what the engine adds to all rows,
// and the ground to the engine. See ml.Contributions.
func (m *Model) PredictContributions(dst []float64, x ml.Matrix) ([]float64, error) {
	if err := m.checkWidth(x); err != nil {
		return nil, err
	}
	per := m.state.Width + 1
	dst = ml.Sized(dst, x.Rows()*per)
	clear(dst)
	all := m.level(key{anyPump, anyGround}).value
	for i := range x.Rows() {
		k := m.state.keyOf(x, i)
		engine := m.level(key{k.pump, anyGround}).value
		row := dst[i*per : (i+1)*per]
		row[per-1] = all
		if m.state.Pump >= 0 {
			row[m.state.Pump] += engine - all
		}
		if m.state.Ground >= 0 {
			row[m.state.Ground] += m.level(k).value - engine
		}
	}
	return dst, nil
}

// MarshalBinary writes JSON, whose floats are exact. See ml.Model.
func (m *Model) MarshalBinary() ([]byte, error) { return json.Marshal(m.state) }

func (m *Model) checkWidth(x ml.Matrix) error {
	if x.Width() != m.state.Width {
		return fmt.Errorf("%d columns for a baseline of %d: %w", x.Width(), m.state.Width, lfb.ErrInvalid)
	}
	return nil
}
