package canned

import (
	"context"
	"time"

	"lfb/internal/dataset"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// Monitorings are two looks, newest first.
func (s *Store) Monitorings(_ context.Context, of, _ string, _ int) ([]registry.Monitoring, error) {
	if of != line || len(s.runs) == 0 {
		return nil, nil
	}
	look := registry.Monitoring{
		ID: "m2", Line: line, Origin: lfb.Synthetic, Trigger: "schedule", State: registry.Succeeded,
		Outcome: registry.MonitorStarted,
		Reason:  "drift: hour of week" + s.note, Version: version, Revision: 2, DataSet: dataSet,
		Months: []registry.Realised{{Month: "2017-03"}},
		Verdict: &registry.MonitorVerdict{
			Retrain: true, Rows: 5120, From: "2017-04", To: "2017-04",
			Summary: "a check fired: drift" + s.note, Checks: []registry.MonitorCheck{
				{Name: "rmse", Value: 101.2, High: 120, Bound: "120 s", Detail: "101.2 s; fires above 120 s"},
				{
					Name: "coverage_p90", Value: 0.9, Low: 0.88, High: 0.92, Bound: "0.88 to 0.92",
					Detail: "90.0 % arrived within the P90",
				},
				{Name: "psi", Fired: true, Value: 0.31, Bound: "0.25", Detail: "hour of week 0.31; fires above 0.25" + s.note},
			},
		},
		Drift: []registry.Drift{
			{
				Feature: "hour_of_week", Kind: "number", PSI: 0.31, Wasserstein: 0.22, RowsRef: 22000, Rows: 5120, Judged: true,
				Beyond: true, Edges: []float64{0, 42, 84, 126, 168}, Then: []float64{0.25, 0.26, 0.25, 0.24},
				Now: []float64{0.18, 0.2, 0.25, 0.37},
			},
			{
				Feature: "reported", Kind: "category", PSI: 0.04, NewShare: 0.01, NewValues: 2, RowsRef: 22000, Rows: 5120,
				Judged: true, Words: []string{"fire" + s.note, "flooding"}, Then: []float64{0.4, 0.1}, Now: []float64{0.38, 0.12},
			},
			{
				Feature: "easting", Kind: "number", PSI: 0.01, Wasserstein: 0.03, MissingRef: 0.01, Missing: 0.02, RowsRef: 22000,
				Rows: 5120,
			},
		},
		StartedAt: atHour(8), EndedAt: atHour(8.05),
	}
	quiet := look
	quiet.ID, quiet.Outcome, quiet.Reason, quiet.StartedAt, quiet.EndedAt = "m1", registry.MonitorUnchanged,
		"nothing new since the last monitor run", atHour(-16), atHour(-15.99)
	quiet.Drift, quiet.Months, quiet.Verdict = nil, nil, nil
	return []registry.Monitoring{look, quiet}, nil
}

// Realised is three months, the last scored both ways.
func (s *Store) Realised(_ context.Context, of, _, _ string) ([]registry.Realised, error) {
	if of != line {
		return nil, nil
	}
	var out []registry.Realised
	for i, m := range []string{"2017-01", "2017-02", "2017-03", "2017-03"} {
		r := registry.Realised{
			Line: line, Version: version, Month: m, Basis: registry.Afresh,
			Report: makeReport(97+1.4*float64(i), ""), DataSet: dataSet, ScoredAt: atHour(8),
		}
		r.Report.First.CoverageP90 = 0.91 - 0.04*float64(i)
		if i == 3 {
			r.Basis, r.Join = registry.Logged, &registry.Join{Predictions: 412, ByIncident: 300, ByPlace: 52, NoOutcome: 60}
		}
		out = append(out, r)
	}
	return out, nil
}

// Alarms is one that is open.
func (s *Store) Alarms(ctx context.Context, line string, open bool) ([]registry.Alarm, error) {
	all, err := s.AlarmLog(ctx, line, 0)
	if open && len(all) > 0 {
		all = all[:1]
	}
	return all, err
}

// AlarmLog is one that is open and one that is cleared.
func (s *Store) AlarmLog(_ context.Context, of string, _ int) ([]registry.Alarm, error) {
	if of != line || len(s.runs) == 0 {
		return nil, nil
	}
	defer s.lock()()
	return []registry.Alarm{
		{
			Line: line, Name: registry.CheckPSI, Acknowledged: s.seen, Episode: 1, State: registry.AlarmStill, Title: "Drift",
			Detail: "hour of week 0.31; fires above 0.25" + s.note, Times: 2, OpenedAt: atHour(-16), LastAt: atHour(8),
		},
		{
			Line: line, Name: "data_stale", Episode: 1, State: registry.AlarmCleared, Title: "Nothing new was published",
			Detail: "the last call is 61 days old", Times: 9, OpenedAt: atHour(-300), ClearedAt: atHour(-60),
		},
	}, nil
}

// Sample is two rows of the joined table.
func (s *Store) Sample(_ context.Context, _ lfb.Origin, _ int) ([][]any, error) {
	if len(s.runs) == 0 {
		return nil, nil
	}
	return [][]any{
		{
			time.Date(2017, 2, 3, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), int64(8), "E09000011", "E05000220" + s.note,
			538450.0, 177650.0, []byte("Greenwich"), 1, 1, 1, 1, 1, 1, int64(291),
		},
		{"2017-03-01", int64(23), "E09000030", nil, nil, nil, []byte("Poplar"), 1, 2, 2, 1, 2, 1, int64(402)},
	}, nil
}

// joinedColumns are those of Sample.
func joinedColumns() []string {
	return []string{
		"DateOfCall", "HourOfCall", "IncGeo_BoroughCode", "IncGeo_WardCode", "Easting_rounded", "Northing_rounded",
		"IncidentStationGround",
		"NumStationsWithPumpsAttending", "NumPumpsAttending", "PumpCount", "PumpHoursRoundUp", "PumpOrder", "DelayCodeId",
		"AttendanceTimeSeconds",
	}
}

// makeSummary is what the snapshot's summary says.
func makeSummary(note string) dataset.Summary {
	return dataset.Summary{
		DataSet: dataSet, Origin: lfb.Synthetic, Rows: 31_204, Incidents: 24_000,
		Months: []dataset.MonthSummary{
			{Month: "2017-01", First: 8200, Second: 2100, Mean: 301},
			{Month: "2017-02", First: 7600, Second: 2004, Mean: 305},
			{Month: "2017-03", First: 9000, Second: 2300, Mean: 303},
		},
		Columns: []dataset.ColumnSummary{
			{Name: "reported", Distinct: 5, Words: []dataset.Word{
				{Text: "fire" + note, Rows: 9000},
				{Text: "automatic alarm", Rows: 8000},
			}},
			{Name: "easting", Missing: 312, Distinct: 130},
		},
	}
}
