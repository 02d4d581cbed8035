package lightgbm

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
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
			text := write(t, e)
			file := "testdata/" + name + ".txt"
			if *update {
				if err := os.WriteFile(file, text, 0o644); err != nil {
					t.Fatal(err)
				}
				treetest.WriteGoldenRows(t, "testdata/"+name+"_rows.csv", treetest.Rows(3, 400, e))
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
			x := treetest.ReadGoldenRows(t, "testdata/"+name+"_rows.csv", e.Schema)
			treetest.CheckPredictions(t, mustPredict(t, e, x), treetest.ReadGoldenValues(t, "testdata/"+name+"_pred.csv"), 1e-9)
		})
	}
}

func TestWriteThenRead(t *testing.T) {
	t.Parallel()
	for name, e := range ours() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := write(t, e)
			back := read(t, text)
			x := treetest.Rows(4, 1000, e)
			treetest.CheckPredictions(t, mustPredict(t, back, x), mustPredict(t, e, x), 0)
			if !bytes.Equal(write(t, back), text) {
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
	for _, name := range []string{"two words", "two\nlines", ""} {
		if err := Write(io.Discard, named(name)); !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("Write of column %q = %v, want %v", name, err, lfb.ErrInvalid)
		}
	}
}

func write(t testing.TB, e *tree.Ensemble) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, e); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
