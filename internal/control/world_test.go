package control_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"lfb/internal/config"
	"lfb/internal/control"
	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/internal/serve/servetest"
	"lfb/workflows"
)

const line = "lfb-attendance-synthetic"

var (
	clock = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	root  = control.Actor{Name: "root", Address: "192.0.2.1"}
)

// fakeTemporal is a client that remembers what it was asked. What it embeds is
// nil: a call that no test expects panics.
type fakeTemporal struct {
	client.Client
	asked      []string
	options    client.StartWorkflowOptions // of the last start
	input      any
	err        error
	history    []*historypb.HistoryEvent
	pending    []*workflowpb.PendingActivityInfo
	noWorker   bool                           // a query is not answered
	status     enums.WorkflowExecutionStatus  // of every execution
	promotions map[string]workflows.Promotion // by workflow id
	result     *workflows.PromoteResult       // nil: it goes on
	schedules  map[string]*client.Schedule
	decision   workflows.Decision
}

func (f *fakeTemporal) ExecuteWorkflow(_ context.Context, o client.StartWorkflowOptions, _ any,
	args ...any,
) (client.WorkflowRun, error) {
	f.asked, f.options, f.input = append(f.asked, "start "+o.ID), o, args[0]
	if f.err != nil {
		return nil, f.err
	}
	return &fakeRun{id: o.ID, result: f.result}, nil
}

func (f *fakeTemporal) GetWorkflow(_ context.Context, id, run string) client.WorkflowRun {
	f.asked = append(f.asked, "join "+id+" "+run)
	return &fakeRun{id: id, result: f.result}
}

func (f *fakeTemporal) CancelWorkflowWithOptions(_ context.Context, o client.CancelWorkflowOptions) error {
	f.asked = append(f.asked, "cancel "+o.WorkflowID+" "+o.RunID+" for "+o.Reason)
	return f.err
}

func (f *fakeTemporal) DescribeWorkflowExecution(context.Context, string,
	string,
) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	return &workflowservice.DescribeWorkflowExecutionResponse{
		WorkflowExecutionInfo: &workflowpb.WorkflowExecutionInfo{Status: f.status}, PendingActivities: f.pending,
	}, nil
}

func (f *fakeTemporal) GetWorkflowHistory(context.Context, string, string, bool,
	enums.HistoryEventFilterType,
) client.HistoryEventIterator {
	return &fakeHistory{events: f.history}
}

type fakeHistory struct{ events []*historypb.HistoryEvent }

func (h *fakeHistory) HasNext() bool { return len(h.events) > 0 }

func (h *fakeHistory) Next() (*historypb.HistoryEvent, error) {
	e := h.events[0]
	h.events = h.events[1:]
	return e, nil
}

func (f *fakeTemporal) QueryWorkflow(_ context.Context, id, _, name string, _ ...any) (converter.EncodedValue, error) {
	p, ok := f.promotions[id]
	var answer any = p
	switch {
	case f.noWorker:
		return nil, context.DeadlineExceeded
	case name == workflows.QueryProgress:
		answer = workflows.Progress{
			Outcome: "kept", DataSet: "d1",
			Steps: []workflows.Step{{Name: "fetch", State: workflows.StepFailed, Detail: "away", Started: clock}},
		}
	case !ok:
		return nil, serviceerror.NewNotFound("no workflow " + id)
	}
	payloads, err := converter.GetDefaultDataConverter().ToPayloads(answer)
	return client.NewValue(payloads), err
}

func (f *fakeTemporal) ListWorkflow(context.Context,
	*workflowservice.ListWorkflowExecutionsRequest,
) (*workflowservice.ListWorkflowExecutionsResponse, error) {
	out := &workflowservice.ListWorkflowExecutionsResponse{}
	for _, id := range []string{"waits", "decided", "gone"} {
		out.Executions = append(out.Executions,
			&workflowpb.WorkflowExecutionInfo{Execution: &commonpb.WorkflowExecution{WorkflowId: id}})
	}
	return out, f.err
}

func (f *fakeTemporal) UpdateWorkflow(_ context.Context,
	o client.UpdateWorkflowOptions,
) (client.WorkflowUpdateHandle, error) {
	f.asked, f.decision = append(f.asked, o.UpdateName+" "+o.WorkflowID), o.Args[0].(workflows.Decision)
	return fakeUpdate{answer: "noted: " + o.UpdateName}, f.err
}

func (f *fakeTemporal) ScheduleClient() client.ScheduleClient { return fakeSchedules{f: f} }

type fakeRun struct {
	client.WorkflowRun
	id     string
	result *workflows.PromoteResult
}

func (r *fakeRun) GetID() string    { return r.id }
func (r *fakeRun) GetRunID() string { return "run" }

func (r *fakeRun) Get(ctx context.Context, into any) error {
	if r.result == nil {
		<-ctx.Done()
		return ctx.Err()
	}
	*into.(*workflows.PromoteResult) = *r.result
	return nil
}

type fakeUpdate struct {
	client.WorkflowUpdateHandle
	answer string
}

func (u fakeUpdate) Get(_ context.Context, into any) error {
	*into.(*string) = u.answer
	return nil
}

type fakeSchedules struct {
	client.ScheduleClient
	f *fakeTemporal
}

func (s fakeSchedules) Create(_ context.Context, o client.ScheduleOptions) (client.ScheduleHandle, error) {
	if s.f.err != nil {
		return nil, s.f.err
	}
	if s.f.schedules[o.ID] != nil {
		return nil, temporal.ErrScheduleAlreadyRunning
	}
	s.f.schedules[o.ID] = &client.Schedule{
		Spec: &o.Spec, Action: o.Action, State: &client.ScheduleState{Note: o.Note, Paused: o.Paused},
		Policy: &client.SchedulePolicies{Overlap: o.Overlap, CatchupWindow: o.CatchupWindow},
	}
	return nil, nil
}

func (s fakeSchedules) GetHandle(_ context.Context, id string) client.ScheduleHandle {
	return fakeSchedule{f: s.f, id: id}
}

func (s fakeSchedules) List(context.Context, client.ScheduleListOptions) (client.ScheduleListIterator, error) {
	ids := []string{"deleted meanwhile"}
	for id := range s.f.schedules {
		ids = append(ids, id)
	}
	return &fakeList{ids: ids}, s.f.err
}

type fakeList struct{ ids []string }

func (l *fakeList) HasNext() bool { return len(l.ids) > 0 }

func (l *fakeList) Next() (*client.ScheduleListEntry, error) {
	e := &client.ScheduleListEntry{ID: l.ids[0]}
	l.ids = l.ids[1:]
	return e, nil
}

type fakeSchedule struct {
	client.ScheduleHandle
	f  *fakeTemporal
	id string
}

func (h fakeSchedule) note(what string) error {
	h.f.asked = append(h.f.asked, what+" "+h.id)
	return h.f.err
}

func (h fakeSchedule) GetID() string { return h.id }

func (h fakeSchedule) Pause(_ context.Context, o client.SchedulePauseOptions) error {
	return h.note("pause for " + o.Note)
}

func (h fakeSchedule) Unpause(_ context.Context, o client.ScheduleUnpauseOptions) error {
	return h.note("resume for " + o.Note)
}

func (h fakeSchedule) Trigger(context.Context, client.ScheduleTriggerOptions) error {
	return h.note("trigger")
}
func (h fakeSchedule) Delete(context.Context) error { return h.note("delete") }

func (h fakeSchedule) Describe(context.Context) (*client.ScheduleDescription, error) {
	s := h.f.schedules[h.id]
	if h.id == "s" { // somebody else's
		s = &client.Schedule{}
	}
	if s == nil {
		return nil, serviceerror.NewNotFound("no schedule " + h.id)
	}
	described := *s
	if a, ok := s.Action.(*client.ScheduleWorkflowAction); ok { // as the server gives it back
		told := *a
		payloads, err := converter.GetDefaultDataConverter().ToPayloads(a.Args...)
		if err != nil {
			return nil, err
		}
		told.Args = nil
		for _, p := range payloads.GetPayloads() {
			told.Args = append(told.Args, p)
		}
		described.Action = &told
	}
	return &client.ScheduleDescription{Schedule: described, Info: client.ScheduleInfo{
		NumActions:                    3,
		NumActionsMissedCatchupWindow: 2, NumActionsSkippedOverlap: 1,
	}}, nil
}

func (h fakeSchedule) Update(ctx context.Context, o client.ScheduleUpdateOptions) error {
	d, err := h.Describe(ctx)
	if err != nil {
		return err
	}
	u, err := o.DoUpdate(client.ScheduleUpdateInput{Description: *d})
	if errors.Is(err, temporal.ErrSkipScheduleUpdate) {
		return nil
	}
	h.f.schedules[h.id] = u.Schedule
	return err
}

// records is a ledger at revision 2, in which v2 serves after v1, and a log.
type records struct {
	control.Runs  // nil, but for what is asked below
	control.Notes // nil
	servetest.Scenarios
	swapped []registry.Record

	audit    []registry.AuditEntry
	settings []registry.Setting
	noAudit  bool
	rank     int                  // of every version in its run
	outcome  string               // of every run
	ledger   []registry.Promotion // newest first
	notes    []registry.VersionNote
	steps    json.RawMessage // that every run told at its end
	logs     []registry.StepLog
	moved    int64 // added to the revision from the second question on
	asked    int
}

func (r *records) Champion(_ context.Context, name string) (registry.Promotion, error) {
	if name != line {
		return registry.Promotion{}, fmt.Errorf("champion of %s: %w", name, lfb.ErrNotFound)
	}
	p := registry.Promotion{Line: name, From: "v1", To: "v2", Revision: 2}
	if r.asked++; r.asked > 1 {
		p.Revision += r.moved
	}
	return p, nil
}

func (r *records) Version(_ context.Context, _, id string) (registry.Version, error) {
	if id == "none" {
		return registry.Version{}, fmt.Errorf("version %s: %w", id, lfb.ErrNotFound)
	}
	return registry.Version{ID: id, Rank: r.rank}, nil
}

func (r *records) PromotionsTo(context.Context, string, string) ([]registry.Promotion, error) {
	return nil, nil
}

func (r *records) LedgerEntries(context.Context, string, int) ([]registry.Promotion, error) {
	return r.ledger, nil
}

func (r *records) Run(_ context.Context, id string) (registry.Run, []registry.Candidate, error) {
	return registry.Run{ID: id, Outcome: r.outcome}, nil, nil
}

func (r *records) RunSteps(context.Context, string) (json.RawMessage, error) {
	if r.steps == nil {
		return nil, lfb.ErrNotFound
	}
	return r.steps, nil
}

func (r *records) StepLogs(context.Context, string) ([]registry.StepLog, error) { return r.logs, nil }

func (r *records) VersionNotes(context.Context, string, string) ([]registry.VersionNote, error) {
	return r.notes, nil
}

func (r *records) AppendAudit(_ context.Context, e registry.AuditEntry) error {
	if r.noAudit {
		return fmt.Errorf("audit: %w", lfb.ErrUnavailable)
	}
	r.audit = append(r.audit, e)
	return nil
}

func (r *records) AppendSetting(_ context.Context, s registry.Setting) error {
	if s.Revision != int64(len(r.settings))+1 {
		return fmt.Errorf("revision %d: %w", s.Revision, lfb.ErrConflict)
	}
	r.settings = append(r.settings, s)
	return nil
}

func (r *records) SwapRecord(_ context.Context, _, now registry.Record) (bool, error) {
	r.swapped = append(r.swapped, now)
	return true, nil
}

func (r *records) Account(_ context.Context, name string) (registry.Account, error) {
	if name != root.Name {
		return registry.Account{}, lfb.ErrNotFound
	}
	return registry.Account{Name: name, Role: registry.RoleAdmin}, nil
}

func (r *records) SaveCode(context.Context, registry.Code) error { return nil }

func (r *records) UseCode(context.Context, string, registry.Ask, time.Time) error {
	return errors.New("a workflow uses codes")
}

// world is a Control over all of it.
type world struct {
	*control.Control
	temporal *fakeTemporal
	records  *records
	config   *config.Config
}

func newWorld(t *testing.T) *world {
	t.Helper()
	c, err := config.Load("starter", []string{
		"-source", "synthetic", "-train.seed", "7", "-train.candidates",
		"baseline,gbdt", "-s3.secret", "x", "-mysql.password", "x",
	},
		func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	first := registry.Promotion{From: "v1", To: "v2", Revision: 2, Kind: control.KindPromote}
	w := &world{records: &records{rank: 1, ledger: []registry.Promotion{first}}, config: c, temporal: &fakeTemporal{
		status:    enums.WORKFLOW_EXECUTION_STATUS_RUNNING,
		schedules: map[string]*client.Schedule{},
		promotions: map[string]workflows.Promotion{
			"waits":     {Line: line, Version: "v3", Seen: 2, Kind: control.KindPromote, Who: "retrain", Waiting: true},
			"decided":   {Line: line, Version: "v3", Seen: 2},
			"overtaken": {Line: line, Version: "v3", Seen: 1, Waiting: true},
		},
	}}
	w.Control = control.New(w.temporal, c, w.records, func() time.Time { return clock })
	return w
}
