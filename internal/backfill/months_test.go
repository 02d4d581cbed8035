package backfill

import (
	"errors"
	"slices"
	"testing"

	"lfb/internal/lfb"
)

func TestMonths(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		first, last string
		want        []string // nil: refused
	}{
		{"2016-11", "2017-02", []string{"2016-11", "2016-12", "2017-01", "2017-02"}},
		{"2016-11", "2016-11", []string{"2016-11"}},
		{"2016-11", "2016-10", nil},
		{"2016-13", "2017-01", nil},
		{"2016-01-01", "2017-01", nil},
		{"1000-01", "2017-01", nil},
	} {
		got, err := Months(tt.first, tt.last)
		if !slices.Equal(got, tt.want) || (tt.want == nil) != errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("Months(%q, %q) = %q, %v, want %q", tt.first, tt.last, got, err, tt.want)
		}
	}
}

func TestKnownTo(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		month string
		lag   int
		want  string
	}{
		{"2017-03", 0, "2017-02"},
		{"2017-03", 1, "2017-01"},  // February ended this very day
		{"2017-03", 14, "2017-01"}, // January ended 28 days ago
		{"2017-03", 28, "2017-01"},
		{"2017-03", 29, "2016-12"},
		{"2017-01", 31, "2016-11"},
		{"2017-01", 0, "2016-12"},
	} {
		if got, err := KnownTo(tt.month, tt.lag); err != nil || got != tt.want {
			t.Errorf("KnownTo(%q, %d) = %q, %v, want %q", tt.month, tt.lag, got, err, tt.want)
		}
	}
	if _, err := KnownTo("2017-03", -1); !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("KnownTo with a negative lag = %v, want lfb.ErrInvalid", err)
	}
}
