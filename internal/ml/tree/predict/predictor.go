package predict

import (
	"sync"

	"lfb/internal/ml"
	"lfb/internal/ml/tree"
)

// Predictor predicts for ensembles over the columns of one schema. It is immutable and
// safe for concurrent use.
type Predictor struct {
	ensembles []*tree.Ensemble
	compiled  []*compiledEnsemble // nil for those that are walked as they are
	pool      *sync.Pool          // of *outcomes: 64 KiB that a single row must not allocate
}

// New prepares ensembles, at least one, which tree.NewEnsemble has checked. They are
// evaluated together where that is possible, so that a row costs its conditions once.
func New(ensembles ...*tree.Ensemble) *Predictor {
	p := &Predictor{ensembles: ensembles, compiled: compileEnsembles(ensembles...)}
	p.pool = &sync.Pool{New: func() any { return new(rowOutcomes) }}
	if p.compiled == nil { // too much to share, which each alone may not be
		p.compiled = make([]*compiledEnsemble, len(ensembles))
		for k, e := range ensembles {
			if alone := compileEnsembles(e); alone != nil {
				p.compiled[k] = alone[0]
			}
		}
	}
	return p
}

// SliceEnsembles returns the predictor of ensembles from ≤ k < to.
func (p *Predictor) SliceEnsembles(from, to int) *Predictor {
	return &Predictor{ensembles: p.ensembles[from:to], compiled: p.compiled[from:to], pool: p.pool}
}

// Predict writes one value a row and ensemble to dst, row by row, on all cores where there
// are many rows, and returns dst, or a new slice where it has no room. A row's values do not
// depend on the rows beside it. Another width gives lfb.ErrInvalid.
func (p *Predictor) Predict(dst []float64, x ml.Matrix) ([]float64, error) {
	if err := ml.CheckWidth(p.ensembles[0].Schema, x); err != nil {
		return nil, err
	}
	m := len(p.ensembles)
	dst = ml.EnsureLength(dst, x.Rows()*m)
	if x.Rows() == 1 {
		p.predictRows(dst, x) // without a function to allocate
		return dst, nil
	}
	cost := x.Rows() * m * len(p.ensembles[0].Trees)
	tree.EachChunk(x.Rows(), cost/20_000, func(lo, hi int) { p.predictRows(dst[lo*m:hi*m], x.Slice(lo, hi)) })
	return dst, nil
}

// stackRow is the length of a row that needs no allocation.
const stackRow = 256

// predictRows is Predict on one core.
func (p *Predictor) predictRows(dst []float64, x ml.Matrix) {
	out := p.pool.Get().(*rowOutcomes)
	defer p.pool.Put(out)
	var stack [stackRow]float64
	buf := stack[:]
	if x.Width() > stackRow {
		buf = make([]float64, x.Width())
	}
	for i := range x.Rows() {
		row := x.Row(buf[:x.Width()], i)
		var evaluated *conditionTable
		for k, e := range p.ensembles {
			c, sum := p.compiled[k], 0.0
			switch {
			case c == nil:
				sum = sumTrees(e.Trees, row)
			case c.conditionTable != evaluated:
				evaluated = c.conditionTable
				evaluated.evaluateRow(out, row)
				fallthrough
			default:
				sum = c.sumTrees(out)
			}
			dst[i*len(p.ensembles)+k] = e.PredictionFromSum(sum)
		}
	}
}

// sumTrees adds up the trees, walked as they are.
func sumTrees(trees []tree.Tree, row []float64) float64 {
	sum := 0.0
	for k := range trees {
		sum += trees[k].LeafValue[trees[k].FindLeaf(row)]
	}
	return sum
}

// FindLeaves writes the leaf of each tree of the first ensemble that row i of x reaches to dst,
// which holds one number a tree. x has the columns of the schema.
func (p *Predictor) FindLeaves(dst []int32, x ml.Matrix, i int) {
	var stack [stackRow]float64
	buf := stack[:]
	if x.Width() > stackRow {
		buf = make([]float64, x.Width())
	}
	row := x.Row(buf[:x.Width()], i)
	if p.compiled[0] == nil {
		for k := range p.ensembles[0].Trees {
			dst[k] = int32(p.ensembles[0].Trees[k].FindLeaf(row))
		}
		return
	}
	out := p.pool.Get().(*rowOutcomes)
	defer p.pool.Put(out)
	p.compiled[0].evaluateRow(out, row)
	p.compiled[0].findLeaves(dst, out)
}
