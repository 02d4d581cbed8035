package mysqltest

import (
	"testing"
	"time"

	"lfb/internal/gc"
	"lfb/internal/lfb"
	"lfb/internal/mysql"
	"lfb/internal/registry"
)

func makeAttempt(id string) registry.Attempt {
	return registry.Attempt{
		ID: id, RunID: "r", Candidate: "external:elsewhere", Heads: []string{"attendance"}, MaxBytes: 1000, OpenedAt: noon,
		ClosesAt: noon.Add(time.Hour),
		Files: []registry.AttemptFile{{Name: "attendance.train.parquet", Ref: lfb.RefTo("candidate/input/"+id,
			[]byte(id))}},
	}
}

// testAttempts opens one and gives it results: each write may come twice, results are told
// apart by their content, and it is closed once.
func testAttempts(t *testing.T, db *mysql.DB) {
	ctx := t.Context()
	a := makeAttempt("a")
	_, _, err := db.Attempt(ctx, "a")
	wantErr(t, "Attempt without one", err, lfb.ErrNotFound)
	changed := a
	changed.RunID = "another"
	for _, a := range []registry.Attempt{a, makeAttempt("b"), changed} {
		mustSucceed(t, "OpenAttempt", db.OpenAttempt(ctx, a))
	}
	var results []registry.AttemptFile
	for i, body := range []string{"one", "two"} {
		r := registry.AttemptFile{Name: "attendance.mean.onnx", Ref: lfb.RefTo("candidate/result/"+body, []byte(body))}
		for range 2 {
			mustSucceed(t, "SaveAttemptResult", db.SaveAttemptResult(ctx, "a", r, noon.Add(time.Duration(i)*time.Minute)))
		}
		results = append(results, r)
	}
	got, have, err := db.Attempt(ctx, "a")
	wantResult(t, "Attempt", a)(got, err)
	wantSame(t, "its results", results, have)
	if got.IsOver(noon) || !got.IsOver(noon.Add(time.Hour)) {
		t.Errorf("the attempt %+v is over at noon, or is not an hour later", got)
	}
	for minute := range 2 {
		mustSucceed(t, "CloseAttempt", db.CloseAttempt(ctx, "a", noon.Add(time.Duration(minute)*time.Minute)))
	}
	a.ClosedAt = noon
	got, _, err = db.Attempt(ctx, "a")
	wantResult(t, "Attempt when it is closed", a)(got, err)
	if !got.IsOver(noon) {
		t.Error("the closed attempt is not over")
	}
	for range 2 {
		mustSucceed(t, "RemoveRecord", db.RemoveRecord(ctx, gc.Attempt+"a"))
	}
	_, _, err = db.Attempt(ctx, "a")
	wantErr(t, "Attempt that was removed", err, lfb.ErrNotFound)
	_, _, err = db.Attempt(ctx, "b")
	mustSucceed(t, "the other Attempt", err)
}
