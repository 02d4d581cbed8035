package ml_test

import (
	"math"
	"testing"

	"lfb/internal/ml"
)

// bent predicts a function of the first column.
type bent func(v float64) float64

func (f bent) Predict(dst []float64, x ml.Matrix) ([]float64, error) {
	dst = ml.Sized(dst, x.Rows())
	for i := range dst {
		dst[i] = f(x.At(i, 0))
	}
	return dst, nil
}

func (bent) MarshalBinary() ([]byte, error) { return nil, nil }

func TestMonotoneBreaks(t *testing.T) {
	t.Parallel()
	schema := func(direction int) *ml.Schema {
		return &ml.Schema{Columns: []ml.Column{{Name: "distance", Monotone: direction}, {Name: "other"}}}
	}
	for _, tt := range []struct {
		name      string
		direction int
		model     bent
		broken    float64 // share of the pairs
		worst     float64
	}{
		{"rises as asked", 1, func(v float64) float64 { return v }, 0, 0},
		{"falls as asked", -1, func(v float64) float64 { return -v }, 0, 0},
		{"level", 1, func(float64) float64 { return 7 }, 0, 0},
		{"falls against", 1, func(v float64) float64 { return -v }, 1, 100},
		{"one dip of seven steps", 1, func(v float64) float64 {
			if v == 300 {
				return 150
			}
			return v
		}, 1.0 / 7, 50},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			x := ml.NewMatrix(schema(tt.direction), 800)
			for i := range 800 {
				x.Col(0)[i] = 100 * float64(i%8)
			}
			x.Col(0)[0] = math.NaN()
			got, err := ml.MonotoneBreaks(tt.model, x)
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != 1 || got[0].Column != "distance" || got[0].Pairs == 0 {
				t.Fatalf("MonotoneBreaks = %+v, want pairs of distance alone", got)
			}
			share := float64(got[0].Broken) / float64(got[0].Pairs)
			if math.Abs(share-tt.broken) > 1e-9 || math.Abs(got[0].Worst-tt.worst) > 1e-9 {
				t.Errorf("%d of %d pairs, worst %v, want share %v, worst %v", got[0].Broken, got[0].Pairs, got[0].Worst, tt.broken, tt.worst)
			}
		})
	}
	level := ml.NewMatrix(schema(1), 5)
	if got, err := ml.MonotoneBreaks(bent(math.Abs), level); err != nil || len(got) != 1 || got[0].Pairs != 0 {
		t.Errorf("of a constant column = %+v, %v, want no pairs", got, err)
	}
}
