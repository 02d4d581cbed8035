package control

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"lfb/activities"
	"lfb/internal/lfb"
	"lfb/workflows"
)

// StepTimes is what Temporal knows of the activities and child workflows of one run. It
// reads the history again only when it has grown; the zero value has read nothing.
type StepTimes struct {
	parts  []*stepPart          // in the order in which they were queued
	byID   map[string]*stepPart // by the activity's id; nil: nothing was read
	length int64                // of the history that was read, in events
	closed time.Time            // of the run; zero while it is open
}

// stepPart is one activity, or one child workflow, of a step.
type stepPart struct {
	step                   string
	queued, started, ended time.Time
	failure                string
	cut                    string // how it was cut off, which is no failure; empty where it was not
	attempts               int
	beat                   activities.Heartbeat // the last; zero where it does not run
	summary                string
	waits                  string // for whom, where that is a program elsewhere; empty where it is a worker of ours
	id                     string // of the activity; empty of a child workflow
	events                 []StepEvent
}

// addEvent adds an event.
func (p *stepPart) addEvent(at time.Time, what, detail string) {
	p.events = append(p.events, StepEvent{At: at, Part: p.summary, What: what, Detail: detail})
}

// Refine gives the steps of a workflow, as it tells of them itself, what Temporal knows of
// them: when a worker took them, and how long they waited for one.
func (t *StepTimes) Refine(ctx context.Context, cl client.Client, workflowID, runID string, steps []Step) error {
	err := t.readTimes(ctx, cl, workflowID, runID)
	if err == nil {
		t.refineSteps(steps)
	}
	return err
}

// readTimes asks Temporal.
func (t *StepTimes) readTimes(ctx context.Context, cl client.Client, workflowID, runID string) error {
	d, err := cl.DescribeWorkflowExecution(ctx, workflowID, runID)
	if err != nil {
		return err
	}
	info := d.GetWorkflowExecutionInfo()
	if t.byID == nil || t.length != info.GetHistoryLength() {
		if err := t.readParts(ctx, cl, workflowID, info.GetExecution().GetRunId()); err != nil {
			return err
		}
		t.length = info.GetHistoryLength()
	}
	if info.GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
		t.closed = info.GetCloseTime().AsTime()
	}
	for _, a := range d.GetPendingActivities() { // their start is not in the history yet
		if part := t.byID[a.GetActivityId()]; part != nil {
			part.applyPending(a)
		}
	}
	return nil
}

// readParts reads the whole history.
func (t *StepTimes) readParts(ctx context.Context, cl client.Client, workflowID, runID string) error {
	byEvent := map[int64]*stepPart{}
	t.parts, t.byID = nil, map[string]*stepPart{}
	events := cl.GetWorkflowHistory(ctx, workflowID, runID, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		if err != nil {
			t.byID = nil
			return err
		}
		if name, summary := partOf(e); name != "" {
			part := &stepPart{step: name, summary: summary, queued: e.GetEventTime().AsTime()}
			part.waits = describeWait(part.queued, e.GetActivityTaskScheduledEventAttributes())
			part.addEvent(part.queued, "queued", part.waits)
			t.parts = append(t.parts, part)
			byEvent[e.GetEventId()] = part
			part.id = e.GetActivityTaskScheduledEventAttributes().GetActivityId()
			t.byID[part.id] = part
			continue
		}
		if part := byEvent[scheduledBy(e)]; part != nil {
			part.applyEvent(e)
		}
	}
	return nil
}

// applyPending takes over how an activity stands that is not over.
func (p *stepPart) applyPending(a *workflowpb.PendingActivityInfo) {
	p.events, p.started = p.events[:1], time.Time{} // what the history has is that it was queued
	p.attempts = int(a.GetAttempt())
	if f := a.GetLastFailure(); f != nil {
		p.addEvent(a.GetLastStartedTime().AsTime(), fmt.Sprintf("attempt %d failed", p.attempts-1), failureCause(f))
	}
	if a.GetState() == enums.PENDING_ACTIVITY_STATE_SCHEDULED {
		return
	}
	p.started = a.GetLastStartedTime().AsTime()
	p.addEvent(p.started, fmt.Sprintf("taken, attempt %d", p.attempts), "by "+a.GetLastWorkerIdentity())
	if payloads := a.GetHeartbeatDetails(); payloads != nil {
		_ = converter.GetDefaultDataConverter().FromPayloads(payloads, &p.beat) // of another release: it says nothing
		p.addEvent(a.GetLastHeartbeatTime().AsTime(), "heartbeat", DescribeDone(p.beat.Done, p.beat.Total, p.beat.Unit))
	}
}

// DescribeDone says how far a step has come: 212 of 400 rounds; empty where it does not know.
var DescribeDone = activities.DescribeDone

// partOf is the step that an event begins a part of, and the part's summary; empty for any other event.
func partOf(e *historypb.HistoryEvent) (step, summary string) {
	if a := e.GetActivityTaskScheduledEventAttributes(); a != nil {
		// none: it is of a step that needs none
		_ = converter.GetDefaultDataConverter().FromPayload(e.GetUserMetadata().GetSummary(), &summary)
		return workflows.StepOf(a.GetActivityType().GetName(), summary), summary
	}
	return workflows.StepOf(e.GetStartChildWorkflowExecutionInitiatedEventAttributes().GetWorkflowType().GetName(), ""), ""
}

// describeWait says for which program a fit elsewhere waits, and until when; empty of anything else.
func describeWait(queued time.Time, a *historypb.ActivityTaskScheduledEventAttributes) string {
	if a.GetActivityType().GetName() != activities.FitCandidate {
		return ""
	}
	until := queued.Add(a.GetScheduleToStartTimeout().AsDuration()).In(lfb.London)
	return fmt.Sprintf("waits until %s for a program that polls %s", until.Format(time.TimeOnly),
		a.GetTaskQueue().GetName())
}

// scheduledBy is the id of the event that queued what e tells of; 0 for any other.
func scheduledBy(e *historypb.HistoryEvent) int64 {
	return cmp.Or(
		e.GetActivityTaskStartedEventAttributes().GetScheduledEventId(),
		e.GetActivityTaskCompletedEventAttributes().GetScheduledEventId(),
		e.GetActivityTaskFailedEventAttributes().GetScheduledEventId(),
		e.GetActivityTaskTimedOutEventAttributes().GetScheduledEventId(),
		e.GetActivityTaskCanceledEventAttributes().GetScheduledEventId(),
		e.GetChildWorkflowExecutionStartedEventAttributes().GetInitiatedEventId(),
		e.GetChildWorkflowExecutionCompletedEventAttributes().GetInitiatedEventId(),
		e.GetChildWorkflowExecutionFailedEventAttributes().GetInitiatedEventId(),
		e.GetChildWorkflowExecutionTimedOutEventAttributes().GetInitiatedEventId(),
		e.GetChildWorkflowExecutionCanceledEventAttributes().GetInitiatedEventId(),
		e.GetChildWorkflowExecutionTerminatedEventAttributes().GetInitiatedEventId())
}

// applyEvent takes over what an event says of the part.
func (p *stepPart) applyEvent(e *historypb.HistoryEvent) {
	at := e.GetEventTime().AsTime()
	switch e.GetEventType() {
	case enums.EVENT_TYPE_ACTIVITY_TASK_STARTED, enums.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED:
		p.started = at
		a := e.GetActivityTaskStartedEventAttributes()
		if p.attempts = int(a.GetAttempt()); a.GetLastFailure() != nil {
			p.addEvent(at, fmt.Sprintf("attempt %d failed", p.attempts-1), failureCause(a.GetLastFailure()))
		}
		p.addEvent(at, "taken", "by "+a.GetIdentity())
	case enums.EVENT_TYPE_ACTIVITY_TASK_COMPLETED, enums.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_COMPLETED:
		p.ended = at
	case enums.EVENT_TYPE_ACTIVITY_TASK_CANCELED, enums.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_CANCELED:
		p.ended, p.cut = at, "cancelled"
	case enums.EVENT_TYPE_ACTIVITY_TASK_FAILED, enums.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_FAILED:
		p.ended = at
		p.failure = failureCause(cmp.Or(e.GetActivityTaskFailedEventAttributes().GetFailure(),
			e.GetChildWorkflowExecutionFailedEventAttributes().GetFailure()))
	case enums.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT, enums.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_TIMED_OUT:
		p.ended, p.failure = at, "timed out"
	case enums.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_TERMINATED:
		p.ended, p.cut = at, "terminated"
	}
	if p.ended.IsZero() {
		return
	}
	what := "done"
	if p.failure != "" {
		what = "failed"
	}
	p.addEvent(at, cmp.Or(p.cut, what), p.failure)
}

// listSteps is what there is to show where no worker answers for the workflow. A step is not
// run where a part was cut off and none came after: a search that ran out of time saves what it found.
func (t *StepTimes) listSteps() []Step {
	var out []Step
	for _, p := range t.parts {
		i := slices.IndexFunc(out, func(s Step) bool { return s.Name == p.step })
		if i < 0 {
			i, out = len(out), append(out, Step{Name: p.step, State: StepDone, Queued: p.queued})
		}
		s := &out[i]
		cutAt := s.Ended
		s.Ended = p.ended
		switch {
		case p.ended.IsZero():
			s.State = StepRunning
		case p.failure != "":
			s.State, s.Detail = StepFailed, p.failure
		case p.cut != "" && s.State != StepFailed:
			s.State, s.Detail = StepNotRun, p.cut
		case s.State == StepNotRun && p.queued.After(cutAt): // it went on
			s.State, s.Detail = StepDone, ""
		}
	}
	return out
}

func (t *StepTimes) refineSteps(steps []Step) {
	for i := range steps {
		t.refineStep(&steps[i])
	}
}

// refineStep gives a step the times of its parts, and says queued of one that no worker
// has taken, and not run of one that the run's end cut off.
func (t *StepTimes) refineStep(s *Step) {
	var first, started time.Time
	waiting, working, elsewhere := false, false, ""
	for _, p := range t.parts {
		if p.step != s.Name {
			continue
		}
		if first.IsZero() {
			first = p.queued
		}
		if p.started.IsZero() {
			if p.ended.IsZero() {
				waiting, elsewhere = true, p.waits
			}
			continue
		}
		working = working || p.ended.IsZero()
		if s.Attempts = max(s.Attempts, p.attempts); p.ended.IsZero() {
			s.Done, s.Total, s.Unit = p.beat.Done, p.beat.Total, p.beat.Unit
		}
		s.WaitedSeconds += p.started.Sub(p.queued).Seconds()
		if started.IsZero() || p.started.Before(started) {
			started = p.started
		}
	}
	if !first.IsZero() {
		s.Queued, s.Started = first, started
	}
	switch {
	case s.State != StepRunning:
	case !t.closed.IsZero():
		s.State, s.Detail, s.Ended = StepNotRun, "the run ended before it", t.closed
	case waiting && !working:
		s.State, s.Detail = StepQueued, cmp.Or(elsewhere, s.Detail)
	}
}
