package lightgbm

import (
	"bytes"
	"errors"
	"math"
	"os"
	"strings"
	"testing"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/tree"
	"lfb/internal/ml/tree/explain"
	"lfb/internal/ml/tree/predict"
	"lfb/internal/ml/tree/treetest"
)

func load(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func read(t testing.TB, text []byte) *tree.Ensemble {
	t.Helper()
	e, err := Read(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestReadGolden holds that models of the real LightGBM predict here what they
// predicted there: the sums are the same additions in the same order.
func TestReadGolden(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"regression", "regression_l1", "quantile", "rf", "zero", "none", "dart"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := read(t, load(t, name))
			if e.Average != (name == "rf") {
				t.Errorf("average %v, want that of a random forest alone", e.Average)
			}
			x := treetest.ReadGoldenRows(t, "testdata/rows.csv", e.Schema)
			got := mustPredict(t, e, x)
			treetest.CheckPredictions(t, got, treetest.ReadGoldenValues(t, "testdata/"+name+"_pred.csv"), 0)
			treetest.CheckPredictions(t, mustPredict(t, read(t, write(t, e)), x), got, 0)
		})
	}
}

func mustPredict(t testing.TB, e *tree.Ensemble, x ml.Matrix) []float64 {
	t.Helper()
	got, err := predict.New(e).Predict(nil, x)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestWriteAsLightGBM holds that what was read is written byte for byte as it
// was, but for the parameters and the lines where LightGBM rounds to six digits, weighs
// rows by the objective's hessian, states the shrinkage or the columns' ranges, and what
// follows from them.
func TestWriteAsLightGBM(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"regression", "rf", "zero", "none"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := load(t, name)
			want, got := exactLines(text), exactLines(write(t, read(t, text)))
			if len(got) != len(want) {
				t.Fatalf("%d lines, want %d", len(got), len(want))
			}
			for i := range want {
				if got[i] != want[i] {
					t.Fatalf("line %d: %.200q, want %.200q", i, got[i], want[i])
				}
			}
		})
	}
}

func exactLines(text []byte) []string {
	var out []string
	for line := range strings.SplitSeq(string(text), "\n") {
		key, _, _ := strings.Cut(line, "=")
		switch key {
		case "tree_sizes", "feature_infos", "internal_value", "internal_weight", "leaf_weight", "split_gain", "shrinkage":
			line = key
		case "threshold":
			line = strings.ReplaceAll(line, "inf", "1.7976931348623157e+308")
		}
		if !strings.HasPrefix(line, "[") {
			out = append(out, line)
		}
	}
	return out
}

func TestContributionsAreLightGBMs(t *testing.T) {
	t.Parallel()
	e := read(t, load(t, "regression"))
	wide := &ml.Schema{Columns: make([]ml.Column, e.Schema.Width()+1)}
	want := treetest.ReadGoldenRows(t, "testdata/contrib.csv", wide)
	x := treetest.ReadGoldenRows(t, "testdata/rows.csv", e.Schema).Slice(0, want.Rows())
	got, err := explain.New(e).PredictContributions(nil, x)
	if err != nil {
		t.Fatal(err)
	}
	worst := 0.0
	for i := range want.Rows() {
		for j := range want.Width() {
			worst = max(worst, math.Abs(got[i*want.Width()+j]-want.At(i, j)))
		}
	}
	if t.Logf("largest difference %.1e s", worst); worst > 1e-6 {
		t.Errorf("PredictContributions differs by %v s, want ≤ 1e-6", worst)
	}
}

func TestReadLeavesOutWhatIsOptional(t *testing.T) {
	t.Parallel()
	full := load(t, "regression")
	e := read(t, full)
	x := treetest.ReadGoldenRows(t, "testdata/rows.csv", e.Schema)
	bare := read(t, without(full, "tree_sizes", "is_linear", "shrinkage"))
	treetest.CheckPredictions(t, mustPredict(t, bare, x), mustPredict(t, e, x), 0)
}

func without(text []byte, keys ...string) []byte {
	var out []string
	for line := range strings.SplitSeq(string(text), "\n") {
		key, _, isField := strings.Cut(line, "=")
		drop := false
		for _, k := range keys {
			drop = drop || isField && key == k
		}
		if !drop {
			out = append(out, line)
		}
	}
	return []byte(strings.Join(out, "\n"))
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	good := string(without(write(t, treetest.Ensemble(5, 3, 6, false)), "tree_sizes"))
	swap := func(old, text string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("%q is not in the model", old)
		}
		return strings.ReplaceAll(good, old, text)
	}
	sized := string(write(t, treetest.Ensemble(5, 3, 6, false)))
	tests := []struct{ name, text, want string }{
		{"nothing", "", "begins with tree"},
		{"another file", "PK\x03\x04", "begins with tree"},
		{"an old version", swap("version=v4", "version=v2"), "version"},
		{"three classes", swap("num_class=1", "num_class=3"), "num_class=3"},
		{"classes", swap("objective=regression", "objective=binary sigmoid:1"), "not the sum of the trees"},
		{"logarithms", string(load(t, "poisson")), "not the sum of the trees"},
		{"roots", string(load(t, "sqrt")), "not the sum of the trees"},
		{"no counts", string(without([]byte(good), "internal_count")), "internal_count"},
		{"a name too few", swap("feature_names=distance_km ", "feature_names="), "5 feature names"},
		{"an info of letters", swap("feature_infos=", "feature_infos=x"), "feature info"},
		{"a code out of range", swap(" 0:1:2:3:4 ", " 99999999999 "), "feature info"},
		{"a column twice", swap("label_index=0", "version=v4"), "stands twice"},
		{"monotone of another width", swap("monotone_constraints=1 ", "monotone_constraints="), "monotone"},
		{"leaves forged", swap("num_leaves=1", "num_leaves=2000000000"), "want 2000000000"},
		{"no leaves", swap("num_leaves=1", "num_leaves=0"), "num_leaves"},
		{"categories forged", swap("num_cat=1", "num_cat=2000000000"), "cat_boundaries"},
		{"a child that leads back", swap("left_child=", "left_child=0 "), "left_child"},
		{"a linear tree", swap("is_linear=0", "is_linear=1"), "linear"},
		{"a decision type of 16", swap("decision_type=", "decision_type=16"), "decision_type"},
		{"an infinite leaf", swap("leaf_value=3", "leaf_value=1e999"), "leaf_value"},
		{"a leaf that is no number", swap("leaf_value=3", "leaf_value=NaN 3"), "leaf_value"},
		{"trees out of order", swap("Tree=1", "Tree=2"), "where tree 1"},
		{"cut within a tree", good[:strings.Index(good, "Tree=2")+40], "ends within a block"},
		{"cut between trees", good[:strings.Index(good, "end of trees")], "ends after 3 trees"},
		{"cut in the footer", good[:strings.Index(good, "end of parameters")], "within the parameters"},
		{"edited", strings.Replace(sized, "shrinkage=1\n", "shrinkage=0.1\n", 1), "tree_sizes"},
		{"Windows line ends", strings.ReplaceAll(sized, "\n", "\r\n"), "carriage return"},
		{"the real linear trees", string(load(t, "linear")), "linear"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := Read(strings.NewReader(tt.text))
			if !errors.Is(err, lfb.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Read() = %v, want %v with %q", err, lfb.ErrInvalid, tt.want)
			}
		})
	}
}

// TestReadCircle holds that children that would never end a walk are refused.
func TestReadCircle(t *testing.T) {
	t.Parallel()
	head := "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx=0\n" +
		"objective=regression\nfeature_names=a\nfeature_infos=[0:1]\n\nTree=0\nnum_leaves=3\nnum_cat=0\n" +
		"split_feature=0 0\nthreshold=1 2\ndecision_type=2 2\nleaf_value=1 2 3\n" +
		"leaf_count=1 1 1\nsplit_gain=1 1\ninternal_value=2 1\ninternal_count=3 2\n"
	for _, children := range []string{
		"left_child=0 -1\nright_child=-2 -3", "left_child=1 1\nright_child=-1 -2",
		"left_child=1 -1\nright_child=1 -2", "left_child=1 -1\nright_child=-1 -2", "left_child=1 -1\nright_child=-9 -2",
	} {
		text := head + children + "\n\n\nend of trees\n"
		if _, err := Read(strings.NewReader(text)); !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("Read(%q) = %v, want %v", children, err, lfb.ErrInvalid)
		}
	}
	text := head + "left_child=1 -1\nright_child=-2 -3\n\n\nend of trees\n"
	if _, err := Read(strings.NewReader(text)); err != nil {
		t.Errorf("Read(children that lead forward) = %v, want nil", err)
	}
}

// FuzzRead: any bytes give an error or a model that predicts and survives a
// round trip; the test's memory limit and time limit hold the rest.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"regression", "rf", "zero", "linear", "ours"} {
		text := load(f, name)
		first, _, _ := bytes.Cut(text, []byte("Tree=1"))
		f.Add(first)
		f.Add(append(without(first, "tree_sizes"), "end of trees\n"...))
	}
	f.Add(write(f, treetest.Ensemble(6, 2, 4, true)))
	f.Add(without(write(f, treetest.Ensemble(7, 2, 4, false)), "tree_sizes"))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := Read(bytes.NewReader(data))
		if err != nil {
			if !errors.Is(err, lfb.ErrInvalid) {
				t.Fatalf("Read() = %v, want %v", err, lfb.ErrInvalid)
			}
			return
		}
		x := treetest.Rows(1, 3, e)
		want := mustPredict(t, e, x)
		again, err := Read(bytes.NewReader(write(t, e)))
		if err != nil {
			t.Fatalf("Read of what Write wrote = %v", err)
		}
		got := mustPredict(t, again, x)
		for i := range want {
			if math.Float64bits(got[i]) != math.Float64bits(want[i]) {
				t.Fatalf("row %d: %v after a round trip, want %v", i, got[i], want[i])
			}
		}
	})
}
