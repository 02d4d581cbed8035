package app

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/zap"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/registry"
)

type shownStore struct {
	looks  []registry.Monitoring
	alarms []string
	err    error
}

func (s shownStore) Monitorings(_ context.Context, line, _ string, _ int) ([]registry.Monitoring, error) {
	if line != lfb.Real.Line() {
		return nil, s.err
	}
	return s.looks, s.err
}

func (s shownStore) Alarms(_ context.Context, line string, _ bool) ([]registry.Alarm, error) {
	if line != lfb.Real.Line() {
		return nil, s.err
	}
	var out []registry.Alarm
	for _, name := range s.alarms {
		out = append(out, registry.Alarm{Name: name})
	}
	return out, s.err
}

func TestGauges(t *testing.T) {
	t.Parallel()
	now := time.Date(2024, 5, 20, 6, 0, 0, 0, time.UTC)
	month := func(name, version string, basis registry.Basis, rmse float64) registry.Realised {
		return registry.Realised{
			Month: name, Version: version, Basis: basis,
			Report: ml.Report{First: ml.Metrics{Rows: 9, RMSE: rmse, CoverageP90: 0.91}},
		}
	}
	store := shownStore{alarms: []string{"rmse"}, looks: []registry.Monitoring{
		{Line: lfb.Real.Line(), State: registry.Failed},
		{
			Line: lfb.Real.Line(), State: registry.Succeeded, Version: "v2", EndedAt: now.Add(-time.Hour),
			LastCall: now.Add(-48 * time.Hour),
			Months: []registry.Realised{
				month("2024-03", "v2", registry.Afresh, 100), month("2024-04", "v1", registry.Logged, 150),
				month("2024-04", "v2", registry.Afresh, 119),
			},
			Drift:     []registry.Drift{{Feature: "easting", PSI: 0.02}},
			Schedules: []registry.ScheduleState{{ID: "schedule monitor lfb-attendance", Missed: 2}},
		},
	}}
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(&gauges{store: store, log: zap.NewNop(), now: func() time.Time { return now }})
	want := `
# HELP lfb_alarm_open Alarms that are open; 1 each.
# TYPE lfb_alarm_open gauge
lfb_alarm_open{alarm="rmse",model="lfb-attendance"} 1
# HELP lfb_feature_psi Population stability index against the training snapshot.
# TYPE lfb_feature_psi gauge
lfb_feature_psi{feature="easting",model="lfb-attendance"} 0.02
# HELP lfb_monitor_age_seconds Since the newest look at the champion ended.
# TYPE lfb_monitor_age_seconds gauge
lfb_monitor_age_seconds{model="lfb-attendance"} 3600
# HELP lfb_schedule_missed_total Starts that came later than the catch-up window.
# TYPE lfb_schedule_missed_total counter
lfb_schedule_missed_total{schedule="schedule monitor lfb-attendance"} 2
# HELP lfb_published_age_seconds Since the newest call that is published and loaded.
# TYPE lfb_published_age_seconds gauge
lfb_published_age_seconds{model="lfb-attendance"} 172800
`
	if err := testutil.GatherAndCompare(r, strings.NewReader(want), "lfb_alarm_open", "lfb_feature_psi",
		"lfb_monitor_age_seconds",
		"lfb_schedule_missed_total", "lfb_published_age_seconds"); err != nil {
		t.Error(err)
	}
	errors, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range errors {
		for _, m := range f.GetMetric() {
			if f.GetName() == "lfb_prediction_error_seconds" && strings.Contains(m.String(), `"rmse"`) && m.GetGauge().GetValue() != 119 {
				t.Errorf("%v, want the champion's newest month", m)
			}
		}
	}
	away := prometheus.NewPedanticRegistry()
	away.MustRegister(&gauges{store: shownStore{err: lfb.ErrUnavailable}, log: zap.NewNop(), now: time.Now})
	if got, err := away.Gather(); err != nil || len(got) != 0 {
		t.Errorf("while the database is away: %v, %v, want nothing", got, err)
	}
}
