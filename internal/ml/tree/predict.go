package tree

import "lfb/internal/ml"

// rowsAside is the number of rows that go through a tree of the flat layout
// together: the tree's nodes stay in the first-level cache from row to row.
const rowsAside = 64

// predictRows is Predict on one core.
func (e *Ensemble) predictRows(dst []float64, x ml.Matrix) {
	if l := e.lanes; l != nil {
		l.predict(dst, []*lanes{l}, x)
	} else {
		e.flat.all(dst, x)
	}
	for i, s := range dst {
		dst[i] = e.finish(s)
	}
}

// predictOne is Predict for a single row, without allocation where it is not
// unusually wide.
func (e *Ensemble) predictOne(x ml.Matrix) float64 {
	if l := e.lanes; l != nil {
		var sum [1]float64
		l.predict(sum[:], []*lanes{l}, x)
		return e.finish(sum[0])
	}
	var buf [stackRow]float64
	return e.finish(e.flat.sum(e.flat.writeOut(buf[:], x, 0)))
}

// Share lays out ensembles over one schema together, so that PredictAll writes a row
// out once for all of them. Whoever makes them calls it, before anyone predicts.
func Share(ensembles []*Ensemble) {
	trees := make([][]Tree, len(ensembles))
	for k, e := range ensembles {
		trees[k] = e.Trees
	}
	for k, l := range newLanes(ensembles[0].Schema.Width(), trees...) {
		ensembles[k].lanes = l
	}
}

// PredictAll writes one value a row and ensemble to dst, row by row, and returns dst,
// or a new slice where it is too short: what Predict of each gives, for less where
// they Share. Another width gives lfb.ErrInvalid.
func PredictAll(dst []float64, ensembles []*Ensemble, x ml.Matrix) ([]float64, error) {
	if err := ml.CheckWidth(ensembles[0].Schema, x); err != nil {
		return nil, err
	}
	m := len(ensembles)
	dst = ml.Sized(dst, x.Rows()*m)
	all := make([]*lanes, m)
	for k, e := range ensembles {
		all[k] = e.lanes
		if all[k] == nil || all[k].tests != all[0].tests {
			return predictEach(dst, ensembles, x)
		}
	}
	cost := x.Rows() * m * len(ensembles[0].Trees)
	EachChunk(x.Rows(), cost/20_000, func(lo, hi int) {
		all[0].predict(dst[lo*m:hi*m], all, x.Slice(lo, hi))
	})
	for i := range dst {
		dst[i] = ensembles[i%m].finish(dst[i])
	}
	return dst, nil
}

// predictEach is PredictAll for ensembles that share nothing.
func predictEach(dst []float64, ensembles []*Ensemble, x ml.Matrix) ([]float64, error) {
	var part []float64
	for k, e := range ensembles {
		var err error
		if part, err = e.Predict(part, x); err != nil {
			return nil, err
		}
		for i, v := range part {
			dst[i*len(ensembles)+k] = v
		}
	}
	return dst, nil
}

// Leaves writes the leaf of each tree that row i of x reaches to dst, which
// holds one number a tree. x has the columns of the Schema.
func (e *Ensemble) Leaves(dst []int32, x ml.Matrix, i int) {
	if e.lanes != nil {
		e.lanes.leaves(dst, x, i)
		return
	}
	var array [stackRow]float64
	buf := e.flat.writeOut(array[:], x, i)
	for t, root := range e.flat.roots {
		dst[t] = e.flat.walk(root, buf).left
	}
}

// Of is the value of a row that reaches these leaves, one of each tree: what Predict
// gives.
func (e *Ensemble) Of(leaves []int32) float64 {
	s := 0.0
	for t, leaf := range leaves {
		s += e.Trees[t].LeafValue[leaf]
	}
	return e.finish(s)
}
