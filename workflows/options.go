package workflows

import (
	"context"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"lfb/activities"
)

// retryClass is a kind of activity by how long it may take and how it is retried.
type retryClass int

const (
	quickClass  retryClass = iota // a few statements
	fetchClass                    // a download
	loadClass                     // a file into the database
	scanClass                     // a pass over all rows
	fitClass                      // one model
	exportClass                   // to a server that nobody depends on
	notifyClass                   // a message to people; the next monitor run tries again
	recordClass                   // what must be written down before the run may end
)

// activityLimits is the one table of time limits and retry policies. Long classes
// heartbeat; their start-to-close limit is only a fence against a stuck process.
var activityLimits = map[retryClass]struct {
	queue                   string
	startToClose, heartbeat time.Duration
	firstRetry, maxRetry    time.Duration
	attempts                int32 // 0: until it succeeds
}{
	quickClass:  {QueueControl, 30 * time.Second, 0, 200 * time.Millisecond, 10 * time.Second, 20},
	fetchClass:  {QueueIO, 6 * time.Hour, time.Minute, time.Second, time.Minute, 20},
	loadClass:   {QueueIO, 2 * time.Hour, time.Minute, 500 * time.Millisecond, 30 * time.Second, 20},
	scanClass:   {QueueIO, 2 * time.Hour, time.Minute, 500 * time.Millisecond, 30 * time.Second, 20},
	fitClass:    {QueueTrain, 24 * time.Hour, time.Minute, 500 * time.Millisecond, 30 * time.Second, 5},
	exportClass: {QueueIO, 10 * time.Minute, time.Minute, time.Second, 5 * time.Second, 3},
	notifyClass: {QueueControl, time.Minute, 0, 2 * time.Second, 30 * time.Second, 4},
	recordClass: {QueueControl, 30 * time.Second, 0, 200 * time.Millisecond, time.Minute, 0},
}

// act names the activities; it is nil.
var act *activities.Activities

// execute runs an activity to its end and returns its result.
func execute[I, O any](ctx workflow.Context, c retryClass, summary string,
	activity func(context.Context, I) (O, error), in I,
) (out O, err error) {
	err = workflow.ExecuteActivity(withActivityOptions(ctx, c, summary), activity, in).Get(ctx, &out)
	return out, err
}

// perform runs an activity that has no result to its end.
func perform[I any](ctx workflow.Context, c retryClass, summary string, activity func(context.Context, I) error,
	in I,
) error {
	return workflow.ExecuteActivity(withActivityOptions(ctx, c, summary), activity, in).Get(ctx, nil)
}

// withChildOptions gives ctx the options of a child workflow, which ends with its parent
// unless it is abandoned to itself.
func withChildOptions(ctx workflow.Context, id, summary string, abandon bool) workflow.Context {
	o := workflow.ChildWorkflowOptions{
		WorkflowID: id, TaskQueue: QueueControl, StaticSummary: summary,
		StaticDetails: HowToStop, Memo: ContractMemo(),
	}
	if abandon {
		o.ParentClosePolicy = enums.PARENT_CLOSE_POLICY_ABANDON
	}
	return workflow.WithChildOptions(ctx, o)
}

// withActivityOptions gives ctx the options of class c and the line that the Web UI shows.
func withActivityOptions(ctx workflow.Context, c retryClass, summary string) workflow.Context {
	limits := activityLimits[c]
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           limits.queue,
		StartToCloseTimeout: limits.startToClose,
		HeartbeatTimeout:    limits.heartbeat,
		Summary:             summary,
		WaitForCancellation: limits.heartbeat > 0,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval:    limits.firstRetry,
			BackoffCoefficient: 2,
			MaximumInterval:    limits.maxRetry,
			MaximumAttempts:    limits.attempts,
		},
	})
}
