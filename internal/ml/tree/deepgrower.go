package tree

import (
	"context"
	"math/rand/v2"
)

// DeepGrower grows the deep trees of a forest, depth first, with columns drawn anew at every
// node. It uses one core: a forest has many trees to grow at the same time, each worker with a
// DeepGrower of its own. A node's histograms are built from its rows, of the drawn columns only:
// subtracting from the parent's would need all columns.
type DeepGrower struct {
	data      *BinnedMatrix
	params    GrowthParams
	scale     GradientScale
	gradients []int64 // packed gradient of each row of data, drawn once

	drawn       []int64 // gradients times their draws
	rows, spare []int32 // drawn rows, node by node; room to part them
	pending     []deepNode
	nodes       []growingNode
	leaves      []growingLeaf

	order    []int32 // columns, shuffled as far as drawn
	rng      *rand.Rand
	near     []int64 // gradients of the node's rows, side by side
	hist     [bins]int64
	splitter splitFinder
}

// deepNode is a part of the rows that is still to be split.
type deepNode struct {
	lo, hi, depth int
	packed        int64
	parent        int32
	isLeft        bool
}

// NewDeepGrower returns a grower for data with one packed gradient a row, made at scale.
func NewDeepGrower(data *BinnedMatrix, params GrowthParams, scale GradientScale, gradients []int64) *DeepGrower {
	return &DeepGrower{
		data: data, params: params, scale: scale, gradients: gradients, order: make([]int32, data.FeatureCount()),
		drawn: make([]int64, data.Rows), rows: make([]int32, 0, data.Rows), spare: make([]int32, data.Rows),
		near: make([]int64, data.Rows),
	}
}

// GrowTree grows one tree on the rows of data as often as draws says, trying columns
// drawn columns at each node, and more only where those allow no split. Leaf
// values are in the target's unit. A ctx that ends stops it with its error.
func (g *DeepGrower) GrowTree(ctx context.Context, draws []uint8, columns int, rng *rand.Rand) (Tree, error) {
	g.rng = rng
	g.nodes, g.leaves = g.nodes[:0], g.leaves[:0]
	for i := range g.order {
		g.order[i] = int32(i)
	}
	g.pending = append(g.pending[:0], g.newRoot(draws))
	for visited := 0; len(g.pending) > 0; visited++ {
		if visited&255 == 0 && ctx.Err() != nil {
			return Tree{}, ctx.Err()
		}
		n := g.pending[len(g.pending)-1]
		g.pending = g.pending[:len(g.pending)-1]
		g.splitNode(n, columns)
	}
	return buildTree(g.data, g.scale, g.nodes, g.leaves), nil
}

// LeafRows are the rows in a leaf of the tree last grown, each once.
func (g *DeepGrower) LeafRows(leaf int) []int32 { return g.rows[g.leaves[leaf].lo:g.leaves[leaf].hi] }

func (g *DeepGrower) newRoot(draws []uint8) deepNode {
	root := deepNode{parent: -1}
	g.rows = g.rows[:0]
	for i, d := range draws {
		if d > 0 {
			g.drawn[i] = g.gradients[i] * int64(d)
			g.rows = append(g.rows, int32(i))
			root.packed += g.drawn[i]
		}
	}
	root.hi = len(g.rows)
	return root
}

// splitNode splits n, or makes it a leaf.
func (g *DeepGrower) splitNode(n deepNode, columns int) {
	best := leafSplit{feature: -1}
	if (g.params.MaxDepth == 0 || n.depth < g.params.MaxDepth) &&
		g.scale.unpackCount(n.packed) >= 2*int64(max(g.params.MinRows, 1)) {
		best = g.findSplit(n, columns)
	}
	value := -(g.scale.unpackSum(n.packed) / float64(max(g.scale.unpackCount(n.packed), 1)) / g.scale.Unit)
	if best.feature < 0 {
		g.linkParent(n, ^int32(len(g.leaves)))
		g.leaves = append(g.leaves, growingLeaf{lo: n.lo, hi: n.hi, packed: n.packed, value: value})
		return
	}
	id := int32(len(g.nodes))
	g.linkParent(n, id)
	g.nodes = append(g.nodes, growingNode{split: best, packed: n.packed, value: value})
	rows, side := g.rows[n.lo:n.hi], best.left.leftFlags()
	left := partRows(rows, g.spare, g.data.codes[best.feature], &side)
	copy(rows[left:], g.spare)
	mid := n.lo + left
	g.pending = append(g.pending,
		deepNode{mid, n.hi, n.depth + 1, n.packed - best.packed, id, false},
		deepNode{n.lo, mid, n.depth + 1, best.packed, id, true})
}

func (g *DeepGrower) linkParent(n deepNode, id int32) {
	switch {
	case n.parent < 0:
	case n.isLeft:
		g.nodes[n.parent].left = id
	default:
		g.nodes[n.parent].right = id
	}
}

// findSplit draws columns, none twice, and returns the best split of any of them.
func (g *DeepGrower) findSplit(n deepNode, columns int) leafSplit {
	rows := g.rows[n.lo:n.hi]
	near := g.near[:len(rows)]
	for k, i := range rows {
		near[k] = g.drawn[i]
	}
	g.splitter.resetForLeaf(&g.params, g.scale, n.packed, noBound)
	best := leafSplit{feature: -1}
	// Beyond columns they are tried in pairs, as they were for the models that are stored: the same
	// seed must give the same bytes.
	for k := 0; k < len(g.order) && (k < columns || best.feature < 0 || (k-columns)%2 == 1); k++ {
		j := k + g.rng.IntN(len(g.order)-k)
		g.order[k], g.order[j] = g.order[j], g.order[k]
		f := g.order[k]
		g.hist = [bins]int64{}
		codes := g.data.codes[f]
		for k, i := range rows {
			g.hist[codes[i]] += near[k]
		}
		if s := g.splitter.bestSplit(int(f), &g.data.Mappers[f], &g.hist); s.feature >= 0 &&
			(best.feature < 0 || s.gain > best.gain) {
			best = s
		}
	}
	return best
}
