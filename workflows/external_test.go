package workflows

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"lfb/activities"
)

// fitOutside fits one candidate of another program, which answers its nth task by fit, and
// returns what came of it, and the activities in order.
func fitOutside(
	t *testing.T, fit func(n int, task activities.FitCandidateInput) (activities.FitCandidateResult, error),
) (out activities.TrainResult, order []string, fault error) {
	t.Helper()
	env := newTestEnvironment()
	var a *activities.Activities
	env.RegisterActivity(&activities.Activities{})
	tasks := 0
	env.RegisterActivityWithOptions(func(_ context.Context,
		task activities.FitCandidateInput,
	) (activities.FitCandidateResult, error) {
		tasks++
		return fit(tasks, task)
	}, activity.RegisterOptions{Name: activities.FitCandidate})
	var mu sync.Mutex
	env.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, _ converter.EncodedValues) {
		mu.Lock()
		defer mu.Unlock()
		order = append(order, info.ActivityType.Name+" on "+info.TaskQueue)
	})
	attempts := 0
	env.OnActivity(a.OpenAttempt, mock.Anything, mock.Anything).Return(func(_ context.Context,
		in activities.TrainInput,
	) (activities.FitCandidateInput, error) {
		attempts++
		return activities.FitCandidateInput{Attempt: strings.Repeat("a", attempts), Candidate: in.Candidate}, nil
	})
	env.OnActivity(a.CollectCandidate, mock.Anything, mock.Anything).Return(func(_ context.Context,
		in activities.CollectCandidateInput,
	) (activities.TrainResult, error) {
		return activities.TrainResult{Candidate: in.Train.Candidate, Version: in.Attempt}, nil
	})
	env.OnActivity(a.CloseAttempt, mock.Anything, mock.Anything).Return(nil)
	in := activities.TrainInput{Candidate: "external:elsewhere"}
	in.Train.External = activities.ExternalSpec{Wait: 10 * time.Minute, Time: 2 * time.Hour}
	env.ExecuteWorkflow(func(ctx workflow.Context) error {
		fitAll(ctx, []activities.TrainInput{in}, func(int) {}, func(_ int, f workflow.Future) { fault = f.Get(ctx, &out) })
		return nil
	})
	if err := env.GetWorkflowError(); err != nil {
		t.Fatal(err)
	}
	return out, order, fault
}

func TestFitElsewhere(t *testing.T) {
	t.Parallel()
	got, order, err := fitOutside(t, func(int, activities.FitCandidateInput) (activities.FitCandidateResult, error) {
		return activities.FitCandidateResult{Library: "x"}, nil
	})
	want := []string{
		"OpenAttempt on train", "FitCandidate on train-elsewhere", "CollectCandidate on train",
		"CloseAttempt on control",
	}
	if err != nil || got.Version != "a" || !slices.Equal(order, want) {
		t.Errorf("= %+v, %v by %q, want %q", got, err, order, want)
	}
}

// TestFitElsewhereFails says in words what went wrong, and closes the attempt whatever it was.
func TestFitElsewhereFails(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fault error
		said  string
	}{
		{
			temporal.NewTimeoutError(enums.TIMEOUT_TYPE_SCHEDULE_TO_START, nil),
			"no worker of the queue train-elsewhere took the fit within 10:00",
		},
		{temporal.NewTimeoutError(enums.TIMEOUT_TYPE_HEARTBEAT, nil), "fell silent"},
		{temporal.NewTimeoutError(enums.TIMEOUT_TYPE_START_TO_CLOSE, nil), "not done within 120:00"},
		{temporal.NewNonRetryableApplicationError("the library is sorry", "Invalid", nil), "the library is sorry"},
	} {
		_, order, err := fitOutside(t, func(int, activities.FitCandidateInput) (activities.FitCandidateResult, error) {
			return activities.FitCandidateResult{}, c.fault
		})
		if err == nil || !strings.Contains(rootCause(err), c.said) || order[len(order)-1] != "CloseAttempt on control" ||
			slices.Contains(order, "CollectCandidate on train") {
			t.Errorf("%v: %v by %q, want %q and the attempt closed", c.fault, err, order, c.said)
		}
	}
}

// TestAClosedAttemptIsOpenedAnew: a reset may keep an attempt that the execution before it has
// closed.
func TestAClosedAttemptIsOpenedAnew(t *testing.T) {
	t.Parallel()
	got, _, err := fitOutside(t, func(n int, task activities.FitCandidateInput) (activities.FitCandidateResult, error) {
		if n == 1 {
			return activities.FitCandidateResult{}, temporal.NewNonRetryableApplicationError("closed", closedAttempt, nil)
		}
		return activities.FitCandidateResult{}, nil
	})
	if err != nil || got.Version != "aa" {
		t.Errorf("= %+v, %v, want the second attempt's", got, err)
	}
}
