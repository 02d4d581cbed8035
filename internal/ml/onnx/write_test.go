package onnx

import (
	"bytes"
	"encoding/csv"
	"errors"
	"flag"
	"io"
	"math"
	"os"
	"strconv"
	"testing"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/tree"
	"lfb/internal/ml/tree/predict"
	"lfb/internal/ml/tree/treetest"
)

var update = flag.Bool("update", false, "rewrite testdata/*.onnx; run make_golden.py afterwards")

// golden are the models of the golden files.
func golden() map[string]struct {
	e *tree.Ensemble
	o Options
} {
	type entry = struct {
		e *tree.Ensemble
		o Options
	}
	sum, average := treetest.Ensemble(1, 10, 20, false), treetest.Ensemble(2, 8, 20, true)
	return map[string]entry{
		"sum":           {sum, Options{}},
		"sum_float":     {sum, Options{Float32: true, Base: 12.5}},
		"average":       {average, Options{Name: "forest", InputName: "calls", OutputName: "seconds", Base: 12.5}},
		"average_float": {average, Options{Float32: true}},
	}
}

// TestWriteGolden holds the bytes, and that onnxruntime predicted from them what
// the ensemble predicts: make_golden.py ran the files. 1e-5 is the bar; the
// output is a float32, which is good to 6e-8.
func TestWriteGolden(t *testing.T) {
	t.Parallel()
	for name, g := range golden() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			if err := Write(&b, g.e, g.o); err != nil {
				t.Fatal(err)
			}
			x := treetest.Rows(3, 300, g.e)
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
			if g.o.Float32 {
				x = rounded(x)
			}
			got, err := predict.New(g.e).Predict(nil, x)
			if err != nil {
				t.Fatal(err)
			}
			near(t, got, readValues(t, "testdata/"+name+"_pred.csv"), g.o.Base)
		})
	}
}

// near holds |got+base-want| ≤ 1e-5·|want|.
func near(t *testing.T, got, want []float64, base float64) {
	t.Helper()
	if len(got) != len(want) || len(got) == 0 {
		t.Fatalf("%d predictions, want %d", len(got), len(want))
	}
	worst := 0.0
	for i := range got {
		worst = max(worst, math.Abs(got[i]+base-want[i])/max(math.Abs(want[i]), 1))
		if !(worst <= 1e-5) {
			t.Fatalf("row %d: Predict = %v, onnxruntime %v", i, got[i]+base, want[i])
		}
	}
	t.Logf("%d rows, largest relative difference %.1e", len(got), worst)
}

// rounded is x as a caller with float32 has it.
func rounded(x ml.Matrix) ml.Matrix {
	out := ml.NewMatrix(x.Schema(), x.Rows())
	for j := range x.Width() {
		for i, v := range x.Col(j) {
			out.Col(j)[i] = float64(float32(v))
		}
	}
	return out
}

func TestWriteRefuses(t *testing.T) {
	t.Parallel()
	schema := &ml.Schema{Columns: []ml.Column{{Name: "ward", Categories: 1 << 26}}}
	words := make([]uint32, 1<<20+1)
	words[1<<20] = 1
	far := tree.Tree{
		SplitFeature: []int32{0}, Threshold: []float64{0}, DecisionType: []int8{tree.Categorical},
		Left: []int32{-1}, Right: []int32{-2}, InternalCount: []int32{2},
		LeafValue: []float64{1, 2}, LeafCount: []int32{1, 1},
		CatBoundaries: []int32{0, int32(len(words))}, CatThreshold: words,
	}
	tests := []struct {
		name string
		tree tree.Tree
		o    Options
		want error
	}{
		{"a base that is no number", tree.Constant(1, 1), Options{Base: math.NaN()}, lfb.ErrInvalid},
		{"a leaf beyond float32", tree.Constant(1e39, 1), Options{Float32: true}, lfb.ErrInvalid},
		{"the same leaf in double", tree.Constant(1e39, 1), Options{}, nil},
		{"a category beyond float32", far, Options{Float32: true}, lfb.ErrInvalid},
		{"the same category in double", far, Options{}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e, err := tree.NewEnsemble(schema, []tree.Tree{tt.tree}, false)
			if err != nil {
				t.Fatal(err)
			}
			if err := Write(io.Discard, e, tt.o); !errors.Is(err, tt.want) {
				t.Errorf("Write(%+v) = %v, want %v", tt.o, err, tt.want)
			}
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
		yes := map[string]bool{leq: v <= s.bound, less: v < s.bound, geq: v >= s.bound, more: v > s.bound, same: v == s.bound}[s.mode]
		if yes || s.nan && v != v {
			return s.left
		}
		if i+1 == len(nodes) {
			return !s.left
		}
	}
	return false
}

func TestDown(t *testing.T) {
	t.Parallel()
	for _, v := range []float64{0, 0.1, -0.1, 0.3, 1e-50, -1e-50, 16777217, math.MaxFloat64, -math.MaxFloat64} {
		d := roundDown(v)
		if up := math.Nextafter32(float32(d), float32(math.Inf(1))); !(d <= v) || !(float64(up) > v) {
			t.Errorf("roundDown(%v) = %v, want the greatest float32 that is not above", v, d)
		}
	}
}

func rewrite(t *testing.T, name string, model []byte, x ml.Matrix) {
	t.Helper()
	if err := os.WriteFile("testdata/"+name+".onnx", model, 0o644); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	row := make([]float64, x.Width())
	for i := range x.Rows() {
		for j, v := range x.Row(row, i) {
			if j > 0 {
				b.WriteByte(',')
			}
			b.WriteString(strconv.FormatFloat(v, 'g', -1, 64))
		}
		b.WriteByte('\n')
	}
	if err := os.WriteFile("testdata/"+name+"_rows.csv", b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func readValues(t *testing.T, file string) []float64 {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := make([]float64, len(records))
	for i, r := range records {
		if out[i], err = strconv.ParseFloat(r[0], 64); err != nil {
			t.Fatal(err)
		}
	}
	return out
}
