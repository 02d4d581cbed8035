package app

import (
	"context"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"lfb/api/admin"
	"lfb/internal/config"
	"lfb/internal/lfb"
	"lfb/internal/s3"
	"lfb/workflows"
)

// BackfillInput is the backfill that the configuration asks for.
func BackfillInput(c *config.Config, who string) workflows.BackfillInput {
	r := RetrainInput(c, "backfill", who)
	return workflows.BackfillInput{
		Origin: r.Source.Origin(), DataSet: c.Backfill.DataSet, From: c.Backfill.From, To: c.Backfill.To,
		LagDays: c.Backfill.LagDays, Train: r.Train, Policy: r.Policy, Who: who,
	}
}

// StartBackfill starts a backfill. While one of the same origin runs, the error is
// Temporal's "already started".
func StartBackfill(ctx context.Context, cl client.Client, in workflows.BackfillInput) (client.WorkflowRun, error) {
	return cl.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                                       workflows.BackfillID(in.Origin),
		TaskQueue:                                workflows.QueueControl,
		WorkflowIDConflictPolicy:                 enums.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		StaticSummary:                            "backfill " + in.From + " to " + in.To,
	}, workflows.Backfill, in)
}

// StartReproduce starts making a version again, or finds the one that runs.
func StartReproduce(ctx context.Context, cl client.Client, line, version string) (client.WorkflowRun, error) {
	return cl.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                       workflows.ReproduceID(line, version),
		TaskQueue:                workflows.QueueControl,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		StaticSummary:            "fit " + version + " of " + line + " again",
	}, workflows.Reproduce, workflows.ReproduceInput{Line: line, Version: version})
}

// ReadObject reads a stored object.
func ReadObject(ctx context.Context, c *config.Config, ref lfb.Ref) ([]byte, error) {
	bucket, err := s3.Open(ctx, c.S3)
	if err != nil {
		return nil, err
	}
	return bucket.ReadAll(ctx, ref)
}

// Backfill starts the configured backfill over these months.
func (o *operator) Backfill(ctx context.Context, from, to, who string) (admin.Started, error) {
	cl, err := o.client(ctx)
	if err != nil {
		return admin.Started{}, err
	}
	in := BackfillInput(o.config, who)
	in.From, in.To = from, to
	run, err := StartBackfill(ctx, cl, in)
	if err != nil {
		return admin.Started{}, plain(err)
	}
	return admin.Started{WorkflowID: run.GetID(), RunID: run.GetRunID()}, nil
}
