package tree

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

// BinConfig holds the settings of binning: how many bins, and the sample that their bounds are learned from.
type BinConfig struct {
	MaxBins    int    // most bins of a column's values, 2 … 255
	MinInBin   int    // fewest sampled rows in a bin
	SampleRows int    // rows that the bounds are learned from
	Seed       uint64 // of the sample
}

// DefaultBins returns LightGBM's defaults.
func DefaultBins(seed uint64) BinConfig {
	return BinConfig{MaxBins: MaxBins, MinInBin: 3, SampleRows: 200_000, Seed: seed}
}

// BinnedMatrix is a Matrix as bin codes, twice: by row for the histograms, eight
// columns to the word, and by column for sending rows left and right. Columns
// of one value are left out. It keeps no part of the Matrix.
type BinnedMatrix struct {
	Rows    int
	Columns []int       // the Matrix's column of each feature kept
	Mappers []BinMapper // of each feature
	rowCodes
	codes [][]uint8 // by feature
}

// rowCodes are codes by row.
type rowCodes struct {
	features int
	groups   int      // words a row
	words    []uint64 // row i, features 8g … 8g+7: words[i*groups+g]
}

// reserveRows makes room for the codes, and keeps the memory of an earlier call where it suffices.
func (c *rowCodes) reserveRows(rows, features int) {
	c.features, c.groups = features, (features+7)/8
	if n := rows * c.groups; cap(c.words) < n {
		c.words = make([]uint64, n)
	} else {
		c.words = c.words[:n]
	}
}

// FeatureCount is the number of columns kept.
func (b *BinnedMatrix) FeatureCount() int { return len(b.Columns) }

// binChunk is the number of rows that are binned at a time: the codes of thirty
// columns stay in the first-level cache until they are packed.
const binChunk = 1024

// BinMatrix learns bins from x and codes x with them.
func BinMatrix(ctx context.Context, pool *WorkerPool, x ml.Matrix, cfg BinConfig) (*BinnedMatrix, error) {
	sample := sampleRows(x.Rows(), cfg)
	mappers := make([]BinMapper, x.Width())
	scratch := make([]binScratch, pool.WorkerCount())
	pool.RunTasks(x.Width(), func(worker, j int) {
		if ctx.Err() != nil {
			return
		}
		s := &scratch[worker]
		values, c := s.sampleValues(x.Col(j), sample), x.Schema().Columns[j]
		if c.IsCategorical() {
			mappers[j] = newCategoricalBinMapper(values, c.Categories, cfg.MaxBins)
		} else {
			mappers[j] = newNumericBinMapper(s, values, cfg.MaxBins, cfg.MinInBin)
		}
	})
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b := &BinnedMatrix{Rows: x.Rows()}
	for j, m := range mappers {
		if m.BinCount() > 1 || m.BinCount() == 1 && anyMissing(&m, x.Col(j)) {
			b.Columns = append(b.Columns, j)
			b.Mappers = append(b.Mappers, m)
		}
	}
	b.encodeColumns(pool, x)
	return b, ctx.Err()
}

// EncodeMatrix codes x with b's bins.
func (b *BinnedMatrix) EncodeMatrix(pool *WorkerPool, x ml.Matrix) *BinnedMatrix {
	out := &BinnedMatrix{Rows: x.Rows(), Columns: b.Columns, Mappers: b.Mappers}
	out.encodeColumns(pool, x)
	return out
}

// sampleRows draws one row from each of cfg.SampleRows equal runs, so that every
// stretch of time is in the sample; nil means all rows.
func sampleRows(rows int, cfg BinConfig) []int32 {
	if rows <= cfg.SampleRows {
		return nil
	}
	rng := rand.New(rand.NewPCG(cfg.Seed, 0x62696e73))
	sample := make([]int32, cfg.SampleRows)
	for k := range sample {
		lo, hi := k*rows/len(sample), (k+1)*rows/len(sample)
		sample[k] = int32(lo + rng.IntN(hi-lo))
	}
	return sample
}

func anyMissing(m *BinMapper, col []float64) bool {
	for _, v := range col {
		if v != v || m.IsCategorical() && m.categoryBin(v) == MissingBin {
			return true
		}
	}
	return false
}

func (b *BinnedMatrix) encodeColumns(pool *WorkerPool, x ml.Matrix) {
	b.codes = make([][]uint8, len(b.Columns))
	all := make([]int32, len(b.Columns))
	for f := range b.codes {
		b.codes[f], all[f] = make([]uint8, b.Rows), int32(f)
	}
	b.reserveRows(b.Rows, len(b.Columns))
	pool.RunChunks(b.Rows, binChunk, func(_, lo, hi int) {
		for f, c := range b.Columns {
			b.Mappers[f].binValues(b.codes[f][lo:hi], x.Col(c)[lo:hi])
		}
		b.packRows(&b.rowCodes, all, lo, hi)
	})
}

// packFeatures writes the codes of some features to dst.
func (b *BinnedMatrix) packFeatures(pool *WorkerPool, dst *rowCodes, features []int32) {
	dst.reserveRows(b.Rows, len(features))
	pool.RunChunks(b.Rows, binChunk, func(_, lo, hi int) { b.packRows(dst, features, lo, hi) })
}

// packRows writes the codes of rows lo ≤ i < hi, at most binChunk, eight features at a time.
func (b *BinnedMatrix) packRows(dst *rowCodes, features []int32, lo, hi int) {
	var none [binChunk]uint8
	for g := range dst.groups {
		var group [8][]uint8
		for k := range group {
			group[k] = none[:hi-lo]
			if at := g*8 + k; at < len(features) {
				group[k] = b.codes[features[at]][lo:hi]
			}
		}
		packCodes(dst.words[lo*dst.groups+g:], dst.groups, &group, hi-lo)
	}
}

// packCodes writes row i's eight codes into dst[i*stride].
func packCodes(dst []uint64, stride int, group *[8][]uint8, n int) {
	c0, c1, c2, c3 := group[0][:n], group[1][:n], group[2][:n], group[3][:n]
	c4, c5, c6, c7 := group[4][:n], group[5][:n], group[6][:n], group[7][:n]
	for i := range n {
		dst[i*stride] = uint64(c0[i]) | uint64(c1[i])<<8 | uint64(c2[i])<<16 | uint64(c3[i])<<24 |
			uint64(c4[i])<<32 | uint64(c5[i])<<40 | uint64(c6[i])<<48 | uint64(c7[i])<<56
	}
}

// A binSet says by bin which side a row goes: a set bit is left.
type binSet [4]uint64

func (s *binSet) add(bin int)              { s[bin>>6&3] |= 1 << (bin & 63) }
func (s *binSet) has(bin uint8) bool       { return s[bin>>6]>>(bin&63)&1 != 0 }
func (s *binSet) leftBit(bin uint8) uint64 { return s[bin>>6] >> (bin & 63) & 1 }

// leftFlags is 1 for each bin that goes left.
func (s *binSet) leftFlags() (side [bins]uint8) {
	for b := range side {
		side[b] = uint8(s.leftBit(uint8(b)))
	}
	return side
}

// addUpTo adds bins 0 … last.
func (s *binSet) addUpTo(last int) {
	for w := range s {
		if n := last + 1 - w*64; n >= 64 {
			s[w] = math.MaxUint64
		} else if n > 0 {
			s[w] |= 1<<n - 1
		}
	}
}

// A BinnedTree is a tree over bin codes: what scores rows while training.
type BinnedTree struct {
	nodes []walkNode
}

type walkNode struct {
	left           binSet
	feature        int32
	lchild, rchild int32 // as in Tree
}

// FindLeaf is the leaf of row i.
func (w *BinnedTree) FindLeaf(b *BinnedMatrix, i int) int {
	if len(w.nodes) == 0 {
		return 0
	}
	row := b.words[i*b.groups : (i+1)*b.groups]
	n := int32(0)
	for n >= 0 {
		node := &w.nodes[n]
		f := node.feature
		if node.left.has(uint8(row[f>>3] >> (f & 7 * 8))) {
			n = node.lchild
		} else {
			n = node.rchild
		}
	}
	return int(^n)
}

// AssignLeaves sends rows of b to their leaves: visit is called for each leaf that any of
// rows reach, with those. It reorders rows, and uses spare, which is as long. Column
// by column and without a branch on data, that takes a fraction of FindLeaf's time.
func (w *BinnedTree) AssignLeaves(b *BinnedMatrix, rows, spare []int32, visit func(leaf int, rows []int32)) {
	if len(w.nodes) == 0 {
		visit(0, rows)
		return
	}
	w.assignSubtree(b, 0, rows, spare, visit)
}

func (w *BinnedTree) assignSubtree(b *BinnedMatrix, n int32, rows, spare []int32, visit func(leaf int, rows []int32)) {
	if len(rows) == 0 {
		return
	}
	if n < 0 {
		visit(int(^n), rows)
		return
	}
	node := &w.nodes[n]
	side := node.left.leftFlags()
	nl := partRows(rows, spare, b.codes[node.feature], &side)
	copy(rows[nl:], spare)
	w.assignSubtree(b, node.lchild, rows[:nl], spare[:nl], visit)
	w.assignSubtree(b, node.rchild, rows[nl:], spare[nl:], visit)
}

// CompileTree turns a tree that was grown on these bins into a BinnedTree. Thresholds that are not of
// these bins give lfb.ErrInvalid: the tree was grown on other data.
func (b *BinnedMatrix) CompileTree(t *Tree) (BinnedTree, error) {
	feature := make(map[int32]int32, len(b.Columns))
	for f, c := range b.Columns {
		feature[int32(c)] = int32(f)
	}
	w := BinnedTree{nodes: make([]walkNode, len(t.SplitFeature))}
	for i := range w.nodes {
		f, ok := feature[t.SplitFeature[i]]
		if ok {
			w.nodes[i] = walkNode{feature: f, lchild: t.Left[i], rchild: t.Right[i]}
			w.nodes[i].left, ok = b.leftBins(t, i, &b.Mappers[f])
		}
		if !ok {
			return BinnedTree{}, fmt.Errorf("node %d was grown on other data: %w", i, lfb.ErrInvalid)
		}
	}
	return w, nil
}

// leftBins is the set of bins that node i sends left.
func (b *BinnedMatrix) leftBins(t *Tree, i int, m *BinMapper) (left binSet, ok bool) {
	if t.DecisionType[i]&Categorical != 0 {
		for bin, code := range m.Codes {
			if t.GoesLeft(i, float64(code)) {
				left.add(bin)
			}
		}
		return left, m.IsCategorical()
	}
	last, ok := m.binOf(t.Threshold[i])
	left.addUpTo(last)
	if t.GoesLeft(i, math.NaN()) {
		left.add(MissingBin)
	}
	return left, ok
}
