package lfb_test

import (
	"errors"
	"fmt"
	"testing"

	"lfb/internal/lfb"
)

func TestPlain(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"body: not UTF-8": fmt.Errorf("body: %w: %w", fmt.Errorf("not UTF-8: %w", lfb.ErrInvalid),
			lfb.ErrInvalid),
		"one runs already":             fmt.Errorf("one runs already: %w", lfb.ErrConflict),
		`model "x": not found: y does`: fmt.Errorf("model %q: %w: y does", "x", lfb.ErrNotFound),
		"version v9: not found":        fmt.Errorf("%w: %w", fmt.Errorf("version v9: %w", lfb.ErrNotFound), lfb.ErrNotFound),
		"the word is: invalid":         errors.New("the word is: invalid"),
		"invalid":                      lfb.ErrInvalid,
	} {
		if got := lfb.Plain(err); got != want {
			t.Errorf("Plain(%q) = %q, want %q", err, got, want)
		}
	}
}
