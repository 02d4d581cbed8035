package activities

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"lfb/internal/lfb"
	"lfb/internal/source"
)

// wire marks errors that no retry can cure, keeping the text as it is.
func wire(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, lfb.ErrInvalid) || errors.Is(err, lfb.ErrNotFound) {
		return temporal.NewNonRetryableApplicationError(err.Error(), "permanent", err)
	}
	if errors.Is(err, lfb.ErrConflict) {
		return temporal.NewNonRetryableApplicationError(err.Error(), "conflict", err)
	}
	var asked *source.RetryError
	if errors.As(err, &asked) {
		return temporal.NewApplicationErrorWithOptions(err.Error(), "unavailable", temporal.ApplicationErrorOptions{
			Cause: err, NextRetryDelay: min(asked.After, longestRetryDelay),
		})
	}
	return err
}

// longestRetryDelay is the most that a server may ask us to wait.
const longestRetryDelay = 5 * time.Minute

// Heartbeat says how far a long activity has come.
type Heartbeat struct {
	Step  string `json:"step"` // the progress step that it belongs to
	Done  int64  `json:"done"`
	Total int64  `json:"total"` // 0: not known
	Unit  string `json:"unit"`
}

// startHeartbeat heartbeats details until stop is called, so that a long computation
// stays known as alive; report replaces the details. Cancellation reaches the
// activity through its context.
func startHeartbeat(ctx context.Context, first Heartbeat) (report func(Heartbeat), stop func()) {
	if !activity.IsActivity(ctx) {
		return func(Heartbeat) {}, func() {}
	}
	details := make(chan Heartbeat, 1)
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		now := first
		// Not at once: an activity that is over within the second needs no heartbeat.
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case now = <-details:
			case <-tick.C:
			}
			activity.RecordHeartbeat(ctx, now)
		}
	}()
	report = func(d Heartbeat) {
		select {
		case details <- d:
		default: // the last one is still on its way: drop this one
		}
	}
	return report, func() { close(done); <-ended }
}

// heartbeat heartbeats an activity that says no more than its step, until stop is called.
func heartbeat(ctx context.Context, step string) (stop func()) {
	_, stop = startHeartbeat(ctx, Heartbeat{Step: step})
	return stop
}
