package web

import (
	"context"

	"go.uber.org/zap"

	"lfb/internal/ml/randomforest"
	"lfb/internal/registry"
)

// readRelevance reads which columns help a run's models more than chance, of the first
// candidate that has such a report; nil where none has, or where it cannot be read.
func (u *ui) readRelevance(ctx context.Context, cs []registry.Candidate) *randomforest.Report {
	for _, c := range cs {
		if c.Relevance.IsZero() {
			continue
		}
		out := &randomforest.Report{}
		if err := u.readJSON(ctx, c.Relevance, out); err != nil {
			u.Log.Warn("relevance not read", zap.String("run_id", c.RunID), zap.String("candidate", c.Name), zap.Error(err))
			return nil
		}
		return out
	}
	return nil
}
