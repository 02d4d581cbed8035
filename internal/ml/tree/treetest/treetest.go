package treetest

import (
	"math"
	"math/rand/v2"

	"lfb/internal/ml"
	"lfb/internal/ml/tree"
)

// Categories is the number of categories of the column "ground"; rows hold codes
// up to twice as high, which nobody has seen.
const Categories = 70

// Schema describes the columns: numbers, numbers with many zeros, categories.
func Schema() *ml.Schema {
	return &ml.Schema{Columns: []ml.Column{
		{Name: "distance_km", Monotone: 1},
		{Name: "hour"},
		{Name: "load"},
		{Name: "ground", Categories: Categories, Role: ml.RoleGround},
		{Name: "kind", Categories: 5},
		{Name: "unused"},
	}}
}

// Kinds are the decision types of numeric nodes: every way of treating missing
// values that the format knows.
func Kinds() []int8 {
	return []int8{
		tree.MissingNaN, tree.MissingNaN | tree.DefaultLeft,
		tree.MissingZero, tree.MissingZero | tree.DefaultLeft, 0, tree.DefaultLeft,
	}
}

// Ensemble makes trees of up to leaves leaves, the first of one leaf, with
// thresholds that are no float32. Its values are 300 s give or take some tens: far
// enough from zero for a relative tolerance.
func Ensemble(seed uint64, trees, leaves int, average bool) *tree.Ensemble {
	rng := rand.New(rand.NewPCG(seed, 0x7ee5))
	all := []tree.Tree{tree.NewConstantTree(300+rng.Float64(), 1000)}
	for len(all) < trees {
		t := grow(rng, 2+rng.IntN(leaves-1))
		if average {
			t.ShiftValues(300)
		} else {
			t.ScaleValues(1 / math.Sqrt(float64(trees)))
		}
		all = append(all, t)
	}
	return ensemble(Schema(), all, average)
}

func ensemble(schema *ml.Schema, trees []tree.Tree, average bool) *tree.Ensemble {
	e, err := tree.NewEnsemble(schema, trees, average)
	if err != nil {
		panic(err) // the trees are our own
	}
	return e
}

// grow splits leaves drawn at random; counts are made to add up afterwards.
func grow(rng *rand.Rand, leaves int) tree.Tree {
	n := leaves - 1
	t := tree.Tree{
		SplitFeature: make([]int32, n), Threshold: make([]float64, n), DecisionType: make([]int8, n),
		Left: make([]int32, n), Right: make([]int32, n), SplitGain: make([]float32, n),
		InternalValue: make([]float64, n), InternalCount: make([]int32, n),
		LeafValue: make([]float64, leaves), LeafCount: make([]int32, leaves),
	}
	links := []*int32{new(int32)} // what points at each leaf
	for k := range n {
		at := rng.IntN(len(links))
		*links[at] = int32(k)
		t.Left[k], t.Right[k] = ^int32(at), ^int32(k+1)
		links[at] = &t.Left[k]
		links = append(links, &t.Right[k])
		decide(&t, k, rng)
		t.SplitGain[k] = float32(1000 * rng.Float64())
	}
	for i := range t.LeafValue {
		t.LeafValue[i], t.LeafCount[i] = 40*rng.NormFloat64(), int32(1+rng.IntN(50))
	}
	for k := n - 1; k >= 0; k-- { // children have higher numbers
		for _, c := range [2]int32{t.Left[k], t.Right[k]} {
			if c < 0 {
				t.InternalCount[k] += t.LeafCount[^c]
			} else {
				t.InternalCount[k] += t.InternalCount[c]
			}
		}
	}
	return t
}

func decide(t *tree.Tree, k int, rng *rand.Rand) {
	f := rng.IntN(5)
	t.SplitFeature[k] = int32(f)
	switch f {
	case 0:
		t.Threshold[k] = 4 * rng.Float64()
	case 1:
		t.Threshold[k] = float64(rng.IntN(24)) + 0.5
	case 2: // zero and both sides of the band around it that counts as zero
		t.Threshold[k] = []float64{0, 1e-30, -1e-30, rng.NormFloat64()}[rng.IntN(4)]
	default:
		addSet(t, k, t.SplitFeature[k], rng)
		return
	}
	t.DecisionType[k] = Kinds()[rng.IntN(6)]
}

func addSet(t *tree.Tree, k int, f int32, rng *rand.Rand) {
	if len(t.CatBoundaries) == 0 {
		t.CatBoundaries = []int32{0}
	}
	t.Threshold[k], t.DecisionType[k] = float64(len(t.CatBoundaries)-1), tree.Categorical|tree.MissingNaN
	categories := Schema().Columns[f].Categories
	words := make([]uint32, (categories+31)/32)
	for range 1 + rng.IntN(categories/2) {
		c := rng.IntN(categories)
		words[c/32] |= 1 << (c % 32)
	}
	t.CatThreshold = append(t.CatThreshold, words...)
	t.CatBoundaries = append(t.CatBoundaries, int32(len(t.CatThreshold)))
}

// Rows makes rows for an ensemble: a fifth of the values are missing, a fifth of
// the numbers are thresholds of the trees themselves, a tenth of them zero, and
// codes go beyond the categories or are negative.
func Rows(seed uint64, rows int, e *tree.Ensemble) ml.Matrix {
	rng := rand.New(rand.NewPCG(seed, 0x40e5))
	thresholds := make([][]float64, e.Schema.Width())
	for i := range e.Trees {
		for k, f := range e.Trees[i].SplitFeature {
			thresholds[f] = append(thresholds[f], e.Trees[i].Threshold[k])
		}
	}
	x := ml.NewMatrix(e.Schema, rows)
	for j, c := range e.Schema.Columns {
		col := x.Col(j)
		for i := range col {
			col[i] = value(rng, c, thresholds[j])
		}
	}
	return x
}

func value(rng *rand.Rand, c ml.Column, thresholds []float64) float64 {
	u := rng.Float64()
	switch {
	case u < 0.2:
		return math.NaN()
	case c.IsCategorical() && u < 0.25:
		return -1
	case c.IsCategorical():
		return float64(rng.IntN(2 * c.Categories))
	case u < 0.4 && len(thresholds) > 0:
		return thresholds[rng.IntN(len(thresholds))]
	case u < 0.5:
		return 0
	case u < 0.7:
		return float64(rng.IntN(24))
	default:
		return 3 * rng.NormFloat64()
	}
}
