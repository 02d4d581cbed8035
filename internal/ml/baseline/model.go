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
	state  modelState
	levels map[cellKey]*shrunkCell
}

// shrunkCell is a cell after shrinking.
type shrunkCell struct {
	value     float64 // what Predict answers, seconds
	quantiles ml.QuantileGrid
}

// engineShrink is k between an engine and all rows. Engines differ by more than a
// minute and have thousands of rows, so it only matters in a tiny set.
const engineShrink = 10

// newModel shrinks the cells of s, which must pass check.
func newModel(s modelState) (*Model, error) {
	if err := s.checkState(); err != nil {
		return nil, err
	}
	m := &Model{state: s, levels: make(map[cellKey]*shrunkCell, len(s.Cells))}
	// Cells come by ground, any ground first, so a parent is always there already
	// or, for damaged bytes, found among the levels above it.
	for _, c := range s.Cells {
		own := cellKey{c.Pump, c.Ground}
		switch {
		case own == cellKey{anyPump, anyGround}:
			m.levels[own] = m.shrinkCell(c, nil, 0)
		case c.Ground == anyGround:
			m.levels[own] = m.shrinkCell(c, m.levels[cellKey{anyPump, anyGround}], engineShrink)
		default:
			m.levels[own] = m.shrinkCell(c, m.nearestCell(cellKey{c.Pump, anyGround}), s.Shrink)
		}
	}
	return m, nil
}

// shrinkCell blends a cell with its parent by n/(n+k). A blend of quantile functions
// is a quantile function, so the result ascends.
func (m *Model) shrinkCell(c trainingCell, parent *shrunkCell, k float64) *shrunkCell {
	out := &shrunkCell{value: c.Mean, quantiles: slices.Clone(c.Quantiles)}
	if parent != nil {
		w := float64(c.Rows) / (float64(c.Rows) + k)
		out.value = interpolateLinear(parent.value, c.Mean, w)
		for i, q := range c.Quantiles {
			out.quantiles[i] = interpolateLinear(parent.quantiles[i], q, w)
		}
	}
	if m.state.Kind == GroundMedian {
		out.value = out.quantiles[ml.QuantileSteps/2]
	}
	return out
}

// interpolateLinear returns the value at share w of the way from a to b; exact where they are equal.
func interpolateLinear(a, b, w float64) float64 { return a + w*(b-a) }

// nearestCell finds the cell named by k or the nearest one above it.
func (m *Model) nearestCell(k cellKey) *shrunkCell {
	if l := m.levels[k]; l != nil {
		return l
	}
	if l := m.levels[cellKey{k.pump, anyGround}]; l != nil {
		return l
	}
	return m.levels[cellKey{anyPump, anyGround}]
}

// Predict answers the mean, or the median for GroundMedian. See ml.Model.
func (m *Model) Predict(dst []float64, x ml.Matrix) ([]float64, error) {
	if err := m.checkWidth(x); err != nil {
		return nil, err
	}
	dst = ml.EnsureLength(dst, x.Rows())
	for i := range dst {
		dst[i] = m.nearestCell(m.state.keyOf(x, i)).value
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
	return m.predictEach(dst, x, t, ml.QuantileGrid.ProbabilityUpTo)
}

func (m *Model) predictEach(dst []float64, x ml.Matrix, at []float64,
	ask func(ml.QuantileGrid, float64) float64,
) ([]float64, error) {
	if err := m.checkWidth(x); err != nil {
		return nil, err
	}
	dst = ml.EnsureLength(dst, x.Rows()*len(at))
	for i := range x.Rows() {
		g := m.nearestCell(m.state.keyOf(x, i)).quantiles
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
	dst = ml.EnsureLength(dst, x.Rows()*per)
	clear(dst)
	all := m.nearestCell(cellKey{anyPump, anyGround}).value
	for i := range x.Rows() {
		k := m.state.keyOf(x, i)
		engine := m.nearestCell(cellKey{k.pump, anyGround}).value
		row := dst[i*per : (i+1)*per]
		row[per-1] = all
		if m.state.Pump >= 0 {
			row[m.state.Pump] += engine - all
		}
		if m.state.Ground >= 0 {
			row[m.state.Ground] += m.nearestCell(k).value - engine
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
