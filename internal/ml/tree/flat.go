package tree

import (
	"math"

	"lfb/internal/ml"
)

// flat is the layout for ensembles that lanes does not take: deep forests with
// many different categorical splits. It has 16 bytes a node, siblings side by side, leaves
// among the nodes. Each row is written out once for each way of treating missing
// values that the trees use, so that a numeric step is one comparison.
type flat struct {
	nodes    []flatNode
	roots    []int32
	sets     []catSet
	words    []uint32
	width    int // of a row
	segments []segment
}

// flatNode is a leaf (feature leafMark, the value in threshold, the leaf's number
// in left), a numeric split
// (feature is a place in the written-out row) or a categorical one (feature is
// ^k of set k). The left child is at left, the right child after it.
type flatNode struct {
	threshold float64
	feature   int32
	left      int32
}

const leafMark = math.MinInt32

type catSet struct{ feature, lo, hi int32 }

// segment is a way of treating missing values: what they become.
type segment struct {
	zeroMissing bool
	missing     float64
}

// segmentOf is the treatment that a numeric node's decision type asks for.
func segmentOf(d int8) segment {
	if d&(MissingNaN|MissingZero) == 0 {
		return segment{missing: 0}
	}
	s := segment{zeroMissing: d&MissingNaN == 0, missing: math.Inf(1)}
	if d&DefaultLeft != 0 {
		s.missing = math.Inf(-1)
	}
	return s
}

func flatten(trees []Tree, width int) *flat {
	f := &flat{width: width, segments: []segment{{missing: math.Inf(-1)}, {missing: math.Inf(1)}}}
	total := 0
	for i := range trees {
		total += 2*trees[i].Leaves() - 1
	}
	f.nodes = make([]flatNode, 0, total)
	for i := range trees {
		f.roots = append(f.roots, int32(len(f.nodes)))
		f.add(&trees[i])
	}
	return f
}

// add lays out one tree, level by level.
func (f *flat) add(t *Tree) {
	if len(t.SplitFeature) == 0 {
		f.nodes = append(f.nodes, flatNode{threshold: t.LeafValue[0], feature: leafMark})
		return
	}
	type item struct{ node, at int32 }
	f.nodes = append(f.nodes, flatNode{})
	queue := []item{{0, int32(len(f.nodes) - 1)}}
	for len(queue) > 0 {
		it := queue[0]
		queue = queue[1:]
		if it.node < 0 {
			f.nodes[it.at] = flatNode{threshold: t.LeafValue[^it.node], feature: leafMark, left: ^it.node}
			continue
		}
		left := int32(len(f.nodes))
		f.nodes = append(f.nodes, flatNode{}, flatNode{})
		f.nodes[it.at] = f.node(t, int(it.node), left)
		queue = append(queue, item{t.Left[it.node], left}, item{t.Right[it.node], left + 1})
	}
}

func (f *flat) node(t *Tree, i int, left int32) flatNode {
	n := flatNode{threshold: t.Threshold[i], left: left}
	if t.DecisionType[i]&Categorical == 0 {
		n.feature = int32(f.segment(segmentOf(t.DecisionType[i]))*f.width) + t.SplitFeature[i]
		return n
	}
	k := int(t.Threshold[i])
	lo := int32(len(f.words))
	f.words = append(f.words, t.CatThreshold[t.CatBoundaries[k]:t.CatBoundaries[k+1]]...)
	n.feature = ^int32(len(f.sets))
	f.sets = append(f.sets, catSet{t.SplitFeature[i], lo, int32(len(f.words))})
	return n
}

// segment is the number of s, which is added where it is new.
func (f *flat) segment(s segment) int {
	for k, have := range f.segments {
		if have == s {
			return k
		}
	}
	f.segments = append(f.segments, s)
	return len(f.segments) - 1
}

// rowSize is the length of a written-out row; the first width values are for
// categorical splits too, to which -Inf is as unseen as NaN.
func (f *flat) rowSize() int { return f.width * len(f.segments) }

// write writes row out to dst, for each treatment of missing values.
func (f *flat) write(dst, row []float64) {
	for k, s := range f.segments {
		out := dst[k*f.width:][:len(row)]
		for j, v := range row {
			if v != v || s.zeroMissing && math.Abs(v) <= zeroThreshold {
				v = s.missing
			}
			out[j] = v
		}
	}
}

// right is 1 where set k sends the code v right.
func (f *flat) right(k int32, row []float64) int32 {
	s := f.sets[k]
	v := row[s.feature]
	if !(v >= 0 && v < math.MaxInt32) {
		return 1
	}
	code := int32(v)
	if w := s.lo + code>>5; w < s.hi {
		return int32(^f.words[w] >> (code & 31) & 1)
	}
	return 1
}

// walk is the leaf of the tree whose root is node n for a written-out row.
func (f *flat) walk(n int32, row []float64) *flatNode {
	nodes := f.nodes
	for {
		node := &nodes[n]
		at := node.feature
		if at < 0 {
			if at == leafMark {
				return node
			}
			n = node.left + f.right(^at, row)
			continue
		}
		n = node.left
		if row[at] > node.threshold {
			n++
		}
	}
}

// all adds up the trees for every row of x.
func (f *flat) all(dst []float64, x ml.Matrix) {
	row, buf := make([]float64, f.width), make([]float64, min(rowsAside, len(dst))*f.rowSize())
	for lo := 0; lo < len(dst); lo += rowsAside {
		sums := dst[lo:min(lo+rowsAside, len(dst))]
		clear(sums)
		for i := range sums {
			f.write(buf[i*f.rowSize():], x.Row(row, lo+i))
		}
		f.sums(sums, buf)
	}
}

// sums adds the trees of each written-out row of buf to dst, tree by tree.
func (f *flat) sums(dst, buf []float64) {
	size := f.rowSize()
	for _, root := range f.roots {
		for i := range dst {
			dst[i] += f.walk(root, buf[i*size:][:size]).threshold
		}
	}
}

// sum is the sum of the trees for a row that is written out.
func (f *flat) sum(buf []float64) float64 {
	s := 0.0
	for _, root := range f.roots {
		s += f.walk(root, buf).threshold
	}
	return s
}

// stackRow is the length of a row that needs no allocation.
const stackRow = 256

// writeOut writes row i of x out to buf, or to new memory where it is too short.
func (f *flat) writeOut(buf []float64, x ml.Matrix, i int) []float64 {
	var array [stackRow]float64
	row := array[:]
	if f.width > stackRow {
		row = make([]float64, f.width)
	}
	if f.rowSize() > len(buf) {
		buf = make([]float64, f.rowSize())
	}
	f.write(buf, x.Row(row[:f.width], i))
	return buf[:f.rowSize()]
}
