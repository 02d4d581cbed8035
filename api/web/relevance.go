package web

import (
	"context"

	"go.uber.org/zap"

	"lfb/internal/ml/randomforest"
	"lfb/internal/registry"
)

// relevance is which columns help a run's models more than chance.
type relevance struct {
	randomforest.Report
	Columns []relevantColumn
}

// relevantColumn is one column's verdict; Share of the forests had it beat all shuffled
// copies.
type relevantColumn struct {
	randomforest.Relevance
	Name  string
	Share float64
}

// relevance reads the report of the first candidate that has one; nil where none has, or
// where it cannot be read.
func (u *ui) relevance(ctx context.Context, cs []registry.Candidate) *relevance {
	for _, c := range cs {
		if c.Relevance.IsZero() {
			continue
		}
		out := &relevance{}
		if err := u.readJSON(ctx, c.Relevance, &out.Report); err != nil {
			u.Log.Warn("relevance not read", zap.String("run_id", c.RunID), zap.String("candidate", c.Name), zap.Error(err))
			return nil
		}
		for _, c := range out.Report.Columns {
			out.Columns = append(out.Columns, relevantColumn{c, inline(c.Column), float64(c.Hits) / float64(max(c.Cycles, 1))})
		}
		return out
	}
	return nil
}
