package activities

import (
	"errors"
	"strings"
	"testing"
	"time"

	"lfb/internal/dataset"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// TestBackfillKnowsOnlyWhatWasPublished replays two months by hand: no row of a
// later month is in a span, and a version that learned from a month is not scored
// on it.
func TestBackfillKnowsOnlyWhatWasPublished(t *testing.T) {
	t.Parallel()
	a := newActivities(t)
	loaded(t, a, city())
	ctx := t.Context()
	open, err := a.OpenBackfill(ctx, OpenBackfillInput{Origin: lfb.Synthetic, From: "2024-02", To: "2024-06"})
	if err != nil || len(open.Months) != 5 {
		t.Fatalf("OpenBackfill = %+v, %v, want five months", open, err)
	}
	b := registry.Backfill{ID: "b", Origin: lfb.Synthetic, State: registry.Running, StartedAt: time.Now().UTC()}
	r := replayed{t, a, open.DataSet, b}
	if early := r.plan("2024-02", 14); early.Skip == "" || early.KnownTo != "2023-12" {
		t.Errorf("plan of February = %+v, want it skipped: nothing had been published", early)
	}
	march := r.month("2024-04", "2024-02")
	june := r.month("2024-06", "2024-04")
	if march.Champion != "" || june.Champion != march.Winner {
		t.Errorf("champions = %q, then %q, want none, then the first winner %s", march.Champion, june.Champion, march.Winner)
	}
	_, err = a.ScoreBackfill(ctx, ScoreBackfillInput{
		Line: b.Line(), DataSet: open.DataSet, Month: "2024-03",
		Versions: []registry.RealisedScore{{Role: registry.RoleNewest, Version: june.Winner}},
	})
	if !errors.Is(err, lfb.ErrInvalid) || !strings.Contains(err.Error(), "learned from") {
		t.Errorf("scoring a month that was learned from = %v, want lfb.ErrInvalid", err)
	}
	out, err := a.ReportBackfill(ctx, ReportBackfillInput{Backfill: b})
	if err != nil || !strings.HasPrefix(out.Summary, "2 months, 2 decisions, 1 promotions") {
		t.Errorf("ReportBackfill = %+v, %v", out, err)
	}
	if page, err := a.Blobs.ReadAll(ctx, out.Report); err != nil || !strings.Contains(string(page), "2024-06") {
		t.Errorf("the report lacks June: %v", err)
	}
	if serving, err := a.Ledger.Promotions(ctx, lfb.Synthetic.Line(), 0); err != nil || len(serving) != 0 {
		t.Errorf("the serving ledger has %d entries (%v), want none", len(serving), err)
	}
}

func TestOpenBackfillRefuses(t *testing.T) {
	t.Parallel()
	a := newActivities(t)
	if _, err := a.OpenBackfill(t.Context(), OpenBackfillInput{
		Origin: lfb.Real, From: "2017-01",
		To: "2017-02",
	}); !errors.Is(err, lfb.ErrNotFound) {
		t.Errorf("without a data set = %v, want lfb.ErrNotFound", err)
	}
	loaded(t, a, city())
	for _, tt := range []struct{ from, to string }{
		{"2024-01", "2024-03"},
		{"2024-02", "2024-07"},
		{"2024-05", "2024-04"},
		{"x", "2024-04"},
	} {
		_, err := a.OpenBackfill(t.Context(), OpenBackfillInput{Origin: lfb.Synthetic, From: tt.from, To: tt.to})
		if !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("%s to %s = %v, want lfb.ErrInvalid", tt.from, tt.to, err)
		}
	}
}

// replayed is a backfill that is run by hand.
type replayed struct {
	t    *testing.T
	a    *Activities
	data registry.DataSet
	b    registry.Backfill
}

func (r replayed) plan(month string, lag int) PlanBackfillResult {
	r.t.Helper()
	out, err := r.a.PlanBackfill(r.t.Context(), PlanBackfillInput{DataSet: r.data, Month: month, LagDays: lag})
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

// month decides, promotes what passes, scores and saves.
func (r replayed) month(month, known string) CompareResult {
	r.t.Helper()
	ctx := r.t.Context()
	plan := r.plan(month, 14)
	if plan.KnownTo != known || plan.Spans.Holdout.Last[:7] > known {
		r.t.Errorf("plan of %s = %+v, want nothing later than %s", month, plan, known)
	}
	in := CompareInput{
		RunID: "run " + month, Line: r.b.Line(), Origin: lfb.Synthetic, DataSet: r.data, Spans: plan.Spans,
		Policy: policy(), Seed: 1,
	}
	for _, name := range []string{"baseline", "linear"} {
		got, err := r.a.Train(ctx, TrainInput{
			Line: BackfillTrainLine, Origin: lfb.Synthetic, DataSet: r.data,
			Spans: plan.Spans, Candidate: name, Train: TrainSpec{Seed: 1},
		})
		if err != nil {
			r.t.Fatal(err)
		}
		if start, err := time.Parse("2006-01", month); err != nil || !got.TrainedTo.Before(start) {
			r.t.Errorf("%s of %s learned from calls to %v", name, month, got.TrainedTo)
		}
		in.Candidates = append(in.Candidates, got)
	}
	out, err := r.a.Compare(ctx, in)
	if err != nil {
		r.t.Fatal(err)
	}
	m := registry.BackfillMonth{
		Month: month, KnownTo: known, State: registry.MonthDecided, Champion: out.Champion,
		Since: "2024-01",
	}
	if out.Passed {
		_, err := r.a.AppendPromotion(ctx, AppendPromotionInput{
			Line: r.b.Line(), Version: out.Winner, Seen: out.Revision,
			Kind: "promote", Who: "policy", Why: out.Summary, Token: month, At: time.Now().UTC(),
		})
		if err != nil {
			r.t.Fatal(err)
		}
		m.Champion, m.Since = out.Winner, month
	}
	scored, err := r.a.ScoreBackfill(ctx, ScoreBackfillInput{
		Line: r.b.Line(), DataSet: r.data, Month: month,
		Versions: []registry.RealisedScore{
			{Role: registry.RoleChampion, Version: m.Champion}, {Role: registry.RoleNewest, Version: out.Winner},
		},
	})
	if err != nil || scored.Scores[0].Metrics.Rows < 100 || scored.Scores[0].Metrics.Rows != r.firstEngines(month) {
		r.t.Errorf("ScoreBackfill of %s = %+v, %v, want every first engine of the month", month, scored, err)
	}
	m.Realised = scored.Scores
	if err := r.a.SaveBackfill(ctx, SaveBackfillInput{Backfill: r.b, Month: &m}); err != nil {
		r.t.Fatal(err)
	}
	return out
}

func (r replayed) firstEngines(month string) int {
	r.t.Helper()
	m, err := dataset.Open(r.t.Context(), r.a.Blobs, r.data.Manifest)
	if err != nil {
		r.t.Fatal(err)
	}
	t, err := dataset.Load(r.t.Context(), r.a.Blobs, m, dataset.LoadOptions{})
	if err != nil {
		r.t.Fatal(err)
	}
	n := 0
	for i := range t.Len() {
		if t.PumpOrder(i) == 1 && t.Time(i).Format("2006-01") == month {
			n++
		}
	}
	return n
}
