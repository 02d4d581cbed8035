package gbdt

import (
	"testing"

	"lfb/internal/ml"
	"lfb/internal/ml/mltest"
)

func small() Recipe {
	return Recipe{
		Rounds: 45, LearningRate: 0.2, Leaves: 15, MinRows: 10, CatMinRows: 10,
		Quantiles: []float64{0.5, 0.9},
	}
}

func decode(b []byte) (ml.Model, error) {
	m, err := Decode(b)
	if err != nil {
		return nil, err
	}
	return m, nil
}

func TestConformance(t *testing.T) {
	t.Parallel()
	sampled := small()
	sampled.RowFraction, sampled.ColumnFraction = 0.7, 0.6
	for _, tt := range []struct {
		name   string
		recipe Recipe
	}{{"all rows", small()}, {"sampled", sampled}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			mltest.Run(t, tt.recipe, decode)
		})
	}
}

func FuzzDecodeModel(f *testing.F) { mltest.Fuzz(f, small(), decode) }

func FuzzDecodePayload(f *testing.F) {
	r := small()
	r.Rounds = 3
	mltest.FuzzPayload(f, r, modelMagic, decode)
}
