package app

import (
	"context"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"lfb/internal/registry"
	"lfb/workflows"
)

// StartRetrain starts a retrain under the line's one workflow id. While one
// runs, the error is Temporal's "already started".
func StartRetrain(ctx context.Context, cl client.Client, in workflows.RetrainInput) (client.WorkflowRun, error) {
	line := in.Source.Origin().Line()
	return cl.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                                       workflows.RetrainID(line),
		TaskQueue:                                workflows.QueueControl,
		WorkflowIDConflictPolicy:                 enums.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		StaticSummary:                            "retrain of " + line + " (" + in.Trigger + ")",
	}, workflows.Retrain, in)
}

// StartPromote starts one promotion or rollback.
func StartPromote(ctx context.Context, cl client.Client, in workflows.PromoteInput) (client.WorkflowRun, error) {
	return cl.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                       workflows.PromoteID(in.Line, in.Version, in.Seen),
		TaskQueue:                workflows.QueueControl,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		StaticSummary:            in.Kind + " " + in.Version + " of " + in.Line + " by " + in.Who,
	}, workflows.Promote, in)
}

// Decide sends an approval or a rejection to a promotion that waits, and returns
// what it answered. update is workflows.UpdateApprove or UpdateReject. The caller
// has made sure that it is d.Who who decides: a code is issued for this.
func Decide(ctx context.Context, cl client.Client, r registry.Rights, workflowID, update string, d workflows.Decision) (string, error) {
	code, _, err := r.Issue(ctx, d.Who, workflowID)
	if err != nil {
		return "", err
	}
	d.Code = code
	h, err := cl.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: workflowID, UpdateName: update, Args: []any{d}, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err != nil {
		return "", err
	}
	var answer string
	return answer, h.Get(ctx, &answer)
}
