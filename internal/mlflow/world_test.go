package mlflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"lfb/internal/bundle"
	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/catalog"
	"lfb/internal/ml/interval"
	"lfb/internal/registry"
	"lfb/internal/serve/servetest"
)

// trained fits a candidate of the catalog on a made-up city of n attendances.
func trained(t testing.TB, name string, n int, override string) *bundle.Bundle {
	t.Helper()
	ctx, rows := context.Background(), servetest.City(n)
	spec, err := feature.Fit(ctx, rows[:n*6/10], feature.Options{})
	if err != nil {
		t.Fatal(err)
	}
	set := func(rows servetest.Rows) ml.Set {
		x, err := spec.Matrix(ctx, rows, 1)
		if err != nil {
			t.Fatal(err)
		}
		y := make([]float64, len(rows))
		for i := range rows {
			y[i] = rows[i].Outcome.AttendanceSeconds
		}
		return ml.Set{X: x, Y: y}
	}
	recipe, err := catalog.Recipe(name, json.RawMessage(override))
	if err != nil {
		t.Fatal(err)
	}
	valid, calib := set(rows[n*6/10:n*7/10]), set(rows[n*7/10:n*8/10])
	m, err := recipe.Fit(ctx, set(rows[:n*6/10]), valid, ml.Options{Seed: 1, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	out, err := interval.Fit(ctx, m, valid, calib)
	if err != nil {
		t.Fatal(err)
	}
	return &bundle.Bundle{
		Spec: spec, Heads: []bundle.Head{{Target: bundle.Attendance, Model: out}},
		Manifest: bundle.Manifest{
			Line: lfb.Real.Line(), Origin: lfb.Real, Candidate: name, DataSet: "0123456789ab", Seed: 1,
			TrainedTo:   rows[n*8/10-1].Call.At,
			Importances: []bundle.Importance{{Column: "own_m", Gain: 7, Splits: 3}, {Column: "hour", Gain: 1, Splits: 1}},
		},
	}
}

// retrain is a run with a leaderboard of the bundles, best first, a candidate that
// failed, and the champion of before.
func retrain(id string, bundles ...*bundle.Bundle) Retrain {
	started := time.Date(2026, 1, 5, 6, 0, 0, 0, time.UTC)
	in := Retrain{
		Run: registry.Run{
			ID: id, Line: lfb.Real.Line(), Origin: lfb.Real, State: registry.Succeeded, Outcome: "promoted",
			Reason: "passed: there is no champion yet", Trigger: "manual", DataSet: "0123456789ab", Seed: 1,
			Config:     json.RawMessage(`{"Source":{"name":"dir","dir":"https://ann:secret@files.example/a.csv"},"Train":{"candidates":["gbdt","forest"],"seed":1}}`),
			WorkflowID: "retrain lfb-attendance", WorkflowRunID: "w-1", StartedAt: started,
			EndedAt: started.Add(2 * time.Minute),
		},
		DataSet: &registry.DataSet{
			ID: "0123456789ab", Origin: lfb.Real, Rows: 4000, FirstCall: started.AddDate(-1, 0, 0), LastCall: started,
			Manifest: lfb.Ref{
				Key:    "dataset/manifest/0123.json",
				SHA256: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
			},
		},
		Report: []byte("<html>data report</html>"), Verdict: json.RawMessage(`{"passed":true}`),
	}
	byVersion := map[string]*bundle.Bundle{}
	for i, b := range bundles {
		version := fmt.Sprintf("%s-%012x", id, i+1)
		byVersion[version] = b
		in.Candidates = append(in.Candidates, registry.Candidate{
			RunID: id, Name: fmt.Sprintf("%s %d", b.Manifest.Candidate, i+1), State: "trained", Version: version, Rank: i + 1,
			Recipe: json.RawMessage(`{"estimator":"gbdt","parameters":{"rounds":20,"quantiles":[0.5,0.9]}}`),
			Valid:  scored(100 + float64(i)), Holdout: scored(101 + float64(i)), FitTime: 3 * time.Second, TrainedTo: started,
		})
	}
	in.Candidates = append(in.Candidates,
		registry.Candidate{RunID: id, Name: "linear", State: "failed", Error: "no rows: invalid"},
		registry.Candidate{
			RunID: id, Name: "champion (gbdt)", State: "trained", Version: "ffffffffffff",
			Holdout: scored(104),
		})
	in.Open = func(_ context.Context, c registry.Candidate) (*bundle.Bundle, error) {
		b, ok := byVersion[c.Version]
		if !ok {
			return nil, fmt.Errorf("bundle %s: %w", c.Version, lfb.ErrNotFound)
		}
		return b, nil
	}
	return in
}

// scored is a report with as many slices as a real one.
func scored(rmse float64) ml.Report {
	m := ml.Metrics{Rows: 1000, RMSE: rmse, MAE: rmse * 0.7, CoverageP90: 0.9}
	r := ml.Report{All: m, First: m}
	for i := range 33 {
		r.Slices = append(r.Slices, ml.Slice{By: "borough", Value: fmt.Sprintf("BOROUGH & %d", i), Metrics: m})
	}
	for i := range 12 {
		r.Slices = append(r.Slices, ml.Slice{By: "hour_band", Value: fmt.Sprintf("%02d:00-%02d:00", 2*i, 2*i+2), Metrics: m})
	}
	return r
}

// isKind fails unless err is of the kind.
func isKind(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s = %v, want %v", what, err, want)
	}
}
