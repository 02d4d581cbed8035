package control_test

import (
	"slices"
	"testing"

	"go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"

	"lfb/internal/control"
	"lfb/internal/control/controltest"
	"lfb/internal/registry"
)

func progressOf(t *testing.T, w *world) map[string]control.Step {
	t.Helper()
	p, err := w.Progress(t.Context(), "w", "r")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]control.Step{}
	for _, s := range p.Steps {
		out[s.Name] = s
	}
	return out
}

// TestStepTimes tells queued from run time, by what Temporal wrote down of a run whose
// workers are gone: 4 fits were queued at once and 2 could begin.
func TestStepTimes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.temporal.noWorker, w.temporal.history, w.temporal.status = true, controltest.PromotedRetrain(t)[:108],
		enums.WORKFLOW_EXECUTION_STATUS_COMPLETED
	steps := progressOf(t, w)
	var names []string
	for name, s := range steps {
		names = append(names, name)
		if s.State != control.StepDone || s.Queued.IsZero() || s.Started.Before(s.Queued) || s.Ended.Before(s.Started) ||
			s.WaitedSeconds <= 0 {
			t.Errorf("%+v; want it done, queued before it started, and ended after", s)
		}
	}
	slices.Sort(names)
	if want := []string{
		"clean", "compare", "export", "fetch", "load", "plan", "promote", "train baseline",
		"train baseline-mean", "train gbdt", "train linear",
	}; !slices.Equal(names, want) {
		t.Errorf("steps = %v, want %v", names, want)
	}
	for name, want := range map[string]bool{
		"train gbdt": false, "train linear": false, "train baseline": true,
		"train baseline-mean": true,
	} {
		if s := steps[name]; (s.WaitedSeconds > 1) != want || s.Queued.Add(2e9).Before(s.Started) {
			t.Errorf("%s waited %.3f s; above a second: want %v", name, s.WaitedSeconds, want)
		}
	}
}

// TestStepsOfWhatRuns asks in the middle of the fits, then when the run was terminated there.
func TestStepsOfWhatRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.temporal.noWorker, w.temporal.history = true, controltest.PromotedRetrain(t)[:58]
	for _, e := range w.temporal.history[54:56] {
		w.temporal.pending = append(w.temporal.pending, &workflowpb.PendingActivityInfo{
			ActivityId: e.GetActivityTaskScheduledEventAttributes().GetActivityId(),
			State:      enums.PENDING_ACTIVITY_STATE_STARTED, LastStartedTime: e.GetEventTime(),
		})
	}
	for _, tt := range []struct {
		status               enums.WorkflowExecutionStatus
		working, queued, ago string
	}{
		{enums.WORKFLOW_EXECUTION_STATUS_RUNNING, control.StepRunning, control.StepQueued, control.StepDone},
		{enums.WORKFLOW_EXECUTION_STATUS_TERMINATED, control.StepNotRun, control.StepNotRun, control.StepDone},
	} {
		w.temporal.status = tt.status
		steps := progressOf(t, w)
		for name, want := range map[string]string{
			"train baseline-mean": tt.working, "train baseline": tt.working,
			"train gbdt": tt.queued, "plan": tt.ago,
		} {
			if got := steps[name].State; got != want {
				t.Errorf("%v: %s is %q, want %q", tt.status, name, got, want)
			}
			if s := steps[name]; s.Queued.IsZero() || s.Started.IsZero() != (name == "train gbdt") {
				t.Errorf("%v: %s was queued at %v and started at %v; want that none has taken train gbdt", tt.status, name,
					s.Queued, s.Started)
			}
		}
	}
}

// TestStepsKeepWhatWasTold asks a run whose worker then goes: what it said of its steps stays,
// and Temporal goes on telling where they stand.
func TestStepsKeepWhatWasTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.temporal.history = controltest.PromotedRetrain(t)[:58]
	if s := progressOf(t, w)["fetch"]; s.Detail != "away" {
		t.Fatalf("fetch = %+v, want what the workflow tells", s)
	}
	w.temporal.noWorker = true
	steps := progressOf(t, w)
	if s := steps["fetch"]; s.Detail != "away" || s.State != control.StepDone {
		t.Errorf("without a worker: fetch = %+v, want it done, and its last detail", s)
	}
	if s := steps["plan"]; s.State != control.StepDone || s.Detail != "" {
		t.Errorf("without a worker: plan = %+v, want it done, as Temporal says", s)
	}
}

// TestStepsAreKeptByTheRegistry asks, by an api that never asked before, a run that is over
// and whose worker is gone: what it told at its end stands, and what its steps logged is
// told among what Temporal recorded.
func TestStepsAreKeptByTheRegistry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.temporal.noWorker, w.temporal.history, w.temporal.status = true, controltest.PromotedRetrain(t),
		enums.WORKFLOW_EXECUTION_STATUS_COMPLETED
	w.records.steps = []byte(`[{"name":"train gbdt","state":"done","detail":"400 rounds","reused_from":"before"}]`)
	if s := progressOf(t, w)["train gbdt"]; s.Detail != "400 rounds" || s.ReusedFrom != "before" || s.WaitedSeconds <= 0 {
		t.Errorf("train gbdt = %+v, want what it told, with Temporal's times", s)
	}
	id := ""
	for _, e := range w.temporal.history {
		if a := e.GetActivityTaskScheduledEventAttributes(); a.GetActivityType().GetName() == "Plan" {
			id = a.GetActivityId()
		}
	}
	w.records.logs = []registry.StepLog{
		{ActivityID: id, Attempt: 1, Lines: []registry.LogLine{{Level: "warning", Text: "slow"}}},
		{ActivityID: "another", Attempt: 1, Lines: []registry.LogLine{{Level: "info", Text: "not this step"}}},
	}
	events, err := w.StepEvents(t.Context(), "w", "r", "plan")
	if err != nil || !slices.ContainsFunc(events, func(e control.StepEvent) bool {
		return e.Level == "warning" && e.Detail == "slow"
	}) ||
		slices.ContainsFunc(events, func(e control.StepEvent) bool { return e.Detail == "not this step" }) {
		t.Errorf("events = %+v, %v; want the line of the step's own activity", events, err)
	}
}
