package app

import (
	"context"

	"go.temporal.io/sdk/client"

	"lfb/api/web"
	"lfb/workflows"
)

// progress asks a run's workflow where its steps stand. The client connects
// with the first question, so that the API starts without Temporal.
type progress struct{ client client.Client }

// Steps asks one workflow; a closed one answers too, while Temporal keeps it.
func (p progress) Steps(ctx context.Context, workflowID, workflowRunID string) ([]web.Step, error) {
	value, err := p.client.QueryWorkflow(ctx, workflowID, workflowRunID, workflows.QueryProgress)
	if err != nil {
		return nil, err
	}
	var got workflows.Progress
	if err := value.Get(&got); err != nil {
		return nil, err
	}
	out := make([]web.Step, len(got.Steps))
	for i, s := range got.Steps {
		out[i] = web.Step{Name: s.Name, State: string(s.State), Detail: s.Detail, Started: s.Started, Ended: s.Ended}
	}
	return out, nil
}
