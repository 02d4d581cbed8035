package workflows

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"lfb/activities"
	"lfb/internal/registry"
)

// RetrainInput is one retrain: where files come from, what is trained on which
// spans, and what a winner must show. It holds no secret and no data.
type RetrainInput struct {
	Source  activities.SourceSpec `json:"source"`
	Train   activities.TrainSpec  `json:"train"`
	Policy  registry.Policy       `json:"policy"`
	Promote PromoteSpec           `json:"promote"`
	Trigger string                `json:"trigger"` // manual | schedule | monitor | first start
	Who     string                `json:"who"`     // who started it, for the ledger
	// WhoVerified says that Who signed in, or is the system itself.
	WhoVerified bool   `json:"who_verified,omitempty"`
	WebURL      string `json:"web_url,omitempty"` // of the web UI, for a link to the run's page
	Force       bool   `json:"force"`             // go on though nothing is new
}

// RetrainResult is how the retrain ended.
type RetrainResult struct {
	RunID       string                `json:"run_id"`
	State       registry.RunState     `json:"state"`
	Outcome     string                `json:"outcome"` // promoted | provisional | kept | refused | rejected | expired | unchanged | stale
	Reason      string                `json:"reason"`  // one sentence
	DataSet     string                `json:"data_set"`
	Winner      string                `json:"winner"`   // version
	Champion    string                `json:"champion"` // version that serves now
	Revision    int64                 `json:"revision"`
	Leaderboard []activities.Standing `json:"leaderboard"`
}

// Retrain fetches what is new, loads it, takes a snapshot, trains every
// candidate on it, compares them with the champion, and promotes the winner if
// the gate lets it. It answers the query "progress" with Progress.
func Retrain(ctx workflow.Context, in RetrainInput) (*RetrainResult, error) {
	r, err := newRetrain(ctx, in)
	if err != nil {
		return nil, err
	}
	runErr := r.run(ctx)
	return r.finish(ctx, runErr)
}

// retrain is the state of one execution.
type retrain struct {
	in       RetrainInput
	record   registry.Run
	progress *progressLog
	result   RetrainResult
}

// NewRun is the record with which an execution of Retrain begins.
func NewRun(in RetrainInput, e workflow.Execution, started time.Time) (registry.Run, error) {
	config, err := activities.CanonicalJSON(in)
	return registry.Run{
		ID: RunID(started, e.RunID), Line: in.Source.Origin().Line(), Origin: in.Source.Origin(),
		State: registry.Running, Trigger: in.Trigger, Seed: in.Train.Seed, Config: config,
		WorkflowID: e.ID, WorkflowRunID: e.RunID, StartedAt: started.UTC(),
		Execution: registry.Execution{StartedBy: in.Who, StartedByVerified: in.WhoVerified},
	}, err
}

func newRetrain(ctx workflow.Context, in RetrainInput) (*retrain, error) {
	info := workflow.GetInfo(ctx)
	record, err := NewRun(in, info.WorkflowExecution, info.WorkflowStartTime)
	if err != nil {
		return nil, err
	}
	r := &retrain{in: in, record: record, progress: newProgressLog(record.Line)}
	r.result.RunID, r.progress.runID, r.progress.webURL = record.ID, record.ID, in.WebURL
	if err := workflow.SetQueryHandler(ctx, QueryProgress, r.progress.answerQuery); err != nil {
		return nil, err
	}
	return r, noteRun(ctx, r.record.ID, attrLine.ValueSet(r.record.Line), attrTrigger.ValueSet(in.Trigger))
}

func (r *retrain) run(ctx workflow.Context) error {
	if err := r.save(ctx, r.record); err != nil {
		return err
	}
	plan, err := r.snapshot(ctx)
	if err != nil || plan.Unchanged {
		return err
	}
	trained, err := r.train(ctx, plan)
	if err != nil {
		return err
	}
	verdict, err := r.compare(ctx, plan, trained)
	if err != nil {
		return err
	}
	if err := r.promote(ctx, verdict); err != nil {
		return err
	}
	r.refit(ctx, verdict)
	return nil
}

// snapshot makes a data set of what is published now and plans the spans. A plan that
// says unchanged ends the run.
func (r *retrain) snapshot(ctx workflow.Context) (activities.PlanResult, error) {
	d, err := intake{source: r.in.Source, progress: r.progress}.snapshot(ctx)
	r.result.DataSet, r.record.DataSet = d.ID, d.ID
	if err != nil {
		return activities.PlanResult{}, err
	}
	step := r.progress.startStep(ctx, "plan", "")
	plan, err := execute(ctx, scanClass, "spans", act.Plan, activities.PlanInput{
		Line: r.record.Line, DataSet: d, Train: r.in.Train, Force: r.in.Force,
	})
	if err != nil {
		return plan, step.fail(ctx, err)
	}
	step.done(ctx, plan.Summary)
	if plan.Unchanged {
		r.result.State, r.result.Outcome, r.result.Reason = registry.Unchanged, "unchanged", plan.Summary
	}
	return plan, nil
}

// train fits the candidates in parallel. One that fails is on the leaderboard
// with its error; only when all fail does the run.
func (r *retrain) train(ctx workflow.Context, plan activities.PlanResult) ([]activities.TrainResult, error) {
	inputs, err := r.candidates(ctx, plan)
	if err != nil {
		return nil, err
	}
	steps := make([]*progressStep, len(inputs))
	results := make([]activities.TrainResult, len(inputs))
	began := func(i int) { steps[i] = r.progress.startStep(ctx, "train "+inputs[i].Candidate, "") }
	fitAll(ctx, inputs, began, func(i int, f workflow.Future) {
		err := f.Get(ctx, &results[i])
		if err != nil {
			results[i] = activities.TrainResult{Candidate: inputs[i].Candidate, Search: inputs[i].Search, Error: rootCause(err)}
			_ = steps[i].fail(ctx, err) // it is on the leaderboard; the others go on
			return
		}
		if by := results[i].RunID; by != r.record.ID {
			steps[i].s.ReusedFrom = by
		}
		steps[i].done(ctx, results[i].Summary())
	})
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for _, res := range results {
		if res.Error == "" {
			return results, nil
		}
	}
	return nil, temporal.NewNonRetryableApplicationError("every candidate failed: "+results[0].Error, "permanent", nil)
}

// candidates is what is to be trained: those asked for, and what a search found.
func (r *retrain) candidates(ctx workflow.Context, plan activities.PlanResult) ([]activities.TrainInput, error) {
	var inputs []activities.TrainInput
	for _, name := range r.in.Train.Candidates {
		inputs = append(inputs, activities.TrainInput{Candidate: name})
	}
	found, err := r.tune(ctx, plan)
	if err != nil {
		return nil, err
	}
	if found != nil {
		inputs = append(inputs, *found)
	}
	for i := range inputs {
		in := &inputs[i]
		in.Line, in.Origin, in.DataSet, in.Spans, in.Train = r.record.Line, r.record.Origin, plan.DataSet, plan.Spans,
			r.in.Train
		in.RunID = r.record.ID
	}
	return inputs, nil
}

func (r *retrain) compare(ctx workflow.Context, plan activities.PlanResult,
	trained []activities.TrainResult,
) (activities.CompareResult, error) {
	step := r.progress.startStep(ctx, "compare", fmt.Sprintf("%d candidates and the champion", len(trained)))
	out, err := execute(ctx, fitClass, "leaderboard and gate", act.Compare, activities.CompareInput{
		RunID: r.record.ID, Line: r.record.Line, Origin: r.record.Origin, DataSet: plan.DataSet, Spans: plan.Spans,
		Candidates: trained, Policy: r.in.Policy, Seed: r.in.Train.Seed, Provisional: true,
	})
	if err != nil {
		return out, step.fail(ctx, err)
	}
	r.result.Leaderboard, r.result.Winner = out.Leaderboard, out.Winner
	r.result.Champion, r.result.Revision = out.Champion, out.Revision
	r.progress.leaderboard, r.progress.verdict = out.Leaderboard, &out
	step.done(ctx, out.Summary)
	return out, workflow.UpsertTypedSearchAttributes(ctx, attrVersion.ValueSet(out.Winner), r.runAttribute())
}

// promote hands a winner that passed to the Promote workflow; where none did and nothing
// better serves, what may serve provisionally.
func (r *retrain) promote(ctx workflow.Context, c activities.CompareResult) error {
	r.result.State, r.result.Reason = registry.Succeeded, c.Summary
	version := c.Winner
	if !c.Passed {
		version = c.Provisional
	}
	if version == "" {
		r.result.Outcome = OutcomeRefused
		if c.Winner == c.Champion || c.Winner == c.Evaluated {
			r.result.Outcome = "kept"
		}
		return nil
	}
	step := r.progress.startStep(ctx, "promote", "version "+version)
	in := PromoteInput{
		Line: r.record.Line, Version: version, Seen: c.Revision, Kind: KindPromote, Who: r.in.Who,
		Why: c.Summary, RunID: r.record.ID, Verdict: c.Verdict, Spec: r.in.Promote, Provisional: !c.Passed,
	}
	if err := r.noteAwaiting(ctx, in, step); err != nil {
		return err
	}
	out, err := runPromote(ctx, in)
	if err != nil {
		return step.fail(ctx, err)
	}
	r.progress.waiting = ""
	r.result.Outcome, r.result.Champion, r.result.Revision = out.Outcome, out.Champion, out.Revision
	switch {
	case out.Outcome != OutcomePromoted:
		r.result.Reason = out.Reason
	case in.Provisional:
		r.result.Outcome = OutcomeProvisional
	}
	step.done(ctx, out.Reason)
	return nil
}

// runPromote runs the Promote workflow to its end.
func runPromote(ctx workflow.Context, in PromoteInput) (out PromoteResult, err error) {
	cctx := withChildOptions(ctx, PromoteID(in.Line, in.Version, in.Seen), in.Kind+" "+in.Version, false)
	err = workflow.ExecuteChildWorkflow(cctx, Promote, in).Get(ctx, &out)
	return out, err
}

// changeRefit names, in histories, the change by which a version that passed is refitted.
const changeRefit = "refit"

// refit has the version that has just been promoted fitted again on every row, and hands the result to the Promote
// workflow, decided from the entry of the version that it is a refit of. Whatever goes wrong in it, the run has
// promoted what it has, and says why that stays. A person who approved the version has approved its refit: the guard
// holds it to the same answers.
func (r *retrain) refit(ctx workflow.Context, c activities.CompareResult) {
	if r.result.Outcome != OutcomePromoted || !isToRefit(ctx, r.in.Train, c) {
		return
	}
	step := r.progress.startStep(ctx, "refit", "version "+c.Winner+" on every row")
	made, err := execute(ctx, fitClass, "refit "+c.Winner, act.Refit, activities.RefitInput{
		RunID: r.record.ID, Line: r.record.Line, Version: c.Winner, Policy: r.in.Policy,
	})
	var out PromoteResult
	if err == nil && made.Version != "" {
		out, err = runPromote(ctx, PromoteInput{
			Line: r.record.Line, Version: made.Version, Seen: r.result.Revision, Kind: KindRefit, Who: r.in.Who,
			Why: made.Reason, RunID: r.record.ID, Verdict: c.Verdict,
		})
	}
	if err != nil {
		r.result.Reason += "; its refit failed: " + rootCause(err)
		_ = step.fail(ctx, err)
		return
	}
	if made.Version != "" {
		r.result.Leaderboard = append(r.result.Leaderboard, made.Standing)
		r.progress.leaderboard = r.result.Leaderboard
	}
	switch out.Outcome {
	case OutcomePromoted:
		r.result.Champion, r.result.Revision = out.Champion, out.Revision
	case "": // it was not made
	default:
		made.Reason += "; it does not serve: " + out.Reason
	}
	r.result.Reason += "; " + made.Reason
	step.done(ctx, made.Reason)
}

// isToRefit says whether the winner of a comparison is fitted again once it is promoted.
func isToRefit(ctx workflow.Context, t activities.TrainSpec, c activities.CompareResult) bool {
	return c.Passed && t.Refit == activities.RefitAuto && workflow.GetVersion(ctx, changeRefit, workflow.DefaultVersion,
		1) >= 1
}

// OutcomeProvisional is a run's outcome where nothing passed the gate, and what it refused
// serves until something does.
const OutcomeProvisional = "provisional"

// OutcomeRefused is a run's outcome where its winner did not pass the gate.
const OutcomeRefused = "refused"

// OutcomeAwaiting is a run's outcome while a person's approval is waited for.
const OutcomeAwaiting = "awaiting approval"

// noteAwaiting writes down that the run waits for a person, where it does: until
// when, and what happens then.
func (r *retrain) noteAwaiting(ctx workflow.Context, in PromoteInput, step *progressStep) error {
	if !in.Spec.Approval {
		return nil
	}
	until := workflow.Now(ctx).Add(in.Spec.approvalTime()).UTC().Format(time.RFC1123)
	reason := fmt.Sprintf("version %s awaits approval until %s, by %q. %s %s",
		in.Version, until, PromoteID(in.Line, in.Version, in.Seen), in.describeDeadline(), in.Why)
	r.progress.waiting = reason
	step.setDetail(ctx, "awaiting approval until "+until)
	waits := r.record
	waits.Outcome, waits.Reason = OutcomeAwaiting, reason
	if err := r.save(ctx, waits); err != nil {
		return step.fail(ctx, err)
	}
	return workflow.UpsertTypedSearchAttributes(ctx, attrOutcome.ValueSet(OutcomeAwaiting))
}

// finish writes down how the run ended, even when it was cancelled.
func (r *retrain) finish(ctx workflow.Context, runErr error) (*RetrainResult, error) {
	end := r.record
	end.State, end.Outcome, end.Reason = r.result.State, r.result.Outcome, r.result.Reason
	switch {
	case isCancelled(ctx, runErr) && r.result.Outcome != OutcomePromoted: // else only its refit was
		end.State, end.Outcome, end.Reason = registry.Cancelled, "cancelled", "cancelled while it ran"
	case isTerminated(runErr):
		end.State, end.Outcome, end.Reason = registry.Terminated, string(registry.Terminated), rootCause(runErr)
	case runErr != nil:
		end.State, end.Outcome, end.Reason = registry.Failed, "failed", rootCause(runErr)
	}
	end.EndedAt = workflow.Now(ctx).UTC()
	out, cancel := workflow.NewDisconnectedContext(ctx)
	defer cancel()
	err := errors.Join(runErr, r.save(out, end), workflow.UpsertTypedSearchAttributes(out,
		attrOutcome.ValueSet(end.Outcome), r.runAttribute()))
	r.result.State, r.result.Outcome, r.result.Reason = end.State, end.Outcome, end.Reason
	if end.State == registry.Succeeded {
		r.progress.version = r.result.Winner
		if end.Outcome == OutcomePromoted || end.Outcome == OutcomeProvisional {
			r.progress.version = r.result.Champion
		}
	}
	r.progress.end(out, end.Outcome, end.Reason)
	if end.State == registry.Failed || end.State == registry.Terminated || end.State == registry.Succeeded && err == nil {
		r.export(ctx, end)
	}
	if err != nil {
		return nil, err
	}
	return &r.result, nil
}

// export writes the run to the tracking server, where there is one. Whatever
// happens there, the retrain has ended as it has.
func (r *retrain) export(ctx workflow.Context, end registry.Run) {
	in := activities.ExportRunInput{RunID: end.ID, Line: end.Line}
	if r.progress.verdict != nil {
		in.Verdict = r.progress.verdict.Verdict
	}
	started := workflow.Now(ctx)
	out, err := execute(ctx, exportClass, "run "+end.ID, act.ExportRun, in)
	if err == nil && out.Off {
		return
	}
	step := r.progress.startStep(ctx, "export", "")
	step.s.Started = started
	if err != nil {
		workflow.GetLogger(ctx).Warn("run not exported", "run_id", end.ID, "err", rootCause(err))
		_ = step.fail(ctx, err) // it is in the progress; the run has ended
		return
	}
	step.done(ctx, out.Summary)
}

// runAttribute is the run's id again: what a reset copied has that of the run before it.
func (r *retrain) runAttribute() temporal.SearchAttributeUpdate { return attrRun.ValueSet(r.record.ID) }

func (r *retrain) save(ctx workflow.Context, run registry.Run) error {
	in := activities.SaveRunInput{Run: run}
	if !run.EndedAt.IsZero() {
		in.Steps, _ = activities.CanonicalJSON(r.progress.steps) // texts and times alone
	}
	return perform(ctx, recordClass, "note in the registry: "+string(run.State), act.SaveRun, in)
}

// isTerminated says whether err is that somebody terminated a child workflow.
func isTerminated(err error) bool {
	var ended *temporal.TerminatedError
	return errors.As(err, &ended)
}

// rootCause is the innermost message of an activity's or a child workflow's error,
// without the layers that Temporal puts around it.
func rootCause(err error) string {
	var child *temporal.ChildWorkflowExecutionError
	if errors.As(err, &child) && isTerminated(err) {
		what := child.WorkflowType()
		if what == "Promote" {
			what = "promotion"
		}
		return "the " + strings.ToLower(what) + " was terminated before it ended; what served before still serves"
	}
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		return app.Message()
	}
	var timeout *temporal.TimeoutError
	if errors.As(err, &timeout) {
		return "timed out: " + timeout.Message()
	}
	return err.Error()
}

func formatCount(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
