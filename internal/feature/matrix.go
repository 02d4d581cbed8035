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
	return s.encodeMatrix(ctx, rows, threads, func(*lfb.Call) *Tables { return &s.Tables })
}

// TrainMatrix encodes the rows that the Spec was fitted on, each with averages
// over the other folds only: a row must not be told its own outcome. Only a Spec
// fresh from Fit can; a decoded one gives lfb.ErrInvalid.
func (s *Spec) TrainMatrix(ctx context.Context, rows Calls, threads int) (ml.Matrix, error) {
	if len(s.folds) != folds {
		return ml.Matrix{}, fmt.Errorf("training matrix of a stored feature spec: %w", lfb.ErrInvalid)
	}
	return s.encodeMatrix(ctx, rows, threads, func(c *lfb.Call) *Tables { return &s.folds[foldOf(c)] })
}

func (s *Spec) encodeMatrix(ctx context.Context, rows Calls, threads int,
	tables func(*lfb.Call) *Tables,
) (ml.Matrix, error) {
	n, width := rows.Len(), s.schema.Width()
	m := ml.NewMatrix(s.schema, n)
	cols := make([][]float64, width)
	for j := range cols {
		cols[j] = m.Col(j)
	}
	err := eachBlock(ctx, n, threads, func(lo, hi int) {
		var c lfb.Call
		var f callFacts
		row := make([]float64, width)
		for i := lo; i < hi; i++ {
			rows.Call(i, &c)
			s.encodeWith(row, &c, tables(&c), &f)
			for j, v := range row {
				cols[j][i] = v
			}
		}
	})
	if err != nil {
		return ml.Matrix{}, err
	}
	return m, nil
}

// block is how many rows a goroutine takes at a time.
const block = 2048

// eachBlock calls fn for the blocks of 0 … n-1, several at a time, until ctx ends.
func eachBlock(ctx context.Context, n, threads int, fn func(lo, hi int)) error {
	var g errgroup.Group
	g.SetLimit(threadsOf(threads))
	for lo := 0; lo < n && ctx.Err() == nil; lo += block {
		g.Go(func() error {
			fn(lo, min(lo+block, n))
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}
