package lightgbm

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
	"lfb/internal/ml/tree/treetest"
)

var update = flag.Bool("update", false, "rewrite testdata/ours*.txt; run make_golden.py afterwards")

// ours are the ensembles of the golden files, every kind of split among them.
func ours() map[string]*tree.Ensemble {
	return map[string]*tree.Ensemble{
		"ours":        treetest.Ensemble(1, 12, 24, false),
		"ours_forest": treetest.Ensemble(2, 8, 24, true),
	}
}

// TestWriteGolden holds the bytes, and that LightGBM itself predicted from them
// what the ensemble predicts: make_golden.py loaded the files.
func TestWriteGolden(t *testing.T) {
	t.Parallel()
	for name, e := range ours() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := write(t, e, Regression)
			file := "testdata/" + name + ".txt"
			if *update {
				if err := os.WriteFile(file, text, 0o644); err != nil {
					t.Fatal(err)
				}
				writeRows(t, "testdata/"+name+"_rows.csv", treetest.Rows(3, 400, e))
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(text, want) {
				t.Errorf("Write(%s) = %d bytes that differ from %s", name, len(text), file)
			}
			if *update {
				return
			}
			x := readRows(t, "testdata/"+name+"_rows.csv", e.Schema)
			equal(t, mustPredict(t, e, x), readValues(t, "testdata/"+name+"_pred.csv"), 1e-9)
		})
	}
}

func TestWriteThenRead(t *testing.T) {
	t.Parallel()
	for name, e := range ours() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := write(t, e, Quantile)
			back := read(t, text)
			x := treetest.Rows(4, 1000, e)
			equal(t, mustPredict(t, back, x), mustPredict(t, e, x), 0)
			if !bytes.Equal(write(t, back, Quantile), text) {
				t.Errorf("Write differs from the bytes that Read read")
			}
			for j, c := range e.Schema.Columns {
				if h := back.Schema.Columns[j]; h.Name != c.Name || h.Categories != c.Categories || h.Monotone != c.Monotone {
					t.Errorf("Schema().Columns[%d] = %+v, want %+v", j, h, c)
				}
			}
		})
	}
}

func TestWriteRefuses(t *testing.T) {
	t.Parallel()
	named := func(name string) *tree.Ensemble {
		schema := &ml.Schema{Columns: []ml.Column{{Name: name}}}
		e, err := tree.NewEnsemble(schema, []tree.Tree{tree.NewConstantTree(1, 1)}, false)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	tests := []struct {
		name      string
		e         *tree.Ensemble
		objective string
	}{
		{"a name with a space", named("two words"), Regression},
		{"a name with a line break", named("two\nlines"), Regression},
		{"a name that is empty", named(""), Regression},
		{"an objective of classes", named("a"), "binary sigmoid:1"},
		{"an objective of two lines", named("a"), "regression\ntree"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if err := Write(io.Discard, tt.e, tt.objective); !errors.Is(err, lfb.ErrInvalid) {
				t.Errorf("Write(%q) = %v, want %v", tt.objective, err, lfb.ErrInvalid)
			}
		})
	}
}

func write(t testing.TB, e *tree.Ensemble, objective string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, e, objective); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// equal holds |got-want| ≤ rel·|want|.
func equal(t *testing.T, got, want []float64, rel float64) {
	t.Helper()
	if len(got) != len(want) || len(got) == 0 {
		t.Fatalf("%d predictions, want %d", len(got), len(want))
	}
	worst := 0.0
	for i := range got {
		d := math.Abs(got[i]-want[i]) / max(math.Abs(want[i]), 1e-300)
		if got[i] == want[i] {
			d = 0
		}
		if !(d <= rel) {
			t.Fatalf("row %d: Predict = %v, want %v", i, got[i], want[i])
		}
		worst = max(worst, d)
	}
	t.Logf("%d rows, largest relative difference %.1e", len(got), worst)
}

func writeRows(t *testing.T, file string, x ml.Matrix) {
	t.Helper()
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
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// readRows reads a CSV file without a header; an empty field is NaN too.
func readRows(t *testing.T, file string, schema *ml.Schema) ml.Matrix {
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
	x := ml.NewMatrix(schema, len(records))
	for i, record := range records {
		for j, text := range record {
			if x.Col(j)[i], err = strconv.ParseFloat(text, 64); err != nil {
				t.Fatalf("%s: row %d: %v", file, i, err)
			}
		}
	}
	return x
}

func readValues(t *testing.T, file string) []float64 {
	t.Helper()
	schema := &ml.Schema{Columns: []ml.Column{{Name: "value"}}}
	return readRows(t, file, schema).Col(0)
}
