package external_test

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/catalog"
	"lfb/internal/ml/external"
	"lfb/internal/ml/gbdt"
	"lfb/internal/ml/lightgbm"
	"lfb/internal/ml/mltest"
)

const peers = "../onnx/testdata/peers/"

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// peerRows are rows as those that the peers' models were fitted on, a tenth missing.
func peerRows(rows int) ml.Matrix {
	s := &ml.Schema{}
	for _, name := range strings.Fields("a b c d e f") {
		s.Columns = append(s.Columns, ml.Column{Name: name})
	}
	rng := rand.New(rand.NewPCG(1, 2))
	x := ml.NewMatrix(s, rows)
	for j := range s.Columns {
		for i := range x.Col(j) {
			if x.Col(j)[i] = rng.NormFloat64(); rng.IntN(10) == 0 {
				x.Col(j)[i] = math.NaN()
			}
		}
	}
	return x
}

// TestReadModel takes each peer's model through what a bundle does with it: it is stored
// and read back bit by bit, and its contributions sum to what it predicts.
func TestReadModel(t *testing.T) {
	t.Parallel()
	x := peerRows(500)
	for _, name := range []string{"xgboost", "extratrees", "histgradientboosting", "catboost", "ridge", "average"} {
		m, err := external.ReadModel(x, external.File{
			Quantity: external.Mean, Format: external.ONNX, Data: readFile(t, peers+name+".onnx"),
		})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		checkStored(t, name, m, x)
		gain, splits := m.(ml.Importances).Importance()
		for j := range gain {
			if !(gain[j] >= 0) || (splits[j] > 0) != (gain[j] > 0) {
				t.Errorf("%s: column %d has gain %v by %v splits", name, j, gain[j], splits[j])
			}
		}
	}
}

func checkStored(t *testing.T, name string, m ml.Model, x ml.Matrix) {
	t.Helper()
	data, err := catalog.Encode(m)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	back, err := catalog.Decode(data)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	want, err := m.Predict(nil, x)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	got, err := back.Predict(nil, x)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%s: the stored model answers otherwise, error %v", name, err)
	}
	parts, err := back.(ml.Contributions).PredictContributions(nil, x)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for i, w := range want {
		sum := 0.0
		for _, v := range parts[i*(x.Width()+1):][:x.Width()+1] {
			sum += v
		}
		if !(math.Abs(sum-w) <= 1e-9*math.Abs(w)) {
			t.Fatalf("%s: row %d: contributions sum to %v of %v", name, i, sum, w)
		}
	}
}

// TestReadQuantiles: heads of P50 and P90 answer quantiles, whatever formats they came in.
func TestReadQuantiles(t *testing.T) {
	t.Parallel()
	x := peerRows(50)
	file := func(quantity, name string) external.File {
		return external.File{Quantity: quantity, Format: external.ONNX, Data: readFile(t, peers+name+".onnx")}
	}
	mean, p50, p90 := file("mean", "xgboost"), file("p50", "catboost"), file("p90", "extratrees")
	m, err := external.ReadModel(x, p90, mean, p50)
	if err != nil {
		t.Fatal(err)
	}
	got, err := m.(ml.Quantiles).PredictQuantiles(nil, x, []float64{0.5, 0.9})
	if err != nil {
		t.Fatal(err)
	}
	for i := range x.Rows() {
		if got[2*i] > got[2*i+1] {
			t.Errorf("row %d: P50 %v above P90 %v", i, got[2*i], got[2*i+1])
		}
	}
	for _, files := range [][]external.File{
		nil,
		{p50},
		{mean, p50},
		{mean, mean, p90},
		{mean, p50, p90, p90},
		{mean, p50, file("p90", "ridge")},
		{mean, p50, file("p95", "catboost")},
		{{Quantity: "mean", Format: "pickle", Data: mean.Data}},
		{{Quantity: "mean", Format: external.LightGBM, Data: mean.Data}},
	} {
		if m, err := external.ReadModel(x, files...); m != nil || !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("ReadModel of %d files = %v, %v, want ErrInvalid", len(files), m, err)
		}
	}
}

// TestReadLightGBM: a model of LightGBM's text answers as the one that wrote it, and is
// refused for columns of other names.
func TestReadLightGBM(t *testing.T) {
	t.Parallel()
	train := mltest.Sample(1, 1000)
	fitted, err := gbdt.Recipe{Rounds: 20}.Fit(t.Context(), train, ml.Set{}, ml.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := lightgbm.Write(&text, fitted.(*gbdt.Model).Mean()); err != nil {
		t.Fatal(err)
	}
	file := external.File{Quantity: external.Mean, Format: external.LightGBM, Data: text.Bytes()}
	m, err := external.ReadModel(train.X, file)
	if err != nil {
		t.Fatal(err)
	}
	checkStored(t, "lightgbm", m, train.X)
	want, err := fitted.Predict(nil, train.X)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := m.Predict(nil, train.X); err != nil || !slices.Equal(got, want) {
		t.Errorf("the model that was read answers otherwise, error %v", err)
	}
	renamed := ml.Schema{Columns: slices.Clone(train.X.Schema().Columns)}
	renamed.Columns[0].Name = "other"
	for _, schema := range []*ml.Schema{&renamed, {Columns: renamed.Columns[1:]}} {
		if _, err := external.ReadModel(ml.NewMatrix(schema, 1), file); !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("ReadModel for columns of other names = %v, want ErrInvalid", err)
		}
	}
}
