package tree

import (
	"fmt"
	"runtime"

	"golang.org/x/sync/errgroup"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

// Ensemble is a sum, or an average, of trees over the columns of a schema: packages
// predict and explain answer from it.
type Ensemble struct {
	Trees   []Tree
	Average bool // the mean of the trees, as in a forest; else their sum
	Schema  *ml.Schema
}

// NewEnsemble checks the trees and keeps them: do not change them afterwards. Trees that
// cannot be walked give lfb.ErrInvalid.
func NewEnsemble(schema *ml.Schema, trees []Tree, average bool) (*Ensemble, error) {
	if len(trees) == 0 {
		return nil, fmt.Errorf("ensemble of no trees: %w", lfb.ErrInvalid)
	}
	for i := range trees {
		if err := trees[i].Check(schema.Width()); err != nil {
			return nil, fmt.Errorf("tree %d: %w", i, err)
		}
	}
	return &Ensemble{Trees: trees, Average: average, Schema: schema}, nil
}

// PredictionFromSum turns the sum over the trees into what the ensemble predicts.
func (e *Ensemble) PredictionFromSum(sum float64) float64 {
	if e.Average {
		return sum / float64(len(e.Trees))
	}
	return sum
}

// LeavesValue is what the ensemble predicts for a row that reaches these leaves, one of
// each tree.
func (e *Ensemble) LeavesValue(leaves []int32) float64 {
	s := 0.0
	for t, leaf := range leaves {
		s += e.Trees[t].LeafValue[leaf]
	}
	return e.PredictionFromSum(s)
}

// Importance returns the gain and the number of splits of each column.
func (e *Ensemble) Importance() (gain, splits []float64) {
	gain, splits = make([]float64, e.Schema.Width()), make([]float64, e.Schema.Width())
	for i := range e.Trees {
		t := &e.Trees[i]
		for k, f := range t.SplitFeature {
			splits[f]++
			if len(t.SplitGain) > 0 {
				gain[f] += float64(t.SplitGain[k])
			}
		}
	}
	return gain, splits
}

// chunkRows is the least number of rows that another core is worth asking for.
const chunkRows = 64

// EachChunk calls fn for runs that cover 0 … n-1, at the same time on as many
// cores as there are, but on no more than goroutines.
func EachChunk(n, goroutines int, fn func(lo, hi int)) {
	workers := min(goroutines, runtime.GOMAXPROCS(0), (n+chunkRows-1)/chunkRows)
	if workers <= 1 {
		fn(0, n)
		return
	}
	size := min(max(chunkRows, n/(8*workers)), 4096)
	var group errgroup.Group
	group.SetLimit(workers)
	for lo := 0; lo < n; lo += size {
		group.Go(func() error {
			fn(lo, min(lo+size, n))
			return nil
		})
	}
	_ = group.Wait() // fn has no errors
}
