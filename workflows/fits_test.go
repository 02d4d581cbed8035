package workflows

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"lfb/activities"
)

// fitInOrder fits the inputs, with a worker for each, and returns what began and ended, in
// order. All of them must end.
func fitInOrder(t *testing.T, inputs []activities.TrainInput, fit func(candidate string) error) []string {
	t.Helper()
	env := newTestEnvironment()
	env.RegisterActivity(&activities.Activities{})
	var mu sync.Mutex
	var order []string
	say := func(what string) {
		mu.Lock()
		defer mu.Unlock()
		order = append(order, what)
	}
	var a *activities.Activities
	env.OnActivity(a.Train, mock.Anything, mock.Anything).Return(func(_ context.Context,
		in activities.TrainInput,
	) (activities.TrainResult, error) {
		say("begin " + in.Candidate)
		defer say("end " + in.Candidate)
		return activities.TrainResult{}, fit(in.Candidate)
	})
	ended := 0
	env.ExecuteWorkflow(func(ctx workflow.Context) error {
		fitAll(ctx, inputs, func(int) {}, func(int, workflow.Future) { ended++ })
		return nil
	})
	if err := env.GetWorkflowError(); err != nil || ended != len(inputs) {
		t.Fatalf("%d candidates ended, %v, want %d", ended, err, len(inputs))
	}
	return order
}

// TestBlendWaitsForItsMembers fits a blend beside its members, the slowest of which
// ends after the others and then fails: the blend begins when the last has ended, and what it
// is not made of does not hold it up.
func TestBlendWaitsForItsMembers(t *testing.T) {
	t.Parallel()
	blended := make(chan struct{})
	var quicker sync.WaitGroup // the members that end before the slowest
	quicker.Add(2)
	var inputs []activities.TrainInput
	for _, name := range []string{"blend", "baseline", "linear", "randomforest", "forest", "gbdt"} {
		inputs = append(inputs, activities.TrainInput{Candidate: name})
	}
	order := fitInOrder(t, inputs, func(candidate string) error {
		switch candidate {
		case "randomforest":
			<-blended
		case "gbdt":
			quicker.Wait()
			return temporal.NewNonRetryableApplicationError("no", "permanent", nil)
		case "linear", "forest":
			quicker.Done()
		case "blend":
			close(blended)
		}
		return nil
	})
	at := slices.Index(order, "begin blend")
	for _, name := range []string{"linear", "forest", "gbdt"} {
		if end := slices.Index(order, "end "+name); end > at {
			t.Errorf("%s ended after the blend began: %q", name, order)
		}
	}
}

// TestBlendWithoutItsMembers begins at once: nothing in the run will fit them for it.
func TestBlendWithoutItsMembers(t *testing.T) {
	t.Parallel()
	fitInOrder(t, []activities.TrainInput{{Candidate: "blend"}, {Candidate: "baseline"}},
		func(string) error { return nil })
}

// TestDearFitsBeginAfterTheBaselines has more workers than candidates: each fit begins as soon
// as it is queued, and no order within the queue helps a baseline that the last worker is
// taken from. One baseline fails; that holds up nobody.
func TestDearFitsBeginAfterTheBaselines(t *testing.T) {
	t.Parallel()
	linear := make(chan struct{})
	var inputs []activities.TrainInput
	for _, name := range []string{
		"forest", "gbdt", "randomforest", "gbdt-tuned", "linear", "baseline", "baseline-mean",
		"baseline-median", "blend",
	} {
		in := activities.TrainInput{Candidate: name}
		if name == "gbdt-tuned" {
			in.Base = "gbdt"
		}
		inputs = append(inputs, in)
	}
	order := fitInOrder(t, inputs, func(candidate string) error {
		switch candidate {
		case "linear":
			close(linear)
		case "baseline-mean":
			<-linear // which does not wait for the baselines
		case "baseline":
			return temporal.NewNonRetryableApplicationError("no", "permanent", nil)
		}
		return nil
	})
	for _, dear := range []string{"forest", "gbdt", "randomforest", "gbdt-tuned"} {
		for _, cheap := range []string{"baseline", "baseline-mean", "baseline-median"} {
			if slices.Index(order, "begin "+dear) < slices.Index(order, "end "+cheap) {
				t.Errorf("%s began before %s ended: %q", dear, cheap, order)
			}
		}
	}
}
