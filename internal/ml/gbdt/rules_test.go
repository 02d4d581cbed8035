package gbdt

import (
	"math"
	"testing"

	"lfb/internal/ml"
	"lfb/internal/ml/tree"
)

// depth is the number of splits on the longest path.
func depth(t *tree.Tree, node int32) int {
	if node < 0 || len(t.SplitFeature) == 0 {
		return 0
	}
	return 1 + max(depth(t, t.Left[node]), depth(t, t.Right[node]))
}

// TestRulesOfGrowth: every tree of a fit keeps to the recipe.
func TestRulesOfGrowth(t *testing.T) {
	t.Parallel()
	train := city(4, 3000)
	for _, tt := range []struct {
		name   string
		recipe Recipe
		broken func(*tree.Tree) bool
	}{
		{"leaves", Recipe{Leaves: 9}, func(t *tree.Tree) bool { return t.NumLeaves() > 9 }},
		{"depth", Recipe{MaxDepth: 3}, func(t *tree.Tree) bool { return depth(t, 0) > 3 }},
		{"rows of a leaf", Recipe{MinRows: 150}, func(t *tree.Tree) bool {
			for _, n := range t.LeafCount {
				if n < 150 {
					return true
				}
			}
			return false
		}},
		{"rows of a tree", Recipe{RowFraction: 0.5}, func(t *tree.Tree) bool {
			return len(t.InternalCount) > 0 && math.Abs(float64(t.InternalCount[0])/3000-0.5) > 0.1
		}},
		{"columns of a tree", Recipe{ColumnFraction: 0.1}, func(t *tree.Tree) bool {
			used := map[int32]bool{}
			for _, f := range t.SplitFeature {
				used[f] = true
			}
			return len(used) > 3 // a tenth of 30
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.recipe.Rounds = 15
			m := mustFit(t, tt.recipe, train, ml.Set{})
			splits := 0
			for i := range m.Mean().Trees {
				tr := &m.Mean().Trees[i]
				splits += len(tr.SplitFeature)
				if tt.broken(tr) {
					t.Errorf("tree %d breaks the rule", i)
				}
			}
			if splits == 0 {
				t.Error("no tree has a split: nothing was tested")
			}
		})
	}
}

// TestPenaltyShrinks: the first tree's values, about the mean, get smaller.
func TestPenaltyShrinks(t *testing.T) {
	t.Parallel()
	train := city(4, 3000)
	spread := func(r Recipe) float64 {
		r.Rounds, r.LearningRate = 1, 1
		p := mustPredict(t, mustFit(t, r, train, ml.Set{}), train.X)
		low, high := p[0], p[0]
		for _, v := range p {
			low, high = min(low, v), max(high, v)
		}
		return high - low
	}
	plain := spread(Recipe{})
	if got := spread(Recipe{L2: 200}); got <= 0 || got > 0.9*plain {
		t.Errorf("predictions span %v, want less than %v and more than 0", got, plain)
	}
}

// TestImportance: what the model reports is what its trees hold.
func TestImportance(t *testing.T) {
	t.Parallel()
	m := mustFit(t, Recipe{Rounds: 20}, city(4, 3000), ml.Set{})
	gain, splits := m.Importance()
	wantGain, wantSplits := make([]float64, len(gain)), make([]float64, len(splits))
	for _, tr := range m.Mean().Trees {
		for k, f := range tr.SplitFeature {
			wantGain[f] += float64(tr.SplitGain[k])
			wantSplits[f]++
		}
	}
	for j := range gain {
		if math.Abs(gain[j]-wantGain[j]) > 1e-6*wantGain[j] || splits[j] != wantSplits[j] {
			t.Errorf("column %d: gain %v, %v splits, want %v and %v", j, gain[j], splits[j], wantGain[j], wantSplits[j])
		}
	}
	if gain[0] < gain[5] { // the target goes by column 0 and not by column 5
		t.Errorf("gain of column 0 is %v, of column 5 %v", gain[0], gain[5])
	}
}
