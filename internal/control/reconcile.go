package control

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/workflows"
)

// Runs is the registry as reconciliation needs it.
type Runs interface {
	registry.Executions
	// Run returns the run and its leaderboard; lfb.ErrNotFound.
	Run(ctx context.Context, id string) (registry.Run, []registry.Candidate, error)
	// RunSteps is what the run of an execution told of its steps at its end; lfb.ErrNotFound.
	RunSteps(ctx context.Context, workflowRunID string) (json.RawMessage, error)
	// StepLogs are the last lines that the activities of an execution logged.
	StepLogs(ctx context.Context, workflowRunID string) ([]registry.StepLog, error)
}

const (
	// reconcileEvery is how often the records of what runs are compared with Temporal.
	reconcileEvery = 20 * time.Second
	// pollerGone is how long a worker's last request for work may be ago: one waits a
	// minute at most.
	pollerGone = 2 * time.Minute
	// resetIdentity is who Temporal says terminated an execution that was reset.
	resetIdentity = "history-resetter"
)

// NamespaceID is the server's id of a namespace: no other server has the same.
func NamespaceID(ctx context.Context, cl client.Client, namespace string) (string, error) {
	d, err := cl.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
	if err != nil {
		return "", fmt.Errorf("namespace %s: %w", namespace, translateError(err))
	}
	return d.GetNamespaceInfo().GetId(), nil
}

// OpenRuns tells activities what is at work; it is an activities.OpenRuns.
type OpenRuns struct {
	Client    client.Client
	Namespace string
	Store     Runs
}

// OpenRecords reconciles, and returns the records that are open after it.
func (o OpenRuns) OpenRecords(ctx context.Context) ([]registry.Record, error) {
	if _, err := ReconcileRuns(ctx, o.Client, o.Namespace, o.Store, time.Now()); err != nil {
		return nil, err
	}
	return o.Store.OpenRecords(ctx)
}

// KeepRunsTrue reconciles the runs at once and then every 20 s, until ctx ends, and
// tells of each pass how many records it changed, or why not all. Any number of
// processes may do so.
func (c *Control) KeepRunsTrue(ctx context.Context, tell func(changed int, err error)) error {
	tick := time.NewTicker(reconcileEvery)
	defer tick.Stop()
	for {
		pass, cancel := context.WithTimeout(ctx, reconcileEvery)
		tell(ReconcileRuns(pass, c.client, c.config.Temporal.Namespace, c.records, c.now()))
		cancel()
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// ReconcileRuns brings the records that are open to what Temporal knows of their
// executions, and returns how many it changed: what has ended ends, with how, when and
// by whom; what Temporal does not know, in the namespace that it was made in, is lost;
// what runs says whether it was asked to end and whether a worker asks for its work.
// Retrains that the registry does not know are put on record. A record that cannot be
// asked about stays as it is; the error says of which.
func ReconcileRuns(ctx context.Context, cl client.Client, namespace string, store Runs, now time.Time) (int, error) {
	id, err := NamespaceID(ctx, cl, namespace)
	if err != nil {
		return 0, err
	}
	open, err := store.OpenRecords(ctx)
	if err != nil {
		return 0, err
	}
	r := &reconciler{
		client: cl, namespace: namespace, namespaceID: id, store: store, now: now.UTC(),
		unattended: map[string]bool{},
	}
	changed := 0
	var errs []error
	for _, was := range open {
		if was.Namespace != "" && was.Namespace != id {
			continue // it runs elsewhere
		}
		is, err := r.askTemporal(ctx, was)
		if err == nil && !reflect.DeepEqual(was, is) {
			var swapped bool
			if swapped, err = store.SwapRecord(ctx, was, is); swapped {
				changed++
			}
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s %s: %w", was.Kind, was.ID, err))
		}
	}
	adopted, err := r.adoptRetrains(ctx)
	return changed + adopted, errors.Join(append(errs, err)...)
}

// reconciler is one pass.
type reconciler struct {
	client      client.Client
	namespace   string
	namespaceID string
	store       Runs
	now         time.Time
	unattended  map[string]bool // queues that were asked about
}

// askTemporal returns the record as Temporal knows it.
func (r *reconciler) askTemporal(ctx context.Context, was registry.Record) (registry.Record, error) {
	is := was
	is.WorkflowID = cmp.Or(was.WorkflowID, workflows.BackfillID(was.Origin))
	d, err := r.client.DescribeWorkflowExecution(ctx, is.WorkflowID, is.WorkflowRunID)
	if isNotFound(err) {
		return endRecord(is, registry.Lost, "Temporal knows no such execution", r.now), nil
	}
	if err != nil {
		return was, err
	}
	info, more := d.GetWorkflowExecutionInfo(), d.GetWorkflowExtendedInfo()
	is.WorkflowRunID, is.Namespace = info.GetExecution().GetRunId(), r.namespaceID
	running := info.GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING
	if running {
		if is.NoWorker, err = r.isUnattended(ctx, info.GetTaskQueue()); err != nil {
			return was, err
		}
		if more.GetCancelRequested() {
			is.State = registry.Cancelling
		}
	}
	if running && is.StartedBy != "" && is.State == was.State {
		return is, nil
	}
	h, err := readHistory(ctx, r.client, info.GetExecution())
	if err != nil {
		return was, err
	}
	is.StartedBy = cmp.Or(is.StartedBy, h.started.GetIdentity())
	is.EndedBy = cmp.Or(is.EndedBy, h.cancelledBy)
	if running {
		return is, nil
	}
	next := cmp.Or(more.GetResetRunId(), h.nextRunID())
	if was.Kind == registry.BackfillRecord && next != "" { // it goes on under its own id
		is.WorkflowRunID = next
		return r.askTemporal(ctx, is)
	}
	if next != "" {
		is.SupersededBy = workflows.RunID(more.GetOriginalStartTime().AsTime(), next)
	}
	return h.applyEnd(is, d), nil
}

// endRecord is the record, ended.
func endRecord(r registry.Record, state registry.RunState, reason string, at time.Time) registry.Record {
	r.State, r.Outcome, r.Reason, r.EndedAt, r.NoWorker = state, string(state), reason, at, false
	return r
}

// isUnattended says whether no worker asks the queue for workflows to go on with.
func (r *reconciler) isUnattended(ctx context.Context, queue string) (bool, error) {
	gone, ok := r.unattended[queue]
	if ok {
		return gone, nil
	}
	d, err := r.client.DescribeTaskQueue(ctx, queue, enums.TASK_QUEUE_TYPE_WORKFLOW)
	if err != nil {
		return false, err
	}
	gone = true
	for _, p := range d.GetPollers() {
		gone = gone && r.now.Sub(p.GetLastAccessTime().AsTime()) > pollerGone
	}
	r.unattended[queue] = gone
	return gone, nil
}

// history is what an execution's events say of its beginning and its end.
type history struct {
	started      *historypb.WorkflowExecutionStartedEventAttributes
	cancelledBy  string
	cancelledFor string
	cutOff       *commonpb.WorkflowExecution // the child that was terminated last
	last         *historypb.HistoryEvent
}

func readHistory(ctx context.Context, cl client.Client, e *commonpb.WorkflowExecution) (h history, err error) {
	events := cl.GetWorkflowHistory(ctx, e.GetWorkflowId(), e.GetRunId(), false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		if h.last, err = events.Next(); err != nil {
			return h, err
		}
		if a := h.last.GetWorkflowExecutionStartedEventAttributes(); a != nil {
			h.started = a
		}
		if a := h.last.GetWorkflowExecutionCancelRequestedEventAttributes(); a != nil {
			h.cancelledBy, h.cancelledFor = a.GetIdentity(), a.GetCause()
		}
		h.cutOff = cmp.Or(h.last.GetChildWorkflowExecutionTerminatedEventAttributes().GetWorkflowExecution(), h.cutOff)
	}
	return h, nil
}

// nextRunID is the execution that this one continued as.
func (h history) nextRunID() string {
	return h.last.GetWorkflowExecutionContinuedAsNewEventAttributes().GetNewExecutionRunId()
}

// applyEnd is the record as the execution ended.
func (h history) applyEnd(r registry.Record, d *workflowservice.DescribeWorkflowExecutionResponse) registry.Record {
	at := d.GetWorkflowExecutionInfo().GetCloseTime().AsTime()
	switch d.GetWorkflowExecutionInfo().GetStatus() {
	case enums.WORKFLOW_EXECUTION_STATUS_COMPLETED:
		return h.endCompleted(r, at)
	case enums.WORKFLOW_EXECUTION_STATUS_FAILED:
		return endRecord(r, registry.Failed, failureCause(h.last.GetWorkflowExecutionFailedEventAttributes().GetFailure()),
			at)
	case enums.WORKFLOW_EXECUTION_STATUS_CANCELED:
		return endRecord(r, registry.Cancelled, describeEnd("cancelled", h.cancelledBy, h.cancelledFor), at)
	case enums.WORKFLOW_EXECUTION_STATUS_TIMED_OUT:
		which := "run"
		if limit := d.GetWorkflowExtendedInfo().GetExecutionExpirationTime(); limit != nil && !at.Before(limit.AsTime()) {
			which = "execution"
		}
		return endRecord(r, registry.TimedOut, "its "+which+" timeout passed", at)
	case enums.WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW:
		return endRecord(r, registry.Superseded, "it continued as run "+r.SupersededBy, at)
	}
	a := h.last.GetWorkflowExecutionTerminatedEventAttributes()
	var mark string
	_ = converter.GetDefaultDataConverter().FromPayloads(a.GetDetails(), &mark) // somebody else's detail is no mark
	if r.SupersededBy != "" || a.GetIdentity() == resetIdentity || mark == supersededMark {
		return endRecord(r, registry.Superseded, cmp.Or(a.GetReason(), "it was reset"), at)
	}
	r.EndedBy = a.GetIdentity()
	return endRecord(r, registry.Terminated, describeEnd("terminated", a.GetIdentity(), a.GetReason()), at)
}

// endCompleted ends a record whose workflow came to its end and could not say so.
func (h history) endCompleted(r registry.Record, at time.Time) registry.Record {
	var result struct {
		State           registry.RunState
		Outcome, Reason string
	}
	payloads := h.last.GetWorkflowExecutionCompletedEventAttributes().GetResult()
	err := converter.GetDefaultDataConverter().FromPayloads(payloads, &result)
	switch {
	case err != nil || result.State.IsOpen():
		return endRecord(r, registry.Succeeded, "it completed", at)
	case result.State == "": // a promotion's, which has no record
		return endRecord(r, registry.Succeeded, cmp.Or(result.Reason, "it completed"), at)
	}
	r = endRecord(r, result.State, result.Reason, at)
	r.Outcome = result.Outcome
	return r
}

// failureCause is the message at the bottom of a failure, without who called whom.
func failureCause(f *failure.Failure) string {
	for f.GetCause() != nil && f.GetApplicationFailureInfo() == nil {
		f = f.GetCause()
	}
	return f.GetMessage()
}

func describeEnd(what, by, why string) string {
	if by != "" {
		what += " by " + by
	}
	if why != "" {
		what += ": " + why
	}
	return what
}

// adoptRetrains puts on record which retrains Temporal runs and the registry does not
// know: nobody has begun them yet, or they were reset to their middle, behind the step
// that does it. It moves the start of those that were reset, and says who cut off those
// that have just ended so.
func (r *reconciler) adoptRetrains(ctx context.Context) (int, error) {
	list, err := r.client.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		Namespace: r.namespace, PageSize: 100,
		Query: fmt.Sprintf("WorkflowType = 'Retrain' AND (ExecutionStatus = 'Running' OR CloseTime > '%s')",
			r.now.Add(-3*reconcileEvery).Format(time.RFC3339)),
	})
	if err != nil {
		return 0, err
	}
	adopted := 0
	var errs []error
	for _, w := range list.GetExecutions() {
		ok, err := r.adoptRetrain(ctx, w.GetExecution())
		if ok {
			adopted++
		}
		if err != nil && !isNotFound(err) { // deleted meanwhile
			errs = append(errs, fmt.Errorf("%s: %w", w.GetExecution().GetWorkflowId(), err))
		}
	}
	return adopted, errors.Join(errs...)
}

func (r *reconciler) adoptRetrain(ctx context.Context, e *commonpb.WorkflowExecution) (bool, error) {
	d, err := r.client.DescribeWorkflowExecution(ctx, e.GetWorkflowId(), e.GetRunId())
	if err != nil {
		return false, err
	}
	started := d.GetWorkflowExtendedInfo().GetOriginalStartTime().AsTime()
	was, _, err := r.store.Run(ctx, workflows.RunID(started, e.GetRunId()))
	missing := errors.Is(err, lfb.ErrNotFound)
	if err != nil && !missing {
		return false, err
	}
	reset := d.GetWorkflowExtendedInfo().GetLastResetTime().AsTime().Truncate(time.Microsecond) // 1970 where it was not
	cutOff := was.State == registry.Cancelled || was.State == registry.Terminated
	if !missing && !was.StartedAt.Before(reset) && (!cutOff || was.EndedBy != "") {
		return false, nil
	}
	h, err := readHistory(ctx, r.client, e)
	if err != nil {
		return false, err
	}
	is := was
	if missing {
		var in workflows.RetrainInput
		if err := converter.GetDefaultDataConverter().FromPayloads(h.started.GetInput(), &in); err != nil {
			return false, nil // no worker will understand it either, and Temporal shows why
		}
		if is, err = workflows.NewRun(in, workflow.Execution{ID: e.GetWorkflowId(), RunID: e.GetRunId()},
			started); err != nil {
			return false, err
		}
		is.Namespace = r.namespaceID
	}
	if is.StartedAt.Before(reset) {
		is.StartedAt = reset
	}
	is.StartedBy, is.EndedBy = cmp.Or(is.StartedBy, h.started.GetIdentity()), cmp.Or(is.EndedBy, h.cancelledBy)
	if is.State == registry.Terminated && h.cutOff != nil && is.EndedBy == "" { // a promotion, which it ended with
		child, err := readHistory(ctx, r.client, h.cutOff)
		if err != nil {
			return false, err
		}
		a := child.last.GetWorkflowExecutionTerminatedEventAttributes()
		is.EndedBy, is.EndedFor = a.GetIdentity(), a.GetReason()
	}
	if reflect.DeepEqual(was, is) {
		return false, nil
	}
	return true, r.store.AdoptRun(ctx, is)
}
