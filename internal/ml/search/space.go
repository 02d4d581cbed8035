package search

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"

	"lfb/internal/lfb"
)

// Scale is how a parameter is drawn between its bounds.
type Scale string

// The scales of a parameter.
const (
	Linear Scale = "linear" // evenly
	Log    Scale = "log"    // evenly in its logarithm
	Whole  Scale = "whole"  // evenly in its logarithm, then rounded to a whole number
)

// Param is one field of a recipe's JSON and the values that it may take.
type Param struct {
	Name  string  `json:"name"`
	Scale Scale   `json:"scale"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Space is what a search draws from.
type Space []Param

// Check returns lfb.ErrInvalid for a space that cannot be drawn from.
func (s Space) Check() error {
	for _, p := range s {
		if !(p.Low < p.High) || p.Scale != Linear && !(p.Low > 0) || math.IsInf(p.High-p.Low, 0) {
			return fmt.Errorf("search space: %s from %v to %v, %s: %w", p.Name, p.Low, p.High, p.Scale, lfb.ErrInvalid)
		}
		if p.Scale != Linear && p.Scale != Log && p.Scale != Whole {
			return fmt.Errorf("search space: %s on scale %q: %w", p.Name, p.Scale, lfb.ErrInvalid)
		}
	}
	return nil
}

// Draw returns n overrides, JSON objects: the first is empty, which is the default
// recipe, the others are drawn. The same seed gives the same, and a larger n the
// same ones first.
func (s Space) Draw(seed uint64, n int) ([]json.RawMessage, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	r := rand.New(rand.NewPCG(seed, 0x7365617263682031)) // "search 1"
	out := make([]json.RawMessage, 0, max(n, 0))
	for len(out) < n {
		values := map[string]json.Number{} // marshalled in the order of names
		if len(out) > 0 {
			for _, p := range s {
				values[p.Name] = p.draw(r)
			}
		}
		b, err := json.Marshal(values)
		if err != nil {
			return nil, fmt.Errorf("search space: %w: %w", err, lfb.ErrInvalid)
		}
		out = append(out, b)
	}
	return out, nil
}

// draw is one value in three figures, so that it can be read.
func (p Param) draw(r *rand.Rand) json.Number {
	at := r.Float64()
	if p.Scale == Linear {
		return figures(p.Low + at*(p.High-p.Low))
	}
	v := math.Exp(math.Log(p.Low) + at*(math.Log(p.High)-math.Log(p.Low)))
	if p.Scale == Whole {
		return json.Number(strconv.FormatFloat(math.Round(v), 'f', 0, 64))
	}
	return figures(v)
}

func figures(v float64) json.Number { return json.Number(strconv.FormatFloat(v, 'g', 3, 64)) }
