package mysqltest

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lfb/internal/gc"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/mysql"
	"lfb/internal/registry"
)

// The stores of package registry are met.
var (
	_ registry.Runs   = (*mysql.DB)(nil)
	_ registry.Ledger = (*mysql.DB)(nil)
)

var noon = time.Date(2024, 3, 1, 12, 0, 0, 123456000, time.UTC)

// RunID is the ID of the n-th run that SaveRuns saves.
func RunID(n int) string { return makeRun(n).ID }

// SaveRuns saves n runs, four at a time.
func SaveRuns(t testing.TB, db *mysql.DB, n int) {
	t.Helper()
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := w; i < n; i += 4 {
				if err := db.SaveRun(t.Context(), makeRun(i)); err != nil {
					t.Errorf("SaveRun = %v", err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// makeRun makes the n-th run: every third failed, three a minute, of two lines.
func makeRun(n int) registry.Run {
	origin := lfb.Origins()[n%2]
	r := registry.Run{
		ID: fmt.Sprintf("retrain-%06d", n), Line: origin.Line(), Origin: origin, State: registry.Running,
		Trigger: "manual", Seed: 1<<64 - 1 - uint64(n), Config: json.RawMessage(`{"b": 1,  "a": [1.50]}`),
		WorkflowID: "w", WorkflowRunID: "r", StartedAt: noon.Add(time.Duration(n/3) * time.Minute),
	}
	if n%3 == 0 {
		r.State, r.Outcome, r.Reason = registry.Failed, "kept", "it broke — “so” it did"
		r.EndedAt = r.StartedAt.Add(time.Duration(n%7+1) * time.Second)
	}
	return r
}

func makeReport(rmse float64) ml.Report {
	m := ml.Metrics{Rows: 100, RMSE: rmse, MAE: 1.0 / 3}
	return ml.Report{All: m, First: m, Slices: []ml.Slice{{By: "borough", Value: "E09000011", Metrics: m}}}
}

func testRuns(t *testing.T, db *mysql.DB) {
	ctx := t.Context()
	r := makeRun(1)
	mustSucceed(t, "SaveRun", db.SaveRun(ctx, r))
	mustSucceed(t, "SaveRun again", db.SaveRun(ctx, r))
	got, cs, err := db.Run(ctx, r.ID)
	mustSucceed(t, "Run", err)
	wantSame(t, "Run", r, got)
	wantSame(t, "candidates of a new run", nil, cs)
	later := r
	later.StartedAt, later.EndedAt = r.StartedAt.Add(time.Hour), r.StartedAt.Add(2*time.Hour)
	later.State, later.Outcome, later.Reason, later.DataSet = registry.Succeeded, "promoted", "better", "abc"
	later.Trigger, later.Seed, later.Config, later.WorkflowRunID = "schedule", 7, nil, "other"
	mustSucceed(t, "SaveRun changed", db.SaveRun(ctx, later))
	later.StartedAt = r.StartedAt
	got, _, err = db.Run(ctx, r.ID)
	mustSucceed(t, "Run", err)
	wantSame(t, "Run after a change: all but the start", later, got)
	wantErr(t, "Run(none)", thirdError(db.Run(ctx, "none")), lfb.ErrNotFound)
	wantErr(t, "RunSteps of one that told nothing", secondError(db.RunSteps(ctx, "other")), lfb.ErrNotFound)
	mustSucceed(t, "SaveRunSteps", db.SaveRunSteps(ctx, r.ID, json.RawMessage(`[{"name":"fetch"}]`)))
	wantResult(t, "RunSteps", json.RawMessage(`[{"name":"fetch"}]`))(db.RunSteps(ctx, "other"))
	mustSucceed(t, "SaveRun once more", db.SaveRun(ctx, later))
	wantResult(t, "RunSteps after that", json.RawMessage(`[{"name":"fetch"}]`))(db.RunSteps(ctx, "other"))
	testCandidates(t, db, r.ID)
}

// testStepLogs keeps what attempts logged, the last of each, until it is old.
func testStepLogs(t *testing.T, db *mysql.DB) {
	ctx := t.Context()
	line := registry.LogLine{At: noon, Level: "info", Text: "fit: 2 of 7 rounds"}
	first := registry.StepLog{WorkflowRunID: "w", ActivityID: "5", Attempt: 1, Lines: []registry.LogLine{line}}
	again := first
	again.Attempt, again.Lines = 2, []registry.LogLine{line, {At: noon, Level: "error", Text: "ünit"}}
	for _, l := range []registry.StepLog{first, again, again} {
		mustSucceed(t, "SaveStepLog", db.SaveStepLog(ctx, l, noon))
	}
	wantResult(t, "StepLogs", []registry.StepLog{first, again})(db.StepLogs(ctx, "w"))
	other := first
	other.WorkflowRunID = "x"
	mustSucceed(t, "SaveStepLog", db.SaveStepLog(ctx, other, noon.AddDate(1, 0, 0)))
	wantResult(t, "StepLogs that are old", []registry.StepLog(nil))(db.StepLogs(ctx, "w"))
}

func testCandidates(t *testing.T, db *mysql.DB, id string) {
	t.Helper()
	ctx := t.Context()
	candidate := func(name string, rank int) registry.Candidate {
		return registry.Candidate{
			RunID: id, Name: name, State: "trained", Version: "v-" + name, Recipe: json.RawMessage(`{"trees":100}`),
			Bundle: lfb.Ref{Key: "b/" + name, SHA256: "x", Bytes: 1}, Valid: makeReport(120.5), Holdout: makeReport(121),
			Rank:    rank,
			FitTime: 3 * time.Second, TrainedTo: noon,
		}
	}
	failed := registry.Candidate{RunID: id, Name: "a-failed", State: "failed", Error: "no rows"}
	mustSucceed(t, "SaveCandidates", db.SaveCandidates(ctx, []registry.Candidate{
		candidate("linear", 1), failed,
		candidate("gbdt", 2),
	}))
	want := []registry.Candidate{candidate("gbdt", 1), candidate("linear", 2), failed}
	mustSucceed(t, "SaveCandidates again", db.SaveCandidates(ctx, want))
	_, cs, err := db.Run(ctx, id)
	mustSucceed(t, "Run", err)
	wantSame(t, "leaderboard", want, cs)
}

func testRunPages(t *testing.T, db *mysql.DB) {
	ctx := t.Context()
	const n = 60
	SaveRuns(t, db, n)
	for _, q := range []registry.Query{
		{},
		{Reverse: true},
		{Sort: "started", Line: lfb.Real.Line()},
		{Sort: "duration"},
		{Sort: "duration", Reverse: true, Line: lfb.Synthetic.Line()},
		{Sort: "state"},
		{Sort: "state", Reverse: true},
		{State: registry.Failed},
		{State: registry.Running, Line: lfb.Real.Line(), Sort: "duration"},
		{Outcome: "promoted"},
		{Outcome: "promoted", Trigger: makeRun(1).Trigger, Line: lfb.Real.Line(), Reverse: true},
		{Trigger: makeRun(1).Trigger},
		{Trigger: makeRun(1).Trigger, Outcome: makeRun(1).Outcome, Sort: "duration"},
		{Trigger: "nobody's"},
	} {
		whole := q
		whole.Limit = 1000
		want := mustGet[[]registry.Run](t, "ListRuns")(db.ListRuns(ctx, whole))
		if !slices.IsSortedFunc(want, func(a, b registry.Run) int { return compareRuns(q, a, b) }) ||
			len(want) != countRuns(q, n) {
			t.Errorf("ListRuns(%+v) = %d runs, want %d in order", q, len(want), countRuns(q, n))
		}
		var got []registry.Run
		for q.Limit = 7; ; q.After = got[len(got)-1].ID {
			page := mustGet[[]registry.Run](t, "ListRuns")(db.ListRuns(ctx, q))
			if got = append(got, page...); len(page) < q.Limit {
				break
			}
		}
		wantSame(t, fmt.Sprintf("ListRuns(%+v) in pages", q), want, got)
	}
	wantErr(t, "ListRuns by colour", secondError(db.ListRuns(ctx, registry.Query{Sort: "colour"})), lfb.ErrInvalid)
	wantErr(t, "ListRuns after none", secondError(db.ListRuns(ctx, registry.Query{After: "none"})), lfb.ErrNotFound)
}

func countRuns(q registry.Query, n int) (count int) {
	for i := range n {
		r := makeRun(i)
		if (q.Line == "" || q.Line == r.Line) && (q.State == "" || q.State == r.State) &&
			(q.Outcome == "" || q.Outcome == r.Outcome) && (q.Trigger == "" || q.Trigger == r.Trigger) {
			count++
		}
	}
	return count
}

// compareRuns is the order of q: the longest, or last, or newest run first.
func compareRuns(q registry.Query, a, b registry.Run) (c int) {
	switch q.Sort {
	case "duration":
		c = cmp.Or(cmp.Compare(runDuration(b), runDuration(a)), cmp.Compare(b.ID, a.ID))
	case "state":
		c = cmp.Or(cmp.Compare(b.State, a.State), b.StartedAt.Compare(a.StartedAt), cmp.Compare(b.ID, a.ID))
	default:
		c = cmp.Or(b.StartedAt.Compare(a.StartedAt), cmp.Compare(b.ID, a.ID))
	}
	if q.Reverse {
		return -c
	}
	return c
}

// runDuration is 0 for a run that has not ended.
func runDuration(r registry.Run) time.Duration { return max(r.EndedAt.Sub(r.StartedAt), 0) }

func makePromotion(revision int64, to, token string) registry.Promotion {
	return registry.Promotion{
		Line: "line", Revision: revision, From: "before", To: to, Kind: "promote", Who: "ann",
		Why: "better", RunID: "retrain-1", At: noon, Token: token, Evidence: json.RawMessage(`{"passed": true,  "x":1}`),
	}
}

func testLedger(t *testing.T, db *mysql.DB) {
	ctx := t.Context()
	v := registry.Version{
		ID: "v1", Line: "line", Origin: lfb.Real, Bundle: lfb.Ref{Key: "k"}, RunID: "r", Candidate: "gbdt",
		DataSet: "d", TrainedTo: noon, Holdout: makeReport(119), CreatedAt: noon,
	}
	mustSucceed(t, "SaveVersion", db.SaveVersion(ctx, v))
	other := v
	other.Candidate = "linear"
	mustSucceed(t, "SaveVersion again", db.SaveVersion(ctx, other))
	wantResult(t, "Version", v)(db.Version(ctx, "line", "v1"))
	wantErr(t, "Version of another line", secondError(db.Version(ctx, "other line", "v1")), lfb.ErrNotFound)
	wantErr(t, "Champion of an empty ledger", secondError(db.Champion(ctx, "line")), lfb.ErrNotFound)
	one, two := makePromotion(1, "v1", "token 1"), makePromotion(2, "v2", "token 2")
	mustSucceed(t, "Append", db.Append(ctx, one))
	mustSucceed(t, "Append of the same token", db.Append(ctx, one))
	mustSucceed(t, "Append", db.Append(ctx, two))
	for name, p := range map[string]registry.Promotion{
		"a taken revision":              makePromotion(1, "v3", "token 3"),
		"the last revision":             makePromotion(2, "v3", "token 3"),
		"a token of another revision":   makePromotion(3, "v3", "token 1"),
		"both taken, by different ones": makePromotion(2, "v3", "token 1"),
	} {
		wantErr(t, fmt.Sprintf("Append with %s", name), db.Append(ctx, p), lfb.ErrConflict)
	}
	got := mustGet[[]registry.Promotion](t, "Promotions")(db.Promotions(ctx, "line", 0))
	wantSame(t, "Promotions", []registry.Promotion{two, one}, got)
	wantResult(t, "a page", []registry.Promotion{one})(db.PromotionPage(ctx, "line", 2, 5))
	wantResult(t, "PromotionOf the run that made two", two)(db.PromotionOf(ctx, "line", "retrain-1"))
	for _, of := range [][2]string{{"line", "retrain-2"}, {"other line", "retrain-1"}} {
		wantErr(t, fmt.Sprintf("PromotionOf(%q, %q)", of[0], of[1]), secondError(db.PromotionOf(ctx, of[0], of[1])),
			lfb.ErrNotFound)
	}
	two.Evidence = nil
	for to, want := range map[string][]registry.Promotion{"v2": {two}, "v3": nil} {
		got := mustGet[[]registry.Promotion](t, "PromotionsTo")(db.PromotionsTo(ctx, "line", to))
		wantSame(t, "PromotionsTo "+to, want, got)
	}
	wantResult(t, "Champion", two)(db.Champion(ctx, "line"))
	if got := mustGet[[]registry.Promotion](t, "Promotions")(db.Promotions(ctx, "line", 1)); len(got) != 1 ||
		got[0].Revision != 2 {
		t.Errorf("Promotions(limit 1) = %v, want revision 2", got)
	}
}

// testLedgerRace promotes 16 times at once from one revision, over and over.
func testLedgerRace(t *testing.T, db *mysql.DB) {
	ctx := t.Context()
	const racers, rounds = 16, 5
	for i := range racers {
		mustSucceed(t, "SaveVersion", db.SaveVersion(ctx, registry.Version{
			ID: fmt.Sprint("v", i), Line: "line",
			Origin: lfb.Real, CreatedAt: noon,
		}))
	}
	for seen := int64(0); seen < rounds; seen++ {
		var won, stale atomic.Int64
		var wg sync.WaitGroup
		start := make(chan struct{})
		for i := range racers {
			wg.Go(func() {
				<-start
				p := makePromotion(0, fmt.Sprint("v", (int(seen)+i)%racers), fmt.Sprintf("token %d of %d", i, seen))
				switch _, err := registry.Promote(ctx, db, p, seen); {
				case err == nil:
					won.Add(1)
				case errors.Is(err, lfb.ErrConflict):
					stale.Add(1)
				default:
					t.Errorf("Promote = %v", err)
				}
			})
		}
		close(start)
		wg.Wait()
		if won.Load() != 1 || stale.Load() != racers-1 {
			t.Errorf("from revision %d: %d won, %d were stale; want 1, %d", seen, won.Load(), stale.Load(), racers-1)
		}
		if ps := mustGet[[]registry.Promotion](t, "Promotions")(db.Promotions(ctx, "line", 0)); len(ps) != int(seen)+1 {
			t.Errorf("%d ledger entries after round %d, want %d", len(ps), seen, seen+1)
		}
	}
}

// testVersionNames: numbers follow the order of making, stay with removed versions, and
// are given to rows of before there were any.
func testVersionNames(t *testing.T, db *mysql.DB) {
	ctx := t.Context()
	v := registry.Version{
		Line: "line", Origin: lfb.Real, RunID: "run-1", Candidate: "gbdt", Holdout: makeReport(119),
		CreatedAt: noon, Rank: 1,
	}
	for _, id := range []string{"bb", "aa", "cc", "bb"} {
		v.ID = id
		mustSucceed(t, "SaveVersion "+id, db.SaveVersion(ctx, v))
	}
	replayed := v
	replayed.Line = "backfill/b"
	mustSucceed(t, "SaveVersion of a replay", db.SaveVersion(ctx, replayed))
	wantErr(t, "VersionName of a replay", secondError(db.VersionName(ctx, "backfill/b", "bb")), lfb.ErrNotFound)
	list := func(q registry.VersionQuery, want ...string) {
		t.Helper()
		q.Line = "line"
		var got []string
		for _, n := range mustGet[[]registry.VersionName](t, "VersionNames")(db.VersionNames(ctx, q)) {
			got = append(got, fmt.Sprint(n, " ", n.Version))
		}
		wantSame(t, fmt.Sprintf("VersionNames(%+v)", q), want, got)
	}
	list(registry.VersionQuery{}, "v3 gbdt cc", "v2 gbdt aa", "v1 gbdt bb")
	list(registry.VersionQuery{Limit: 1}, "v3 gbdt cc")
	list(registry.VersionQuery{Before: 3, Limit: 1}, "v2 gbdt aa")
	for text, want := range map[string]string{"v2": "v2 gbdt aa", "V1 gbdt": "v1 gbdt bb", "c": "v3 gbdt cc"} {
		list(registry.VersionQuery{Text: text}, want)
	}
	list(registry.VersionQuery{Text: "run-1 "}, "v3 gbdt cc", "v2 gbdt aa", "v1 gbdt bb")
	list(registry.VersionQuery{Text: "%"})
	mustSucceed(t, "RemoveRecord", db.RemoveRecord(ctx, gc.Version+"line/cc"))
	list(registry.VersionQuery{}, "v2 gbdt aa", "v1 gbdt bb")
	got := mustGet[registry.VersionName](t, "VersionName of a removed one")(db.VersionName(ctx, "line", "cc"))
	if got.Number != 3 || got.RMSE != 119 || got.Rank != 1 || !got.CreatedAt.Equal(noon) {
		t.Errorf("VersionName = %+v, want the removed one's", got)
	}
	v.ID = "dd"
	mustSucceed(t, "SaveVersion dd", db.SaveVersion(ctx, v))
	list(registry.VersionQuery{Limit: 1}, "v4 gbdt dd")
}

func testVersionNotes(t *testing.T, db *mysql.DB) {
	ctx := t.Context()
	n := registry.VersionNote{Line: "line", Version: "v1", At: noon, Who: "jim", Text: "keep an eye on Hillingdon"}
	m := n
	m.At, m.Who, m.Verdict = noon.Add(time.Hour), "ann", &registry.Verdict{
		Summary: "refused: too few rows",
		Checks:  []registry.Check{{Name: "rows"}},
	}
	for range 2 { // said again it changes nothing
		mustSucceed(t, "SaveVersionNote", db.SaveVersionNote(ctx, n))
		mustSucceed(t, "SaveVersionNote", db.SaveVersionNote(ctx, m))
	}
	wantResult(t, "VersionNotes", []registry.VersionNote{m, n})(db.VersionNotes(ctx, "line", "v1"))
	wantResult(t, "VersionNotes of another", []registry.VersionNote(nil))(db.VersionNotes(ctx, "line", "v2"))
}

func testDataSets(t *testing.T, db *mysql.DB) {
	ctx := t.Context()
	d := registry.DataSet{
		ID: "abc", Origin: lfb.Real, Manifest: lfb.Ref{Key: "m"}, Report: lfb.Ref{Key: "r"}, Rows: 7,
		FirstCall: noon.AddDate(-1, 0, 0), LastCall: noon, CreatedAt: noon,
	}
	newer := d
	newer.ID, newer.CreatedAt = "def", noon.Add(time.Microsecond)
	for _, s := range []registry.DataSet{d, newer, d} {
		mustSucceed(t, "SaveDataSet", db.SaveDataSet(ctx, s))
	}
	wantResult(t, "DataSet", d)(db.DataSet(ctx, "abc"))
	wantResult(t, "DataSets", []registry.DataSet{newer, d})(db.DataSets(ctx, lfb.Real))
	wantErr(t, "DataSet(none)", secondError(db.DataSet(ctx, "none")), lfb.ErrNotFound)
}

func testCoverScenarios(t *testing.T, db *mysql.DB) {
	ctx := t.Context()
	a := registry.CoverScenario{Name: "Strike, night", Revision: 1, Who: "jim", At: noon, Scenario: json.RawMessage(`{"from":20,"to":8}`)}
	b := registry.CoverScenario{Name: "Lee Green closes", Revision: 1, Who: "ann", At: noon, Scenario: json.RawMessage(`{"out":[{"station":"Lee Green"}]}`)}
	mustSucceed(t, "SaveCoverScenario", db.SaveCoverScenario(ctx, b))
	for range 3 {
		mustSucceed(t, "SaveCoverScenario", db.SaveCoverScenario(ctx, a))
		wantErr(t, "SaveCoverScenario(again)", db.SaveCoverScenario(ctx, a), lfb.ErrConflict)
		wantResult(t, "CoverScenarios", []registry.CoverScenario{b, a})(db.CoverScenarios(ctx))
		a.Who, a.Scenario = "ann", json.RawMessage(`{"from":21,"to":8}`)
		a.Revision++
	}
	a.Name = "none"
	wantErr(t, "SaveCoverScenario(none)", db.SaveCoverScenario(ctx, a), lfb.ErrConflict)
	mustSucceed(t, "DeleteCoverScenario", db.DeleteCoverScenario(ctx, b.Name))
	if err := db.DeleteCoverScenario(ctx, b.Name); !errors.Is(err, lfb.ErrNotFound) {
		t.Errorf("deleted twice: %v", err)
	}
}
