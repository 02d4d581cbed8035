package tree

import (
	"fmt"
	"runtime"
	"sync"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

// Ensemble is a sum, or an average, of trees over the columns of a schema. It is
// immutable and safe for concurrent use.
type Ensemble struct {
	Trees   []Tree
	Average bool // the mean of the trees, as in a forest; else their sum
	Schema  *ml.Schema

	lanes *lanes // nil where flat is used instead
	flat  *flat
	plans func() plans // made when contributions are asked for first
}

// NewEnsemble checks the trees and prepares them for prediction. It keeps trees:
// do not change them afterwards. Trees that cannot be walked give lfb.ErrInvalid.
func NewEnsemble(schema *ml.Schema, trees []Tree, average bool) (*Ensemble, error) {
	if len(trees) == 0 {
		return nil, fmt.Errorf("ensemble of no trees: %w", lfb.ErrInvalid)
	}
	for i := range trees {
		if err := trees[i].Check(schema.Width()); err != nil {
			return nil, fmt.Errorf("tree %d: %w", i, err)
		}
	}
	e := &Ensemble{Trees: trees, Average: average, Schema: schema}
	e.plans = sync.OnceValue(func() plans { return newPlans(trees, schema.Width()) })
	if l := newLanes(schema.Width(), trees); l != nil {
		e.lanes = l[0]
	} else {
		e.flat = flatten(trees, schema.Width())
	}
	return e, nil
}

// Predict writes one value a row of x to dst, on all cores where there are many
// rows, and returns dst, or a new slice where dst is too short. A row's value
// does not depend on the rows beside it. Another width gives lfb.ErrInvalid.
func (e *Ensemble) Predict(dst []float64, x ml.Matrix) ([]float64, error) {
	if err := ml.CheckWidth(e.Schema, x); err != nil {
		return nil, err
	}
	dst = ml.Sized(dst, x.Rows())
	if x.Rows() == 1 {
		dst[0] = e.predictOne(x)
		return dst, nil
	}
	cost := x.Rows() * len(e.Trees)
	EachChunk(x.Rows(), cost/20_000, func(lo, hi int) { e.predictRows(dst[lo:hi], x.Slice(lo, hi)) })
	return dst, nil
}

// finish turns the sum over the trees into the value.
func (e *Ensemble) finish(sum float64) float64 {
	if e.Average {
		return sum / float64(len(e.Trees))
	}
	return sum
}

// EachChunk calls fn for runs that cover 0 … n-1, at the same time on as many
// cores as there are, but on no more than goroutines.
func EachChunk(n, goroutines int, fn func(lo, hi int)) {
	workers := min(goroutines, runtime.GOMAXPROCS(0), (n+rowsAside-1)/rowsAside)
	if workers <= 1 {
		fn(0, n)
		return
	}
	p := NewPool(workers)
	defer p.Close()
	size := max(rowsAside, (n/(8*workers)+rowsAside-1)/rowsAside*rowsAside)
	p.Chunks(n, min(size, 4096), func(_, lo, hi int) { fn(lo, hi) })
}

// Importance adds the gain and the number of splits of each column to gain and
// splits, which hold one value a column.
func (e *Ensemble) Importance(gain, splits []float64) {
	for i := range e.Trees {
		t := &e.Trees[i]
		for k, f := range t.SplitFeature {
			splits[f]++
			if len(t.SplitGain) > 0 {
				gain[f] += float64(t.SplitGain[k])
			}
		}
	}
}
