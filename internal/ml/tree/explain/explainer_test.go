package explain

import (
	"math"
	"math/bits"
	"testing"

	"lfb/internal/ml"
	"lfb/internal/ml/tree"
	"lfb/internal/ml/tree/predict"
	"lfb/internal/ml/tree/treetest"
)

// known is the tree's expectation where only the columns in set are known.
func known(t *tree.Tree, node int32, row []float64, set uint) float64 {
	if node < 0 {
		return t.LeafValue[^node]
	}
	if t.NumLeaves() == 1 {
		return t.LeafValue[0]
	}
	f := t.SplitFeature[node]
	if set>>f&1 != 0 {
		if t.GoesLeft(int(node), row[f]) {
			return known(t, t.Left[node], row, set)
		}
		return known(t, t.Right[node], row, set)
	}
	l, r := trainingRows(t, t.Left[node]), trainingRows(t, t.Right[node])
	return (l*known(t, t.Left[node], row, set) + r*known(t, t.Right[node], row, set)) / (l + r)
}

// shapley is the definition: 2^width expectations.
func shapley(t *tree.Tree, row []float64) []float64 {
	width := len(row)
	out := make([]float64, width+1)
	fact := func(n int) float64 { return math.Gamma(float64(n + 1)) }
	for j := range width {
		for set := range uint(1) << width {
			if set>>j&1 != 0 {
				continue
			}
			n := bits.OnesCount(set)
			w := fact(n) * fact(width-n-1) / fact(width)
			out[j] += w * (known(t, 0, row, set|1<<j) - known(t, 0, row, set))
		}
	}
	out[width] = known(t, 0, row, 0)
	return out
}

func TestContributionsAreShapleyValues(t *testing.T) {
	t.Parallel()
	for _, average := range []bool{false, true} {
		e := treetest.Ensemble(11, 5, 24, average)
		x := treetest.Rows(12, 60, e)
		got, err := New(e).PredictContributions(nil, x)
		if err != nil {
			t.Fatal(err)
		}
		predictions, err := predict.New(e).Predict(nil, x)
		if err != nil {
			t.Fatal(err)
		}
		w := x.Width() + 1
		for i := range x.Rows() {
			row := x.Row(make([]float64, x.Width()), i)
			want, sum := make([]float64, w), 0.0
			for k := range e.Trees {
				for j, v := range shapley(&e.Trees[k], row) {
					want[j] += v
				}
			}
			for j, v := range got[i*w:][:w] {
				sum += v
				if math.Abs(v-e.PredictionFromSum(want[j])) > 1e-9 {
					t.Errorf("row %d: contribution %d = %v, want %v", i, j, v, e.PredictionFromSum(want[j]))
				}
			}
			if math.Abs(sum-predictions[i]) > 1e-9 {
				t.Errorf("row %d: contributions sum to %v, want the prediction %v", i, sum, predictions[i])
			}
		}
	}
}

// A chain of splits on more columns than a factorial of them fits a float64.
func TestContributionsOfADeepPath(t *testing.T) {
	t.Parallel()
	const depth = 300
	var tr tree.Tree
	s := &ml.Schema{Columns: make([]ml.Column, depth)}
	for i := range int32(depth) {
		tr.SplitFeature = append(tr.SplitFeature, i)
		tr.Threshold = append(tr.Threshold, 0)
		tr.DecisionType = append(tr.DecisionType, tree.MissingNaN)
		tr.Left = append(tr.Left, ^i)
		tr.Right = append(tr.Right, i+1)
		tr.InternalCount = append(tr.InternalCount, depth+1-i)
	}
	tr.Right[depth-1] = ^int32(depth)
	for i := range depth + 1 {
		tr.LeafValue = append(tr.LeafValue, float64(i))
		tr.LeafCount = append(tr.LeafCount, 1)
	}
	e, err := tree.NewEnsemble(s, []tree.Tree{tr}, false)
	if err != nil {
		t.Fatal(err)
	}
	x := ml.NewMatrix(s, 1)
	for j := range depth {
		x.Col(j)[0] = 1
	}
	got, err := New(e).PredictContributions(nil, x)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, v := range got {
		sum += v
	}
	if math.Abs(sum-depth) > 1e-6 {
		t.Errorf("contributions sum to %v, want %d", sum, depth)
	}
}
