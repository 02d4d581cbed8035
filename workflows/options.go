package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// class is a kind of activity by how long it may take and how it is retried.
type class int

const (
	quick  class = iota // a few statements
	fetch               // a download
	load                // a file into the database
	build               // a pass over all rows
	fit                 // one model
	export              // to a server that nobody depends on
	notify              // a message to people; the next monitor run tries again
	record              // what must be written down before the run may end
)

// timeouts is the one table of time limits and retry policies. Long classes
// heartbeat; their start-to-close limit is only a fence against a stuck process.
var timeouts = map[class]struct {
	queue                string
	startToClose, pulse  time.Duration
	firstRetry, maxRetry time.Duration
	attempts             int32
}{
	quick:  {QueueControl, 30 * time.Second, 0, 200 * time.Millisecond, 10 * time.Second, 20},
	fetch:  {QueueIO, 6 * time.Hour, time.Minute, time.Second, time.Minute, 20},
	load:   {QueueIO, 2 * time.Hour, time.Minute, 500 * time.Millisecond, 30 * time.Second, 20},
	build:  {QueueIO, 2 * time.Hour, time.Minute, 500 * time.Millisecond, 30 * time.Second, 20},
	fit:    {QueueTrain, 24 * time.Hour, time.Minute, 500 * time.Millisecond, 30 * time.Second, 5},
	export: {QueueIO, 10 * time.Minute, time.Minute, time.Second, 5 * time.Second, 3},
	notify: {QueueControl, time.Minute, 0, 2 * time.Second, 30 * time.Second, 4},
	record: {QueueControl, 30 * time.Second, 0, 200 * time.Millisecond, time.Minute, 0},
}

// with gives ctx the options of class c and the line that the Web UI shows.
func with(ctx workflow.Context, c class, summary string) workflow.Context {
	t := timeouts[c]
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           t.queue,
		StartToCloseTimeout: t.startToClose,
		HeartbeatTimeout:    t.pulse,
		Summary:             summary,
		WaitForCancellation: t.pulse > 0,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval:    t.firstRetry,
			BackoffCoefficient: 2,
			MaximumInterval:    t.maxRetry,
			MaximumAttempts:    t.attempts,
		},
	})
}
