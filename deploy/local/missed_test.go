package main

import (
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"lfb/internal/control"
	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/workflows"
)

// TestMissedScheduleRaisesTheAlarm has a schedule that starts something every few
// seconds and may be ten late, the least that Temporal allows, and everything away
// until one start is past that: the starts that nobody made are counted, the next look
// raises the alarm once, and the one after clears it.
func TestMissedScheduleRaisesTheAlarm(t *testing.T) {
	hook := &ear{}
	server := httptest.NewServer(hook)
	t.Cleanup(server.Close)
	args := slices.Clone(small)
	args[len(args)-1] = "baseline,linear"
	s := newSystem(t, append(args, "-alarm.webhook", server.URL+"/hook")...)
	s.start()
	s.until("a champion", 5*time.Minute, s.ready)
	line := lfb.Synthetic.Line()
	id := workflows.ScheduleID(line)
	if m := s.lookSmall(); slices.Contains(m.Alarms, registry.AlarmScheduleMissed+id) || len(m.Schedules) != 3 {
		t.Fatalf("before anything was missed: alarms %q, schedules %+v", m.Alarms, m.Schedules)
	}
	c := s.config()
	c.Source.Name, c.Schedule.CatchUp = "synthetic", 10*time.Second
	often := control.ScheduleChange{Kind: control.ScheduledRetrain, Cron: "*/5 * * * * * *"}
	cl := s.temporal()
	if err := control.SetSchedule(t.Context(), cl, c, often); err != nil {
		t.Fatal(err)
	}
	s.until("the schedule's next start", 2*time.Minute, func() bool {
		d, err := control.DescribeSchedule(t.Context(), cl, id)
		return err == nil && len(d.Next) > 0 && time.Until(d.Next[0]) <= 5*time.Second
	})
	s.kill()
	// a start falls into the first five; what is later yet is missed as well
	time.Sleep(5*time.Second + c.Schedule.CatchUp + 2*time.Second)
	s.start()
	s.until("the starts to be counted as missed", 2*time.Minute, func() bool {
		d, err := control.DescribeSchedule(t.Context(), cl, id)
		return err == nil && d.Missed > 0
	})
	if err := control.SetSchedule(t.Context(), cl, c, control.ScheduleChange{Kind: control.ScheduledRetrain}); err != nil {
		t.Fatal(err)
	}
	for _, fires := range []bool{true, false} {
		m := s.lookSmall()
		if slices.Contains(m.Alarms, registry.AlarmScheduleMissed+id) != fires {
			t.Errorf("alarms %q, schedules %+v: want the one of %q open %v", m.Alarms, m.Schedules, id, fires)
		}
	}
	if opened, cleared := hook.count("opened: A schedule missed a start"),
		hook.count("cleared: A schedule missed a start"); opened != 1 || cleared != 1 {
		t.Errorf("the webhook heard %d times that it opened and %d that it cleared, want once each: %q", opened, cleared,
			hook.heard)
	}
}

// lookSmall runs one look at the small city's champion to its end.
func (s *system) lookSmall() registry.Monitoring {
	s.t.Helper()
	c := s.config()
	c.Source.Name, c.Source.Incidents, c.Source.Months, c.Train.Candidates = "synthetic", 9000, 6, "baseline,linear"
	h, err := control.StartMonitor(s.t.Context(), s.temporal(), control.MonitorInput(c, "manual", "test"))
	if err != nil {
		s.t.Fatal(err)
	}
	var m registry.Monitoring
	if err := h.Get(s.t.Context(), &m); err != nil {
		s.t.Fatal(err)
	}
	return m
}
