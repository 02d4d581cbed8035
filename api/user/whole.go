package user

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/danielgtaylor/huma/v2"
)

// Whole is a whole number that may be written as 2 or 2.0, as JSON allows.
type Whole int

// UnmarshalJSON reads it.
func (w *Whole) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	var v float64
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	if v != math.Trunc(v) || math.Abs(v) > 1<<31 {
		return fmt.Errorf("%s is no whole number", data)
	}
	*w = Whole(v)
	return nil
}

// Schema is what the document says of it.
func (Whole) Schema(huma.Registry) *huma.Schema { return &huma.Schema{Type: huma.TypeInteger} }
