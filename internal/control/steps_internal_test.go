package control

import (
	"slices"
	"testing"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/converter"

	"lfb/activities"
)

// TestStepStates is what an event makes of the step whose only part it is told of.
func TestStepStates(t *testing.T) {
	t.Parallel()
	for event, want := range map[enums.EventType]string{
		enums.EVENT_TYPE_ACTIVITY_TASK_STARTED:               StepRunning,
		enums.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:             StepDone,
		enums.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT:             StepFailed,
		enums.EVENT_TYPE_ACTIVITY_TASK_CANCELED:              StepNotRun,
		enums.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED:    StepRunning,
		enums.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_COMPLETED:  StepDone,
		enums.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_TIMED_OUT:  StepFailed,
		enums.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_CANCELED:   StepNotRun,
		enums.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_TERMINATED: StepNotRun,
	} {
		p := &stepPart{step: "fetch", queued: time.Unix(1, 0)}
		p.applyEvent(&historypb.HistoryEvent{EventType: event})
		got := (&StepTimes{parts: []*stepPart{p}}).listSteps()
		if len(got) != 1 || got[0].State != want {
			t.Errorf("%v: %+v, want it %s", event, got, want)
		}
	}
}

// TestStepOfSeveralParts: what goes on after a cut is done, but a failure stays one.
func TestStepOfSeveralParts(t *testing.T) {
	t.Parallel()
	done, cut, failed := stepPart{}, stepPart{cut: "cancelled"}, stepPart{failure: "away"}
	for _, tt := range []struct {
		parts []stepPart
		want  string
	}{
		{[]stepPart{done, cut}, StepNotRun},
		{[]stepPart{cut, cut, done}, StepDone},
		{[]stepPart{failed, cut}, StepFailed},
		{[]stepPart{cut, failed}, StepFailed},
	} {
		times := &StepTimes{}
		for i, p := range tt.parts {
			p.step, p.queued, p.ended = "tune", time.Unix(int64(10*i), 0), time.Unix(int64(10*i+5), 0)
			times.parts = append(times.parts, &p)
		}
		if got := times.listSteps(); len(got) != 1 || got[0].State != tt.want {
			t.Errorf("%+v: %+v, want it %s", tt.parts, got, tt.want)
		}
	}
}

// TestStepTellsWhatHappened: a part that is tried again says how often and why, and one that
// runs how far it has come.
func TestStepTellsWhatHappened(t *testing.T) {
	t.Parallel()
	beat, err := converter.GetDefaultDataConverter().ToPayloads(activities.Heartbeat{
		Step: "train gbdt", Done: 212,
		Total: 400, Unit: "rounds",
	})
	if err != nil {
		t.Fatal(err)
	}
	p := &stepPart{step: "train gbdt", summary: "gbdt", queued: time.Unix(1, 0)}
	p.addEvent(p.queued, "queued", "")
	p.applyPending(&workflowpb.PendingActivityInfo{
		State: enums.PENDING_ACTIVITY_STATE_STARTED, Attempt: 2, LastWorkerIdentity: "7@w",
		LastFailure: &failurepb.Failure{Message: "stopped"}, HeartbeatDetails: beat,
	})
	s := Step{Name: "train gbdt", State: StepRunning}
	(&StepTimes{parts: []*stepPart{p}}).refineStep(&s)
	if s.Attempts != 2 || s.Done != 212 || s.Total != 400 || s.Unit != "rounds" {
		t.Errorf("step = %+v, want its second attempt at 212 of 400 rounds", s)
	}
	var got []string
	for _, e := range p.events {
		got = append(got, e.Part+" "+e.What+" "+e.Detail)
	}
	want := []string{
		"gbdt queued ", "gbdt attempt 1 failed stopped", "gbdt taken, attempt 2 by 7@w",
		"gbdt heartbeat 212 of 400 rounds",
	}
	if !slices.Equal(got, want) {
		t.Errorf("events = %q, want %q", got, want)
	}
}

// TestFitElsewhereSaysForWhomItWaits: which queue somebody has to poll, and until when, in London's time.
func TestFitElsewhereSaysForWhomItWaits(t *testing.T) {
	t.Parallel()
	a := &historypb.ActivityTaskScheduledEventAttributes{
		ActivityType: &commonpb.ActivityType{Name: activities.FitCandidate},
		TaskQueue:    &taskqueuepb.TaskQueue{Name: "train-nobody"},
	}
	queued := time.Date(2026, 7, 1, 1, 10, 0, 0, time.UTC)
	s := Step{Name: "train external:nobody", State: StepRunning}
	(&StepTimes{parts: []*stepPart{{
		step: s.Name, queued: time.Unix(1, 0),
		waits: describeWait(queued, a),
	}}}).refineStep(&s)
	if s.State != StepQueued || s.Detail != "waits until 02:10:00 for a program that polls train-nobody" {
		t.Errorf("%+v", s)
	}
}
