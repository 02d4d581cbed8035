package predict

import (
	"math"
	"math/bits"

	"lfb/internal/ml/tree"
)

// compiledEnsemble is an ensemble whose splits refer to conditions by number, so that a
// condition that many nodes share is evaluated once a row.
type compiledEnsemble struct {
	*conditionTable
	blocks []nodeBlock
}

// conditionTable are the distinct splits of one ensemble, or of several that rows are
// evaluated for once.
type conditionTable struct {
	numeric     []numericColumn
	categorical []categoricalColumn
	count       int
	leafNumbers uint32 // a power of two: conditions below it stand for leaves and never hold
	onesZeros   []byte // ones, then as many zeros: outcomes of ascending thresholds, from some place on
}

// nodeBlock is trees whose nodes have places of 16 bits. A node is condition<<16 | place of
// the left child, and the right child is the one after the left; a leaf has its number in the
// tree for a condition, and leads to itself, so that a walk may overrun. Roots stand apart,
// as every row asks them; the other nodes stand where placeNodes put them.
type nodeBlock struct {
	nodes  *[maxNodes]uint32
	used   int
	roots  []uint32
	first  []int32 // place of each tree's values
	values []float64
}

const (
	treesAtOnce   = 8
	maxConditions = 1 << 16
	maxNodes      = 1 << 16 // of a block
)

// rowOutcomes are what the conditions say of a row: 1 where it goes right.
type rowOutcomes [maxConditions]byte

// numericColumn is the sort keys of all thresholds of a column, ascending, then the largest
// key up to a power of two less one; and its conditions, for each treatment of missing values.
type numericColumn struct {
	column int32
	keys   []uint64
	groups []thresholdGroup
}

// thresholdGroup is the conditions of a column with one treatment of missing values.
// Thresholds ascend, so that the outcomes are ones, then zeros.
type thresholdGroup struct {
	first   int32 // condition
	count   int32
	missing int32   // ones for a missing value
	zero    bool    // zero is missing too
	ones    []int32 // by how many of the column's keys are below the value
}

// categoricalColumn is the conditions of a column of categories.
type categoricalColumn struct {
	column int32
	first  int32  // condition
	count  int    // of conditions
	right  []byte // category c's outcomes are right[c*count:], the last those of unseen ones
}

// countRight returns how many of the conditions send a value right that is above this many keys.
func (g *thresholdGroup) countRight(v float64, keysBelow int) int {
	if v != v || g.zero && math.Abs(v) <= tree.ZeroThreshold {
		return int(g.missing)
	}
	return int(g.ones[keysBelow])
}

// outcomesOf returns the outcome of every condition for category v.
func (c *categoricalColumn) outcomesOf(v float64) []byte {
	last := len(c.right)/c.count - 1
	code := last
	if v >= 0 && v < float64(last) {
		code = int(v)
	}
	return c.right[code*c.count:][:c.count]
}

// countBelow returns the number of keys below key; their length is a power of two less one.
// The borrow of a subtraction says which is larger, so that no branch depends on data.
func countBelow(keys []uint64, key uint64) int {
	n := 0
	for step := (len(keys) + 1) / 2; step > 0; step /= 2 {
		_, less := bits.Sub64(keys[n+step-1], key, 0)
		n += step & -int(less)
	}
	return n
}

// evaluateRow writes the outcomes of one row.
func (c *conditionTable) evaluateRow(dst *rowOutcomes, row []float64) {
	clear(dst[:c.leafNumbers])
	half := len(c.onesZeros) / 2
	for k := range c.numeric {
		col := &c.numeric[k]
		v := row[col.column]
		n := countBelow(col.keys, tree.SortKey(v))
		for i := range col.groups {
			g := &col.groups[i]
			copy(dst[g.first:][:g.count], c.onesZeros[half-g.countRight(v, n):])
		}
	}
	for k := range c.categorical {
		col := &c.categorical[k]
		copy(dst[col.first:], col.outcomesOf(row[col.column]))
	}
}

// walkTrees leads the walks of a row through eight trees, at whose nodes they are, to their
// leaves: the latency of one walk hides behind the others'.
func walkTrees(nodes *[maxNodes]uint32, at *[treesAtOnce]uint32, row *rowOutcomes, leafNumbers uint32) {
	n0, n1, n2, n3, n4, n5, n6, n7 := at[0], at[1], at[2], at[3], at[4], at[5], at[6], at[7]
	for (n0|n1|n2|n3|n4|n5|n6|n7)>>16 >= leafNumbers {
		n0 = nodes[uint16(n0)+uint16(row[n0>>16])]
		n1 = nodes[uint16(n1)+uint16(row[n1>>16])]
		n2 = nodes[uint16(n2)+uint16(row[n2>>16])]
		n3 = nodes[uint16(n3)+uint16(row[n3>>16])]
		n4 = nodes[uint16(n4)+uint16(row[n4>>16])]
		n5 = nodes[uint16(n5)+uint16(row[n5>>16])]
		n6 = nodes[uint16(n6)+uint16(row[n6>>16])]
		n7 = nodes[uint16(n7)+uint16(row[n7>>16])]
	}
	at[0], at[1], at[2], at[3], at[4], at[5], at[6], at[7] = n0, n1, n2, n3, n4, n5, n6, n7
}

// sumTrees returns the sum of all trees for one row.
func (c *compiledEnsemble) sumTrees(row *rowOutcomes) float64 {
	s := 0.0
	var at [treesAtOnce]uint32
	for k := range c.blocks {
		b := &c.blocks[k]
		for lo := 0; lo < len(b.roots); lo += treesAtOnce {
			n := copy(at[:], b.roots[lo:]) // what is left over at the end stays at its leaf
			walkTrees(b.nodes, &at, row, c.leafNumbers)
			for i, first := range b.first[lo : lo+n] {
				s += b.values[uint32(first)+at[i]>>16]
			}
		}
	}
	return s
}

// findLeaves writes the leaf of each tree for one row to dst.
func (c *compiledEnsemble) findLeaves(dst []int32, row *rowOutcomes) {
	var at [treesAtOnce]uint32
	for k := range c.blocks {
		b := &c.blocks[k]
		for lo := 0; lo < len(b.roots); lo += treesAtOnce {
			n := copy(at[:], b.roots[lo:])
			walkTrees(b.nodes, &at, row, c.leafNumbers)
			for i, leaf := range at[:n] {
				dst[i] = int32(leaf >> 16)
			}
			dst = dst[n:]
		}
	}
}
