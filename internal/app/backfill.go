package app

import (
	"context"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"lfb/workflows"
)

// StartReproduce starts making a version again, or finds the one that runs.
func StartReproduce(ctx context.Context, cl client.Client, line, version string) (client.WorkflowRun, error) {
	return cl.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                       workflows.ReproduceID(line, version),
		TaskQueue:                workflows.QueueControl,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		StaticSummary:            "fit " + version + " of " + line + " again",
	}, workflows.Reproduce, workflows.ReproduceInput{Line: line, Version: version})
}
