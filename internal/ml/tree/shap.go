package tree

import (
	"runtime"

	"lfb/internal/ml"
)

// PredictContributions writes width+1 values a row: what each column adds, then
// the expectation over the training rows. They sum to Predict's value. They are
// exact Shapley values of the path-dependent kind: a column that is not known
// takes both sides of a split, weighted by the training rows that went there.
//
// For one leaf of value v, let z_i be the share of training rows that meet the
// conditions on its path on column i, and m_i be 1 where the row meets them, else
// 0. Since |T|!(d-|T|-1)!/d! is the integral of t^|T| (1-t)^(d-|T|-1), the sum
// over all sets of columns that defines column j's value is
//
//	v · (m_j - z_j) · ∫₀¹ Π_{i≠j} (m_i·t + z_i·(1-t)) dt
//
// a polynomial of a degree below d, which Gauss's quadrature with d/2 points
// integrates exactly, without the cancellation of the usual recursion: all factors
// are positive. The products grow on the way down; on the way up the leaves below
// a step are added, point by point, with the factors of the steps below only, so that a
// column's share is taken once a step and not once a leaf, from the product that was
// before it. Where a column comes again further down, its new factor takes the place of
// the old one, and what the step above has given it for those leaves is taken back.
//
// Source of the values: Lundberg, Erion & Lee, Consistent individualized feature
// attribution for tree ensembles, 2018; of adding up before taking shares: Yu, Xu,
// Zhu & Wu, Linear TreeShap, 2022.
func (e *Ensemble) PredictContributions(dst []float64, x ml.Matrix) ([]float64, error) {
	if err := ml.CheckWidth(e.Schema, x); err != nil {
		return nil, err
	}
	dst = ml.Sized(dst, x.Rows()*(e.Schema.Width()+1))
	plans := e.plans()
	if x.Rows() < runtime.GOMAXPROCS(0) && plans.leaves >= leavesAside {
		for i := range x.Rows() {
			e.explainAside(plans, dst, x, i)
		}
		return dst, nil
	}
	EachChunk(x.Rows(), x.Rows(), func(lo, hi int) {
		ex := newExplainer(e, plans)
		parts := make([]float64, plans.groups()*ex.width())
		for i := lo; i < hi; i++ {
			ex.row = x.Row(ex.row, i)
			for g := range plans.groups() {
				ex.explain(g, parts[g*ex.width():][:ex.width()])
			}
			e.addUp(dst[i*ex.width():][:ex.width()], parts)
		}
	})
	return dst, nil
}

// A row's contributions are added up group of trees by group, in this order whether
// the groups were explained side by side or not.
const treeGroups = 16

// leavesAside is the number of leaves from which on one row is worth several cores.
const leavesAside = 4096

// explainAside explains row i of x on all cores.
func (e *Ensemble) explainAside(plans plans, dst []float64, x ml.Matrix, i int) {
	pool := NewPool(min(runtime.GOMAXPROCS(0), plans.groups()))
	defer pool.Close()
	width := e.Schema.Width() + 1
	parts := make([]float64, plans.groups()*width)
	explainers := make([]*explainer, pool.Workers())
	pool.Do(plans.groups(), func(worker, g int) {
		ex := explainers[worker]
		if ex == nil {
			ex = newExplainer(e, plans)
			explainers[worker] = ex
			ex.row = x.Row(ex.row, i)
		}
		ex.explain(g, parts[g*width:][:width])
	})
	e.addUp(dst[i*width:][:width], parts)
}

// addUp makes dst the sum, or the mean, of what the groups of trees say.
func (e *Ensemble) addUp(dst, parts []float64) {
	clear(dst)
	for k, v := range parts {
		dst[k%len(dst)] += v
	}
	if e.Average {
		for j := range dst {
			dst[j] /= float64(len(e.Trees))
		}
	}
}

// plans are what explaining needs beside the trees.
type plans struct {
	trees  []plan
	leaves int // of all trees
}

// plan is what explaining a tree needs beside it.
type plan struct {
	expectation float64
	depth       int // of the deepest leaf
	points      int // of the quadrature: half the most columns on a path
	// again says of each node's left child, at twice its number, and of its right one,
	// whether the node's column comes again further down there.
	again []bool
}

func newPlans(trees []Tree, width int) plans {
	p := plans{trees: make([]plan, len(trees))}
	for i := range trees {
		p.trees[i] = newPlan(&trees[i], width)
		p.leaves += trees[i].Leaves()
	}
	return p
}

func (p plans) groups() int { return min(treeGroups, len(p.trees)) }

// group is the first tree of group g and the one after its last.
func (p plans) group(g int) (lo, hi int) {
	n := len(p.trees)
	return g * n / p.groups(), (g + 1) * n / p.groups()
}

// newPlan looks at the whole tree once.
func newPlan(t *Tree, width int) plan {
	p := plan{expectation: t.expectation(), again: make([]bool, 2*len(t.SplitFeature))}
	if len(t.SplitFeature) == 0 {
		return p
	}
	last, most := make([]int, width), 0 // the last step on each column, as in again, or none
	const none = -1
	for j := range last {
		last[j] = none
	}
	var down func(node int32, depth, columns int)
	down = func(node int32, depth, columns int) {
		if node < 0 {
			p.depth, most = max(p.depth, depth), max(most, columns)
			return
		}
		f := t.SplitFeature[node]
		before := last[f]
		if before == none {
			columns++
		} else {
			p.again[before] = true
		}
		last[f] = 2 * int(node)
		down(t.Left[node], depth+1, columns)
		last[f]++
		down(t.Right[node], depth+1, columns)
		last[f] = before
	}
	down(0, 0, 0)
	p.points = (most + 1) / 2
	return p
}

// expectation is the mean value over the training rows.
func (t *Tree) expectation() float64 {
	sum, rows := 0.0, 0.0
	for i, v := range t.LeafValue {
		sum += float64(v * float64(t.LeafCount[i]))
		rows += float64(t.LeafCount[i])
	}
	if rows == 0 {
		return t.LeafValue[0]
	}
	return sum / rows
}

// rows is the number of training rows at a child.
func (t *Tree) rows(child int32) float64 {
	if child < 0 {
		return float64(t.LeafCount[^child])
	}
	return float64(t.InternalCount[child])
}
