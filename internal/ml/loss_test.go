package ml

import (
	"math"
	"testing"
)

func TestLosses(t *testing.T) {
	t.Parallel()
	y := []float64{100, 200, 300, 400}
	p := []float64{110, 190, 330, 400}
	tests := []struct {
		name string
		got  float64
		want float64
	}{
		{"mae", MAE(p, y), 12.5},
		{"rmse", RMSE(p, y), math.Sqrt(275)},
		{"r2", R2(p, y), 1 - 1100.0/50000},
		{"r2 of the mean", R2([]float64{250, 250, 250, 250}, y), 0},
		{"r2 of a constant y", R2([]float64{1, 2}, []float64{5, 5}), 0},
		{"pinball median is half the mae", PinballLoss(p, y, 0.5), 6.25},
		{"pinball 0.9", PinballLoss(p, y, 0.9), (1 + 9 + 3 + 0) / 4.0},
		{"mae of nothing", MAE(nil, nil), 0},
		{"r2 of nothing", R2(nil, nil), 0},
	}
	for _, tt := range tests {
		if math.Abs(tt.got-tt.want) > 1e-12 {
			t.Errorf("%s = %v, want %v", tt.name, tt.got, tt.want)
		}
	}
}

func TestUnequalLengthsPanic(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("RMSE of 1 prediction for 2 targets did not panic")
		}
	}()
	RMSE([]float64{1}, []float64{1, 2})
}
