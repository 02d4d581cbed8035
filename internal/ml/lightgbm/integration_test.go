//go:build integration

package lightgbm

import (
	"math"
	"strings"
	"testing"

	"lfb/internal/ml"
	"lfb/internal/ml/forest"
	"lfb/internal/ml/gbdt"
	"lfb/internal/ml/mltest"
	"lfb/internal/ml/tree"
	"lfb/internal/ml/tree/explain"
	"lfb/internal/ml/tree/treetest"
)

// rows is how many rows both libraries predict.
const rows = 10_000

// trained are models trained here, with their objectives.
func trained(t *testing.T) map[string]struct {
	e         *tree.Ensemble
	objective string
} {
	t.Helper()
	train := mltest.Sample(1, 20_000)
	fit := func(r ml.Estimator) *tree.Ensemble {
		m, err := r.Fit(t.Context(), train, ml.Set{}, ml.Options{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		return m.(interface{ Mean() *tree.Ensemble }).Mean()
	}
	type entry = struct {
		e         *tree.Ensemble
		objective string
	}
	return map[string]entry{
		"squared":  {fit(gbdt.Recipe{Rounds: 100}), Regression},
		"absolute": {fit(gbdt.Recipe{Rounds: 60, Objective: gbdt.Absolute}), L1},
		"huber":    {fit(gbdt.Recipe{Rounds: 60, Objective: gbdt.Huber}), Huber},
		"quantile": {fit(gbdt.Recipe{Rounds: 60, Objective: gbdt.Quantile, Alpha: 0.9}), Quantile},
		"forest":   {fit(forest.Recipe{Trees: 50}), Regression},
		"made_up":  {treetest.Ensemble(9, 60, 60, false), Regression},
		"wide":     {treetest.Wide(11, 10_000, 20), Regression},
	}
}

// TestLightGBMPredictsAsHere: the bar is 1e-9, relative, with missing values and
// unseen categories.
func TestLightGBMPredictsAsHere(t *testing.T) {
	for name, m := range trained(t) {
		t.Run(name, func(t *testing.T) {
			x := treetest.Rows(4, rows, m.e)
			if m.e.Schema.Index("second_km") >= 0 {
				x = treetest.Spoil(mltest.Sample(2, rows).X, 3)
			}
			c := treetest.NewExchange(t, m.e.Schema)
			c.Write("model.txt", write(t, m.e, m.objective))
			c.WriteRows("rows.bin", x, nil)
			c.Python("testdata/check.py", "predict", c.Folder)
			equal(t, mustPredict(t, m.e, x), c.ReadValues("pred.bin"), 1e-9)
			got, err := explain.New(m.e).PredictContributions(nil, x.Slice(0, 100))
			if err != nil {
				t.Fatal(err)
			}
			trees := 1.0
			if m.e.Average { // LightGBM's contributions are then the sum over the trees
				trees = float64(len(m.e.Trees))
			}
			worst := 0.0
			for i, v := range c.ReadValues("contrib.bin") {
				worst = max(worst, math.Abs(got[i]-v/trees))
			}
			if t.Logf("contributions: largest difference %.1e s", worst); worst > 1e-6 {
				t.Errorf("PredictContributions differs by %v s, want ≤ 1e-6", worst)
			}
		})
	}
}

// TestPredictsAsLightGBM: models of the real LightGBM, read here; the same bar.
func TestPredictsAsLightGBM(t *testing.T) {
	train := mltest.Sample(1, 20_000)
	x := treetest.Spoil(mltest.Sample(2, rows).X, 3)
	c := treetest.NewExchange(t, train.X.Schema())
	c.WriteRows("train.bin", train.X, train.Y)
	c.WriteRows("rows.bin", x, nil)
	names := strings.Fields(c.Python("testdata/check.py", "train", c.Folder))
	if len(names) < 10 {
		t.Fatalf("check.py trained %v, want at least 10 variants", names)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			equal(t, mustPredict(t, read(t, c.Read(name+".txt")), x), c.ReadValues(name+".bin"), 1e-9)
		})
	}
}
