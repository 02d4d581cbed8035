package serve

import (
	"context"
	"fmt"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

// AskRows answers rows of features that a client has encoded itself. Nothing is
// inferred, so nothing is warned of; questions, one a row, are for the log.
func (d *Desk) AskRows(_ context.Context, model *Loaded, x ml.Matrix, questions []Question) ([]Reply, error) {
	if model == nil {
		return nil, fmt.Errorf("no model serves yet: %w", lfb.ErrUnavailable)
	}
	start := time.Now()
	got, err := model.Bundle.PredictRows(x)
	if err != nil {
		return nil, err
	}
	took := Took{Model: time.Since(start)}
	now := d.now().UTC()
	replies := make([]Reply, len(got))
	for i := range replies {
		r := &replies[i]
		r.Call, r.At, r.Model = questions[i].Call, now, model
		r.take(&got[i])
	}
	if err := d.log(replies, questions); err != nil {
		return nil, fmt.Errorf("spool: %w: %w", err, lfb.ErrUnavailable)
	}
	took.Log = time.Since(start) - took.Model
	for i := range replies {
		replies[i].Took = took
	}
	return replies, nil
}
