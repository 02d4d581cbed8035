package interval

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

// format names the encoding; a change of fields needs a new one.
const format = "lfb interval 1"

// magic starts the encoding: magic, length of the head, head as JSON, model.
const magic = "lfbI1"

// state is what the calibration learned, apart from the model.
type state struct {
	Format        string         `json:"format"`
	Width         int            `json:"width"`
	Pump          int            `json:"pump"`          // column, -1 for none
	Quantiles     bool           `json:"quantiles"`     // the model's own are used
	Probabilities bool           `json:"probabilities"` // the model's own are used
	Rows          int            `json:"rows"`
	LeftOut       int            `json:"left_out,omitempty"`  // rows of unusual hours
	Residuals     []residuals    `json:"residuals,omitempty"` // by engine
	P50           [engines]curve `json:"p50"`
	P90           [engines]curve `json:"p90"`
	Within6       [engines]curve `json:"within_6"`
	Within10      [engines]curve `json:"within_10"`
}

// check returns lfb.ErrInvalid for a state that Fit cannot have made for m.
func (s *state) check(m ml.Model) error {
	if s.Format != format || s.Width < 1 || s.Pump < -1 || s.Pump >= s.Width {
		return fmt.Errorf("interval format %q, pump column %d of %d: %w", s.Format, s.Pump, s.Width, lfb.ErrInvalid)
	}
	if _, ok := m.(ml.Quantiles); s.Quantiles && !ok {
		return fmt.Errorf("interval on quantiles that %T lacks: %w", m, lfb.ErrInvalid)
	}
	if _, ok := m.(ml.Probabilities); s.Probabilities && !ok {
		return fmt.Errorf("interval on probabilities that %T lacks: %w", m, lfb.ErrInvalid)
	}
	if !s.Quantiles && len(s.Residuals) != engines {
		return fmt.Errorf("interval with residuals of %d engines: %w", len(s.Residuals), lfb.ErrInvalid)
	}
	for i := range s.Residuals {
		if err := s.Residuals[i].check(); err != nil {
			return err
		}
	}
	for _, curves := range [][engines]curve{s.P50, s.P90, s.Within6, s.Within10} {
		for e := range curves {
			if err := curves[e].check(); err != nil {
				return err
			}
		}
	}
	for _, curves := range [][engines]curve{s.Within6, s.Within10} {
		for _, c := range curves {
			if c.Y[0] < 0 || c.Y[len(c.Y)-1] > 1 { // no probability
				return fmt.Errorf("interval with probabilities %v to %v: %w", c.Y[0], c.Y[len(c.Y)-1], lfb.ErrInvalid)
			}
		}
	}
	return nil
}

// MarshalBinary writes the calibration and the model's own bytes.
func (m *Model) MarshalBinary() ([]byte, error) { return m.Encode(ml.Model.MarshalBinary) }

// Encode is MarshalBinary with the model's part written by encodeModel, so that it
// can carry a tag of its kind: see catalog.Encode.
func (m *Model) Encode(encodeModel func(ml.Model) ([]byte, error)) ([]byte, error) {
	head, err := json.Marshal(m.state)
	if err != nil {
		return nil, fmt.Errorf("encode interval: %w", err)
	}
	body, err := encodeModel(m.model)
	if err != nil {
		return nil, fmt.Errorf("encode interval: %w", err)
	}
	out := binary.AppendUvarint([]byte(magic), uint64(len(head)))
	return append(append(out, head...), body...), nil
}

// Decode reads what MarshalBinary or Encode wrote; decodeModel is the inverse of
// what wrote the model's part. Anything else gives lfb.ErrInvalid.
func Decode(data []byte, decodeModel func([]byte) (ml.Model, error)) (*Model, error) {
	rest, ok := bytes.CutPrefix(data, []byte(magic))
	if !ok {
		return nil, fmt.Errorf("decode interval: %d bytes without its mark: %w", len(data), lfb.ErrInvalid)
	}
	n, used := binary.Uvarint(rest)
	if used <= 0 || n > uint64(len(rest)-used) {
		return nil, fmt.Errorf("decode interval: head cut short: %w", lfb.ErrInvalid)
	}
	head, body := rest[used:used+int(n)], rest[used+int(n):]
	var s state
	if err := json.Unmarshal(head, &s); err != nil {
		return nil, fmt.Errorf("decode interval: %w: %w", err, lfb.ErrInvalid)
	}
	m, err := decodeModel(body)
	if err != nil {
		return nil, fmt.Errorf("decode interval: %w", err)
	}
	return newModel(s, m)
}
