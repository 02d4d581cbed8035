package tree

import (
	"lfb/internal/ml"
)

// PredictContributions writes width+1 values a row: what each column adds, then
// the expectation over the training rows. They sum to Predict's value. They are
// exact Shapley values of the path-dependent kind: a column that is not known
// takes both sides of a split, weighted by the training rows that went there.
//
// For one leaf, the columns on its path split into those whose conditions the
// row meets, S, and the others, U. With z the share of training rows that meet a
// column's conditions and d the number of columns on the path, column j of S adds
//
//	v · (1-z_j) · Π_U z · Σ_{T ⊆ S\j} |T|!(d-|T|-1)!/d! · Π_{S\T\j} z
//
// and each of U takes away the same sum over T ⊆ S. The sums are read off the
// polynomial Π_S (z+x), divided by (z_j+x) for each j in turn: about |S|² steps
// a leaf where the usual recursion has d².
//
// Source: Lundberg, Erion & Lee, Consistent individualized feature attribution
// for tree ensembles, 2018, whose values these are.
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
	met    bool    // the row meets all its conditions
	z      float64 // share of training rows that meet them
}

// explainer walks all leaves of a tree for one row.
type explainer struct {
	t       *Tree
	values  []float64 // the row's
	out     []float64
	row     []float64 // scratch for a Matrix's row
	path    []pathColumn
	slot    []int32 // 1 + place in path of each column; 0 is not on it
	poly    []float64
	weights [][]float64 // |T|!(d-|T|-1)!/d! by d, then |T|
}

// explain adds the contributions of one row to out.
func (ex *explainer) explain(e *Ensemble, out, row []float64) {
	ex.out, ex.values = out, row
	for i := range e.Trees {
		ex.t = &e.Trees[i]
		out[len(out)-1] += ex.t.expectation()
		if len(ex.t.SplitFeature) > 0 {
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
	if share == 0 && !met {
		return // adds nothing, known or not
	}
	at := ex.slot[column] - 1
	if at >= 0 {
		was := ex.path[at]
		ex.path[at].z *= share
		ex.path[at].met = was.met && met
		ex.visit(c)
		ex.path[at] = was
		return
	}
	ex.path = append(ex.path, pathColumn{column, met, share})
	ex.slot[column] = int32(len(ex.path))
	ex.visit(c)
	ex.path = ex.path[:len(ex.path)-1]
	ex.slot[column] = 0
}

func (ex *explainer) visit(c int32) {
	if c >= 0 {
		ex.node(c)
		return
	}
	if v := ex.t.LeafValue[^c]; v != 0 {
		ex.leaf(v)
	}
}

// leaf adds what a leaf of value v gives to the columns on its path.
func (ex *explainer) leaf(v float64) {
	d := len(ex.path)
	for len(ex.poly) < d+2 {
		ex.poly = append(ex.poly, 0)
	}
	poly, degree := ex.poly, 0
	poly[0] = 1
	for i := range ex.path {
		c := &ex.path[i]
		if !c.met {
			v *= c.z
			continue
		}
		// times (z + x)
		poly[degree+1] = poly[degree]
		for k := degree; k > 0; k-- {
			poly[k] = float64(poly[k]*c.z) + poly[k-1]
		}
		poly[0] *= c.z
		degree++
	}
	if v == 0 {
		return
	}
	w := ex.weightsOf(d)
	lost := 0.0
	if degree < d {
		for k, p := range poly[:degree+1] {
			lost += float64(w[k] * p)
		}
		lost *= v
	}
	for i := range ex.path {
		c := &ex.path[i]
		if !c.met {
			ex.out[c.column] -= lost
			continue
		}
		// divided by (z + x), from the highest power down
		q, sum := 0.0, 0.0
		for k := degree; k > 0; k-- {
			q = poly[k] - float64(c.z*q)
			sum += float64(w[k-1] * q)
		}
		ex.out[c.column] += float64(v * (1 - c.z) * sum)
	}
}

// weightsOf is |T|!(d-|T|-1)!/d! for |T| = 0 … d-1, and 0 for d.
func (ex *explainer) weightsOf(d int) []float64 {
	for n := len(ex.weights); n <= d; n++ {
		w := make([]float64, n+1)
		choose := 1.0 // n-1 over k
		for k := range n {
			w[k] = 1 / (float64(n) * choose)
			choose = choose * float64(n-1-k) / float64(k+1)
		}
		ex.weights = append(ex.weights, w)
	}
	return ex.weights[d]
}
