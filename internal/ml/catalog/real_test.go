package catalog_test

import (
	"encoding/json"
	"strconv"
	"testing"

	"lfb/internal/dataset"
	"lfb/internal/dataset/datasettest"
	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/catalog"
	"lfb/internal/ml/interval"
	"lfb/internal/testdata"
)

// realSpans makes a data set of the real rows of January to March 2017, cuts it as
// training does and encodes it by features of its first span: train to mid-February,
// validation, calibration, and March to judge by.
func realSpans(t *testing.T) (spans [4]ml.Set) {
	t.Helper()
	in := datasettest.ReadIncidents(t, testdata.Path(t, "lfb_incidents_2017_jan_mar.csv"))
	_, all := datasettest.BuildTable(t, in, lfb.Real)
	cut, err := dataset.Split(all, dataset.SplitSpec{})
	if err != nil {
		t.Fatal(err)
	}
	spec, err := feature.Fit(t.Context(), cut.Train.Slice(all), feature.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for k, span := range []dataset.Span{cut.Train, cut.Valid, cut.Calib, cut.Holdout} {
		encode := spec.Matrix
		if k == 0 {
			encode = spec.TrainMatrix
		}
		spans[k] = datasettest.EncodeSet(t, span.Slice(all), encode)
	}
	return spans
}

// TestRealRows trains every candidate on real rows to mid-February 2017 and asks
// about March, with the product's features: the P90 has to hold, and the ones with
// features have to beat the overall mean.
func TestRealRows(t *testing.T) {
	if testing.Short() {
		t.Skip("fits every candidate on 15,000 rows")
	}
	spans := realSpans(t)
	train, valid, calib, hold := spans[0], spans[1], spans[2], spans[3]
	first, pumps := make([]bool, len(hold.Y)), make([]string, len(hold.Y))
	for i, pump := range hold.X.Col(hold.X.Schema().WithRole(ml.RolePump)) {
		first[i], pumps[i] = pump == 1, strconv.Itoa(int(pump))
	}
	override := map[string]string{"randomforest": `{"trees": 20}`, "forest": `{"trees": 60}`}
	// The overall mean of first engines has 135.0 s on March, the ground mean 131.8
	// (DATA.md); the rest was seen here, with a second for luck.
	most := map[string]float64{
		"baseline": 132.3, "baseline-mean": 135.5, "baseline-median": 133.4, "linear": 121.4,
		"randomforest": 121.4, "gbdt": 119.9, "forest": 120.0, "blend": 119.7,
	}
	for _, name := range catalog.Names() {
		t.Run(name, func(t *testing.T) {
			recipe, err := catalog.Recipe(name, json.RawMessage(override[name]))
			if err != nil {
				t.Fatal(err)
			}
			m, err := recipe.Fit(t.Context(), train, valid, ml.Options{Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			im, err := interval.Fit(t.Context(), m, valid, calib)
			if err != nil {
				t.Fatal(err)
			}
			answers, err := im.Answer(nil, hold.X)
			if err != nil {
				t.Fatal(err)
			}
			r := ml.Evaluate(answers, hold.Y, first, []ml.Labels{{By: "pump_order", Values: pumps}})
			t.Logf("left out %d of %d; first engine: RMSE %.1f MAE %.1f P90 loss %.2f coverage %.3f/%.3f within 6 %.3f as "+
				"%.3f Brier %.4f/%.4f",
				im.LeftOut(), im.Rows()+im.LeftOut(), r.First.RMSE, r.First.MAE, r.First.PinballP90, r.First.CoverageP50,
				r.First.CoverageP90,
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
