package app

import (
	"context"
	"iter"

	"lfb/internal/gc"
	"lfb/internal/s3"
)

// objects is the bucket as housekeeping sees it.
type objects struct{ *s3.Bucket }

// Each gives the objects whose key starts with prefix, in key order.
func (o objects) Each(ctx context.Context, prefix string) iter.Seq2[gc.Item, error] {
	return func(yield func(gc.Item, error) bool) {
		for x, err := range o.List(ctx, prefix) {
			if !yield(gc.Item{ID: x.Key, Bytes: x.Bytes, At: x.StoredAt}, err) {
				return
			}
		}
	}
}
