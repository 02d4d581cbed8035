package ml

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestRunningReport holds it against Evaluate.
func TestRunningReport(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 2, 1000} {
		answers, y, first := make([]Answer, n), make([]float64, n), make([]bool, n)
		labels := []Labels{{By: "pump_order", Values: make([]string, n)}, {By: "borough", Values: make([]string, n)}}
		running := NewRunningReport("pump_order", "borough")
		for i := range n {
			y[i] = float64(60 + r.IntN(900))
			answers[i] = Answer{
				Mean: 300 + r.Float64()*60, P50: 280 + r.Float64()*60, P90: 500 + r.Float64()*60,
				Within6: r.Float64(), Within10: r.Float64(),
			}
			first[i] = r.IntN(3) > 0
			labels[0].Values[i] = []string{"2", "1"}[r.IntN(2)]
			labels[1].Values[i] = []string{"", "E1", "E2", "E3"}[r.IntN(4)]
			running.Add(answers[i], y[i], first[i], []string{labels[0].Values[i], labels[1].Values[i]})
		}
		want := Evaluate(answers, y, first, labels)
		want.Diagnosis = nil // a running report keeps no rows to draw
		if d := cmp.Diff(want, running.Report(), cmpopts.EquateApprox(1e-9, 1e-9)); d != "" {
			t.Errorf("%d rows: RunningReport against Evaluate (-want +got):\n%s", n, d)
		}
	}
}
