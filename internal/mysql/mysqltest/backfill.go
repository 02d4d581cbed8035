package mysqltest

import (
	"testing"

	"lfb/internal/lfb"
	"lfb/internal/mysql"
	"lfb/internal/registry"
)

var _ registry.Backfills = (*mysql.DB)(nil)

// testBackfills writes twice what may be sent twice, and sees that the runs of a
// backfill are listed by its line only.
func testBackfills(t *testing.T, db *mysql.DB) {
	ctx := t.Context()
	b := registry.Backfill{
		ID: "20260301-1", Origin: lfb.Synthetic, State: registry.Running, From: "2016-01",
		To: "2016-02", StartedAt: noon,
	}
	later := registry.Backfill{
		ID: "20260302-1", Origin: lfb.Real, State: registry.Running,
		StartedAt: noon.AddDate(0, 0, 1),
	}
	months := []registry.BackfillMonth{
		{Month: "2016-01", State: registry.MonthSkipped},
		{Month: "2016-02", State: registry.MonthDecided, Champion: "abc"},
	}
	for _, x := range []registry.Backfill{b, later, b} {
		mustSucceed(t, "SaveBackfill", db.SaveBackfill(ctx, x))
	}
	for _, m := range []registry.BackfillMonth{months[1], months[0], months[1]} {
		mustSucceed(t, "SaveBackfillMonth", db.SaveBackfillMonth(ctx, b.ID, m))
	}
	b.State = registry.Succeeded
	mustSucceed(t, "SaveBackfill", db.SaveBackfill(ctx, b))
	got, ms, err := db.Backfill(ctx, b.ID)
	mustSucceed(t, "Backfill", err)
	wantSame(t, "Backfill", b, got)
	wantSame(t, "months of Backfill", months, ms)
	wantResult(t, "Backfills", []registry.Backfill{later, b})(db.Backfills(ctx, 0))
	wantResult(t, "a page", []registry.Backfill{b})(db.BackfillPage(ctx, later.ID, 5))
	wantErr(t, "a page behind nothing", secondError(db.BackfillPage(ctx, "nosuch", 5)), lfb.ErrInvalid)
	wantErr(t, "Backfill of an unknown id", thirdError(db.Backfill(ctx, "nosuch")), lfb.ErrNotFound)
	wantErr(t, "SaveBackfill without an id", db.SaveBackfill(ctx, registry.Backfill{StartedAt: noon}), lfb.ErrInvalid)
	r := makeRun(1)
	r.ID, r.Line = "month", b.Line()
	mustSucceed(t, "SaveRun", db.SaveRun(ctx, r))
	wantResult(t, "ListRuns without those of backfills", []registry.Run(nil))(db.ListRuns(ctx, registry.Query{}))
	wantResult(t, "ListRuns of the backfill's line", []registry.Run{r})(db.ListRuns(ctx, registry.Query{Line: b.Line()}))
}
