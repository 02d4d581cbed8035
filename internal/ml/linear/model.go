package linear

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

// Formats name the encoding; a change of fields needs a new one.
const (
	format     = "lfb linear 1"
	openFormat = "lfb linear 2" // with features that are not held to a span
)

// modelState is what is encoded. Coefficients are seconds per unit of a design column,
// the intercept first.
type modelState struct {
	Format string            `json:"format"`
	Width  int               `json:"width"` // of the design
	Parts  []featureEncoding `json:"parts"` // one per feature
	Lambda float64           `json:"lambda"`
	Coef   []float64         `json:"coef"`
	Mean   []float64         `json:"mean"` // of the design's columns over the training rows
	Gain   []float64         `json:"gain"` // by feature
	Heads  []quantileHead    `json:"heads,omitempty"`
}

// quantileHead is the coefficients of one quantile.
type quantileHead struct {
	Level float64   `json:"level"`
	Coef  []float64 `json:"coef"`
}

// Model is a fitted line. It implements ml.Model, ml.Quantiles, ml.Contributions
// and ml.Importances.
type Model struct {
	state  modelState
	design designLayout
	normal []float64 // standard normal quantile of each head's level
}

func newModel(s modelState) (*Model, error) {
	if err := s.checkState(); err != nil {
		return nil, err
	}
	m := &Model{state: s, design: designLayout{parts: s.Parts, width: s.Width}}
	for _, h := range s.Heads {
		m.normal = append(m.normal, normalQuantile(h.Level))
	}
	return m, nil
}

// FromCoefficients makes a Model of a line that another program fitted: intercept + the sum
// of weights[j] · x[j], where a missing x[j] is fill[j]. Unlike a line fitted here it goes on
// beyond the span of x, the training rows, of which it takes the means, for contributions.
func FromCoefficients(intercept float64, weights, fill []float64, x ml.Matrix) (*Model, error) {
	if len(weights) != x.Width() || len(fill) != x.Width() {
		return nil, fmt.Errorf("%d weights, %d fills for %d columns: %w", len(weights), len(fill), x.Width(), lfb.ErrInvalid)
	}
	s := modelState{Format: openFormat, Width: 1 + len(weights), Coef: []float64{intercept}, Mean: []float64{1}}
	for j, w := range weights {
		part := featureEncoding{Start: 1 + j, Scale: 1, Fill: fill[j], Open: true}
		var mean, square float64
		for i, v := range x.Col(j) {
			v = part.scaleValue(orFill(v, fill[j]))
			step := v - mean
			mean += step / float64(i+1)
			square += float64(step * (v - mean))
		}
		s.Parts, s.Coef, s.Mean = append(s.Parts, part), append(s.Coef, w), append(s.Mean, mean)
		s.Gain = append(s.Gain, float64(w*w)*square)
	}
	return newModel(s)
}

func orFill(v, fill float64) float64 {
	if math.IsNaN(v) {
		return fill
	}
	return v
}

// normalQuantile is the standard normal quantile of q in (0, 1).
func normalQuantile(q float64) float64 { return math.Sqrt2 * math.Erfinv(2*q-1) }

// Lambda is the ridge penalty that was used, in rows.
func (m *Model) Lambda() float64 { return m.state.Lambda }

// Predict answers the mean. See ml.Model.
func (m *Model) Predict(dst []float64, x ml.Matrix) ([]float64, error) {
	if err := m.checkWidth(x); err != nil {
		return nil, err
	}
	return m.design.predictRows(dst, x, m.state.Coef), nil
}

// PredictQuantiles answers each head at its own level; other levels lie on the
// straight line between and beyond the heads on a normal scale. A model with one
// head knows only its level, one with none gives lfb.ErrInvalid. See ml.Quantiles.
func (m *Model) PredictQuantiles(dst []float64, x ml.Matrix, q []float64) ([]float64, error) {
	if err := m.checkWidth(x); err != nil {
		return nil, err
	}
	if err := ml.CheckLevels(q); err != nil {
		return nil, err
	}
	if n := len(m.normal); n == 0 || (n == 1 && slices.ContainsFunc(q,
		func(v float64) bool { return v != m.state.Heads[0].Level })) {
		return nil, fmt.Errorf("quantiles %v of a linear model with %d heads: %w", q, n, lfb.ErrInvalid)
	}
	dst = ml.EnsureLength(dst, x.Rows()*len(q))
	var stack [20]float64 // Check allows no more heads
	at := stack[:len(m.normal)]
	for i := range x.Rows() {
		for k := range at {
			at[k] = m.design.predictRow(x, i, m.state.Heads[k].Coef)
			if k > 0 {
				at[k] = max(at[k], at[k-1]) // heads are fitted apart and may cross
			}
		}
		for k, v := range q {
			dst[i*len(q)+k] = m.interpolateHeads(at, v)
		}
	}
	return dst, nil
}

// interpolateHeads reads level q off the heads' values.
func (m *Model) interpolateHeads(at []float64, q float64) float64 {
	k := 0
	for k < len(at)-2 && q > m.state.Heads[k+1].Level {
		k++
	}
	switch h := m.state.Heads; {
	case q == h[k].Level:
		return at[k]
	case q == h[k+1].Level:
		return at[k+1]
	}
	slope := (at[k+1] - at[k]) / (m.normal[k+1] - m.normal[k])
	if q < m.state.Heads[k].Level {
		return at[k] + slope*(normalQuantile(q)-m.normal[k])
	}
	v := at[k] + slope*(normalQuantile(q)-m.normal[k])
	if q < m.state.Heads[k+1].Level {
		return min(v, at[k+1]) // not above the next head by rounding
	}
	return max(v, at[k+1])
}

// PredictContributions answers what each feature adds to the mean row's answer. See
// ml.Contributions.
func (m *Model) PredictContributions(dst []float64, x ml.Matrix) ([]float64, error) {
	if err := m.checkWidth(x); err != nil {
		return nil, err
	}
	per := len(m.state.Parts) + 1
	dst = ml.EnsureLength(dst, x.Rows()*per)
	base := m.state.Coef[0]
	average := make([]float64, len(m.state.Parts))
	for j, p := range m.state.Parts {
		for k := p.Start; k < p.Start+p.columnCount(); k++ {
			average[j] += m.state.Coef[k] * m.state.Mean[k]
		}
		base += average[j]
	}
	for i := range x.Rows() {
		row := dst[i*per : (i+1)*per]
		for j := range m.state.Parts {
			row[j] = m.state.Parts[j].evaluateTerm(x.At(i, j), m.state.Coef) - average[j]
		}
		row[per-1] = base
	}
	return dst, nil
}

// Importance answers the squared error that each feature accounts for by itself, in
// seconds² summed over the training rows, and how many design columns it has. See
// ml.Importances.
func (m *Model) Importance() (gain, splits []float64) {
	splits = make([]float64, len(m.state.Parts))
	for j, p := range m.state.Parts {
		splits[j] = float64(p.columnCount())
	}
	return slices.Clone(m.state.Gain), splits
}

// MarshalBinary writes JSON, whose floats are exact. See ml.Model.
func (m *Model) MarshalBinary() ([]byte, error) { return json.Marshal(m.state) }

// Decode reads what Model.MarshalBinary wrote; anything else gives lfb.ErrInvalid.
func Decode(data []byte) (*Model, error) {
	var s modelState
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("decode linear: %w: %w", err, lfb.ErrInvalid)
	}
	return newModel(s)
}

func (m *Model) checkWidth(x ml.Matrix) error {
	if x.Width() != len(m.state.Parts) {
		return fmt.Errorf("%d columns for a linear model of %d: %w", x.Width(), len(m.state.Parts), lfb.ErrInvalid)
	}
	return nil
}

// checkState returns lfb.ErrInvalid for a state that Fit cannot have made.
func (s *modelState) checkState() error {
	if s.Format != format && s.Format != openFormat || len(s.Parts) == 0 || len(s.Gain) != len(s.Parts) {
		return fmt.Errorf("linear format %q of %d features: %w", s.Format, len(s.Parts), lfb.ErrInvalid)
	}
	at := 1
	for j := range s.Parts {
		p := &s.Parts[j]
		if p.Start != at || !slices.IsSorted(p.Codes) || s.Gain[j] < 0 {
			return fmt.Errorf("linear feature %d at design column %d: %w", j, p.Start, lfb.ErrInvalid)
		}
		at += p.columnCount()
	}
	if s.Width != at || len(s.Coef) != at || len(s.Mean) != at {
		return fmt.Errorf("linear of %d coefficients for %d design columns: %w", len(s.Coef), at, lfb.ErrInvalid)
	}
	levels := make([]float64, len(s.Heads))
	for k, h := range s.Heads {
		levels[k] = h.Level
		if len(h.Coef) != at || (k > 0 && h.Level == levels[k-1]) {
			return fmt.Errorf("linear head %d at level %v: %w", k, h.Level, lfb.ErrInvalid)
		}
	}
	return Recipe{Quantiles: levels}.Check()
}
