package verb

import (
	"bytes"
	"context"
	"regexp"
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"lfb/internal/control/controltest"
	"lfb/workflows"
)

// recordedRun is a client of a Temporal that has one retrain, which is over. What it
// embeds is nil: a call that no test expects panics.
type recordedRun struct {
	client.Client
	progress workflows.Progress
	events   []*historypb.HistoryEvent
	reads    int // of its history
}

func (r *recordedRun) QueryWorkflow(context.Context, string, string, string, ...any) (converter.EncodedValue, error) {
	payloads, err := converter.GetDefaultDataConverter().ToPayloads(r.progress)
	return client.NewValue(payloads), err
}

func (r *recordedRun) DescribeWorkflowExecution(context.Context, string,
	string,
) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	return &workflowservice.DescribeWorkflowExecutionResponse{
		WorkflowExecutionInfo: &workflow.WorkflowExecutionInfo{Status: enums.WORKFLOW_EXECUTION_STATUS_COMPLETED},
	}, nil
}

func (r *recordedRun) GetWorkflowHistory(context.Context, string, string, bool,
	enums.HistoryEventFilterType,
) client.HistoryEventIterator {
	r.reads++
	return r
}

func (r *recordedRun) HasNext() bool { return len(r.events) > 0 }

func (r *recordedRun) Next() (*historypb.HistoryEvent, error) {
	e := r.events[0]
	r.events = r.events[1:]
	return e, nil
}

// TestWatchTellsWaitingFromRunning shows a fit that lay in the queue for seconds and ran for less
// than one; the workflow itself knows only when it was queued and when it ended.
func TestWatchTellsWaitingFromRunning(t *testing.T) {
	t.Parallel()
	history := controltest.PromotedRetrain(t)
	r := &recordedRun{events: history}
	var queued, ended time.Time
	var id int64 // of the event that queued the fit
	for _, e := range history {
		if e.GetActivityTaskScheduledEventAttributes() != nil && string(e.GetUserMetadata().GetSummary().GetData()) == `"baseline"` {
			queued, id = e.GetEventTime().AsTime(), e.GetEventId()
		}
		if a := e.GetActivityTaskCompletedEventAttributes(); a != nil && a.GetScheduledEventId() == id {
			ended = e.GetEventTime().AsTime()
		}
	}
	r.progress.Steps = []workflows.Step{{
		Name: "train baseline", State: workflows.StepDone, Detail: "fitted",
		Started: queued, Ended: ended,
	}}
	var out bytes.Buffer
	v := &watcher{w: &out, printed: map[int]bool{}}
	for range 3 {
		v.printEnded(t.Context(), r, "id", "", false)
	}
	if r.reads != 1 {
		t.Errorf("its history, which did not grow, was read %d times", r.reads)
	}
	if !regexp.MustCompile(`^  train baseline +done +0\.\d s  fitted \(waited [1-9]\d* s for a worker\)\n$`).MatchString(out.String()) {
		t.Errorf("it shows %q, want how long it ran, and how long it waited apart", out.String())
	}
}
