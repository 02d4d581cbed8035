package tree

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

// WriteSchema appends a schema, as its JSON.
func (w *ModelWriter) WriteSchema(s *ml.Schema) {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // plain strings and integers always encode
	}
	w.WriteBytes(b)
}

// ReadSchema reads a schema.
func (r *ModelReader) ReadSchema() *ml.Schema {
	s := &ml.Schema{}
	b := r.ReadBytes()
	if r.err == nil {
		if err := json.Unmarshal(b, s); err != nil {
			r.failf("schema: %v", err)
		}
	}
	return s
}

// WriteEnsemble appends the trees of e, without its schema. Thresholds are written
// once a column: trees take them from the same few bounds.
func (w *ModelWriter) WriteEnsemble(e *Ensemble) {
	w.WriteBool(e.Average)
	w.WriteTrees(e.Trees, e.Schema.Width())
}

// ReadEnsemble reads trees over the columns of schema and checks them.
func (r *ModelReader) ReadEnsemble(schema *ml.Schema) (*Ensemble, error) {
	average := r.ReadBool()
	trees := r.ReadTrees(schema.Width())
	if r.err != nil {
		return nil, r.err
	}
	return NewEnsemble(schema, trees, average)
}

// WriteTrees appends trees over width columns.
func (w *ModelWriter) WriteTrees(trees []Tree, width int) {
	tables := thresholdTables(trees, width)
	for _, t := range tables {
		w.WriteFloats(t)
	}
	w.WriteUint(uint64(len(trees)))
	for i := range trees {
		w.writeTree(&trees[i], tables)
	}
}

// thresholdTables are the distinct numeric thresholds of each column, ascending.
func thresholdTables(trees []Tree, width int) [][]float64 {
	tables := make([][]float64, width)
	for i := range trees {
		t := &trees[i]
		for k, f := range t.SplitFeature {
			if t.DecisionType[k]&Categorical == 0 {
				tables[f] = append(tables[f], t.Threshold[k])
			}
		}
	}
	for f := range tables {
		slices.Sort(tables[f])
		tables[f] = slices.CompactFunc(tables[f], func(a, b float64) bool {
			return math.Float64bits(a) == math.Float64bits(b)
		})
	}
	return tables
}

// thresholdIndex is the place of v in table, by its bits: 0 and -0 differ.
func thresholdIndex(table []float64, v float64) int {
	at, _ := slices.BinarySearch(table, v)
	for math.Float64bits(table[at]) != math.Float64bits(v) {
		at++
	}
	return at
}

func (w *ModelWriter) writeTree(t *Tree, tables [][]float64) {
	n := len(t.SplitFeature)
	w.WriteUint(uint64(n))
	w.WriteBool(len(t.SplitGain) > 0)
	w.WriteBool(len(t.InternalValue) > 0)
	for i := range n {
		w.WriteUint(uint64(t.SplitFeature[i]))
		w.b = append(w.b, byte(t.DecisionType[i]))
		if t.DecisionType[i]&Categorical != 0 {
			w.WriteUint(uint64(t.Threshold[i]))
		} else {
			w.WriteUint(uint64(thresholdIndex(tables[t.SplitFeature[i]], t.Threshold[i])))
		}
		w.WriteInt(int64(t.Left[i]))
		w.WriteInt(int64(t.Right[i]))
		w.WriteUint(uint64(t.InternalCount[i]))
		if len(t.SplitGain) > 0 {
			w.b = binary.LittleEndian.AppendUint32(w.b, math.Float32bits(t.SplitGain[i]))
		}
		if len(t.InternalValue) > 0 {
			w.WriteFloat(t.InternalValue[i])
		}
	}
	for i := range n + 1 {
		w.WriteFloat(t.LeafValue[i])
		w.WriteUint(uint64(t.LeafCount[i]))
	}
	w.WriteUint(uint64(len(t.CatBoundaries)))
	for _, b := range t.CatBoundaries {
		w.WriteUint(uint64(b))
	}
	w.WriteUint(uint64(len(t.CatThreshold)))
	for _, x := range t.CatThreshold {
		w.WriteUint(uint64(x))
	}
}

// ReadTrees reads trees over width columns. They are not checked: NewEnsemble does.
func (r *ModelReader) ReadTrees(width int) []Tree {
	if width > len(r.b) { // each column has a table of at least one byte
		r.failf("%d columns with %d bytes left", width, len(r.b))
		return nil
	}
	tables := make([][]float64, width)
	for f := range tables {
		tables[f] = r.ReadFloats()
	}
	const smallestTree = 14 // bytes
	trees := make([]Tree, r.ReadCount(smallestTree))
	for i := range trees {
		trees[i] = r.readTree(tables)
		if r.err != nil {
			return nil
		}
	}
	return trees
}

func (r *ModelReader) readTree(tables [][]float64) Tree {
	const smallestNode, smallestLeaf = 6, 9 // bytes
	n := r.ReadCount(smallestNode + smallestLeaf)
	gains, values := r.ReadBool(), r.ReadBool()
	t := Tree{
		SplitFeature: make([]int32, n), Threshold: make([]float64, n), DecisionType: make([]int8, n),
		Left: make([]int32, n), Right: make([]int32, n), InternalCount: make([]int32, n),
		LeafValue: make([]float64, n+1), LeafCount: make([]int32, n+1),
	}
	if gains {
		t.SplitGain = make([]float32, n)
	}
	if values {
		t.InternalValue = make([]float64, n)
	}
	for i := 0; i < n && r.err == nil; i++ {
		r.readNode(&t, i, tables)
	}
	for i := 0; i <= n && r.err == nil; i++ {
		t.LeafValue[i], t.LeafCount[i] = r.ReadFloat(), r.readUint31()
	}
	if k := r.ReadCount(1); k > 0 {
		t.CatBoundaries = make([]int32, k)
		for i := range t.CatBoundaries {
			t.CatBoundaries[i] = r.readUint31()
		}
	}
	if k := r.ReadCount(1); k > 0 {
		t.CatThreshold = make([]uint32, k)
		for i := range t.CatThreshold {
			t.CatThreshold[i] = uint32(r.ReadUint())
		}
	}
	return t
}

func (r *ModelReader) readNode(t *Tree, i int, tables [][]float64) {
	t.SplitFeature[i] = r.readUint31()
	if b := r.nextBytes(1); b != nil {
		t.DecisionType[i] = int8(b[0])
	}
	at := r.ReadUint()
	f := int(t.SplitFeature[i])
	switch {
	case t.DecisionType[i]&Categorical != 0:
		t.Threshold[i] = float64(at)
	case f < len(tables) && at < uint64(len(tables[f])):
		t.Threshold[i] = tables[f][at]
	default:
		r.failf("node %d: threshold %d of column %d", i, at, f)
	}
	t.Left[i], t.Right[i] = r.readChild(), r.readChild()
	t.InternalCount[i] = r.readUint31()
	if t.SplitGain != nil {
		if b := r.nextBytes(4); b != nil {
			t.SplitGain[i] = math.Float32frombits(binary.LittleEndian.Uint32(b))
		}
	}
	if t.InternalValue != nil {
		t.InternalValue[i] = r.ReadFloat()
	}
}

func (r *ModelReader) readUint31() int32 {
	v := r.ReadUint()
	if v > math.MaxInt32 {
		r.failf("%d where a smaller number belongs", v)
		return 0
	}
	return int32(v)
}

func (r *ModelReader) readChild() int32 {
	v := r.ReadInt()
	if v != int64(int32(v)) {
		r.failf("child %d", v)
		return 0
	}
	return int32(v)
}

// CheckSchema returns lfb.ErrInvalid for a schema that no model has: no columns.
func CheckSchema(s *ml.Schema) error {
	if s.Width() == 0 {
		return fmt.Errorf("schema without columns: %w", lfb.ErrInvalid)
	}
	return nil
}
