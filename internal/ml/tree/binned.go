package tree

import (
	"context"
	"math"
	"math/rand/v2"

	"lfb/internal/ml"
)

// BinConfig says how values are put into bins.
type BinConfig struct {
	MaxBins    int    // most bins of a column's values, 2 … 255
	MinInBin   int    // fewest sampled rows in a bin
	SampleRows int    // rows that the bounds are learned from
	Seed       uint64 // of the sample
}

// DefaultBins is the configuration that LightGBM has.
func DefaultBins(seed uint64) BinConfig {
	return BinConfig{MaxBins: MaxBins, MinInBin: 3, SampleRows: 200_000, Seed: seed}
}

// Binned is a Matrix as bin codes, twice: by row for the histograms, eight
// columns to the word, and by column for sending rows left and right. Columns
// of one value are left out. It keeps no part of the Matrix.
type Binned struct {
	Rows    int
	Columns []int    // the Matrix's column of each feature kept
	Mappers []Mapper // of each feature
	groups  int      // words a row
	words   []uint64 // row i, features 8g … 8g+7: words[i*groups+g]
	codes   [][]uint8
}

// Features is the number of columns kept.
func (b *Binned) Features() int { return len(b.Columns) }

// binChunk is the number of rows that are binned at a time: the codes of thirty
// columns stay in the first-level cache until they are packed.
const binChunk = 1024

// Bin learns bins from x and codes x with them.
func Bin(ctx context.Context, pool *Pool, x ml.Matrix, cfg BinConfig) (*Binned, error) {
	sample := sampleRows(x.Rows(), cfg)
	mappers := make([]Mapper, x.Width())
	samplers := make([]sampler, pool.Workers())
	pool.Do(x.Width(), func(worker, j int) {
		if ctx.Err() == nil {
			mappers[j] = learn(&samplers[worker], x.Schema().Columns[j], x.Col(j), sample, cfg)
		}
	})
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b := &Binned{Rows: x.Rows()}
	for j, m := range mappers {
		if m.Bins() > 1 || m.Bins() == 1 && anyMissing(&m, x.Col(j)) {
			b.Columns = append(b.Columns, j)
			b.Mappers = append(b.Mappers, m)
		}
	}
	b.groups = (len(b.Columns) + 7) / 8
	b.codes = make([][]uint8, len(b.Columns))
	for f := range b.codes {
		b.codes[f] = make([]uint8, b.Rows)
	}
	b.fill(pool, x)
	return b, ctx.Err()
}

// Apply codes x with b's bins, by row only: enough to walk trees.
func (b *Binned) Apply(pool *Pool, x ml.Matrix) *Binned {
	out := &Binned{Rows: x.Rows(), Columns: b.Columns, Mappers: b.Mappers, groups: b.groups}
	out.fill(pool, x)
	return out
}

// learn makes the mapper of one column from the sampled rows.
func learn(s *sampler, c ml.Column, col []float64, sample []int32, cfg BinConfig) Mapper {
	s.take(col, sample)
	if c.IsCategorical() {
		return newCategoricalMapper(s, c.Categories, cfg.MaxBins)
	}
	return newNumericMapper(s, cfg.MaxBins, cfg.MinInBin)
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

func anyMissing(m *Mapper, col []float64) bool {
	for _, v := range col {
		if v != v || m.IsCategorical() && m.category(v) == MissingBin {
			return true
		}
	}
	return false
}

func (b *Binned) fill(pool *Pool, x ml.Matrix) {
	b.words = make([]uint64, b.Rows*b.groups)
	scratch := make([][]uint8, pool.Workers())
	pool.Chunks(b.Rows, binChunk, func(worker, lo, hi int) {
		if scratch[worker] == nil {
			scratch[worker] = make([]uint8, 8*binChunk)
		}
		b.fillRows(x, lo, hi, scratch[worker])
	})
}

// fillRows codes rows lo ≤ i < hi, eight columns at a time.
func (b *Binned) fillRows(x ml.Matrix, lo, hi int, scratch []uint8) {
	n := hi - lo
	for g := range b.groups {
		var group [8][]uint8
		for k := range group {
			group[k] = scratch[k*binChunk : k*binChunk+n]
			f := g*8 + k
			if f >= len(b.Columns) {
				clear(group[k])
				continue
			}
			if b.codes != nil {
				group[k] = b.codes[f][lo:hi]
			}
			b.Mappers[f].bin(group[k], x.Col(b.Columns[f])[lo:hi])
		}
		pack(b.words[lo*b.groups+g:], b.groups, &group, n)
	}
}

// pack writes row i's eight codes into dst[i*stride].
func pack(dst []uint64, stride int, group *[8][]uint8, n int) {
	c0, c1, c2, c3 := group[0][:n], group[1][:n], group[2][:n], group[3][:n]
	c4, c5, c6, c7 := group[4][:n], group[5][:n], group[6][:n], group[7][:n]
	for i := range n {
		dst[i*stride] = uint64(c0[i]) | uint64(c1[i])<<8 | uint64(c2[i])<<16 | uint64(c3[i])<<24 |
			uint64(c4[i])<<32 | uint64(c5[i])<<40 | uint64(c6[i])<<48 | uint64(c7[i])<<56
	}
}

// code is the bin of row i in feature f.
func (b *Binned) code(i, f int) uint8 {
	return uint8(b.words[i*b.groups+f>>3] >> (f & 7 * 8))
}

// A binSet says by bin which side a row goes: a set bit is left.
type binSet [4]uint64

func (s *binSet) add(bin int)          { s[bin>>6&3] |= 1 << (bin & 63) }
func (s *binSet) has(bin uint8) bool   { return s[bin>>6]>>(bin&63)&1 != 0 }
func (s *binSet) bit(bin uint8) uint64 { return s[bin>>6] >> (bin & 63) & 1 }

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

// A Walk is a tree over bin codes: what scores rows while training.
type Walk struct {
	nodes []walkNode
}

type walkNode struct {
	left           binSet
	feature        int32
	lchild, rchild int32 // as in Tree
}

// Leaf is the leaf of row i.
func (w *Walk) Leaf(b *Binned, i int) int {
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

// Compile turns a tree that was grown on these bins into a Walk; false where
// the tree's thresholds are not of these bins.
func (b *Binned) Compile(t *Tree) (Walk, bool) {
	feature := make(map[int32]int32, len(b.Columns))
	for f, c := range b.Columns {
		feature[int32(c)] = int32(f)
	}
	w := Walk{nodes: make([]walkNode, len(t.SplitFeature))}
	for i := range w.nodes {
		f, ok := feature[t.SplitFeature[i]]
		if !ok {
			return Walk{}, false
		}
		w.nodes[i] = walkNode{feature: f, lchild: t.Left[i], rchild: t.Right[i]}
		if w.nodes[i].left, ok = b.leftBins(t, i, &b.Mappers[f]); !ok {
			return Walk{}, false
		}
	}
	return w, true
}

// leftBins is the set of bins that node i sends left.
func (b *Binned) leftBins(t *Tree, i int, m *Mapper) (left binSet, ok bool) {
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
