package control_test

import (
	"context"
	"errors"
	"testing"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"

	"lfb/internal/control"
	"lfb/internal/registry"
)

// oneExecution is a Temporal that knows one execution, and of it what a test says.
type oneExecution struct {
	client.Client

	status        enums.WorkflowExecutionStatus
	more          *workflowpb.WorkflowExecutionExtendedInfo
	last          *historypb.HistoryEvent
	away, missing error
	pollers       []*taskqueuepb.PollerInfo
}

func (o *oneExecution) WorkflowService() workflowservice.WorkflowServiceClient {
	return oneNamespace{}
}

// oneNamespace is the service's own client, which is asked for the namespace's id only.
type oneNamespace struct {
	workflowservice.WorkflowServiceClient
}

func (oneNamespace) DescribeNamespace(context.Context, *workflowservice.DescribeNamespaceRequest,
	...grpc.CallOption,
) (*workflowservice.DescribeNamespaceResponse, error) {
	return &workflowservice.DescribeNamespaceResponse{NamespaceInfo: &namespacepb.NamespaceInfo{Id: "here"}}, nil
}

func (o *oneExecution) DescribeWorkflowExecution(context.Context, string,
	string,
) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	return &workflowservice.DescribeWorkflowExecutionResponse{
		WorkflowExecutionInfo: &workflowpb.WorkflowExecutionInfo{
			Status:    o.status,
			Execution: &commonpb.WorkflowExecution{WorkflowId: "w", RunId: "r"},
		},
		WorkflowExtendedInfo: o.more,
	}, errors.Join(o.away, o.missing)
}

func (o *oneExecution) GetWorkflowHistory(context.Context, string, string, bool,
	enums.HistoryEventFilterType,
) client.HistoryEventIterator {
	return &fakeHistory{events: []*historypb.HistoryEvent{o.last}}
}

func (o *oneExecution) DescribeTaskQueue(context.Context, string,
	enums.TaskQueueType,
) (*workflowservice.DescribeTaskQueueResponse, error) {
	return &workflowservice.DescribeTaskQueueResponse{Pollers: o.pollers}, nil
}

func (o *oneExecution) ListWorkflow(context.Context,
	*workflowservice.ListWorkflowExecutionsRequest,
) (*workflowservice.ListWorkflowExecutionsResponse, error) {
	return &workflowservice.ListWorkflowExecutionsResponse{}, nil
}

// oneRecord is a registry with one open run.
type oneRecord struct {
	control.Runs
	record registry.Record
}

func (o *oneRecord) OpenRecords(context.Context) ([]registry.Record, error) {
	return []registry.Record{o.record}, nil
}

func (o *oneRecord) SwapRecord(_ context.Context, _, now registry.Record) (bool, error) {
	o.record = now
	return true, nil
}

// TestReconcile holds the rules; that they fit the real server is tested beside it, in
// deploy/local.
func TestReconcile(t *testing.T) {
	t.Parallel()
	ended := func(identity string) *historypb.HistoryEvent {
		return &historypb.HistoryEvent{Attributes: &historypb.HistoryEvent_WorkflowExecutionTerminatedEventAttributes{
			WorkflowExecutionTerminatedEventAttributes: &historypb.WorkflowExecutionTerminatedEventAttributes{
				Identity: identity, Reason: "enough",
			},
		}}
	}
	for name, tt := range map[string]struct {
		temporal  oneExecution
		namespace string // on record
		want      registry.RunState
		endedBy   string
	}{
		"runs": {oneExecution{status: enums.WORKFLOW_EXECUTION_STATUS_RUNNING}, "here", registry.Running, ""},
		"asked to end": {oneExecution{
			status: enums.WORKFLOW_EXECUTION_STATUS_RUNNING,
			more:   &workflowpb.WorkflowExecutionExtendedInfo{CancelRequested: true},
		}, "", registry.Cancelling, ""},
		"terminated": {
			oneExecution{status: enums.WORKFLOW_EXECUTION_STATUS_TERMINATED, last: ended("jim")},
			"here",
			registry.Terminated, "jim",
		},
		"reset": {oneExecution{
			status: enums.WORKFLOW_EXECUTION_STATUS_TERMINATED,
			last:   ended("history-resetter"),
		}, "here", registry.Superseded, ""},
		"timed out":       {oneExecution{status: enums.WORKFLOW_EXECUTION_STATUS_TIMED_OUT}, "", registry.TimedOut, ""},
		"cancelled":       {oneExecution{status: enums.WORKFLOW_EXECUTION_STATUS_CANCELED}, "", registry.Cancelled, ""},
		"completed":       {oneExecution{status: enums.WORKFLOW_EXECUTION_STATUS_COMPLETED}, "", registry.Succeeded, ""},
		"failed":          {oneExecution{status: enums.WORKFLOW_EXECUTION_STATUS_FAILED}, "", registry.Failed, ""},
		"not there":       {oneExecution{missing: serviceerror.NewNotFound("gone")}, "here", registry.Lost, ""},
		"never was":       {oneExecution{missing: serviceerror.NewNotFound("gone")}, "", registry.Lost, ""},
		"Temporal away":   {oneExecution{away: serviceerror.NewUnavailable("away")}, "here", registry.Running, ""},
		"other namespace": {oneExecution{missing: serviceerror.NewNotFound("gone")}, "there", registry.Running, ""},
	} {
		store := &oneRecord{record: registry.Record{
			Kind: registry.RunRecord, ID: "id", State: registry.Running,
			WorkflowID: "w", WorkflowRunID: "r", StartedAt: clock,
		}}
		store.record.Namespace = tt.namespace
		if tt.temporal.last == nil {
			tt.temporal.last = &historypb.HistoryEvent{}
		}
		_, err := control.ReconcileRuns(t.Context(), &tt.temporal, "default", store, clock)
		got := store.record
		if (err != nil) != (tt.temporal.away != nil) || got.State != tt.want || got.EndedBy != tt.endedBy &&
			tt.endedBy != "" || got.EndedAt.IsZero() != got.State.IsOpen() {
			t.Errorf("%s: the record became %+v, %v; want %s", name, got, err, tt.want)
		}
		if wantNoWorker := tt.temporal.status == enums.WORKFLOW_EXECUTION_STATUS_RUNNING; got.NoWorker != wantNoWorker {
			t.Errorf("%s: no worker is %v, want %v", name, got.NoWorker, wantNoWorker)
		}
	}
}
