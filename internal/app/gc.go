package app

import (
	"context"
	"iter"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"lfb/activities"
	"lfb/internal/config"
	"lfb/internal/gc"
	"lfb/internal/mysql"
	"lfb/internal/s3"
	"lfb/workflows"
)

// objects is the bucket as housekeeping sees it.
type objects struct{ *s3.Bucket }

// Each gives the objects whose key starts with prefix, in key order.
func (o objects) Each(ctx context.Context, prefix string) iter.Seq2[gc.Object, error] {
	return func(yield func(gc.Object, error) bool) {
		for x, err := range o.List(ctx, prefix) {
			if !yield(gc.Object{Key: x.Key, Bytes: x.Bytes, StoredAt: x.StoredAt}, err) {
				return
			}
		}
	}
}

// GCPolicy is the retention that the configuration asks for.
func GCPolicy(c config.GC) gc.Policy {
	days := func(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }
	return gc.Policy{
		Keep: days(c.KeepDays), KeepBackfill: days(c.BackfillDays), Versions: c.Versions, DataSets: c.DataSets,
		Predictions: days(c.PredictionDays), Looks: days(c.LookDays), Grace: c.Grace,
	}
}

// MarkGC says what would go now, and removes nothing.
func MarkGC(ctx context.Context, c *config.Config) (activities.PlanGCResult, error) {
	db, err := mysql.Open(ctx, c.MySQL)
	if err != nil {
		return activities.PlanGCResult{}, err
	}
	defer func() { _ = db.Close() }() // only reads
	bucket, err := s3.Open(ctx, c.S3)
	if err != nil {
		return activities.PlanGCResult{}, err
	}
	a := &activities.Activities{Blobs: bucket, Objects: objects{bucket}, DataSets: db, Ledger: db, Backfills: db, Shelves: db}
	_, out, err := activities.MarkGC(ctx, a, activities.PlanGCInput{Policy: GCPolicy(c.GC), Now: time.Now().UTC()})
	return out, err
}

// StartGC starts removing what nothing needs, or finds the one that runs.
func StartGC(ctx context.Context, cl client.Client, c *config.Config, who string) (client.WorkflowRun, error) {
	return cl.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                       workflows.GCID,
		TaskQueue:                workflows.QueueControl,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		StaticSummary:            "remove what nothing needs",
	}, workflows.GC, workflows.GCInput{Policy: GCPolicy(c.GC), Settle: c.GC.Settle, Wait: c.GC.Wait, Who: who})
}
