package workflows

import (
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"lfb/activities"
	"lfb/internal/lfb"
)

// changeExternal names, in histories, the change by which programs elsewhere fit candidates.
const changeExternal = "external-candidates"

// closedAttempt is the error type by which a program elsewhere says that its attempt takes
// nothing any more. See candidates/python.
const closedAttempt = "AttemptClosed"

// ExternalQueue is the task queue of the program that fits external:<name>.
func ExternalQueue(name string) string { return "train-" + name }

// startFit starts one fit: by us, or by a program elsewhere.
func startFit(ctx workflow.Context, in activities.TrainInput) workflow.Future {
	name, ok := lfb.ExternalName(in.CatalogName())
	if !ok || workflow.GetVersion(ctx, changeExternal, workflow.DefaultVersion, 1) < 1 {
		return workflow.ExecuteActivity(ctx, act.Train, in)
	}
	future, settable := workflow.NewFuture(ctx)
	workflow.Go(ctx, func(ctx workflow.Context) {
		out, err := fitElsewhere(ctx, name, in)
		var app *temporal.ApplicationError
		if errors.As(err, &app) && app.Type() == closedAttempt { // by the execution that this one is a reset of
			out, err = fitElsewhere(ctx, name, in)
		}
		settable.Set(out, err)
	})
	return future
}

// fitElsewhere opens an attempt, has the program on the queue fit and give back its models,
// makes a bundle of them, and closes the attempt, whatever came of it.
func fitElsewhere(ctx workflow.Context, name string, in activities.TrainInput) (out activities.TrainResult, err error) {
	task, err := execute(ctx, fitClass, in.Candidate, act.OpenAttempt, in)
	if err != nil {
		return out, err
	}
	defer func() {
		dctx, cancel := workflow.NewDisconnectedContext(ctx)
		defer cancel()
		opened := activities.CloseAttemptInput{Attempt: task.Attempt}
		if err := perform(dctx, quickClass, in.Candidate, act.CloseAttempt, opened); err != nil { // it closes by itself
			workflow.GetLogger(ctx).Warn("attempt not closed", "attempt", task.Attempt, "err", rootCause(err))
		}
	}()
	began := workflow.Now(ctx)
	var fitted activities.FitCandidateResult
	spec := in.Train.External
	fctx := withExternalOptions(ctx, name, in.Candidate, spec)
	if err := workflow.ExecuteActivity(fctx, activities.FitCandidate, task).Get(ctx, &fitted); err != nil {
		return out, explainExternal(err, name, spec)
	}
	took := workflow.Now(ctx).Sub(began)
	out, err = execute(ctx, fitClass, in.Candidate, act.CollectCandidate, activities.CollectCandidateInput{
		Train: in, Attempt: task.Attempt, Fitted: fitted,
	})
	out.FitTime = took
	return out, err
}

// withExternalOptions is withActivityOptions for a fit elsewhere.
func withExternalOptions(ctx workflow.Context, name, summary string, spec activities.ExternalSpec) workflow.Context {
	ctx = withActivityOptions(ctx, fitClass, summary)
	o := workflow.GetActivityOptions(ctx)
	o.TaskQueue, o.ScheduleToStartTimeout, o.StartToCloseTimeout = ExternalQueue(name), spec.Wait, spec.Time
	o.RetryPolicy.MaximumAttempts = activities.ExternalTries
	return workflow.WithActivityOptions(ctx, o)
}

// explainExternal says in words what came of a fit elsewhere that ran out of time.
func explainExternal(err error, name string, spec activities.ExternalSpec) error {
	var timeout *temporal.TimeoutError
	if !errors.As(err, &timeout) {
		return err
	}
	var text string
	switch timeout.TimeoutType() {
	case enums.TIMEOUT_TYPE_SCHEDULE_TO_START:
		text = fmt.Sprintf("no worker of the queue %s took the fit within %s (-train.external-wait)",
			ExternalQueue(name), formatWait(spec.Wait))
	case enums.TIMEOUT_TYPE_HEARTBEAT:
		text = fmt.Sprintf("the worker of the queue %s fell silent, %d times", ExternalQueue(name), activities.ExternalTries)
	default:
		text = fmt.Sprintf("the worker of the queue %s was not done within %s (-train.external-time)",
			ExternalQueue(name), formatWait(spec.Time))
	}
	return temporal.NewNonRetryableApplicationError(text, "timeout", err)
}

// formatWait is a wait as minutes:seconds.
func formatWait(d time.Duration) string {
	return fmt.Sprintf("%d:%02d", int(d.Minutes()), int(d.Seconds())%60)
}
