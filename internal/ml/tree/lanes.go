package tree

import (
	"math"
	"math/bits"
	"sync"

	"lfb/internal/ml"
)

// lanes is an ensemble laid out for walking eight trees side by side without a branch
// that data decides: the latency of one walk hides behind the others', and what they
// walk over is small.
//
// The trees of an ensemble ask the same few things again and again, as histograms
// leave a column at most 255 thresholds. Each distinct question is a test: is the
// column above this threshold, is its category outside of this set. A row is written
// out to one byte a test, whatever missing values are taken for; and a node is four
// bytes: its test, and where its left child is.
//
//	row ─ write ─▶ a byte a test ─ walk8 ─▶ leaves ─▶ values, added in the trees' order
type lanes struct {
	*tests
	blocks []block
}

// tests are those of an ensemble, or of several that rows are written out for once.
type tests struct {
	numbers []numbers
	sets    []sets
	count   int
	none    uint32    // the first tests, a power of two of them, are never right: leaves are numbered by them
	window  []byte    // ones, then as many zeros: answers to ascending thresholds, from some place on
	width   int       // columns
	pool    sync.Pool // of *answers
}

// block is trees whose nodes have numbers of 16 bits. A node is test<<16 | left
// child, and the right child is the one after the left; a leaf has its number in the
// tree for a test, and leads to itself, so that a walk may overrun. Roots stand apart,
// as every row asks them; the other nodes stand where arrange put them.
type block struct {
	nodes  *[maxNodes]uint32
	used   int
	roots  []uint32
	first  []int32 // place of each tree's values
	values []float64
}

const (
	aside    = 8 // walks side by side
	maxTests = 1 << 16
	maxNodes = 1 << 16 // of a block
)

// answers are what the tests say of a row: 1 where it goes right.
type answers [maxTests]byte

// numbers is a numeric column: the keys of all its thresholds, ascending, then the
// largest key up to a power of two less one; and its tests, for each treatment of
// missing values.
type numbers struct {
	column int32
	keys   []uint64
	tests  []numberTests
}

// numberTests are the tests of a column with one treatment of missing values.
// Thresholds ascend, so that the answers are ones, then zeros.
type numberTests struct {
	first   int32 // test
	count   int32
	missing int32   // ones for a missing value
	zero    bool    // zero is missing too
	ones    []int32 // by how many of the column's keys are below the value
}

// sets is a categorical column.
type sets struct {
	column int32
	first  int32  // test
	count  int    // of tests
	right  []byte // category c's answers are right[c*count:], the last those of unseen ones
}

// of is how many of the tests say right for a value with so many keys below it.
func (t *numberTests) of(v float64, below int) int {
	if v != v || t.zero && math.Abs(v) <= zeroThreshold {
		return int(t.missing)
	}
	return int(t.ones[below])
}

// of is the answers for category v.
func (t *sets) of(v float64) []byte {
	last := len(t.right)/t.count - 1
	code := last
	if v >= 0 && v < float64(last) {
		code = int(v)
	}
	return t.right[code*t.count:][:t.count]
}

// below is the number of keys below k; there are a power of two less one.
func below(keys []uint64, k uint64) int {
	at := 0
	for step := (len(keys) + 1) / 2; step > 0; step /= 2 {
		_, less := bits.Sub64(keys[at+step-1], k, 0)
		at += step & -int(less)
	}
	return at
}

// write writes one row out.
func (t *tests) write(dst *answers, row []float64) {
	half := len(t.window) / 2
	for k := range t.numbers {
		c := &t.numbers[k]
		v := row[c.column]
		n := below(c.keys, key(v))
		for i := range c.tests {
			own := &c.tests[i]
			copy(dst[own.first:][:own.count], t.window[half-own.of(v, n):])
		}
	}
	for k := range t.sets {
		c := &t.sets[k]
		copy(dst[c.first:], c.of(row[c.column]))
	}
}

// walk8 leads the walks of a row through eight trees, at whose nodes they are, to their
// leaves.
func walk8(nodes *[maxNodes]uint32, at *[aside]uint32, row *answers, none uint32) {
	n0, n1, n2, n3, n4, n5, n6, n7 := at[0], at[1], at[2], at[3], at[4], at[5], at[6], at[7]
	for (n0|n1|n2|n3|n4|n5|n6|n7)>>16 >= none {
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

// sum is the sum of the trees for one row.
func (l *lanes) sum(row *answers) float64 {
	s := 0.0
	var at [aside]uint32
	for k := range l.blocks {
		b := &l.blocks[k]
		for lo := 0; lo < len(b.roots); lo += aside {
			n := copy(at[:], b.roots[lo:]) // what is left over at the end stays at its leaf
			walk8(b.nodes, &at, row, l.none)
			for i, first := range b.first[lo : lo+n] {
				s += b.values[uint32(first)+at[i]>>16]
			}
		}
	}
	return s
}

// predict writes, for every row of x, what each of the ensembles that share the tests
// adds up to: of row i and ensemble k to dst[i*len(all)+k].
func (t *tests) predict(dst []float64, all []*lanes, x ml.Matrix) {
	out := t.pool.Get().(*answers)
	defer t.pool.Put(out)
	var array [stackRow]float64
	for i := range x.Rows() {
		t.write(out, t.row(array[:], x, i))
		for k, l := range all {
			dst[i*len(all)+k] = l.sum(out)
		}
	}
}

// row is row i of x, in buf where that is long enough.
func (t *tests) row(buf []float64, x ml.Matrix, i int) []float64 {
	if t.width > len(buf) {
		buf = make([]float64, t.width)
	}
	return x.Row(buf[:t.width], i)
}

// leaves writes the leaf of each tree for row i of x to dst.
func (l *lanes) leaves(dst []int32, x ml.Matrix, i int) {
	out := l.pool.Get().(*answers)
	defer l.pool.Put(out)
	var array [stackRow]float64
	l.write(out, l.row(array[:], x, i))
	var at [aside]uint32
	for k := range l.blocks {
		b := &l.blocks[k]
		for lo := 0; lo < len(b.roots); lo += aside {
			n := copy(at[:], b.roots[lo:])
			walk8(b.nodes, &at, out, l.none)
			for j, leaf := range at[:n] {
				dst[j] = int32(leaf >> 16)
			}
			dst = dst[n:]
		}
	}
}
