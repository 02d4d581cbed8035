package main

import (
	"slices"
	"testing"
	"time"

	"lfb/activities"
	"lfb/internal/app"
	"lfb/internal/config"
	"lfb/internal/control"
	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/workflows"
)

// smallBackfill is a replay of the small city.
func smallBackfill(c *config.Config) workflows.BackfillInput {
	c.Source.Name, c.Source.Incidents, c.Source.Months = "synthetic", 9000, 6
	c.Train.Candidates, c.Train.Refit = "baseline-mean,baseline,linear", "auto"
	c.Backfill.From, c.Backfill.To, c.Backfill.LagDays = "2024-02", "2024-06", 0
	in := control.BackfillInput(c, "test")
	in.Policy.CoverageLow, in.Policy.CoverageTop, in.Policy.MinRows = 0.8, 0.97, 100 // a small city's months are
	return in
}

// TestBackfillSurvivesKills replays months while the process is killed: finished
// months are not done again, and the serving line is left alone. Then the versions
// of both are made again, byte for byte.
func TestBackfillSurvivesKills(t *testing.T) {
	s := newSystem(t, small...)
	s.start()
	s.until("a champion", 5*time.Minute, s.ready)
	before, err := registry.Champion(t.Context(), s.db(), lfb.Synthetic.Line())
	if err != nil {
		t.Fatal(err)
	}
	cl := s.temporal()
	h, err := control.StartBackfill(t.Context(), cl, smallBackfill(s.config()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := control.StartBackfill(t.Context(), cl, smallBackfill(s.config())); err == nil {
		t.Error("a second backfill at once was started")
	}
	done := 0
	for range 3 {
		s.until("another month", 5*time.Minute, func() bool { return len(s.months()) > done })
		done = len(s.months())
		s.kill()
		s.start()
		s.until("the api", 2*time.Minute, s.ready)
	}
	var b registry.Backfill
	if err := h.Get(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	_, months, err := s.db().Backfill(t.Context(), b.ID)
	if err != nil || len(months) != 5 || b.State != registry.Succeeded {
		t.Fatalf("backfill %+v with %d months (%v), want five", b, len(months), err)
	}
	for _, m := range months {
		if m.State != registry.MonthDecided {
			t.Errorf("%s: %s, %s", m.Month, m.State, m.Reason)
		}
	}
	ledger, err := s.db().Promotions(t.Context(), b.Line(), 0)
	if err != nil || len(ledger) == 0 || !slices.ContainsFunc(months,
		func(m registry.BackfillMonth) bool { return m.Champion == ledger[0].To }) {
		t.Errorf("the backfill's ledger is %+v, %v", ledger, err)
	}
	if !slices.ContainsFunc(ledger, func(p registry.Promotion) bool { return p.Kind == workflows.KindRefit }) {
		t.Errorf("the backfill's ledger has no refit: %+v", ledger)
	}
	if after, err := registry.Champion(t.Context(), s.db(), lfb.Synthetic.Line()); err != nil ||
		after.Revision != before.Revision {
		t.Errorf("the serving line is at revision %d (%v), was at %d", after.Revision, err, before.Revision)
	}
	page, err := app.ReadObject(t.Context(), s.config(), b.Report)
	if err != nil || len(page) < 5000 {
		t.Errorf("report of %d bytes, %v", len(page), err)
	}
	for line, version := range map[string]string{lfb.Synthetic.Line(): before.To, b.Line(): ledger[0].To} {
		s.reproduced(line, version)
	}
}

// months are those that the newest backfill has on record.
func (s *system) months() []registry.BackfillMonth {
	s.t.Helper()
	all, err := s.db().Backfills(s.t.Context(), 1)
	if err != nil || len(all) == 0 {
		return nil
	}
	_, months, err := s.db().Backfill(s.t.Context(), all[0].ID)
	if err != nil {
		return nil
	}
	return months
}

func (s *system) reproduced(line, version string) {
	s.t.Helper()
	h, err := control.StartReproduce(s.t.Context(), s.temporal(), line, version)
	if err != nil {
		s.t.Fatal(err)
	}
	var r activities.ReproduceResult
	if err := h.Get(s.t.Context(), &r); err != nil || r.Outcome != activities.Reproduced || len(r.Notes) != 0 {
		s.t.Errorf("reproduce %s of %s = %+v, %v, want the same bytes", version, line, r, err)
	}
}
