package catalog

import (
	"encoding/json"
	"strconv"
	"testing"

	"lfb/internal/ml"
	"lfb/internal/ml/interval"
	"lfb/internal/ml/mltest"
)

// TestRealRows trains every candidate on real rows to mid-February 2017 and asks
// about March: the P90 has to hold, and the ones with features have to beat the
// overall mean. The columns are mltest's yardstick, not the product's features.
func TestRealRows(t *testing.T) {
	if testing.Short() {
		t.Skip("fits every candidate on 15,000 rows")
	}
	spans := mltest.Real(t)
	first, pumps := make([]bool, len(spans.Hold.Y)), make([]string, len(spans.Hold.Y))
	for i, pump := range spans.Hold.X.Col(spans.Hold.X.Schema().WithRole(ml.RolePump)) {
		first[i], pumps[i] = pump == 1, strconv.Itoa(int(pump))
	}
	override := map[string]string{"randomforest": `{"trees": 20}`, "forest": `{"trees": 60}`}
	// The overall mean of first engines has 135.0 s on March, the ground mean 131.8
	// (DATA.md); the rest was seen here, with a second for luck.
	most := map[string]float64{"baseline": 132.3, "baseline-mean": 135.5, "baseline-median": 133.4, "linear": 125.3, "randomforest": 125.3, "gbdt": 124.3, "forest": 125.3, "blend": 122.9}
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			recipe, err := Recipe(name, json.RawMessage(override[name]))
			if err != nil {
				t.Fatal(err)
			}
			m, err := recipe.Fit(t.Context(), spans.Train, spans.Valid, ml.Options{Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			im, err := interval.Fit(t.Context(), m, spans.Valid, spans.Calib, interval.Options{})
			if err != nil {
				t.Fatal(err)
			}
			answers, err := im.Answer(nil, spans.Hold.X)
			if err != nil {
				t.Fatal(err)
			}
			r := ml.Evaluate(answers, spans.Hold.Y, first, []ml.Labels{{By: "pump_order", Values: pumps}})
			t.Logf("left out %d of %d; first engine: RMSE %.1f MAE %.1f P90 loss %.2f coverage %.3f/%.3f within 6 %.3f as %.3f Brier %.4f/%.4f",
				im.LeftOut(), im.Rows()+im.LeftOut(), r.First.RMSE, r.First.MAE, r.First.PinballP90, r.First.CoverageP50, r.First.CoverageP90,
				r.First.Within6, r.First.Within6Pred, r.First.Brier6, r.First.Brier10)
			if r.First.RMSE > most[name] {
				t.Errorf("RMSE of first engines = %.1f s, want at most %.1f", r.First.RMSE, most[name])
			}
			if c := r.First.CoverageP90; c < 0.88 || c > 0.92 {
				t.Errorf("P90 coverage of first engines = %.3f, want 0.88 to 0.92", c)
			}
			// One week holds about 600 second engines: their share has a standard error
			// of 0.012 by chance alone, in the week and its days more.
			if c := r.Slices[1].Metrics.CoverageP90; c < 0.87 || c > 0.94 {
				t.Errorf("P90 coverage of second engines = %.3f, want 0.87 to 0.94", c)
			}
		})
	}
}
