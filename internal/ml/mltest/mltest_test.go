package mltest_test

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"lfb/internal/ml"
	"lfb/internal/ml/baseline"
	"lfb/internal/ml/mltest"
)

// broken is a baseline with one promise broken in Fit or by its model.
type broken struct {
	how   string
	calls *atomic.Int64
}

func (b broken) Fit(ctx context.Context, train, valid ml.Set, opt ml.Options) (ml.Model, error) {
	r := baseline.Recipe{Kind: baseline.GroundMean}
	switch b.how {
	case "ignores ctx":
		ctx = context.Background()
	case "other bytes each time":
		r.Shrink = float64(b.calls.Add(1))
	case "threads matter":
		r.Shrink = float64(1 + opt.Threads)
	case "changes its input":
		if len(train.Y) > 300 {
			train.Y[300]++
		}
	case "needs valid":
		if valid.X.Rows() == 0 {
			return nil, os.ErrInvalid
		}
	case "progress runs backwards":
		if opt.Progress != nil {
			opt.Progress(ml.Progress{Done: 2, Total: 2})
			opt.Progress(ml.Progress{Done: 1, Total: 2})
		}
	}
	m, err := r.Fit(ctx, train, valid, opt)
	if err != nil {
		return nil, err
	}
	return brokenModel{m.(*baseline.Model), b.how, train}, nil
}

type brokenModel struct {
	*baseline.Model
	how   string
	train ml.Set
}

func (m brokenModel) Predict(dst []float64, x ml.Matrix) ([]float64, error) {
	out, err := m.Model.Predict(dst, x)
	if err != nil {
		if m.how == "accepts any width" {
			return make([]float64, x.Rows()), nil
		}
		return nil, err
	}
	switch m.how {
	case "batches matter":
		for i := range out {
			out[i] += float64(x.Rows())
		}
	case "keeps its training rows":
		for i := range out {
			out[i] += m.train.Y[0] / 1e3
		}
	case "leaves dst alone":
		return fresh(out), nil
	}
	return out, err
}

func fresh(v []float64) []float64 { return slices.Clone(v) }

func (m brokenModel) PredictQuantiles(dst []float64, x ml.Matrix, q []float64) ([]float64, error) {
	out, err := m.Model.PredictQuantiles(dst, x, q)
	if m.how == "quantiles descend" {
		for i := range out {
			out[i] = -out[i]
		}
	}
	return out, err
}

func (m brokenModel) PredictProbabilities(dst []float64, x ml.Matrix, t []float64) ([]float64, error) {
	out, err := m.Model.PredictProbabilities(dst, x, t)
	if m.how == "probabilities of two" {
		for i := range out {
			out[i] *= 2
		}
	}
	return out, err
}

func (m brokenModel) PredictContributions(dst []float64, x ml.Matrix) ([]float64, error) {
	out, err := m.Model.PredictContributions(dst, x)
	if m.how == "contributions do not sum" {
		for i := range out {
			out[i] += 0.001
		}
	}
	return out, err
}

func decode(how string) func([]byte) (ml.Model, error) {
	return func(b []byte) (ml.Model, error) {
		m, err := baseline.Decode(b)
		if err != nil {
			if how == "panics on damage" {
				panic(err)
			}
			return nil, err
		}
		if how == "loses digits" {
			return brokenModel{m, "batches matter", ml.Set{}}, nil
		}
		return brokenModel{m, how, ml.Set{X: ml.Matrix{}, Y: []float64{0}}}, nil
	}
}

const variable = "MLTEST_BROKEN"

// TestSuiteCatches runs the suite on broken estimators, each in a process of its own,
// as a suite that fails would fail this test: it must fail, at the check that the
// table names. The one that is not broken must pass.
func TestSuiteCatches(t *testing.T) {
	t.Parallel()
	if how := os.Getenv(variable); how != "" {
		mltest.Run(t, broken{how, new(atomic.Int64)}, decode(how))
		return
	}
	tests := []struct{ how, check string }{
		{"not at all", ""},
		{"ignores ctx", "cancelling_stops_the_fit"},
		{"other bytes each time", "same_seed_same_bytes"},
		{"threads matter", "threads_do_not_matter"},
		{"changes its input", "inputs_unchanged"},
		{"needs valid", "odd_sets_are_learned"},
		{"progress runs backwards", "progress_is_sane"},
		{"accepts any width", "wrong_width_is_refused"},
		{"batches matter", "rows_stand_alone"},
		{"keeps its training rows", "keeps_no_training_data"},
		{"leaves dst alone", "dst_is_reused"},
		{"quantiles descend", "quantiles"},
		{"probabilities of two", "probabilities"},
		{"contributions do not sum", "contributions"},
		{"panics on damage", "damaged_bytes_do_not_panic"},
		{"loses digits", "round_trip_is_bit_equal"},
	}
	for _, tt := range tests {
		t.Run(tt.how, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0], "-test.run=^TestSuiteCatches$")
			cmd.Env = append(os.Environ(), variable+"="+tt.how)
			out, err := cmd.CombinedOutput()
			failed := strings.Contains(string(out), "--- FAIL: TestSuiteCatches/"+tt.check+" ")
			switch {
			case tt.check == "" && err != nil:
				t.Errorf("the suite fails on a sound estimator:\n%s", out)
			case tt.check != "" && (err == nil || !failed):
				t.Errorf("the suite does not fail at %s, exit %v:\n%s", tt.check, err, out)
			}
		})
	}
}
