package tree

import (
	"math"
	"math/bits"

	"lfb/internal/ml"
)

// lanes is an ensemble laid out for walking four trees, or four rows, side by
// side without a branch that data decides: the latency of one walk hides behind
// the others'. Values and thresholds are compared as ordered integers (see key),
// and a leaf is a node that leads to itself, so that a walk may overrun.
//
// A row is written out to slots first: slot 0 holds 0, below which no threshold
// is; then the key of each column for each treatment of missing values that the
// trees use; then, for each categorical column, one bit for each split on it,
// set where the row's category goes right.
type lanes struct {
	nodes  []laneNode
	roots  []int32
	leaf   []int32 // number of the leaf at a node; -1 at splits
	slots  []slot
	tables []catTable
	size   int // slots of a row
}

// laneNode is a split, with its left child at left and its right child after
// it; or a leaf, with the bits of its value in threshold, at 0 and left itself.
type laneNode struct {
	threshold uint64 // key; of a categorical split, its bit's place in the word
	at        uint32 // slot; with catBit, of a word of bits
	left      int32
}

const catBit = 1 << 31

// slot is the key of a column with one treatment of missing values.
type slot struct {
	column  int32
	segment segment
	missing uint64 // key of what a missing value becomes
}

// catTable says by category which splits of a column send it right.
type catTable struct {
	column int32
	first  int      // slot of the first word
	words  int      // a category
	right  []uint64 // category c's words are right[c*words:]
}

// maxTable is the most words in the tables of an ensemble: 16 MB.
const maxTable = 1 << 21

// newLanes lays out trees; false where their categories need tables too large,
// or so many bits a row that writing it out would cost more than the walk.
func newLanes(trees []Tree, width int) (*lanes, bool) {
	l := &lanes{}
	splits, codes := make([]int, width), make([]int, width)
	for i := range trees {
		trees[i].countSets(splits, codes)
	}
	numeric := map[[2]int32]uint32{} // column and number of treatment → slot
	segments := []segment{}
	l.size = 1
	for i := range trees {
		l.addSlots(&trees[i], numeric, &segments)
	}
	words, total := 0, 0
	tables := make([]*catTable, width)
	l.tables = make([]catTable, 0, width)
	for j, n := range splits {
		if n == 0 {
			continue
		}
		t := catTable{column: int32(j), first: l.size + words, words: (n + 63) / 64}
		words += t.words
		if total += codes[j] * t.words; total > maxTable {
			return nil, false
		}
		t.right = make([]uint64, codes[j]*t.words)
		for k := range t.right {
			t.right[k] = math.MaxUint64
		}
		l.tables = append(l.tables, t)
		tables[j] = &l.tables[len(l.tables)-1]
	}
	if l.size += words; words > 2*len(trees)+64 {
		return nil, false
	}
	clear(splits)
	for i := range trees {
		l.add(&trees[i], numeric, segments, tables, splits)
	}
	return l, true
}

// countSets adds the categorical splits on each column to splits and raises
// codes to the number of categories that they tell apart.
func (t *Tree) countSets(splits, codes []int) {
	for i, f := range t.SplitFeature {
		if t.DecisionType[i]&Categorical != 0 {
			splits[f]++
			k := int(t.Threshold[i])
			codes[f] = max(codes[f], 32*int(t.CatBoundaries[k+1]-t.CatBoundaries[k]))
		}
	}
}

// addSlots makes the slots that the tree's numeric splits read.
func (l *lanes) addSlots(t *Tree, numeric map[[2]int32]uint32, segments *[]segment) {
	for i, f := range t.SplitFeature {
		if t.DecisionType[i]&Categorical != 0 {
			continue
		}
		s := segmentOf(t.DecisionType[i])
		k := indexOf(*segments, s)
		if k < 0 {
			k = len(*segments)
			*segments = append(*segments, s)
		}
		if _, ok := numeric[[2]int32{f, int32(k)}]; !ok {
			numeric[[2]int32{f, int32(k)}] = uint32(l.size)
			l.slots = append(l.slots, slot{f, s, key(s.missing)})
			l.size++
		}
	}
}

func indexOf(segments []segment, s segment) int {
	for k, have := range segments {
		if have == s {
			return k
		}
	}
	return -1
}

// add lays out one tree, level by level.
func (l *lanes) add(t *Tree, numeric map[[2]int32]uint32, segments []segment, tables []*catTable, splits []int) {
	l.roots = append(l.roots, int32(len(l.nodes)))
	first := int32(0)
	if len(t.SplitFeature) == 0 {
		first = ^0
	}
	queue := []int32{first} // the queue's k-th item is the tree's k-th node here
	base := int32(len(l.nodes))
	for k := int32(0); int(k) < len(queue); k++ {
		i := queue[k]
		if i < 0 {
			l.nodes = append(l.nodes, laneNode{threshold: math.Float64bits(t.LeafValue[^i]), left: base + k})
			l.leaf = append(l.leaf, ^i)
			continue
		}
		n := laneNode{left: base + int32(len(queue))}
		queue = append(queue, t.Left[i], t.Right[i])
		f := t.SplitFeature[i]
		if t.DecisionType[i]&Categorical != 0 {
			n.threshold, n.at = tables[f].add(t, int(i), splits[f])
			splits[f]++
		} else {
			s := int32(indexOf(segments, segmentOf(t.DecisionType[i])))
			n.threshold, n.at = key(t.Threshold[i]), numeric[[2]int32{f, s}]
		}
		l.nodes, l.leaf = append(l.nodes, n), append(l.leaf, -1)
	}
}

// add enters categorical split number k of the column, node i of t.
func (c *catTable) add(t *Tree, i, k int) (bit uint64, at uint32) {
	set := int(t.Threshold[i])
	for w, word := range t.CatThreshold[t.CatBoundaries[set]:t.CatBoundaries[set+1]] {
		for ; word != 0; word &= word - 1 {
			code := w<<5 + bits.TrailingZeros32(word)
			c.right[code*c.words+k>>6] &^= 1 << (k & 63)
		}
	}
	return uint64(k & 63), catBit | uint32(c.first+k>>6)
}

// write writes row out to dst.
func (l *lanes) write(dst []uint64, row []float64) {
	dst = dst[:l.size]
	dst[0] = 0
	out := dst[1 : 1+len(l.slots)]
	for k := range l.slots {
		s := &l.slots[k]
		v := row[s.column]
		if out[k] = key(v); v != v || s.segment.zeroMissing && math.Abs(v) <= zeroThreshold {
			out[k] = s.missing
		}
	}
	for k := range l.tables {
		t := &l.tables[k]
		words := dst[t.first:][:t.words]
		v := row[t.column]
		if !(v >= 0 && v < float64(len(t.right)/t.words)) {
			for w := range words {
				words[w] = math.MaxUint64
			}
			continue
		}
		copy(words, t.right[int(v)*t.words:])
	}
}

// right is 1 where the row sends v = its slot node.at right.
func (n *laneNode) right(v uint64) int32 {
	_, above := bits.Sub64(n.threshold, v, 0)
	bit := v >> (n.threshold & 63) & 1
	return int32(above ^ (above^bit)&uint64(n.at>>31))
}

// walk4 leads four walks to their leaves; o0 … o3 are where their rows begin in
// buf.
func walk4(nodes []laneNode, buf []uint64, n *[4]int32, o0, o1, o2, o3 int) {
	n0, n1, n2, n3 := n[0], n[1], n[2], n[3]
	for {
		a, b, c, d := &nodes[n0], &nodes[n1], &nodes[n2], &nodes[n3]
		n0 = a.left + a.right(buf[o0+int(a.at&^catBit)])
		n1 = b.left + b.right(buf[o1+int(b.at&^catBit)])
		n2 = c.left + c.right(buf[o2+int(c.at&^catBit)])
		n3 = d.left + d.right(buf[o3+int(d.at&^catBit)])
		if a.at|b.at|c.at|d.at == 0 {
			break
		}
	}
	n[0], n[1], n[2], n[3] = n0, n1, n2, n3
}

// walk1 leads one walk to its leaf.
func walk1(nodes []laneNode, buf []uint64, n int32) int32 {
	for {
		a := &nodes[n]
		if a.at == 0 {
			return n
		}
		n = a.left + a.right(buf[a.at&^catBit])
	}
}

func (l *lanes) value(n int32) float64 { return math.Float64frombits(l.nodes[n].threshold) }

// sum is the sum of the trees for a row that is written out.
func (l *lanes) sum(buf []uint64) float64 {
	s, k := 0.0, 0
	var at [4]int32
	for ; k+4 <= len(l.roots); k += 4 {
		copy(at[:], l.roots[k:k+4])
		walk4(l.nodes, buf, &at, 0, 0, 0, 0)
		for _, n := range at {
			s += l.value(n)
		}
	}
	for _, root := range l.roots[k:] {
		s += l.value(walk1(l.nodes, buf, root))
	}
	return s
}

// sums adds the trees of each row of buf to dst, tree by tree, so that a tree's
// nodes stay in the cache from row to row.
func (l *lanes) sums(dst []float64, buf []uint64) {
	if len(dst)%4 != 0 {
		l.sumsOfAny(dst, buf)
		return
	}
	size := l.size
	var at [4]int32
	for _, root := range l.roots {
		for i := 0; i < len(dst); i += 4 {
			at = [4]int32{root, root, root, root}
			walk4(l.nodes, buf, &at, i*size, (i+1)*size, (i+2)*size, (i+3)*size)
			d := (*[4]float64)(dst[i:])
			d[0] += l.value(at[0])
			d[1] += l.value(at[1])
			d[2] += l.value(at[2])
			d[3] += l.value(at[3])
		}
	}
}

// sumsOfAny is sums for any number of rows: the four walks are of rows and trees as
// they come, so that none runs alone.
func (l *lanes) sumsOfAny(dst []float64, buf []uint64) {
	var at [4]int32
	var row [4]int
	n, size := 0, l.size
	for _, root := range l.roots {
		for i := range dst {
			at[n], row[n] = root, i
			if n++; n < 4 {
				continue
			}
			n = 0
			walk4(l.nodes, buf, &at, row[0]*size, row[1]*size, row[2]*size, row[3]*size)
			dst[row[0]] += l.value(at[0])
			dst[row[1]] += l.value(at[1])
			dst[row[2]] += l.value(at[2])
			dst[row[3]] += l.value(at[3])
		}
	}
	for k := range n {
		dst[row[k]] += l.value(walk1(l.nodes, buf[row[k]*size:], at[k]))
	}
}

// stackSlots is the length of a written-out row that needs no allocation.
const stackSlots = 256

// one is the sum of the trees for row i of x.
func (l *lanes) one(x ml.Matrix, i, width int) float64 {
	var slots [stackSlots]uint64
	return l.sum(l.writeOut(slots[:], x, i, width))
}

// writeOut writes row i of x out to buf, or to new memory where it is too short.
func (l *lanes) writeOut(buf []uint64, x ml.Matrix, i, width int) []uint64 {
	var array [stackRow]float64
	row := array[:]
	if width > stackRow {
		row = make([]float64, width)
	}
	if l.size > len(buf) {
		buf = make([]uint64, l.size)
	}
	l.write(buf, x.Row(row[:width], i))
	return buf[:l.size]
}
