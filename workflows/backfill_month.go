package workflows

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"lfb/activities"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// BackfillMonthInput is one decision of a backfill.
type BackfillMonthInput struct {
	ID      string               `json:"id"` // of the backfill
	Origin  lfb.Origin           `json:"origin"`
	DataSet registry.DataSet     `json:"data_set"`
	Month   string               `json:"month"` // decided for at its start, and scored on
	LagDays int                  `json:"lag_days"`
	Train   activities.TrainSpec `json:"train"`
	Policy  registry.Policy      `json:"policy"`

	First    string `json:"first"`
	Champion string `json:"champion"`
	Since    string `json:"since"` // what the months before left
}

// BackfillMonth trains on what had been published, judges the winner against the
// backfill's champion, promotes it in the backfill's ledger where the gate lets
// it, and scores what then serves on the month's calls.
func BackfillMonth(ctx workflow.Context, in BackfillMonthInput) (*registry.BackfillMonth, error) {
	m := &backfillMonth{in: in, line: registry.BackfillLine(in.ID)}
	m.out = registry.BackfillMonth{Month: in.Month, Champion: in.Champion, Since: in.Since}
	err := workflow.UpsertTypedSearchAttributes(ctx, attrLine.ValueSet(m.line), attrAsOf.ValueSet(asOf(in.Month)),
		attrTrigger.ValueSet("backfill"))
	if err != nil {
		return nil, err
	}
	if err := m.decide(ctx); err != nil {
		return nil, err
	}
	return &m.out, m.score(ctx)
}

type backfillMonth struct {
	in       BackfillMonthInput
	line     string
	baseline string // version of the month's best baseline
	out      registry.BackfillMonth
}

func (m *backfillMonth) decide(ctx workflow.Context) error {
	plan, err := execute(ctx, scanClass, "what had been published by "+m.in.Month, act.PlanBackfill,
		activities.PlanBackfillInput{
			DataSet: m.in.DataSet, Month: m.in.Month, LagDays: m.in.LagDays, Train: m.in.Train,
		})
	if err != nil {
		return err
	}
	m.out.KnownTo = plan.KnownTo
	if plan.Skip != "" {
		m.out.State, m.out.Reason = registry.MonthSkipped, plan.Skip
		return nil
	}
	m.out.TrainRows = plan.Spans.Train.Rows()
	trained, alive := m.train(ctx, plan)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if !alive {
		m.out.State, m.out.Reason = registry.MonthFailed, "every candidate failed: "+trained[0].Error
		return nil
	}
	if err := m.saveRun(ctx); err != nil {
		return err
	}
	return m.judge(ctx, plan, trained)
}

// train fits the candidates in parallel; alive is false where all of them failed.
func (m *backfillMonth) train(ctx workflow.Context,
	plan activities.PlanBackfillResult,
) (out []activities.TrainResult, alive bool) {
	var inputs []activities.TrainInput
	for _, name := range m.in.Train.Candidates {
		inputs = append(inputs, activities.TrainInput{
			Line: activities.BackfillTrainLine, Origin: m.in.Origin, DataSet: m.in.DataSet, Spans: plan.Spans, Candidate: name,
			Train: m.in.Train,
		})
	}
	out = make([]activities.TrainResult, len(inputs))
	fitAll(ctx, inputs, func(int) {}, func(i int, f workflow.Future) {
		if err := f.Get(ctx, &out[i]); err != nil {
			out[i] = activities.TrainResult{Candidate: inputs[i].Candidate, Error: rootCause(err)}
			return
		}
		alive = true
	})
	return out, alive
}

// judge compares, and promotes what passes, or what may serve until something does: the
// same activities as a retrain's, on the backfill's own line.
func (m *backfillMonth) judge(ctx workflow.Context, plan activities.PlanBackfillResult,
	trained []activities.TrainResult,
) error {
	c, err := execute(ctx, fitClass, "leaderboard and gate", act.Compare, activities.CompareInput{
		RunID: m.runID(), Line: m.line, Origin: m.in.Origin, DataSet: m.in.DataSet, Spans: plan.Spans,
		Candidates: trained, Policy: m.in.Policy, Seed: m.in.Train.Seed, Provisional: true,
	})
	if err != nil {
		return err
	}
	m.out.State, m.out.Reason, m.out.Passed, m.out.Checks = registry.MonthDecided, c.Summary, c.Passed, c.Checks
	m.out.Winner, m.out.Verdict, m.out.Revision = c.Winner, c.Verdict, c.Revision
	for _, s := range c.Leaderboard {
		if s.Version == c.Winner && s.Rank == 1 {
			m.out.WinnerBy = s.Candidate
		}
		if m.baseline == "" && s.Error == "" && activities.IsBaseline(s.Candidate) {
			m.baseline = s.Version // they are ranked
		}
	}
	if c.Champion != m.out.Champion { // the ledger is the one truth, also after a month that failed behind its promotion
		m.out.Champion, m.out.Since = c.Champion, m.in.Month
	}
	version := c.Winner
	if !c.Passed {
		version = c.Provisional
	}
	if version == "" {
		return nil
	}
	m.out.Provisional = !c.Passed
	err = m.promote(ctx, activities.AppendPromotionInput{
		Version: version, Seen: c.Revision, Kind: KindPromote, Why: c.Summary, Verdict: c.Verdict, Token: m.runID(),
	})
	if err != nil || !isToRefit(ctx, m.in.Train, c) {
		return err
	}
	return m.refit(ctx, c)
}

// refit has what was promoted fitted again on every row that had been published, and promotes that where it may serve.
func (m *backfillMonth) refit(ctx workflow.Context, c activities.CompareResult) error {
	made, err := execute(ctx, fitClass, "refit "+c.Winner, act.Refit, activities.RefitInput{
		RunID: m.runID(), Line: m.line, Version: c.Winner, Policy: m.in.Policy,
	})
	if err != nil {
		return err
	}
	m.out.Reason += "; " + made.Reason
	if made.Version == "" {
		return nil
	}
	return m.promote(ctx, activities.AppendPromotionInput{
		Version: made.Version, Seen: m.out.Revision, Kind: KindRefit, Why: made.Reason, Verdict: c.Verdict,
		Token: m.runID() + " refit",
	})
}

func (m *backfillMonth) promote(ctx workflow.Context, in activities.AppendPromotionInput) error {
	in.Line, in.Who, in.RunID, in.At = m.line, "policy", m.runID(), workflow.Now(ctx).UTC()
	made, err := execute(ctx, quickClass, in.Kind+" "+in.Version, act.AppendPromotion, in)
	if err != nil {
		return err
	}
	if made.Stale { // nothing else writes into this ledger
		return temporal.NewNonRetryableApplicationError("ledger of "+m.line+": "+made.Reason, "conflict", nil)
	}
	m.out.Champion, m.out.Since, m.out.Revision = in.Version, m.in.Month, made.Revision
	return nil
}

// score scores what serves during the month beside what might have.
func (m *backfillMonth) score(ctx workflow.Context) error {
	first := m.in.First
	if first == "" {
		first = m.out.Champion
	}
	in := activities.ScoreBackfillInput{Line: m.line, DataSet: m.in.DataSet, Month: m.in.Month}
	for _, s := range []registry.RealisedScore{
		{Role: registry.RoleChampion, Version: m.out.Champion},
		{Role: registry.RoleFirst, Version: first},
		{Role: registry.RoleNewest, Version: m.out.Winner},
		{Role: registry.RoleBaseline, Version: m.baseline},
	} {
		if s.Version != "" {
			in.Versions = append(in.Versions, s)
		}
	}
	if len(in.Versions) == 0 {
		return nil
	}
	out, err := execute(ctx, fitClass, "score "+m.in.Month, act.ScoreBackfill, in)
	if err != nil {
		return err
	}
	m.out.Realised = out.Scores
	for _, s := range out.Scores {
		if s.Role == registry.RoleChampion {
			m.out.ChampBy = s.Candidate
		}
	}
	return nil
}

func (m *backfillMonth) runID() string { return m.in.ID + "-" + m.in.Month }

// saveRun puts the month among the runs, where its versions are traced to.
func (m *backfillMonth) saveRun(ctx workflow.Context) error {
	config, err := activities.CanonicalJSON(m.in)
	if err != nil {
		return err
	}
	info := workflow.GetInfo(ctx)
	run := registry.Run{
		ID: m.runID(), Line: m.line, Origin: m.in.Origin, State: registry.Succeeded, Outcome: "replayed", Trigger: "backfill",
		Reason: "as of " + m.in.Month, DataSet: m.in.DataSet.ID, Seed: m.in.Train.Seed, Config: config,
		WorkflowID: info.WorkflowExecution.ID, WorkflowRunID: info.WorkflowExecution.RunID,
		StartedAt: info.WorkflowStartTime.UTC(), EndedAt: workflow.Now(ctx).UTC(),
	}
	return perform(ctx, recordClass, "note in the registry: "+string(run.State), act.SaveRun,
		activities.SaveRunInput{Run: run})
}
