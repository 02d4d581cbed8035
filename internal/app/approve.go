package app

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"lfb/api/admin"
	"lfb/internal/lfb"
	"lfb/workflows"
)

// queryWait is how long one workflow may take to say where it stands.
const queryWait = 5 * time.Second

// maxWaiting is how many running promotions are looked at.
const maxWaiting = 100

// Waiting lists the promotions that wait for a person. Temporal's list is some
// seconds behind; each is asked itself. One that does not answer is left out.
func (o *operator) Waiting(ctx context.Context) ([]admin.Waiting, error) {
	cl, err := o.client(ctx)
	if err != nil {
		return nil, err
	}
	list, err := cl.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		Namespace: o.config.Temporal.Namespace, PageSize: maxWaiting,
		Query: "WorkflowType = 'Promote' AND ExecutionStatus = 'Running'",
	})
	if err != nil {
		return nil, plain(err)
	}
	var out []admin.Waiting
	for _, e := range list.GetExecutions() {
		w, err := promotionOf(ctx, cl, e.GetExecution().GetWorkflowId())
		if err == nil && w.Waiting {
			out = append(out, w)
		}
	}
	return out, nil
}

// Waits says where one promotion stands.
func (o *operator) Waits(ctx context.Context, id string) (admin.Waiting, error) {
	cl, err := o.client(ctx)
	if err != nil {
		return admin.Waiting{}, err
	}
	w, err := promotionOf(ctx, cl, id)
	return w, plain(err)
}

func promotionOf(ctx context.Context, cl client.Client, id string) (admin.Waiting, error) {
	ctx, cancel := context.WithTimeout(ctx, queryWait)
	defer cancel()
	w := admin.Waiting{ID: id}
	value, err := cl.QueryWorkflow(ctx, id, "", workflows.QueryPromotion)
	if err != nil {
		return w, err
	}
	if err := value.Get(&w.Promotion); err != nil {
		return w, fmt.Errorf("promotion %s: %w: %w", id, err, lfb.ErrNotFound)
	}
	return w, nil
}

// Code gives an administrator a code for one decision from the Temporal Web UI.
func (o *operator) Code(ctx context.Context, who, id string) (string, time.Time, error) {
	text, c, err := o.rights.Issue(ctx, who, id)
	return text, c.ExpiresAt, err
}

// Decide approves or rejects a promotion that waits.
func (o *operator) Decide(ctx context.Context, id, update string, d workflows.Decision) (string, error) {
	cl, err := o.client(ctx)
	if err != nil {
		return "", err
	}
	answer, err := Decide(ctx, cl, o.rights, id, update, d)
	return answer, plain(err)
}
