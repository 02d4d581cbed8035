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

// trained are models trained here, and made up.
func trained(t *testing.T) map[string]*tree.Ensemble {
	t.Helper()
	train := mltest.Sample(1, 20_000)
	fit := func(r ml.Estimator) ml.Model {
		m, err := r.Fit(t.Context(), train, ml.Set{}, ml.Options{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	boosted := fit(gbdt.Recipe{Rounds: 100, Quantiles: []float64{0.9}}).(*gbdt.Model).Heads()
	return map[string]*tree.Ensemble{
		"squared":  boosted[0],
		"quantile": boosted[1],
		"forest":   fit(forest.Recipe{Trees: 50}).(*forest.Model).Mean(),
		"made_up":  treetest.Ensemble(9, 60, 60, false),
		"wide":     treetest.Wide(11, 10_000, 20),
	}
}

// TestLightGBMPredictsAsHere: the bar is 1e-9, relative, with missing values and
// unseen categories.
func TestLightGBMPredictsAsHere(t *testing.T) {
	for name, e := range trained(t) {
		t.Run(name, func(t *testing.T) {
			x := treetest.Rows(4, rows, e)
			if e.Schema.Index("second_km") >= 0 {
				x = treetest.Spoil(mltest.Sample(2, rows).X, 3)
			}
			c := treetest.NewExchange(t, e.Schema)
			c.Write("model.txt", write(t, e))
			c.WriteRows("rows.bin", x, nil)
			c.Python("testdata/check.py", "predict", c.Folder)
			treetest.CheckPredictions(t, mustPredict(t, e, x), c.ReadValues("pred.bin"), 1e-9)
			got, err := explain.New(e).PredictContributions(nil, x.Slice(0, 100))
			if err != nil {
				t.Fatal(err)
			}
			trees := 1.0
			if e.Average { // LightGBM's contributions are then the sum over the trees
				trees = float64(len(e.Trees))
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
			treetest.CheckPredictions(t, mustPredict(t, read(t, c.Read(name+".txt")), x), c.ReadValues(name+".bin"), 1e-9)
		})
	}
}
