package activities

import (
	"context"
	"encoding/json"
	"fmt"

	"lfb/internal/dataset"
	"lfb/internal/registry"
)

// PlanInput is a snapshot and what is to be trained on it.
type PlanInput struct {
	Line    string           `json:"line"`
	DataSet registry.DataSet `json:"data_set"`
	Train   TrainSpec        `json:"train"`
	Force   bool             `json:"force"`
}

// PlanResult is the spans, or that nothing has changed since the last run.
type PlanResult struct {
	DataSet   registry.DataSet `json:"data_set"`
	Spans     dataset.Spans    `json:"spans"`
	Unchanged bool             `json:"unchanged"`
	Summary   string           `json:"summary"` // one line for people
}

// Plan cuts the snapshot into train, validation, calibration and hold-out. Where
// a run that succeeded was trained on the same snapshot in the same way, it says
// unchanged instead, unless forced.
func (a *Activities) Plan(ctx context.Context, in PlanInput) (PlanResult, error) {
	_, stop := startHeartbeat(ctx, Heartbeat{Step: "plan"})
	defer stop()
	if !in.Force {
		before, err := a.trainedBefore(ctx, in)
		if err != nil {
			return PlanResult{}, wire(err)
		}
		if before != "" {
			return PlanResult{
				DataSet: in.DataSet, Unchanged: true,
				Summary: "nothing new since run " + before + ", which was trained on this data set in the same way",
			}, nil
		}
	}
	m, err := dataset.Open(ctx, a.Blobs, in.DataSet.Manifest)
	if err != nil {
		return PlanResult{}, wire(err)
	}
	t, err := dataset.Load(ctx, a.Blobs, m, dataset.LoadOptions{Threads: a.Threads})
	if err != nil {
		return PlanResult{}, wire(err)
	}
	spans, err := dataset.Split(t, in.Train.split())
	if err != nil {
		return PlanResult{}, wire(err)
	}
	return PlanResult{DataSet: in.DataSet, Spans: spans, Summary: describeSpans(spans)}, nil
}

// trainedBefore is the id of a run that trained on the same snapshot in the same
// way and succeeded; empty where there is none.
func (a *Activities) trainedBefore(ctx context.Context, in PlanInput) (string, error) {
	runs, err := a.Runs.ListRuns(ctx, registry.Query{Line: in.Line, State: registry.Succeeded, Limit: 50})
	if err != nil {
		return "", err
	}
	want, err := CanonicalJSON(in.Train)
	if err != nil {
		return "", err
	}
	for _, r := range runs {
		var asked struct{ Train TrainSpec }
		if r.DataSet != in.DataSet.ID || json.Unmarshal(r.Config, &asked) != nil {
			continue
		}
		if got, err := CanonicalJSON(asked.Train); err == nil && string(got) == string(want) {
			return r.ID, nil
		}
	}
	return "", nil
}

func (s TrainSpec) split() dataset.SplitSpec {
	return dataset.SplitSpec{ValidDays: s.ValidDays, CalibDays: s.CalibDays, HoldoutDays: s.HoldoutDays, MaxMonths: s.MaxMonths}
}

func describeSpans(s dataset.Spans) string {
	day := func(p dataset.Span) string {
		return fmt.Sprintf("%d rows to %s", p.Rows(), p.Last)
	}
	return fmt.Sprintf("train %s · validation %s · calibration %s · hold-out %s", day(s.Train), day(s.Valid), day(s.Calib), day(s.Holdout))
}
