package workflows

import (
	"context"
	"testing"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"lfb/activities"
	"lfb/internal/registry"
)

// looked is what one look did.
type looked struct {
	saved    []registry.Monitoring
	measured int
	told     int
	retrains []RetrainInput
}

// monitorEnv runs Monitor with activities that answer as told: what they do
// themselves is tested where they are, and on the local stack.
type monitorEnv struct {
	inspected activities.InspectChampionResult
	judge     activities.ApplyRuleResult
	failScore bool
	failTell  bool
}

func (e monitorEnv) run(t *testing.T) (*looked, *registry.Monitoring, error) {
	t.Helper()
	env := newTestEnvironment()
	var a *activities.Activities
	out := &looked{}
	env.RegisterActivity(&activities.Activities{})
	any1 := mock.Anything
	env.OnActivity(a.SaveMonitoring, any1, any1).Return(func(_ context.Context, in activities.SaveMonitoringInput) error {
		out.saved = append(out.saved, in.Monitoring)
		return nil
	})
	env.OnActivity(a.ListFiles, any1, any1).Return(activities.ListFilesResult{}, nil)
	env.OnActivity(a.Clean, any1, any1).Return(activities.CleanResult{DataSet: registry.DataSet{ID: "d2"}, Skipped: true},
		nil)
	env.OnActivity(a.InspectChampion, any1, any1).Return(e.inspected, nil)
	env.OnActivity(a.ScoreChampion, any1, any1).Return(func(context.Context,
		activities.ScoreChampionInput,
	) (activities.ScoreChampionResult, error) {
		out.measured++
		if e.failScore {
			return activities.ScoreChampionResult{}, temporal.NewNonRetryableApplicationError("no such month", "permanent", nil)
		}
		return activities.ScoreChampionResult{Months: []registry.Realised{{Month: "2024-05", Basis: registry.Afresh}}}, nil
	})
	env.OnActivity(a.MeasureDrift, any1,
		any1).Return(activities.MeasureDriftResult{Drift: []registry.Drift{{Feature: "easting"}}}, nil)
	env.OnActivity(a.ApplyRule, any1, any1).Return(e.judge, nil)
	env.OnActivity(a.CheckSchedules, any1, any1).Return(activities.CheckSchedulesResult{}, nil)
	env.OnActivity(a.RaiseAlarms, any1, any1).Return(func(_ context.Context,
		in activities.RaiseAlarmsInput,
	) (activities.RaiseAlarmsResult, error) {
		var r activities.RaiseAlarmsResult
		for _, f := range in.Found {
			if f.Firing {
				r.Open = append(r.Open, f.Name)
				r.Notifications = append(r.Notifications, activities.Notification{
					Channel: "log",
					Alarm:   registry.Alarm{Name: f.Name}, State: registry.AlarmOpened,
				})
			}
		}
		return r, nil
	})
	env.OnActivity(a.Notify, any1, any1).Return(func(context.Context, activities.NotifyInput) error {
		out.told++
		if e.failTell {
			return temporal.NewNonRetryableApplicationError("webhook answered 404", "permanent", nil)
		}
		return nil
	})
	env.RegisterWorkflow(Retrain)
	env.OnWorkflow(Retrain, any1, any1).Return(func(_ workflow.Context, in RetrainInput) (*RetrainResult, error) {
		out.retrains = append(out.retrains, in)
		return &RetrainResult{}, nil
	})
	env.ExecuteWorkflow(Monitor, MonitorInput{Source: activities.SourceSpec{Name: "synthetic"}, Trigger: "manual"})
	if err := env.GetWorkflowError(); err != nil {
		return out, nil, err
	}
	var m registry.Monitoring
	return out, &m, env.GetWorkflowResult(&m)
}

func serving() activities.InspectChampionResult {
	return activities.InspectChampionResult{Version: "v1", Revision: 3}
}

func asks() activities.ApplyRuleResult {
	return activities.ApplyRuleResult{Verdict: registry.MonitorVerdict{
		Retrain: true, Summary: "RMSE 150 s", Checks: []registry.MonitorCheck{{
			Name: "rmse", Fired: true,
			Detail: "RMSE 150 s",
		}},
	}}
}

func TestMonitor(t *testing.T) {
	t.Parallel()
	start, held := asks(), asks()
	start.Start, held.Why = true, "cool-down"
	before := &registry.Monitoring{ID: "before", Months: []registry.Realised{{Month: "2024-04"}}, Verdict: &start.Verdict}
	nothing := activities.InspectChampionResult{Wanting: "nothing serves yet"}
	unchanged := serving()
	unchanged.Unchanged, unchanged.Before = true, before
	for _, c := range []struct {
		name     string
		env      monitorEnv
		outcome  string
		state    registry.RunState
		measured int
		retrains int
		told     int
	}{
		{"nothing serves", monitorEnv{}, registry.MonitorNoChampion, registry.Unchanged, 0, 0, 0},
		{
			"nothing serves, and the data are new",
			monitorEnv{inspected: nothing, judge: start},
			registry.MonitorStarted,
			registry.Succeeded, 0, 1, 1,
		},
		{
			"nothing serves, and it may not start",
			monitorEnv{inspected: nothing, judge: held},
			registry.MonitorNoChampion,
			registry.Unchanged, 0, 0, 1,
		},
		{
			"fine",
			monitorEnv{
				inspected: serving(),
				judge:     activities.ApplyRuleResult{Verdict: registry.MonitorVerdict{Summary: "within the rule"}},
			},
			registry.MonitorFine, registry.Succeeded, 1, 0, 0,
		},
		{
			"starts a retrain",
			monitorEnv{inspected: serving(), judge: start},
			registry.MonitorStarted, registry.Succeeded,
			1, 1, 1,
		},
		{"held back", monitorEnv{inspected: serving(), judge: held}, registry.MonitorHeld, registry.Succeeded, 1, 0, 1},
		{
			"unchanged",
			monitorEnv{
				inspected: unchanged,
				judge:     activities.ApplyRuleResult{Verdict: registry.MonitorVerdict{Summary: "within the rule"}},
			},
			registry.MonitorUnchanged, registry.Unchanged, 0, 0, 0,
		},
		{
			"unchanged, and the cool-down is over",
			monitorEnv{inspected: unchanged, judge: start},
			registry.MonitorStarted,
			registry.Succeeded, 0, 1, 1,
		},
		{
			"nobody can be told",
			monitorEnv{inspected: serving(), judge: held, failTell: true},
			registry.MonitorHeld,
			registry.Succeeded, 1, 0, 1,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			did, m, err := c.env.run(t)
			if err != nil {
				t.Fatal(err)
			}
			if m.Outcome != c.outcome || m.State != c.state || m.Reason == "" {
				t.Errorf("Monitor = %s, %s (%s), want %s, %s", m.State, m.Outcome, m.Reason, c.state, c.outcome)
			}
			if did.measured != c.measured || len(did.retrains) != c.retrains || did.told != c.told {
				t.Errorf("measured %d, started %d, told %d, want %d, %d, %d", did.measured, len(did.retrains), did.told,
					c.measured, c.retrains, c.told)
			}
			last := did.saved[len(did.saved)-1]
			if did.saved[0].State != registry.Running || last.Outcome != c.outcome || last.EndedAt.IsZero() {
				t.Errorf("saved %+v, want running first and the outcome last", did.saved)
			}
			if c.retrains > 0 && (m.Retrain == nil || m.Retrain.WorkflowID != RetrainID(m.Line) ||
				did.retrains[0].Trigger != "monitor") {
				t.Errorf("started %+v with %+v, want the line's one id", m.Retrain, did.retrains[0])
			}
		})
	}
}

// TestMonitorThatFails is written down and raises an alarm.
func TestMonitorThatFails(t *testing.T) {
	t.Parallel()
	did, _, err := monitorEnv{inspected: serving(), failScore: true}.run(t)
	if err == nil {
		t.Fatal("a monitor run that could not score ended well")
	}
	last := did.saved[len(did.saved)-1]
	if last.State != registry.Failed || last.Reason != "no such month" || len(last.Alarms) != 1 ||
		last.Alarms[0] != registry.AlarmMonitorFailed {
		t.Errorf("saved %+v, want failed with its cause and an alarm", last)
	}
}
