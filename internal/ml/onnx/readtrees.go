package onnx

import (
	"fmt"
	"math"
	"slices"

	"lfb/internal/lfb"
	"lfb/internal/ml/tree"
)

const (
	maxDepth  = 1024 // splits on a path
	maxWeight = 1e30 // of a leaf: far from where sums of squares overflow
)

// treeNodes are a TreeEnsembleRegressor's parallel lists, one entry a node of any tree.
type treeNodes struct {
	treeID, id, feature, yes, no, nan []int64
	modes                             [][]byte
	bounds                            []float64
	// what a missing value counts as, one a column; nil: nan says where it goes
	fill    []float64
	columns int
	narrow  bool

	index   map[nodeKey]int // of each node in the lists
	placed  []bool          // the nodes that are part of a tree already
	weights map[nodeKey]float64
}

type nodeKey struct{ tree, node int64 }

// readTrees reads the trees of a TreeEnsembleRegressor.
func (c *chain) readTrees(o *operation) (*tree.Ensemble, error) {
	if err := o.checkOneTarget("n_targets"); err != nil {
		return nil, err
	}
	n := treeNodes{
		treeID: o.attributes["nodes_treeids"].ints, id: o.attributes["nodes_nodeids"].ints,
		feature: o.attributes["nodes_featureids"].ints, yes: o.attributes["nodes_truenodeids"].ints,
		no: o.attributes["nodes_falsenodeids"].ints, nan: o.attributes["nodes_missing_value_tracks_true"].ints,
		modes: o.attributes["nodes_modes"].texts, bounds: o.floatsOrTensor("nodes_values"), fill: c.fill,
		columns: c.schema.Width(), narrow: c.narrow,
	}
	if err := n.indexNodes(); err != nil {
		return nil, err
	}
	if err := n.addWeights(o); err != nil {
		return nil, err
	}
	trees, err := n.buildTrees()
	if err != nil {
		return nil, err
	}
	if err := aggregate(o, trees); err != nil {
		return nil, err
	}
	return tree.NewEnsemble(c.schema, trees, false)
}

// buildTrees builds the trees in the order of the lists, where a tree's first node is its root.
func (n *treeNodes) buildTrees() ([]tree.Tree, error) {
	var trees []tree.Tree
	for i, id := range n.treeID {
		switch {
		case i == 0 || id != n.treeID[i-1]:
			t, err := n.buildTree(i)
			if err != nil {
				return nil, fmt.Errorf("tree %d: %w", id, err)
			}
			trees = append(trees, t)
		case !n.placed[i]:
			return nil, fmt.Errorf("tree %d: node %d is below no other: %w", id, n.id[i], lfb.ErrInvalid)
		}
	}
	return trees, nil
}

// floatsOrTensor is an attribute of floats, or that of doubles in its place.
func (o *operation) floatsOrTensor(name string) []float64 {
	if v := o.attributes[name].floats; len(v) > 0 {
		return v
	}
	return o.attributes[name+"_as_tensor"].floats
}

// aggregate makes an average, and the value that the answer starts from, part of the leaves.
func aggregate(o *operation, trees []tree.Tree) error {
	switch f := o.attributes["aggregate_function"].text; f {
	case "", "SUM":
	case "AVERAGE":
		for i := range trees {
			trees[i].ScaleValues(1 / float64(len(trees)))
		}
	default:
		return fmt.Errorf("aggregate_function %.40q: %w", f, lfb.ErrInvalid)
	}
	base := o.floatsOrTensor("base_values")
	if len(base) > 1 {
		return fmt.Errorf("%d base_values, want 1: %w", len(base), lfb.ErrInvalid)
	}
	for _, v := range base {
		trees[0].ShiftValues(v)
	}
	return checkFinite("base value", base)
}

func (n *treeNodes) indexNodes() error {
	count := len(n.treeID)
	if count == 0 {
		return fmt.Errorf("no nodes: %w", lfb.ErrInvalid)
	}
	if n.nan == nil {
		n.nan = make([]int64, count)
	}
	for _, l := range [...]int{len(n.id), len(n.feature), len(n.yes), len(n.no), len(n.nan), len(n.modes), len(n.bounds)} {
		if l != count {
			return fmt.Errorf("lists of %d and of %d nodes: %w", count, l, lfb.ErrInvalid)
		}
	}
	n.index, n.placed = make(map[nodeKey]int, count), make([]bool, count)
	for i := range n.treeID {
		k := nodeKey{n.treeID[i], n.id[i]}
		if _, twice := n.index[k]; twice {
			return fmt.Errorf("tree %d: node %d stands twice: %w", k.tree, k.node, lfb.ErrInvalid)
		}
		n.index[k] = i
	}
	return nil
}

// addWeights sums the leaves' values: a leaf may have several, or none.
func (n *treeNodes) addWeights(o *operation) error {
	trees, nodes := o.attributes["target_treeids"].ints, o.attributes["target_nodeids"].ints
	targets, weights := o.attributes["target_ids"].ints, o.floatsOrTensor("target_weights")
	if len(trees) != len(weights) || len(nodes) != len(weights) || len(targets) != len(weights) {
		return fmt.Errorf("lists of %d, %d, %d and %d weights: %w",
			len(trees), len(nodes), len(targets), len(weights), lfb.ErrInvalid)
	}
	n.weights = make(map[nodeKey]float64, len(weights))
	for i, w := range weights {
		k := nodeKey{trees[i], nodes[i]}
		if at, ok := n.index[k]; !ok || targets[i] != 0 || string(n.modes[at]) != leaf {
			return fmt.Errorf("weight %d of node %d of tree %d, target %d: %w", i, k.node, k.tree, targets[i], lfb.ErrInvalid)
		}
		if n.weights[k] += w; !(math.Abs(n.weights[k]) <= maxWeight) {
			return fmt.Errorf("weight %d: %v: %w", i, w, lfb.ErrInvalid)
		}
	}
	return nil
}

// visit is a node that is still to be placed, as a child of split parent.
type visit struct {
	at, parent, depth int
	right             bool
}

// buildTree builds the tree whose root is node i, its splits numbered as they are met.
func (n *treeNodes) buildTree(i int) (tree.Tree, error) {
	var t tree.Tree
	id := n.treeID[i]
	for stack := []visit{{at: i, parent: -1}}; len(stack) > 0; {
		v := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if n.placed[v.at] || v.depth > maxDepth {
			return t, fmt.Errorf("node %d is met twice, or below %d splits: %w", n.id[v.at], maxDepth, lfb.ErrInvalid)
		}
		n.placed[v.at] = true
		me := int32(len(t.SplitFeature))
		if string(n.modes[v.at]) == leaf {
			me = ^int32(len(t.LeafValue))
			t.LeafValue = append(t.LeafValue, n.weights[nodeKey{id, n.id[v.at]}])
			t.LeafCount = append(t.LeafCount, 1)
		} else {
			left, right, err := n.appendSplit(&t, v.at)
			if err != nil {
				return t, fmt.Errorf("node %d: %w", n.id[v.at], err)
			}
			stack = append(stack, visit{right, int(me), v.depth + 1, true}, visit{left, int(me), v.depth + 1, false})
		}
		switch {
		case v.parent < 0:
		case v.right:
			t.Right[v.parent] = me
		default:
			t.Left[v.parent] = me
		}
	}
	t.SummarizeSplits()
	return t, nil
}

// appendSplit appends node at and returns where its children are in the lists.
func (n *treeNodes) appendSplit(t *tree.Tree, at int) (left, right int, err error) {
	left, yes := n.index[nodeKey{n.treeID[at], n.yes[at]}]
	right, no := n.index[nodeKey{n.treeID[at], n.no[at]}]
	column := n.feature[at]
	if !yes || !no || column < 0 || column >= int64(n.columns) {
		return 0, 0, fmt.Errorf("children %d and %d, column %d of %d: %w", n.yes[at], n.no[at], column, n.columns,
			lfb.ErrInvalid)
	}
	bound, missingLeft := n.bounds[at], n.nan[at] != 0
	if math.IsNaN(bound) {
		return 0, 0, fmt.Errorf("threshold NaN: %w", lfb.ErrInvalid)
	}
	mode := string(n.modes[at])
	if mode == more || mode == geq { // the opposite of the other two
		left, right, missingLeft = right, left, !missingLeft
	}
	if !slices.Contains([]string{leq, less, geq, more}, mode) {
		return 0, 0, fmt.Errorf("mode %.40q: %w", mode, lfb.ErrInvalid)
	}
	bound = n.widen(bound, mode == less || mode == geq)
	if n.fill != nil {
		missingLeft = n.fill[column] <= bound
	}
	decision := tree.MissingNaN
	if missingLeft {
		decision |= tree.DefaultLeft
	}
	t.SplitFeature = append(t.SplitFeature, int32(column))
	t.Threshold = append(t.Threshold, bound)
	t.DecisionType = append(t.DecisionType, decision)
	t.Left, t.Right = append(t.Left, 0), append(t.Right, 0)
	return left, right, nil
}

// widen is the greatest float64 that goes where values up to bound go, or where those below it
// do.
func (n *treeNodes) widen(bound float64, below bool) float64 {
	switch {
	case n.narrow:
		last := float32(bound)
		if float64(last) > bound || below && float64(last) == bound {
			last = math.Nextafter32(last, float32(math.Inf(-1)))
		}
		bound = widestDouble(last)
	case below:
		bound = math.Nextafter(bound, math.Inf(-1))
	}
	return max(-math.MaxFloat64, min(math.MaxFloat64, bound))
}

// widestDouble is the greatest float64 whose nearest float32 is not above v.
func widestDouble(v float32) float64 {
	next := math.Nextafter32(v, float32(math.Inf(1)))
	clamp := func(f float32) float64 { return max(-0x1p128, min(0x1p128, float64(f))) } // where infinity begins
	middle := clamp(v)/2 + clamp(next)/2
	if float32(middle) > v {
		return math.Nextafter(middle, math.Inf(-1))
	}
	return middle
}
