package mltest

import (
	"errors"
	"math"
	"slices"
	"testing"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

func (s *suite) quantiles(t *testing.T) {
	m, ok := s.model.(ml.Quantiles)
	if !ok {
		t.Skip("the model has no quantiles")
	}
	levels := []float64{0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95}
	got, err := m.PredictQuantiles(nil, s.test.X, levels)
	if err != nil || len(got) != s.test.X.Rows()*len(levels) {
		t.Fatalf("PredictQuantiles = %d values, %v", len(got), err)
	}
	finite(t, "quantiles", got)
	for i := range s.test.X.Rows() {
		ascends(t, i, got[i*len(levels):(i+1)*len(levels)])
	}
	one, err := m.PredictQuantiles(nil, s.test.X, []float64{ml.Q90})
	if err != nil || len(one) != s.test.X.Rows() {
		t.Fatalf("PredictQuantiles of one level = %d values, %v", len(one), err)
	}
	for i, v := range one {
		if v != got[i*len(levels)+5] {
			t.Fatalf("row %d: quantile 0.9 alone is %v, among others %v", i, v, got[i*len(levels)+5])
		}
	}
}

func (s *suite) joint(t *testing.T) {
	m, ok := s.model.(ml.JointPredictor)
	if !ok {
		t.Skip("the model has a method for each answer only")
	}
	levels := []float64{ml.Q50, 0.7, ml.Q90}
	for _, n := range []int{0, 1, 3, s.test.X.Rows()} {
		x := s.test.X.Slice(0, n)
		var want ml.JointPrediction
		var err error
		if want.Mean, err = s.model.Predict(nil, x); err != nil {
			t.Fatal(err)
		}
		if want.Quantiles, err = s.model.(ml.Quantiles).PredictQuantiles(nil, x, levels); err != nil {
			t.Fatal(err)
		}
		var got ml.JointPrediction // its memory is used again
		for _, limits := range [][]float64{nil, {ml.Aim, ml.Limit}} {
			p, ok := s.model.(ml.Probabilities)
			if len(limits) > 0 && !ok {
				if _, err := m.PredictJoint(ml.JointPrediction{}, x, levels, limits); !errors.Is(err, lfb.ErrInvalid) {
					t.Fatalf("PredictJoint of a model without probabilities = %v, want ErrInvalid", err)
				}
				continue
			}
			if len(limits) > 0 {
				if want.Probabilities, err = p.PredictProbabilities(nil, x, limits); err != nil {
					t.Fatal(err)
				}
			}
			got, err = m.PredictJoint(got, x, levels, limits)
			if err != nil || !slices.Equal(got.Mean, want.Mean) || !slices.Equal(got.Quantiles, want.Quantiles) ||
				!slices.Equal(got.Probabilities, want.Probabilities) {
				t.Fatalf("%d rows: PredictJoint = %v, %v, want %v", n, got, err, want)
			}
		}
	}
}

func (s *suite) probabilities(t *testing.T) {
	m, ok := s.model.(ml.Probabilities)
	if !ok {
		t.Skip("the model has no probabilities")
	}
	// The two that every answer holds first: a model may know no others.
	for _, limits := range [][]float64{{ml.Aim, ml.Limit}, {60, ml.Aim, 480, ml.Limit, 1200}} {
		got, err := m.PredictProbabilities(nil, s.test.X, limits)
		if err != nil {
			if len(limits) > 2 {
				t.Logf("other limits are refused: %v", err)
				continue
			}
			t.Fatal(err)
		}
		for i := range s.test.X.Rows() {
			row := got[i*len(limits) : (i+1)*len(limits)]
			ascends(t, i, row)
			if row[0] < 0 || row[len(row)-1] > 1 || math.IsNaN(row[0]) {
				t.Fatalf("row %d: probabilities %v, want within [0, 1]", i, row)
			}
		}
	}
}

func ascends(t *testing.T, row int, v []float64) {
	t.Helper()
	for k := 1; k < len(v); k++ {
		if v[k] < v[k-1] {
			t.Fatalf("row %d: %v, want ascending", row, v)
		}
	}
}

func (s *suite) contributions(t *testing.T) {
	m, ok := s.model.(ml.Contributions)
	if !ok {
		t.Skip("the model has no contributions")
	}
	want, err := s.model.Predict(nil, s.test.X)
	if err != nil {
		t.Fatal(err)
	}
	per := s.test.X.Width() + 1
	got, err := m.PredictContributions(nil, s.test.X)
	if err != nil || len(got) != per*len(want) {
		t.Fatalf("PredictContributions = %d values, %v", len(got), err)
	}
	for i, w := range want {
		var sum float64
		for _, v := range got[i*per : (i+1)*per] {
			sum += v
		}
		if math.Abs(sum-w) > 1e-9*max(1, math.Abs(w)) {
			t.Fatalf("row %d: contributions sum to %v, want the prediction %v", i, sum, w)
		}
		if got[i*per+per-1] != got[per-1] {
			t.Fatalf("row %d: expectation %v, row 0 has %v", i, got[i*per+per-1], got[per-1])
		}
	}
}

func (s *suite) importances(t *testing.T) {
	m, ok := s.model.(ml.Importances)
	if !ok {
		t.Skip("the model has no importances")
	}
	gain, splits := m.Importance()
	if len(gain) != s.test.X.Width() || len(splits) != s.test.X.Width() {
		t.Fatalf("Importance gave %d and %d values, want one per column, %d", len(gain), len(splits), s.test.X.Width())
	}
	for j := range gain {
		if !(gain[j] >= 0) || !(splits[j] >= 0) {
			t.Errorf("column %d: importance %v and %v, want at least 0", j, gain[j], splits[j])
		}
	}
	constant, empty := 6, 7 // neither can teach anything
	if gain[constant] > 0 || gain[empty] > 0 {
		t.Errorf("importance of the constant and the empty column = %v, %v, want 0", gain[constant], gain[empty])
	}
}
