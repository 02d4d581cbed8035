package activities

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/internal/testdata"
)

// realPolicy is the product's own gate.
func realPolicy() registry.Policy {
	return registry.Policy{
		Confidence: 0.95, SliceMargin: 0.05, SliceRows: 500, CoverageLow: 0.88, CoverageTop: 0.92,
		CeilingRMSE: 120, MinRows: 500,
	}
}

// realMonths writes the rows of 2017's given months, as 2017-01, into a folder.
func realMonths(t *testing.T, dir, name string, months ...string) {
	t.Helper()
	body, err := os.ReadFile(testdata.Path(t, "lfb_incidents_2017_jan_mar.csv"))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for i, line := range strings.SplitAfter(string(body), "\n") {
		fields := strings.SplitN(line, ",", 3)
		if i == 0 || len(fields) > 1 && slices.ContainsFunc(months,
			func(m string) bool { return strings.HasPrefix(fields[1], m) }) {
			out.WriteString(line)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(out.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// retrained is a retrain by hand on what the folder has, and its run on record.
func retrained(t *testing.T, a *Activities, dir, id string, names ...string) CompareResult {
	t.Helper()
	ctx, line := t.Context(), lfb.Real.Line()
	d := loaded(t, a, SourceSpec{Name: "dir", Dir: dir, MaxRejects: 0.05})
	plan, err := a.Plan(ctx, PlanInput{Line: line, DataSet: d})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(plan.Summary)
	in := CompareInput{
		RunID: id, Line: line, Origin: lfb.Real, DataSet: d, Spans: plan.Spans, Policy: realPolicy(),
		Seed: 1, Provisional: true,
	}
	for _, name := range names {
		got, err := a.Train(ctx, TrainInput{
			Line: line, Origin: lfb.Real, DataSet: d, Spans: plan.Spans, Candidate: name,
			Train: TrainSpec{Seed: 1},
		})
		if err != nil {
			t.Fatal(err)
		}
		in.Candidates = append(in.Candidates, got)
	}
	out, err := a.Compare(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(out.Summary)
	err = a.Runs.SaveRun(ctx, registry.Run{ID: id, Line: line, Origin: lfb.Real, State: registry.Succeeded, DataSet: d.ID, Seed: 1, Config: []byte(`{"Train":{"seed":1}}`), StartedAt: time.Now().UTC()})
	if err != nil {
		t.Fatal(err)
	}
	version := out.Winner
	if !out.Passed {
		version = out.Provisional
	}
	if version == "" {
		return out
	}
	made, err := a.AppendPromotion(ctx, AppendPromotionInput{
		Line: line, Version: version, Seen: out.Revision, Kind: "promote", Who: "test", Why: out.Summary,
		Verdict: out.Verdict, Token: id, At: time.Now().UTC(),
	})
	if err != nil || made.Stale {
		t.Fatalf("AppendPromotion = %+v, %v", made, err)
	}
	return out
}

// TestTwoRealMonthsServeProvisionally: the first engines of a stormy February do not come
// within the P90 that a quiet January taught, so that nothing passes the gate. What it
// refuses serves, says why and with wider answers, until March is there and something passes.
func TestTwoRealMonthsServeProvisionally(t *testing.T) {
	t.Parallel()
	a, dir := newActivities(t), t.TempDir()
	ctx, line := t.Context(), lfb.Real.Line()
	realMonths(t, dir, "january-february.csv", "2017-01", "2017-02")
	first := retrained(t, a, dir, "first", "baseline", "linear", "gbdt")
	if first.Passed || first.Provisional == "" {
		t.Fatalf("two months: passed %v, provisional %q (%s); want it refused and serving all the same", first.Passed,
			first.Provisional, first.Summary)
	}
	v, err := a.Ledger.Version(ctx, line, first.Provisional)
	if err != nil || v.Provisional == nil {
		t.Fatalf("version %+v, %v; want it to say that it is provisional", v, err)
	}
	p := *v.Provisional
	t.Logf("%s is %s with its P90 %.1f s later: %.2f %% of the hold-out's first engines within it, %.2f %% before",
		p.Version, p.Of, p.WidenedSeconds, p.CoverageAfter*100, p.CoverageBefore*100)
	if p.Of != first.Winner || p.Version != v.ID || len(p.Failing) == 0 ||
		!(p.WidenedSeconds > 0 && p.CoverageAfter > p.CoverageBefore) {
		t.Errorf("provisional = %+v; want the winner, widened, and what it fails", p)
	}
	if err := a.CheckBundle(ctx, CheckBundleInput{line, v.ID}); err != nil {
		t.Errorf("CheckBundle = %v", err)
	}
	if r, err := a.Reproduce(ctx, ReproduceInput{line, v.ID}); err != nil || r.Outcome != Reproduced {
		t.Errorf("Reproduce of the provisional version = %+v, %v; want the same bytes", r, err)
	}
	seen := inspected(ctx, t, a)
	if seen.Version != v.ID || seen.Provisional == nil || seen.Wanting != "" {
		t.Errorf("InspectChampion = %+v; want it provisional, and nothing wanted of data that it was trained on", seen)
	}

	realMonths(t, dir, "march.csv", "2017-03")
	loaded(t, a, SourceSpec{Name: "dir", Dir: dir, MaxRejects: 0.05})
	if seen = inspected(ctx, t, a); seen.Wanting == "" {
		t.Errorf("InspectChampion with March = %+v; want a retrain", seen)
	}
	asked := ApplyRuleInput{ID: "monitor run", Line: line, DataSet: "new", Rule: registry.MonitorRule{
		MinRows:  500,
		CoolDown: time.Hour,
	}, Now: time.Now().UTC(), Wanting: seen.Wanting}
	if ruled, err := a.ApplyRule(ctx, asked); err != nil || !ruled.Start {
		t.Errorf("ApplyRule = %+v, %v; want a retrain", ruled, err)
	}
	asked.ID = "the same again"
	if ruled, err := a.ApplyRule(ctx, asked); err != nil || ruled.Start {
		t.Errorf("ApplyRule for the same data = %+v, %v; want one retrain a data set", ruled, err)
	}
	second := retrained(t, a, dir, "second", "baseline", "linear", "gbdt")
	if !second.Passed || second.Champion != v.ID || second.Provisional != "" {
		t.Fatalf("three months: passed %v, provisional %q (%s); want the provisional version replaced", second.Passed,
			second.Provisional, second.Summary)
	}
	if seen = inspected(ctx, t, a); seen.Version != second.Winner || seen.Provisional != nil || seen.Wanting != "" {
		t.Errorf("InspectChampion after March = %+v; want %s, for good", seen, second.Winner)
	}
}

// inspected looks at the line with its newest data set.
func inspected(ctx context.Context, t *testing.T, a *Activities) InspectChampionResult {
	t.Helper()
	all, err := a.DataSets.DataSets(ctx, lfb.Real)
	if err != nil || len(all) == 0 {
		t.Fatalf("data sets %v, %v", all, err)
	}
	out, err := a.InspectChampion(ctx, InspectChampionInput{ID: "monitor run", Line: lfb.Real.Line(), DataSet: all[0]})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestBaselineServesProvisionally: where no candidate beats the baselines, the best of
// them serves; and before there is anything, a monitor run asks for a retrain.
func TestBaselineServesProvisionally(t *testing.T) {
	t.Parallel()
	a, dir := newActivities(t), t.TempDir()
	realMonths(t, dir, "january.csv", "2017-01")
	loaded(t, a, SourceSpec{Name: "dir", Dir: dir, MaxRejects: 0.05})
	if seen := inspected(t.Context(), t, a); seen.Version != "" || seen.Wanting == "" {
		t.Errorf("InspectChampion before the first run = %+v; want a retrain", seen)
	}
	out := retrained(t, a, dir, "only", "baseline-mean", "baseline-median", "baseline")
	v, err := a.Ledger.Version(t.Context(), lfb.Real.Line(), out.Provisional)
	if err != nil || v.Provisional == nil || !strings.HasPrefix(v.Candidate, "baseline") || out.Passed {
		t.Fatalf("version %+v, %v (%s); want a baseline, provisional", v, err, out.Summary)
	}
	if !strings.Contains(out.Summary, "is a baseline itself: no candidate did better") {
		t.Errorf("summary %q; want it to say that the winner is the baseline", out.Summary)
	}
}

// TestTooLittleSaysHowMuchIsNeeded: not even a baseline can be had of twelve days, or of
// files without times; the error says what there is and what it takes.
func TestTooLittleSaysHowMuchIsNeeded(t *testing.T) {
	t.Parallel()
	a, dir := newActivities(t), t.TempDir()
	body, err := os.ReadFile(testdata.Path(t, "lfb_incidents_2017_jan_mar.csv"))
	if err != nil {
		t.Fatal(err)
	}
	text, _, _ := strings.Cut(string(body), ",2017-01-13,")
	text = text[:strings.LastIndexByte(text, '\n')+1]
	if err := os.WriteFile(filepath.Join(dir, "days.csv"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	d := loaded(t, a, SourceSpec{Name: "dir", Dir: dir, MaxRejects: 0.05})
	_, err = a.Plan(t.Context(), PlanInput{Line: lfb.Real.Line(), DataSet: d})
	if !errors.Is(err, lfb.ErrInvalid) || !strings.Contains(err.Error(), "12 days of data, at least 14 are needed") {
		t.Errorf("Plan of twelve days = %v; want what there is and what is needed", err)
	}

	header, rest, _ := strings.Cut(text, "\n")
	i := slices.Index(strings.Split(header, ","), "FirstPumpArriving_AttendanceTime")
	var out strings.Builder
	out.WriteString(header + "\n")
	for line := range strings.Lines(rest) {
		fields := strings.Split(line, ",")
		fields[i] = ""
		out.WriteString(strings.Join(fields, ","))
	}
	untimed := t.TempDir()
	if err := os.WriteFile(filepath.Join(untimed, "untimed.csv"), []byte(out.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	err = loadOnlyFile(t, newActivities(t), untimed)
	if !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("LoadFile without times = %v, want lfb.ErrInvalid", err)
	}
	t.Log(err)
}
