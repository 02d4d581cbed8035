package workflows

import (
	"strings"
	"testing"

	"go.temporal.io/sdk/workflow"
)

// Temporal's run ids begin with a clock: two of one second differ at the end only.
func TestRunIDEndsAtRandom(t *testing.T) {
	t.Parallel()
	env := newTestEnvironment()
	env.ExecuteWorkflow(func(ctx workflow.Context) (bool, error) {
		id := executionID(ctx)
		whole := workflow.GetInfo(ctx).WorkflowExecution.RunID
		_, end, _ := strings.Cut(id, "-")
		_, end, _ = strings.Cut(end, "-")
		return len(end) == runIDDigits && strings.HasSuffix(whole, end), nil
	})
	var holds bool
	if err := env.GetWorkflowResult(&holds); err != nil || !holds {
		t.Errorf("runID ends as the run's id = %v, %v; want it", holds, err)
	}
}
