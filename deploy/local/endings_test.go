package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"go.uber.org/zap"

	"lfb/activities"
	"lfb/deploy/local/stack"
	"lfb/internal/app"
	"lfb/internal/control"
	"lfb/internal/lfb"
	"lfb/internal/mysql"
	"lfb/internal/registry"
	"lfb/workflows"
)

// soon is how long a run's record may go on saying what is no longer so.
const soon = time.Minute

// TestEveryWayOfEnding ends runs in every way that there is, on a system whose api alone
// reconciles: no worker takes fits until the end, so that every retrain stands before
// its first one.
func TestEveryWayOfEnding(t *testing.T) {
	s := newSystem(t, append([]string{"-worker.queues", "control,io", "-promote.approval", "required"}, small...)...)
	s.start()
	s.until("its settings", time.Minute, func() bool { _, err := stack.Settings(s.dir); return err == nil })
	db := s.db()
	s.until("Temporal", time.Minute, func() bool {
		cl, err := app.Dial(t.Context(), s.config(), zap.NewNop())
		if err == nil {
			cl.Close()
		}
		return err == nil
	})
	e := &endings{t: t, s: s, cl: s.temporal(), db: db}
	s.until("the first retrain before its fits", 5*time.Minute, func() bool {
		p, err := control.QueryProgress(t.Context(), e.cl, workflows.RetrainID(lfb.Synthetic.Line()), "")
		return err == nil && len(p.Steps) > 4
	})
	t.Run("ended", func(t *testing.T) {
		for name, end := range map[string]func(*endings){
			"failed in fetch":         (*endings).failInFetch,
			"failed in clean":         (*endings).failInClean,
			"cancelled by a person":   (*endings).cancelByControl,
			"cancelled by the CLI":    (*endings).cancelByCLI,
			"cancelled by Temporal":   (*endings).cancelByTemporal,
			"terminated":              (*endings).terminate,
			"execution timed out":     (*endings).timeOutExecution,
			"run timed out":           (*endings).timeOutRun,
			"reset to the start":      func(e *endings) { e.reset(0) },
			"reset to the middle":     func(e *endings) { e.reset(-1) },
			"continued as new":        (*endings).continueAsNew,
			"a backfill continues":    (*endings).continueBackfill,
			"deleted":                 (*endings).delete,
			"no worker":               (*endings).nobodyWorks,
			"killed before the start": (*endings).killBeforeStart,
			"monitor run terminated":  (*endings).terminateMonitor,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				end(&endings{t: t, s: s, cl: e.cl, db: e.db})
			})
		}
	})
	e.temporalAway()
	e.otherNamespace()
	e.withFits()
}

// endings ends runs of one system.
type endings struct {
	t  *testing.T
	s  *system
	cl client.Client
	db *mysql.DB
}

// input is the small city's retrain, changed.
func (e *endings) input(change func(*workflows.RetrainInput)) workflows.RetrainInput {
	e.t.Helper()
	in := control.RetrainInput(e.s.config(), "manual", "test")
	in.Force = true
	if change != nil {
		change(&in)
	}
	return in
}

// started starts a retrain under an id of its own, so that many run at once.
func (e *endings) started(o client.StartWorkflowOptions, in workflows.RetrainInput) registry.Run {
	e.t.Helper()
	o.ID, o.Memo = "retrain "+e.t.Name(), workflows.ContractMemo()
	if o.TaskQueue == "" {
		o.TaskQueue = workflows.QueueControl
	}
	h, err := e.cl.ExecuteWorkflow(e.t.Context(), o, workflows.Retrain, in)
	if err != nil {
		e.t.Fatal(err)
	}
	return e.record(h)
}

// record waits for an execution's run to be on record.
func (e *endings) record(h client.WorkflowRun) registry.Run {
	e.t.Helper()
	d, err := e.cl.DescribeWorkflowExecution(e.t.Context(), h.GetID(), h.GetRunID())
	if err != nil {
		e.t.Fatal(err)
	}
	id := workflows.RunID(d.GetWorkflowExtendedInfo().GetOriginalStartTime().AsTime(),
		d.GetWorkflowExecutionInfo().GetExecution().GetRunId())
	return e.becomes(id, "on record", func(r registry.Run) bool { return true })
}

// queued starts a retrain and waits until its fits are queued.
func (e *endings) queued() registry.Run {
	e.t.Helper()
	r := e.started(client.StartWorkflowOptions{}, e.input(nil))
	e.fitsQueued(r)
	return r
}

func (e *endings) fitsQueued(r registry.Run) {
	e.t.Helper()
	pollUntil(e.t, "fits are queued", 3*time.Minute, func() (bool, string) {
		p, err := e.control().Progress(e.t.Context(), r.WorkflowID, r.WorkflowRunID)
		for _, s := range p.Steps {
			if s.Name == "train linear" { // the dear ones begin later
				return s.State == control.StepQueued, s.State
			}
		}
		return false, fmt.Sprint(p.Steps, err)
	})
}

func (e *endings) control() *control.Control {
	return control.New(e.cl, e.s.config(), e.db, time.Now)
}

// becomes waits until the run is as wanted, for as long as a record may be behind.
func (e *endings) becomes(id, what string, holds func(registry.Run) bool) (r registry.Run) {
	e.t.Helper()
	pollUntil(e.t, "run "+id+" "+what, soon, func() (bool, string) {
		var err error
		if r, _, err = e.db.Run(e.t.Context(), id); err != nil {
			return false, err.Error()
		}
		return holds(r), fmt.Sprintf("%s (%s), %+v", r.State, r.Reason, r.Execution)
	})
	return r
}

// ends waits until the run has ended in a state, and checks that its steps and its end agree.
func (e *endings) ends(r registry.Run, want registry.RunState) registry.Run {
	e.t.Helper()
	r = e.becomes(r.ID, string(want), func(r registry.Run) bool { return r.State == want })
	if r.EndedAt.Before(r.StartedAt) || r.Reason == "" || r.Outcome == "" || r.NoWorker {
		e.t.Errorf("run %s ended %v, outcome %q, reason %q, %+v", r.ID, r.EndedAt, r.Outcome, r.Reason, r.Execution)
	}
	p, err := e.control().Progress(e.t.Context(), r.WorkflowID, r.WorkflowRunID)
	if err != nil && !errors.Is(err, lfb.ErrNotFound) { // deleted
		e.t.Errorf("its steps: %v", err)
	}
	for _, s := range p.Steps {
		if s.State == control.StepRunning || s.State == control.StepQueued || want != registry.Failed &&
			s.State == control.StepFailed {
			e.t.Errorf("run %s is %s, its step %s %s: %s", r.ID, r.State, s.Name, s.State, s.Detail)
		}
	}
	return r
}

func (e *endings) endedBy(r registry.Run, who, why string) {
	e.t.Helper()
	r = e.becomes(r.ID, "says by whom", func(r registry.Run) bool { return r.EndedBy != "" })
	if !strings.Contains(r.EndedBy, who) || !strings.Contains(r.Reason, why) {
		e.t.Errorf("run %s ended by %q: %q; want %q, %q", r.ID, r.EndedBy, r.Reason, who, why)
	}
}

func (e *endings) must(err error) {
	e.t.Helper()
	if err != nil {
		e.t.Fatal(err)
	}
}

func (e *endings) failInFetch() {
	r := e.ends(e.started(client.StartWorkflowOptions{}, e.input(func(in *workflows.RetrainInput) {
		in.Source = activities.SourceSpec{Name: "dir", Dir: "/nowhere/at/all"}
	})), registry.Failed)
	e.failedAt(r, "fetch")
}

func (e *endings) failInClean() {
	dir := e.t.TempDir() // with engines and not one incident that they were sent to
	e.must(os.WriteFile(filepath.Join(dir, "mobilisations.csv"),
		[]byte("IncidentNumber,CalYear,HourOfCall,ResourceMobilisationId,Resource_Code,"+
			"DateAndTimeMobilised,DateAndTimeMobile,DateAndTimeArrived,TurnoutTimeSeconds,TravelTimeSeconds,AttendanceTimeSeconds,DeployedFromStation_Name,PumpOrder\n"+
			"1-01012018,2018,0,1,A241,01/01/2018 00:05:38,01/01/2018 00:06:38,01/01/2018 00:10:38,60,240,300,Soho,1\n"), 0o600))
	r := e.ends(e.started(client.StartWorkflowOptions{}, e.input(func(in *workflows.RetrainInput) {
		in.Source = activities.SourceSpec{Name: "dir", Dir: dir}
	})), registry.Failed)
	e.failedAt(r, "clean")
}

func (e *endings) failedAt(r registry.Run, step string) {
	e.t.Helper()
	p, err := e.control().Progress(e.t.Context(), r.WorkflowID, r.WorkflowRunID)
	e.must(err)
	if last := p.Steps[len(p.Steps)-1]; last.Name != step || last.State != control.StepFailed || last.Detail == "" {
		e.t.Errorf("steps = %+v, want the last to be %s, failed", p.Steps, step)
	}
}

func (e *endings) cancelByControl() {
	r := e.queued()
	by := control.Actor{Name: app.AdminAccount, Address: "test"}
	_, err := e.control().Cancel(e.t.Context(), by, r, "a test")
	e.must(err)
	r = e.ends(r, registry.Cancelled)
	e.endedBy(r, app.AdminAccount, "cancelled")
	_, err = e.control().Cancel(e.t.Context(), by, r, "again")
	if _, ok := errors.AsType[*control.NotRunningError](err); !ok {
		e.t.Errorf("Cancel of what is over = %v, want a NotRunningError", err)
	}
}

func (e *endings) cancelByCLI() {
	r := e.queued()
	e.must(control.CancelWorkflow(e.t.Context(), e.cl, r.WorkflowID, "", "jim, by the starter"))
	e.endedBy(e.ends(r, registry.Cancelled), "@", "cancelled")
}

func (e *endings) cancelByTemporal() {
	r := e.queued()
	e.must(e.cl.CancelWorkflow(e.t.Context(), r.WorkflowID, r.WorkflowRunID))
	e.endedBy(e.ends(r, registry.Cancelled), "@", "cancelled")
}

func (e *endings) terminate() {
	r := e.queued()
	e.must(e.cl.TerminateWorkflow(e.t.Context(), r.WorkflowID, r.WorkflowRunID, "enough"))
	e.endedBy(e.ends(r, registry.Terminated), "@", "enough")
}

func (e *endings) timeOutExecution() {
	r := e.started(client.StartWorkflowOptions{WorkflowExecutionTimeout: 20 * time.Second}, e.input(nil))
	if r = e.ends(r, registry.TimedOut); !strings.Contains(r.Reason, "execution timeout") {
		e.t.Errorf("reason = %q", r.Reason)
	}
}

func (e *endings) timeOutRun() {
	r := e.started(client.StartWorkflowOptions{WorkflowRunTimeout: 20 * time.Second}, e.input(nil))
	if r = e.ends(r, registry.TimedOut); !strings.Contains(r.Reason, "run timeout") {
		e.t.Errorf("reason = %q", r.Reason)
	}
}

// reset resets a retrain to its first workflow task, or to its last: either way the old
// run is superseded by one with a start of its own.
func (e *endings) reset(task int) {
	old := e.queued()
	before := time.Now().Add(-time.Second) // the server is this machine
	next := e.resetTo(old, task)
	old = e.ends(old, registry.Superseded)
	is := e.record(e.cl.GetWorkflow(e.t.Context(), old.WorkflowID, next))
	is = e.becomes(is.ID, "starts anew", func(r registry.Run) bool { return r.StartedAt.After(before) })
	if old.SupersededBy != is.ID || is.State != registry.Running || is.ID == old.ID {
		e.t.Errorf("run %s is superseded by %q; the new one is %s, %s", old.ID, old.SupersededBy, is.ID, is.State)
	}
	e.fitsQueued(is)
	e.must(e.cl.TerminateWorkflow(e.t.Context(), is.WorkflowID, is.WorkflowRunID, "done"))
	e.ends(is, registry.Terminated)
}

// resetTo resets a run to one of its workflow tasks, counted from the end where it is below
// zero, and returns the new execution's run id.
func (e *endings) resetTo(old registry.Run, task int) string {
	e.t.Helper()
	var tasks []int64
	events := e.cl.GetWorkflowHistory(e.t.Context(), old.WorkflowID, old.WorkflowRunID, false,
		enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		ev, err := events.Next()
		e.must(err)
		if ev.GetEventType() == enums.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
			tasks = append(tasks, ev.GetEventId())
		}
	}
	at := tasks[(task+len(tasks))%len(tasks)]
	res, err := e.cl.ResetWorkflowExecution(e.t.Context(), &workflowservice.ResetWorkflowExecutionRequest{
		Namespace: e.s.config().Temporal.Namespace, Reason: "again", WorkflowTaskFinishEventId: at, RequestId: e.t.Name() +
			old.ID,
		WorkflowExecution: &common.WorkflowExecution{WorkflowId: old.WorkflowID, RunId: old.WorkflowRunID},
	})
	e.must(err)
	return res.GetRunId()
}

// continuing runs a workflow that continues as new once and then stays, and returns
// the first execution and the second's run id.
func (e *endings) continuing(id string) (first client.WorkflowRun, second string) {
	e.t.Helper()
	w := worker.New(e.cl, e.t.Name(), worker.Options{})
	w.RegisterWorkflowWithOptions(func(ctx workflow.Context) error {
		if info := workflow.GetInfo(ctx); info.ContinuedExecutionRunID == "" {
			return workflow.NewContinueAsNewError(ctx, info.WorkflowType.Name)
		}
		workflow.GetSignalChannel(ctx, "never").Receive(ctx, nil)
		return nil
	}, workflow.RegisterOptions{Name: "continues"})
	e.must(w.Start())
	e.t.Cleanup(w.Stop)
	first, err := e.cl.ExecuteWorkflow(e.t.Context(), client.StartWorkflowOptions{ID: id, TaskQueue: e.t.Name()},
		"continues")
	e.must(err)
	firstID := first.GetRunID() // the handle follows what continues
	pollUntil(e.t, "it continues", soon, func() (bool, string) {
		d, err := e.cl.DescribeWorkflowExecution(e.t.Context(), id, "")
		second = d.GetWorkflowExecutionInfo().GetExecution().GetRunId()
		return err == nil && second != firstID, second
	})
	return e.cl.GetWorkflow(e.t.Context(), id, firstID), second
}

func (e *endings) continueAsNew() {
	first, _ := e.continuing("continues " + e.t.Name())
	r := e.row(first.GetID(), first.GetRunID())
	if r = e.ends(r, registry.Superseded); r.SupersededBy == "" {
		e.t.Errorf("superseded by %q", r.SupersededBy)
	}
}

// continueBackfill continues under the same record until the last execution ends.
func (e *endings) continueBackfill() {
	first, second := e.continuing("continues " + e.t.Name())
	b := registry.Backfill{
		ID: "continues", Origin: lfb.Synthetic, State: registry.Running, StartedAt: time.Now().UTC(),
		WorkflowID: first.GetID(), WorkflowRunID: first.GetRunID(),
	}
	e.must(e.db.SaveBackfill(e.t.Context(), b))
	is := func(what string, holds func(registry.Backfill) bool) {
		e.t.Helper()
		pollUntil(e.t, "the backfill "+what, soon, func() (bool, string) {
			b, _, err := e.db.Backfill(e.t.Context(), b.ID)
			return err == nil && holds(b), fmt.Sprintf("%+v, %v", b, err)
		})
	}
	is("goes on", func(b registry.Backfill) bool { return b.State == registry.Running && b.WorkflowRunID == second })
	e.must(e.cl.TerminateWorkflow(e.t.Context(), first.GetID(), second, "enough"))
	is("is terminated", func(b registry.Backfill) bool {
		return b.State == registry.Terminated && b.EndedBy != "" && !b.EndedAt.IsZero()
	})
}

// row puts a run on record that no workflow wrote down.
func (e *endings) row(workflowID, runID string) registry.Run {
	e.t.Helper()
	r := registry.Run{
		ID: "row " + e.t.Name(), Line: lfb.Synthetic.Line(), Origin: lfb.Synthetic, State: registry.Running,
		Config:     []byte("{}"),
		WorkflowID: workflowID, WorkflowRunID: runID, StartedAt: time.Now().UTC().Add(-time.Minute),
	}
	e.must(e.db.SaveRun(e.t.Context(), r))
	return r
}

func (e *endings) delete() {
	r := e.queued()
	_, err := e.cl.WorkflowService().DeleteWorkflowExecution(e.t.Context(),
		&workflowservice.DeleteWorkflowExecutionRequest{
			Namespace: e.s.config().Temporal.Namespace, WorkflowExecution: &common.WorkflowExecution{
				WorkflowId: r.WorkflowID,
				RunId:      r.WorkflowRunID,
			},
		})
	e.must(err)
	r = e.becomes(r.ID, "ended", func(r registry.Run) bool { return !r.State.IsOpen() })
	if r.State != registry.Lost && r.State != registry.Terminated { // it is terminated first, which may be seen
		e.t.Errorf("run %s is %s, want lost", r.ID, r.State)
	}
}

func (e *endings) killBeforeStart() {
	e.ends(e.row("retrain that never began", "4a7c1c52-2d3c-4d8e-9a35-0c6b3f6b7d11"), registry.Lost)
}

// nobodyWorks starts a retrain that no worker takes: it is on record, says so, and
// goes on running until something ends it.
func (e *endings) nobodyWorks() {
	r := e.started(client.StartWorkflowOptions{TaskQueue: "nobody"}, e.input(nil))
	r = e.becomes(r.ID, "says that nobody works", func(r registry.Run) bool { return r.NoWorker })
	if r.State != registry.Running || r.StartedBy != "test" || r.StartedByVerified {
		e.t.Errorf("run %s is %s, %+v; want it running, by test as it was told", r.ID, r.State, r.Execution)
	}
	e.must(e.cl.TerminateWorkflow(e.t.Context(), r.WorkflowID, r.WorkflowRunID, "enough"))
	e.ends(r, registry.Terminated)
}

func (e *endings) terminateMonitor() {
	h, err := e.cl.ExecuteWorkflow(e.t.Context(), client.StartWorkflowOptions{
		ID:        "monitor " + e.t.Name(),
		TaskQueue: "nobody",
	}, workflows.Monitor, workflows.MonitorInput{})
	e.must(err)
	m := registry.Monitoring{
		ID: "terminated", Line: "elsewhere", Origin: lfb.Synthetic, State: registry.Running, StartedAt: time.Now().UTC(),
		WorkflowID: h.GetID(), WorkflowRunID: h.GetRunID(),
	}
	e.must(e.db.SaveMonitoring(e.t.Context(), m))
	e.must(e.cl.TerminateWorkflow(e.t.Context(), h.GetID(), h.GetRunID(), "enough"))
	pollUntil(e.t, "the monitor run is terminated", soon, func() (bool, string) {
		m, err := e.db.Monitoring(e.t.Context(), m.ID)
		return err == nil && m.State == registry.Terminated && strings.Contains(m.Reason, "enough"),
			fmt.Sprintf("%+v, %v", m, err)
	})
}

// temporalAway reconciles with a Temporal that does not answer: nothing changes.
func (e *endings) temporalAway() {
	before, err := e.db.OpenRecords(e.t.Context())
	e.must(err)
	away, err := client.NewLazyClient(client.Options{HostPort: fmt.Sprintf("127.0.0.1:%d", freePorts(e.t, 1)[0])})
	e.must(err)
	defer away.Close()
	ctx, cancel := context.WithTimeout(e.t.Context(), 3*time.Second)
	defer cancel()
	n, err := control.ReconcileRuns(ctx, away, e.s.config().Temporal.Namespace, e.db, time.Now())
	after, rerr := e.db.OpenRecords(e.t.Context())
	if n != 0 || !errors.Is(err, lfb.ErrUnavailable) || rerr != nil || len(before) != len(after) || len(before) == 0 {
		e.t.Errorf("with Temporal away %d of %d records changed, %v, %v; want none of some, and that it is unavailable", n,
			len(before), err, rerr)
	}
}

// otherNamespace has a run on record that another server's namespace of the same name
// runs: that this one does not know it says nothing.
func (e *endings) otherNamespace() {
	r := e.row("elsewhere", "6b0a3a3e-58b3-4d0e-8d4a-3b1f7a1f2c22")
	r.Namespace = "5f1d3c5e-9c1e-4a55-8b70-0f5ee1a0d333"
	e.must(e.db.AdoptRun(e.t.Context(), r))
	_, err := control.ReconcileRuns(e.t.Context(), e.cl, e.s.config().Temporal.Namespace, e.db, time.Now())
	e.must(err)
	got, _, err := e.db.Run(e.t.Context(), r.ID)
	if err != nil || got.State != registry.Running {
		e.t.Errorf("a run of another namespace is %s, %v; want it running", got.State, err)
	}
	got.State, got.EndedAt = registry.Failed, time.Now() // it would be waited for
	e.must(e.db.SaveRun(e.t.Context(), got))
}

// withFits lets a worker take fits: what waited completes, and what fails from there fails.
func (e *endings) withFits() {
	c := e.s.config()
	c.Worker.Queues, c.Worker.Fits, c.State.Dir = workflows.QueueTrain, 2, e.t.TempDir()
	ctx, stop := context.WithCancel(e.t.Context())
	done := make(chan error, 1)
	go func() { done <- app.Worker(ctx, c, zap.NewNop()) }()
	defer func() { stop(); <-done }()
	first := e.record(e.cl.GetWorkflow(e.t.Context(), workflows.RetrainID(lfb.Synthetic.Line()), ""))
	pollUntil(e.t, "the first retrain waits for approval", 5*time.Minute, func() (bool, string) {
		r, _, err := e.db.Run(e.t.Context(), first.ID)
		return err == nil && r.Outcome == workflows.OutcomeAwaiting, fmt.Sprint(r.State, r.Reason, err)
	})
	var waits []control.Approval
	pollUntil(e.t, "the promotion waits", soon, func() (bool, string) {
		var err error
		waits, err = e.control().Approvals(e.t.Context())
		return len(waits) == 1, fmt.Sprint(waits, err)
	})
	e.must(e.cl.TerminateWorkflow(e.t.Context(), waits[0].ID, "", "no"))
	if a, err := e.control().Approval(e.t.Context(), waits[0].ID); err != nil || a.Waiting {
		e.t.Errorf("Approval of a terminated promotion = %+v, %v; want it not waiting", a, err)
	}
	e.endedBy(e.ends(first, registry.Terminated), "@", "the promotion was terminated")
	e.completes(first)
	r := e.started(client.StartWorkflowOptions{ID: "x"}, e.input(func(in *workflows.RetrainInput) {
		in.Train.Candidates = []string{"nosuch"}
	}))
	e.failedAt(e.ends(r, registry.Failed), "train nosuch")
	e.gcWaits()
}

// gcWaits collects garbage while a run is at work: its details say which, and when that
// run is terminated it waits no longer.
func (e *endings) gcWaits() {
	e.t.Helper()
	r := e.started(client.StartWorkflowOptions{TaskQueue: "nobody"}, e.input(nil))
	c := e.s.config()
	c.GC.Settle, c.GC.Wait = time.Second, time.Hour
	h, err := control.StartGC(e.t.Context(), e.cl, c, "test")
	e.must(err)
	pollUntil(e.t, "gc says what it waits for", soon, func() (bool, string) {
		var m sdkpb.WorkflowMetadata
		v, err := e.cl.QueryWorkflow(e.t.Context(), h.GetID(), h.GetRunID(), "__temporal_workflow_metadata")
		if err == nil {
			err = v.Get(&m)
		}
		return strings.Contains(m.GetCurrentDetails(), r.ID), fmt.Sprint(m.GetCurrentDetails(), err)
	})
	e.must(e.cl.TerminateWorkflow(e.t.Context(), r.WorkflowID, r.WorkflowRunID, "enough"))
	var out workflows.CollectGarbageResult
	if err := h.Get(e.t.Context(), &out); err != nil || out.Outcome != "removed" {
		e.t.Errorf("gc ended as %+v, %v; want removed", out, err)
	}
}

// completes retrains on the same data, to the end: each fit says whose it is.
func (e *endings) completes(first registry.Run) {
	e.t.Helper()
	h, err := control.StartRetrain(e.t.Context(), e.cl, e.input(func(in *workflows.RetrainInput) {
		in.Promote.Approval = false
	}))
	e.must(err)
	e.must(h.Get(e.t.Context(), nil))
	if r := e.ends(e.record(h), registry.Succeeded); r.Outcome != "promoted" {
		e.t.Errorf("run %s: %s, %s", r.ID, r.Outcome, r.Reason)
	}
	p, err := e.control().Progress(e.t.Context(), h.GetID(), h.GetRunID())
	e.must(err)
	fits := 0
	for _, s := range p.Steps {
		if strings.HasPrefix(s.Name, "train ") {
			if fits++; s.ReusedFrom != first.ID {
				e.t.Errorf("step %s is reused from %q, want %s", s.Name, s.ReusedFrom, first.ID)
			}
		}
	}
	if fits != 4 {
		e.t.Errorf("%d fits, want 4", fits)
	}
	e.resetCompleted(e.record(h))
}

// resetCompleted resets a run that had ended well to the task before it wrote that down: the
// new one ends well too, from a start of its own, and is found by its own id.
func (e *endings) resetCompleted(old registry.Run) {
	e.t.Helper()
	before := time.Now().Add(-time.Second)
	is := e.record(e.cl.GetWorkflow(e.t.Context(), old.WorkflowID, e.resetTo(old, -3)))
	is = e.becomes(is.ID, "starts anew", func(r registry.Run) bool {
		return r.StartedAt.After(before) && r.State == registry.Succeeded
	})
	d, err := e.cl.DescribeWorkflowExecution(e.t.Context(), is.WorkflowID, is.WorkflowRunID)
	if id := string(
		d.GetWorkflowExecutionInfo().GetSearchAttributes().GetIndexedFields()[activities.AttrRun].GetData(),
	); id != strconv.Quote(is.ID) {
		e.t.Errorf("the attribute of run %s is %s", is.ID, id)
	}
	if memo := string(d.GetWorkflowExecutionInfo().GetMemo().GetFields()["lfb_run"].GetData()); err != nil ||
		memo != strconv.Quote(is.ID) && memo != strconv.Quote(old.ID) {
		e.t.Errorf("the memo of run %s is %s, %v", is.ID, memo, err)
	}
}
