package feature

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

// Matrix encodes rows that the Spec was not fitted on: exactly what Encode gives
// for each. It is also right for serving many calls.
func (s *Spec) Matrix(ctx context.Context, rows Calls, threads int) (ml.Matrix, error) {
	return s.matrix(ctx, rows, threads, func(*lfb.Call) *Tables { return &s.Tables })
}

// TrainMatrix encodes the rows that the Spec was fitted on, each with averages
// over the other folds only: a row must not be told its own outcome. Only a Spec
// fresh from Fit can; a decoded one gives lfb.ErrInvalid.
func (s *Spec) TrainMatrix(ctx context.Context, rows Calls, threads int) (ml.Matrix, error) {
	if len(s.folds) != folds {
		return ml.Matrix{}, fmt.Errorf("training matrix of a stored feature spec: %w", lfb.ErrInvalid)
	}
	return s.matrix(ctx, rows, threads, func(c *lfb.Call) *Tables { return &s.folds[foldOf(c)] })
}

// block is how many rows a goroutine encodes at a time.
const block = 2048

func (s *Spec) matrix(ctx context.Context, rows Calls, threads int, tables func(*lfb.Call) *Tables) (ml.Matrix, error) {
	n, width := rows.Len(), s.schema.Width()
	m := ml.NewMatrix(s.schema, n)
	cols := make([][]float64, width)
	for j := range cols {
		cols[j] = m.Col(j)
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(threadsOf(threads))
	for lo := 0; lo < n; lo += block {
		g.Go(func() error {
			var c lfb.Call
			row := make([]float64, width)
			for i := lo; i < min(lo+block, n); i++ {
				rows.Call(i, &c)
				s.encode(row, &c, tables(&c))
				for j, v := range row {
					cols[j][i] = v
				}
			}
			return ctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return ml.Matrix{}, err
	}
	return m, nil
}
