package registry_test

import (
	"errors"
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
		if len(held.Engines) != tt.engines || held.CompleteUntil.IsZero() == tt.complete ||
			until.IsZero() != (tt.until == 0) ||
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
	over := now.Add(-time.Second)
	for name, tt := range map[string]struct {
		pointer string
		a       registry.Availability
	}{
		"no station": {"/engines/0/station", registry.Availability{Engines: []registry.AwayEngines{{}}}},
		"fewer than none": {"/engines/0/engines", registry.Availability{Engines: []registry.AwayEngines{{
			Station: "Soho",
			Engines: -1,
		}}}},
		"over": {"/engines/1/until", registry.Availability{Engines: []registry.AwayEngines{
			{Station: "Euston"},
			{Station: "Soho", Until: now},
		}}},
		"for ever": {"/engines/0/until", registry.Availability{Engines: []registry.AwayEngines{{
			Station: "Soho",
			Until:   now.AddDate(1, 0, 0),
		}}}},
		"at home": {"/engines/0/at", registry.Availability{Engines: []registry.AwayEngines{{
			Station: "Soho",
			At:      "Soho",
		}}}},
		"too many":          {"/engines", registry.Availability{Engines: make([]registry.AwayEngines, 301)}},
		"complete for long": {"/complete_until", registry.Availability{CompleteUntil: now.Add(2 * time.Hour)}},
		"complete before":   {"/complete_until", registry.Availability{CompleteUntil: over}},
	} {
		var part *lfb.PartError
		if err := tt.a.Settle(now); !errors.As(err, &part) || !errors.Is(err, lfb.ErrInvalid) || part.Pointer != tt.pointer {
			t.Errorf("%s: %v, want it invalid at %s", name, err, tt.pointer)
		}
	}
}
