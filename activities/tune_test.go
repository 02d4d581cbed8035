package activities

import (
	"encoding/json"
	"math"
	"testing"

	"lfb/internal/lfb"
	"lfb/internal/ml/search"
)

// TestSearch draws trials, judges two on every origin, and keeps the record. A trial
// is not fitted twice, and the run's own origin shares the run's training data.
func TestSearch(t *testing.T) {
	t.Parallel()
	a := newActivities(t)
	ctx := t.Context()
	d, plan := planned(t, a, village())
	p, err := a.ProposeTrials(ctx, ProposeTrialsInput{
		DataSet: d, Spans: plan.Spans, Candidate: "gbdt", Trials: 4,
		Seed: 2,
	})
	if err != nil || len(p.Overrides) != 4 || len(p.Origins) != 3 {
		t.Fatalf("Propose = %d trials on %d origins, %v; want 4 on 3", len(p.Overrides), len(p.Origins), err)
	}
	small := json.RawMessage(`{"rounds": 5}`)
	for _, o := range p.Origins {
		in := RunTrialInput{DataSet: d, Spans: o, Candidate: "gbdt", Override: small, Seed: 1}
		got, err := a.RunTrial(ctx, in)
		if err != nil || !(got.Score.RMSE() > 10 && got.Score.RMSE() < 500) || got.Score.Rows == 0 ||
			got.Score.Rows >= o.Valid.Rows() {
			t.Fatalf("Trial = %+v, %v; want the RMSE of the first engines among %d rows", got, err, o.Valid.Rows())
		}
		again, err := a.RunTrial(ctx, in)
		if err != nil || again != got {
			t.Errorf("Trial again = %+v, %v; want what was remembered, %+v", again, err, got)
		}
	}
	before := a.prepared.data
	full, err := a.Train(ctx, TrainInput{
		Line: lfb.Synthetic.Line(), Origin: lfb.Synthetic, DataSet: d, Spans: plan.Spans, Candidate: "gbdt-tuned",
		Base: "gbdt", Override: small, Search: lfb.Ref{Key: "k"}, Train: TrainSpec{Seed: 1},
	})
	if err != nil || full.Candidate != "gbdt-tuned" || full.Search.Key != "k" || a.prepared.data != before {
		t.Errorf("Train = %+v, %v; want the tuned candidate from the training data of the last origin", full, err)
	}
	// The trial's mean is the model's: what was searched is what is trained.
	last, err := a.RunTrial(ctx, RunTrialInput{DataSet: d, Spans: plan.Spans, Candidate: "gbdt", Override: small, Seed: 1})
	if err != nil || math.Abs(last.Score.RMSE()-full.Valid.RMSE) > 1e-9 {
		t.Errorf("trial's RMSE %v, the candidate's %v, %v; want the same", last.Score.RMSE(), full.Valid.RMSE, err)
	}
	ref, err := a.SaveSearch(ctx, SaveSearchInput{
		Origins: p.Origins,
		Search: search.Record{Candidate: "gbdt", Seed: 2, Best: 1, Trials: []search.Trial{
			{Override: p.Overrides[0]},
			{Number: 1, Override: p.Overrides[1], RMSE: []float64{1, 2}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	body, err := a.Blobs.ReadAll(ctx, ref)
	var kept search.Record
	if err != nil || json.Unmarshal(body, &kept) != nil || len(kept.Space) == 0 || len(kept.Default) == 0 ||
		len(kept.Origins) != 3 || len(kept.Trials) != 2 {
		t.Errorf("record %s, %v; want space, default, origins and trials", body, err)
	}
	if _, err := a.ProposeTrials(ctx, ProposeTrialsInput{
		DataSet: d, Spans: plan.Spans, Candidate: "linear",
		Trials: 4,
	}); err == nil {
		t.Error("Propose for linear, which has no space: want an error")
	}
}
