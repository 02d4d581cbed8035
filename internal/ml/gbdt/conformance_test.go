package gbdt

import (
	"testing"

	"lfb/internal/ml"
	"lfb/internal/ml/mltest"
)

func small() Recipe {
	return Recipe{
		Rounds: 45, LearningRate: 0.2, Leaves: 15, MinRows: 10, CatMinRows: 10,
		Quantiles: []float64{0.5, 0.9}, Thresholds: []float64{ml.Aim, ml.Limit},
	}
}

func decode(b []byte) (ml.Model, error) {
	m, err := Decode(b)
	if err != nil {
		return nil, err
	}
	return m.Answers(), nil
}

func TestConformance(t *testing.T) {
	t.Parallel()
	sampled := small()
	sampled.RowFraction, sampled.RowEvery, sampled.ColumnFraction = 0.7, 3, 0.6
	sampled.Objective = Huber
	robust := small()
	robust.Objective, robust.Quantiles, robust.Thresholds = Absolute, nil, nil
	for _, tt := range []struct {
		name   string
		recipe Recipe
	}{{"all heads", small()}, {"sampled huber", sampled}, {"absolute alone", robust}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			mltest.Run(t, tt.recipe, decode)
		})
	}
}

func FuzzDecodeModel(f *testing.F) { mltest.Fuzz(f, small(), decode) }
