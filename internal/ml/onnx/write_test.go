package onnx

import (
	"bytes"
	"flag"
	"math"
	"os"
	"testing"

	"lfb/internal/ml"
	"lfb/internal/ml/tree"
	"lfb/internal/ml/tree/predict"
	"lfb/internal/ml/tree/treetest"
)

var update = flag.Bool("update", false, "rewrite testdata/*.onnx; run make_golden.py afterwards")

// golden are the models of the golden files.
func golden() map[string]*tree.Ensemble {
	return map[string]*tree.Ensemble{"sum": treetest.Ensemble(1, 10, 20, false), "average": treetest.Ensemble(2, 8, 20,
		true)}
}

// TestWriteGolden holds the bytes, and that onnxruntime predicted from them what
// the ensemble predicts: make_golden.py ran the files. 1e-5 is the bar; the
// output is a float32, which is good to 6e-8.
func TestWriteGolden(t *testing.T) {
	t.Parallel()
	for name, e := range golden() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			if err := Write(&b, e, "trees"); err != nil {
				t.Fatal(err)
			}
			x := treetest.Rows(3, 300, e)
			if *update {
				rewrite(t, name, b.Bytes(), x)
				return
			}
			want, err := os.ReadFile("testdata/" + name + ".onnx")
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(b.Bytes(), want) {
				t.Errorf("Write(%s) = %d bytes that differ from the golden file", name, b.Len())
			}
			got, err := predict.New(e).Predict(nil, x)
			if err != nil {
				t.Fatal(err)
			}
			treetest.CheckPredictions(t, got, treetest.ReadGoldenValues(t, "testdata/"+name+"_pred.csv"), 1e-5)
		})
	}
}

// TestTests holds every way of treating missing values against the tree itself,
// at, beside and far from each threshold.
func TestTests(t *testing.T) {
	t.Parallel()
	bounds := []float64{0, zero, -zero, 1e-36, -1e-36, 1e-30, -1e-30, 2.1, -2.1, math.MaxFloat64}
	for _, d := range treetest.Kinds() {
		for _, bound := range bounds {
			split := tree.Tree{
				SplitFeature: []int32{0}, Threshold: []float64{bound}, DecisionType: []int8{d},
				Left: []int32{-1}, Right: []int32{-2}, InternalCount: []int32{2},
				LeafValue: []float64{1, 2}, LeafCount: []int32{1, 1},
			}
			nodes := tests(nil, &split, 0)
			for _, v := range append([]float64{math.NaN(), math.Copysign(0, -1)}, around(bounds)...) {
				if got, want := goesLeft(nodes, v), split.GoesLeft(0, v); got != want {
					t.Errorf("decision type %d, threshold %v: %v goes left %v, want %v", d, bound, v, got, want)
				}
			}
		}
	}
}

func around(bounds []float64) []float64 {
	var out []float64
	for _, b := range bounds {
		out = append(out, b, math.Nextafter(b, math.Inf(-1)))
		if b < math.MaxFloat64 {
			out = append(out, math.Nextafter(b, math.Inf(1)))
		}
	}
	return out
}

// goesLeft follows the operator's definition.
func goesLeft(nodes []test, v float64) bool {
	for i, s := range nodes {
		yes := map[string]bool{
			leq: v <= s.bound, less: v < s.bound, geq: v >= s.bound, more: v > s.bound,
			same: v == s.bound,
		}[s.mode]
		if yes || s.nan && v != v {
			return s.left
		}
		if i+1 == len(nodes) {
			return !s.left
		}
	}
	return false
}

func rewrite(t *testing.T, name string, model []byte, x ml.Matrix) {
	t.Helper()
	if err := os.WriteFile("testdata/"+name+".onnx", model, 0o644); err != nil {
		t.Fatal(err)
	}
	treetest.WriteGoldenRows(t, "testdata/"+name+"_rows.csv", x)
}
