package treetest

import (
	"math/rand/v2"

	"lfb/internal/ml"
	"lfb/internal/ml/tree"
)

// Wide makes trees that split one column of many categories, about half of them
// on each side.
func Wide(seed uint64, categories, trees int) *tree.Ensemble {
	rng := rand.New(rand.NewPCG(seed, 0x31de))
	schema := &ml.Schema{Columns: []ml.Column{{Name: "postcode", Categories: categories}}}
	all := make([]tree.Tree, trees)
	for i := range all {
		words := make([]uint32, (categories+31)/32)
		for c := range categories {
			if rng.IntN(2) == 0 {
				words[c/32] |= 1 << (c % 32)
			}
		}
		all[i] = tree.Tree{
			SplitFeature: []int32{0}, Threshold: []float64{0}, DecisionType: []int8{tree.Categorical | tree.MissingNaN},
			Left: []int32{^0}, Right: []int32{^1}, SplitGain: []float32{1}, InternalValue: []float64{0},
			InternalCount: []int32{20}, LeafValue: []float64{100 * rng.Float64(), 100 + 100*rng.Float64()},
			LeafCount: []int32{10, 10}, CatBoundaries: []int32{0, int32(len(words))}, CatThreshold: words,
		}
	}
	return ensemble(schema, all, false)
}
