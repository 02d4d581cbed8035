package control_test

import (
	"errors"
	"testing"

	"lfb/internal/control"
	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/workflows"
)

// What was rolled back from is not offered again.
func TestLastGood(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		ledger []string // oldest first: + promotes, - rolls back, * refits
		from   string   // what served before the oldest that is listed
		want   string
	}{
		{"nothing", nil, "", ""},
		{"the first", []string{"+a"}, "", ""},
		{"the second", []string{"+a", "+b"}, "", "a"},
		{"rolled back", []string{"+a", "+b", "-a"}, "", ""},
		{"rolled back once of three", []string{"+a", "+b", "+c", "-b"}, "", "a"},
		{"rolled back by two", []string{"+a", "+b", "+c", "-a"}, "", ""},
		{"promoted since", []string{"+a", "+b", "-a", "+c"}, "", "a"},
		{"promoted again", []string{"+a", "+b", "-a", "+b"}, "", "a"},
		{"refitted", []string{"+a", "*b"}, "", "a"},
		{"another promoted over a refit", []string{"+a", "*b", "+c"}, "", "b"},
		{"rolled back to the refit", []string{"+a", "*b", "+c", "-b"}, "", "a"},
		{"and on to what it is a refit of", []string{"+a", "*b", "+c", "-b", "-a"}, "", ""},
		{"a long ledger", []string{"+b"}, "a", "a"},
		{"a long ledger, rolled back beyond it", []string{"+b", "-x"}, "a", ""},
	} {
		var ledger []registry.Promotion
		for i, e := range tc.ledger {
			p := registry.Promotion{To: e[1:], Kind: map[byte]string{'+': "promote", '-': "rollback", '*': "refit"}[e[0]]}
			if i == 0 {
				p.From = tc.from
			}
			ledger = append([]registry.Promotion{p}, ledger...)
		}
		if got := control.LastGood(ledger); got != tc.want {
			t.Errorf("%s: LastGood(%v) = %q, want %q", tc.name, tc.ledger, got, tc.want)
		}
	}
}

// TestRollbackWithoutAVersionGoesBackInTheLedger: it never comes back to what was rolled back from.
func TestRollbackWithoutAVersionGoesBackInTheLedger(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.temporal.result = &workflows.PromoteResult{Outcome: control.OutcomePromoted, Revision: 5}
	w.records.ledger = nil
	r := control.PromotionRequest{Line: line, Seen: 2, Kind: control.KindRollback, Why: "x"}
	if _, err := w.Promote(t.Context(), root, r); !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("rolled back along an empty ledger: %v", err)
	}
	w.records.ledger = []registry.Promotion{
		{Revision: 4, From: "v3", To: "v9", Kind: control.KindRollback},
		{Revision: 3, From: "v9", To: "v3", Kind: control.KindPromote},
		{Revision: 2, From: "v1", To: "v9", Kind: "refit"},
		{Revision: 1, To: "v1", Kind: control.KindPromote},
	}
	if out, err := w.Promote(t.Context(), root, r); err != nil || out.Version != "v1" {
		t.Errorf("rolled back to %q, %v; want v1, of which v9 is a refit", out.Version, err)
	}
}

// TestRefusedVersionNeedsAWord: one that the gate refused, in its run or by hand, serves only where whoever asks
// says that it shall; one that passed since needs none.
func TestRefusedVersionNeedsAWord(t *testing.T) {
	t.Parallel()
	refused, passed := registry.VersionNote{Verdict: &registry.Verdict{}},
		registry.VersionNote{Verdict: &registry.Verdict{Passed: true}}
	for _, c := range []struct {
		name    string
		outcome string // of its run
		notes   []registry.VersionNote
		want    error
	}{
		{"passed in its run", "promoted", nil, nil},
		{"refused in its run", workflows.OutcomeRefused, nil, control.ErrRefused},
		{"refused by hand", "promoted", []registry.VersionNote{{Text: "x"}, refused, passed}, control.ErrRefused},
		{"passed since", workflows.OutcomeRefused, []registry.VersionNote{passed, refused}, nil},
	} {
		w := newWorld(t)
		w.records.outcome, w.records.notes = c.outcome, c.notes
		w.temporal.result = &workflows.PromoteResult{Outcome: control.OutcomePromoted, Revision: 3}
		r := control.PromotionRequest{Line: line, Version: "v3", Seen: 2, Kind: control.KindPromote, Why: "x"}
		if _, err := w.Promote(t.Context(), root, r); !errors.Is(err, c.want) || c.want == nil && err != nil {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		r.Unjudged = true
		if !succeeds(w.Promote(t.Context(), root, r)) {
			t.Errorf("%s: refused though somebody said that it shall serve", c.name)
		}
		if in := w.temporal.input.(workflows.PromoteInput); c.want != nil && in.Why != "refused by the gate: x" {
			t.Errorf("%s: the ledger will say %q", c.name, in.Why)
		}
	}
}
