package tree

import (
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
// a step are added, point by point, so that a column's share is taken once a step
// and not once a leaf. Where a column comes again further down, what the step
// above has given it for those leaves is taken back.
//
// Source of the values: Lundberg, Erion & Lee, Consistent individualized feature
// attribution for tree ensembles, 2018; of adding up before taking shares: Yu, Xu,
// Zhu & Wu, Linear TreeShap, 2022.
func (e *Ensemble) PredictContributions(dst []float64, x ml.Matrix) ([]float64, error) {
	if err := ml.CheckWidth(e.Schema, x); err != nil {
		return nil, err
	}
	width := e.Schema.Width()
	dst = Resize(dst, x.Rows()*(width+1))
	clear(dst)
	plans := e.plans()
	EachChunk(x.Rows(), x.Rows(), func(lo, hi int) {
		ex := newExplainer(width, plans)
		for i := lo; i < hi; i++ {
			ex.explain(e, dst[i*(width+1):(i+1)*(width+1)], x.Row(ex.row, i))
		}
	})
	return dst, nil
}

// plan is what explaining a tree needs beside it.
type plan struct {
	expectation float64
	depth       int // of the deepest leaf
	points      int // of the quadrature: half the most columns on a path
}

// newPlan looks at the whole tree once.
func newPlan(t *Tree, width int) plan {
	p := plan{expectation: t.expectation()}
	if len(t.SplitFeature) == 0 {
		return p
	}
	on, most := make([]int32, width), 0
	var down func(node int32, depth, columns int)
	down = func(node int32, depth, columns int) {
		if node < 0 {
			p.depth, most = max(p.depth, depth), max(most, columns)
			return
		}
		f := t.SplitFeature[node]
		if on[f]++; on[f] == 1 {
			columns++
		}
		down(t.Left[node], depth+1, columns)
		down(t.Right[node], depth+1, columns)
		on[f]--
	}
	down(0, 0, 0)
	p.points = (most + 1) / 2
	return p
}

// step is the state of one column on the path from the root to where the explainer
// is; a column that is not on it has all its (no) conditions met, by all rows.
type step struct {
	met     bool      // the row meets all its conditions
	z       float64   // share of training rows that meet them
	inverse []float64 // of the factor, point by point; nil where the column is not on the path
}

// level is what a place on the path has of each quadrature point.
type level struct {
	product []float64 // of the weight and the factors of all columns on the path
	inverse []float64 // of the factor of the column stepped on
	sum     []float64 // of values times products, of all leaves below
}

// explainer walks all leaves of a tree for one row.
type explainer struct {
	t       *Tree
	values  []float64 // the row's
	out     []float64
	row     []float64 // scratch for a Matrix's row
	columns []step
	levels  []level
	rule    *quadrature
	rules   []*quadrature // by number of points
	plans   []plan
}

func newExplainer(width int, plans []plan) *explainer {
	depth, points := 0, 0
	for _, p := range plans {
		depth, points = max(depth, p.depth), max(points, p.points)
	}
	ex := &explainer{
		row: make([]float64, width), columns: make([]step, width), levels: make([]level, depth+1),
		rules: make([]*quadrature, points+1), plans: plans,
	}
	for j := range ex.columns {
		ex.columns[j] = step{met: true, z: 1}
	}
	room := make([]float64, 3*points*len(ex.levels))
	cut := func() (part []float64) {
		part, room = room[:points:points], room[points:]
		return part
	}
	for i := range ex.levels {
		ex.levels[i] = level{cut(), cut(), cut()}
	}
	return ex
}

// explain adds the contributions of one row to out.
func (ex *explainer) explain(e *Ensemble, out, row []float64) {
	ex.out, ex.values = out, row
	for i, p := range ex.plans {
		ex.t = &e.Trees[i]
		out[len(out)-1] += p.expectation
		if p.points > 0 {
			ex.ready(p.points)
			ex.node(0, 0)
		}
	}
	if e.Average {
		for j := range out {
			out[j] /= float64(len(e.Trees))
		}
	}
}

// ready chooses the rule, whose weights are the products before the first step.
func (ex *explainer) ready(points int) {
	if ex.rules[points] == nil {
		q := newQuadrature(points)
		ex.rules[points] = &q
	}
	ex.rule = ex.rules[points]
	copy(ex.levels[0].product, ex.rule.weight)
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

// node goes to both children of an internal node and adds up their sums.
func (ex *explainer) node(n int32, depth int) {
	t := ex.t
	column := t.SplitFeature[n]
	left := t.GoesLeft(int(n), ex.values[column])
	l, r := t.rows(t.Left[n]), t.rows(t.Right[n])
	clear(ex.levels[depth].sum[:len(ex.rule.at)])
	if l+r == 0 {
		return
	}
	ex.child(t.Left[n], column, depth, l/(l+r), left)
	ex.child(t.Right[n], column, depth, r/(l+r), !left)
}

// child steps on to a child, gives the column its share of what is below, and adds
// that to the node's sum.
func (ex *explainer) child(c, column int32, depth int, share float64, met bool) {
	was := &ex.columns[column]
	if !was.met { // not met already: the column's share of these leaves is given
		if share > 0 {
			ex.scale(depth, share)
			ex.below(c, depth+1)
			ex.add(depth)
		}
		return
	}
	now := step{met: met, z: was.z * share, inverse: ex.levels[depth+1].inverse}
	if now.z == 0 && !met {
		return // adds nothing, known or not
	}
	ex.enter(depth, now, was.inverse)
	before := *was
	*was = now
	ex.below(c, depth+1)
	*was = before
	sum := ex.levels[depth+1].sum
	if met {
		ex.out[column] += float64((1 - now.z) * dot(sum, now.inverse[:len(ex.rule.at)]))
	} else {
		ex.out[column] -= dot(sum, ex.rule.away)
	}
	if before.inverse != nil {
		ex.out[column] -= float64((1 - before.z) * dot(sum, before.inverse[:len(ex.rule.at)]))
	}
	ex.add(depth)
}

// below fills the sum of the level at depth, for a leaf or for what is under a node.
func (ex *explainer) below(c int32, depth int) {
	if c >= 0 {
		ex.node(c, depth)
		return
	}
	v, l := ex.t.LeafValue[^c], &ex.levels[depth]
	sum := l.sum[:len(ex.rule.at)]
	for k, p := range l.product[:len(sum)] {
		sum[k] = v * p
	}
}

// scale makes the next level's products where the column was not met before: its
// factor shrinks by the share.
func (ex *explainer) scale(depth int, share float64) {
	before := ex.levels[depth].product[:len(ex.rule.at)]
	product := ex.levels[depth+1].product[:len(before)]
	for k, p := range before {
		product[k] = p * share
	}
}

// enter makes the next level's products with the factor of now, in place of the one
// whose inverse is old, where there is one.
func (ex *explainer) enter(depth int, now step, old []float64) {
	at := ex.rule.at
	before := ex.levels[depth].product[:len(at)]
	product := ex.levels[depth+1].product[:len(at)]
	if now.met {
		inverse := now.inverse[:len(at)]
		for k, t := range at {
			f := t + float64(now.z*(1-t))
			product[k] = before[k] * f
			inverse[k] = 1 / f
		}
	} else {
		for k, t := range at {
			product[k] = before[k] * (now.z * (1 - t))
		}
	}
	if old != nil {
		for k, f := range old[:len(product)] {
			product[k] *= f
		}
	}
}

// add adds the sum of the level after depth to that of depth.
func (ex *explainer) add(depth int) {
	from := ex.levels[depth+1].sum[:len(ex.rule.at)]
	to := ex.levels[depth].sum[:len(from)]
	for k, v := range from {
		to[k] += v
	}
}

// dot is the sum of the products of a's and b's values; b's length counts.
func dot(a, b []float64) float64 {
	sum := 0.0
	for k, v := range a[:len(b)] {
		sum += float64(v * b[k])
	}
	return sum
}
