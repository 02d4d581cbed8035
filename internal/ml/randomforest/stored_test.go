package randomforest

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/mltest"
	"lfb/internal/ml/tree/treetest"
)

// A model written by commit 969d8df (4 trees of the sample, 6 levels, 5 bands),
// answers what it answered then, to the bit, and keeps its bytes.
func TestStoredModelAnswersTheSame(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("testdata", "stored.bin"))
	if err != nil {
		t.Fatal(err)
	}
	said, err := os.ReadFile(filepath.Join("testdata", "stored.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want struct{ Mean, Quantiles, Probabilities, Gain, Splits []float64 }
	if err := json.Unmarshal(said, &want); err != nil {
		t.Fatal(err)
	}
	old, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	b, err := old.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b, data) {
		t.Error("the stored model encodes to other bytes")
	}
	x := mltest.Sample(3, 20).X
	var got ml.JointPrediction
	for _, rows := range []ml.Matrix{x, treetest.Spoil(x, 4)} { // with missing values and unseen codes
		p, err := old.PredictJoint(ml.JointPrediction{}, rows, []float64{0.1, 0.5, 0.9}, []float64{200, 360, 600})
		if err != nil {
			t.Fatal(err)
		}
		got.Mean = append(got.Mean, p.Mean...)
		got.Quantiles = append(got.Quantiles, p.Quantiles...)
		got.Probabilities = append(got.Probabilities, p.Probabilities...)
	}
	gain, splits := old.Importance()
	for _, pair := range [][2][]float64{
		{got.Mean, want.Mean},
		{got.Quantiles, want.Quantiles},
		{got.Probabilities, want.Probabilities},
		{gain, want.Gain},
		{splits, want.Splits},
	} {
		if !slices.Equal(pair[0], pair[1]) {
			t.Errorf("%v, want %v", pair[0], pair[1])
		}
	}
	for cut := range data {
		if _, err := Decode(data[:cut]); !errors.Is(err, lfb.ErrInvalid) {
			t.Fatalf("Decode of %d of %d bytes = %v, want ErrInvalid", cut, len(data), err)
		}
	}
}
