package main

import (
	"fmt"
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"lfb/deploy/local/stack"
	"lfb/internal/app"
	"lfb/internal/config"
	"lfb/internal/lfb"
	"lfb/internal/mysql"
	"lfb/internal/registry"
	"lfb/workflows"
)

// TestSetupAfterAnOlderRelease starts what a release before 0.1.0 left behind, a
// retrain under way and a schedule that is paused, and sets up again: the retrain
// ends as superseded, the schedule keeps its time, its note and its pause and starts
// what this release understands. Done once more, nothing changes.
func TestSetupAfterAnOlderRelease(t *testing.T) {
	ctx, log := t.Context(), zaptest.NewLogger(t)
	none := func(string) (string, bool) { return "", false }
	c, err := config.Load("test", []string{"-source", "synthetic", "-state.dir", t.TempDir()}, none)
	if err != nil {
		t.Fatal(err)
	}
	s, err := stack.Start(ctx, stack.Options{
		Dir: c.State.Dir, Namespace: c.Temporal.Namespace, SearchAttributes: app.SearchAttributes(),
		Database: stack.Embedded, Log: log,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.Config(c)
	if _, err := app.Setup(ctx, c, log); err != nil {
		t.Fatal(err)
	}
	cl, err := app.Dial(ctx, c, log)
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	db, err := mysql.Open(ctx, c.MySQL)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	line := lfb.Synthetic.Line()
	old, err := cl.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:        workflows.RetrainID(line),
		TaskQueue: workflows.QueueControl,
	},
		"Retrain", map[string]any{"Source": map[string]any{"name": "synthetic"}})
	if err != nil {
		t.Fatal(err)
	}
	run := registry.Run{
		ID: "20261101-000000-0ld", Line: line, Origin: lfb.Synthetic, State: registry.Running, Config: []byte("{}"),
		WorkflowID: old.GetID(), WorkflowRunID: old.GetRunID(), StartedAt: time.Now().UTC(),
	}
	if err := db.SaveRun(ctx, run); err != nil {
		t.Fatal(err)
	}
	schedule := cl.ScheduleClient().GetHandle(ctx, workflows.ScheduleID(line))
	if err := schedule.Delete(ctx); err != nil {
		t.Fatal(err)
	}
	_, err = cl.ScheduleClient().Create(ctx, client.ScheduleOptions{
		ID: workflows.ScheduleID(line), Spec: client.ScheduleSpec{CronExpressions: []string{"0 5 6 * *"}}, Paused: true,
		Note: "away in May",
		Action: &client.ScheduleWorkflowAction{
			ID: "old", Workflow: "Scheduled", TaskQueue: workflows.QueueControl,
			Args: []any{map[string]any{"Source": 1}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := app.Setup(ctx, c, log); err != nil {
			t.Fatal(err)
		}
		d, err := cl.DescribeWorkflowExecution(ctx, old.GetID(), old.GetRunID())
		if err != nil || d.GetWorkflowExecutionInfo().GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_TERMINATED {
			t.Fatalf("the old retrain is %v, %v; want it terminated", d.GetWorkflowExecutionInfo().GetStatus(), err)
		}
		got, _, err := db.Run(ctx, run.ID)
		if err != nil || got.State != registry.Superseded || got.EndedAt.IsZero() {
			t.Errorf("its run is %s, ended %v, %v; want it superseded", got.State, got.EndedAt, err)
		}
		state, err := schedule.Describe(ctx)
		if err != nil {
			t.Fatal(err)
		}
		action, ok := state.Schedule.Action.(*client.ScheduleWorkflowAction)
		if !ok || action.Workflow != "ScheduledRetrain" {
			t.Errorf("the schedule starts %+v, want ScheduledRetrain", state.Schedule.Action)
		}
		if st := state.Schedule.State; !st.Paused || st.Note != "away in May" || len(state.Schedule.Spec.Calendars) != 1 ||
			state.Schedule.Spec.Calendars[0].Hour[0].Start != 5 {
			t.Errorf("the schedule is %+v, %+v; want its time, note and pause as they were", st, state.Schedule.Spec)
		}
	}
	staysOpen(t, c, cl, log)
}

// staysOpen starts a retrain as the Temporal Web UI does, without the mark that every
// start of this release carries, and sets up again: it is left alone.
func staysOpen(t *testing.T, c *config.Config, cl client.Client, log *zap.Logger) {
	t.Helper()
	ctx := t.Context()
	byHand, err := cl.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: "by hand", TaskQueue: workflows.QueueControl},
		"Retrain", map[string]any{})
	if err != nil {
		t.Fatal(err)
	}
	pollUntil(t, "the retrain in the list", time.Minute, func() (bool, string) { // which is some seconds behind
		list, err := cl.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
			Namespace: c.Temporal.Namespace, Query: "WorkflowId = 'by hand' AND ExecutionStatus = 'Running'",
		})
		return err == nil && len(list.GetExecutions()) == 1, fmt.Sprint(list.GetExecutions(), err)
	})
	if _, err := app.Setup(ctx, c, log); err != nil {
		t.Fatal(err)
	}
	d, err := cl.DescribeWorkflowExecution(ctx, byHand.GetID(), byHand.GetRunID())
	if err != nil || d.GetWorkflowExecutionInfo().GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
		t.Errorf("a retrain that was started by hand is %v, %v; want it running", d.GetWorkflowExecutionInfo().GetStatus(),
			err)
	}
}
