package workflows

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/mock"
	commonpb "go.temporal.io/api/common/v1"
	failurepb "go.temporal.io/api/failure/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"lfb/activities"
	"lfb/internal/registry"
)

// promotionTerminated is what a workflow is told of a promotion that somebody terminated.
func promotionTerminated() error {
	return temporal.GetDefaultFailureConverter().FailureToError(&failurepb.Failure{
		FailureInfo: &failurepb.Failure_ChildWorkflowExecutionFailureInfo{
			ChildWorkflowExecutionFailureInfo: &failurepb.ChildWorkflowExecutionFailureInfo{
				WorkflowType:      &commonpb.WorkflowType{Name: "Promote"},
				WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: "promote l v2 4"},
			},
		},
		Cause: &failurepb.Failure{FailureInfo: &failurepb.Failure_TerminatedFailureInfo{
			TerminatedFailureInfo: &failurepb.TerminatedFailureInfo{},
		}},
	})
}

// TestCauseOfTerminatedChild: a run whose promotion somebody terminated says that, and
// nothing of what Temporal calls it.
func TestCauseOfTerminatedChild(t *testing.T) {
	t.Parallel()
	got := rootCause(promotionTerminated())
	if !strings.HasPrefix(got, "the promotion was terminated") || strings.Contains(got, "workflow") {
		t.Errorf("rootCause(%v) = %q", promotionTerminated(), got)
	}
}

// TestRunEndsAsItsPromotion: a run whose promotion was terminated ends so too, and its step is
// no failure; it is exported all the same.
func TestRunEndsAsItsPromotion(t *testing.T) {
	t.Parallel()
	env := newTestEnvironment()
	env.RegisterActivity(&activities.Activities{})
	var a *activities.Activities
	var saved registry.Run
	env.OnActivity(a.SaveRun, mock.Anything, mock.Anything).Return(func(_ context.Context,
		in activities.SaveRunInput,
	) error {
		saved = in.Run
		return nil
	})
	env.OnActivity(a.ExportRun, mock.Anything, mock.Anything).Return(activities.ExportResult{Off: true}, nil).Once()
	var r *retrain
	env.ExecuteWorkflow(func(ctx workflow.Context) (err error) {
		if r, err = newRetrain(ctx, RetrainInput{}); err != nil {
			return err
		}
		_, err = r.finish(ctx, r.progress.startStep(ctx, "promote", "").fail(ctx, promotionTerminated()))
		return err
	})
	env.AssertExpectations(t)
	if saved.State != registry.Terminated || saved.Outcome != "terminated" || r.progress.steps[0].State != StepNotRun {
		t.Errorf("the run ended as %s, %q, its step as %s; want terminated, not run", saved.State, saved.Outcome,
			r.progress.steps[0].State)
	}
	if text := r.progress.markdown(); !strings.HasPrefix(text, "**terminated** — the promotion was terminated") {
		t.Errorf("its details are %.200q, want them to begin with how it ended", text)
	}
	r.progress.ended, r.progress.version = "kept", "v1"
	if text := r.progress.markdown(); !strings.HasPrefix(text, "**kept version v1** — ") {
		t.Errorf("its details are %.200q, want them to begin with the version", text)
	}
	if env.GetWorkflowError() == nil {
		t.Error("the workflow completed")
	}
}

// TestMemoByContract: what was started under the first contract sets no memo, as it set none
// when it was recorded.
func TestMemoByContract(t *testing.T) {
	t.Parallel()
	for contract, want := range map[int]int{0: 0, 1: 0, contractNow: 1} {
		env := newTestEnvironment()
		if contract > 0 {
			if err := env.SetMemoOnStart(map[string]any{MemoContract: contract}); err != nil {
				t.Fatal(err)
			}
		}
		set := 0
		env.OnUpsertMemo(mock.Anything).Return(nil).Run(func(args mock.Arguments) {
			if got := args.Get(0).(map[string]any)[memoRun]; got != "the run" {
				t.Errorf("contract %d: memo = %v", contract, got)
			}
			set++
		}).Maybe()
		env.ExecuteWorkflow(func(ctx workflow.Context) error { return noteRun(ctx, "the run") })
		if err := env.GetWorkflowError(); err != nil || set != want {
			t.Errorf("contract %d: the memo was set %d times, %v; want %d", contract, set, err, want)
		}
	}
}
