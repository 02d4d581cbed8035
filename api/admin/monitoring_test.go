package admin_test

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/registry"
)

func looks() []registry.Monitoring {
	return []registry.Monitoring{
		{ID: "b", Line: "lfb-attendance", Outcome: registry.MonitorStarted, StartedAt: clock},
		{ID: "a", Line: "lfb-attendance", Outcome: registry.MonitorFine, StartedAt: clock},
	}
}

func (s *store) Monitoring(_ context.Context, id string) (registry.Monitoring, error) {
	for _, m := range looks() {
		if m.ID == id {
			return m, nil
		}
	}
	return registry.Monitoring{}, fmt.Errorf("monitoring %s: %w", id, lfb.ErrNotFound)
}

func (s *store) Monitorings(_ context.Context, line, before string, limit int) ([]registry.Monitoring, error) {
	var out []registry.Monitoring
	for _, m := range looks() {
		if m.Line == line && (before == "" || m.ID < before) && len(out) < limit {
			out = append(out, m)
		}
	}
	return out, nil
}

func (s *store) Realised(_ context.Context, line, version, from string) ([]registry.Realised, error) {
	return []registry.Realised{{
		Line: line, Version: version, Month: from,
		Report: ml.Report{First: ml.Metrics{RMSE: 119}},
	}}, nil
}

func (s *store) AlarmPage(_ context.Context, line, name string, episode, limit int) ([]registry.Alarm, error) {
	after := ""
	if name != "" {
		after = fmt.Sprint(name, episode)
	}
	all := []registry.Alarm{{Line: line, Name: "rmse"}, {Line: line, Name: "drift", State: registry.AlarmCleared}}
	return listBehind(all, after, limit, func(a registry.Alarm) string { return fmt.Sprint(a.Name, a.Episode) })
}

func (s *store) Alarms(_ context.Context, line string, _ bool) ([]registry.Alarm, error) {
	return []registry.Alarm{{Line: line, Name: "rmse"}}, nil
}

func (s *store) Refused(_ context.Context, since time.Time, after string,
	limit int,
) (out []registry.RefusedPrediction, err error) {
	behind, _ := strconv.Atoi(cmp.Or(after, "-1"))
	for i := behind + 1; i < min(behind+1+limit, 3); i++ {
		if at := clock.Add(-time.Duration(i) * time.Hour); !at.Before(since) {
			out = append(out, registry.RefusedPrediction{ID: fmt.Sprint(i), At: at, Reason: "too long", Record: `{"id":"x"}`})
		}
	}
	return out, nil
}

func TestMonitoring(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	list := func(path string) []any {
		t.Helper()
		got, _ := s.want(t, 200, "olga", "GET", path, "")
		out, _ := got["list"].([]any)
		return out
	}
	if got := list("/v1/monitoring"); len(got) != 2 || got[0].(map[string]any)["id"] != "b" {
		t.Errorf("looks = %v, want b and a", got)
	}
	if got := list("/v1/monitoring?before=b"); len(got) != 1 || got[0].(map[string]any)["id"] != "a" {
		t.Errorf("looks before b = %v, want a", got)
	}
	if got := list("/v1/monitoring?origin=synthetic"); len(got) != 0 {
		t.Errorf("looks at synthetic = %v, want none", got)
	}
	if got, _ := s.want(t, 200, "olga", "GET", "/v1/monitoring/a", ""); got["outcome"] != registry.MonitorFine {
		t.Errorf("look a = %v", got)
	}
	s.want(t, 404, "olga", "GET", "/v1/monitoring/z", "")
	if got := list("/v1/performance?version=v1&from=2017-04"); len(got) != 1 ||
		got[0].(map[string]any)["month"] != "2017-04" {
		t.Errorf("performance = %v", got)
	}
	s.want(t, 422, "olga", "GET", "/v1/performance?from=April", "")
	if got := list("/v1/alarms"); len(got) != 2 {
		t.Errorf("alarms = %v, want two", got)
	}
	if got := list("/v1/alarms?open=true"); len(got) != 1 {
		t.Errorf("open alarms = %v, want one", got)
	}
	for query, want := range map[string]int{
		"": 3, "?limit=2": 2, "?limit=2&after=1": 1,
		"?since=" + clock.Add(-time.Hour).Format(time.RFC3339): 2,
	} {
		if got := list("/v1/predictions/refused" + query); len(got) != want ||
			got[0].(map[string]any)["reason"] != "too long" {
			t.Errorf("refused predictions%s = %v, want %d", query, got, want)
		}
	}
	s.want(t, 403, "ann", "GET", "/v1/predictions/refused", "")
	s.want(t, 403, "olga", "POST", "/v1/monitoring", `{"note":"n"}`)
	if got, _ := s.want(t, 202, "root", "POST", "/v1/monitoring", `{"note":"new month","force":true}`); got["workflow_id"] != "monitor lfb-attendance" {
		t.Errorf("started = %v", got)
	}
	if got := strings.Join(s.temporal.asked, "; "); got != "monitor by root, force true: new month" {
		t.Errorf("asked for %s", got)
	}
}

func TestChangeSchedules(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if got, _ := s.want(t, 200, "olga", "GET", "/v1/schedules/s", ""); got["missed"] != 2.0 || got["skipped"] != 3.0 {
		t.Errorf("schedule = %v, want what it missed and skipped", got)
	}
	s.want(t, 404, "olga", "GET", "/v1/schedules/none", "")
	s.want(t, 403, "olga", "PUT", "/v1/schedules/monitor", `{"note":"n"}`)
	s.want(t, 422, "root", "PUT", "/v1/schedules/nothing", `{"note":"n"}`)
	s.want(t, 422, "root", "PUT", "/v1/schedules/monitor", `{}`)
	s.want(t, 200, "root", "PUT", "/v1/schedules/monitor", `{"cron":"0 7 * * *","note":"earlier"}`)
	s.want(t, 204, "root", "DELETE", "/v1/schedules/s?note=gone", "")
	if got := strings.Join(s.temporal.asked, "; "); got != "set monitor 0 7 * * *: earlier; delete s: gone" {
		t.Errorf("asked for %s", got)
	}
}
