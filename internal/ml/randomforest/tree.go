package randomforest

import (
	"encoding/binary"
	"fmt"
	"math"

	"lfb/internal/lfb"
)

// tree is a library tree, flat and in preorder: a split's left child follows it.
type tree struct {
	node   []node
	counts []uint32 // training rows by band, one run of bands a leaf
}

// node is a split, or a leaf where column is -1.
type node struct {
	column int32
	right  int32 // of a split: where values greater than value go; of a leaf: its number
	value  float64
}

func (t *tree) addSplit(column int, value float64) int {
	t.node = append(t.node, node{column: int32(column), value: value})
	return len(t.node) - 1
}

func (t *tree) addLeaf(counts []uint32) {
	t.node = append(t.node, node{column: -1, right: int32(len(t.counts) / len(counts))})
	t.counts = append(t.counts, counts...)
}

// leaf is the number of the leaf that a prepared row falls into.
func (t *tree) leaf(row []float64) int {
	at := int32(0)
	for {
		n := t.node[at]
		switch {
		case n.column < 0:
			return int(n.right)
		case row[n.column] > n.value:
			at = n.right
		default:
			at++
		}
	}
}

// append encodes the nodes in preorder: a split is its column plus one and its
// value's bits, a leaf is 0 and its counts.
func (t *tree) append(out []byte, bands int) []byte {
	out = binary.AppendUvarint(out, uint64(len(t.node)))
	for _, n := range t.node {
		out = binary.AppendUvarint(out, uint64(n.column+1))
		if n.column >= 0 {
			out = binary.LittleEndian.AppendUint64(out, math.Float64bits(n.value))
			continue
		}
		for _, c := range t.counts[int(n.right)*bands : (int(n.right)+1)*bands] {
			out = binary.AppendUvarint(out, uint64(c))
		}
	}
	return out
}

// reader takes numbers off the front of bytes; after the first that is not there
// it stays bad.
type reader struct {
	data []byte
	bad  bool
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.data)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.data = r.data[n:]
	return v
}

func (r *reader) float() float64 {
	if len(r.data) < 8 {
		r.bad = true
		return 0
	}
	v := math.Float64frombits(binary.LittleEndian.Uint64(r.data))
	r.data = r.data[8:]
	return v
}

// readTree is the inverse of append. A tree whose parts do not close gives
// lfb.ErrInvalid.
func readTree(r *reader, columns, bands int) (tree, error) {
	var t tree
	nodes := r.uvarint()
	if r.bad || nodes == 0 || nodes > uint64(len(r.data)) { // a node takes a byte at least
		return t, fmt.Errorf("randomforest tree of %d nodes in %d bytes: %w", nodes, len(r.data), lfb.ErrInvalid)
	}
	var open []int // splits whose right side is still to come
	counts := make([]uint32, bands)
	closed := false
	for k := range nodes {
		column := r.uvarint()
		if r.bad || closed || column > uint64(columns) {
			return t, fmt.Errorf("randomforest node %d, column %d of %d: %w", k, column, columns, lfb.ErrInvalid)
		}
		if column > 0 {
			open = append(open, t.addSplit(int(column)-1, r.float()))
			continue
		}
		if err := readCounts(r, counts); err != nil {
			return t, fmt.Errorf("randomforest node %d: %w", k, err)
		}
		t.addLeaf(counts)
		if closed = len(open) == 0; !closed { // the next node is the innermost split's right side
			t.node[open[len(open)-1]].right = int32(len(t.node))
			open = open[:len(open)-1]
		}
	}
	if !closed || r.bad {
		return t, fmt.Errorf("randomforest tree cut short: %w", lfb.ErrInvalid)
	}
	return t, nil
}

func readCounts(r *reader, counts []uint32) error {
	var sum uint64
	for b := range counts {
		v := r.uvarint()
		if v > math.MaxInt32 {
			return fmt.Errorf("%d rows in a band: %w", v, lfb.ErrInvalid)
		}
		counts[b] = uint32(v)
		sum += v
	}
	if r.bad || sum == 0 {
		return fmt.Errorf("leaf of %d rows: %w", sum, lfb.ErrInvalid)
	}
	return nil
}
