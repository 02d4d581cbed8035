package tree

// rowPartition divides one leaf's rows between its children, chunk by chunk. Each chunk packs
// its left rows to its own start and puts its right rows into Grower.spare; the
// pieces are joined afterwards. Rows keep their order, so that memory is read
// forward.
type rowPartition struct {
	lo, chunk int
	lefts     []int // left rows of each chunk
	sizes     []int
	side      [bins]uint8 // 1 where the bin goes left
}

// partitionRows divides the rows of l and, where grow is set, adds those of the
// smaller child to the workers' histograms while they are in the cache. It
// returns where the right rows begin; splitChildren joins the pieces.
func (g *Grower) partitionRows(l *growingLeaf, leftSmaller, grow bool) int {
	p := &g.part
	n := l.hi - l.lo
	p.lo, p.chunk = l.lo, max(smallLeaf/2, (n+4*g.pool.WorkerCount()-1)/(4*g.pool.WorkerCount()))
	if n <= smallLeaf {
		p.chunk = n
	}
	p.side = l.best.left.leftFlags()
	chunks := (n + p.chunk - 1) / p.chunk
	p.lefts, p.sizes = resizeInts(p.lefts, chunks), resizeInts(p.sizes, chunks)
	codes := g.data.codes[l.best.feature]
	g.pool.RunTasks(chunks, func(worker, c int) {
		lo := l.lo + c*p.chunk
		hi := min(lo+p.chunk, l.hi)
		nl := partRows(g.rows[lo:hi], g.spare[lo:hi], codes, &p.side)
		p.lefts[c], p.sizes[c] = nl, hi-lo
		if !grow {
			return
		}
		small := g.rows[lo : lo+nl]
		if !leftSmaller {
			small = g.spare[lo : hi-nl]
		}
		w := g.ownHist(worker)
		g.codes.accumulateGradients(w.hist, small, g.gradients, w.buf)
	})
	mid := l.lo
	for _, nl := range p.lefts {
		mid += nl
	}
	return mid
}

// smallLeaf is the number of rows up to which a second histogram costs more than a
// helper saves.
const smallLeaf = 1024

func resizeInts(s []int, n int) []int {
	if cap(s) < n {
		return make([]int, n)
	}
	return s[:n]
}

// partRows moves the rows whose code goes left to the front of rows, the others
// to the front of right, without a branch on data, and returns how many went
// left. right is as long as rows.
func partRows(rows, right []int32, codes []uint8, side *[bins]uint8) int {
	right = right[:len(rows)]
	nl, nr := 0, 0
	for k, i := range rows {
		goes := int(side[codes[i]])
		rows[nl] = i
		right[nr] = i
		nl += goes
		nr = k + 1 - nl
	}
	return nl
}

// joinRows brings the chunks' pieces together: left rows, then right rows.
func (g *Grower) joinRows(mid int) {
	p := &g.part
	l, r, lo := p.lo, mid, p.lo
	for c, nl := range p.lefts {
		if l != lo {
			copy(g.rows[l:l+nl], g.rows[lo:lo+nl])
		}
		l += nl
		lo += p.sizes[c]
	}
	lo = p.lo
	for c, nl := range p.lefts {
		nr := p.sizes[c] - nl
		copy(g.rows[r:r+nr], g.spare[lo:lo+nr])
		r += nr
		lo += p.sizes[c]
	}
}

// splitChildren joins the rows of the leaf at and of the newest leaf and, where grow is
// set, makes their histograms, slot by slot, and searches them.
func (g *Grower) splitChildren(at int, leftSmaller, grow bool) {
	last := len(g.leaves) - 1
	mid := g.leaves[last].lo
	if !grow {
		g.joinRows(mid)
		return
	}
	small, large := at, last
	if !leftSmaller {
		small, large = last, at
	}
	sh, lh := g.leaves[small].hist, g.leaves[large].hist
	g.pool.RunTasks(len(g.features)+1, func(worker, task int) {
		if task == 0 {
			g.joinRows(mid)
			return
		}
		slot := task - 1
		g.sumHistograms(sh, slot)
		subtractHistogram(lh.featureBins(slot), sh.featureBins(slot))
		g.scanFeature(worker, slot, small, 0)
		g.scanFeature(worker, slot, large, 1)
	})
	g.clearDirty()
	g.chooseSplit(small, 0)
	g.chooseSplit(large, 1)
}

// subtractHistogram turns the parent into the other child: it is cheaper than adding its rows.
func subtractHistogram(parent, child *[bins]int64) {
	for b, v := range child {
		parent[b] -= v
	}
}
