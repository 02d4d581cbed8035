package canned

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"lfb/internal/geo"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/randomforest"
	tuning "lfb/internal/ml/search"
	"lfb/internal/registry"
)

func makeMetrics(rmse float64, n int) ml.Metrics {
	return ml.Metrics{
		Rows: n, MAE: rmse * 0.66, RMSE: rmse, R2: 0.31, Bias: -1.2, PinballP50: rmse / 3, PinballP90: rmse / 5,
		CoverageP50: 0.502,
		CoverageP90: 0.898, Within6: 0.709, Within6Pred: 0.702, Brier6: rmse / 620, Brier10: rmse / 2400, Within10: 0.958,
		Within10Pred: 0.955,
	}
}

func makeReport(rmse float64, note string) ml.Report {
	r := ml.Report{All: makeMetrics(rmse+4, 9120), First: makeMetrics(rmse, 6480), Diagnosis: makeDiagnosis(rmse)}
	for i, s := range [][2]string{
		{"borough", "E09000007"},
		{"borough", "E09000011"},
		{"borough", "E09000030"},
		{"hour_band", "00-05"},
		{"hour_band", "06-11"},
		{"hour_band", "12-17"},
		{"incident_group", "False Alarm" + note},
		{"incident_group", "Fire"},
	} {
		m := makeMetrics(rmse-6+3*float64(i), 400+700*(i%3))
		m.Within6, m.Within6Pred = 0.55+0.05*float64(i), 0.56+0.045*float64(i)
		r.Slices = append(r.Slices, ml.Slice{By: s[0], Value: s[1], Metrics: m})
	}
	return r
}

// makeDiagnosis is of made-up answers that are right on the whole.
func makeDiagnosis(rmse float64) *ml.Diagnosis {
	r := rand.New(rand.NewPCG(uint64(rmse*10), 5))
	answers, y := make([]ml.Answer, 6480), make([]float64, 6480)
	for i := range y {
		p50 := 240 + 160*r.Float64()
		y[i] = max(p50+60*r.NormFloat64(), 60)
		below := func(t float64) float64 { return 0.5 * math.Erfc((p50-t)/(60*math.Sqrt2)) }
		answers[i] = ml.Answer{Mean: p50, P50: p50, P90: p50 + 77, Within6: below(360), Within10: below(600)}
	}
	return ml.Diagnose(answers, y)
}

func makeLeaderboard(run, note string, worse float64) []registry.Candidate {
	out := []registry.Candidate{}
	for i, c := range []struct {
		name string
		rmse float64
	}{{"gbdt", 98.2}, {"forest", 99.6}, {"linear", 101.9}, {"baseline-ground", 108.3}, {"baseline-mean", 119.8}} {
		out = append(out, registry.Candidate{
			RunID: run, Name: c.name, State: "trained", Version: fmt.Sprintf("%s%x", version[:11], 2+i), Rank: i + 1,
			Bundle: lfb.Ref{Key: "bundle/" + c.name, SHA256: strings.Repeat("0", 64), Bytes: 2_421_764},
			Valid:  makeReport(c.rmse+1.4+worse, note), Holdout: makeReport(c.rmse+worse, note),
			FitTime: time.Duration(60-11*i) * time.Second,
		})
	}
	for i := range out {
		d := out[i].Holdout.First.RMSE - 100.5 - worse
		out[i].VsChampion = &ml.Interval{Diff: d, Low: d - 0.8, High: d + 0.7, Confidence: 0.95}
	}
	out[0].Version, out[0].Search = version, lfb.Ref{Key: "search/" + run, SHA256: strings.Repeat("1", 64)}
	for k := range 40 {
		out[0].Curve = append(out[0].Curve, registry.CurvePoint{
			Done:  10 * (k + 1),
			Valid: 5000 + 9000*math.Exp(-float64(k)/8),
		})
	}
	out[1].Relevance = lfb.Ref{Key: "relevance/" + run, SHA256: strings.Repeat("1", 64)}
	return append(out, registry.Candidate{
		RunID: run, Name: "randomforest", State: "failed",
		Error: "fit: out of memory at tree 412" + note,
	})
}

// makeSearch is three recipes on two origins.
func makeSearch() tuning.Record {
	return tuning.Record{
		Candidate: "gbdt", Origins: make([]tuning.Origin, 2), Best: 2,
		Trials: []tuning.Trial{
			{Number: 0, RMSE: []float64{101.2, 99.8}, FitTime: 21 * time.Second},
			{Number: 1, Override: json.RawMessage(`{"leaves":255}`), RMSE: []float64{104.9}, FitTime: 48 * time.Second},
			{Number: 2, Override: json.RawMessage(`{"leaves":31,"rate":0.05}`), RMSE: []float64{100.1, 99.1}, FitTime: 33 * time.Second},
		},
	}
}

// makeExplanation is of three features and a few hexagons.
func makeExplanation(note string) registry.Explanation {
	e := registry.Explanation{
		DataSet: dataSet, From: atHour(-700), To: atHour(-50), Rows: 2000, RMSE: 97.9,
		Permutation: []registry.PermutationEffect{
			{Feature: "expected_seconds", Seconds: 21.4},
			{Feature: "reported", Seconds: 4.2},
			{Feature: "school_holiday", Seconds: -0.1},
		},
		Dependence: []registry.Dependence{
			{Feature: "expected_seconds", At: []float64{90, 150, 240, 420}, Seconds: []float64{222, 260, 318, 455}},
			{
				Feature: "reported", Words: []string{"fire" + note, "lift release"}, At: []float64{0, 1},
				Share: []float64{0.4, 0.1}, Seconds: []float64{290, 330},
			},
		},
	}
	for q := -7; q <= 7; q++ {
		for r := -6; r <= 6; r++ {
			east, north := geo.Hex{Q: q, R: r}.Centre(registry.ResidualCellM)
			e.Residuals = append(e.Residuals, registry.ResidualCell{
				Easting: 533000 + int(east), Northing: 180000 + int(north), Rows: 40 + q + r,
				Bias: 70 * math.Sin(float64(q)/3) * math.Cos(float64(r)/4),
			})
		}
	}
	return e
}

// makeRelevance is a column of each verdict.
func makeRelevance() randomforest.Report {
	return randomforest.Report{
		ReportSpec: randomforest.ReportSpec{Cycles: 20, Rows: 2000, Trees: 50}, Seed: 1,
		Columns: []randomforest.Relevance{
			{Column: "expect_seconds", Hits: 20, Cycles: 20, Verdict: randomforest.Relevant},
			{Column: "hour_cos", Hits: 11, Cycles: 20, Verdict: randomforest.Undecided},
			{Column: "school_holiday", Hits: 0, Cycles: 20, Verdict: randomforest.Irrelevant},
		},
	}
}

// makeVerdict is the gate's verdict on a version.
func makeVerdict(id string) registry.Verdict {
	old := registry.Scores{Version: previous, Candidate: "gbdt", Report: makeReport(100.5, "")}
	e := registry.Evidence{
		Line: line, DataSet: dataSet, Revision: 1, From: atHour(-700), To: atHour(-50), Rows: 6480,
		Winner: registry.Scores{Version: id, Candidate: "gbdt", Report: makeReport(98.2, "")}, Champion: &old,
		Baseline:   "baseline-ground",
		VsChampion: &ml.Interval{Diff: -2.31, Low: -3.02, High: -1.61, Confidence: 0.95},
		VsBaseline: &ml.Interval{Diff: -10.1, Low: -11.8, High: -8.7, Confidence: 0.95}, Served: 1000,
	}
	if id == fresh {
		e.Winner.Report.First.CoverageP90 = 0.861
	}
	v := registry.Judge(registry.Policy{
		Confidence: 0.95, SliceMargin: 0.05, SliceRows: 500, CoverageLow: 0.88, CoverageTop: 0.92,
		CeilingRMSE: 95, MinRows: 500,
	}, e)
	if !v.Passed {
		v.ServeProvisionally(registry.Provisional{
			Version: fresh, Of: fresh, WidenedSeconds: 24, CoverageBefore: 0.861,
			CoverageAfter: 0.893,
		})
	}
	return v
}
