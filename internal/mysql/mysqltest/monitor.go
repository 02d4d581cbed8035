package mysqltest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lfb/internal/config"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/registry"
)

func testMonitorings(t *testing.T, cfg config.MySQL) {
	ctx := t.Context()
	db := ready(t, cfg)
	var all []registry.Monitoring
	for i := range 5 {
		m := registry.Monitoring{
			ID: fmt.Sprintf("2017040%d-000000-abc", i), Line: "london", Origin: lfb.Real, State: registry.Running, StartedAt: noon,
			Drift: []registry.Drift{{Feature: "easting", PSI: 0.1}}, Months: []registry.Realised{{Month: "2017-04", Basis: registry.Afresh}},
		}
		check(t, "SaveMonitoring", db.SaveMonitoring(ctx, m))
		m.State, m.Outcome, m.EndedAt = registry.Succeeded, registry.MonitorFine, noon.Add(time.Minute)
		check(t, "SaveMonitoring again", db.SaveMonitoring(ctx, m))
		all = append([]registry.Monitoring{m}, all...)
	}
	got := must[[]registry.Monitoring](t, "Monitorings")(db.Monitorings(ctx, "london", "", 0))
	if d := cmp.Diff(all, got); d != "" {
		t.Errorf("Monitorings (-want +got):\n%s", d)
	}
	page := must[[]registry.Monitoring](t, "Monitorings")(db.Monitorings(ctx, "london", all[1].ID, 2))
	if d := cmp.Diff(all[2:4], page); d != "" {
		t.Errorf("Monitorings of a page (-want +got):\n%s", d)
	}
	if d := cmp.Diff(all[0], must[registry.Monitoring](t, "Monitoring")(db.Monitoring(ctx, all[0].ID))); d != "" {
		t.Errorf("Monitoring (-want +got):\n%s", d)
	}
	if _, err := db.Monitoring(ctx, "none"); !errors.Is(err, lfb.ErrNotFound) {
		t.Errorf("Monitoring of an unknown id = %v, want %v", err, lfb.ErrNotFound)
	}
	if err := db.SaveMonitoring(ctx, registry.Monitoring{Line: "london"}); !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("SaveMonitoring without an id = %v, want %v", err, lfb.ErrInvalid)
	}
}

func testRealised(t *testing.T, cfg config.MySQL) {
	ctx := t.Context()
	db := ready(t, cfg)
	row := func(month, version string, basis registry.Basis, rows int) registry.Realised {
		return registry.Realised{
			Line: "london", Month: month, Version: version, Basis: basis, ScoredAt: noon,
			Report: ml.Report{All: ml.Metrics{Rows: rows}, Slices: []ml.Slice{{By: "pump_order", Value: "1"}}},
		}
	}
	check(t, "SaveRealised", db.SaveRealised(ctx, []registry.Realised{
		row("2017-05", "v2", registry.Logged, 3), row("2017-04", "v1", registry.Afresh, 1), row("2017-05", "v1", registry.Logged, 2),
	}))
	again := row("2017-05", "v1", registry.Logged, 7)
	check(t, "SaveRealised again", db.SaveRealised(ctx, []registry.Realised{again}))
	for _, c := range []struct {
		name, version, from string
		want                []registry.Realised
	}{
		{"all", "", "", []registry.Realised{row("2017-04", "v1", registry.Afresh, 1), again, row("2017-05", "v2", registry.Logged, 3)}},
		{"one version", "v1", "", []registry.Realised{row("2017-04", "v1", registry.Afresh, 1), again}},
		{"from a month", "", "2017-05", []registry.Realised{again, row("2017-05", "v2", registry.Logged, 3)}},
	} {
		if d := cmp.Diff(c.want, must[[]registry.Realised](t, "Realised")(db.Realised(ctx, "london", c.version, c.from))); d != "" {
			t.Errorf("Realised, %s (-want +got):\n%s", c.name, d)
		}
	}
}

func testClaims(t *testing.T, cfg config.MySQL) {
	ctx := t.Context()
	db := ready(t, cfg)
	if _, err := db.LastClaim(ctx, "london"); !errors.Is(err, lfb.ErrNotFound) {
		t.Errorf("LastClaim of none = %v, want %v", err, lfb.ErrNotFound)
	}
	first := registry.Claim{Line: "london", DataSet: "d1", Token: "a", At: noon}
	check(t, "ClaimRetrain", db.ClaimRetrain(ctx, first))
	check(t, "ClaimRetrain again", db.ClaimRetrain(ctx, first))
	other := first
	other.Token = "b"
	if err := db.ClaimRetrain(ctx, other); !errors.Is(err, lfb.ErrConflict) {
		t.Errorf("ClaimRetrain of what another claimed = %v, want %v", err, lfb.ErrConflict)
	}
	second := registry.Claim{Line: "london", DataSet: "d2", Token: "b", At: noon.Add(time.Hour)}
	check(t, "ClaimRetrain", db.ClaimRetrain(ctx, second))
	if d := cmp.Diff(second, must[registry.Claim](t, "LastClaim")(db.LastClaim(ctx, "london"))); d != "" {
		t.Errorf("LastClaim (-want +got):\n%s", d)
	}
	check(t, "ReleaseRetrain by another", db.ReleaseRetrain(ctx, registry.Claim{Line: "london", DataSet: "d2", Token: "a"}))
	check(t, "ReleaseRetrain", db.ReleaseRetrain(ctx, first))
	check(t, "ReleaseRetrain again", db.ReleaseRetrain(ctx, first))
	check(t, "ClaimRetrain of what was released", db.ClaimRetrain(ctx, other))
	if d := cmp.Diff(second, must[registry.Claim](t, "LastClaim")(db.LastClaim(ctx, "london"))); d != "" {
		t.Errorf("LastClaim (-want +got):\n%s", d)
	}
}

func testAlarms(t *testing.T, cfg config.MySQL) {
	ctx := t.Context()
	db := ready(t, cfg)
	a := registry.Alarm{
		Line: "london", Name: "rmse", Episode: 1, State: registry.AlarmOpened, Title: "RMSE", Times: 1, OpenedAt: noon, LastAt: noon,
		Told: map[string]registry.AlarmState{"log": registry.AlarmOpened},
	}
	check(t, "SaveAlarm", db.SaveAlarm(ctx, a, true))
	if err := db.SaveAlarm(ctx, a, true); !errors.Is(err, lfb.ErrConflict) {
		t.Errorf("SaveAlarm of an episode that is there = %v, want %v", err, lfb.ErrConflict)
	}
	a.State, a.ClearedAt = registry.AlarmCleared, noon.Add(time.Hour)
	check(t, "SaveAlarm cleared", db.SaveAlarm(ctx, a, false))
	b := a
	b.Episode, b.State, b.OpenedAt, b.ClearedAt = 2, registry.AlarmOpened, noon.Add(2*time.Hour), time.Time{}
	check(t, "SaveAlarm of a new episode", db.SaveAlarm(ctx, b, true))
	c := a
	c.Name, c.OpenedAt = "drift", noon.Add(time.Minute)
	check(t, "SaveAlarm of another", db.SaveAlarm(ctx, c, true))
	if d := cmp.Diff([]registry.Alarm{b}, must[[]registry.Alarm](t, "Alarms")(db.Alarms(ctx, "london", true))); d != "" {
		t.Errorf("Alarms that are open (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]registry.Alarm{c, b}, must[[]registry.Alarm](t, "Alarms")(db.Alarms(ctx, "london", false))); d != "" {
		t.Errorf("Alarms (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]registry.Alarm{b, c}, must[[]registry.Alarm](t, "AlarmLog")(db.AlarmLog(ctx, "london", 2))); d != "" {
		t.Errorf("AlarmLog (-want +got):\n%s", d)
	}
}

func testLoggedPredictions(t *testing.T, cfg config.MySQL) {
	ctx := t.Context()
	db := ready(t, cfg)
	var ps []registry.Prediction
	for i := range 10 {
		p := prediction(i)
		p.CallAt = noon.Add(time.Duration(10-i) * time.Minute)
		p.IncidentNumber = fmt.Sprint("number ", i)
		if i == 4 {
			p.Line = "another"
		}
		ps = append(ps, p)
	}
	check(t, "SavePredictions", db.SavePredictions(ctx, ps))
	var got []registry.LoggedPrediction
	for p, err := range db.LoggedPredictions(ctx, "line", noon.Add(3*time.Minute), noon.Add(9*time.Minute)) {
		check(t, "LoggedPredictions", err)
		got = append(got, *p)
	}
	var want []registry.LoggedPrediction
	for _, i := range []int{7, 6, 5, 3, 2} {
		p := ps[i]
		want = append(want, registry.LoggedPrediction{
			Version: p.Version, CallAt: p.CallAt, Easting: p.Easting, Northing: p.Northing, PumpOrder: p.PumpOrder,
			IncidentNumber: p.IncidentNumber, Answer: p.Attendance,
		})
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("LoggedPredictions (-want +got):\n%s", d)
	}
	for range db.LoggedPredictions(ctx, "line", noon, noon.Add(time.Hour)) {
		break // the connection is given up, the next one works
	}
	for _, err := range db.LoggedPredictions(ctx, "line' OR '1' = '1", noon, noon.Add(time.Hour)) {
		if !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("LoggedPredictions of a line with a quote = %v, want %v", err, lfb.ErrInvalid)
		}
	}
}
