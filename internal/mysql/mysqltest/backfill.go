package mysqltest

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lfb/internal/config"
	"lfb/internal/lfb"
	"lfb/internal/mysql"
	"lfb/internal/registry"
)

var _ registry.Backfills = (*mysql.DB)(nil)

// testBackfills writes twice what may be sent twice, and sees that the runs of a
// backfill are listed by its line only.
func testBackfills(t *testing.T, cfg config.MySQL) {
	db, ctx := ready(t, cfg), t.Context()
	b := registry.Backfill{ID: "20260301-1", Origin: lfb.Synthetic, State: registry.Running, From: "2016-01", To: "2016-02", StartedAt: noon}
	later := registry.Backfill{ID: "20260302-1", Origin: lfb.Real, State: registry.Running, StartedAt: noon.AddDate(0, 0, 1)}
	months := []registry.BackfillMonth{{Month: "2016-01", State: registry.MonthSkipped}, {Month: "2016-02", State: registry.MonthDecided, Champion: "abc"}}
	for _, x := range []registry.Backfill{b, later, b} {
		if err := db.SaveBackfill(ctx, x); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range []registry.BackfillMonth{months[1], months[0], months[1]} {
		if err := db.SaveBackfillMonth(ctx, b.ID, m); err != nil {
			t.Fatal(err)
		}
	}
	b.State = registry.Succeeded
	if err := db.SaveBackfill(ctx, b); err != nil {
		t.Fatal(err)
	}
	got, ms, err := db.Backfill(ctx, b.ID)
	if err != nil || !cmp.Equal(got, b) || !cmp.Equal(ms, months) {
		t.Errorf("Backfill = %+v, %+v, %v, want %+v, %+v", got, ms, err, b, months)
	}
	if all, err := db.Backfills(ctx, 0); err != nil || len(all) != 2 || all[0].ID != later.ID {
		t.Errorf("Backfills = %+v, %v, want both, the newest first", all, err)
	}
	if _, _, err := db.Backfill(ctx, "nosuch"); !errors.Is(err, lfb.ErrNotFound) {
		t.Errorf("Backfill of an unknown id = %v, want lfb.ErrNotFound", err)
	}
	if err := db.SaveBackfill(ctx, registry.Backfill{StartedAt: noon}); !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("SaveBackfill without an id = %v, want lfb.ErrInvalid", err)
	}
	r := run(1)
	r.ID, r.Line = "month", b.Line()
	if err := db.SaveRun(ctx, r); err != nil {
		t.Fatal(err)
	}
	if all, err := db.ListRuns(ctx, registry.Query{}); err != nil || len(all) != 0 {
		t.Errorf("ListRuns = %d runs, %v, want those of backfills left out", len(all), err)
	}
	if own, err := db.ListRuns(ctx, registry.Query{Line: b.Line()}); err != nil || len(own) != 1 {
		t.Errorf("ListRuns of the backfill's line = %d runs, %v, want 1", len(own), err)
	}
}
