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
// integrates exactly, without the cancellation of the usual recursion: all terms
// are positive. The products grow along the path, so that a leaf costs d/2 steps
// for each column that the row meets.
//
// Source of the values: Lundberg, Erion & Lee, Consistent individualized feature
// attribution for tree ensembles, 2018.
func (e *Ensemble) PredictContributions(dst []float64, x ml.Matrix) ([]float64, error) {
	if err := ml.CheckWidth(e.Schema, x); err != nil {
		return nil, err
	}
	width := e.Schema.Width()
	dst = Resize(dst, x.Rows()*(width+1))
	clear(dst)
	EachChunk(x.Rows(), x.Rows(), func(lo, hi int) {
		ex := explainer{slot: make([]int32, width), row: make([]float64, width)}
		for i := lo; i < hi; i++ {
			ex.explain(e, dst[i*(width+1):(i+1)*(width+1)], x.Row(ex.row, i))
		}
	})
	return dst, nil
}

// pathColumn is a column on the path from the root to where the explainer is.
type pathColumn struct {
	column int32
	level  int32   // whose factor is the column's
	met    bool    // the row meets all its conditions
	z      float64 // share of training rows that meet them
}

// level is what a step along the path makes of each quadrature point.
type level struct {
	product []float64 // of the factors of all columns on the path
	inverse []float64 // of the factor of the column stepped on
}

// explainer walks all leaves of a tree for one row.
type explainer struct {
	t      *Tree
	values []float64 // the row's
	out    []float64
	row    []float64 // scratch for a Matrix's row
	path   []pathColumn
	slot   []int32 // 1 + place in path of each column; 0 is not on it
	levels []level
	depth  int // of the level that the path has reached
	rule   quadrature
	rules  []quadrature // by number of points
	leafW  []float64    // scratch
}

// explain adds the contributions of one row to out.
func (ex *explainer) explain(e *Ensemble, out, row []float64) {
	ex.out, ex.values = out, row
	for i := range e.Trees {
		ex.t = &e.Trees[i]
		out[len(out)-1] += ex.t.expectation()
		if len(ex.t.SplitFeature) > 0 {
			ex.ready(ex.t.Depth())
			ex.node(0)
		}
	}
	if e.Average {
		for j := range out {
			out[j] /= float64(len(e.Trees))
		}
	}
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

// node goes to both children of an internal node.
func (ex *explainer) node(n int32) {
	t := ex.t
	column := t.SplitFeature[n]
	left := t.GoesLeft(int(n), ex.values[column])
	l, r := t.rows(t.Left[n]), t.rows(t.Right[n])
	if l+r == 0 {
		return
	}
	ex.child(t.Left[n], column, l/(l+r), left)
	ex.child(t.Right[n], column, r/(l+r), !left)
}

// child puts a condition on the path, or into the column's that is there, goes
// on, and takes it off again.
func (ex *explainer) child(c, column int32, share float64, met bool) {
	at := int(ex.slot[column]) - 1
	was := pathColumn{column: column, met: true, z: 1}
	if at >= 0 {
		was = ex.path[at]
	}
	now := pathColumn{column, int32(ex.depth + 1), was.met && met, was.z * share}
	if now.z == 0 && !now.met {
		return // adds nothing, known or not
	}
	if at < 0 {
		ex.path = append(ex.path, now)
		ex.slot[column] = int32(len(ex.path))
	} else {
		ex.path[at] = now
	}
	ex.step(&now, at >= 0, was.level)
	ex.depth++
	if c >= 0 {
		ex.node(c)
	} else if v := ex.t.LeafValue[^c]; v != 0 {
		ex.leaf(v)
	}
	ex.depth--
	if at < 0 {
		ex.path = ex.path[:len(ex.path)-1]
		ex.slot[column] = 0
	} else {
		ex.path[at] = was
	}
}

// step makes the next level: the products with the factor of c, in place of the
// one that the column had at level old, where it had one.
func (ex *explainer) step(c *pathColumn, replaces bool, old int32) {
	n := len(ex.rule.at)
	product := ex.levels[ex.depth+1].product[:n]
	inverse := ex.levels[ex.depth+1].inverse[:n]
	before := ex.levels[ex.depth].product[:n]
	met := 0.0
	if c.met {
		met = 1
	}
	for k, t := range ex.rule.at {
		f := float64(met*t) + float64(c.z*(1-t))
		product[k] = before[k] * f
		inverse[k] = 1 / f
	}
	if replaces {
		for k, f := range ex.levels[old].inverse[:n] {
			product[k] *= f
		}
	}
}

// leaf adds what a leaf of value v gives to the columns on its path.
func (ex *explainer) leaf(v float64) {
	n := len(ex.rule.at)
	w, product := ex.leafW[:n], ex.levels[ex.depth].product[:n]
	lost := 0.0
	for k, weight := range ex.rule.weight {
		w[k] = weight * product[k]
		lost += float64(w[k] * ex.rule.away[k])
	}
	lost *= v
	for i := range ex.path {
		c := &ex.path[i]
		if !c.met { // z_j leaves (m_j - z_j) over the factor z_j·(1-t)
			ex.out[c.column] -= lost
			continue
		}
		sum := 0.0
		for k, f := range ex.levels[c.level].inverse[:n] {
			sum += float64(w[k] * f)
		}
		ex.out[c.column] += float64(v * (1 - c.z) * sum)
	}
}

// ready makes room and chooses the rule for a tree of the given depth.
func (ex *explainer) ready(depth int) {
	points := (depth + 1) / 2
	for n := len(ex.rules); n <= points; n++ {
		ex.rules = append(ex.rules, quadrature{})
	}
	if ex.rules[points].at == nil {
		ex.rules[points] = newQuadrature(points)
	}
	ex.rule = ex.rules[points]
	if len(ex.levels) <= depth || len(ex.leafW) < points {
		ex.levels = make([]level, depth+1)
		for i := range ex.levels {
			ex.levels[i] = level{make([]float64, points), make([]float64, points)}
		}
		ex.leafW = make([]float64, points)
	}
	first := ex.levels[0].product
	for k := range first {
		first[k] = 1
	}
	ex.depth = 0
}

// Depth is the number of splits on the longest path.
func (t *Tree) Depth() int {
	depth := make([]int32, len(t.SplitFeature))
	most := int32(0)
	for i := range depth {
		most = max(most, depth[i]+1)
		for _, c := range [2]int32{t.Left[i], t.Right[i]} {
			if c >= 0 {
				depth[c] = depth[i] + 1
			}
		}
	}
	return int(most)
}
