package workflows

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"lfb/internal/registry"
)

// ScheduledRetrain is what a schedule starts, since a schedule gives every start an id
// of its own: it starts Retrain under the line's one id and waits for it. Where
// one is running already it ends at once and says so.
func ScheduledRetrain(ctx workflow.Context, in RetrainInput) (*RetrainResult, error) {
	cctx := withChildOptions(ctx, RetrainID(in.Source.Origin().Line()), "retrain on schedule", true)
	var out RetrainResult
	err := workflow.ExecuteChildWorkflow(cctx, Retrain, in).Get(ctx, &out)
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return &RetrainResult{
			State: registry.Unchanged, Outcome: "skipped",
			Reason: "a retrain of this line is running already",
		}, nil
	}
	if err != nil {
		return nil, err
	}
	return &out, nil
}
