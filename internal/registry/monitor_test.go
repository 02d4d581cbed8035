package registry

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

func rule() MonitorRule {
	return MonitorRule{
		RMSE: 120, CoverageLow: 0.88, CoverageTop: 0.92, PSI: 0.25, Wasserstein: 0.1, Ignore: []string{"month"},
		Months: 1, MinRows: 100, CoolDown: 14 * 24 * time.Hour, StaleData: 70 * 24 * time.Hour,
		StaleModel: 180 * 24 * time.Hour,
	}
}

func month(name string, basis Basis, rows int, rmse, coverage float64) Realised {
	return Realised{Month: name, Basis: basis, Report: ml.Report{First: ml.Metrics{
		Rows: rows, RMSE: rmse,
		CoverageP90: coverage,
	}}}
}

func TestJudgeMonitor(t *testing.T) {
	t.Parallel()
	calm := []Drift{{Feature: "easting", PSI: 0.02, Wasserstein: 0.03, Rows: 1000, RowsRef: 1000}}
	for _, c := range []struct {
		name   string
		change func(*MonitorRule)
		months []Realised
		drift  []Drift
		fired  string // names of checks
	}{
		{"well", nil, []Realised{month("2017-04", Afresh, 500, 118, 0.9)}, calm, ""},
		{"RMSE above", nil, []Realised{month("2017-04", Afresh, 500, 121, 0.9)}, calm, "rmse"},
		{"at the bound is within it", nil, []Realised{month("2017-04", Afresh, 500, 120, 0.88)}, calm, ""},
		{"coverage below", nil, []Realised{month("2017-04", Afresh, 500, 90, 0.87)}, calm, "coverage_p90"},
		{"coverage above", nil, []Realised{month("2017-04", Afresh, 500, 90, 0.93)}, calm, "coverage_p90"},
		{"only the newest month counts", nil, []Realised{
			month("2017-04", Afresh, 500, 90, 0.9),
			month("2017-03", Afresh, 500, 200, 0.5),
		}, calm, ""},
		{"two months together", func(r *MonitorRule) { r.Months = 2 }, []Realised{
			month("2017-04", Afresh, 100, 100, 0.9),
			month("2017-03", Afresh, 300, 130, 0.9),
		}, calm, "rmse"},
		{"logged answers are shown, not judged", nil, []Realised{
			month("2017-04", Afresh, 500, 90, 0.9),
			month("2017-04", Logged, 500, 200, 0.5),
		}, calm, ""},
		{"too few rows judge nothing", nil, []Realised{month("2017-04", Afresh, 99, 500, 0.1)}, calm, ""},
		{"nothing new", nil, nil, nil, ""},
		{
			"PSI", nil,
			[]Realised{month("2017-04", Afresh, 500, 90, 0.9)},
			[]Drift{{Feature: "ward", PSI: 0.3, Rows: 1000, RowsRef: 1000}},
			"psi",
		},
		{
			"PSI that chance gives", nil,
			[]Realised{month("2017-04", Afresh, 500, 90, 0.9)},
			[]Drift{{Feature: "ward", PSI: 0.3, Noise: 0.1, Rows: 1000, RowsRef: 1000}},
			"",
		},
		{
			"Wasserstein", nil,
			[]Realised{month("2017-04", Afresh, 500, 90, 0.9)},
			[]Drift{{Feature: "own_m", Wasserstein: 0.2, Rows: 1000, RowsRef: 1000}},
			"wasserstein",
		},
		{
			"a calendar column may move", nil,
			[]Realised{month("2017-04", Afresh, 500, 90, 0.9)},
			[]Drift{{Feature: "month", PSI: 9, Wasserstein: 3, Rows: 1000, RowsRef: 1000}},
			"",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := rule()
			if c.change != nil {
				c.change(&r)
			}
			drift := slices.Clone(c.drift)
			r.MarkDrift(drift)
			v := JudgeMonitor(r, c.months, drift)
			var fired []string
			for _, k := range v.Checks {
				if k.Fired {
					fired = append(fired, k.Name)
				}
			}
			if got := strings.Join(fired, ","); got != c.fired || v.Retrain != (c.fired != "") {
				t.Errorf("JudgeMonitor fired %q, retrain %v (%s), want %q", got, v.Retrain, v.Summary, c.fired)
			}
			if v.Summary == "" {
				t.Error("JudgeMonitor gives no summary")
			}
		})
	}
}

func TestMayRetrain(t *testing.T) {
	t.Parallel()
	now := time.Date(2024, 5, 20, 6, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		last Claim
		want bool
	}{
		{"never before", Claim{}, true},
		{"the same data set, long ago", Claim{DataSet: "d2", At: now.AddDate(-1, 0, 0)}, false},
		{"another data set within the cool-down", Claim{DataSet: "d1", At: now.AddDate(0, 0, -13)}, false},
		{"another data set after the cool-down", Claim{DataSet: "d1", At: now.AddDate(0, 0, -14)}, true},
	} {
		if why := rule().MayRetrain("d2", c.last, now); (why == "") != c.want {
			t.Errorf("%s: MayRetrain = %q, want allowed %v", c.name, why, c.want)
		}
	}
}

// shelf is a store of alarms in memory.
type shelf map[string]Alarm

func (s shelf) SaveAlarm(_ context.Context, a Alarm, isNew bool) error {
	key := fmt.Sprint(a.Name, a.Episode)
	if _, there := s[key]; there && isNew {
		return lfb.ErrConflict
	}
	s[key] = a
	return nil
}

func (s shelf) Alarms(context.Context, string, bool) ([]Alarm, error) {
	newest := map[string]Alarm{}
	for _, a := range s {
		if a.Episode > newest[a.Name].Episode {
			newest[a.Name] = a
		}
	}
	return slices.Collect(maps.Values(newest)), nil
}

func (s shelf) AlarmLog(context.Context, string, int) ([]Alarm, error) { return nil, nil }

// TestFindingsAreOfTheKinds: whatever may become an alarm has a title, and
// all of those may but those that the workflow and the api add.
func TestFindingsAreOfTheKinds(t *testing.T) {
	t.Parallel()
	now := time.Date(2024, 5, 20, 6, 0, 0, 0, time.UTC)
	r := rule()
	r.StaleData, r.StaleModel = time.Hour, time.Hour
	v := JudgeMonitor(r, []Realised{{
		Month: "2024-04", Basis: Afresh,
		Report: ml.Report{First: ml.Metrics{Rows: 1000, RMSE: 100, CoverageP90: 0.9}},
	}},
		[]Drift{{Feature: "easting", Judged: true}})
	m := &Monitoring{
		Version: "v", Verdict: &v, LastCall: now, TrainedTo: now,
		Schedules: []ScheduleState{{ID: "s", LastStatus: "Completed"}},
	}
	seen := map[string]bool{AlarmMonitorFailed: true, AlarmPredictionsRefused: true}
	for _, f := range Findings(r, m, nil, now) {
		kind := strings.TrimSuffix(f.Name, "s") // the schedule's id
		if !strings.HasSuffix(kind, ":") {
			kind = f.Name
		}
		seen[kind] = true
	}
	want := slices.Sorted(maps.Keys(AlarmTitles))
	if got := slices.Sorted(maps.Keys(seen)); !slices.Equal(got, want) {
		t.Errorf("findings are of the kinds %q, want %q", got, want)
	}
}

func TestRaise(t *testing.T) {
	t.Parallel()
	s, now := shelf{}, time.Date(2024, 5, 20, 6, 0, 0, 0, time.UTC)
	raise := func(firing bool) Alarm {
		t.Helper()
		now = now.Add(24 * time.Hour)
		got, err := Raise(t.Context(), s, "london", []Finding{{
			Name: "rmse", Firing: firing, Title: "RMSE",
			Detail: now.String(),
		}}, now)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) == 0 {
			return Alarm{}
		}
		if state := got[0].PendingState("log"); state != "" {
			got[0].Told["log"] = state
			if err := s.SaveAlarm(t.Context(), got[0], false); err != nil {
				t.Fatal(err)
			}
			got[0].Title = "told " + string(state)
		}
		return got[0]
	}
	for i, c := range []struct {
		firing  bool
		state   AlarmState
		episode int64
		title   string
	}{
		{false, "", 0, ""},
		{true, AlarmOpened, 1, "told opened"},
		{true, AlarmStill, 1, "RMSE"}, // once is enough
		{true, AlarmStill, 1, "RMSE"},
		{false, AlarmCleared, 1, "told cleared"},
		{false, AlarmCleared, 1, "RMSE"},
		{true, AlarmOpened, 2, "told opened"},
	} {
		if a := raise(c.firing); a.State != c.state || a.Episode != c.episode || a.Title != c.title {
			t.Fatalf("monitor run %d: %+v, want %+v", i, a, c)
		}
	}
	if a := s["rmse1"]; a.Times != 3 || a.ClearedAt.IsZero() {
		t.Errorf("first episode = %+v, want found 3 times and cleared", a)
	}
}

func TestFindings(t *testing.T) {
	t.Parallel()
	now := time.Date(2024, 5, 20, 6, 0, 0, 0, time.UTC)
	sound := ScheduleState{ID: "s", Missed: 2, LastStatus: "Completed", Next: []time.Time{now.Add(time.Hour)}}
	before := &Monitoring{Schedules: []ScheduleState{sound}}
	for _, c := range []struct {
		name   string
		change func(*Monitoring)
		firing string
	}{
		{"well", func(*Monitoring) {}, ""},
		{"a check", func(m *Monitoring) { m.Verdict.Checks[0].Fired = true }, "rmse"},
		{"stale data", func(m *Monitoring) { m.LastCall = now.AddDate(0, 0, -71) }, "data_stale"},
		{"stale model", func(m *Monitoring) { m.TrainedTo = now.AddDate(0, 0, -181) }, "model_stale"},
		{"provisional", func(m *Monitoring) {
			m.Version, m.Provisional = "v", &Provisional{Failing: []Check{{Name: CheckP90, Detail: "87 %"}}}
		}, "provisional"},
		{"passed the gate", func(m *Monitoring) { m.Version = "v" }, ""},
		{"missed", func(m *Monitoring) { m.Schedules[0].Missed = 3 }, "schedule_missed:s"},
		{"overdue", func(m *Monitoring) { m.Schedules[0].Next[0] = now.Add(-2 * time.Hour) }, "schedule_missed:s"},
		{"overdue but paused", func(m *Monitoring) {
			m.Schedules[0].Next[0] = now.Add(-2 * time.Hour)
			m.Schedules[0].Paused = true
		}, ""},
		{"failed", func(m *Monitoring) { m.Schedules[0].LastStatus = "Failed" }, "schedule_failed:s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := sound
			s.Next = slices.Clone(sound.Next)
			m := &Monitoring{
				LastCall: now.AddDate(0, 0, -30), TrainedTo: now.AddDate(0, 0, -60), Schedules: []ScheduleState{s},
				Verdict: &MonitorVerdict{Checks: []MonitorCheck{{Name: CheckRMSE, Detail: "RMSE"}}},
			}
			c.change(m)
			var firing []string
			for _, f := range Findings(rule(), m, before, now) {
				if f.Title == "" {
					t.Errorf("finding %s has no title", f.Name)
				}
				if f.Firing {
					firing = append(firing, f.Name)
					if f.Detail == "" {
						t.Errorf("finding %s has no detail", f.Name)
					}
				}
			}
			if got := strings.Join(firing, ","); got != c.firing {
				t.Errorf("Findings fired %q, want %q", got, c.firing)
			}
		})
	}
}
