package forest

import (
	"math"
	"sync/atomic"

	"lfb/internal/ml/tree"
)

// maxOut is the most rows that the out-of-bag error is measured on.
const maxOut = 50_000

// outOfBag adds up, for some rows, the predictions of the trees that were not
// given them: in integers, so that the order of the trees does not matter.
type outOfBag struct {
	step int // every step-th row is scored
	unit float64
	sums []atomic.Int64
	seen []atomic.Int32
}

func newOutOfBag(rows int, largest float64) outOfBag {
	step := (rows + maxOut - 1) / maxOut
	n := (rows + step - 1) / step
	o := outOfBag{step: step, unit: 1, sums: make([]atomic.Int64, n), seen: make([]atomic.Int32, n)}
	if largest > 0 {
		_, exp := math.Frexp(largest)
		o.unit = math.Ldexp(1, 36-exp) // leaves 26 bits for the number of trees
	}
	return o
}

// scoreTree scores the rows that drawn leaves out; values are those of t.
func (o *outOfBag) scoreTree(data *tree.BinnedMatrix, walk *tree.BinnedTree, t *tree.Tree, drawn []uint8) {
	for k := range o.sums {
		if i := k * o.step; drawn[i] == 0 {
			v := t.LeafValue[walk.FindLeaf(data, i)]
			o.sums[k].Add(int64(math.RoundToEven(v * o.unit)))
			o.seen[k].Add(1)
		}
	}
}

// computeRMSE returns the root mean squared error over the rows that some tree was not
// given, in seconds; NaN where every tree was given every row.
func (o *outOfBag) computeRMSE(y []float64) float64 {
	sum, n := 0.0, 0
	for k := range o.sums {
		if seen := o.seen[k].Load(); seen > 0 {
			d := float64(o.sums[k].Load())/o.unit/float64(seen) - y[k*o.step]
			sum += float64(d * d)
			n++
		}
	}
	if n == 0 {
		return math.NaN()
	}
	return math.Sqrt(sum / float64(n))
}
