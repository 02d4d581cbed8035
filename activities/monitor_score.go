package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"lfb/internal/bundle"
	"lfb/internal/dataset"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/registry"
)

// ScoreChampionInput is the champion and a snapshot.
type ScoreChampionInput struct {
	ID      string           `json:"id"` // of the monitor run
	Line    string           `json:"line"`
	Version string           `json:"version"`
	DataSet registry.DataSet `json:"data_set"`
	History int              `json:"history"` // months back that logged predictions are joined for
}

// ScoreChampionResult is the months that could be scored, oldest first, without slices;
// the store has them with.
type ScoreChampionResult struct {
	Months      []registry.Realised `json:"months"`
	Predictions int                 `json:"predictions"` // logged ones that were read
}

// ScoreChampion joins logged predictions to what happened, and has the champion answer
// every row that it did not learn from, month by month, so that memory does not
// grow with either. What a version learned from is never scored as its own.
func (a *Activities) ScoreChampion(ctx context.Context, in ScoreChampionInput) (out ScoreChampionResult, err error) {
	defer func() { err = wire(err) }()
	report, stop := startHeartbeat(ctx, Heartbeat{Step: "score", Unit: "months"})
	defer stop()
	v, b, err := a.readVersion(ctx, in.Line, in.Version)
	if err != nil {
		return out, err
	}
	m, err := dataset.Open(ctx, a.Blobs, in.DataSet.Manifest)
	if err != nil {
		return out, err
	}
	s := &scoring{
		a: a, in: in, manifest: m, champion: v, bundle: b, trainedTo: map[string]time.Time{v.ID: v.TrainedTo},
		now: time.Now().UTC(),
	}
	first := max(0, len(m.Parts)-max(in.History, 1))
	for i, p := range m.Parts {
		report(Heartbeat{Step: "score", Done: int64(i), Total: int64(len(m.Parts)), Unit: "months"})
		if i < first && !monthEnd(p.Month).After(v.TrainedTo) {
			continue
		}
		rows, err := s.scoreMonth(ctx, p.Month, i >= first)
		if err != nil {
			return out, fmt.Errorf("month %s: %w", p.Month, err)
		}
		if err := a.Monitor.SaveRealised(ctx, rows); err != nil {
			return out, err
		}
		for _, r := range rows {
			r.Report.Slices = nil
			out.Months = append(out.Months, r)
		}
	}
	out.Predictions = s.read
	return out, nil
}

// scoring is the state of one ScoreChampion.
type scoring struct {
	a         *Activities
	in        ScoreChampionInput
	manifest  *dataset.Manifest
	champion  registry.Version
	bundle    *bundle.Bundle
	trainedTo map[string]time.Time // by version; the far future for one that is not known
	read      int
	now       time.Time
}

// monthStart and monthEnd bound a calendar month in London.
func monthStart(month string) time.Time {
	t, err := time.ParseInLocation("2006-01", month, lfb.London)
	if err != nil {
		panic("activities: month " + month + " of an opened manifest") // dataset checks its months
	}
	return t
}

func monthEnd(month string) time.Time { return monthStart(month).AddDate(0, 1, 0) }

// scoreMonth scores one month; logged says whether its predictions are joined too.
func (s *scoring) scoreMonth(ctx context.Context, month string, logged bool) ([]registry.Realised, error) {
	t, err := dataset.Load(ctx, s.a.Blobs, s.manifest, dataset.LoadOptions{
		FromMonth: month, ToMonth: month,
		Threads: s.a.Threads,
	})
	if err != nil {
		return nil, err
	}
	var rows []registry.Realised
	if logged {
		if rows, err = s.scoreLogged(ctx, month, t); err != nil {
			return nil, err
		}
	}
	if !monthEnd(month).After(s.champion.TrainedTo) {
		return rows, nil
	}
	fresh, err := s.scoreAfresh(ctx, month, t)
	if err != nil || fresh.Report.All.Rows == 0 {
		return rows, err
	}
	return append(rows, fresh), nil
}

// answered is what one version had answered in one month.
type answered struct {
	report *ml.RunningReport
	usual  *ml.RunningReport // of the calls that were answered with what was known of who is out: without
	join   registry.Join
	seen   []bool // rows that are counted
}

// scoreLogged joins the predictions of a month and scores them by version. Of several
// answers to one call the first counts.
func (s *scoring) scoreLogged(ctx context.Context, month string, t *dataset.Table) ([]registry.Realised, error) {
	from, to := monthStart(month), monthEnd(month)
	j := newJoiner(t)
	byVersion := map[string]*answered{}
	var reader rowReader
	for p, err := range s.a.Monitor.LoggedPredictions(ctx, s.in.Line, from.Add(-joinNumberWithin),
		to.Add(joinNumberWithin)) {
		if err != nil {
			return nil, err
		}
		trainedTo, err := s.trainedUntil(ctx, p.Version)
		if err != nil {
			return nil, err
		}
		v := byVersion[p.Version]
		if v == nil {
			v = &answered{
				report: ml.NewRunningReport(append(slices.Clone(slicedBy), slicedByAvailability)...),
				usual:  ml.NewRunningReport(slicedByAvailability), seen: make([]bool, j.t.Len()),
			}
			byVersion[p.Version] = v
		}
		within := !p.CallAt.Before(from) && p.CallAt.Before(to)
		if within {
			s.read++
		}
		if row := v.countPrediction(j, p, trainedTo, within); row >= 0 {
			reader.readRow(j.t, row)
			if p.Usual == nil {
				reader.addTo(v.report, p.Answer, "")
				continue
			}
			reader.addTo(v.report, p.Answer, "who is out was known")
			v.usual.Add(*p.Usual, reader.outcome.AttendanceSeconds, true, []string{"the same calls, had it not been"})
		}
	}
	var out []registry.Realised
	for version, v := range byVersion {
		if v.join == (registry.Join{}) {
			continue // only of the hour beside the month
		}
		r := s.newRealised(month, version, registry.Logged, v.report)
		// by name, as "availability" is first
		r.Join, r.Report.Slices = &v.join, append(v.usual.Report().Slices, r.Report.Slices...)
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b registry.Realised) int { return strings.Compare(a.Version, b.Version) })
	return out, nil
}

// countPrediction counts one prediction of a call in the month, or within an hour of it, and
// returns the row to score it on; -1 for none. One from beside the month counts only
// where it joins a row of the month, as its own month finds none for it.
func (v *answered) countPrediction(j *joiner, p *registry.LoggedPrediction, trainedTo time.Time, within bool) int {
	row, byNumber := j.findAttendance(p)
	if row < 0 && !within {
		return -1
	}
	v.join.Predictions++
	switch {
	case row < 0:
		v.join.NoOutcome++
		return -1
	case !time.Unix(j.at[row], 0).After(trainedTo):
		v.join.Learned++
		return -1
	case v.seen[row]:
		v.join.Repeated++
		return -1
	case byNumber:
		v.join.ByIncident++
	default:
		v.join.ByPlace++
	}
	v.seen[row] = true
	return row
}

// never is later than anything: nothing of a version that nobody knows is scored.
var never = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

func (s *scoring) trainedUntil(ctx context.Context, version string) (time.Time, error) {
	if at, ok := s.trainedTo[version]; ok {
		return at, nil
	}
	v, err := s.a.Ledger.Version(ctx, s.in.Line, version)
	if errors.Is(err, lfb.ErrNotFound) {
		v, err = registry.Version{TrainedTo: never}, nil
	}
	if err != nil {
		return never, err
	}
	s.trainedTo[version] = v.TrainedTo
	return v.TrainedTo, nil
}

// scoreAfresh has the champion answer the rows of a month that it did not learn from.
func (s *scoring) scoreAfresh(ctx context.Context, month string, t *dataset.Table) (registry.Realised, error) {
	report := ml.NewRunningReport(slicedBy...)
	fresh := t.Slice(rowsAfter(t, s.champion.TrainedTo), t.Len())
	answers, err := s.a.answerRows(ctx, s.bundle, fresh)
	if err != nil {
		return registry.Realised{}, err
	}
	var reader rowReader
	for i, answer := range answers {
		reader.readRow(fresh, i)
		reader.addTo(report, answer)
	}
	return s.newRealised(month, s.champion.ID, registry.Afresh, report), nil
}

// rowsAfter is the first row later than at.
func rowsAfter(t *dataset.Table, at time.Time) int {
	return sort.Search(t.Len(), func(i int) bool { return t.Time(i).After(at) })
}

func (s *scoring) newRealised(month, version string, basis registry.Basis, r *ml.RunningReport) registry.Realised {
	return registry.Realised{
		Line: s.in.Line, Version: version, Month: month, Basis: basis, Report: r.Report(),
		DataSet: s.in.DataSet.ID, MonitoringID: s.in.ID, ScoredAt: s.now,
	}
}
