package control

import (
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
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
		p.apply(&historypb.HistoryEvent{EventType: event})
		got := (&StepTimes{parts: []*stepPart{p}}).steps()
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
		if got := times.steps(); len(got) != 1 || got[0].State != tt.want {
			t.Errorf("%+v: %+v, want it %s", tt.parts, got, tt.want)
		}
	}
}
