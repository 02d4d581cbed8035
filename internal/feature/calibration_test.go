package feature_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"lfb/internal/feature"
	"lfb/internal/ml"
	"lfb/internal/ml/gbdt"
	"lfb/internal/ml/interval"
)

// cut is one rolling origin with all that the pipeline has: train, validation,
// calibration, and a test of first engines; days where each begins.
type cut [5]string

// cuts all end before March, which is the hold-out.
func cuts() []cut {
	return []cut{
		{"2017-01-01", "2017-01-22", "2017-01-29", "2017-02-05", "2017-02-12"},
		{"2017-01-01", "2017-01-29", "2017-02-05", "2017-02-12", "2017-02-19"},
		{"2017-01-01", "2017-02-05", "2017-02-12", "2017-02-19", "2017-02-26"},
		{"2017-01-01", "2017-02-08", "2017-02-15", "2017-02-22", "2017-03-01"},
	}
}

// TestCalibration prints how probabilities and quantiles hold on the week after
// calibration, for ways to make and calibrate them. LFB_CALIBRATION=1 runs it.
func TestCalibration(t *testing.T) {
	if os.Getenv("LFB_CALIBRATION") == "" {
		t.Skip("set LFB_CALIBRATION=1: it takes minutes")
	}
	rows := realRows(t)
	whole := ablationRecipe()
	whole.Rounds, whole.Patience, whole.Quantiles, whole.Thresholds = 350, 50, []float64{ml.Q50, ml.Q90}, []float64{ml.Aim, ml.Limit}
	bell := whole
	bell.Thresholds = nil
	ways := []struct {
		name   string
		recipe gbdt.Recipe
		opt    interval.Options
	}{
		{"threshold heads", whole, interval.Options{}},
		{"threshold heads, Platt", whole, interval.Options{IsotonicRows: 1 << 30}},
		{"from quantiles", bell, interval.Options{}},
		{"from quantiles, Platt", bell, interval.Options{IsotonicRows: 1 << 30}},
	}
	answers := make([][]ml.Answer, len(ways))
	var y []float64
	byCut := make([][]ml.Metrics, len(ways))
	for _, c := range cuts() {
		train, valid, calib, test := rows.between(c[0], c[1]), rows.between(c[1], c[2]), rows.between(c[2], c[3]), rows.first(c[3], c[4])
		spec := mustFit(t, train, feature.Options{})
		x, err := spec.TrainMatrix(context.Background(), train, 0)
		if err != nil {
			t.Fatal(err)
		}
		z := matrix(t, spec, test)
		held := ml.Set{X: matrix(t, spec, valid), Y: seconds(valid)}
		late := ml.Set{X: matrix(t, spec, calib), Y: seconds(calib)}
		models := map[int]ml.Model{}
		for _, w := range ways {
			if models[len(w.recipe.Thresholds)] == nil {
				m, err := w.recipe.Fit(context.Background(), ml.Set{X: x, Y: seconds(train)}, held, ml.Options{Seed: 1})
				if err != nil {
					t.Fatal(err)
				}
				models[len(w.recipe.Thresholds)] = m
			}
		}
		for k, w := range ways {
			m, err := interval.Fit(context.Background(), models[len(w.recipe.Thresholds)], held, late, w.opt)
			if err != nil {
				t.Fatal(err)
			}
			got, err := m.Answer(nil, z)
			if err != nil {
				t.Fatal(err)
			}
			answers[k] = append(answers[k], got...)
			byCut[k] = append(byCut[k], ml.Score(got, seconds(test)))
		}
		y = append(y, seconds(test)...)
	}
	fmt.Println("| way | within 6 said | seen | Brier 6 | within 10 said | seen | Brier 10 | within 6 said − seen by origin |\n|---|---|---|---|---|---|---|---|")
	for k, w := range ways {
		m := ml.Score(answers[k], y)
		fmt.Printf("| %s | %.1f %% | %.1f %% | %.4f | %.1f %% | %.1f %% | %.4f |", w.name, 100*m.Within6Pred, 100*m.Within6, m.Brier6, 100*m.Within10Pred, 100*m.Within10, m.Brier10)
		for _, b := range byCut[k] {
			fmt.Printf(" %+.1f", 100*(b.Within6Pred-b.Within6))
		}
		fmt.Printf(" | P90 coverage %.1f %%, pinball %.2f\n", 100*m.CoverageP90, m.PinballP90)
	}
}
