package interval

import (
	"math/rand/v2"
	"testing"

	"lfb/internal/ml"
)

// TestUsual asks which rows of a calibration span are left out. late gives the
// share of arrivals after the P90 at row i of n.
func TestUsual(t *testing.T) {
	t.Parallel()
	between := func(i, n int, lo, hi float64) bool { return float64(i) >= lo*float64(n) && float64(i) < hi*float64(n) }
	tests := []struct {
		name              string
		rows              int
		late              func(i, n int) float64
		leastOut, mostOut int
	}{
		{"nothing unusual", 5000, func(int, int) float64 { return 0.1 }, 0, 0},
		{"an overconfident model is not unusual", 5000, func(int, int) float64 { return 0.45 }, 0, 0},
		{"a storm of a tenth of the span", 5000, func(i, n int) float64 {
			if between(i, n, 0.4, 0.5) {
				return 0.35
			}
			return 0.1
		}, 400, 650},
		{"a storm with an onset and an end", 5000, func(i, n int) float64 {
			if between(i, n, 0.42, 0.46) {
				return 0.45
			}
			if between(i, n, 0.4, 0.48) {
				return 0.22
			}
			return 0.1
		}, 250, 550},
		{"the second half is slower: drift, not a storm", 5000, func(i, n int) float64 {
			if between(i, n, 0.5, 1) {
				return 0.3
			}
			return 0.1
		}, 0, 0},
		{"days that differ by a little", 5000, func(i, n int) float64 { return 0.06 + 0.02*float64(i*20/n%5) }, 0, 0},
		{"too few rows to tell", 700, func(i, n int) float64 {
			if between(i, n, 0.4, 0.5) {
				return 0.9
			}
			return 0.1
		}, 0, 0},
		{"an early storm at the very start", 3000, func(i, n int) float64 {
			if between(i, n, 0, 0.1) {
				return 0.5
			}
			return 0.1
		}, 250, 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(1, 9))
			raw, y := make([]ml.Answer, tt.rows), make([]float64, tt.rows)
			for i := range y {
				raw[i].P90 = 480
				y[i] = 300
				if rng.Float64() < tt.late(i, tt.rows) {
					y[i] = 600
				}
			}
			keep := selectUsualRows(raw, y)
			if out := tt.rows - len(keep); out < tt.leastOut || out > tt.mostOut {
				t.Errorf("usual left out %d of %d rows, want %d to %d", out, tt.rows, tt.leastOut, tt.mostOut)
			}
		})
	}
}
