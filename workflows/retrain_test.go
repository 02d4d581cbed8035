package workflows

import (
	"context"
	"testing"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"lfb/activities"
	"lfb/internal/registry"
)

// TestFitIsTriedAgain lets a fit fail as one whose machine is lost: it is begun
// anew, up to five times.
func TestFitIsTriedAgain(t *testing.T) {
	t.Parallel()
	for failures, want := range map[int]int{0: 1, 4: 5, 9: 5} {
		env := newTestEnvironment()
		env.RegisterActivity(&activities.Activities{})
		var a *activities.Activities
		tried := 0
		env.OnActivity(a.Train, mock.Anything, mock.Anything).Return(func(context.Context,
			activities.TrainInput,
		) (activities.TrainResult, error) {
			if tried++; tried <= failures {
				return activities.TrainResult{}, temporal.NewApplicationError("lost", "machine")
			}
			return activities.TrainResult{}, nil
		})
		env.ExecuteWorkflow(func(ctx workflow.Context) error {
			var err error
			fitAll(ctx, []activities.TrainInput{{Candidate: "gbdt"}}, func(int) {},
				func(_ int, f workflow.Future) { err = f.Get(ctx, nil) })
			return err
		})
		if failed := env.GetWorkflowError() != nil; tried != want || failed != (failures > 4) {
			t.Errorf("a fit that fails %d times was tried %d times and failed = %v, want %d", failures, tried, failed, want)
		}
	}
}

// TestSeedReachesTheFits follows the seed of a retrain into every fit and into the
// comparison.
func TestSeedReachesTheFits(t *testing.T) {
	t.Parallel()
	env := newTestEnvironment()
	env.RegisterActivity(&activities.Activities{})
	var a *activities.Activities
	var seeds []uint64
	env.OnActivity(a.Train, mock.Anything, mock.Anything).Return(func(_ context.Context,
		in activities.TrainInput,
	) (activities.TrainResult, error) {
		seeds = append(seeds, in.Train.Seed)
		return activities.TrainResult{Candidate: in.Candidate}, nil
	})
	env.OnActivity(a.Compare, mock.Anything, mock.Anything).Return(func(_ context.Context,
		in activities.CompareInput,
	) (activities.CompareResult, error) {
		seeds = append(seeds, in.Seed)
		return activities.CompareResult{}, nil
	})
	env.ExecuteWorkflow(func(ctx workflow.Context) error {
		r, err := newRetrain(ctx, RetrainInput{Train: activities.TrainSpec{
			Candidates: []string{"baseline", "gbdt"},
			Seed:       42,
		}})
		if err != nil {
			return err
		}
		seeds = append(seeds, r.record.Seed)
		trained, err := r.train(ctx, activities.PlanResult{})
		if err != nil {
			return err
		}
		_, err = r.compare(ctx, activities.PlanResult{}, trained)
		return err
	})
	if err := env.GetWorkflowError(); err != nil || len(seeds) != 4 {
		t.Fatalf("seeds = %v, %v, want those of the run, two fits and the comparison", seeds, err)
	}
	for _, seed := range seeds {
		if seed != 42 {
			t.Errorf("seeds = %v, want 42 everywhere", seeds)
		}
	}
}

// TestWhatIsRefusedMayServe: a run whose winner is refused promotes what the comparison
// found to serve meanwhile, and where a person is asked, no deadline decides for it.
func TestWhatIsRefusedMayServe(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		compared activities.CompareResult
		asked    string // version that is promoted
		outcome  string
	}{
		{activities.CompareResult{Winner: "v1", Provisional: "v2"}, "v2", OutcomeProvisional},
		{activities.CompareResult{Winner: "v1", Passed: true}, "v1", OutcomePromoted},
		{activities.CompareResult{Winner: "v1"}, "", "refused"},
	} {
		env := newTestEnvironment()
		env.RegisterWorkflow(Promote)
		asked := ""
		env.OnWorkflow(Promote, mock.Anything, mock.Anything).Return(func(_ workflow.Context,
			in PromoteInput,
		) (*PromoteResult, error) {
			asked = in.Version
			in.Spec.After, in.Verdict.Key = AfterPromote, "verdict"
			if in.promotesAfter() != c.compared.Passed {
				t.Errorf("%s: the deadline promotes = %v, want it for what passed alone", in.Version, in.promotesAfter())
			}
			return &PromoteResult{Outcome: OutcomePromoted, Champion: in.Version, Revision: 1}, nil
		})
		var r *retrain
		env.ExecuteWorkflow(func(ctx workflow.Context) (err error) {
			if r, err = newRetrain(ctx, RetrainInput{}); err == nil {
				err = r.promote(ctx, c.compared)
			}
			return err
		})
		if err := env.GetWorkflowError(); err != nil || asked != c.asked || r.result.Outcome != c.outcome ||
			r.result.Champion != c.asked {
			t.Errorf("%+v: promoted %q, outcome %q, %v; want %q, %q", c.compared, asked, r.result.Outcome, err, c.asked,
				c.outcome)
		}
	}
}

// TestWaitingEndsWithTheDecision asks a run what it waits for, while its promotion
// waits for a person and after that has decided.
func TestWaitingEndsWithTheDecision(t *testing.T) {
	t.Parallel()
	env := newTestEnvironment()
	env.RegisterActivity(&activities.Activities{})
	env.RegisterWorkflow(Promote)
	var a *activities.Activities
	var saved []registry.Run
	env.OnActivity(a.SaveRun, mock.Anything, mock.Anything).Return(func(_ context.Context,
		in activities.SaveRunInput,
	) error {
		saved = append(saved, in.Run)
		return nil
	})
	var r *retrain
	meanwhile := ""
	env.OnWorkflow(Promote, mock.Anything, mock.Anything).Return(func(workflow.Context,
		PromoteInput,
	) (*PromoteResult, error) {
		meanwhile = r.progress.waiting
		return &PromoteResult{Outcome: OutcomePromoted, Champion: "v2", Revision: 3}, nil
	})
	env.ExecuteWorkflow(func(ctx workflow.Context) error {
		var err error
		if r, err = newRetrain(ctx, RetrainInput{Promote: PromoteSpec{Approval: true}}); err != nil {
			return err
		}
		return r.promote(ctx, activities.CompareResult{Passed: true, Winner: "v2", Revision: 2})
	})
	if err := env.GetWorkflowError(); err != nil {
		t.Fatal(err)
	}
	if meanwhile == "" || len(saved) != 1 || saved[0].Outcome != OutcomeAwaiting {
		t.Errorf("while it waits it says %q, and saved %+v", meanwhile, saved)
	}
	if r.progress.waiting != "" || r.result.Outcome != OutcomePromoted {
		t.Errorf("after the decision it waits for %q, outcome %q", r.progress.waiting, r.result.Outcome)
	}
}
