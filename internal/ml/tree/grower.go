package tree

import (
	"context"
	"math"
)

// Grower grows trees leaf by leaf, best gain first, over one BinnedMatrix. It keeps
// its memory from tree to tree and serves one caller at a time.
type Grower struct {
	data   *BinnedMatrix
	pool   *WorkerPool
	params GrowthParams

	gradients []int64 // of each row of data
	scale     GradientScale

	// The features that this tree may split, ascending: slot s of codes and of
	// histograms is feature features[s].
	features []int32
	codes    rowCodes
	narrowed rowCodes // codes where they are not data's own; kept from tree to tree

	rows, spare []int32 // the rows in training, leaf by leaf; room to part them
	leaves      []growingLeaf
	nodes       []growingNode
	free        []histogram
	workers     []growWorker
	splits      [2][]leafSplit // by slot, for the two new leaves
	part        rowPartition
}

// growingLeaf is a leaf while the tree grows.
type growingLeaf struct {
	lo, hi int // of Grower.rows
	packed int64
	value  float64
	depth  int
	bound  valueRange
	hist   histogram
	best   leafSplit
	parent int32 // node; -1 for the root
	isLeft bool
}

// growingNode is an internal node while the tree grows.
type growingNode struct {
	split       leafSplit
	packed      int64
	value       float64
	left, right int32
}

type growWorker struct {
	buf      *gatherBuffer
	hist     histogram
	dirty    bool // hist holds rows of the split under way
	splitter splitFinder
}

// NewGrower returns a Grower for data. gradients holds a packed one for each row and is read
// whenever a tree grows: the caller changes it in between.
func NewGrower(data *BinnedMatrix, pool *WorkerPool, params GrowthParams, gradients []int64) *Grower {
	g := &Grower{data: data, pool: pool, params: params, gradients: gradients}
	g.params.Leaves = max(params.Leaves, 1)
	g.workers = make([]growWorker, pool.WorkerCount())
	for w := range g.workers {
		g.workers[w].buf = newGather(data.groups)
		g.workers[w].hist = g.newHist()
	}
	g.splits = [2][]leafSplit{make([]leafSplit, data.FeatureCount()), make([]leafSplit, data.FeatureCount())}
	return g
}

// selectFeatures sets the features that use names, nil being all. Fewer than all are packed
// anew: a histogram then costs what it holds, and not what the data has.
func (g *Grower) selectFeatures(use []bool) {
	g.features = g.features[:0]
	for f := range g.data.FeatureCount() {
		if use == nil || use[f] {
			g.features = append(g.features, int32(f))
		}
	}
	if len(g.features) == g.data.FeatureCount() {
		g.codes = g.data.rowCodes
		return
	}
	g.data.packFeatures(g.pool, &g.narrowed, g.features)
	g.codes = g.narrowed
}

func (g *Grower) newHist() histogram {
	if n := len(g.free); n > 0 {
		h := g.free[n-1]
		g.free = g.free[:n-1]
		return h
	}
	return make(histogram, g.data.groups*group)
}

// GrowTree grows one tree from gradients packed at scale. rows are those to learn from,
// ascending, nil for all; use says by feature which may be split, nil for all.
// The values of the leaves are in the target's unit, without shrinkage. A ctx
// that ends stops it with its error.
func (g *Grower) GrowTree(ctx context.Context, scale GradientScale, rows []int32, use []bool) (Tree, error) {
	g.scale = scale
	g.selectFeatures(use)
	g.growRoot(rows)
	for len(g.leaves) < g.params.Leaves {
		if err := ctx.Err(); err != nil {
			return Tree{}, err
		}
		at := g.bestLeaf()
		if at < 0 {
			break
		}
		g.splitLeaf(at, len(g.leaves)+1 < g.params.Leaves)
	}
	for i := range g.leaves {
		g.freeHistogram(&g.leaves[i])
	}
	return buildTree(g.data, g.scale, g.nodes, g.leaves), nil
}

// LeafRows are the rows of data that are in a leaf of the tree last grown.
func (g *Grower) LeafRows(leaf int) []int32 { return g.rows[g.leaves[leaf].lo:g.leaves[leaf].hi] }

// ClipLeafValue keeps v within the bounds that monotone columns set for a leaf of the tree
// last grown: for callers that replace the values of leaves.
func (g *Grower) ClipLeafValue(leaf int, v float64) float64 { return g.leaves[leaf].bound.clipValue(v) }

// growRoot makes the root.
func (g *Grower) growRoot(rows []int32) {
	n := g.data.Rows
	if rows != nil {
		n = len(rows)
	}
	if cap(g.rows) < n {
		g.rows, g.spare = make([]int32, n), make([]int32, n)
	}
	g.rows, g.spare = g.rows[:n], g.spare[:n]
	if rows != nil {
		copy(g.rows, rows)
	} else {
		for i := range g.rows {
			g.rows[i] = int32(i)
		}
	}
	g.nodes = g.nodes[:0]
	root := growingLeaf{hi: n, bound: noBound, parent: -1, hist: g.newHist()}
	g.sumRoot(root.hist)
	if len(g.features) > 0 {
		for _, w := range root.hist.featureBins(0) {
			root.packed += w
		}
	} else {
		for _, i := range g.rows {
			root.packed += g.gradients[i]
		}
	}
	sum, count := g.scale.unpackSum(root.packed), float64(g.scale.unpackCount(root.packed))
	root.value = optimalValue(sum, count, g.params.L2, noBound) / g.scale.Unit
	g.leaves = append(g.leaves[:0], root)
	g.pool.RunTasks(len(g.features), func(worker, slot int) { g.scanFeature(worker, slot, 0, 0) })
	g.chooseSplit(0, 0)
}

const rowChunk = 8192 // rows that a worker takes at a time

func (g *Grower) sumRoot(h histogram) {
	g.pool.RunChunks(len(g.rows), rowChunk, func(worker, lo, hi int) {
		w := g.ownHist(worker)
		g.codes.accumulateGradients(w.hist, g.rows[lo:hi], g.gradients, w.buf)
	})
	g.pool.RunTasks(len(g.features), func(_, slot int) { g.sumHistograms(h, slot) })
	g.clearDirty()
}

// ownHist returns a worker with its own histogram, which is cleared at its first use in a split.
func (g *Grower) ownHist(worker int) *growWorker {
	w := &g.workers[worker]
	if !w.dirty {
		clear(w.hist[:g.codes.groups*group])
		w.dirty = true
	}
	return w
}

// sumHistograms writes the sum of the workers' histograms of a slot to h.
func (g *Grower) sumHistograms(h histogram, slot int) {
	dst, first := h.featureBins(slot), true
	for w := range g.workers {
		if !g.workers[w].dirty {
			continue
		}
		src := g.workers[w].hist.featureBins(slot)
		if first {
			*dst, first = *src, false
			continue
		}
		for b, v := range src {
			dst[b] += v
		}
	}
	if first {
		*dst = [bins]int64{}
	}
}

func (g *Grower) clearDirty() {
	for w := range g.workers {
		g.workers[w].dirty = false
	}
}

// bestLeaf returns the leaf with the greatest gain, the first of several equal ones; -1
// where none can be split.
func (g *Grower) bestLeaf() int {
	at := -1
	for i := range g.leaves {
		if s := &g.leaves[i].best; s.feature >= 0 && (at < 0 || s.gain > g.leaves[at].best.gain) {
			at = i
		}
	}
	return at
}

// scanFeature searches the feature of a slot of a leaf for its best split, the
// first or the second of the new leaves.
func (g *Grower) scanFeature(worker, slot, leaf, which int) {
	l := &g.leaves[leaf]
	g.splits[which][slot] = leafSplit{feature: -1}
	if g.params.MaxDepth > 0 && l.depth >= g.params.MaxDepth {
		return
	}
	s := &g.workers[worker].splitter
	s.resetForLeaf(&g.params, g.scale, l.packed, l.bound)
	f := int(g.features[slot])
	g.splits[which][slot] = s.bestSplit(f, &g.data.Mappers[f], l.hist.featureBins(slot))
}

// chooseSplit sets the leaf's best split from its features', the first of equals.
func (g *Grower) chooseSplit(leaf, which int) {
	best := leafSplit{feature: -1, gain: math.Inf(-1)}
	for _, s := range g.splits[which][:len(g.features)] {
		if s.feature >= 0 && s.gain > best.gain {
			best = s
		}
	}
	g.leaves[leaf].best = best
}

func (g *Grower) freeHistogram(l *growingLeaf) {
	if l.hist != nil {
		g.free = append(g.free, l.hist)
		l.hist = nil
	}
}

// splitLeaf divides leaf at by its best split: the left child takes its place, the
// right child is new. more says whether the children may be split themselves.
func (g *Grower) splitLeaf(at int, more bool) {
	l := g.leaves[at]
	s := l.best
	id := int32(len(g.nodes))
	g.nodes = append(g.nodes, growingNode{
		split: s, packed: l.packed, value: l.value, left: ^int32(at),
		right: ^int32(len(g.leaves)),
	})
	if l.parent >= 0 && l.isLeft {
		g.nodes[l.parent].left = id
	} else if l.parent >= 0 {
		g.nodes[l.parent].right = id
	}
	left := growingLeaf{lo: l.lo, packed: s.packed, value: s.lvalue, depth: l.depth + 1, parent: id, isLeft: true}
	right := growingLeaf{hi: l.hi, packed: l.packed - s.packed, value: s.rvalue, depth: l.depth + 1, parent: id}
	left.bound, right.bound = g.childBounds(&l)
	leftSmaller := g.scale.unpackCount(left.packed) <= g.scale.unpackCount(right.packed)
	grow := more && g.canSplitChildren(&left, &right)
	mid := g.partitionRows(&l, leftSmaller, grow)
	left.hi, right.lo = mid, mid
	left.best, right.best = leafSplit{feature: -1}, leafSplit{feature: -1}
	if grow {
		left.hist, right.hist = l.hist, g.newHist()
		if leftSmaller {
			left.hist, right.hist = right.hist, left.hist
		}
	} else {
		g.freeHistogram(&l)
	}
	g.leaves[at] = left
	g.leaves = append(g.leaves, right)
	g.splitChildren(at, leftSmaller, grow)
}

// canSplitChildren reports whether either new leaf could be split again.
func (g *Grower) canSplitChildren(left, right *growingLeaf) bool {
	if g.params.MaxDepth > 0 && left.depth >= g.params.MaxDepth {
		return false
	}
	most := max(g.scale.unpackCount(left.packed), g.scale.unpackCount(right.packed))
	return most >= 2*int64(max(g.params.MinRows, 1))
}

// childBounds returns the bounds of the children of l: where its split is on a monotone
// column, their values stay on either side of the middle.
//
// Source: LightGBM's "basic" method of monotone_constraints.
func (g *Grower) childBounds(l *growingLeaf) (left, right valueRange) {
	left, right = l.bound, l.bound
	if g.params.Monotone == nil {
		return left, right
	}
	mid := (l.best.lvalue + l.best.rvalue) / 2
	switch mono := g.params.Monotone[l.best.feature]; {
	case mono > 0:
		left.hi, right.lo = min(left.hi, mid), max(right.lo, mid)
	case mono < 0:
		left.lo, right.hi = max(left.lo, mid), min(right.hi, mid)
	}
	return left, right
}
