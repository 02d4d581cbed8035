//go:build integration

package external_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lfb/internal/ml"
	"lfb/internal/ml/external"
	"lfb/internal/ml/gbdt"
	"lfb/internal/ml/lightgbm"
	"lfb/internal/ml/mltest"
	"lfb/internal/ml/tree/treetest"
)

// agreement is the bar: 1e-5, relative; a runtime adds hundreds of float32.
const agreement = 1e-5

// TestCandidatesAnswerAsTheirFiles fits every candidate of candidates/python and holds what
// is read here to what onnxruntime, or LightGBM, answers to 10,000 float32 rows, a tenth of
// whose values are missing. LightGBM takes rows as doubles: it is asked for the same float32.
func TestCandidatesAnswerAsTheirFiles(t *testing.T) {
	train, valid := mltest.Sample(1, 15_000), mltest.Sample(2, 3000)
	rows := treetest.Spoil(mltest.Sample(3, 10_000).X, 4)
	c := treetest.NewExchange(t, train.X.Schema())
	schema, err := json.Marshal(struct {
		*ml.Schema
		Target string `json:"target"`
	}{train.X.Schema(), "target"})
	if err != nil {
		t.Fatal(err)
	}
	c.Write("schema.json", schema)
	c.WriteRows("train.bin", train.X, train.Y)
	c.WriteRows("valid.bin", valid.X, valid.Y)
	c.WriteRows("rows.bin", rows, nil)
	c.Python("testdata/fit.py", c.Folder)
	files, err := filepath.Glob(filepath.Join(c.Folder, "*.mean"))
	if err != nil || len(files) < 5 {
		t.Fatalf("%d candidates, %v, want 5", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".mean")
		t.Run(name, func(t *testing.T) { checkCandidate(t, c, name, train.X, rows) })
	}
}

func checkCandidate(t *testing.T, c treetest.Exchange, name string, background, rows ml.Matrix) {
	t.Helper()
	var files []external.File
	for _, quantity := range []string{external.Mean, external.P50, external.P90} {
		if _, err := os.Stat(filepath.Join(c.Folder, name+"."+quantity)); err != nil {
			continue
		}
		var told struct {
			Format     string  `json:"format"`
			Rounds     int     `json:"rounds"`
			Difference float64 `json:"difference_seconds"`
		}
		if err := json.Unmarshal(c.Read(name+"."+quantity+".json"), &told); err != nil {
			t.Fatal(err)
		}
		f := external.File{Quantity: quantity, Format: told.Format, Data: c.Read(name + "." + quantity)}
		files = append(files, f)
		f.Quantity = external.Mean
		m, err := external.ReadModel(background, f)
		if err != nil {
			t.Fatal(err)
		}
		asked := rows
		if told.Format == external.LightGBM {
			asked = cutToFloat32(rows)
		}
		got, err := m.Predict(nil, asked)
		if err != nil {
			t.Fatal(err)
		}
		worst := 0.0
		for i, want := range c.ReadValues(name + "." + quantity + ".bin") {
			worst = max(worst, math.Abs(got[i]-want)/math.Abs(want))
		}
		if !(worst <= agreement) {
			t.Errorf("%s: the greatest relative difference is %.2g", quantity, worst)
		}
		t.Logf("%s by %s, %d bytes, %d rounds: within %.1e of its runtime; file to library's own predict %.2g s",
			quantity, told.Format, len(f.Data), told.Rounds, worst, told.Difference)
	}
	m, err := external.ReadModel(background, files...)
	if err != nil {
		t.Fatal(err)
	}
	checkStored(t, name, m, rows.Slice(0, 200))
	var text bytes.Buffer
	if err := lightgbm.Write(&text, m.(*gbdt.Model).Mean()); err != nil {
		t.Fatal(err)
	}
	again, err := external.ReadModel(background, external.File{
		Quantity: external.Mean, Format: external.LightGBM,
		Data: text.Bytes(),
	})
	if err != nil {
		t.Fatal(err)
	}
	want, _ := m.Predict(nil, rows)
	if got, err := again.Predict(nil, rows); err != nil || !slices.Equal(got, want) {
		t.Errorf("exported as LightGBM's text and read again it answers otherwise, error %v", err)
	}
}

// cutToFloat32 is x with each value as the nearest float32.
func cutToFloat32(x ml.Matrix) ml.Matrix {
	out := ml.NewMatrix(x.Schema(), x.Rows())
	for j := range x.Width() {
		for i, v := range x.Col(j) {
			out.Col(j)[i] = float64(float32(v))
		}
	}
	return out
}
