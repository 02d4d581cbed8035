package gbdt

import (
	"cmp"
	"context"
	"fmt"

	"lfb/internal/ml"
	"lfb/internal/ml/tree"
)

// objectives are those of the ensembles of r: the mean, then the quantiles.
func (r Recipe) objectives() []objective {
	out := []objective{{}}
	for _, q := range r.Quantiles {
		out = append(out, objective{quantile: q})
	}
	return out
}

// fit is the state of one Fit.
type fit struct {
	recipe    Recipe
	opt       ml.Options
	pool      *tree.WorkerPool
	train     ml.Set
	valid     ml.Set
	data      *tree.BinnedMatrix
	validData *tree.BinnedMatrix // valid, binned; nil where there is none
	done      [][]tree.Tree
	resume    checkpoint

	// What the heads use one after the other.
	grower            *tree.Grower
	gradients         []int64 // packed gradients, by row of train
	score, validScore []float64
	leafOf            []uint16
	validLeaf         []uint16
	list, spare       []int32 // rows on their way down a tree
}

// Fit meets ml.Estimator; the result is a *Model.
func (r Recipe) Fit(ctx context.Context, train, valid ml.Set, opt ml.Options) (ml.Model, error) {
	if err := cmp.Or(r.Check(), ml.CheckSets(train, valid)); err != nil {
		return nil, fmt.Errorf("gbdt: %w", err)
	}
	f := &fit{recipe: r.withDefaults(), opt: opt, train: train, valid: valid, pool: tree.NewPool(opt.Threads)}
	defer f.pool.Close()
	if opt.Resume != nil {
		var err error
		if f.resume, err = openCheckpoint(opt.Resume, f); err != nil {
			return nil, fmt.Errorf("gbdt: resume: %w", err)
		}
	}
	if err := f.bin(ctx); err != nil {
		return nil, err
	}
	for k, o := range f.recipe.objectives() {
		trees, err := f.boost(ctx, k, o)
		if err != nil {
			return nil, err
		}
		f.done = append(f.done, trees)
	}
	m, err := newModel(r, train.X.Schema(), f.done)
	if err != nil {
		return nil, err // not m: a nil pointer in an interface is not nil
	}
	return m, nil
}

func (f *fit) bin(ctx context.Context) (err error) {
	cfg := tree.DefaultBins(f.opt.Seed)
	cfg.MaxBins = f.recipe.MaxBins
	if f.data, err = tree.BinMatrix(ctx, f.pool, f.train.X, cfg); err != nil {
		return err
	}
	if f.valid.X.Rows() > 0 {
		f.validData = f.data.EncodeMatrix(f.pool, f.valid.X)
	}
	n := f.data.Rows
	f.gradients, f.score, f.leafOf = make([]int64, n), make([]float64, n), make([]uint16, n)
	m := f.valid.X.Rows()
	f.validScore, f.validLeaf = make([]float64, m), make([]uint16, m)
	f.list, f.spare = make([]int32, max(n, m)), make([]int32, max(n, m))
	f.grower = tree.NewGrower(f.data, f.pool, f.recipe.params(f.data, f.train.X.Schema()), f.gradients)
	return ctx.Err()
}
