package app

import (
	"context"
	"iter"
	"time"

	"lfb/activities"
	"lfb/internal/config"
	"lfb/internal/control"
	"lfb/internal/gc"
	"lfb/internal/mysql"
	"lfb/internal/s3"
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
	_, out, err := activities.MarkGC(ctx, a, activities.PlanGCInput{Policy: control.GCPolicy(c.GC), Now: time.Now().UTC()})
	return out, err
}
