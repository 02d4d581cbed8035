package catalog

import (
	"context"
	"fmt"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

// External is what is known of a recipe of a program elsewhere, which fits the candidate
// external:<name>. Its models come back as files: package external.
type External struct {
	Library string         `json:"library,omitempty"` // xgboost 3.1.0
	Rounds  map[string]int `json:"rounds,omitempty"`  // by head and quantity, where it has rounds
	// Difference is the greatest, in seconds, between what the files and what the library answer, as
	// the program found it.
	Difference float64 `json:"difference_seconds,omitempty"`
}

// Fit gives lfb.ErrInvalid: what was fitted elsewhere cannot be fitted here.
func (External) Fit(context.Context, ml.Set, ml.Set, ml.Options) (ml.Model, error) {
	return nil, fmt.Errorf("a candidate of another program cannot be fitted by this one: %w", lfb.ErrInvalid)
}

// Check meets the other recipes' method.
func (External) Check() error { return nil }
