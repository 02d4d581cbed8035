package onnx

import (
	"math"
	"math/bits"

	"lfb/internal/ml/tree"
)

// zero is the size up to which a value counts as zero where zero is missing.
const zero = tree.ZeroThreshold

// Modes of nodes.
const (
	leq  = "BRANCH_LEQ"
	less = "BRANCH_LT"
	geq  = "BRANCH_GTE"
	more = "BRANCH_GT"
	same = "BRANCH_EQ"
	leaf = "LEAF"
)

// test is one node: value mode bound, and where NaN goes.
type test struct {
	mode  string
	bound float64
	nan   bool // NaN counts as true
	left  bool // true leads to the left child of the split, else to the right
}

// tests are the nodes that stand for split k: where a test is true it leads to a
// child, else to the next test; past the last it leads to the other child.
func tests(dst []test, t *tree.Tree, k int) []test {
	d, bound := t.DecisionType[k], t.Threshold[k]
	left := d&tree.DefaultLeft != 0
	switch {
	case d&tree.Categorical != 0:
		return equalities(dst, t, int(bound))
	case d&tree.MissingNaN != 0:
		return append(dst, test{leq, bound, left, true})
	case d&tree.MissingZero == 0: // NaN counts as 0
		return append(dst, test{leq, bound, 0 <= bound, true})
	case left:
		return zeroLeft(dst, bound)
	default:
		return zeroRight(dst, bound)
	}
}

// zeroLeft sends NaN and zero left.
func zeroLeft(dst []test, bound float64) []test {
	switch {
	case bound >= zero: // where zero goes anyway
		return append(dst, test{leq, bound, true, true})
	case bound >= -zero:
		return append(dst, test{leq, zero, true, true})
	}
	return append(dst, test{leq, bound, true, true}, test{more, zero, false, false}, test{geq, -zero, false, true})
}

// zeroRight sends NaN and zero right.
func zeroRight(dst []test, bound float64) []test {
	switch {
	case bound < -zero: // where zero goes anyway
		return append(dst, test{leq, bound, false, true})
	case bound <= zero:
		return append(dst, test{less, -zero, false, true})
	}
	return append(dst, test{more, bound, true, false}, test{less, -zero, false, true}, test{leq, zero, false, false})
}

// equalities are equalities with each category of set k; NaN equals none.
func equalities(dst []test, t *tree.Tree, k int) []test {
	had := len(dst)
	for at, w := range t.CategorySet(k) {
		for ; w != 0; w &= w - 1 {
			dst = append(dst, test{same, float64(32*at + bits.TrailingZeros32(w)), false, true})
		}
	}
	if len(dst) == had { // an empty set: nothing is below the least number
		dst = append(dst, test{less, -math.MaxFloat64, false, true})
	}
	return dst
}

// arrays are the operator's parallel lists: one entry a node, leaves among them,
// and one a leaf.
type arrays struct {
	treeID, nodeID, feature, yes, no, nan ints
	mode                                  message
	bound                                 doubles
	leafTree, leafNode, leafTarget        ints
	weight                                doubles

	first []int // the first node of each split of the tree at hand
	tests []test
}

// add appends tree i. Its splits come first, then its leaves: node 0 is the root.
func (a *arrays) add(i int, t *tree.Tree) {
	n := len(t.SplitFeature)
	a.first = a.first[:0]
	next := 0
	for k := range n {
		a.first = append(a.first, next)
		a.tests = tests(a.tests[:0], t, k)
		next += len(a.tests)
	}
	child := func(c int32) int {
		if c < 0 {
			return next + int(^c)
		}
		return a.first[c]
	}
	for k := range n {
		a.tests = tests(a.tests[:0], t, k)
		a.split(i, int(t.SplitFeature[k]), a.first[k], child(t.Left[k]), child(t.Right[k]))
	}
	for l, v := range t.LeafValue {
		a.node(i, next+l, 0, test{mode: leaf}, 0, 0)
		a.leafTree.add(i)
		a.leafNode.add(next + l)
		a.leafTarget.add(0)
		a.weight.add(v)
	}
}

// split appends the tests at hand as nodes from number id on.
func (a *arrays) split(i, feature, id, left, right int) {
	for q, s := range a.tests {
		yes, other := left, right
		if !s.left {
			yes, other = right, left
		}
		if q+1 < len(a.tests) {
			other = id + q + 1
		}
		a.node(i, id+q, feature, s, yes, other)
	}
}

func (a *arrays) node(i, id, feature int, s test, yes, no int) {
	a.treeID.add(i)
	a.nodeID.add(id)
	a.feature.add(feature)
	a.yes.add(yes)
	a.no.add(no)
	nan := 0
	if s.nan {
		nan = 1
	}
	a.nan.add(nan)
	a.mode.text(attrTexts, s.mode)
	a.bound.add(s.bound)
}

// size is about the number of bytes that the lists fill.
func (a *arrays) size() int {
	return len(a.treeID) + len(a.nodeID) + len(a.feature) + len(a.yes) + len(a.no) + len(a.nan) + len(a.mode) +
		len(a.bound) + len(a.leafTree) + len(a.leafNode) + len(a.leafTarget) + len(a.weight)
}
