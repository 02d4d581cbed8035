package mysqltest

import (
	"fmt"
	"testing"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/mysql"
	"lfb/internal/registry"
)

func testMonitorings(t *testing.T, db *mysql.DB) {
	ctx := t.Context()
	var all []registry.Monitoring
	for i := range 5 {
		m := registry.Monitoring{
			ID: fmt.Sprintf("2017040%d-000000-abc", i), Line: "london", Origin: lfb.Real, State: registry.Running,
			StartedAt: noon,
			Drift:     []registry.Drift{{Feature: "easting", PSI: 0.1}},
			Months:    []registry.Realised{{Month: "2017-04", Basis: registry.Afresh}},
		}
		mustSucceed(t, "SaveMonitoring", db.SaveMonitoring(ctx, m))
		m.State, m.Outcome, m.EndedAt = registry.Succeeded, registry.MonitorFine, noon.Add(time.Minute)
		mustSucceed(t, "SaveMonitoring again", db.SaveMonitoring(ctx, m))
		all = append([]registry.Monitoring{m}, all...)
	}
	wantResult(t, "Monitorings", all)(db.Monitorings(ctx, "london", "", 0))
	wantResult(t, "a page", all[2:4])(db.Monitorings(ctx, "london", all[1].ID, 2))
	wantResult(t, "Monitoring", all[0])(db.Monitoring(ctx, all[0].ID))
	wantErr(t, "Monitoring of an unknown id", secondError(db.Monitoring(ctx, "none")), lfb.ErrNotFound)
	wantErr(t, "SaveMonitoring without an id", db.SaveMonitoring(ctx, registry.Monitoring{Line: "london"}), lfb.ErrInvalid)
}

func testRealised(t *testing.T, db *mysql.DB) {
	ctx := t.Context()
	row := func(month, version string, basis registry.Basis, rows int) registry.Realised {
		return registry.Realised{
			Line: "london", Month: month, Version: version, Basis: basis, ScoredAt: noon,
			Report: ml.Report{All: ml.Metrics{Rows: rows}, Slices: []ml.Slice{{By: "pump_order", Value: "1"}}},
		}
	}
	mustSucceed(t, "SaveRealised", db.SaveRealised(ctx, []registry.Realised{
		row("2017-05", "v2", registry.Logged, 3), row("2017-04", "v1", registry.Afresh, 1),
		row("2017-05", "v1", registry.Logged, 2),
	}))
	again := row("2017-05", "v1", registry.Logged, 7)
	mustSucceed(t, "SaveRealised again", db.SaveRealised(ctx, []registry.Realised{again}))
	for _, c := range []struct {
		name, version, from string
		want                []registry.Realised
	}{
		{"all", "", "", []registry.Realised{
			row("2017-04", "v1", registry.Afresh, 1), again,
			row("2017-05", "v2", registry.Logged, 3),
		}},
		{"one version", "v1", "", []registry.Realised{row("2017-04", "v1", registry.Afresh, 1), again}},
		{"from a month", "", "2017-05", []registry.Realised{again, row("2017-05", "v2", registry.Logged, 3)}},
	} {
		wantResult(t, fmt.Sprintf("Realised, %s", c.name), c.want)(db.Realised(ctx, "london", c.version, c.from))
	}
}

func testClaims(t *testing.T, db *mysql.DB) {
	ctx := t.Context()
	wantErr(t, "LastClaim of none", secondError(db.LastClaim(ctx, "london")), lfb.ErrNotFound)
	first := registry.Claim{Line: "london", DataSet: "d1", Token: "a", At: noon}
	mustSucceed(t, "ClaimRetrain", db.ClaimRetrain(ctx, first))
	mustSucceed(t, "ClaimRetrain again", db.ClaimRetrain(ctx, first))
	other := first
	other.Token = "b"
	wantErr(t, "ClaimRetrain of what another claimed", db.ClaimRetrain(ctx, other), lfb.ErrConflict)
	second := registry.Claim{Line: "london", DataSet: "d2", Token: "b", At: noon.Add(time.Hour)}
	mustSucceed(t, "ClaimRetrain", db.ClaimRetrain(ctx, second))
	wantResult(t, "LastClaim", second)(db.LastClaim(ctx, "london"))
	mustSucceed(t, "ReleaseRetrain by another", db.ReleaseRetrain(ctx, registry.Claim{
		Line: "london", DataSet: "d2",
		Token: "a",
	}))
	mustSucceed(t, "ReleaseRetrain", db.ReleaseRetrain(ctx, first))
	mustSucceed(t, "ReleaseRetrain again", db.ReleaseRetrain(ctx, first))
	mustSucceed(t, "ClaimRetrain of what was released", db.ClaimRetrain(ctx, other))
	wantResult(t, "LastClaim", second)(db.LastClaim(ctx, "london"))
}

func testAlarms(t *testing.T, db *mysql.DB) {
	ctx := t.Context()
	a := registry.Alarm{
		Line: "london", Name: "rmse", Episode: 1, State: registry.AlarmOpened, Title: "RMSE", Times: 1, OpenedAt: noon,
		LastAt: noon,
		Told:   map[string]registry.AlarmState{"log": registry.AlarmOpened},
	}
	mustSucceed(t, "SaveAlarm", db.SaveAlarm(ctx, a, true))
	wantErr(t, "SaveAlarm of an episode that is there", db.SaveAlarm(ctx, a, true), lfb.ErrConflict)
	a.State, a.ClearedAt = registry.AlarmCleared, noon.Add(time.Hour)
	mustSucceed(t, "SaveAlarm cleared", db.SaveAlarm(ctx, a, false))
	b := a
	b.Episode, b.State, b.OpenedAt, b.ClearedAt = 2, registry.AlarmOpened, noon.Add(2*time.Hour), time.Time{}
	mustSucceed(t, "SaveAlarm of a new episode", db.SaveAlarm(ctx, b, true))
	c := a
	c.Name, c.OpenedAt = "drift", noon.Add(time.Minute)
	mustSucceed(t, "SaveAlarm of another", db.SaveAlarm(ctx, c, true))
	wantResult(t, "Alarms that are open", []registry.Alarm{b})(db.Alarms(ctx, "london", true))
	wantResult(t, "Alarms", []registry.Alarm{c, b})(db.Alarms(ctx, "london", false))
	wantResult(t, "AlarmLog", []registry.Alarm{b, c})(db.AlarmLog(ctx, "london", 2))
	wantResult(t, "a page", []registry.Alarm{c, a})(db.AlarmPage(ctx, "london", "rmse", 2, 2))
	wantErr(t, "a page behind nothing", secondError(db.AlarmPage(ctx, "london", "rmse", 9, 2)), lfb.ErrInvalid)
	seen := registry.Acknowledgement{Who: "jim", Note: "the file is late", At: noon}
	wantErr(t, "AcknowledgeAlarm of a cleared one", db.AcknowledgeAlarm(ctx, "london", "drift", 1, seen), lfb.ErrNotFound)
	mustSucceed(t, "AcknowledgeAlarm", db.AcknowledgeAlarm(ctx, "london", "rmse", 2, seen))
	b.Times = 2
	mustSucceed(t, "SaveAlarm of one that was acknowledged", db.SaveAlarm(ctx, b, false))
	b.Acknowledged = &seen
	wantResult(t, "Alarms", []registry.Alarm{b})(db.Alarms(ctx, "london", true))
}

func testLoggedPredictions(t *testing.T, db *mysql.DB) {
	ctx := t.Context()
	var ps []registry.Prediction
	for i := range 10 {
		p := makePrediction(i)
		p.CallAt = noon.Add(time.Duration(10-i) * time.Minute)
		p.IncidentNumber = fmt.Sprint("number ", i)
		if i == 4 {
			p.Line = "another"
		}
		if i == 5 {
			p.Availability = &registry.AvailabilityUse{Usual: ml.Answer{Mean: 321}}
		}
		ps = append(ps, p)
	}
	mustSucceed(t, "SavePredictions", db.SavePredictions(ctx, ps))
	var got []registry.LoggedPrediction
	for p, err := range db.LoggedPredictions(ctx, "line", noon.Add(3*time.Minute), noon.Add(9*time.Minute)) {
		mustSucceed(t, "LoggedPredictions", err)
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
	want[2].Usual = &ml.Answer{Mean: 321}
	wantSame(t, "LoggedPredictions", want, got)
	for range db.LoggedPredictions(ctx, "line", noon, noon.Add(time.Hour)) {
		break // the connection is given up, the next one works
	}
	for range db.LoggedPredictions(ctx, "line' OR '1' = '1", noon, noon.Add(time.Hour)) {
		t.Fatal("a quote in a line's name is not taken for what it is")
	}
}
