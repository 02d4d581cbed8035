package tree

import (
	"fmt"
	"math"

	"lfb/internal/lfb"
)

// Bits of Tree.DecisionType, as in LightGBM's text format.
const (
	Categorical int8 = 1 // the threshold is an index into CatBoundaries
	DefaultLeft int8 = 2 // missing goes left
	MissingZero int8 = 4 // zero and NaN are missing
	MissingNaN  int8 = 8 // NaN is missing
)

// ZeroThreshold is the size up to which LightGBM takes a value for zero.
const ZeroThreshold = float64(float32(1e-35))

// Tree is one regression tree in the layout of LightGBM's text format, version
// 4. It has n internal nodes and n+1 leaves; node 0 is the root. Children are
// node numbers, or ^leaf where negative, and a child's number is above its
// parent's, so that no walk can run in a circle.
//
// A numeric node sends v ≤ Threshold left, and a missing value to the side that
// DecisionType names; without MissingNaN or MissingZero, NaN counts as 0. A
// categorical node sends a code left where its bit in CatThreshold is set; NaN,
// negative and unseen codes go right.
type Tree struct {
	SplitFeature  []int32
	Threshold     []float64
	DecisionType  []int8
	Left, Right   []int32
	SplitGain     []float32 // gain of each split, in squared units of the target; may be nil
	InternalValue []float64 // value the node would have as a leaf; may be nil
	InternalCount []int32   // training rows that reached the node
	LeafValue     []float64
	LeafCount     []int32
	// Categorical node k's words are CatThreshold[CatBoundaries[k]:CatBoundaries[k+1]].
	CatBoundaries []int32
	CatThreshold  []uint32
}

// NewConstantTree returns the tree of one leaf.
func NewConstantTree(value float64, rows int) Tree {
	return Tree{LeafValue: []float64{value}, LeafCount: []int32{int32(rows)}}
}

// NumLeaves is the number of leaves.
func (t *Tree) NumLeaves() int { return len(t.LeafValue) }

// ScaleValues multiplies every value by f: the shrinkage of boosting.
func (t *Tree) ScaleValues(f float64) {
	for i := range t.LeafValue {
		t.LeafValue[i] *= f
	}
	for i := range t.InternalValue {
		t.InternalValue[i] *= f
	}
}

// ShiftValues adds d to every value: the average that boosting starts from.
func (t *Tree) ShiftValues(d float64) {
	for i := range t.LeafValue {
		t.LeafValue[i] += d
	}
	for i := range t.InternalValue {
		t.InternalValue[i] += d
	}
}

// SummarizeSplits computes each split's rows and value from those of the leaves, and its gain:
// what it takes off the squared error of the tree's own values. Children come after parents.
func (t *Tree) SummarizeSplits() {
	n := len(t.SplitFeature)
	t.InternalCount, t.InternalValue, t.SplitGain = make([]int32, n), make([]float64, n), make([]float32, n)
	summary := func(child int32) (rows, value float64) {
		if child < 0 {
			return float64(t.LeafCount[^child]), t.LeafValue[^child]
		}
		return float64(t.InternalCount[child]), t.InternalValue[child]
	}
	for i := n - 1; i >= 0; i-- {
		left, low := summary(t.Left[i])
		right, high := summary(t.Right[i])
		rows := left + right
		t.InternalCount[i] = int32(rows)
		t.InternalValue[i] = low + (high-low)*(right/rows)
		t.SplitGain[i] = float32(min(left*right/rows*(high-low)*(high-low), math.MaxFloat32))
	}
}

// GoesLeft reports whether node sends v, the value of its column, left.
func (t *Tree) GoesLeft(node int, v float64) bool {
	d := t.DecisionType[node]
	if d&Categorical != 0 {
		return t.hasCategory(int(t.Threshold[node]), v)
	}
	missing := v != v
	if missing && d&(MissingNaN|MissingZero) == 0 {
		v, missing = 0, false
	}
	if d&MissingZero != 0 && d&MissingNaN == 0 {
		missing = missing || math.Abs(v) <= ZeroThreshold
	}
	if missing {
		return d&DefaultLeft != 0
	}
	return v <= t.Threshold[node]
}

// hasCategory reports whether code v is in the set of categorical split k.
func (t *Tree) hasCategory(k int, v float64) bool {
	if !(v >= 0 && v < math.MaxInt32) {
		return false
	}
	code := int(v)
	words := t.CategorySet(k)
	return code>>5 < len(words) && words[code>>5]>>(code&31)&1 != 0
}

// CategorySet is set k of categories: code c is in it where bit c&31 of word c>>5 is set.
func (t *Tree) CategorySet(k int) []uint32 {
	return t.CatThreshold[t.CatBoundaries[k]:t.CatBoundaries[k+1]]
}

// FindLeaf returns the leaf that the row of columns reaches.
func (t *Tree) FindLeaf(row []float64) int {
	if len(t.SplitFeature) == 0 {
		return 0
	}
	n := int32(0)
	for n >= 0 {
		if t.GoesLeft(int(n), row[t.SplitFeature[n]]) {
			n = t.Left[n]
		} else {
			n = t.Right[n]
		}
	}
	return int(^n)
}

// Check returns lfb.ErrInvalid where the tree cannot be walked for rows of width
// columns: lengths that disagree, children that do not lead forward or are met
// twice, columns and categories out of range, values that are not finite.
func (t *Tree) Check(width int) error {
	n := len(t.SplitFeature)
	if len(t.LeafValue) != n+1 || len(t.LeafCount) != n+1 {
		return fmt.Errorf("tree of %d nodes: %d leaves, %d leaf counts: %w",
			n, len(t.LeafValue), len(t.LeafCount), lfb.ErrInvalid)
	}
	optional := func(have int) bool { return have == 0 || have == n }
	if len(t.Threshold) != n || len(t.DecisionType) != n || len(t.Left) != n || len(t.Right) != n ||
		len(t.InternalCount) != n || !optional(len(t.SplitGain)) || !optional(len(t.InternalValue)) {
		return fmt.Errorf("tree of %d nodes: arrays of other lengths: %w", n, lfb.ErrInvalid)
	}
	for i, v := range t.LeafValue {
		if math.IsNaN(v) || math.IsInf(v, 0) || t.LeafCount[i] < 0 {
			return fmt.Errorf("leaf %d: value %v, %d rows: %w", i, v, t.LeafCount[i], lfb.ErrInvalid)
		}
	}
	if err := t.checkBoundaries(); err != nil {
		return err
	}
	for i := range n {
		if err := t.checkNode(i, width); err != nil {
			return err
		}
	}
	return t.checkChildren()
}

func (t *Tree) checkBoundaries() error {
	for k, b := range t.CatBoundaries {
		if b < 0 || int(b) > len(t.CatThreshold) || k > 0 && b < t.CatBoundaries[k-1] {
			return fmt.Errorf("category boundary %d: %d: %w", k, b, lfb.ErrInvalid)
		}
	}
	return nil
}

func (t *Tree) checkNode(i, width int) error {
	if f := t.SplitFeature[i]; f < 0 || int(f) >= width {
		return fmt.Errorf("node %d: column %d of %d: %w", i, f, width, lfb.ErrInvalid)
	}
	if v := t.Threshold[i]; math.IsNaN(v) || math.IsInf(v, 0) || t.InternalCount[i] < 0 {
		return fmt.Errorf("node %d: threshold %v, %d rows: %w", i, t.Threshold[i], t.InternalCount[i], lfb.ErrInvalid)
	}
	if t.DecisionType[i]&Categorical == 0 {
		return nil
	}
	k := t.Threshold[i]
	if k < 0 || k != math.Trunc(k) || k+1 >= float64(len(t.CatBoundaries)) {
		return fmt.Errorf("node %d: category set %v of %d: %w", i, k, len(t.CatBoundaries)-1, lfb.ErrInvalid)
	}
	return nil
}

// checkChildren holds that every node but the root and every leaf is the child
// of exactly one node before it.
func (t *Tree) checkChildren() error {
	n := len(t.SplitFeature)
	nodes, leaves := make([]bool, n), make([]bool, n+1)
	for i := range n {
		for _, c := range [2]int32{t.Left[i], t.Right[i]} {
			seen, k := nodes, int(c)
			if c < 0 {
				seen, k = leaves, int(^c)
			} else if k <= i {
				return fmt.Errorf("node %d: child %d leads back: %w", i, c, lfb.ErrInvalid)
			}
			if k >= len(seen) || seen[k] {
				return fmt.Errorf("node %d: child %d is out of range or met twice: %w", i, c, lfb.ErrInvalid)
			}
			seen[k] = true
		}
	}
	return nil
}
