package workflows

import (
	"strings"
	"testing"

	commonpb "go.temporal.io/api/common/v1"
	failurepb "go.temporal.io/api/failure/v1"
	"go.temporal.io/sdk/temporal"
)

// TestCauseOfTerminatedChild: a run whose promotion somebody terminated says that, and
// nothing of what Temporal calls it.
func TestCauseOfTerminatedChild(t *testing.T) {
	t.Parallel()
	err := temporal.GetDefaultFailureConverter().FailureToError(&failurepb.Failure{
		FailureInfo: &failurepb.Failure_ChildWorkflowExecutionFailureInfo{ChildWorkflowExecutionFailureInfo: &failurepb.ChildWorkflowExecutionFailureInfo{
			WorkflowType: &commonpb.WorkflowType{Name: "Promote"}, WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: "promote l v2 4"},
		}},
		Cause: &failurepb.Failure{FailureInfo: &failurepb.Failure_TerminatedFailureInfo{TerminatedFailureInfo: &failurepb.TerminatedFailureInfo{}}},
	})
	got := rootCause(err)
	if !strings.HasPrefix(got, "the promotion was terminated") || strings.Contains(got, "workflow") {
		t.Errorf("rootCause(%v) = %q", err, got)
	}
}
