package activities

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"lfb/internal/bundle"
	"lfb/internal/dataset"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/registry"
	"lfb/internal/s3/memblob"
)

// promoted appends a version to the ledger after seen.
func promoted(t *testing.T, a *Activities, version, kind string, seen int64) {
	t.Helper()
	made, err := a.AppendPromotion(t.Context(), AppendPromotionInput{
		Line: lfb.Synthetic.Line(), Version: version, Seen: seen, Kind: kind, Who: "test", Why: "a test",
		Token: kind + version, At: time.Now().UTC(),
	})
	if err != nil || made.Stale {
		t.Fatalf("AppendPromotion of %s = %+v, %v", version, made, err)
	}
}

// TestRefit refits what passed the gate, killed once on the way: the version has learned from the hold-out, says of
// which it is a refit, is made again byte for byte, and is not compared on rows that it has seen.
func TestRefit(t *testing.T) {
	t.Parallel()
	a, ctx, line := newActivities(t), t.Context(), lfb.Synthetic.Line()
	d, plan := planned(t, a, village())
	r := run{t, a, plan}
	saveRun(t, a, "r", d.ID)
	compared := r.compare("r", "baseline", "linear")
	promoted(t, a, compared.Winner, "promote", 0)
	a.Checkpoints, a.checkpointEvery = a.Blobs.(*memblob.Store), time.Nanosecond
	in := RefitInput{RunID: "r", Line: line, Version: compared.Winner, Policy: policy()}
	killedRefit(t, a, in)
	made, err := a.Refit(ctx, in)
	if err != nil || made.Version == "" || made.Of != compared.Winner ||
		!strings.Contains(made.Reason, "refitted on every row") {
		t.Fatalf("Refit = %+v, %v; want a version", made, err)
	}
	t.Log(made.Reason)
	if keys := checkpointKeys(a); len(keys) != 0 {
		t.Errorf("after the refit %v are left, want nothing", keys)
	}
	if again, err := a.Refit(ctx, in); err != nil || again.Version != made.Version || again.FitTime != made.FitTime {
		t.Errorf("Refit again = %+v, %v; want it remembered", again, err)
	}
	was, _, err := a.readVersion(ctx, line, compared.Winner)
	if err != nil {
		t.Fatal(err)
	}
	v, b, err := a.readVersion(ctx, line, made.Version)
	if err != nil || v.RefitOf != was.ID || v.Candidate != "linear" || v.Holdout.First != was.Holdout.First ||
		!v.TrainedTo.After(was.TrainedTo) {
		t.Errorf("version %+v, %v; want a refit of %s that learned from more", v, err, was.ID)
	}
	table, err := a.loadTable(ctx, d, dataset.LoadOptions{})
	if err != nil || !v.TrainedTo.Equal(table.Time(table.Len()-1)) || !b.Manifest.TrainedTo.Equal(v.TrainedTo) {
		t.Errorf("trained to %v, %v; want the last row's time", v.TrainedTo, err)
	}
	if got, want := b.Manifest.Valid.First.Rows, v.Holdout.First.Rows; got <= want || len(b.Heads) < 2 ||
		b.Manifest.ValidSent == nil {
		t.Errorf("scored out of fold on %d first engines, heads %d; want more rows than the hold-out's %d, and each head",
			got, len(b.Heads), want)
	}
	if name := registry.NameVersion(v, 15).String(); name != "v15 linear, refitted" {
		t.Errorf("name = %q", name)
	}
	if got, err := a.Reproduce(ctx, ReproduceInput{Line: line, Version: made.Version}); err != nil ||
		got.Outcome != Reproduced {
		t.Errorf("Reproduce of the refitted version = %+v, %v; want the same bytes", got, err)
	}
	promoted(t, a, made.Version, "refit", 1)
	if err := a.CheckBundle(ctx, CheckBundleInput{Line: line, Version: made.Version}); err != nil {
		t.Errorf("CheckBundle = %v", err)
	}
	comparedInItsPlace(t, a, r, made)
	for version, want := range map[string]bool{made.Version: false, was.ID: true} {
		scored, err := a.ScoreChampion(ctx, ScoreChampionInput{
			ID: "m" + version, Line: line, Version: version, DataSet: d,
			History: 12,
		})
		if err != nil || (len(scored.Months) > 0) != want {
			t.Errorf("ScoreChampion of %s = %+v, %v; want months of what it has not seen = %v", version, scored, err, want)
		}
	}
	_, found, err := a.Runs.Run(ctx, "r")
	if err != nil || found[len(found)-1].Name != "refitted (linear)" && found[0].Name != "refitted (linear)" {
		t.Errorf("leaderboard %+v, %v; want the refitted one on it", found, err)
	}
}

// killedRefit is a refit that ends at its third checkpoint, and leaves one.
func killedRefit(t *testing.T, a *Activities, in RefitInput) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	plain := a.Checkpoints
	defer func() { a.Checkpoints = plain }()
	a.Checkpoints = &killer{Store: a.Blobs.(*memblob.Store), left: 3, kill: cancel}
	if _, err := a.Refit(ctx, in); !errors.Is(err, context.Canceled) {
		t.Fatalf("a refit that is killed ends as %v", err)
	}
	keys := checkpointKeys(a)
	if len(keys) != 1 {
		t.Fatalf("killed, the store has %v; want one checkpoint", keys)
	}
	body, err := a.Blobs.ReadAll(t.Context(), lfb.Ref{Key: keys[0]})
	var kept checkpoint
	if err != nil || json.Unmarshal(body, &kept) != nil || len(kept.Heads) != 3 {
		t.Errorf("checkpoint %.80s, %v; want three parts", body, err)
	}
}

// comparedInItsPlace asks that a run on the refit's own rows compares the version that it was judged by.
func comparedInItsPlace(t *testing.T, a *Activities, r run, made RefitResult) {
	t.Helper()
	other := r.compare("other", "baseline", "baseline-median")
	body, err := a.Blobs.ReadAll(t.Context(), other.Verdict)
	var v registry.Verdict
	if err != nil || json.Unmarshal(body, &v) != nil {
		t.Fatal(err)
	}
	e := v.Evidence
	if e.Champion == nil || e.Champion.Version != made.Of || e.Serving != made.Version ||
		e.Rows != r.plan.Spans.Holdout.Rows()-secondEngines(t, a, r) {
		t.Errorf("compared with %+v of %d rows while %q serves; want %s on the whole hold-out in place of %s", e.Champion,
			e.Rows, e.Serving, made.Of, made.Version)
	}
	if !strings.Contains(other.Summary, "in place of its refit "+made.Version) || other.Champion != made.Version ||
		other.Evaluated != made.Of {
		t.Errorf("summary %q, champion %s, evaluated %s; want it said", other.Summary, other.Champion, other.Evaluated)
	}
	same := r.compare("same", "baseline", "linear")
	if same.Passed || same.Winner != same.Evaluated {
		t.Errorf("the same again: passed %v, winner %s (%s); want it kept", same.Passed, same.Winner, same.Summary)
	}
}

func secondEngines(t *testing.T, a *Activities, r run) (n int) {
	t.Helper()
	table, err := a.loadTable(t.Context(), r.plan.DataSet, dataset.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i := r.plan.Spans.Holdout.Lo; i < r.plan.Spans.Holdout.Hi; i++ {
		if table.PumpOrder(i) != 1 {
			n++
		}
	}
	return n
}

// TestRefitIsRefused: what does not agree, does not cover, or cannot be fitted again leaves the evaluated version.
func TestRefitIsRefused(t *testing.T) {
	t.Parallel()
	fine := HeadAgreement{
		Head: "attendance", Mean: Difference{15, 45}, P90: Difference{30, 85}, CoverageP90: 0.9,
		Rows: 2000,
	}
	p := registry.Policy{CoverageLow: 0.88, CoverageTop: 0.92}
	for want, change := range map[string]func(*HeadAgreement){
		"":                               func(*HeadAgreement) {},
		"attendance's mean is 31.0 s":    func(h *HeadAgreement) { h.Mean.Mean = 31 },
		"attendance's P90 is 30.0 s":     func(h *HeadAgreement) { h.P90.Most = 181 },
		"87.0 % are within the refitted": func(h *HeadAgreement) { h.CoverageP90 = 0.87 },
		"response's mean is NaN s":       func(h *HeadAgreement) { h.Head, h.Mean.Mean = "response", math.NaN() },
	} {
		h := fine
		change(&h)
		if got := describeDisagreement([]HeadAgreement{fine, h}, p); !strings.Contains(got, want) ||
			(got == "") != (want == "") {
			t.Errorf("%+v: %q, want %q", h, got, want)
		}
	}
	few := fine
	few.CoverageP90, few.Rows = 0.8, refitCoverageRows-1
	if got := describeDisagreement([]HeadAgreement{few}, p); got != "" {
		t.Errorf("too few rows to tell the coverage: %q", got)
	}
	a := newActivities(t)
	d, plan := planned(t, a, village())
	saveRun(t, a, "r", d.ID)
	compared := run{t, a, plan}.compare("r", "baseline")
	unknown := forge(t, a, compared.Winner, func(m *bundle.Manifest) { m.Recipe = json.RawMessage(`{"estimator":"xgboost","parameters":{}}`) })
	got, err := a.Refit(t.Context(), RefitInput{
		RunID: "r", Line: lfb.Synthetic.Line(), Version: unknown,
		Policy: policy(),
	})
	if err != nil || got.Version != "" || !strings.HasPrefix(got.Reason, "not refitted: ") {
		t.Errorf("Refit of a recipe that this program cannot fit = %s, %v; want it left with a reason", got.Reason, err)
	}
	strict := policy()
	strict.CoverageLow, strict.CoverageTop = 0.999, 1
	compared = run{t, a, plan}.compare("r", "linear")
	got, err = a.Refit(t.Context(), RefitInput{
		RunID: "r", Line: lfb.Synthetic.Line(), Version: compared.Winner,
		Policy: strict,
	})
	if err != nil || got.Version != "" || !strings.Contains(got.Reason, "out of fold") {
		t.Errorf("Refit beyond the bounds of the coverage = %s, %v; want it left with a reason", got.Reason, err)
	}
}

// TestBlocksAreWholeDays: blocks are of about as many rows, follow each other, and part no day.
func TestBlocksAreWholeDays(t *testing.T) {
	t.Parallel()
	a := newActivities(t)
	d, plan := planned(t, a, village())
	table, err := a.loadTable(t.Context(), d, dataset.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	f := &refitter{rows: table}
	f.cutBlocks(plan.Spans.Valid.Lo)
	at, rows := plan.Spans.Valid.Lo, table.Len()-plan.Spans.Valid.Lo
	for _, b := range f.blocks {
		if b.Lo != at || b.Rows() < rows/4 || b.Rows() > rows/2 || b.Lo > 0 && table.Day(b.Lo-1) == table.Day(b.Lo) {
			t.Errorf("blocks %+v of %d rows from %d", f.blocks, rows, plan.Spans.Valid.Lo)
		}
		at = b.Hi
	}
	if at != table.Len() || len(f.blocks) != refitBlocks {
		t.Errorf("blocks %+v end at %d of %d", f.blocks, at, table.Len())
	}
	f = &refitter{rows: table.Slice(0, 4)} // one day
	f.cutBlocks(0)
	if f.blocks[0].Rows() != 0 {
		t.Errorf("blocks of one day: %+v; want that to show", f.blocks)
	}
}

// TestRefitProgressOnlyGrows: it is of all fits together, and says which of them runs.
func TestRefitProgressOnlyGrows(t *testing.T) {
	t.Parallel()
	f := &refitter{heads: map[string]*blockAnswers{"a": {}, "b": {}}}
	var last Heartbeat
	for ; f.parts < 8; f.parts++ {
		for _, done := range []int{1, 100} {
			beat := f.describeRefit(ml.Progress{Done: done, Total: 100})
			if beat.Done <= last.Done || beat.Total != 800 {
				t.Errorf("%+v after %+v", beat, last)
			}
			last = beat
		}
		if f.parts == 3 && last.Unit != "rounds, fit 2 of 4" {
			t.Errorf("the last part of the second fit: %+v", last)
		}
	}
	if last.Done != last.Total {
		t.Errorf("at the end: %+v", last)
	}
}
