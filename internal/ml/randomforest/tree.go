package randomforest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"lfb/internal/lfb"
	"lfb/internal/ml/tree"
)

// grown is one tree on prepared values, in preorder, with its leaves' training rows by band.
type grown struct {
	tree   tree.Tree
	counts []uint32 // one run of bands a leaf
}

// addLeaf adds a leaf and returns it as a child. Its value is seconds above the mean of the
// first band, which keeps it exact where there is one band only.
func (g *grown) addLeaf(counts []uint32, bands *bands) int32 {
	rows, above := uint32(0), 0.0
	for k, v := range shares(counts) {
		rows += counts[k]
		above += v * (bands.Mean[k] - bands.Mean[0])
	}
	g.counts = append(g.counts, counts...)
	g.tree.LeafCount = append(g.tree.LeafCount, int32(rows))
	g.tree.LeafValue = append(g.tree.LeafValue, above+bands.Mean[0]-bands.Mean[0])
	return ^int32(g.tree.NumLeaves() - 1)
}

// addSplit adds a node that sends values up to bound left, and returns its number.
func (g *grown) addSplit(column int, bound float64) int32 {
	t := &g.tree
	t.SplitFeature, t.Threshold = append(t.SplitFeature, int32(column)), append(t.Threshold, bound)
	t.DecisionType, t.InternalCount = append(t.DecisionType, tree.MissingNaN), append(t.InternalCount, 0)
	t.Left, t.Right = append(t.Left, 0), append(t.Right, 0)
	return int32(len(t.SplitFeature) - 1)
}

// shares turns a leaf's counts into parts of 1.
func shares(counts []uint32) []float64 {
	var sum float64
	for _, c := range counts {
		sum += float64(c)
	}
	out := make([]float64, len(counts))
	for k, c := range counts {
		out[k] = float64(c) / sum
	}
	return out
}

// append encodes the number of nodes, leaves among them, and then those in preorder: a split
// is its column plus one and its bound, a leaf is 0 and its counts.
func (g *grown) append(out []byte) []byte {
	leaves := slices.Collect(slices.Chunk(g.counts, len(g.counts)/g.tree.NumLeaves()))
	root := int32(0)
	if len(leaves) == 1 {
		root = ^0
	}
	var node func(child int32)
	node = func(child int32) {
		if child >= 0 {
			out = binary.AppendUvarint(out, uint64(g.tree.SplitFeature[child]+1))
			out = binary.LittleEndian.AppendUint64(out, math.Float64bits(g.tree.Threshold[child]))
			node(g.tree.Left[child])
			node(g.tree.Right[child])
			return
		}
		out = append(out, 0)
		for _, c := range leaves[^child] {
			out = binary.AppendUvarint(out, uint64(c))
		}
	}
	out = binary.AppendUvarint(out, uint64(2*len(leaves)-1))
	node(root)
	return out
}

// reader reads trees.
type reader struct {
	*bytes.Reader
	err error // the first
}

func (r *reader) uvarint() uint64 {
	v, err := binary.ReadUvarint(r)
	if r.err == nil && err != nil {
		r.err = fmt.Errorf("%w: %w", err, lfb.ErrInvalid)
	}
	return v
}

// tree is the inverse of append.
func (r *reader) tree(s *state) (g grown) {
	nodes := r.uvarint()
	if r.err == nil {
		r.node(&g, s, 1)
	}
	if r.err == nil && uint64(2*g.tree.NumLeaves()-1) != nodes {
		r.err = fmt.Errorf("randomforest tree of %d leaves in %d nodes: %w", g.tree.NumLeaves(), nodes, lfb.ErrInvalid)
	}
	return g
}

// node reads a node and what is below it.
func (r *reader) node(g *grown, s *state, depth int) int32 {
	column := r.uvarint()
	if r.err == nil && (column > uint64(len(s.Columns)) || depth > maxDepth) {
		r.err = fmt.Errorf("randomforest column %d of %d at depth %d: %w", column, len(s.Columns), depth, lfb.ErrInvalid)
	}
	if column == 0 || r.err != nil {
		counts := make([]uint32, len(s.Bands.Mean))
		for k := range counts {
			counts[k] = uint32(min(r.uvarint(), math.MaxInt32))
		}
		return g.addLeaf(counts, &s.Bands)
	}
	var bound [8]byte
	if n, _ := r.Read(bound[:]); n < len(bound) {
		r.err = fmt.Errorf("randomforest bound of %d bytes: %w", n, lfb.ErrInvalid)
	}
	i := g.addSplit(int(column)-1, math.Float64frombits(binary.LittleEndian.Uint64(bound[:])))
	g.tree.Left[i] = r.node(g, s, depth+1)
	g.tree.Right[i] = r.node(g, s, depth+1)
	return i
}
