//go:build integration

package onnx

import (
	"bytes"
	"os"
	"testing"

	"lfb/internal/ml"
	"lfb/internal/ml/forest"
	"lfb/internal/ml/gbdt"
	"lfb/internal/ml/lightgbm"
	"lfb/internal/ml/mltest"
	"lfb/internal/ml/tree"
	"lfb/internal/ml/tree/predict"
	"lfb/internal/ml/tree/treetest"
)

const rows = 10_000

// trained are models trained here, made up, and of the real LightGBM.
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
	boosted := fit(gbdt.Recipe{Rounds: 500, Leaves: 63, Quantiles: []float64{0.9}}).(*gbdt.Model).Heads()
	all := map[string]*tree.Ensemble{
		"gbdt":            boosted[0],
		"gbdt_quantile":   boosted[1],
		"forest":          fit(forest.Recipe{Trees: 50}).(*forest.Model).Mean(),
		"wide":            treetest.Wide(11, 10_000, 20),
		"made_up":         treetest.Ensemble(9, 30, 60, false),
		"made_up_average": treetest.Ensemble(10, 30, 60, true),
	}
	for _, name := range []string{"regression", "rf", "zero", "none"} {
		text, err := os.ReadFile("../lightgbm/testdata/" + name + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		if all["lightgbm_"+name], err = lightgbm.Read(bytes.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// TestONNXRuntimePredictsAsHere: the bar is 1e-5, relative, with missing values
// and unseen categories; onnx's checker passes on the way.
func TestONNXRuntimePredictsAsHere(t *testing.T) {
	for name, e := range trained(t) {
		t.Run(name, func(t *testing.T) {
			x := treetest.Rows(4, rows, e)
			if e.Schema.Index("second_km") >= 0 {
				x = treetest.Spoil(mltest.Sample(2, rows).X, 3)
			}
			c := treetest.NewExchange(t, e.Schema)
			var b bytes.Buffer
			if err := Write(&b, e, name); err != nil {
				t.Fatal(err)
			}
			c.Write("model.onnx", b.Bytes())
			c.WriteRows("rows.bin", x, nil)
			c.Python("testdata/check.py", c.Folder)
			got, err := predict.New(e).Predict(nil, x)
			if err != nil {
				t.Fatal(err)
			}
			treetest.CheckPredictions(t, got, c.ReadValues("model.bin"), 1e-5)
		})
	}
}
