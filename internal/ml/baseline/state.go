package baseline

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

// format names the encoding; a change of fields needs a new one.
const format = "lfb baseline 1"

const (
	anyGround = -1
	anyPump   = 0
	engines   = 3 // any, first, second
)

// cellKey identifies a cell.
type cellKey struct{ pump, ground int }

// modelState is what is encoded: raw cells, before shrinking, so that their numbers are
// short (times are whole seconds) and the shrunk levels follow from them.
type modelState struct {
	Format string         `json:"format"`
	Kind   string         `json:"kind"`
	Width  int            `json:"width"`
	Ground int            `json:"ground"` // column, -1 for none
	Pump   int            `json:"pump"`   // column, -1 for none
	Shrink float64        `json:"shrink"`
	Cells  []trainingCell `json:"cells"` // by ground, then engine; the first is all rows
}

// trainingCell summarises the training rows of one engine in one ground.
type trainingCell struct {
	Pump      int             `json:"pump"`   // 0 any, 1, 2
	Ground    int             `json:"ground"` // -1 any
	Rows      int             `json:"rows"`
	Mean      float64         `json:"mean"`
	Variance  float64         `json:"variance"`
	Quantiles ml.QuantileGrid `json:"quantiles"`
}

// newCell summarises v, which it sorts.
func newCell(k cellKey, v []float64) trainingCell {
	c := trainingCell{Pump: k.pump, Ground: k.ground, Rows: len(v)}
	slices.Sort(v)
	n := float64(len(v))
	for _, y := range v {
		c.Mean += y / n
	}
	if v[0] == v[len(v)-1] {
		c.Mean = v[0] // exact where nothing varies
	}
	for _, y := range v {
		c.Variance += (y - c.Mean) * (y - c.Mean) / n
	}
	c.Quantiles = ml.NewQuantileGrid(v)
	return c
}

// keyOf returns the key of the cell that row i is in.
func (s *modelState) keyOf(x ml.Matrix, i int) cellKey {
	k := cellKey{anyPump, anyGround}
	if s.Pump >= 0 {
		switch x.At(i, s.Pump) {
		case 1:
			k.pump = 1
		case 2:
			k.pump = 2
		}
	}
	if s.Ground >= 0 {
		if g := x.At(i, s.Ground); g >= 0 && g < math.MaxInt32 {
			k.ground = int(g)
		}
	}
	return k
}

// checkState returns lfb.ErrInvalid for a state that Fit cannot have made.
func (s *modelState) checkState() error {
	if s.Format != format {
		return fmt.Errorf("baseline format %q, want %q: %w", s.Format, format, lfb.ErrInvalid)
	}
	if err := (Recipe{Kind: s.Kind, Shrink: s.Shrink}).Check(); err != nil {
		return err
	}
	if s.Width < 1 || !isColumn(s.Ground, s.Width) || !isColumn(s.Pump, s.Width) {
		return fmt.Errorf("baseline columns %d and %d of %d: %w", s.Ground, s.Pump, s.Width, lfb.ErrInvalid)
	}
	if len(s.Cells) == 0 || s.Cells[0].Pump != anyPump || s.Cells[0].Ground != anyGround {
		return fmt.Errorf("baseline of %d cells without that of all rows: %w", len(s.Cells), lfb.ErrInvalid)
	}
	seen := map[cellKey]bool{}
	for i, c := range s.Cells {
		k := cellKey{c.Pump, c.Ground}
		if seen[k] || c.Pump < anyPump || c.Pump >= engines || c.Ground < anyGround || !c.isSound() {
			return fmt.Errorf("baseline cell %d (pump %d, ground %d): %w", i, c.Pump, c.Ground, lfb.ErrInvalid)
		}
		seen[k] = true
	}
	return nil
}

// isSound reports whether the numbers can be those of rows. JSON has no NaN.
func (c *trainingCell) isSound() bool {
	return c.Rows > 0 && c.Variance >= 0 && c.Quantiles.Check() == nil
}

func isColumn(j, width int) bool { return j >= -1 && j < width }

// Decode reads what Model.MarshalBinary wrote; anything else gives lfb.ErrInvalid.
func Decode(data []byte) (*Model, error) {
	var s modelState
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("decode baseline: %w: %w", err, lfb.ErrInvalid)
	}
	return newModel(s)
}
