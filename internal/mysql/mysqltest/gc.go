package mysqltest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"

	"lfb/internal/gc"
	"lfb/internal/lfb"
	"lfb/internal/mysql"
	"lfb/internal/registry"
)

// testHousekeeping asks for rows to be removed that may not be, and for those
// that may.
func testHousekeeping(t *testing.T, db *mysql.DB) {
	ctx := t.Context()
	line, replay := lfb.Real.Line(), registry.BackfillLine("b")
	for _, v := range []registry.Version{{Line: line, ID: "a"}, {Line: line, ID: "b"}, {Line: replay, ID: "a"}} {
		v.CreatedAt = noon
		mustSucceed(t, "SaveVersion", db.SaveVersion(ctx, v))
	}
	for _, l := range []string{line, replay} {
		mustSucceed(t, "Append", db.Append(ctx, registry.Promotion{
			Line: l, Revision: 1, To: "a", Who: "w", Why: "y",
			Token: l, At: noon,
		}))
	}
	for range 2 {
		for _, id := range []string{gc.Version + line + "/a", gc.Version + line + "/b", gc.Replayed + replay + "/a"} {
			mustSucceed(t, "RemoveRecord", db.RemoveRecord(ctx, id))
		}
	}
	mustSucceed(t, "Version in the ledger", secondError(db.Version(ctx, line, "a")))
	for _, v := range [][2]string{{line, "b"}, {replay, "a"}} {
		wantErr(t, fmt.Sprintf("Version of %v after its removal", v), secondError(db.Version(ctx, v[0], v[1])),
			lfb.ErrNotFound)
	}
	removeAnswers(t, db)
	removeMonitorRuns(t, db)
}

// testRecords stores a row of each kind and reads what they are as items.
func testRecords(t *testing.T, db *mysql.DB) {
	ctx, line := t.Context(), lfb.Real.Line()
	sha := strings.Repeat("f", 64)
	ref := func(key string) lfb.Ref { return lfb.Ref{Key: key, SHA256: "x", Bytes: 1} }
	replayed := registry.Backfill{
		ID: "b", Origin: lfb.Real, State: registry.Running, DataSet: "d2",
		Report: ref("report/b"), Plot: ref("plot/b"), StartedAt: noon,
	}
	v := registry.Version{
		Line: line, ID: "v", DataSet: "d1", Bundle: ref("bundle/v"), Explanation: ref("explanation/v"),
		CreatedAt: noon,
	}
	r := registry.Version{Line: replayed.Line(), ID: "r", DataSet: "d2", Bundle: ref("bundle/r"), CreatedAt: noon}
	for _, err := range []error{
		db.SaveVersion(ctx, v), db.SaveVersion(ctx, r),
		db.Append(ctx, registry.Promotion{Line: line, Revision: 1, To: "v", Who: "w", Why: "y", Token: "t", At: noon}),
		db.Append(ctx, registry.Promotion{
			Line: replayed.Line(), Revision: 1, To: "r", Who: "w", Why: "y", Token: "t",
			At: noon,
		}),
		db.SaveBackfill(ctx, replayed),
		db.SaveBackfillMonth(ctx, "b", registry.BackfillMonth{Month: "2024-01", Verdict: ref("verdict/b")}),
		db.SaveFile(ctx, lfb.SourceFile{
			SHA256: sha, Source: "s", Name: "n", Origin: lfb.Real, StoredAt: noon,
			Ref: ref("raw/f"),
		}),
		db.SaveCandidates(ctx, []registry.Candidate{
			{RunID: "r", Name: "gbdt", Verdict: ref("verdict/x")},
			{RunID: "r", Name: "linear"},
			{RunID: "r", Name: "gbdt-tuned", Search: ref("search/x")},
			{RunID: "r", Name: "randomforest", Relevance: ref("relevance/x")},
		}),
		db.SaveMonitoring(ctx, registry.Monitoring{ID: "m1", Line: line, State: registry.Succeeded, StartedAt: noon}),
		db.SaveMonitoring(ctx, registry.Monitoring{ID: "m2", Line: line, State: registry.Failed, StartedAt: noon}),
		db.ClaimRetrain(ctx, registry.Claim{Line: line, DataSet: "d", Token: "m3", At: noon}),
		db.SaveRealised(ctx, []registry.Realised{{
			Line: line, Version: "v", Month: "2024-01", Basis: registry.Afresh,
			MonitoringID: "m4",
		}}),
		db.SavePlaceSet(ctx, makePlaceSet(lfb.Real, 1, "p")),
		db.OpenAttempt(ctx, makeAttempt("a")),
		db.SaveAttemptResult(ctx, "a", registry.AttemptFile{Name: "attendance.mean.onnx", Ref: ref("candidate/result/x")},
			noon),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	// By id; what has none only leads to others.
	want := map[string]gc.Item{
		gc.Version + line + "/v": {At: noon, Group: line, Refs: []string{"explanation/v", "bundle/v", gc.DataSet + "d1"}},
		// its backfill runs
		gc.Replayed + r.Line + "/r": {At: noon, Pinned: true, Group: r.Line, Refs: []string{"bundle/r", gc.DataSet + "d2"}},
		gc.File + sha:               {At: noon, Refs: []string{"raw/f"}},
		gc.Backfill + "b":           {At: noon, Pinned: true, Refs: []string{gc.DataSet + "d2"}},
		gc.MonitorRun + "m1":        {At: noon, Group: line},
		gc.MonitorRun + "m2":        {At: noon},
		gc.PlaceSet + "1/1": {
			At: noon.Add(time.Hour), Group: "places of 1",
			Refs: []string{"places/p", gc.File + strings.Repeat("c", 64)},
		},
		gc.Attempt + "a": {Refs: []string{"candidate/input/a", "candidate/result/x"}},
		"": {Refs: []string{
			gc.Version + line + "/v", "verdict/b", "verdict/x", "search/x", "relevance/x",
			gc.MonitorRun + "m4", gc.MonitorRun + "m3",
		}},
	}
	all, err := db.Records(ctx)
	mustSucceed(t, "Records", err)
	byID := map[string]gc.Item{}
	for _, i := range all {
		if gc.KindOf(i.ID) == gc.Version && !strings.Contains(string(i.Row), `"d1"`) || i.ID == "" && !i.Pinned {
			t.Errorf("Records has %+v, of row %s", i, i.Row)
		}
		i.Refs = slices.DeleteFunc(append(byID[i.ID].Refs, i.Refs...),
			func(ref string) bool { return ref == "" || strings.HasSuffix(ref, "/") })
		id := i.ID
		i.ID, i.Row, i.Pinned = "", nil, i.Pinned && id != ""
		byID[id] = i
	}
	wantSame(t, "Records", want, byID, cmpopts.EquateEmpty())
}

// removeMonitorRuns removes one that nothing needs, one that a claim names and one
// that runs.
func removeMonitorRuns(t *testing.T, db *mysql.DB) {
	t.Helper()
	ctx, line := t.Context(), lfb.Real.Line()
	for id, state := range map[string]registry.RunState{
		"1": registry.Succeeded, "2": registry.Failed,
		"3": registry.Running,
	} {
		mustSucceed(t, "SaveMonitoring", db.SaveMonitoring(ctx, registry.Monitoring{
			ID: id, Line: line, State: state,
			StartedAt: noon,
		}))
	}
	mustSucceed(t, "ClaimRetrain", db.ClaimRetrain(ctx, registry.Claim{Line: line, DataSet: "d", Token: "1", At: noon}))
	for id, want := range map[string]error{"1": nil, "2": lfb.ErrNotFound, "3": nil} {
		mustSucceed(t, "RemoveRecord", db.RemoveRecord(ctx, gc.MonitorRun+id))
		wantErr(t, "Monitoring "+id, secondError(db.Monitoring(ctx, id)), want)
	}
}

func removeAnswers(t *testing.T, db *mysql.DB) {
	t.Helper()
	ctx := t.Context()
	var ps []registry.Prediction
	for i := range 7 {
		p := makePrediction(i)
		p.At = noon.Add(time.Duration(i) * time.Hour)
		ps = append(ps, p)
	}
	mustSucceed(t, "SavePredictions", db.SavePredictions(ctx, ps))
	before := noon.Add(5 * time.Hour)
	if n, err := db.CountPredictionsBefore(ctx, before); err != nil || n != 5 {
		t.Errorf("CountPredictionsBefore = %d, %v, want 5", n, err)
	}
	for _, want := range []int64{3, 2, 0} {
		if n, err := db.RemovePredictions(ctx, before, 3); err != nil || n != want {
			t.Errorf("RemovePredictions = %d, %v, want %d", n, err, want)
		}
	}
	if n, err := db.CountPredictionsBefore(ctx, noon.AddDate(1, 0, 0)); err != nil || n != 2 {
		t.Errorf("%d answers are left (%v), want 2", n, err)
	}
}
