package activities

import (
	"encoding/json"
	"slices"
	"testing"

	"lfb/internal/lfb"
	"lfb/internal/ml/randomforest"
)

// The report is made with randomforest only, once, and names every column that every
// call has.
func TestRelevance(t *testing.T) {
	t.Parallel()
	a := newActivities(t)
	ctx := t.Context()
	d, plan := planned(t, a, village())
	asked := randomforest.ReportSpec{Cycles: 3, Rows: 300, Trees: 10}
	in := TrainInput{
		Line: lfb.Synthetic.Line(), Origin: lfb.Synthetic, DataSet: d, Spans: plan.Spans, Candidate: "randomforest",
		Override: json.RawMessage(`{"rows": 500, "trees": 5}`), Train: TrainSpec{Seed: 7},
	}
	plain, err := a.Train(ctx, in)
	if err != nil || !plain.Relevance.IsZero() {
		t.Fatalf("Train = %+v, %v; want no report where none is asked for", plain, err)
	}
	in.Train.Relevance = asked
	first, err := a.Train(ctx, in)
	if err != nil || first.Bundle != plain.Bundle {
		t.Fatalf("Train = %+v, %v; want the same bundle with a report", first, err)
	}
	body, err := a.Blobs.ReadAll(ctx, first.Relevance)
	var got randomforest.Report
	if err != nil || json.Unmarshal(body, &got) != nil {
		t.Fatalf("report %s, %v", body, err)
	}
	columns := a.prepared.data.spec.Schema().Columns
	if got.Seed != 7 || got.ReportSpec != asked || len(got.Columns) != len(columns) {
		t.Errorf("report %+v; want seed 7, %+v, %d columns", got, asked, len(columns))
	}
	for _, c := range columns {
		if !slices.ContainsFunc(got.Columns, func(r randomforest.Relevance) bool {
			return r.Column == c.Name && r.Cycles == 3 && r.Verdict != ""
		}) {
			t.Errorf("no verdict on %s after 3 cycles", c.Name)
		}
	}
	a.forgetTraining()
	again, err := a.Train(ctx, in)
	if err != nil || again.Relevance != first.Relevance || a.prepared.data != nil {
		t.Errorf("Train again = %+v, %v; want the report that is remembered", again, err)
	}
	in.Train.Relevance.Rows = -1
	if without, err := a.Train(ctx, in); err != nil || !without.Relevance.IsZero() || without.Bundle != plain.Bundle {
		t.Errorf("Train = %+v, %v; want the fit without the report that cannot be made", without, err)
	}
	in.Candidate, in.Override, in.Train.Relevance = "linear", nil, asked
	if other, err := a.Train(ctx, in); err != nil || !other.Relevance.IsZero() {
		t.Errorf("Train of linear = %+v, %v; want no report", other, err)
	}
}
