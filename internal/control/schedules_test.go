package control_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"lfb/internal/control"
	"lfb/internal/lfb"
	"lfb/workflows"
)

// TestScheduledOneAtATime holds the schedules, made and changed, to what keeps two
// runs of a line from meeting: what comes while the last one runs is skipped, and
// what was missed is caught up within the configured window.
func TestScheduledOneAtATime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.config.Schedule.CatchUp, w.config.Schedule.Cron, w.config.Schedule.TimeZone = 36*time.Hour, "0 6 5 * *",
		"Europe/London"
	check := func(kind, cron, note string, paused bool) *client.ScheduleWorkflowAction {
		t.Helper()
		id, err := control.ScheduleID(kind, line)
		if err != nil || w.temporal.schedules[id] == nil {
			t.Fatalf("schedule %q is not there, %v", id, err)
		}
		s := w.temporal.schedules[id]
		if s.Policy.Overlap != enums.SCHEDULE_OVERLAP_POLICY_SKIP || s.Policy.CatchupWindow != 36*time.Hour {
			t.Errorf("%s: policy = %+v, want skip and 36 h", kind, s.Policy)
		}
		if s.Spec.CronExpressions[0] != cron || s.Spec.TimeZoneName != "Europe/London" || s.State.Note != note ||
			s.State.Paused != paused {
			t.Errorf("%s: spec %+v, state %+v; want %q, %q, paused %v", kind, s.Spec, s.State, cron, note, paused)
		}
		return s.Action.(*client.ScheduleWorkflowAction)
	}
	if err := control.EnsureSchedules(t.Context(), w.temporal, w.config); err != nil {
		t.Fatal(err)
	}
	retrain := check(control.ScheduledRetrain, "0 6 5 * *", "", false)
	if in := retrain.Args[0].(workflows.RetrainInput); in.Trigger != "schedule" || in.Train.Seed != 7 ||
		retrain.TaskQueue != workflows.QueueControl {
		t.Errorf("it starts %+v", retrain)
	}
	monitor := check(control.ScheduledMonitor, w.config.Schedule.Monitor, "", false)
	if in := monitor.Args[0].(workflows.MonitorInput); in.Trigger != "schedule" {
		t.Errorf("it starts %+v", monitor)
	}

	refresh := check(control.ScheduledPlaces, w.config.Schedule.Places, "", false)
	if in := refresh.Args[0].(workflows.RefreshPlacesInput); in.Origin != lfb.Synthetic || in.Who != "schedule" ||
		in.Loaded {
		t.Errorf("it starts %+v", refresh)
	}

	id, err := control.ScheduleID(control.ScheduledRetrain, line)
	if err != nil {
		t.Fatal(err)
	}
	w.temporal.schedules[id].State.Paused = true
	w.temporal.schedules[id].Policy = &client.SchedulePolicies{Overlap: enums.SCHEDULE_OVERLAP_POLICY_ALLOW_ALL}
	got, err := w.SetSchedule(t.Context(), root, control.ScheduleChange{
		Kind: control.ScheduledRetrain, Cron: "0 7 * * *",
		Note: "later",
	})
	if err != nil || got.ID != id || !got.Paused || got.Missed != 2 || got.Skipped != 1 {
		t.Errorf("SetSchedule = %+v, %v", got, err)
	}
	check(control.ScheduledRetrain, "0 7 * * *", "later", true) // set anew, and still paused
	if err := control.EnsureSchedules(t.Context(), w.temporal, w.config); err != nil {
		t.Fatal(err)
	}
	check(control.ScheduledRetrain, "0 7 * * *", "later", true) // what is there stays
	for _, kind := range control.ScheduleKinds() {
		id, _ := control.ScheduleID(kind, line)
		w.temporal.err = nil
		if err := w.ChangeSchedule(t.Context(), root, id, control.TriggerSchedule, "now"); err != nil {
			t.Errorf("%s started by hand: %v", kind, err)
		}
		switch in := w.temporal.input.(type) {
		case workflows.RetrainInput:
			if in.Who != root.Name || !in.WhoVerified || in.Trigger != "manual" || in.Train.Seed != 7 {
				t.Errorf("a retrain started by hand: %+v", in)
			}
		case workflows.MonitorInput:
			if in.Who != root.Name || !in.WhoVerified || in.Trigger != "manual" {
				t.Errorf("a monitor run started by hand: %+v", in)
			}
		case workflows.RefreshPlacesInput:
			if in.Who != root.Name || !in.WhoVerified {
				t.Errorf("a refresh started by hand: %+v", in)
			}
		}
		w.temporal.err = serviceerror.NewWorkflowExecutionAlreadyStarted("started", "", "r")
		if err := w.ChangeSchedule(t.Context(), root, id, control.TriggerSchedule, "again"); !errors.Is(err,
			lfb.ErrConflict) || !strings.Contains(err.Error(), "running already") {
			t.Errorf("%s started while it runs: %v", kind, err)
		}
	}
	w.temporal.err = nil
	if list, err := w.Schedules(t.Context()); err != nil || len(list) != 3 {
		t.Errorf("Schedules = %+v, %v, want all and not one that was deleted meanwhile", list, err)
	}
	if list, err := (control.LineSchedules{Client: w.temporal}).ScheduleStates(t.Context(), "other"); err != nil ||
		len(list) != 0 {
		t.Errorf("ScheduleStates of another line = %+v, %v", list, err)
	}
}
