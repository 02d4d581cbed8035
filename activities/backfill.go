package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lfb/internal/backfill"
	"lfb/internal/dataset"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/registry"
)

// BackfillTrainLine is the line in the manifests of what backfills train. It is
// one for all of them, so that a month that was trained before is remembered.
const BackfillTrainLine = "backfill"

// OpenBackfillInput asks for the snapshot to replay.
type OpenBackfillInput struct {
	Origin  lfb.Origin `json:"origin"`
	DataSet string     `json:"data_set"` // id; empty: the newest
	From    string     `json:"from"`
	To      string     `json:"to"`
}

// OpenBackfillResult is the snapshot, and the months that are to be decided for.
type OpenBackfillResult struct {
	DataSet registry.DataSet `json:"data_set"`
	Months  []string         `json:"months"`
}

// OpenBackfill finds the snapshot and checks that it has the months to score on.
func (a *Activities) OpenBackfill(ctx context.Context, in OpenBackfillInput) (OpenBackfillResult, error) {
	months, err := backfill.Months(in.From, in.To)
	if err != nil {
		return OpenBackfillResult{}, wire(err)
	}
	all, err := a.DataSets.DataSets(ctx, in.Origin)
	if err != nil {
		return OpenBackfillResult{}, wire(err)
	}
	for _, d := range all {
		if in.DataSet != "" && d.ID != in.DataSet {
			continue
		}
		first, last := d.FirstCall.In(lfb.London).Format("2006-01"), d.LastCall.In(lfb.London).Format("2006-01")
		if in.From <= first || in.To > last {
			return OpenBackfillResult{},
				wire(fmt.Errorf("backfill %s to %s: data set %s has calls from %s to %s; a month can be decided for that is "+
					"later than the first and not than the last: %w",
					in.From, in.To, d.ID, first, last, lfb.ErrInvalid))
		}
		return OpenBackfillResult{DataSet: d, Months: months}, nil
	}
	return OpenBackfillResult{}, wire(fmt.Errorf("data set %q (%s): retrain once, so that there is one: %w", in.DataSet,
		in.Origin, lfb.ErrNotFound))
}

// PlanBackfillInput is one decision: at the start of Month.
type PlanBackfillInput struct {
	DataSet registry.DataSet `json:"data_set"`
	Month   string           `json:"month"`
	LagDays int              `json:"lag_days"`
	Train   TrainSpec        `json:"train"`
}

// PlanBackfillResult is the spans of what had been published; Skip says why there
// are none.
type PlanBackfillResult struct {
	KnownTo string        `json:"known_to"`
	Spans   dataset.Spans `json:"spans"`
	Skip    string        `json:"skip"`
	Summary string        `json:"summary"`
}

// PlanBackfill cuts what had been published when the month began. Its spans are of
// the whole snapshot's rows, of which those published later are in none.
func (a *Activities) PlanBackfill(ctx context.Context, in PlanBackfillInput) (out PlanBackfillResult, err error) {
	defer func() { err = wire(err) }()
	defer heartbeat(ctx, "plan")()
	known, err := backfill.KnownTo(in.Month, in.LagDays)
	if err != nil {
		return out, err
	}
	out = PlanBackfillResult{KnownTo: known}
	m, err := dataset.Open(ctx, a.Blobs, in.DataSet.Manifest)
	if err != nil {
		return out, err
	}
	if known < m.Parts[0].Month {
		out.Skip = "nothing had been published"
		return out, nil
	}
	t, err := dataset.Load(ctx, a.Blobs, m, dataset.LoadOptions{ToMonth: known, Threads: a.Threads})
	if err != nil {
		return out, err
	}
	out.Spans, err = dataset.Split(t, in.Train.splitSpec())
	if errors.Is(err, lfb.ErrInvalid) { // too short to split: that month nothing could have been trained
		out.Skip = err.Error()
		return out, nil
	}
	out.Summary = describeSpans(out.Spans)
	return out, err
}

// ScoreBackfillInput is whose answers to score on which month.
type ScoreBackfillInput struct {
	Line     string                   `json:"line"`
	DataSet  registry.DataSet         `json:"data_set"`
	Month    string                   `json:"month"`
	Versions []registry.RealisedScore `json:"versions"` // with Role and Version
}

// ScoreBackfillResult is the same, with their metrics.
type ScoreBackfillResult struct {
	Scores []registry.RealisedScore `json:"scores"`
}

// ScoreBackfill scores versions on the calls of a month. A version that learned
// from any of them is refused.
func (a *Activities) ScoreBackfill(ctx context.Context, in ScoreBackfillInput) (out ScoreBackfillResult, err error) {
	defer func() { err = wire(err) }()
	defer heartbeat(ctx, "score")()
	t, err := a.loadTable(ctx, in.DataSet, dataset.LoadOptions{FromMonth: in.Month, ToMonth: in.Month})
	if errors.Is(err, lfb.ErrNotFound) { // a month without a call
		return ScoreBackfillResult{Scores: in.Versions}, nil
	}
	if err != nil {
		return out, err
	}
	y, first := make([]float64, t.Len()), make([]bool, t.Len())
	for i := range y {
		y[i], first[i] = t.Attendance(i), t.PumpOrder(i) == 1
	}
	done := map[string]registry.RealisedScore{}
	for i := range in.Versions {
		s := &in.Versions[i]
		known, ok := done[s.Version]
		if !ok {
			v, answers, err := a.answerUnseen(ctx, in.Line, s.Version, t)
			if err != nil {
				return out, err
			}
			known = registry.RealisedScore{Candidate: v.Candidate, Metrics: ml.Evaluate(answers, y, first, nil).First}
			done[s.Version] = known
		}
		s.Candidate, s.Metrics = known.Candidate, known.Metrics
	}
	return ScoreBackfillResult{Scores: in.Versions}, nil
}

// answerUnseen is what a version says to the rows, of which it must have learned from none.
func (a *Activities) answerUnseen(ctx context.Context, line, version string,
	t *dataset.Table,
) (registry.Version, []ml.Answer, error) {
	v, b, err := a.readVersion(ctx, line, version)
	if err != nil {
		return v, nil, err
	}
	if !v.TrainedTo.Before(t.Time(0)) {
		return v, nil, fmt.Errorf("version %s learned from calls to %s, and is to be scored on calls from %s: %w",
			version, v.TrainedTo.Format(time.RFC3339), t.Time(0).Format(time.RFC3339), lfb.ErrInvalid)
	}
	answers, err := a.answerRows(ctx, b, t)
	return v, answers, err
}

// SaveBackfillInput is a backfill as it stands, and a month of it that ended.
type SaveBackfillInput struct {
	Backfill registry.Backfill       `json:"backfill"`
	Month    *registry.BackfillMonth `json:"month"` // nil: none
}

// SaveBackfill writes down where a backfill stands. Sent again, it changes nothing.
func (a *Activities) SaveBackfill(ctx context.Context, in SaveBackfillInput) error {
	if in.Month != nil {
		if err := a.Backfills.SaveBackfillMonth(ctx, in.Backfill.ID, *in.Month); err != nil {
			return wire(err)
		}
	}
	if err := a.stampNamespace(ctx, &in.Backfill.Execution); err != nil {
		return err
	}
	return wire(a.Backfills.SaveBackfill(ctx, in.Backfill))
}

// ReportBackfillInput is a backfill whose months are on record.
type ReportBackfillInput struct {
	Backfill registry.Backfill `json:"backfill"`
}

// ReportBackfillResult is its page and drawing.
type ReportBackfillResult struct {
	Report  lfb.Ref `json:"report"`
	Plot    lfb.Ref `json:"plot"`
	Summary string  `json:"summary"`
}

// ReportBackfill writes the report of the months that are on record.
func (a *Activities) ReportBackfill(ctx context.Context, in ReportBackfillInput) (ReportBackfillResult, error) {
	_, months, err := a.Backfills.Backfill(ctx, in.Backfill.ID)
	if err != nil {
		return ReportBackfillResult{}, wire(err)
	}
	page, plot, err := backfill.Report(in.Backfill, months)
	if err != nil {
		return ReportBackfillResult{}, wire(err)
	}
	out := ReportBackfillResult{Summary: backfill.Summary(months)}
	if out.Report, err = dataset.PutHashed(ctx, a.Blobs, "report/backfill/", ".html", page); err != nil {
		return out, wire(err)
	}
	out.Plot, err = dataset.PutHashed(ctx, a.Blobs, "report/backfill/", ".svg", plot)
	return out, wire(err)
}
