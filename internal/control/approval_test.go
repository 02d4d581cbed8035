package control_test

import (
	"errors"
	"strings"
	"testing"

	"go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"

	"lfb/internal/control"
	"lfb/internal/lfb"
)

// TestApprovalTerminated: a promotion that somebody terminated says so, by whom and why.
func TestApprovalTerminated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.temporal.status = enums.WORKFLOW_EXECUTION_STATUS_TERMINATED
	w.temporal.history = []*historypb.HistoryEvent{
		{Attributes: &historypb.HistoryEvent_WorkflowExecutionTerminatedEventAttributes{
			WorkflowExecutionTerminatedEventAttributes: &historypb.WorkflowExecutionTerminatedEventAttributes{
				Identity: "jim",
				Reason:   "wrong months",
			},
		}},
	}
	const want = "terminated by jim: wrong months"
	if a, err := w.Approval(t.Context(), "waits"); err != nil || a.Waiting || a.Ended != want {
		t.Errorf("approval = %+v, %v; want it ended: %s", a, err, want)
	}
	_, err := w.Decide(t.Context(), root, control.Decision{ID: "waits", Seen: 2, Update: control.DecideApprove, Why: "x"})
	if !errors.Is(err, lfb.ErrConflict) || !strings.Contains(err.Error(), want) {
		t.Errorf("a decision on it: %v; want a conflict that says %s", err, want)
	}
}
