package activities

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"lfb/internal/dataset"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/mysql"
	"lfb/internal/registry"
)

// watched is a city with a champion that has not seen its last month.
type watched struct {
	a       *Activities
	data    registry.DataSet
	plan    PlanResult
	version registry.Version
}

func newWatched(t *testing.T) *watched {
	t.Helper()
	a := newActivities(t)
	d, plan := planned(t, a, village())
	out := run{t, a, plan}.compare("first", "baseline", "linear")
	_, err := a.AppendPromotion(t.Context(), AppendPromotionInput{
		Line: lfb.Synthetic.Line(), Version: out.Winner, Kind: "promote", Who: "test", Why: "the first",
		Verdict: out.Verdict, Token: "one", At: time.Now().UTC(),
	})
	if err != nil {
		t.Fatal(err)
	}
	v, err := a.Ledger.Version(t.Context(), lfb.Synthetic.Line(), out.Winner)
	if err != nil {
		t.Fatal(err)
	}
	return &watched{a: a, data: d, plan: plan, version: v}
}

func (w *watched) table(t *testing.T) *dataset.Table {
	t.Helper()
	m, err := dataset.Open(t.Context(), w.a.Blobs, w.data.Manifest)
	if err != nil {
		t.Fatal(err)
	}
	table, err := dataset.Load(t.Context(), w.a.Blobs, m, dataset.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func (w *watched) score(t *testing.T) ScoreChampionResult {
	t.Helper()
	out, err := w.a.ScoreChampion(t.Context(), ScoreChampionInput{
		ID: "monitor run", Line: w.version.Line, Version: w.version.ID,
		DataSet: w.data, History: 24,
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (w *watched) log(t *testing.T, ps ...registry.Prediction) {
	t.Helper()
	if err := w.a.Monitor.(*mysql.DB).SavePredictions(t.Context(), ps); err != nil {
		t.Fatal(err)
	}
}

// asked is a prediction about row i of the table, as an operator asks it.
func (w *watched) asked(t *dataset.Table, i int, id string) registry.Prediction {
	var c lfb.Call
	t.Call(i, &c)
	return registry.Prediction{
		ID: id, At: c.At, CallAt: c.At, Line: w.version.Line, Version: w.version.ID, Easting: c.Easting, Northing: c.Northing,
		PumpOrder: c.PumpOrder, IncidentNumber: t.IncidentNumber(i), Request: []byte("{}"),
		Attendance: ml.Answer{Mean: 300, P50: 280, P90: 500, Within6: 0.7, Within10: 0.95},
	}
}

// TestScoreAfresh: the champion's own hold-out month is scored as the comparison
// scored it, and nothing that it learned from is.
func TestScoreAfresh(t *testing.T) {
	t.Parallel()
	w := newWatched(t)
	out := w.score(t)
	if len(out.Months) != 1 || out.Months[0].Month != "2024-06" || out.Months[0].Basis != registry.Afresh {
		t.Fatalf("Score = %+v, want the last month afresh, as the rest was learned from", out.Months)
	}
	if d := cmp.Diff(w.version.Holdout.First, out.Months[0].Report.First, cmpopts.EquateApprox(1e-9, 1e-9)); d != "" {
		t.Errorf("the month against the hold-out report (-want +got):\n%s", d)
	}
	stored, err := w.a.Monitor.Realised(t.Context(), w.version.Line, "", "")
	if err != nil || len(stored) != 1 {
		t.Fatalf("Realised = %v, %v, want one month", stored, err)
	}
	if d := cmp.Diff(w.version.Holdout, stored[0].Report, cmpopts.EquateApprox(1e-9, 1e-9),
		cmpopts.IgnoreFields(ml.Report{}, "Diagnosis")); d != "" {
		t.Errorf("the stored month against the hold-out report, slices too (-want +got):\n%s", d)
	}
}

// TestScoreLogged joins answers by number and by place, each outcome once.
func TestScoreLogged(t *testing.T) {
	t.Parallel()
	w := newWatched(t)
	table := w.table(t)
	n := table.Len()
	holdout := w.plan.Spans.Holdout.Lo
	at := func(i int, id string, change func(*registry.Prediction)) registry.Prediction {
		p := w.asked(table, i, id)
		if change != nil {
			change(&p)
		}
		return p
	}
	lonely := func(p *registry.Prediction) { p.IncidentNumber = "" }
	var want ml.RunningScore
	var o lfb.Outcome
	for _, i := range []int{n - 1, n - 40, n - 80} {
		table.Outcome(i, &o)
		want.Add(w.asked(table, i, "").Attendance, o.AttendanceSeconds)
	}
	w.log(
		t,
		at(n-1, "by number", nil),
		at(n-1, "by number, an hour after", func(p *registry.Prediction) {
			p.At, p.CallAt, p.Attendance.Mean = p.At.Add(time.Hour), p.CallAt.Add(time.Minute), 900
		}),
		at(n-40, "by place", func(p *registry.Prediction) {
			lonely(p)
			p.Availability = &registry.AvailabilityUse{Usual: ml.Answer{Mean: 900, P50: 900, P90: 1000}}
		}),
		at(n-80, "by place, a little aside", func(p *registry.Prediction) {
			lonely(p)
			p.CallAt = p.CallAt.Add(4 * time.Minute)
			p.Easting += 100
		}),
		at(n-120, "too late", func(p *registry.Prediction) { lonely(p); p.CallAt = p.CallAt.Add(11 * time.Minute) }),
		at(n-160, "too far", func(p *registry.Prediction) { lonely(p); p.Northing += 5000 }),
		at(n-200, "the number is of another day", func(p *registry.Prediction) { p.CallAt = p.CallAt.AddDate(0, 0, -3) }),
		at(n-240, "no place", func(p *registry.Prediction) { lonely(p); p.Easting, p.Northing = 0, 0 }),
		at(holdout-500, "learned from", nil),
		at(n-300, "of nobody", func(p *registry.Prediction) { p.Version = "gone" }),
		at(n-340, "of another line", func(p *registry.Prediction) { p.Line = "other" }),
	)
	out := w.score(t)
	if out.Predictions != 10 {
		t.Errorf("Score read %d predictions, want the 10 of the line", out.Predictions)
	}
	var logged []registry.Realised
	for _, m := range out.Months {
		if m.Basis == registry.Logged {
			logged = append(logged, m)
		}
	}
	// The month that was learned from, then the last one by version.
	if len(logged) != 3 || *logged[0].Join != (registry.Join{Predictions: 1, Learned: 1}) ||
		logged[0].Report.All.Rows != 0 {
		t.Fatalf("logged months = %+v", logged)
	}
	last := logged[slices.IndexFunc(logged, func(r registry.Realised) bool {
		return r.Month == "2024-06" && r.Version == w.version.ID
	})]
	if d := cmp.Diff(registry.Join{Predictions: 8, ByIncident: 1, ByPlace: 2, Repeated: 1, NoOutcome: 4},
		*last.Join); d != "" {
		t.Errorf("join of the last month (-want +got):\n%s", d)
	}
	if d := cmp.Diff(want.Metrics(), last.Report.All, cmpopts.EquateApprox(1e-9, 1e-9)); d != "" {
		t.Errorf("what was answered (-want +got):\n%s", d)
	}
	stored, err := w.a.Monitor.Realised(t.Context(), w.version.Line, "", "")
	if err != nil {
		t.Fatal(err)
	}
	table.Outcome(n-40, &o)
	known := map[string]float64{} // bias of the answer that reckoned with who was out, and of what it would have been
	for _, r := range stored {
		for _, s := range r.Report.Slices {
			if s.By == "availability" && s.Metrics.Rows == 1 {
				known[s.Value] = math.Round(s.Metrics.Bias)
			}
		}
	}
	if d := cmp.Diff(map[string]float64{
		"who is out was known":            300 - o.AttendanceSeconds,
		"the same calls, had it not been": 900 - o.AttendanceSeconds,
	}, known); d != "" {
		t.Errorf("slices by availability (-want +got):\n%s", d)
	}
	again := w.score(t)
	for _, s := range []*ScoreChampionResult{&out, &again} {
		for i := range s.Months {
			s.Months[i].ScoredAt = time.Time{}
		}
	}
	if d := cmp.Diff(out, again); d != "" {
		t.Errorf("Score again (-want +got):\n%s", d)
	}
}

// TestMeasureDrift: a city that does not change does not drift; one that is
// moved does.
func TestMeasureDrift(t *testing.T) {
	t.Parallel()
	w := newWatched(t)
	rule := registry.MonitorRule{PSI: 0.25, Wasserstein: 0.25, Months: 1, Ignore: []string{
		"month", "day", "bank_holiday",
		"school_holiday",
	}}
	out, err := w.a.MeasureDrift(t.Context(), MeasureDriftInput{
		Line: w.version.Line, Version: w.version.ID,
		DataSet: w.data, Rule: rule,
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Drift) < 20 {
		t.Fatalf("%d features, want every column", len(out.Drift))
	}
	for _, d := range out.Drift {
		if d.Rows == 0 || d.RowsRef == 0 || math.IsNaN(d.PSI+d.Wasserstein) || d.Beyond {
			t.Errorf("a city that does not change: %+v", d)
		}
		if d.Feature == "month" && d.PSI < 1 {
			t.Errorf("a month that training did not have has the PSI %v", d.PSI)
		}
	}
	_, b, err := w.a.readVersion(t.Context(), w.version.Line, w.version.ID)
	if err != nil {
		t.Fatal(err)
	}
	ref, now := newColumns(b), newColumns(b)
	row, table := make([]float64, b.Spec.Schema().Width()), w.table(t)
	var c lfb.Call
	for i := range table.Len() {
		table.Call(i, &c)
		ref.addRow(row, &c)
		c.Easting += 8000
		c.Reported = "something that nobody reported before"
		now.addRow(row, &c)
	}
	moved := measureColumns(ref, now)
	rule.MarkDrift(moved)
	for _, d := range moved {
		if d.Feature == "easting" && (!d.Beyond || d.Wasserstein < 0.5) || d.Feature == "reported" &&
			(d.NewShare != 1 || d.NewValues != 1 || !d.Beyond) {
			t.Errorf("a city moved by 8 km: %+v", d)
		}
	}
}

// TestJudgeOncePerDataSet: many looks at once start one retrain for a data set,
// then the cool-down holds the next data set back, and a restart knows it.
func TestJudgeOncePerDataSet(t *testing.T) {
	t.Parallel()
	a := newActivities(t)
	now := time.Date(2024, 5, 20, 6, 0, 0, 0, time.UTC)
	bad := []registry.Realised{{
		Month: "2024-04", Basis: registry.Afresh,
		Report: ml.Report{First: ml.Metrics{Rows: 1000, RMSE: 150, CoverageP90: 0.9}},
	}}
	judge := func(id, dataSet string, at time.Time) ApplyRuleResult {
		t.Helper()
		out, err := a.ApplyRule(t.Context(), ApplyRuleInput{
			ID: id, Line: "l", DataSet: dataSet, Months: bad, Now: at,
			Rule: registry.MonitorRule{
				RMSE: 120, CoverageLow: 0.88, CoverageTop: 0.92, PSI: 1, Wasserstein: 1, MinRows: 100,
				CoolDown: 14 * 24 * time.Hour,
			},
		})
		if err != nil {
			t.Error(err)
		}
		return out
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	started := 0
	for i := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if judge(fmt.Sprint("monitor run ", i), "d1", now).Start {
				mu.Lock()
				started++
				mu.Unlock()
			}
		}()
	}
	wg.Wait()
	if started != 1 {
		t.Fatalf("%d of 8 monitor runs start a retrain, want one", started)
	}
	if out := judge("later", "d2", now.AddDate(0, 0, 3)); out.Start || !strings.Contains(out.Why, "cool-down") {
		t.Errorf("within the cool-down: %+v", out)
	}
	after := judge("after", "d2", now.AddDate(0, 0, 15))
	if !after.Start {
		t.Errorf("after the cool-down: %+v", after)
	}
	if again := judge("after", "d2", now.AddDate(0, 0, 15)); !again.Start {
		t.Errorf("the same monitor run, tried again: %+v", again)
	}
	if err := a.ReleaseClaim(t.Context(), ReleaseClaimInput{Claim: after.Claim}); err != nil {
		t.Fatal(err)
	}
	if out := judge("once more", "d2", now.AddDate(0, 0, 16)); !out.Start {
		t.Errorf("after what could not start: %+v", out)
	}
}

// loudspeaker is a channel that may fail.
type loudspeaker struct {
	said []string
	err  error
}

func (l *loudspeaker) Channels() []string { return []string{"one", "two"} }

func (l *loudspeaker) Send(_ context.Context, channel string, a registry.Alarm, state registry.AlarmState) error {
	if l.err != nil && channel == "two" {
		return l.err
	}
	l.said = append(l.said, fmt.Sprint(channel, " ", a.Name, " ", state))
	return nil
}

// TestRaiseAndTell: everybody hears of an alarm once; a channel that was away
// hears of it later.
func TestRaiseAndTell(t *testing.T) {
	t.Parallel()
	a := newActivities(t)
	l := &loudspeaker{}
	a.Notifier = l
	now := time.Date(2024, 5, 20, 6, 0, 0, 0, time.UTC)
	raise := func(firing bool) {
		t.Helper()
		now = now.Add(24 * time.Hour)
		l.said = nil
		out, err := a.RaiseAlarms(t.Context(), RaiseAlarmsInput{
			Line:  "l",
			Found: []registry.Finding{{Name: "rmse", Firing: firing, Title: "RMSE"}}, Now: now,
		})
		if err != nil {
			t.Fatal(err)
		}
		if open := len(out.Open) == 1; open != firing {
			t.Errorf("open alarms = %v, want firing %v", out.Open, firing)
		}
		for _, m := range out.Notifications {
			err := a.Notify(t.Context(), NotifyInput{m})
			if away := l.err != nil && m.Channel == "two"; away != errors.Is(err, lfb.ErrUnavailable) {
				t.Errorf("Tell %s = %v, away %v", m.Channel, err, away)
			}
			if err == nil {
				if err := a.Notify(t.Context(), NotifyInput{m}); err != nil { // a retry after success
					t.Error(err)
				}
			}
		}
	}
	for i, c := range []struct {
		firing bool
		err    error
		want   string
	}{
		{true, lfb.ErrUnavailable, "one rmse opened"},
		{true, nil, "two rmse opened"},
		{true, nil, ""},
		{false, nil, "one rmse cleared, two rmse cleared"},
		{false, nil, ""},
		{true, nil, "one rmse opened, two rmse opened"},
	} {
		l.err = c.err
		raise(c.firing)
		if got := strings.Join(l.said, ", "); got != c.want {
			t.Errorf("monitor run %d said %q, want %q", i, got, c.want)
		}
	}
}

// Monitor runs of one second are told apart by when they ended: their ids sort by chance.
func TestLookComparesWithTheNewest(t *testing.T) {
	t.Parallel()
	a, line := newActivities(t), lfb.Synthetic.Line()
	at := time.Date(2026, 11, 26, 14, 0, 0, 0, time.UTC)
	for _, m := range []registry.Monitoring{
		{ID: "20261126-140000-c", State: registry.Succeeded, EndedAt: at.Add(100 * time.Millisecond)},
		{ID: "20261126-140000-a", State: registry.Unchanged, EndedAt: at.Add(500 * time.Millisecond)},
		{ID: "20261126-140000-d", State: registry.Failed, EndedAt: at.Add(600 * time.Millisecond)},
		{ID: "20261126-140000-b", State: registry.Running},
	} {
		m.Line, m.Origin, m.StartedAt = line, lfb.Synthetic, at
		if err := a.Monitor.SaveMonitoring(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	got, err := a.InspectChampion(t.Context(), InspectChampionInput{Line: line, ID: "20261126-140000-b"})
	if err != nil || got.Before == nil || got.Before.ID != "20261126-140000-a" {
		t.Errorf("InspectChampion = %+v, %v; want it to compare with -a", got.Before, err)
	}
}
