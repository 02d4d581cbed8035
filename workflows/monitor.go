package workflows

import (
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"lfb/activities"
	"lfb/internal/registry"
)

// MonitorInput is one monitor run: where files come from, the rule, and
// the retrain that it may start. It holds no secret and no data.
type MonitorInput struct {
	Source  activities.SourceSpec `json:"source"`
	Rule    registry.MonitorRule  `json:"rule"`
	History int                   `json:"history"` // months back that logged predictions are joined for
	Retrain RetrainInput          `json:"retrain"`
	Trigger string                `json:"trigger"` // manual | schedule
	Who     string                `json:"who"`
	// WhoVerified says that Who signed in, or is the system itself.
	WhoVerified bool `json:"who_verified,omitempty"`
	Force       bool `json:"force"` // measure again though nothing is new
}

// Monitor fetches what is new, scores the champion on what it had not learned
// from, measures drift, and applies the rule: it starts a retrain, or says why
// not. It raises and clears alarms. It answers the query "progress".
func Monitor(ctx workflow.Context, in MonitorInput) (*registry.Monitoring, error) {
	m, err := newMonitor(ctx, in)
	if err != nil {
		return nil, err
	}
	runErr := m.run(ctx)
	return m.finish(ctx, runErr)
}

// monitor is the state of one execution.
type monitor struct {
	in       MonitorInput
	progress *progressLog
	data     registry.DataSet
	seen     activities.InspectChampionResult
	result   registry.Monitoring
}

func newMonitor(ctx workflow.Context, in MonitorInput) (*monitor, error) {
	info := workflow.GetInfo(ctx)
	line := in.Source.Origin().Line()
	m := &monitor{in: in, progress: &progressLog{what: "Monitor", line: line}}
	m.progress.tail = m.renderFindings
	m.result = registry.Monitoring{
		ID: executionID(ctx), Line: line, Origin: in.Source.Origin(),
		Trigger: in.Trigger, State: registry.Running, WorkflowID: info.WorkflowExecution.ID,
		WorkflowRunID: info.WorkflowExecution.RunID, StartedAt: info.WorkflowStartTime.UTC(),
		Execution: registry.Execution{StartedBy: in.Who, StartedByVerified: in.WhoVerified},
		Months:    []registry.Realised{}, Drift: []registry.Drift{}, Schedules: []registry.ScheduleState{},
		Alarms: []string{},
	}
	if err := workflow.SetQueryHandler(ctx, QueryProgress, m.progress.answerQuery); err != nil {
		return nil, err
	}
	return m, noteRun(ctx, m.result.ID, attrLine.ValueSet(line), attrTrigger.ValueSet(in.Trigger))
}

func (m *monitor) run(ctx workflow.Context) error {
	if err := m.save(ctx); err != nil {
		return err
	}
	var err error
	m.data, err = intake{source: m.in.Source, progress: m.progress}.snapshot(ctx)
	m.result.DataSet, m.result.LastCall = m.data.ID, m.data.LastCall
	if err != nil {
		return err
	}
	if err := m.inspectChampion(ctx); err != nil || m.seen.Version == "" && m.seen.Wanting == "" {
		return err
	}
	switch {
	case m.seen.Version == "":
		return m.judge(ctx)
	case m.seen.Unchanged:
		b := m.seen.Before
		m.result.Months, m.result.Drift, m.result.Verdict = b.Months, b.Drift, b.Verdict
	default:
		if err := m.measure(ctx); err != nil {
			return err
		}
	}
	return m.judge(ctx)
}

func (m *monitor) inspectChampion(ctx workflow.Context) error {
	step := m.progress.startStep(ctx, "inspect champion", "")
	s, err := execute(ctx, quickClass, "the champion and the last monitor run", act.InspectChampion,
		activities.InspectChampionInput{ID: m.result.ID, Line: m.result.Line, DataSet: m.data, Force: m.in.Force})
	if err != nil {
		return step.fail(ctx, err)
	}
	m.seen = s
	if s.Version == "" {
		m.setOutcome(registry.MonitorNoChampion, "nothing serves yet")
		step.done(ctx, m.result.Reason)
		return nil
	}
	m.result.Version, m.result.Revision, m.result.TrainedTo, m.result.Provisional = s.Version, s.Revision, s.TrainedTo,
		s.Provisional
	detail := fmt.Sprintf("version %s, learned from calls to %s", s.Version, s.TrainedTo.Format(time.DateOnly))
	if s.Unchanged {
		detail += "; nothing new since " + s.Before.ID
	}
	step.done(ctx, detail)
	return workflow.UpsertTypedSearchAttributes(ctx, attrVersion.ValueSet(s.Version))
}

// measure scores and measures drift at the same time.
func (m *monitor) measure(ctx workflow.Context) error {
	scoring, drifting := m.progress.startStep(ctx, "score", ""), m.progress.startStep(ctx, "drift", "")
	score := workflow.ExecuteActivity(withActivityOptions(ctx, scanClass,
		"logged and fresh answers against what happened"), act.ScoreChampion, activities.ScoreChampionInput{
		ID: m.result.ID, Line: m.result.Line, Version: m.seen.Version, DataSet: m.data, History: m.in.History,
	})
	drift := workflow.ExecuteActivity(withActivityOptions(ctx, scanClass, "new rows against the training snapshot"),
		act.MeasureDrift, activities.MeasureDriftInput{
			Line: m.result.Line, Version: m.seen.Version, DataSet: m.data, Rule: m.in.Rule,
		})
	var scored activities.ScoreChampionResult
	if err := score.Get(ctx, &scored); err != nil {
		return scoring.fail(ctx, err)
	}
	m.result.Months = scored.Months
	scoring.done(ctx, fmt.Sprintf("%d predictions read, %s scored", scored.Predictions,
		formatCount(len(scored.Months), "version and month")))
	var drifted activities.MeasureDriftResult
	if err := drift.Get(ctx, &drifted); err != nil {
		return drifting.fail(ctx, err)
	}
	m.result.Drift = drifted.Drift
	drifting.done(ctx, describeDrift(drifted.Drift))
	return nil
}

// judge applies the rule and starts a retrain where it asks for one and may.
func (m *monitor) judge(ctx workflow.Context) error {
	step := m.progress.startStep(ctx, "judge", "")
	out, err := execute(ctx, quickClass, "the rule", act.ApplyRule, activities.ApplyRuleInput{
		ID: m.result.ID, Line: m.result.Line, DataSet: m.data.ID, TrainedBy: m.seen.TrainedBy,
		Rule: m.in.Rule, Months: m.result.Months, Drift: m.result.Drift, Now: workflow.Now(ctx).UTC(),
		Wanting: m.seen.Wanting,
	})
	if err != nil {
		return step.fail(ctx, err)
	}
	m.result.Verdict = &out.Verdict
	step.done(ctx, out.Verdict.Summary)
	switch {
	case out.Start:
		return m.retrain(ctx, out)
	case out.Verdict.Retrain && m.seen.Version == "":
		m.setOutcome(registry.MonitorNoChampion, out.Verdict.Summary+"; no retrain: "+out.Why)
	case out.Verdict.Retrain:
		m.setOutcome(registry.MonitorHeld, out.Verdict.Summary+"; no retrain: "+out.Why)
	case m.seen.Unchanged:
		m.setOutcome(registry.MonitorUnchanged, "nothing new since the last monitor run: "+out.Verdict.Summary)
	default:
		m.setOutcome(registry.MonitorFine, out.Verdict.Summary)
	}
	return nil
}

// retrain starts Retrain under the line's one id and does not wait for its end,
// which may take a person's approval.
func (m *monitor) retrain(ctx workflow.Context, j activities.ApplyRuleResult) error {
	step := m.progress.startStep(ctx, "retrain", "")
	in := m.in.Retrain
	in.Trigger, in.Who, in.WhoVerified = "monitor", "monitor "+m.result.ID, true
	cctx := withChildOptions(ctx, RetrainID(m.result.Line), "retrain of "+m.result.Line+" (monitor)", true)
	var started workflow.Execution
	err := workflow.ExecuteChildWorkflow(cctx, Retrain, in).GetChildWorkflowExecution().Get(ctx, &started)
	if err != nil {
		// Whatever held it up, a later monitor run may try again.
		out, cancel := workflow.NewDisconnectedContext(ctx)
		defer cancel()
		err = errors.Join(err, perform(out, recordClass, "release the data set", act.ReleaseClaim,
			activities.ReleaseClaimInput{Claim: j.Claim}))
	}
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		m.setOutcome(registry.MonitorHeld, j.Verdict.Summary+"; no retrain: one of this line is running already")
		step.done(ctx, "one is running already")
		return nil
	}
	if err != nil {
		return step.fail(ctx, err)
	}
	m.result.Retrain = &registry.StartedRetrain{WorkflowID: started.ID, RunID: started.RunID}
	m.setOutcome(registry.MonitorStarted, j.Verdict.Summary)
	step.done(ctx, "started "+started.ID)
	return nil
}

func (m *monitor) setOutcome(outcome, reason string) {
	m.result.Outcome, m.result.Reason = outcome, reason
}

// finish raises alarms and writes down how the monitor run ended, even when it was
// cancelled.
func (m *monitor) finish(ctx workflow.Context, runErr error) (*registry.Monitoring, error) {
	out, cancel := workflow.NewDisconnectedContext(ctx)
	defer cancel()
	m.result.State = registry.Succeeded
	switch {
	case isCancelled(ctx, runErr):
		m.result.State = registry.Cancelled
		m.setOutcome("cancelled", "cancelled while it ran")
	case runErr != nil:
		m.result.State = registry.Failed
		m.setOutcome("failed", rootCause(runErr))
	case m.result.Outcome == registry.MonitorUnchanged || m.result.Outcome == registry.MonitorNoChampion:
		m.result.State = registry.Unchanged
	}
	if m.result.State != registry.Cancelled {
		m.alarms(out)
	}
	m.result.EndedAt = workflow.Now(ctx).UTC()
	err := errors.Join(runErr, m.save(out), workflow.UpsertTypedSearchAttributes(out,
		attrOutcome.ValueSet(m.result.Outcome)))
	m.progress.end(out, m.result.Outcome, m.result.Reason)
	if err != nil {
		return nil, err
	}
	return &m.result, nil
}

func (m *monitor) save(ctx workflow.Context) error {
	return perform(ctx, recordClass, "note in the registry: "+string(m.result.State), act.SaveMonitoring,
		activities.SaveMonitoringInput{Monitoring: m.result})
}
