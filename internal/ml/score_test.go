package ml

import (
	"encoding/json"
	"math"
	"testing"
)

func answersFor(y []float64) []Answer {
	out := make([]Answer, len(y))
	for i, v := range y {
		out[i] = Answer{Mean: v + 10, P50: v - 20, P90: v + 100, Within6: 0.5, Within10: 1}
	}
	return out
}

func TestScore(t *testing.T) {
	t.Parallel()
	y := []float64{200, 300, 400, 700}
	m := Score(answersFor(y), y)
	tests := []struct {
		name      string
		got, want float64
	}{
		{"rows", float64(m.Rows), 4},
		{"rmse of the mean", m.RMSE, 10},
		{"bias of the mean", m.Bias, 10},
		{"mae of the p50", m.MAE, 20},
		{"pinball p50", m.PinballP50, 10},
		{"pinball p90", m.PinballP90, 10},
		{"coverage p50", m.CoverageP50, 0},
		{"coverage p90", m.CoverageP90, 1},
		{"within 6", m.Within6, 0.5},
		{"within 6 predicted", m.Within6Pred, 0.5},
		{"brier 6", m.Brier6, 0.25},
		{"within 10", m.Within10, 0.75},
		{"within 10 predicted", m.Within10Pred, 1},
		{"brier 10", m.Brier10, 0.25},
	}
	for _, tt := range tests {
		if math.Abs(tt.got-tt.want) > 1e-12 {
			t.Errorf("Score %s = %v, want %v", tt.name, tt.got, tt.want)
		}
	}
}

func TestScoreOfNothingIsJSON(t *testing.T) {
	t.Parallel()
	m := Score(nil, nil)
	if m != (Metrics{}) {
		t.Errorf("Score(nil) = %+v, want zeros", m)
	}
	if _, err := json.Marshal(m); err != nil {
		t.Errorf("json of an empty score: %v", err)
	}
}

func TestEvaluate(t *testing.T) {
	t.Parallel()
	y := []float64{200, 300, 400, 700, 500}
	first := []bool{true, true, false, true, false}
	r := Evaluate(answersFor(y), y, first, []Labels{
		{By: "pump_order", Values: []string{"1", "1", "2", "1", "2"}},
		{By: "borough", Values: []string{"Merton", "Barnet", "Merton", "Barnet", ""}},
	})
	if r.All.Rows != 5 || r.First.Rows != 3 {
		t.Errorf("Evaluate rows = %d, first %d, want 5 and 3", r.All.Rows, r.First.Rows)
	}
	want := []struct {
		by, value string
		rows      int
	}{{"borough", "Barnet", 2}, {"borough", "Merton", 2}, {"pump_order", "1", 3}, {"pump_order", "2", 2}}
	if len(r.Slices) != len(want) {
		t.Fatalf("Evaluate gave %d slices, want %d", len(r.Slices), len(want))
	}
	for i, w := range want {
		s := r.Slices[i]
		if s.By != w.by || s.Value != w.value || s.Metrics.Rows != w.rows {
			t.Errorf("slice %d = %s %s of %d rows, want %s %s of %d", i, s.By, s.Value, s.Metrics.Rows, w.by, w.value, w.rows)
		}
	}
}
