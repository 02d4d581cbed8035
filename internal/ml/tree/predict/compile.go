package predict

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"

	"lfb/internal/ml/tree"
)

// maxTable is the most bytes in the tables of an ensemble's categories.
const maxTable = 16 << 20

// ensembleCompiler compiles ensembles in three passes: it collects the conditions of all trees,
// numbers them, then places the nodes.
type ensembleCompiler struct {
	conditions  *conditionTable
	numeric     []columnThresholds // by column
	categorical []columnSets       // by column
}

// missingValue is a way of treating missing values: what they become.
type missingValue struct {
	zeroToo bool
	value   float64
}

// treatmentOf is what a numeric node's decision type asks for.
func treatmentOf(decision int8) missingValue {
	if decision&(tree.MissingNaN|tree.MissingZero) == 0 {
		return missingValue{value: 0}
	}
	m := missingValue{zeroToo: decision&tree.MissingNaN == 0, value: math.Inf(1)}
	if decision&tree.DefaultLeft != 0 {
		m.value = math.Inf(-1)
	}
	return m
}

// columnThresholds is the thresholds of a column, as sort keys, by treatment of missing values.
type columnThresholds struct {
	treatments []missingValue
	keys       [][]uint64
	first      []int32 // condition
}

// columnSets is the distinct sets of categories of a column, as met.
type columnSets struct {
	number map[string]int // of a set, by its bits
	sets   [][]uint32
	codes  int   // categories that the sets tell apart
	first  int32 // condition
}

// compileEnsembles compiles ensembles over the same columns, with the same conditions; nil where they
// have too many conditions or categories, or too large a tree.
func compileEnsembles(ensembles ...*tree.Ensemble) []*compiledEnsemble {
	width := ensembles[0].Schema.Width()
	c := &ensembleCompiler{
		conditions: &conditionTable{}, numeric: make([]columnThresholds, width),
		categorical: make([]columnSets, width),
	}
	leaves := treesAtOnce
	for _, e := range ensembles {
		for i := range e.Trees {
			c.collectConditions(&e.Trees[i])
			leaves = max(leaves, e.Trees[i].NumLeaves())
		}
	}
	c.conditions.count = 1 << bits.Len(uint(leaves-1))
	c.conditions.leafNumbers = uint32(c.conditions.count)
	if !c.numberConditions() {
		return nil
	}
	out := make([]*compiledEnsemble, len(ensembles))
	for k, e := range ensembles {
		out[k] = &compiledEnsemble{conditionTable: c.conditions}
		for i := range e.Trees {
			if !c.addTree(out[k], &e.Trees[i]) {
				return nil
			}
		}
	}
	return out
}

// collectConditions adds the conditions of t to those of its columns.
func (c *ensembleCompiler) collectConditions(t *tree.Tree) {
	for i, f := range t.SplitFeature {
		if t.DecisionType[i]&tree.Categorical != 0 {
			c.categorical[f].internSet(categorySet(t, i))
			continue
		}
		col := &c.numeric[f]
		k := col.internThreshold(treatmentOf(t.DecisionType[i]))
		col.keys[k] = append(col.keys[k], tree.SortKey(t.Threshold[i]))
	}
}

// internThreshold returns the number of treatment m, and adds it where it is new.
func (c *columnThresholds) internThreshold(m missingValue) int {
	k := slices.Index(c.treatments, m)
	if k < 0 {
		k = len(c.treatments)
		c.treatments, c.keys = append(c.treatments, m), append(c.keys, nil)
	}
	return k
}

// categorySet is the bits of categorical node i, without words at the end that are 0.
func categorySet(t *tree.Tree, i int) []uint32 {
	set := t.CategorySet(int(t.Threshold[i]))
	for len(set) > 0 && set[len(set)-1] == 0 {
		set = set[:len(set)-1]
	}
	return set
}

// internSet returns the number of a set, and adds it where it is new.
func (c *columnSets) internSet(set []uint32) int {
	b := make([]byte, 0, 128)
	for _, w := range set {
		b = binary.LittleEndian.AppendUint32(b, w)
	}
	n, ok := c.number[string(b)]
	if !ok {
		if c.number == nil {
			c.number = map[string]int{}
		}
		n = len(c.sets)
		c.number[string(b)] = n
		c.sets = append(c.sets, set)
		c.codes = max(c.codes, 32*len(set))
	}
	return n
}

// numberConditions gives the conditions their numbers; false where there are too many.
func (c *ensembleCompiler) numberConditions() bool {
	all, most, table := c.conditions, 0, 0
	next := func(count int) int32 {
		first := all.count
		all.count += count
		return int32(first)
	}
	for f := range c.numeric {
		col := &c.numeric[f]
		for k := range col.keys {
			slices.Sort(col.keys[k])
			col.keys[k] = slices.Compact(col.keys[k])
			col.first = append(col.first, next(len(col.keys[k])))
			most = max(most, len(col.keys[k]))
		}
	}
	for f := range c.categorical {
		col := &c.categorical[f]
		col.first = next(len(col.sets))
		table += (col.codes + 1) * len(col.sets)
	}
	if all.count > maxConditions || table > maxTable {
		return false
	}
	for f := range c.numeric {
		if len(c.numeric[f].keys) > 0 {
			all.numeric = append(all.numeric, c.numeric[f].compileColumn(f))
		}
		if len(c.categorical[f].sets) > 0 {
			all.categorical = append(all.categorical, c.categorical[f].compileColumn(f))
		}
	}
	// Searches of one length follow each other, so that the processor predicts where they end.
	slices.SortStableFunc(all.numeric, func(a, b numericColumn) int { return len(a.keys) - len(b.keys) })
	all.onesZeros = append(slices.Repeat([]byte{1}, most), make([]byte, most)...)
	return true
}

// compileColumn makes the conditions of column f.
func (c *columnThresholds) compileColumn(f int) numericColumn {
	all := slices.Concat(c.keys...)
	slices.Sort(all)
	all = slices.Compact(all)
	out := numericColumn{column: int32(f), keys: slices.Clone(all)}
	for want := 1<<bits.Len(uint(len(all))) - 1; len(out.keys) < want; {
		out.keys = append(out.keys, math.MaxUint64)
	}
	for k, keys := range c.keys {
		m := c.treatments[k]
		g := thresholdGroup{first: c.first[k], count: int32(len(keys)), zero: m.zeroToo, ones: make([]int32, len(all)+1)}
		for n := range all {
			g.ones[n+1] = g.ones[n]
			if _, ok := slices.BinarySearch(keys, all[n]); ok {
				g.ones[n+1]++
			}
		}
		switch {
		case math.IsInf(m.value, -1):
		case math.IsInf(m.value, 1):
			g.missing = g.count
		default:
			g.missing = g.ones[countBelow(out.keys, tree.SortKey(m.value))]
		}
		out.groups = append(out.groups, g)
	}
	return out
}

// compileColumn makes the conditions of column f.
func (c *columnSets) compileColumn(f int) categoricalColumn {
	out := categoricalColumn{column: int32(f), first: c.first, count: len(c.sets)}
	out.right = slices.Repeat([]byte{1}, (c.codes+1)*out.count)
	for k, set := range c.sets {
		for w, word := range set {
			for ; word != 0; word &= word - 1 {
				out.right[(w<<5+bits.TrailingZeros32(word))*out.count+k] = 0
			}
		}
	}
	return out
}

// conditionNumber is the number of node i's condition.
func (c *ensembleCompiler) conditionNumber(t *tree.Tree, i int32) uint32 {
	f := t.SplitFeature[i]
	if t.DecisionType[i]&tree.Categorical != 0 {
		return uint32(int(c.categorical[f].first) + c.categorical[f].internSet(categorySet(t, int(i))))
	}
	col := &c.numeric[f]
	k := col.internThreshold(treatmentOf(t.DecisionType[i]))
	place, _ := slices.BinarySearch(col.keys[k], tree.SortKey(t.Threshold[i]))
	return uint32(int(col.first[k]) + place)
}

// addTree places one tree's nodes; false where it has too many.
func (c *ensembleCompiler) addTree(e *compiledEnsemble, t *tree.Tree) bool {
	places, size := placeNodes(t)
	if size > maxNodes {
		return false
	}
	if n := len(e.blocks); n == 0 || e.blocks[n-1].used+size > maxNodes {
		e.blocks = append(e.blocks, nodeBlock{nodes: new([maxNodes]uint32)})
	}
	b := &e.blocks[len(e.blocks)-1]
	base := uint32(b.used)
	b.used += size
	b.first = append(b.first, int32(len(b.values)))
	b.values = append(b.values, t.LeafValue...)
	node := func(i int32, place uint32) uint32 {
		if i < 0 {
			return uint32(^i)<<16 | place
		}
		return c.conditionNumber(t, i)<<16 | base + places[i]
	}
	if len(t.SplitFeature) == 0 {
		b.nodes[base] = node(^0, base)
		b.roots = append(b.roots, b.nodes[base])
		return true
	}
	b.roots = append(b.roots, node(0, 0))
	for i, left := range places {
		at := base + left
		b.nodes[at], b.nodes[at+1] = node(t.Left[i], at), node(t.Right[i], at+1)
	}
	return true
}
