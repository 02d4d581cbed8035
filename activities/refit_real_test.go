package activities

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"lfb/internal/backfill"
	"lfb/internal/dataset"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/registry"
	"lfb/internal/source"
	"lfb/internal/source/synthetic"
)

// TestRefitEvidence replays the real months on their calls: the version that is judged against the same refitted, both
// trained on what had been published when the month began, paired by day. LFB_REFIT names the candidate; the figures
// are those of docs/MODELS.md.
func TestRefitEvidence(t *testing.T) {
	candidate := os.Getenv("LFB_REFIT")
	if candidate == "" {
		t.Skip("LFB_REFIT names no candidate")
	}
	a, ctx := newActivities(t), t.Context()
	spec, origin, months := SourceSpec{Name: "dir", Dir: t.TempDir(), MaxRejects: 0.05}, lfb.Real,
		[]string{"2017-02", "2017-03"}
	realMonths(t, spec.Dir, "months.csv", "2017-01", "2017-02", "2017-03")
	d := loaded(t, a, spec)
	saveRun(t, a, "r", d.ID)
	for _, month := range months {
		plan, err := a.PlanBackfill(ctx, PlanBackfillInput{DataSet: d, Month: month})
		if err != nil || plan.Skip != "" {
			t.Fatal(plan.Skip, err)
		}
		in := TrainInput{
			Line: BackfillTrainLine, Origin: origin, DataSet: d, Spans: plan.Spans, Candidate: candidate,
			Train: TrainSpec{Seed: 1},
		}
		made, err := a.Train(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		v := registry.Version{
			ID: made.Version, Line: in.Line, Origin: origin, Bundle: made.Bundle, RunID: "r",
			Candidate: candidate, DataSet: d.ID, TrainedTo: made.TrainedTo, CreatedAt: time.Now(),
		}
		if err := a.Ledger.SaveVersion(ctx, v); err != nil {
			t.Fatal(err)
		}
		r, err := a.readRecords(ctx, ReproduceInput{Line: in.Line, Version: made.Version})
		if err != nil {
			t.Fatal(err)
		}
		f := a.newRefitter(r, func(Heartbeat) {})
		started := time.Now()
		b, err := f.makeBundle(ctx)
		if err != nil {
			t.Fatal(err)
		}
		took := time.Since(started)
		heads, err := f.measureAgreement(ctx, b)
		if err != nil {
			t.Fatal(err)
		}
		table, err := a.loadTable(ctx, d, dataset.LoadOptions{FromMonth: month, ToMonth: month})
		if err != nil {
			t.Fatal(err)
		}
		was, err := a.answerRows(ctx, r.bundle, table)
		if err != nil {
			t.Fatal(err)
		}
		is, err := a.answerRows(ctx, b, table)
		if err != nil {
			t.Fatal(err)
		}
		reportMonth(t, fmt.Sprintf("%s %s, fit %.1f s, refit %.1f s: %s", month, candidate, made.FitTime.Seconds(),
			took.Seconds(), plan.Summary), table, was, is)
		for _, h := range heads {
			t.Logf("  %-18s mean %5.1f/%5.1f  P90 %5.1f/%5.1f  coverage out of fold %.2f %% of %d", h.Head, h.Mean.Mean,
				h.Mean.Most, h.P90.Mean, h.P90.Most, h.CoverageP90*100, h.Rows)
		}
	}
}

func reportMonth(t *testing.T, what string, table *dataset.Table, was, is []ml.Answer) {
	t.Helper()
	facts := rowFactsOf(table)
	y := make([]float64, table.Len())
	var lossA, lossB []float64
	var day []int32
	for i := range y {
		if y[i] = table.Attendance(i); facts.first[i] {
			e, o := is[i].Mean-y[i], was[i].Mean-y[i]
			lossA, lossB, day = append(lossA, e*e), append(lossB, o*o), append(day, facts.day[i])
		}
	}
	diff, err := ml.PairedBootstrap(lossA, lossB, day, ml.BootstrapOptions{
		Of: ml.DifferenceOfRoots, Seed: 1,
		Confidence: 0.95,
	})
	if err != nil {
		t.Fatal(err)
	}
	e, r := ml.Evaluate(was, y, facts.first, nil).First, ml.Evaluate(is, y, facts.first, nil).First
	t.Log(what)
	for _, m := range []struct {
		name string
		ml.Metrics
	}{{"evaluated", e}, {"refitted", r}} {
		t.Logf("  %s", strings.Join([]string{
			fmt.Sprintf("%-9s rows %d RMSE %.2f MAE %.2f", m.name, m.Rows, m.RMSE, m.MAE),
			fmt.Sprintf("P90 loss %.3f coverage %.2f %% Brier %.4f/%.4f", m.PinballP90, m.CoverageP90*100, m.Brier6, m.Brier10),
		}, " "))
	}
	t.Logf("  RMSE refitted - evaluated %+.2f s [%+.2f, %+.2f] by %d days", diff.Diff, diff.Low, diff.High, diff.Days)
}

// TestRefitPolicyEvidence replays two years of decisions over three synthetic years in which stations close and traffic
// slows by 5 % over a year. Paired by day on the calls of the month: the version of each month against its refit; and
// what the gate lets serve, without refits and with them, each policy with a champion of its own.
func TestRefitPolicyEvidence(t *testing.T) {
	if os.Getenv("LFB_REFIT_POLICY") == "" {
		t.Skip("LFB_REFIT_POLICY is not set")
	}
	a, ctx := newActivities(t), t.Context()
	d, months := changingCity(t, a, 1)
	policies := []*replayedPolicy{
		{line: "never"},
		{line: "auto", refits: true},
		{line: "newest never", always: true},
		{line: "newest", always: true, refits: true},
	}
	replayMonths(t, a, d, months, func(k int, plan PlanBackfillResult, table *dataset.Table) {
		month := months[k]
		for _, p := range policies {
			if k%3 == 0 { // decided for every quarter
				p.decide(t, a, d, plan, month)
			}
			p.answerMonth(t, a, table)
			p.answers = append(p.answers, p.now...)
		}
		reportMonth(t, month+": the month's version and its refit", table, policies[2].now, policies[3].now)
		reportMonth(t, month+": by the gate, never since "+policies[0].since+", auto since "+policies[1].since, table,
			policies[0].now, policies[1].now)
	})
	all, err := a.loadTable(ctx, d, dataset.LoadOptions{FromMonth: months[0]})
	if err != nil {
		t.Fatal(err)
	}
	reportMonth(t, "all months: each month's version and its refit", all, policies[2].answers, policies[3].answers)
	reportMonth(t, "all months: by the gate", all, policies[0].answers, policies[1].answers)
}

// replayMonths has do decide about each month, with what is known before it and the rows in it.
func replayMonths(t *testing.T, a *Activities, d registry.DataSet, months []string,
	do func(k int, plan PlanBackfillResult, table *dataset.Table),
) {
	t.Helper()
	for k, month := range months {
		plan, err := a.PlanBackfill(t.Context(), PlanBackfillInput{DataSet: d, Month: month})
		if err != nil || plan.Skip != "" {
			t.Fatal(plan.Skip, err)
		}
		saveRun(t, a, month, d.ID)
		table, err := a.loadTable(t.Context(), d, dataset.LoadOptions{FromMonth: month, ToMonth: month})
		if err != nil {
			t.Fatal(err)
		}
		do(k, plan, table)
	}
}

// answerMonth has what the policy serves answer a month's rows.
func (p *replayedPolicy) answerMonth(t *testing.T, a *Activities, table *dataset.Table) {
	t.Helper()
	var err error
	if _, p.now, err = a.answerUnseen(t.Context(), p.line, p.champion, table); err != nil {
		t.Fatal(err)
	}
}

// changingCity loads three synthetic years in which stations close and traffic slows, and names the months that are
// decided in.
func changingCity(t *testing.T, a *Activities, seed uint64) (registry.DataSet, []string) {
	t.Helper()
	a.OpenSource = func(SourceSpec) (source.Source, error) {
		return synthetic.New(synthetic.Options{
			Seed: seed, Incidents: 43200, Months: 36, From: "2022-01",
			Change: &synthetic.Change{
				From: "2023-04", Closed: []string{"Soho", "Peckham"}, Slower: 0.05,
			},
		})
	}
	months, err := backfill.Months("2023-02", "2024-12")
	if err != nil {
		t.Fatal(err)
	}
	return loaded(t, a, SourceSpec{Name: "synthetic", MaxRejects: 0.05}), months
}

// replayedPolicy is a policy and what it came to.
type replayedPolicy struct {
	line, champion, since string
	always, refits        bool // whatever the gate says; with refits
	seen                  int64
	now, answers          []ml.Answer
}

func (p *replayedPolicy) decide(t *testing.T, a *Activities, d registry.DataSet, plan PlanBackfillResult,
	month string,
) {
	t.Helper()
	ctx := t.Context()
	in := CompareInput{
		RunID: month, Line: p.line, Origin: lfb.Synthetic, DataSet: d, Spans: plan.Spans,
		Policy: realPolicy(), Seed: 1,
	}
	gbdt := TrainInput{Candidate: "gbdt", Base: "gbdt", Override: []byte(`{"rounds": 80, "learning_rate": 0.1}`)}
	for _, c := range []TrainInput{{Candidate: "baseline"}, gbdt} {
		c.Line, c.Origin, c.DataSet, c.Spans, c.Train = BackfillTrainLine, lfb.Synthetic, d, plan.Spans, TrainSpec{Seed: 1}
		got, err := a.Train(ctx, c)
		if err != nil {
			t.Fatal(err)
		}
		in.Candidates = append(in.Candidates, got)
	}
	if p.always {
		c := in.Candidates[1]
		if err := a.Ledger.SaveVersion(ctx, registry.Version{
			ID: c.Version, Line: p.line, Origin: in.Origin, Bundle: c.Bundle, RunID: month, Candidate: c.Candidate,
			DataSet: d.ID, TrainedTo: c.TrainedTo, CreatedAt: time.Now(),
		}); err != nil {
			t.Fatal(err)
		}
		p.promote(t, a, c.Version, month)
		return
	}
	out, err := a.Compare(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s %s: %s", month, p.line, out.Summary)
	if out.Passed || p.champion == "" {
		p.promote(t, a, out.Winner, month)
	}
}

// promote promotes a version, and its refit where the policy has one.
func (p *replayedPolicy) promote(t *testing.T, a *Activities, version, month string) {
	t.Helper()
	add := func(version string) {
		made, err := a.AppendPromotion(t.Context(), AppendPromotionInput{
			Line: p.line, Version: version, Seen: p.seen, Kind: "promote", Who: "policy", Why: "evidence",
			Token: month + version, At: time.Now().UTC(),
		})
		if err != nil || made.Stale {
			t.Fatalf("%+v %v", made, err)
		}
		p.seen, p.champion, p.since = made.Revision, version, month
	}
	add(version)
	if !p.refits {
		return
	}
	made, err := a.Refit(t.Context(), RefitInput{RunID: month, Line: p.line, Version: version, Policy: realPolicy()})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s %s: %s", month, p.line, made.Reason)
	if made.Version != "" {
		add(made.Version)
	}
}
