package control

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"lfb/activities"
	"lfb/internal/lfb"
	"lfb/workflows"
)

// supersededReason is what an open run of an older release ends with.
const supersededReason = "started by a release before 0.1.0, whose workflows this one cannot go on with: start it again"

// supersededMark is the detail of a termination by SupersedeOpenRuns, which tells it from anybody else's.
const supersededMark = "superseded"

// SupersedeOpenRuns ends the open workflows that a release before 0.1.0 started: no
// worker can go on with them. Their runs end as superseded. It returns how many
// there were. Where a later release has been set up before, there are none: what
// carries no mark was then started by hand, in the Temporal Web UI.
func SupersedeOpenRuns(ctx context.Context, cl client.Client, namespace string, store Runs,
	now time.Time,
) (int, error) {
	first, err := isFirstSetup(ctx, cl)
	if err != nil || !first {
		return 0, err
	}
	open, err := openExecutions(ctx, cl, namespace, store)
	if err != nil {
		return 0, err
	}
	ended := 0
	for _, e := range open {
		d, err := cl.DescribeWorkflowExecution(ctx, e.GetWorkflowId(), e.GetRunId())
		w := d.GetWorkflowExecutionInfo()
		if isNotFound(err) || err == nil && (w.GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_RUNNING ||
			!startedBefore010(w)) {
			continue
		}
		if err == nil {
			err = cl.TerminateWorkflow(ctx, e.GetWorkflowId(), e.GetRunId(), supersededReason, supersededMark)
		}
		if err != nil && !isNotFound(err) {
			return ended, fmt.Errorf("end %s: %w", e.GetWorkflowId(), err)
		}
		ended++
	}
	_, err = ReconcileRuns(ctx, cl, namespace, store, now)
	return ended, err
}

// openExecutions is what Temporal lists as running, and what is open on record: the
// list may be some seconds behind.
func openExecutions(ctx context.Context, cl client.Client, namespace string,
	store Runs,
) ([]*common.WorkflowExecution, error) {
	records, err := store.OpenRecords(ctx)
	if err != nil {
		return nil, err
	}
	var out []*common.WorkflowExecution
	for _, r := range records {
		if r.WorkflowID != "" {
			out = append(out, &common.WorkflowExecution{WorkflowId: r.WorkflowID, RunId: r.WorkflowRunID})
		}
	}
	for page := []byte(nil); ; {
		list, err := cl.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
			Namespace: namespace, NextPageToken: page,
			Query: fmt.Sprintf("ExecutionStatus = 'Running' AND TaskQueue = '%s'", workflows.QueueControl),
		})
		if err != nil {
			return nil, err
		}
		for _, w := range list.GetExecutions() {
			out = append(out, w.GetExecution())
		}
		if page = list.GetNextPageToken(); len(page) == 0 {
			return out, nil
		}
	}
}

// isFirstSetup says whether no release since 0.1.0 was set up here: it would have
// brought the schedules to its own workflows.
func isFirstSetup(ctx context.Context, cl client.Client) (bool, error) {
	found := false
	for _, origin := range lfb.Origins() {
		for _, kind := range ScheduleKinds() {
			id, err := ScheduleID(kind, origin.Line())
			if err != nil {
				return false, err
			}
			d, err := cl.ScheduleClient().GetHandle(ctx, id).Describe(ctx)
			if isNotFound(err) {
				continue
			}
			if err != nil {
				return false, fmt.Errorf("%s: %w", id, err)
			}
			if !isMarked(d.Schedule.Action) {
				return true, nil
			}
			found = true
		}
	}
	return !found, nil
}

// isMarked says whether what a schedule starts carries the mark of every start since 0.1.0.
func isMarked(a client.ScheduleAction) bool {
	w, ok := a.(*client.ScheduleWorkflowAction)
	return ok && w.Memo[workflows.MemoContract] != nil
}

// startedBefore010 says whether an execution lacks the mark that every start has since,
// and the one that today's workflows give themselves.
func startedBefore010(w *workflow.WorkflowExecutionInfo) bool {
	_, marked := w.GetMemo().GetFields()[workflows.MemoContract]
	_, today := w.GetSearchAttributes().GetIndexedFields()[activities.AttrRun]
	return !marked && !today
}

func isNotFound(err error) bool {
	_, ok := errors.AsType[*serviceerror.NotFound](err)
	return ok
}

// renewAction brings a schedule that an older release made to today's workflow and
// input. When it runs, its note and whether it is paused stay as they were.
func renewAction(ctx context.Context, cl client.Client, o client.ScheduleOptions) error {
	return cl.ScheduleClient().GetHandle(ctx, o.ID).Update(ctx, client.ScheduleUpdateOptions{
		DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
			s := in.Description.Schedule
			if isMarked(s.Action) {
				return nil, temporal.ErrSkipScheduleUpdate
			}
			s.Action = o.Action
			return &client.ScheduleUpdate{Schedule: &s}, nil
		},
	})
}
