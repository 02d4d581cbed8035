package tree

import "lfb/internal/ml"

// rowsAside is the number of rows that go through a tree together: the tree's
// nodes stay in the first-level cache from row to row.
const rowsAside = 64

// predictRows is Predict on one core.
func (e *Ensemble) predictRows(dst []float64, x ml.Matrix) {
	row := make([]float64, e.Schema.Width())
	var keys []uint64
	var values []float64
	aside := min(rowsAside, len(dst))
	if e.lanes != nil {
		keys = make([]uint64, aside*e.lanes.size)
	} else {
		values = make([]float64, aside*e.flat.rowSize())
	}
	for lo := 0; lo < len(dst); lo += rowsAside {
		sums := dst[lo:min(lo+rowsAside, len(dst))]
		clear(sums)
		if e.lanes != nil {
			for i := range sums {
				e.lanes.write(keys[i*e.lanes.size:], x.Row(row, lo+i))
			}
			e.lanes.sums(sums, keys)
		} else {
			for i := range sums {
				e.flat.write(values[i*e.flat.rowSize():], x.Row(row, lo+i))
			}
			e.flat.sums(sums, values)
		}
		for i, s := range sums {
			sums[i] = e.finish(s)
		}
	}
}

// predictOne is Predict for a single row, without allocation where it is not
// unusually wide.
func (e *Ensemble) predictOne(x ml.Matrix) float64 {
	if e.lanes != nil {
		return e.finish(e.lanes.one(x, 0, e.Schema.Width()))
	}
	var buf [stackRow]float64
	return e.finish(e.flat.sum(e.flat.writeOut(buf[:], x, 0)))
}

// Leaves writes the leaf of each tree that row i of x reaches to dst, which
// holds one number a tree. x has the columns of the Schema.
func (e *Ensemble) Leaves(dst []int32, x ml.Matrix, i int) {
	if l := e.lanes; l != nil {
		var slots [stackSlots]uint64
		buf := l.writeOut(slots[:], x, i, e.Schema.Width())
		for t, root := range l.roots {
			dst[t] = l.leaf[walk1(l.nodes, buf, root)]
		}
		return
	}
	var array [stackRow]float64
	buf := e.flat.writeOut(array[:], x, i)
	for t, root := range e.flat.roots {
		dst[t] = e.flat.walk(root, buf).left
	}
}
