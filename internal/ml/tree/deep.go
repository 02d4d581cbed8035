package tree

import (
	"context"
	"math/bits"
	"math/rand/v2"
)

// DeepGrower grows the deep trees of a forest, depth first, on one core, with
// other columns drawn at every node. Trees are grown side by side instead: each
// worker has a DeepGrower of its own. Every node's histograms are made anew, of
// the columns drawn only; small nodes look at the bins that they use only.
type DeepGrower struct {
	data   *Binned
	params Params
	scale  Scale
	words  []int64 // of each row of data, drawn once

	rows, rowSpare []int32
	drawn, spare   []int64 // word of each of rows, times its draws
	todo           []deepNode
	nodes          []node
	leaves         []leaf

	order []int32 // columns, shuffled as far as drawn
	rng   *rand.Rand
	buf   *gather
	hist  [][bins]int64 // of the columns tried together; zero in between
	ids   [bins]uint8
	scan  scanner
}

// deepNode is a part of the rows that is still to be split.
type deepNode struct {
	lo, hi, depth int
	word          int64
	parent        int32
	isLeft        bool
}

// NewDeepGrower returns a grower for data with one word a row, made at scale.
func NewDeepGrower(data *Binned, params Params, scale Scale, words []int64) *DeepGrower {
	g := &DeepGrower{data: data, params: params, scale: scale, words: words, buf: newGather(data.groups), hist: make([][bins]int64, 2)}
	g.order = make([]int32, data.Features())
	return g
}

// Grow grows one tree on the rows of data as often as draws says, trying columns
// drawn columns at each node, and more only where those allow no split. Leaf
// values are in the target's unit. A ctx that ends stops it with its error.
func (g *DeepGrower) Grow(ctx context.Context, draws []uint8, columns int, rng *rand.Rand) (Tree, error) {
	g.rng = rng
	g.nodes, g.leaves = g.nodes[:0], g.leaves[:0]
	for i := range g.order {
		g.order[i] = int32(i)
	}
	g.todo = append(g.todo[:0], g.root(draws))
	for visited := 0; len(g.todo) > 0; visited++ {
		if visited&255 == 0 && ctx.Err() != nil {
			return Tree{}, ctx.Err()
		}
		n := g.todo[len(g.todo)-1]
		g.todo = g.todo[:len(g.todo)-1]
		g.visit(n, columns)
	}
	return buildTree(g.data, g.scale, g.nodes, g.leaves), nil
}

// Rows are the rows in a leaf of the tree last grown, each once.
func (g *DeepGrower) Rows(leaf int) []int32 { return g.rows[g.leaves[leaf].lo:g.leaves[leaf].hi] }

// Walk is the tree last grown, over bin codes.
func (g *DeepGrower) Walk() Walk { return walkOf(g.nodes) }

func (g *DeepGrower) root(draws []uint8) deepNode {
	n := 0
	for _, d := range draws {
		if d > 0 {
			n++
		}
	}
	if cap(g.rows) < n {
		room := n + n/64
		g.rows, g.rowSpare = make([]int32, room), make([]int32, room)
		g.drawn, g.spare = make([]int64, room), make([]int64, room)
	}
	root := deepNode{hi: n, parent: -1}
	k := 0
	for i, d := range draws {
		if d > 0 {
			g.rows[k], g.drawn[k] = int32(i), g.words[i]*int64(d)
			root.word += g.drawn[k]
			k++
		}
	}
	return root
}

// visit splits n, or makes it a leaf.
func (g *DeepGrower) visit(n deepNode, columns int) {
	best := split{feature: -1}
	if (g.params.MaxDepth == 0 || n.depth < g.params.MaxDepth) &&
		g.scale.count(n.word) >= 2*int64(max(g.params.MinRows, 1)) {
		best = g.search(n, columns)
	}
	if best.feature < 0 {
		g.link(n, ^int32(len(g.leaves)))
		value := g.scale.sum(n.word) / float64(max(g.scale.count(n.word), 1)) / g.scale.Unit
		g.leaves = append(g.leaves, leaf{lo: n.lo, hi: n.hi, word: n.word, value: -value})
		return
	}
	id := int32(len(g.nodes))
	g.link(n, id)
	value := g.scale.sum(n.word) / float64(g.scale.count(n.word)) / g.scale.Unit
	g.nodes = append(g.nodes, node{split: best, word: n.word, value: -value})
	mid := n.lo + g.part(n, &best)
	g.todo = append(g.todo,
		deepNode{mid, n.hi, n.depth + 1, n.word - best.word, id, false},
		deepNode{n.lo, mid, n.depth + 1, best.word, id, true})
}

func (g *DeepGrower) link(n deepNode, id int32) {
	switch {
	case n.parent < 0:
	case n.isLeft:
		g.nodes[n.parent].left = id
	default:
		g.nodes[n.parent].right = id
	}
}

// smallNode is the number of rows up to which a node uses few of the bins.
const smallNode = rowBlock

// search draws columns and returns the best split of any of them.
func (g *DeepGrower) search(n deepNode, columns int) split {
	g.scan.reset(&g.params, g.scale, n.word, noBound)
	best := split{feature: -1}
	small := n.hi-n.lo <= smallNode
	if small {
		g.data.gather(g.rows[n.lo:n.hi], g.buf)
	}
	for k := 0; k < len(g.order) && (k < columns || best.feature < 0); {
		count := 2
		if k < columns {
			count = columns - k
		}
		count = min(count, len(g.order)-k)
		best = g.try(n, g.draw(k, count), small, best)
		k += count
	}
	return best
}

// draw moves count columns, drawn from those not yet drawn at this node, to
// places k … of the order.
func (g *DeepGrower) draw(k, count int) []int32 {
	for i := k; i < k+count; i++ {
		j := i + g.rng.IntN(len(g.order)-i)
		g.order[i], g.order[j] = g.order[j], g.order[i]
	}
	return g.order[k : k+count]
}

// try searches columns.
func (g *DeepGrower) try(n deepNode, columns []int32, small bool, best split) split {
	if !small {
		g.histograms(n, columns)
	}
	for k, f := range columns {
		m := &g.data.Mappers[f]
		var s split
		switch {
		case !small:
			s = g.scan.best(int(f), m, &g.hist[k])
			g.hist[k] = [bins]int64{}
		default:
			s = g.trySmall(n, int(f), m)
		}
		if s.feature >= 0 && (best.feature < 0 || s.gain > best.gain) {
			best = s
		}
	}
	return best
}

// histograms fills those of columns. The rows of a deep node lie far apart: each is
// fetched once, with all its codes, and not once a column.
func (g *DeepGrower) histograms(n deepNode, columns []int32) {
	if len(g.hist) < len(columns) {
		g.hist = make([][bins]int64, len(columns))
	}
	rows, words := g.rows[n.lo:n.hi], g.drawn[n.lo:n.hi]
	for len(rows) > 0 {
		m := min(len(rows), rowBlock)
		g.data.gather(rows[:m], g.buf)
		k := 0
		for ; k+2 <= len(columns); k += 2 {
			a, shiftA := g.codes(columns[k], m)
			b, shiftB := g.codes(columns[k+1], m)
			addTwo(&g.hist[k], &g.hist[k+1], a, b, shiftA, shiftB, words[:m])
		}
		if k < len(columns) {
			a, shift := g.codes(columns[k], m)
			addOne(&g.hist[k], a, shift, words[:m])
		}
		rows, words = rows[m:], words[m:]
	}
}

// codes are the gathered words that hold the codes of feature f, and where in them.
func (g *DeepGrower) codes(f int32, rows int) (words []uint64, shift uint) {
	return g.buf.codes[int(f)>>3*rowBlock:][:rows], uint(f&7) * 8
}

// addTwo adds each row's word to its bins of two columns: neither waits for the other.
func addTwo(ha, hb *[bins]int64, a, b []uint64, shiftA, shiftB uint, words []int64) {
	a, b = a[:len(words)], b[:len(words)]
	for k, w := range words {
		ha[uint8(a[k]>>(shiftA&63))] += w
		hb[uint8(b[k]>>(shiftB&63))] += w
	}
}

// addOne is addTwo for one column.
func addOne(h *[bins]int64, codes []uint64, shift uint, words []int64) {
	codes = codes[:len(words)]
	for k, w := range words {
		h[uint8(codes[k]>>(shift&63))] += w
	}
}

// trySmall is the best split of feature f of a node whose codes are gathered.
func (g *DeepGrower) trySmall(n deepNode, f int, m *Mapper) split {
	words := g.drawn[n.lo:n.hi]
	codes, shift := g.codes(int32(f), len(words))
	h := &g.hist[0]
	var used binSet
	for k, x := range codes {
		b := uint8(x >> (shift & 63))
		h[b] += words[k]
		used[b>>6] |= 1 << (b & 63)
	}
	if m.IsCategorical() {
		s := g.scan.best(f, m, h)
		*h = [bins]int64{}
		return s
	}
	missing := h[MissingBin]
	h[MissingBin] = 0
	used[3] &^= 1 << 63
	// Pack the used bins to the front: a bin's place never exceeds its number.
	count := 0
	for q, set := range used {
		for ; set != 0; set &= set - 1 {
			b := q<<6 + bits.TrailingZeros64(set)
			w := h[b]
			h[b] = 0
			h[count&255], g.ids[count&255] = w, uint8(b)
			count++
		}
	}
	s := g.scan.packed(f, h[:count], missing, g.ids[:count])
	clear(h[:count])
	return s
}

// part moves the rows that s sends left before the others and returns their
// number.
func (g *DeepGrower) part(n deepNode, s *split) int {
	rows, words := g.rows[n.lo:n.hi], g.drawn[n.lo:n.hi]
	rr, rw := g.rowSpare[:len(rows)], g.spare[:len(rows)]
	words = words[:len(rows)]
	codes := g.data.codes[s.feature]
	l := 0
	for k, i := range rows {
		w := words[k]
		goes := int(s.left.bit(codes[i]))
		rows[l], words[l] = i, w
		rr[k-l], rw[k-l] = i, w
		l += goes
	}
	copy(rows[l:], rr)
	copy(words[l:], rw)
	return l
}
