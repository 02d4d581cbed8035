package forest

import (
	"testing"

	"lfb/internal/ml"
	"lfb/internal/ml/mltest"
)

func small() Recipe { return Recipe{Trees: 12, MaxDepth: 8, MinRows: 3} }

func decode(b []byte) (ml.Model, error) {
	m, err := Decode(b)
	if err != nil {
		return nil, err
	}
	return m, nil
}

func TestConformance(t *testing.T) {
	t.Parallel()
	deep := Recipe{Trees: 7, MaxDepth: -1, MinRows: 1, ColumnFraction: 1, RowFraction: 0.5, LeafSamples: 2, OneHot: -1}
	for _, tt := range []struct {
		name   string
		recipe Recipe
	}{{"shallow", small()}, {"deep", deep}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			mltest.Run(t, tt.recipe, decode)
		})
	}
}

func FuzzDecodeModel(f *testing.F) { mltest.Fuzz(f, small(), decode) }

func FuzzDecodePayload(f *testing.F) {
	r := small()
	r.Trees = 3
	mltest.FuzzPayload(f, r, modelMagic, decode)
}
