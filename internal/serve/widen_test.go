package serve

import (
	"math"
	"testing"

	"lfb/internal/ml"
)

func TestWiden(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		a    ml.Answer
	}{
		{"an ordinary answer", ml.Answer{Mean: 320, P50: 300, P90: 480, Within6: 0.7, Within10: 0.97}},
		{"later than the aim", ml.Answer{Mean: 640, P50: 620, P90: 900, Within6: 0.04, Within10: 0.45}},
		{"at the edge of what is published", ml.Answer{Mean: 1000, P50: 1000, P90: 1190, Within6: 0, Within10: 0.01}},
		{"probabilities and quantiles that disagree", ml.Answer{
			Mean: 300, P50: 355, P90: 420, Within6: 0.45,
			Within10: 0.89,
		}},
		{"no spread", ml.Answer{Mean: 300, P50: 300, P90: 300, Within6: 1, Within10: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := widen(tt.a)
			if got.Mean != tt.a.Mean || got.P50 != tt.a.P50 {
				t.Errorf("widen(%+v) = %+v, want mean and median as they were", tt.a, got)
			}
			if got.P90 < tt.a.P90 || got.P90 > ml.Longest {
				t.Errorf("widen(%+v).P90 = %v, want %v to %v", tt.a, got.P90, tt.a.P90, ml.Longest)
			}
			for _, p := range []float64{got.Within6, got.Within10} {
				if !(p >= 0 && p <= 1) {
					t.Errorf("widen(%+v) has the probability %v", tt.a, p)
				}
			}
			if got.Within6 > got.Within10 {
				t.Errorf("widen(%+v) = %+v: sooner is likelier than later", tt.a, got)
			}
		})
	}
	got := widen(tests[0].a)
	if got.P90 != 570 {
		t.Errorf("P90 of 480 about 300 widened = %v, want 570", got.P90)
	}
	// F(340) on the straight line from 0.5 at 300 s to 0.7 at 360 s.
	if want := 0.5 + 0.2*40/60; math.Abs(got.Within6-want) > 1e-12 {
		t.Errorf("P(≤ 6 min) widened = %v, want %v", got.Within6, want)
	}
}
