package control

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"lfb/activities"
	"lfb/internal/backfill"
	"lfb/internal/config"
	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/workflows"
)

// What becomes of a start whose id another run has: startOnly gives Temporal's
// "already started", startOrJoin finds the one that runs.
const (
	startOnly   = enums.WORKFLOW_ID_CONFLICT_POLICY_FAIL
	startOrJoin = enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING
)

func startWorkflow(ctx context.Context, cl client.Client, policy enums.WorkflowIdConflictPolicy, id, summary string,
	workflow, input any,
) (client.WorkflowRun, error) {
	return cl.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: id, TaskQueue: workflows.QueueControl, StaticSummary: summary, StaticDetails: workflows.HowToStop,
		Memo:                     workflows.ContractMemo(),
		WorkflowIDConflictPolicy: policy, WorkflowExecutionErrorWhenAlreadyStarted: policy == startOnly,
	}, workflow, input)
}

// StartRetrain starts a retrain under the line's one workflow id. While one runs,
// the error is Temporal's "already started".
func StartRetrain(ctx context.Context, cl client.Client, in workflows.RetrainInput) (client.WorkflowRun, error) {
	line := in.Source.Origin().Line()
	return startWorkflow(ctx, cl, startOnly, workflows.RetrainID(line), "retrain of "+line+" ("+in.Trigger+")",
		workflows.Retrain, in)
}

// StartMonitor starts a monitor run under the line's one id. While one
// runs, the error is Temporal's "already started".
func StartMonitor(ctx context.Context, cl client.Client, in workflows.MonitorInput) (client.WorkflowRun, error) {
	line := in.Source.Origin().Line()
	return startWorkflow(ctx, cl, startOnly, workflows.MonitorID(line), "monitor of "+line+" ("+in.Trigger+")",
		workflows.Monitor, in)
}

// StartBackfill starts a backfill. While one of the same origin runs, the error is
// Temporal's "already started"; lfb.ErrInvalid are months that there is no replay of.
func StartBackfill(ctx context.Context, cl client.Client, in workflows.BackfillInput) (client.WorkflowRun, error) {
	if _, err := backfill.Months(in.From, in.To); err != nil {
		return nil, err // before it fails where nobody looks
	}
	return startWorkflow(ctx, cl, startOnly, workflows.BackfillID(in.Origin), "backfill "+in.From+" to "+in.To,
		workflows.Backfill, in)
}

// StartReproduce starts making a version again, or finds the one that runs.
func StartReproduce(ctx context.Context, cl client.Client, line, version string) (client.WorkflowRun, error) {
	return startWorkflow(ctx, cl, startOrJoin, workflows.ReproduceID(line, version), "fit "+version+" of "+line+" again",
		workflows.Reproduce, workflows.ReproduceInput{Line: line, Version: version})
}

// StartJudge starts holding a version against what serves, or finds the one that runs.
func StartJudge(ctx context.Context, cl client.Client, in workflows.JudgeInput) (client.WorkflowRun, error) {
	return startWorkflow(ctx, cl, startOrJoin, workflows.JudgeID(in.Line, in.Version), "judge "+in.Version+" of "+in.Line,
		workflows.Judge, in)
}

// StartGC starts removing what nothing needs, or saying what would go, or finds the
// one that runs.
func StartGC(ctx context.Context, cl client.Client, c *config.Config, who string) (client.WorkflowRun, error) {
	return startWorkflow(ctx, cl, startOrJoin, workflows.GCID(c.GC.DryRun), "remove what nothing needs",
		workflows.CollectGarbage, workflows.CollectGarbageInput{
			Policy: GCPolicy(c.GC), Settle: c.GC.Settle, Wait: c.GC.Wait,
			Who: who, DryRun: c.GC.DryRun,
		})
}

// StartPlaces starts a refresh of the places, or finds the one that runs.
func StartPlaces(ctx context.Context, cl client.Client, in workflows.RefreshPlacesInput) (client.WorkflowRun, error) {
	return startWorkflow(ctx, cl, startOrJoin, workflows.PlacesID(in.Origin), "refresh the places of "+string(in.Origin)+
		" rows", workflows.RefreshPlaces, in)
}

// StartPromote starts one promotion or rollback, or finds the equal one that runs.
func StartPromote(ctx context.Context, cl client.Client, in workflows.PromoteInput) (client.WorkflowRun, error) {
	run, _, err := startOrJoinPromote(ctx, cl, in)
	return run, err
}

func startOrJoinPromote(ctx context.Context, cl client.Client,
	in workflows.PromoteInput,
) (run client.WorkflowRun, joined bool, err error) {
	id := workflows.PromoteID(in.Line, in.Version, in.Seen)
	run, err = startWorkflow(ctx, cl, startOnly, id, in.Kind+" "+in.Version+" of "+in.Line+" by "+in.Who,
		workflows.Promote, in)
	var running *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &running) {
		return cl.GetWorkflow(ctx, id, running.RunId), true, nil
	}
	return run, false, err
}

// TrainSpec says what a retrain trains, on which spans.
type TrainSpec = activities.TrainSpec

// What TrainSpec.Refit may be.
const (
	RefitAuto  = activities.RefitAuto
	RefitNever = activities.RefitNever
)

// TrainSpecOf is what a run trained; lfb.ErrNotFound where that was not kept.
func TrainSpecOf(r registry.Run) (TrainSpec, error) {
	var in struct{ Train TrainSpec }
	if err := json.Unmarshal(r.Config, &in); err != nil || len(in.Train.Candidates) == 0 {
		return in.Train, fmt.Errorf("settings of run %s: %w", r.ID, lfb.ErrNotFound)
	}
	return in.Train, nil
}

// TrainSpec is what is configured.
func (c *Control) TrainSpec() TrainSpec { return RetrainInput(c.config, "manual", "").Train }

// RetrainRequest is a retrain that is not quite the configured one.
type RetrainRequest struct {
	Candidates []string // none: the configured ones; the baseline is always among them
	Seed       uint64   // 0: the configured one
	Force      bool     // train though nothing is new
	Approval   *bool    // whether a person has a say; nil: as configured
	Refit      string   // activities.RefitAuto or RefitNever; empty: as configured
	// Train is all that is trained, in place of what is configured and of Candidates and Seed; nil: those.
	Train *TrainSpec
	Why   string // for the audit log
}

// retrainInput is the configured retrain with what somebody who signed in asked for otherwise.
func (r RetrainRequest) retrainInput(c *config.Config, who string) workflows.RetrainInput {
	in := RetrainInput(c, "manual", who)
	if len(r.Candidates) > 0 {
		in.Train.Candidates = r.Candidates
		if !slices.Contains(r.Candidates, "baseline") {
			in.Train.Candidates = append([]string{"baseline"}, r.Candidates...)
		}
	}
	if r.Seed != 0 {
		in.Train.Seed = r.Seed
	}
	if r.Refit != "" {
		in.Train.Refit = r.Refit
	}
	if r.Train != nil {
		in.Train = *r.Train
	}
	setExternal(c, &in.Train)
	if r.Approval != nil {
		in.Promote.Approval = *r.Approval
	}
	in.Force = in.Force || r.Force
	in.WhoVerified = true
	return in
}

// describeRequest is what was asked for otherwise than configured, in words.
func (r RetrainRequest) describeRequest(configured TrainSpec) string {
	train := TrainSpec{
		Candidates: r.Candidates, Seed: r.Seed, Tune: configured.Tune, Relevance: configured.Relevance,
		Refit: cmp.Or(r.Refit, configured.Refit),
	}
	if r.Train != nil {
		train = *r.Train
	}
	var set []string
	if len(train.Candidates) > 0 {
		set = append(set, "candidates "+strings.Join(train.Candidates, ", "))
	}
	if train.Seed != 0 {
		set = append(set, fmt.Sprintf("seed %d", train.Seed))
	}
	for _, span := range []struct {
		name, unit string
		n          int
	}{
		{"validation", "days", train.ValidDays},
		{"calibration", "days", train.CalibDays},
		{"hold-out", "days", train.HoldoutDays},
		{"at most", "months", train.MaxMonths},
	} {
		if span.n != 0 {
			set = append(set, fmt.Sprintf("%s %d %s", span.name, span.n, span.unit))
		}
	}
	if train.Tune != configured.Tune {
		set = append(set, fmt.Sprintf("tuning with %d trials in %d minutes", train.Tune.Trials, train.Tune.Minutes))
	}
	if train.Relevance != configured.Relevance {
		set = append(set, fmt.Sprintf("relevance report of %d cycles", train.Relevance.Cycles))
	}
	if train.Refit != "" && train.Refit != configured.Refit {
		set = append(set, "refit "+train.Refit)
	}
	if r.Approval != nil && *r.Approval {
		set = append(set, "with approval")
	} else if r.Approval != nil {
		set = append(set, "without approval")
	}
	if r.Force {
		set = append(set, "force")
	}
	return cmp.Or(strings.Join(set, "; "), "as configured")
}

// Retrain starts the configured retrain, changed as asked for; lfb.ErrConflict
// while one of the line runs.
func (c *Control) Retrain(ctx context.Context, by Actor, r RetrainRequest) (Run, error) {
	in := r.retrainInput(c.config, by.Name)
	return c.auditStart(ctx, by, "retrain", in.Source.Origin().Line(), r.describeRequest(c.TrainSpec())+": "+r.Why,
		func() (client.WorkflowRun, error) { return StartRetrain(ctx, c.client, in) })
}

// Monitor starts a monitor run; lfb.ErrConflict while one runs.
func (c *Control) Monitor(ctx context.Context, by Actor, force bool, why string) (Run, error) {
	in := MonitorInput(c.config, "manual", by.Name)
	in.Force, in.WhoVerified = force, true
	return c.auditStart(ctx, by, "monitor", in.Source.Origin().Line(), fmt.Sprintf("force %v: %s", force, why),
		func() (client.WorkflowRun, error) { return StartMonitor(ctx, c.client, in) })
}

// Backfill replays the months from one to another, like 2017-01; lfb.ErrConflict
// while one of the origin runs.
func (c *Control) Backfill(ctx context.Context, by Actor, from, to, why string) (Run, error) {
	in := BackfillInput(c.config, by.Name)
	in.From, in.To, in.WhoVerified = from, to, true
	return c.auditStart(ctx, by, "backfill", from+" to "+to, why,
		func() (client.WorkflowRun, error) { return StartBackfill(ctx, c.client, in) })
}

// RefreshPlaces starts a refresh of the places, or joins the one that runs.
func (c *Control) RefreshPlaces(ctx context.Context, by Actor, why string) (Run, error) {
	in := PlacesInput(c.config, by.Name)
	in.WhoVerified = true
	return c.auditStart(ctx, by, "refresh places", string(in.Origin), why,
		func() (client.WorkflowRun, error) { return StartPlaces(ctx, c.client, in) })
}

// auditStart is audit of what starts a workflow.
func (c *Control) auditStart(ctx context.Context, by Actor, action, target, detail string,
	start func() (client.WorkflowRun, error),
) (run Run, err error) {
	err = c.audit(ctx, by, action, target, detail, func() (err error) {
		run, err = asRun(start())
		return err
	})
	return run, err
}

func asRun(run client.WorkflowRun, err error) (Run, error) {
	if err != nil {
		return Run{}, translateError(err)
	}
	return Run{WorkflowID: run.GetID(), RunID: run.GetRunID()}, nil
}

// NotRunningError says that what was to be cancelled is over.
type NotRunningError struct {
	WorkflowID string
	RunID      string // the registry's; empty where only the workflow is known
}

// Error names it.
func (e *NotRunningError) Error() string { return cmp.Or(e.RunID, e.WorkflowID) + " is not running" }

// Unwrap makes it a conflict.
func (e *NotRunningError) Unwrap() error { return lfb.ErrConflict }

// CancelWorkflow asks a workflow to end, and says in its history why; a
// NotRunningError where it is over or was never there. An empty runID is the newest
// execution.
func CancelWorkflow(ctx context.Context, cl client.Client, id, runID, why string) error {
	d, err := cl.DescribeWorkflowExecution(ctx, id, runID)
	if isNotFound(err) || err == nil &&
		d.GetWorkflowExecutionInfo().GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
		return &NotRunningError{WorkflowID: id}
	}
	if err != nil {
		return err
	}
	return cl.CancelWorkflowWithOptions(ctx, client.CancelWorkflowOptions{WorkflowID: id, RunID: runID, Reason: why})
}

// Cancel asks a run to end: until it has, its state is cancelling. A NotRunningError
// where it is over, whatever its record said; lfb.ErrConflict where it was asked before.
func (c *Control) Cancel(ctx context.Context, by Actor, r registry.Run, why string) (Run, error) {
	run := Run{WorkflowID: r.WorkflowID, RunID: r.WorkflowRunID}
	if !r.State.IsOpen() {
		return run, &NotRunningError{WorkflowID: r.WorkflowID, RunID: r.ID}
	}
	if r.State == registry.Cancelling {
		return run, fmt.Errorf("run %s is being cancelled already%s: %w", r.ID, describeEnd("", r.EndedBy, r.EndedFor),
			lfb.ErrConflict)
	}
	return run, c.audit(ctx, by, "cancel run", r.ID, why, func() error {
		err := CancelWorkflow(ctx, c.client, run.WorkflowID, run.RunID, by.Name+": "+why)
		if over, ok := errors.AsType[*NotRunningError](err); ok {
			over.RunID = r.ID
		}
		if err != nil {
			return translateError(err)
		}
		was := r.Record()
		is := was
		is.State, is.EndedBy, is.EndedFor = registry.Cancelling, by.Name, why
		_, err = c.records.SwapRecord(ctx, was, is) // where somebody was faster, it has ended
		return err
	})
}
