package activities

import (
	"testing"

	"lfb/internal/lfb"
	"lfb/internal/mysql/load"
)

// TestVersionsStay fits again, from the same rows and seed, what commit 969d8df
// fitted: every part of the bundles and so their ids must be the same. The rows are those that it
// left, as the synthetic city has had another geography since.
func TestVersionsStay(t *testing.T) {
	t.Parallel()
	a, db := newActivities(t), inheritedDatabase(t)
	tables := load.NewTables(db)
	a.Files, a.Loader, a.Rows, a.Rejects = db, tables, tables, db
	d, plan := planned(t, a, SourceSpec{
		Name: "synthetic", Incidents: 5000, Months: 6, From: "2024-01", Seed: 1,
		MaxRejects: 0.05,
	})
	if d.ID != "5930a33b99b8" {
		t.Fatalf("data set %s, want 5930a33b99b8", d.ID)
	}
	want := map[string]string{
		"baseline-mean": "e462f0dbb92c", "baseline": "d5177b595b2f", "linear": "9c697e46b685",
		"gbdt": "128080fb1737",
	}
	for name, id := range want {
		got, err := a.Train(t.Context(), TrainInput{
			Line: lfb.Synthetic.Line(), Origin: lfb.Synthetic, DataSet: d, Spans: plan.Spans, Candidate: name,
			Train: TrainSpec{Seed: 1},
		})
		if err != nil {
			t.Fatal(err)
		}
		if got.Version != id {
			t.Errorf("%s is version %s, was %s", name, got.Version, id)
		}
	}
}
