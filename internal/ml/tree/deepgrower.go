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
//
// The rows of a node stand side by side with all that is asked of them: a split moves
// them to where its two sides are together, from one half of the memory to the other
// and back a level further down. What is below a node of a few thousand rows is read
// in the second-level cache; fetched by their numbers, rows would lie anywhere.
type DeepGrower struct {
	data   *Binned
	params Params
	scale  Scale
	words  []int64 // of each row of data, drawn once

	size    int         // words of a record
	records [2][]uint64 // of the drawn rows; a node's are in the half of its depth
	rows    []int32     // by place: of leaves
	todo    []deepNode
	nodes   []node
	leaves  []leaf

	order []int32 // columns, shuffled as far as drawn
	rng   *rand.Rand
	hist  [][bins]int64 // of the columns tried together; zero in between
	ids   [bins]uint8
	scan  scanner
}

// A record is a row: the words of its codes, its word times its draws, its number.
const (
	wordAt   = 2 // from the record's end
	numberAt = 1
)

// deepNode is a part of the rows that is still to be split.
type deepNode struct {
	lo, hi, depth int
	word          int64
	parent        int32
	isLeft        bool
}

// NewDeepGrower returns a grower for data with one word a row, made at scale.
func NewDeepGrower(data *Binned, params Params, scale Scale, words []int64) *DeepGrower {
	g := &DeepGrower{data: data, params: params, scale: scale, words: words, size: data.groups + wordAt, hist: make([][bins]int64, 2)}
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
	if len(g.rows) < n {
		room := n + n/64
		g.rows = make([]int32, room)
		for half := range g.records {
			g.records[half] = make([]uint64, room*g.size)
		}
	}
	root := deepNode{hi: n, parent: -1}
	next := g.records[0]
	for i, d := range draws {
		if d > 0 {
			w := g.words[i] * int64(d)
			copy(next, g.data.rowCodes.words[i*g.data.groups:][:g.data.groups])
			next[g.size-wordAt], next[g.size-numberAt] = uint64(w), uint64(i)
			root.word += w
			next = next[g.size:]
		}
	}
	return root
}

// of is the records of n.
func (g *DeepGrower) of(n deepNode) []uint64 {
	return g.records[n.depth&1][n.lo*g.size : n.hi*g.size]
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
		for k, r := n.lo, g.of(n); k < n.hi; k, r = k+1, r[g.size:] {
			g.rows[k] = int32(r[g.size-numberAt])
		}
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

// histograms fills those of columns, block by block: records stay in the first-level
// cache from column to column.
func (g *DeepGrower) histograms(n deepNode, columns []int32) {
	if len(g.hist) < len(columns) {
		g.hist = make([][bins]int64, len(columns))
	}
	for rest := g.of(n); len(rest) > 0; {
		block := rest[:min(len(rest), rowBlock*g.size)]
		rest = rest[len(block):]
		k := 0
		for ; k+4 <= len(columns); k += 4 {
			addFour((*[4][bins]int64)(g.hist[k:]), block, g.size, (*[4]int32)(columns[k:]))
		}
		for ; k < len(columns); k++ {
			addOne(&g.hist[k], block, g.size, columns[k])
		}
	}
}

// codeAt is where in a record feature f's code is, and how far up.
func codeAt(f int32) (word int, shift uint) { return int(f) >> 3, uint(f&7) * 8 }

// addFour adds each record's word to its bins of four columns: none waits for another.
func addFour(h *[4][bins]int64, records []uint64, size int, f *[4]int32) {
	a, shiftA := codeAt(f[0])
	b, shiftB := codeAt(f[1])
	c, shiftC := codeAt(f[2])
	d, shiftD := codeAt(f[3])
	for i := 0; i < len(records); i += size {
		w := int64(records[i+size-wordAt])
		h[0][uint8(records[i+a]>>(shiftA&63))] += w
		h[1][uint8(records[i+b]>>(shiftB&63))] += w
		h[2][uint8(records[i+c]>>(shiftC&63))] += w
		h[3][uint8(records[i+d]>>(shiftD&63))] += w
	}
}

// addOne is addFour for one column.
func addOne(h *[bins]int64, records []uint64, size int, f int32) {
	a, shift := codeAt(f)
	for i := 0; i < len(records); i += size {
		h[uint8(records[i+a]>>(shift&63))] += int64(records[i+size-wordAt])
	}
}

// trySmall is the best split of feature f of a small node.
func (g *DeepGrower) trySmall(n deepNode, f int, m *Mapper) split {
	at, shift := codeAt(int32(f))
	h, records, size := &g.hist[0], g.of(n), g.size
	word := size - wordAt
	var used binSet
	for i := 0; i < len(records); i += size {
		b := uint8(records[i+at] >> (shift & 63))
		h[b] += int64(records[i+word])
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

// part moves the records that s sends left to the front of n's part of the other half,
// the others to its end, and returns the number of the former. Their order is of no
// matter to sums of whole numbers.
func (g *DeepGrower) part(n deepNode, s *split) int {
	from, to := g.of(n), g.records[1-n.depth&1][n.lo*g.size:n.hi*g.size]
	at, shift := codeAt(s.feature)
	size := g.size
	l, r := 0, len(to)-size
	for i := 0; i < len(from); i += size {
		goes := int(s.left.bit(uint8(from[i+at] >> (shift & 63))))
		copy(to[r^(r^l)&-goes:], from[i:i+size])
		l += size & -goes
		r -= size & (goes - 1)
	}
	return l / size
}
