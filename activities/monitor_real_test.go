package activities

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/internal/testdata"
)

// TestMonitorRealRows looks at a champion of the real rows: what the hold-out
// gave is what is realised, and the features of its month are within the bounds.
func TestMonitorRealRows(t *testing.T) {
	t.Parallel()
	body, err := os.ReadFile(testdata.Path(t, "lfb_incidents_2017_jan_mar.csv"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir() // with the incidents alone
	if err := os.WriteFile(filepath.Join(dir, "incidents.csv"), body, 0o600); err != nil {
		t.Fatal(err)
	}
	a := newActivities(t)
	d := loaded(t, a, SourceSpec{Name: "dir", Dir: dir, MaxRejects: 0.05})
	plan, err := a.Plan(t.Context(), PlanInput{Line: lfb.Real.Line(), DataSet: d})
	if err != nil {
		t.Fatal(err)
	}
	out, err := a.Train(t.Context(), TrainInput{
		Line: lfb.Real.Line(), Origin: lfb.Real, DataSet: d, Spans: plan.Spans, Candidate: "linear",
		Train: TrainSpec{Seed: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	v := registry.Version{
		ID: out.Version, Line: lfb.Real.Line(), Origin: lfb.Real, Bundle: out.Bundle, Candidate: "linear",
		DataSet: d.ID, TrainedTo: out.TrainedTo, CreatedAt: time.Now().UTC(),
	}
	if err := a.Ledger.SaveVersion(t.Context(), v); err != nil {
		t.Fatal(err)
	}
	scored, err := a.ScoreChampion(t.Context(), ScoreChampionInput{
		ID: "monitor run", Line: v.Line, Version: v.ID, DataSet: d,
		History: 24,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range scored.Months {
		f := m.Report.First
		t.Logf("%s %s: %d rows, MAE %.1f, RMSE %.1f, P90 coverage %.3f", m.Month, m.Basis, f.Rows, f.MAE, f.RMSE,
			f.CoverageP90)
	}
	if len(scored.Months) != 1 || scored.Months[0].Report.All.Rows != plan.Spans.Holdout.Rows() {
		t.Errorf("months = %+v, want the hold-out alone", scored.Months)
	}
	rule := registry.MonitorRule{PSI: 0.25, Wasserstein: 0.25, Months: 1, Ignore: []string{
		"month", "day", "bank_holiday",
		"school_holiday",
	}}
	drift, err := a.MeasureDrift(t.Context(), MeasureDriftInput{Line: v.Line, Version: v.ID, DataSet: d, Rule: rule})
	if err != nil {
		t.Fatal(err)
	}
	for i, x := range drift.Drift {
		if i < 12 {
			t.Logf("%-20s PSI %.3f (noise %.3f), Wasserstein %.3f, missing %.3f → %.3f, new %.4f", x.Feature, x.PSI, x.Noise,
				x.Wasserstein, x.MissingRef, x.Missing, x.NewShare)
		}
		if x.Beyond {
			t.Errorf("a month like those before it: %+v", x)
		}
	}
}
