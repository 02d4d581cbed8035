package control_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"lfb/internal/control"
	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/workflows"
)

// changes is every change that a person may ask for.
var changes = map[string]struct {
	make   func(ctx context.Context, w *world) error
	asked  string // of Temporal
	target string // in the audit log
}{
	"retrain": {func(ctx context.Context, w *world) error {
		_, err := w.Retrain(ctx, root, control.RetrainRequest{Why: "x"})
		return err
	}, "start retrain " + line, line},
	"monitor": {func(ctx context.Context, w *world) error {
		_, err := w.Monitor(ctx, root, true, "x")
		return err
	}, "start monitor " + line, line},
	"backfill": {func(ctx context.Context, w *world) error {
		_, err := w.Backfill(ctx, root, "2017-01", "2017-02", "x")
		return err
	}, "start backfill synthetic", "2017-01 to 2017-02"},
	"cancel run": {func(ctx context.Context, w *world) error {
		_, err := w.Cancel(ctx, root, registry.Run{ID: "id", State: registry.Running, WorkflowID: "w", WorkflowRunID: "r"},
			"x")
		return err
	}, "cancel w r for root: x", "id"},
	"promote": {func(ctx context.Context, w *world) error {
		w.temporal.result = &workflows.PromoteResult{Outcome: control.OutcomePromoted, Revision: 3}
		_, err := w.Promote(ctx, root, control.PromotionRequest{
			Line: line, Version: "v3", Seen: 2,
			Kind: control.KindPromote, Why: "x",
		})
		return err
	}, "start promote " + line + " v3 after revision 2", line + " v3"},
	"approve": {func(ctx context.Context, w *world) error {
		_, err := w.Decide(ctx, root, control.Decision{ID: "waits", Seen: 2, Update: control.DecideApprove, Why: "x"})
		return err
	}, "approve waits", "waits"},
	"decision code": {func(ctx context.Context, w *world) error {
		_, _, err := w.IssueCode(ctx, root, "waits")
		return err
	}, "", "waits"},
	"set schedule": {func(ctx context.Context, w *world) error {
		_, err := w.SetSchedule(ctx, root, control.ScheduleChange{Kind: control.ScheduledRetrain, Note: "x"})
		return err
	}, "", "retrain"},
	"pause schedule": {func(ctx context.Context, w *world) error {
		return w.ChangeSchedule(ctx, root, "s", control.PauseSchedule, "x")
	}, "pause for x s", "s"},
	"resume schedule": {func(ctx context.Context, w *world) error {
		return w.ChangeSchedule(ctx, root, "s", control.ResumeSchedule, "x")
	}, "resume for x s", "s"},
	"trigger schedule": {func(ctx context.Context, w *world) error {
		return w.ChangeSchedule(ctx, root, "s", control.TriggerSchedule, "x")
	}, "trigger s", "s"},
	"set availability": {func(ctx context.Context, w *world) error {
		return w.SetAvailability(ctx, root, &registry.Availability{Engines: []registry.AwayEngines{{Station: "Soho"}}}, 0,
			"x")
	}, "", "Soho"},
	"delete schedule": {func(ctx context.Context, w *world) error {
		return w.ChangeSchedule(ctx, root, "s", control.DeleteSchedule, "x")
	}, "delete s", "s"},
}

// TestChangesAreLoggedFirst makes every change: one entry of who, from where, when
// and what, and then the change; none that cannot be logged.
func TestChangesAreLoggedFirst(t *testing.T) {
	t.Parallel()
	for action, c := range changes {
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.records.noAudit = true
			if err := c.make(t.Context(), w); !errors.Is(err, lfb.ErrUnavailable) || len(w.temporal.asked) > 0 ||
				len(w.temporal.schedules) > 0 {
				t.Fatalf("without a log: %v, and asked for %v", err, w.temporal.asked)
			}
			w.records.noAudit = false
			if err := c.make(t.Context(), w); err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(w.temporal.asked, "; "); got != c.asked {
				t.Errorf("asked for %q, want %q", got, c.asked)
			}
			e := w.records.audit[0]
			if len(w.records.audit) != 1 || e.Who != "root" || e.From != root.Address || !e.At.Equal(clock) ||
				e.Action != action || e.Target != c.target || e.Detail == "" {
				t.Errorf("log = %+v", w.records.audit)
			}
			if w.temporal.input != nil && w.temporal.options.TaskQueue != workflows.QueueControl {
				t.Errorf("started on %q", w.temporal.options.TaskQueue)
			}
		})
	}
}

// TestRefusedChangesAreLoggedAsNotDone: what was written down and then refused has a second
// entry that says so; what was refused without an entry has none.
func TestRefusedChangesAreLoggedAsNotDone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.temporal.err = serviceerror.NewWorkflowExecutionAlreadyStarted("started", "", "r")
	if _, err := w.Retrain(t.Context(), root, control.RetrainRequest{Why: "x"}); !errors.Is(err, lfb.ErrConflict) {
		t.Fatal(err)
	}
	if err := w.AssumeCallHandling(t.Context(), root, time.Minute, 7, "x"); !errors.Is(err, lfb.ErrConflict) {
		t.Fatal(err)
	}
	var d directory
	if err := control.NewPeople(&d, func() time.Time { return clock }).RevokeKey(t.Context(), root, "none"); err == nil {
		t.Fatal("a key that is not there was revoked")
	}
	for _, log := range [][]registry.AuditEntry{w.records.audit[:2], w.records.audit[2:], d.audit} {
		if len(log) != 2 || log[0].Action != log[1].Action || log[0].Target != log[1].Target || log[1].Who != root.Name ||
			strings.HasPrefix(log[0].Detail, "not done") || !strings.HasPrefix(log[1].Detail, "not done: ") {
			t.Errorf("log = %+v", log)
		}
	}
	if got := w.records.audit[1].Detail; got != "not done: one of this line runs already" {
		t.Errorf("logged %q", got)
	}
}

// TestUnjudgedVersionNeedsAWord: what no gate has judged and never served serves only where
// whoever asks says that they know.
func TestUnjudgedVersionNeedsAWord(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.records.rank = 3
	w.temporal.result = &workflows.PromoteResult{Outcome: control.OutcomePromoted, Revision: 3}
	r := control.PromotionRequest{Line: line, Version: "v3", Seen: 2, Kind: control.KindPromote, Why: "x"}
	if _, err := w.Promote(t.Context(), root, r); !errors.Is(err, control.ErrUnjudged) || len(w.temporal.asked) > 0 {
		t.Fatalf("unjudged: %v, asked for %v", err, w.temporal.asked)
	}
	r.Unjudged = true
	if _, err := w.Promote(t.Context(), root, r); err != nil {
		t.Fatal(err)
	}
	if in := w.temporal.input.(workflows.PromoteInput); in.Why != "unjudged: x" {
		t.Errorf("the ledger will say %q", in.Why)
	}
	w.records.notes = []registry.VersionNote{{Verdict: &registry.Verdict{Passed: true}}}
	if r.Unjudged = false; !succeeds(w.Promote(t.Context(), root, r)) {
		t.Error("one that was judged by hand was refused")
	}
}

func succeeds(_ control.PromotionResult, err error) bool { return err == nil }

// TestAuditOfRetrainSaysWhatWasSet: in words, and only what was set.
func TestAuditOfRetrainSaysWhatWasSet(t *testing.T) {
	t.Parallel()
	no := false
	for want, ask := range map[string]control.RetrainRequest{
		"as configured: why":                  {Why: "why"},
		"candidates gbdt; seed 3; force: why": {Candidates: []string{"gbdt"}, Seed: 3, Force: true, Why: "why"},
		"candidates baseline, gbdt; seed 7; hold-out 30 days; without approval: why": {
			Train: &control.TrainSpec{Candidates: []string{"baseline", "gbdt"}, Seed: 7, HoldoutDays: 30}, Approval: &no,
			Why: "why",
		},
	} {
		w := newWorld(t)
		if ask.Train != nil {
			ask.Train.Tune, ask.Train.Relevance = w.TrainSpec().Tune, w.TrainSpec().Relevance
		}
		if _, err := w.Retrain(t.Context(), root, ask); err != nil {
			t.Fatal(err)
		}
		if got := w.records.audit[0].Detail; got != want {
			t.Errorf("logged %q, want %q", got, want)
		}
	}
}

// TestRetrainIsWhatWasAskedFor holds each part of a request to the workflow's input.
func TestRetrainIsWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	yes := true
	for _, tt := range []struct {
		name       string
		ask        control.RetrainRequest
		candidates string
		seed       uint64
		force      bool
		approval   bool
	}{
		{"as configured", control.RetrainRequest{}, "[baseline gbdt]", 7, false, false},
		{"a seed", control.RetrainRequest{Seed: 42}, "[baseline gbdt]", 42, false, false},
		{"candidates", control.RetrainRequest{Candidates: []string{"forest"}}, "[baseline forest]", 7, false, false},
		{
			"with the baseline",
			control.RetrainRequest{Candidates: []string{"forest", "baseline"}},
			"[forest baseline]", 7,
			false, false,
		},
		{"forced, with a say", control.RetrainRequest{Force: true, Approval: &yes}, "[baseline gbdt]", 7, true, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			run, err := w.Retrain(t.Context(), root, tt.ask)
			if err != nil || run != (control.Run{WorkflowID: "retrain " + line, RunID: "run"}) {
				t.Fatalf("Retrain = %+v, %v", run, err)
			}
			in := w.temporal.input.(workflows.RetrainInput)
			if fmt.Sprint(in.Train.Candidates) != tt.candidates || in.Train.Seed != tt.seed || in.Force != tt.force ||
				in.Promote.Approval != tt.approval ||
				in.Trigger != "manual" || in.Who != "root" {
				t.Errorf("input = %+v, want %+v", in, tt)
			}
			o := w.temporal.options
			if o.WorkflowIDConflictPolicy != enums.WORKFLOW_ID_CONFLICT_POLICY_FAIL ||
				!o.WorkflowExecutionErrorWhenAlreadyStarted {
				t.Errorf("options = %+v, want a second one of the line refused", o)
			}
		})
	}
}

func TestPromote(t *testing.T) {
	t.Parallel()
	ask := func(kind, version string, seen int64) control.PromotionRequest {
		return control.PromotionRequest{Line: line, Version: version, Seen: seen, Kind: kind, Why: "x"}
	}
	done := &workflows.PromoteResult{Outcome: control.OutcomePromoted, Revision: 3}
	for _, tt := range []struct {
		name    string
		ask     control.PromotionRequest
		result  *workflows.PromoteResult
		version string
		err     error
	}{
		{"promoted", ask(control.KindPromote, "v3", 2), done, "v3", nil},
		{"rolled back to the one before", ask(control.KindRollback, "", 2), done, "v1", nil},
		{"rolled back further", ask(control.KindRollback, "v0", 2), done, "v0", nil},
		{"serves already", ask(control.KindPromote, "v2", 2), done, "", lfb.ErrConflict},
		{"no such version", ask(control.KindPromote, "none", 2), done, "", lfb.ErrNotFound},
		{"no version", ask(control.KindPromote, "", 2), done, "", lfb.ErrInvalid},
		{"overtaken before", ask(control.KindPromote, "v3", 1), done, "", &control.StaleError{Line: line, Seen: 1, Now: 2}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.temporal.result = tt.result
			res, err := w.Promote(t.Context(), root, tt.ask)
			if tt.err != nil {
				if !errors.Is(err, tt.err) && fmt.Sprint(err) != tt.err.Error() || len(w.temporal.asked)+len(w.records.audit) > 0 {
					t.Errorf("Promote = %v, asked for %v, want %v", err, w.temporal.asked, tt.err)
				}
				return
			}
			if err != nil || res.Version != tt.version || res.Outcome != control.OutcomePromoted || res.Revision != 3 {
				t.Errorf("Promote = %+v, %v, want %s at revision 3", res, err, tt.version)
			}
			if in := w.temporal.input.(workflows.PromoteInput); in.Version != tt.version || in.Seen != 2 || in.Who != "root" {
				t.Errorf("input = %+v", in)
			}
		})
	}
}

// TestPromoteOvertakenMeanwhile is a promotion that found the ledger moved on when
// it got there.
func TestPromoteOvertakenMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.temporal.result, w.records.moved = &workflows.PromoteResult{Outcome: control.OutcomeStale}, 3
	_, err := w.Promote(t.Context(), root, control.PromotionRequest{
		Line: line, Version: "v3", Seen: 2,
		Kind: control.KindPromote,
	})
	var stale *control.StaleError
	if !errors.As(err, &stale) || stale.Now != 5 || !errors.Is(err, lfb.ErrConflict) {
		t.Errorf("Promote = %v, want stale at revision 5", err)
	}
}

// TestPromoteThatGoesOn is one that waits for a person: the request does not.
func TestPromoteThatGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		res, err := w.Promote(t.Context(), root, control.PromotionRequest{
			Line: line, Version: "v3", Seen: 2,
			Kind: control.KindPromote,
		})
		if err != nil || res.Outcome != "" || res.WorkflowID == "" {
			t.Errorf("Promote = %+v, %v, want no outcome yet", res, err)
		}
	})
}

func TestDecide(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, id string
		seen     int64
		err      error
	}{
		{"as seen", "waits", 2, nil},
		{"from any revision", "waits", control.AnyRevision, nil},
		{"seen before", "waits", 1, &control.StaleError{Line: line, Seen: 1, Now: 2}},
		{"overtaken", "overtaken", control.AnyRevision, &control.StaleError{Line: line, Seen: 1, Now: 2}},
		{"decided", "decided", 2, lfb.ErrConflict},
		{"none", "gone", 2, lfb.ErrNotFound},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			answer, err := w.Decide(t.Context(), root, control.Decision{
				ID: tt.id, Seen: tt.seen, Update: control.DecideReject,
				Why: "no",
			})
			if tt.err != nil {
				if !errors.Is(err, tt.err) && fmt.Sprint(err) != tt.err.Error() || len(w.temporal.asked)+len(w.records.audit) > 0 {
					t.Errorf("Decide = %v, asked for %v, want %v", err, w.temporal.asked, tt.err)
				}
				return
			}
			d := w.temporal.decision
			if err != nil || answer != "noted: reject" || d.Who != "root" || d.Why != "no" || d.Code == "" {
				t.Errorf("Decide = %q, %v, sent %+v; want a decision with a code", answer, err, d)
			}
		})
	}
	w := newWorld(t)
	_, err := w.Decide(t.Context(), control.Actor{Name: "eve"}, control.Decision{
		ID: "waits", Seen: 2,
		Update: control.DecideApprove, Why: "x",
	})
	if !errors.Is(err, lfb.ErrInvalid) || len(w.temporal.asked) > 0 {
		t.Errorf("a decision by no administrator = %v, asked for %v", err, w.temporal.asked)
	}
}

// TestDecideNothing is of an id under which nothing waits, asked of Temporal alone.
func TestDecideNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.temporal.err = serviceerror.NewNotFound("workflow not found for ID: nope")
	_, err := control.Decide(t.Context(), w.temporal, registry.Rights{Store: w.records, Now: time.Now}, "nope",
		control.DecideApprove,
		workflows.Decision{Who: "root", Why: "x"})
	if !errors.Is(err, lfb.ErrNotFound) || !strings.Contains(err.Error(), `nothing waits under the id "nope"`) {
		t.Errorf("Decide = %v, want %v that says that nothing waits", err, lfb.ErrNotFound)
	}
}

func TestApprovalsAreThoseThatWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got, err := w.Approvals(t.Context())
	if err != nil || len(got) != 1 || got[0].ID != "waits" || got[0].Version != "v3" || got[0].Revision != 2 {
		t.Errorf("Approvals = %+v, %v, want the one that waits", got, err)
	}
}

// TestCancel marks the run until it has ended, and refuses what does not run: by its
// record, or by what Temporal knows.
func TestCancel(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		state  registry.RunState
		status enums.WorkflowExecutionStatus
		want   bool
	}{
		{"runs", registry.Running, enums.WORKFLOW_EXECUTION_STATUS_RUNNING, true},
		{"over", registry.Failed, enums.WORKFLOW_EXECUTION_STATUS_RUNNING, false},
		{"over, and not on record yet", registry.Running, enums.WORKFLOW_EXECUTION_STATUS_TERMINATED, false},
	} {
		w := newWorld(t)
		w.temporal.status = tt.status
		_, err := w.Cancel(t.Context(), root, registry.Run{ID: "id", State: tt.state, WorkflowID: "w", WorkflowRunID: "r"},
			"x")
		if !tt.want {
			if _, ok := errors.AsType[*control.NotRunningError](err); !ok || !errors.Is(err, lfb.ErrConflict) ||
				len(w.temporal.asked) > 0 {
				t.Errorf("%s: Cancel = %v, and Temporal was asked %q; want a NotRunningError and nothing", tt.name, err,
					w.temporal.asked)
			}
			continue
		}
		if err != nil || len(w.records.swapped) != 1 || w.records.swapped[0].State != registry.Cancelling ||
			w.records.swapped[0].EndedBy != root.Name || w.records.swapped[0].EndedFor != "x" {
			t.Errorf("%s: Cancel = %v, the record became %+v; want cancelling, by root", tt.name, err, w.records.swapped)
		}
	}
}

// TestCancelAgain: who asks again is told so, and nothing is done or logged twice.
func TestCancelAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := registry.Run{ID: "id", State: registry.Cancelling, WorkflowID: "w", WorkflowRunID: "r"}
	r.EndedBy, r.EndedFor = "jim", "wrong months"
	_, err := w.Cancel(t.Context(), root, r, "x")
	if !errors.Is(err, lfb.ErrConflict) || !strings.Contains(err.Error(),
		"is being cancelled already by jim: wrong months") || len(w.records.audit)+len(w.temporal.asked) > 0 {
		t.Errorf("Cancel = %v, logged %v, asked for %q; want a conflict that says who, and no more", err, w.records.audit,
			w.temporal.asked)
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	p, err := newWorld(t).Progress(t.Context(), "w", "r")
	want := control.Step{Name: "fetch", State: control.StepFailed, Detail: "away", Queued: clock, Started: clock}
	if err != nil || p.Outcome != "kept" || p.DataSet != "d1" || !slices.Equal(p.Steps, []control.Step{want}) {
		t.Errorf("Progress = %+v, %v, want %+v", p, err, want)
	}
}

// TestEqualPromotionsAtOnce: who joins the run that another's request started is told so.
func TestEqualPromotionsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.temporal.err = serviceerror.NewWorkflowExecutionAlreadyStarted("m", "r", "run-1")
	w.temporal.result = &workflows.PromoteResult{Outcome: control.OutcomePromoted, Revision: 3}
	res, err := w.Promote(t.Context(), root, control.PromotionRequest{
		Line: line, Version: "v3", Seen: 2,
		Kind: control.KindPromote, Why: "x",
	})
	if err != nil || res.Outcome != control.OutcomeAlready || res.Revision != 3 ||
		!strings.HasSuffix(fmt.Sprint(w.temporal.asked), "run-1]") {
		t.Errorf("Promote = %+v, %v, asked for %q; want %q by the run that is under way", res, err, w.temporal.asked,
			control.OutcomeAlready)
	}
	w.temporal.result = &workflows.PromoteResult{Outcome: control.OutcomeStale}
	w.records.moved = 3
	_, err = w.Promote(t.Context(), root, control.PromotionRequest{
		Line: line, Version: "v3", Seen: 2,
		Kind: control.KindPromote, Why: "x",
	})
	if stale := new(control.StaleError); !errors.As(err, &stale) {
		t.Errorf("Promote of what ended stale = %v, want a StaleError", err)
	}
}

// TestErrorsSayWhatACallerCanDo translates what Temporal answers.
func TestErrorsSayWhatACallerCanDo(t *testing.T) {
	t.Parallel()
	other := errors.New("odd")
	for _, tt := range []struct{ err, want error }{
		{serviceerror.NewWorkflowExecutionAlreadyStarted("m", "r", "w"), lfb.ErrConflict},
		{serviceerror.NewNotFound("m"), lfb.ErrNotFound},
		{serviceerror.NewInvalidArgument("m"), lfb.ErrInvalid},
		{serviceerror.NewQueryFailed("m"), lfb.ErrNotFound},
		{serviceerror.NewUnavailable("m"), lfb.ErrUnavailable},
		{fmt.Errorf("failed reaching server: %w", context.DeadlineExceeded), lfb.ErrUnavailable},
		{temporal.NewApplicationError("decided already", "conflict"), lfb.ErrConflict},
		{temporal.NewApplicationError("m", "permanent"), lfb.ErrInvalid},
		{other, other},
	} {
		w := newWorld(t)
		w.temporal.err = tt.err
		if _, err := w.Retrain(t.Context(), root, control.RetrainRequest{}); !errors.Is(err, tt.want) {
			t.Errorf("%v became %v, want %v", tt.err, err, tt.want)
		}
	}
}

// TestTemporalAway asks a lazy client whose server refuses: that is said to be
// unavailable, whether Temporal or the caller's patience ended first.
func TestTemporalAway(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	cl, err := client.NewLazyClient(client.Options{HostPort: address})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	w := newWorld(t)
	c := control.New(cl, w.config, w.records, func() time.Time { return clock })
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := c.Schedules(ctx); !errors.Is(err, lfb.ErrUnavailable) {
		t.Errorf("Schedules = %v, want unavailable", err)
	}
}

// What a key sets says which key it was, beside its account.
func TestSettingNamesTheKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, by := range []control.Actor{{Name: "ann", Key: "k1"}, {Name: "ann"}} {
		if err := w.SetAvailability(t.Context(), by, &registry.Availability{}, int64(i), "x"); err != nil {
			t.Fatal(err)
		}
	}
	if s := w.records.settings; s[0].Who != "ann, by key k1" || s[1].Who != "ann" {
		t.Errorf("set by %q and %q", s[0].Who, s[1].Who)
	}
}

// A full list takes no new scenario, and still a new text of one that it has.
func TestCoverScenariosAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	save := func(name string, seen int64) error {
		return w.SaveCoverScenario(t.Context(), root, name, []byte(`{"from":20}`), seen)
	}
	for k := range 500 {
		if err := save(fmt.Sprint("night ", k), 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := save("night 500", 0); !errors.Is(err, lfb.ErrConflict) {
		t.Errorf("one more than are kept: %v", err)
	}
	if err := save("night 7", 1); err != nil {
		t.Errorf("in place of one: %v", err)
	}
	for _, name := range []string{"night 7", "Night 7"} {
		if err := save(name, 0); !errors.Is(err, lfb.ErrConflict) || !strings.Contains(err.Error(), "revision 2") {
			t.Errorf("%s, which is kept: %v", name, err)
		}
	}
	if err := save("night 7", 1); !errors.Is(err, lfb.ErrConflict) {
		t.Errorf("in place of a revision that is over: %v", err)
	}
}

// TestBackfillOfMonthsThatCannotBe is refused at once: started, it would fail where nobody looks.
func TestBackfillOfMonthsThatCannotBe(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, span := range [][2]string{{"1900-01", "2900-01"}, {"2017-02", "2017-01"}, {"2017-02", ""}} {
		_, err := w.Backfill(t.Context(), root, span[0], span[1], "x")
		if !errors.Is(err, lfb.ErrInvalid) || len(w.temporal.asked) > 0 {
			t.Errorf("Backfill(%v) = %v after %q, want lfb.ErrInvalid", span, err, w.temporal.asked)
		}
	}
}
