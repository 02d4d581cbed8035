package explain

import (
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"lfb/internal/ml"
	"lfb/internal/ml/tree"
)

// Explainer explains the predictions of one ensemble. It is immutable and safe for
// concurrent use.
type Explainer struct {
	ensemble *tree.Ensemble
	plans    func() ensemblePlan // made when contributions are asked for first
}

// New returns an Explainer of e, which tree.NewEnsemble has checked.
func New(e *tree.Ensemble) *Explainer {
	return &Explainer{e, sync.OnceValue(func() ensemblePlan { return newPlans(e.Trees, e.Schema.Width()) })}
}

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
func (e *Explainer) PredictContributions(dst []float64, x ml.Matrix) ([]float64, error) {
	if err := ml.CheckWidth(e.ensemble.Schema, x); err != nil {
		return nil, err
	}
	width := x.Width() + 1
	dst = ml.EnsureLength(dst, x.Rows()*width)
	plans := e.plans()
	if x.Rows() < runtime.GOMAXPROCS(0) && plans.leaves >= manyLeaves {
		for i := range x.Rows() {
			e.explainRow(plans, dst[i*width:][:width], x, i)
		}
		return dst, nil
	}
	tree.EachChunk(x.Rows(), x.Rows(), func(lo, hi int) {
		w := newWalker(e.ensemble, plans)
		parts := make([]float64, plans.groupCount()*width)
		for i := lo; i < hi; i++ {
			w.row = x.Row(w.row, i)
			for g := range plans.groupCount() {
				w.explainGroup(g, parts[g*width:][:width])
			}
			e.sumGroups(dst[i*width:][:width], parts)
		}
	})
	return dst, nil
}

// treeGroups is how many groups of trees a row's contributions are added up by, in this
// order whether the groups were explained at the same time or not.
const treeGroups = 16

// manyLeaves is the number of leaves from which on one row is worth several cores.
const manyLeaves = 4096

// explainRow explains row i of x on all cores.
func (e *Explainer) explainRow(plans ensemblePlan, dst []float64, x ml.Matrix, i int) {
	parts := make([]float64, plans.groupCount()*len(dst))
	workers := min(runtime.GOMAXPROCS(0), plans.groupCount())
	var cores errgroup.Group
	for first := range workers {
		cores.Go(func() error {
			w := newWalker(e.ensemble, plans)
			w.row = x.Row(w.row, i)
			for g := first; g < plans.groupCount(); g += workers {
				w.explainGroup(g, parts[g*len(dst):][:len(dst)])
			}
			return nil
		})
	}
	_ = cores.Wait() // none has errors
	e.sumGroups(dst, parts)
}

// sumGroups writes to dst the sum, or the mean, of the groups' contributions.
func (e *Explainer) sumGroups(dst, parts []float64) {
	clear(dst)
	for k, v := range parts {
		dst[k%len(dst)] += v
	}
	for j := range dst {
		dst[j] = e.ensemble.PredictionFromSum(dst[j])
	}
}

// ensemblePlan is what does not depend on the row: it is computed once for all rows.
type ensemblePlan struct {
	trees  []treePlan
	leaves int // of all trees
}

// treePlan is the part of an ensemblePlan that concerns one tree.
type treePlan struct {
	expectation float64
	depth       int // of the deepest leaf
	points      int // of the quadrature: half the most columns on a path
	// splitAgain says of each node's left child, at twice its number, and of its right one,
	// whether the node's column comes again further down there.
	splitAgain []bool
}

func newPlans(trees []tree.Tree, width int) ensemblePlan {
	p := ensemblePlan{trees: make([]treePlan, len(trees))}
	for i := range trees {
		p.trees[i] = newTreePlan(&trees[i], width)
		p.leaves += trees[i].NumLeaves()
	}
	return p
}

func (p ensemblePlan) groupCount() int { return min(treeGroups, len(p.trees)) }

// groupRange returns the first tree of group g and the one after its last.
func (p ensemblePlan) groupRange(g int) (lo, hi int) {
	n := len(p.trees)
	return g * n / p.groupCount(), (g + 1) * n / p.groupCount()
}

// newTreePlan walks the whole tree once.
func newTreePlan(t *tree.Tree, width int) treePlan {
	p := treePlan{expectation: expectedValue(t), splitAgain: make([]bool, 2*len(t.SplitFeature))}
	if len(t.SplitFeature) == 0 {
		return p
	}
	last, most := make([]int, width), 0 // the last step on each column, as in splitAgain, or none
	const none = -1
	for j := range last {
		last[j] = none
	}
	var descend func(node int32, depth, columns int)
	descend = func(node int32, depth, columns int) {
		if node < 0 {
			p.depth, most = max(p.depth, depth), max(most, columns)
			return
		}
		f := t.SplitFeature[node]
		before := last[f]
		if before == none {
			columns++
		} else {
			p.splitAgain[before] = true
		}
		last[f] = 2 * int(node)
		descend(t.Left[node], depth+1, columns)
		last[f]++
		descend(t.Right[node], depth+1, columns)
		last[f] = before
	}
	descend(0, 0, 0)
	p.points = (most + 1) / 2
	return p
}

// expectedValue is the mean value over the training rows.
func expectedValue(t *tree.Tree) float64 {
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

// trainingRows returns the number of training rows at a child.
func trainingRows(t *tree.Tree, child int32) float64 {
	if child < 0 {
		return float64(t.LeafCount[^child])
	}
	return float64(t.InternalCount[child])
}
