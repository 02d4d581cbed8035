package registry_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

func TestAvailabilityHoldsUntilItExpires(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	a := registry.Availability{
		Engines:       []registry.AwayEngines{{Station: "Soho"}, {Station: "Euston", At: "Soho", Until: now.Add(time.Hour)}},
		CompleteUntil: now.Add(10 * time.Minute),
	}
	if err := a.Settle(now); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		after    time.Duration
		engines  int
		complete bool
		until    time.Duration // 0: nothing holds
	}{
		{0, 2, true, 10 * time.Minute},
		{10 * time.Minute, 2, false, time.Hour},
		{time.Hour, 1, false, 4 * time.Hour},
		{4 * time.Hour, 0, false, 0},
	} {
		held, until := a.HoldsAt(now.Add(tt.after))
		if len(held.Engines) != tt.engines || held.CompleteUntil.IsZero() == tt.complete || until.IsZero() != (tt.until == 0) ||
			tt.until > 0 && !until.Equal(now.Add(tt.until)) {
			t.Errorf("after %v: %+v until %v, want %+v", tt.after, held, until, tt)
		}
	}
	if len(a.Engines) != 2 {
		t.Errorf("what was asked about is changed: %+v", a)
	}
}

func TestAvailabilityRefuses(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	for name, a := range map[string]registry.Availability{
		"no station":        {Engines: []registry.AwayEngines{{}}},
		"fewer than none":   {Engines: []registry.AwayEngines{{Station: "Soho", Engines: -1}}},
		"over":              {Engines: []registry.AwayEngines{{Station: "Soho", Until: now}}},
		"for ever":          {Engines: []registry.AwayEngines{{Station: "Soho", Until: now.AddDate(1, 0, 0)}}},
		"two places":        {Engines: []registry.AwayEngines{{Station: "Soho", At: "Euston", Easting: 1}}},
		"at no number":      {Engines: []registry.AwayEngines{{Station: "Soho", Easting: math.NaN()}}},
		"too many":          {Engines: make([]registry.AwayEngines, 301)},
		"complete for long": {CompleteUntil: now.Add(2 * time.Hour)},
	} {
		if err := a.Settle(now); !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("%s: %v, want invalid", name, err)
		}
	}
}
