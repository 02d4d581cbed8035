package mysqltest

import (
	"errors"
	"testing"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/mysql"
	"lfb/internal/registry"
)

func testExecutions(t *testing.T, db *mysql.DB) {
	ctx := t.Context()
	r := makeRun(1)
	r.Execution = registry.Execution{Namespace: "n", StartedBy: "admin", StartedByVerified: true}
	m := registry.Monitoring{
		ID: "m", Line: "london", Origin: lfb.Real, State: registry.Running, StartedAt: noon, WorkflowID: "w",
		WorkflowRunID: "r",
		Drift:         []registry.Drift{{Feature: "easting", PSI: 0.1}}, Execution: registry.Execution{NoWorker: true},
	}
	b := registry.Backfill{ID: "b", Origin: lfb.Real, State: registry.Running, StartedAt: noon, Reason: "half way"}
	mustSucceed(t, "save", errors.Join(db.SaveRun(ctx, makeRun(3)), db.SaveRun(ctx, r), db.SaveMonitoring(ctx, m),
		db.SaveBackfill(ctx, b)))
	for _, was := range openRecords(t, db, 3) {
		now := was
		now.State, now.Outcome, now.Reason, now.EndedAt = registry.Terminated, "terminated", "by jim", noon.Add(time.Hour)
		now.EndedBy, now.NoWorker = "jim", false
		for i, want := range []bool{true, false} {
			got, err := db.SwapRecord(ctx, was, now)
			if err != nil || got != want {
				t.Errorf("SwapRecord of a %s, time %d = %v, %v; want %v", was.Kind, i+1, got, err, want)
			}
		}
	}
	openRecords(t, db, 0)
	ended := registry.Execution{EndedBy: "jim"}
	m.State, m.Outcome, m.Reason, m.EndedAt, m.Execution = registry.Terminated, "terminated", "by jim",
		noon.Add(time.Hour), ended
	wantResult(t, "Monitoring", m)(db.Monitoring(ctx, "m"))
	b.State, b.Reason, b.EndedAt, b.Execution = registry.Terminated, "by jim", noon.Add(time.Hour), ended
	got, _, err := db.Backfill(ctx, "b")
	mustSucceed(t, "Backfill", err)
	wantSame(t, "Backfill", b, got)
	testLateMessages(t, db, r)
	testKnownExecutions(t, db)
}

// testKnownExecutions saves, as workflows do, what has become known of meanwhile.
func testKnownExecutions(t *testing.T, db *mysql.DB) {
	t.Helper()
	ctx := t.Context()
	started := registry.Execution{StartedBy: "admin", StartedByVerified: true}
	m := registry.Monitoring{
		ID: "m2", Line: "london", State: registry.Running, StartedAt: noon, WorkflowRunID: "r",
		Execution: started,
	}
	b := registry.Backfill{
		ID: "b2", Origin: lfb.Real, State: registry.Running, StartedAt: noon, WorkflowRunID: "r",
		Execution: started,
	}
	mustSucceed(t, "save", errors.Join(db.SaveMonitoring(ctx, m), db.SaveBackfill(ctx, b)))
	for _, was := range openRecords(t, db, 3) {
		now := was
		now.Namespace, now.EndedBy, now.NoWorker = "n", "jim", true
		if was.Kind != registry.RunRecord {
			mustGet[bool](t, "SwapRecord")(db.SwapRecord(ctx, was, now))
		}
	}
	known := started
	known.Namespace, known.EndedBy = "n", "jim"
	m.State, b.State = registry.Cancelled, registry.Cancelled
	mustSucceed(t, "save again", errors.Join(db.SaveMonitoring(ctx, m), db.SaveBackfill(ctx, b)))
	m.Execution, b.Execution = known, known
	wantResult(t, "a monitor run keeps what is known", m)(db.Monitoring(ctx, m.ID))
	got, _, err := db.Backfill(ctx, b.ID)
	mustSucceed(t, "Backfill", err)
	wantSame(t, "a backfill keeps what is known", b, got)
	b.State, b.WorkflowRunID, b.Execution = registry.Running, "reset", started
	mustSucceed(t, "SaveBackfill of a reset", db.SaveBackfill(ctx, b))
	got, _, err = db.Backfill(ctx, b.ID)
	mustSucceed(t, "Backfill", err)
	wantSame(t, "another execution is known by itself", b, got)
}

// testLateMessages sends what a workflow says after its run was ended for it.
func testLateMessages(t *testing.T, db *mysql.DB, r registry.Run) {
	t.Helper()
	ctx := t.Context()
	want := r
	want.State, want.Outcome, want.Reason, want.EndedAt, want.EndedBy = registry.Terminated, "terminated", "by jim",
		noon.Add(time.Hour), "jim"
	late := r
	late.Outcome, late.Reason, late.DataSet = "awaiting approval", "somebody", "d"
	mustSucceed(t, "SaveRun of an open run", db.SaveRun(ctx, late))
	wantRun(t, db, "a late message does not open a run again", want)
	want.StartedAt = r.StartedAt.Add(time.Minute)
	late.StartedAt, late.EndedBy = want.StartedAt, "jim"
	mustSucceed(t, "AdoptRun", db.AdoptRun(ctx, late))
	wantRun(t, db, "an adopted run's start is moved", want)
	want.State, want.Outcome, want.Reason, want.EndedAt = registry.Succeeded, "promoted", "better", noon.Add(2*time.Hour)
	mustSucceed(t, "SaveRun of an end", db.SaveRun(ctx, want))
	wantRun(t, db, "a workflow knows best how it ended", want)
	again := r
	again.ID, again.State = "cancelling", registry.Cancelling
	mustSucceed(t, "AdoptRun of a new one", db.AdoptRun(ctx, again))
	again.State, again.Outcome = registry.Running, "awaiting approval"
	mustSucceed(t, "SaveRun", db.SaveRun(ctx, again))
	again.State = registry.Cancelling
	wantRun(t, db, "who was asked to end stays so", again)
}

func wantRun(t *testing.T, db *mysql.DB, what string, want registry.Run) {
	t.Helper()
	got, _, err := db.Run(t.Context(), want.ID)
	mustSucceed(t, "Run", err)
	wantSame(t, what, want, got)
}

func openRecords(t *testing.T, db *mysql.DB, want int) []registry.Record {
	t.Helper()
	all, err := db.OpenRecords(t.Context())
	if err != nil || len(all) != want {
		t.Fatalf("OpenRecords = %+v, %v; want %d", all, err, want)
	}
	return all
}
