package workflows

import (
	"context"
	"testing"

	"github.com/stretchr/testify/mock"

	"lfb/activities"
	"lfb/internal/registry"
)

// TestJudge hands what it is asked to the activity, with the time of the workflow.
func TestJudge(t *testing.T) {
	t.Parallel()
	env := newTestEnvironment()
	in := JudgeInput{Line: "line", Version: "v7", Policy: registry.Policy{MinRows: 200}, Seed: 3, Who: "jim"}
	env.OnActivity(act.JudgeVersion, mock.Anything, mock.Anything).Return(
		func(_ context.Context, got activities.JudgeVersionInput) (activities.JudgeVersionResult, error) {
			want := activities.JudgeVersionInput{
				Line: in.Line, Version: in.Version, Policy: in.Policy, Seed: in.Seed,
				Who: in.Who, At: got.At,
			}
			if got != want || got.At.IsZero() {
				t.Errorf("JudgeVersion(%+v), want %+v at the workflow's time", got, want)
			}
			return activities.JudgeVersionResult{Passed: true, Summary: "passed"}, nil
		})
	env.ExecuteWorkflow(Judge, in)
	var out activities.JudgeVersionResult
	if err := env.GetWorkflowResult(&out); err != nil || !out.Passed || out.Summary != "passed" {
		t.Errorf("Judge = %+v, %v", out, err)
	}
}
