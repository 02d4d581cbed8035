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
	defer heartbeat(ctx, "plan")()
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
	t, err := a.loadTable(ctx, in.DataSet, dataset.LoadOptions{})
	if err != nil {
		return PlanResult{}, wire(err)
	}
	spans, err := dataset.Split(t, in.Train.splitSpec())
	if err != nil {
		return PlanResult{}, wire(err)
	}
	return PlanResult{DataSet: in.DataSet, Spans: spans, Summary: describeSpans(spans)}, nil
}

// trainedBefore is the id of a run that trained on the same snapshot in the same
// way and succeeded; empty where there is none.
func (a *Activities) trainedBefore(ctx context.Context, in PlanInput) (string, error) {
	want, err := CanonicalJSON(in.Train)
	if err != nil {
		return "", err
	}
	return a.trainedOn(ctx, in.Line, in.DataSet.ID, func(r registry.Run) bool {
		var asked struct{ Train TrainSpec }
		if json.Unmarshal(r.Config, &asked) != nil {
			return false
		}
		asked.Train.Refit = in.Train.Refit // what is trained and judged is the same with and without
		got, err := CanonicalJSON(asked.Train)
		return err == nil && string(got) == string(want)
	})
}

// trainedOn is the id of the newest run that was trained on the snapshot, compared, and
// is such as the caller asks for; empty without one.
func (a *Activities) trainedOn(ctx context.Context, line, dataSet string,
	such func(registry.Run) bool,
) (string, error) {
	runs, err := a.Runs.ListRuns(ctx, registry.Query{Line: line, State: registry.Succeeded, Limit: 50})
	for _, r := range runs {
		if r.DataSet == dataSet && such(r) {
			return r.ID, nil
		}
	}
	return "", err
}

func (s TrainSpec) splitSpec() dataset.SplitSpec {
	return dataset.SplitSpec{
		ValidDays: s.ValidDays, CalibDays: s.CalibDays, HoldoutDays: s.HoldoutDays,
		MaxMonths: s.MaxMonths,
	}
}

func describeSpans(s dataset.Spans) string {
	day := func(p dataset.Span) string {
		return fmt.Sprintf("%d rows to %s", p.Rows(), p.Last)
	}
	return fmt.Sprintf("train %s · validation %s · calibration %s · hold-out %s", day(s.Train), day(s.Valid),
		day(s.Calib), day(s.Holdout))
}
