package mysqltest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"lfb/internal/config"
	"lfb/internal/lfb"
	"lfb/internal/mysql"
	"lfb/internal/registry"
)

// testHousekeeping asks for rows to be removed that may not be, and for those
// that may.
func testHousekeeping(t *testing.T, cfg config.MySQL) {
	db, ctx := ready(t, cfg), t.Context()
	line, replay := lfb.Real.Line(), registry.BackfillLine("b")
	for _, v := range []registry.Version{{Line: line, ID: "a"}, {Line: line, ID: "b"}, {Line: replay, ID: "a"}} {
		v.CreatedAt = noon
		if err := db.SaveVersion(ctx, v); err != nil {
			t.Fatal(err)
		}
	}
	for _, l := range []string{line, replay} {
		if err := db.Append(ctx, registry.Promotion{Line: l, Revision: 1, To: "a", Who: "w", Why: "y", Token: l, At: noon}); err != nil {
			t.Fatal(err)
		}
	}
	if lines, err := db.Lines(ctx); err != nil || !slices.Equal(lines, []string{replay, line}) {
		t.Errorf("Lines = %q, %v, want both", lines, err)
	}
	for range 2 {
		for _, v := range [][2]string{{line, "a"}, {line, "b"}, {replay, "a"}} {
			if err := db.RemoveVersion(ctx, v[0], v[1]); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := db.Version(ctx, line, "a"); err != nil {
		t.Errorf("the version in the ledger: %v, want it kept", err)
	}
	for _, v := range [][2]string{{line, "b"}, {replay, "a"}} {
		if _, err := db.Version(ctx, v[0], v[1]); !errors.Is(err, lfb.ErrNotFound) {
			t.Errorf("version %s of %s: %v, want it removed", v[1], v[0], err)
		}
	}
	removeAnswers(t, db)
	removeLooks(t, db)
	named := lfb.Ref{Key: "report/search/x", SHA256: "x", Bytes: 1}
	helpful := lfb.Ref{Key: "report/relevance/x", SHA256: "y", Bytes: 1}
	if err := db.SaveCandidates(ctx, []registry.Candidate{
		{RunID: "r", Name: "gbdt"}, {RunID: "r", Name: "gbdt-tuned", Search: named}, {RunID: "r", Name: "randomforest", Relevance: helpful},
	}); err != nil {
		t.Fatal(err)
	}
	if keys, err := db.ShownKeys(ctx); err != nil || !slices.Equal(keys, []string{named.Key, helpful.Key}) {
		t.Errorf("ShownKeys = %q, %v, want the two that candidates name", keys, err)
	}
}

// removeLooks removes one look that nothing needs, one that a claim names and one
// that runs.
func removeLooks(t *testing.T, db *mysql.DB) {
	t.Helper()
	ctx, line := t.Context(), lfb.Real.Line()
	states := map[string]registry.RunState{"1": registry.Succeeded, "2": registry.Failed, "3": registry.Running, "4": registry.Unchanged}
	for id, state := range states {
		if err := db.SaveMonitoring(ctx, registry.Monitoring{ID: id, Line: line, State: state, StartedAt: noon}); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.ClaimRetrain(ctx, registry.Claim{Line: line, DataSet: "d", Token: "1", At: noon}); err != nil {
		t.Fatal(err)
	}
	if err := db.SaveRealised(ctx, []registry.Realised{{Line: line, Version: "a", Month: "2024-01", Basis: registry.Afresh, MonitoringID: "4"}}); err != nil {
		t.Fatal(err)
	}
	if refs, err := db.LookRefs(ctx); err != nil || !slices.Equal(refs, []string{"4", "1"}) {
		t.Errorf("LookRefs = %q, %v, want the one that scored and the one that claimed", refs, err)
	}
	for id := range states {
		if err := db.RemoveLook(ctx, id); err != nil {
			t.Fatal(err)
		}
	}
	var left []string
	looks, err := db.Looks(ctx)
	for _, l := range looks {
		left = append(left, l.ID)
		if l.State != states[l.ID] || l.Line != line || !l.StartedAt.Equal(noon) {
			t.Errorf("Looks has %+v", l)
		}
	}
	if want := []string{"1", "3"}; err != nil || !slices.Equal(left, want) {
		t.Errorf("looks %q are left (%v), want %q: the claim's and the one that runs", left, err, want)
	}
}

func removeAnswers(t *testing.T, db *mysql.DB) {
	t.Helper()
	ctx := t.Context()
	var ps []registry.Prediction
	for i := range 7 {
		p := prediction(i)
		p.At = noon.Add(time.Duration(i) * time.Hour)
		ps = append(ps, p)
	}
	if err := db.SavePredictions(ctx, ps); err != nil {
		t.Fatal(err)
	}
	before := noon.Add(5 * time.Hour)
	if n, err := db.CountPredictionsBefore(ctx, before); err != nil || n != 5 {
		t.Errorf("CountPredictionsBefore = %d, %v, want 5", n, err)
	}
	for _, want := range []int64{3, 2, 0} {
		if n, err := db.RemovePredictions(ctx, before, 3); err != nil || n != want {
			t.Errorf("RemovePredictions = %d, %v, want %d", n, err, want)
		}
	}
	if n, err := db.CountPredictions(ctx); err != nil || n != 2 {
		t.Errorf("%d answers are left (%v), want 2", n, err)
	}
}
