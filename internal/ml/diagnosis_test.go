package ml

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestDiagnoseCountsEveryRowOnce(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	const n = 1003
	answers, y := make([]Answer, n), make([]float64, n)
	for i := range n {
		level := 200 + 200*r.Float64()
		answers[i] = Answer{Mean: level, P50: level, P90: level + 100, Within6: r.Float64(), Within10: 1}
		y[i] = level - 50 + 200*r.Float64() // a quarter is there by P50, three quarters by P90
	}
	y[0], y[1] = 1e6, -1e6 // beyond the outermost bins
	d := Diagnose(answers, y)
	rows := func(bins []Reliability) (sum int) {
		for _, b := range bins {
			sum += b.Rows
		}
		return sum
	}
	errors, held50, held90, inBins := 0, 0.0, 0.0, 0
	for _, k := range d.Errors {
		errors += k
	}
	last := math.Inf(-1)
	for _, b := range d.Coverage {
		inBins += b.Rows
		held50 += b.Held50 * float64(b.Rows)
		held90 += b.Held90 * float64(b.Rows)
		if b.P50 < last {
			t.Errorf("bins by P50 descend from %v to %v", last, b.P50)
		}
		last = b.P50
	}
	if errors != n || rows(d.Within6) != n || rows(d.Within10) != n || inBins != n {
		t.Errorf("rows = %d, %d, %d, %d; want %d each", errors, rows(d.Within6), rows(d.Within10), inBins, n)
	}
	if d.Errors[0] != 1 || d.Errors[errorBins-1] != 1 {
		t.Errorf("outermost bins = %d and %d, want the two far rows there", d.Errors[0], d.Errors[errorBins-1])
	}
	m := Score(answers, y)
	if got := held50 / n; math.Abs(got-m.CoverageP50) > 1e-9 {
		t.Errorf("P50 holds for %v over the bins, %v overall", got, m.CoverageP50)
	}
	if got := held90 / n; math.Abs(got-m.CoverageP90) > 1e-9 {
		t.Errorf("P90 holds for %v over the bins, %v overall", got, m.CoverageP90)
	}
	if len(d.Within6) != 10 || len(d.Within10) != 1 || d.Within10[0].Predicted != 1 {
		t.Errorf("bins of probability = %d and %+v", len(d.Within6), d.Within10)
	}
	if Diagnose(nil, nil) != nil {
		t.Error("no rows give a diagnosis")
	}
}

func TestDiagnoseFewRows(t *testing.T) {
	t.Parallel()
	d := Diagnose([]Answer{{Mean: 300, P50: 300, P90: 400, Within6: 0.7, Within10: 0.9}}, []float64{310})
	if len(d.Coverage) != 1 || d.Coverage[0].Held50 != 0 || d.Coverage[0].Held90 != 1 || d.Within6[0].Actual != 1 {
		t.Errorf("Diagnose(one row) = %+v", d)
	}
}

func TestDiagnoseTakesWhatIsNoNumber(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	d := Diagnose([]Answer{
		{Mean: nan, P50: nan, P90: nan, Within6: nan, Within10: nan},
		{Mean: math.Inf(1), Within6: math.Inf(1)},
	}, []float64{310, 310})
	sum := 0
	for _, n := range d.Errors {
		sum += n
	}
	if sum != 1 || len(d.Within6) != 1 {
		t.Errorf("rows in bins = %d and %d, want the finite and the infinite one only", sum, len(d.Within6))
	}
}
