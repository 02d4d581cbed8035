package treetest

import (
	"bytes"
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"testing"

	"lfb/internal/ml"
)

// WriteGoldenRows writes rows as a CSV file without a header.
func WriteGoldenRows(t testing.TB, file string, x ml.Matrix) {
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

// ReadGoldenRows reads what WriteGoldenRows or a Python program wrote.
func ReadGoldenRows(t testing.TB, file string, schema *ml.Schema) ml.Matrix {
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

// ReadGoldenValues reads a file of one value a line.
func ReadGoldenValues(t testing.TB, file string) []float64 {
	t.Helper()
	return ReadGoldenRows(t, file, &ml.Schema{Columns: []ml.Column{{Name: "value"}}}).Col(0)
}

// CheckPredictions holds |got-want| ≤ relative · |want|.
func CheckPredictions(t testing.TB, got, want []float64, relative float64) {
	t.Helper()
	if len(got) != len(want) || len(got) == 0 {
		t.Fatalf("%d predictions, want %d", len(got), len(want))
	}
	worst := 0.0
	for i := range got {
		d := 0.0
		if got[i] != want[i] {
			d = math.Abs(got[i]-want[i]) / max(math.Abs(want[i]), 1e-300)
		}
		if !(d <= relative) {
			t.Fatalf("row %d: Predict = %v, want %v", i, got[i], want[i])
		}
		worst = max(worst, d)
	}
	t.Logf("%d rows, largest relative difference %.1e", len(got), worst)
}
