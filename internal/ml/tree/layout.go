package tree

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
)

// maxTable is the most bytes in the tables of an ensemble's categories.
const maxTable = 16 << 20

// layout makes lanes of ensembles: first the tests of all are collected, then they
// are numbered, then the nodes are laid out.
type layout struct {
	tests   *tests
	numbers []numberColumn // by column
	sets    []setColumn    // by column
}

// numberColumn is the thresholds of a column, as keys, by treatment of missing values.
type numberColumn struct {
	treatments []segment
	keys       [][]uint64
	first      []int32 // test
}

// setColumn is the distinct sets of a column, as met.
type setColumn struct {
	number map[string]int // of a set, by its words
	sets   [][]uint32
	codes  int   // categories that the sets tell apart
	first  int32 // test
}

// newLanes lays out ensembles of trees over the same columns, with the same tests;
// nil where they have too many tests or categories, or too large a tree.
func newLanes(width int, ensembles ...[]Tree) []*lanes {
	y := &layout{
		tests:   &tests{width: width},
		numbers: make([]numberColumn, width), sets: make([]setColumn, width),
	}
	y.tests.pool.New = func() any { return new(answers) }
	leaves := 8
	for _, trees := range ensembles {
		for i := range trees {
			y.collect(&trees[i])
			leaves = max(leaves, trees[i].Leaves())
		}
	}
	y.tests.count = 1 << bits.Len(uint(leaves-1))
	y.tests.none = uint32(y.tests.count)
	if !y.number() {
		return nil
	}
	out := make([]*lanes, len(ensembles))
	for k, trees := range ensembles {
		out[k] = &lanes{tests: y.tests}
		for i := range trees {
			if !y.add(out[k], &trees[i]) {
				return nil
			}
		}
	}
	return out
}

// collect takes down the tests of t.
func (y *layout) collect(t *Tree) {
	for i, f := range t.SplitFeature {
		if t.DecisionType[i]&Categorical != 0 {
			y.sets[f].add(t.set(i))
			continue
		}
		c := &y.numbers[f]
		k := c.treatment(segmentOf(t.DecisionType[i]))
		c.keys[k] = append(c.keys[k], key(t.Threshold[i]))
	}
}

// treatment is the number of s, which is added where it is new.
func (c *numberColumn) treatment(s segment) int {
	k := slices.Index(c.treatments, s)
	if k < 0 {
		k = len(c.treatments)
		c.treatments, c.keys = append(c.treatments, s), append(c.keys, nil)
	}
	return k
}

// set is the words of categorical node i, without those at the end that are 0.
func (t *Tree) set(i int) []uint32 {
	k := int(t.Threshold[i])
	words := t.CatThreshold[t.CatBoundaries[k]:t.CatBoundaries[k+1]]
	for len(words) > 0 && words[len(words)-1] == 0 {
		words = words[:len(words)-1]
	}
	return words
}

// add takes down a set, where it is new, and returns its number.
func (c *setColumn) add(words []uint32) int {
	b := make([]byte, 0, 128)
	for _, w := range words {
		b = binary.LittleEndian.AppendUint32(b, w)
	}
	n, ok := c.number[string(b)]
	if !ok {
		if c.number == nil {
			c.number = map[string]int{}
		}
		n = len(c.sets)
		c.number[string(b)] = n
		c.sets = append(c.sets, words)
		c.codes = max(c.codes, 32*len(words))
	}
	return n
}

// number gives the tests their numbers; false where there are too many.
func (y *layout) number() bool {
	all, most, table := y.tests, 0, 0
	next := func(count int) int32 {
		first := all.count
		all.count += count
		return int32(first)
	}
	for f := range y.numbers {
		c := &y.numbers[f]
		for k := range c.keys {
			slices.Sort(c.keys[k])
			c.keys[k] = slices.Compact(c.keys[k])
			c.first = append(c.first, next(len(c.keys[k])))
			most = max(most, len(c.keys[k]))
		}
	}
	for f := range y.sets {
		c := &y.sets[f]
		c.first = next(len(c.sets))
		table += (c.codes + 1) * len(c.sets)
	}
	if all.count > maxTests || table > maxTable {
		return false
	}
	for f := range y.numbers {
		if len(y.numbers[f].keys) > 0 {
			all.numbers = append(all.numbers, y.numbers[f].column(f))
		}
		if len(y.sets[f].sets) > 0 {
			all.sets = append(all.sets, y.sets[f].column(f))
		}
	}
	// Searches of one length follow each other, so that their ends are foreseen.
	slices.SortStableFunc(all.numbers, func(a, b numbers) int { return len(a.keys) - len(b.keys) })
	all.window = make([]byte, 2*most)
	for i := range most {
		all.window[i] = 1
	}
	return true
}

// column is the tests of column f.
func (c *numberColumn) column(f int) numbers {
	out := numbers{column: int32(f)}
	all := slices.Concat(c.keys...)
	slices.Sort(all)
	all = slices.Compact(all)
	out.keys = append(out.keys, all...)
	for want := 1<<bits.Len(uint(len(all))) - 1; len(out.keys) < want; {
		out.keys = append(out.keys, math.MaxUint64)
	}
	for k, keys := range c.keys {
		t := numberTests{first: c.first[k], count: int32(len(keys)), zero: c.treatments[k].zeroMissing, ones: make([]int32, len(all)+1)}
		for n := range all {
			t.ones[n+1] = t.ones[n]
			if _, ok := slices.BinarySearch(keys, all[n]); ok {
				t.ones[n+1]++
			}
		}
		switch missing := c.treatments[k].missing; {
		case math.IsInf(missing, -1):
		case math.IsInf(missing, 1):
			t.missing = t.count
		default:
			t.missing = t.ones[below(out.keys, key(missing))]
		}
		out.tests = append(out.tests, t)
	}
	return out
}

// column is the tests of column f.
func (c *setColumn) column(f int) sets {
	t := sets{column: int32(f), first: c.first, count: len(c.sets)}
	t.right = make([]byte, (c.codes+1)*t.count)
	for i := range t.right {
		t.right[i] = 1
	}
	for k, set := range c.sets {
		for w, word := range set {
			for ; word != 0; word &= word - 1 {
				t.right[(w<<5+bits.TrailingZeros32(word))*t.count+k] = 0
			}
		}
	}
	return t
}

// test is the number of node i's test.
func (y *layout) test(t *Tree, i int32) uint32 {
	f := t.SplitFeature[i]
	if t.DecisionType[i]&Categorical != 0 {
		return uint32(int(y.sets[f].first) + y.sets[f].add(t.set(int(i))))
	}
	c := &y.numbers[f]
	k := c.treatment(segmentOf(t.DecisionType[i]))
	at, _ := slices.BinarySearch(c.keys[k], key(t.Threshold[i]))
	return uint32(int(c.first[k]) + at)
}

// add lays out one tree of l; false where it has too many nodes.
func (y *layout) add(l *lanes, t *Tree) bool {
	places, size := arrange(t)
	if size > maxNodes {
		return false
	}
	if n := len(l.blocks); n == 0 || l.blocks[n-1].used+size > maxNodes {
		l.blocks = append(l.blocks, block{nodes: new([maxNodes]uint32)})
	}
	b := &l.blocks[len(l.blocks)-1]
	base := uint32(b.used)
	b.used += size
	b.first = append(b.first, int32(len(b.values)))
	b.values = append(b.values, t.LeafValue...)
	node := func(i int32, at uint32) uint32 {
		if i < 0 {
			return uint32(^i)<<16 | at
		}
		return y.test(t, i)<<16 | base + places[i]
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
