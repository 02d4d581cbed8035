package workflows

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"lfb/activities"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/registry"
)

// replayEnv runs Backfill with activities that answer as told and remembers what
// was saved: what they do themselves is tested where they are.
type replayEnv struct {
	*testsuite.TestWorkflowEnvironment
	ledger map[string][]string // versions by line
	months []registry.BackfillMonth
	last   registry.Backfill
	mu     sync.Mutex // fits go side by side
	trains []string
	onPlan func(month string) // called before each plan
	// nonePasses has no winner pass, so that one may serve provisionally.
	nonePasses bool
}

// newReplay gives n months, of which the first is skipped, the third is refused
// by the gate and the fifth breaks.
func newReplay(n int) *replayEnv {
	e := &replayEnv{TestWorkflowEnvironment: newTestEnvironment(), ledger: map[string][]string{}}
	var a *activities.Activities
	e.RegisterActivity(&activities.Activities{})
	e.RegisterWorkflow(BackfillMonth)
	e.OnActivity(a.OpenBackfill, mock.Anything, mock.Anything).Return(func(context.Context,
		activities.OpenBackfillInput,
	) (activities.OpenBackfillResult, error) {
		out := activities.OpenBackfillResult{DataSet: registry.DataSet{ID: "d"}}
		for i := range n {
			out.Months = append(out.Months, monthNo(i))
		}
		return out, nil
	})
	e.OnActivity(a.PlanBackfill, mock.Anything, mock.Anything).Return(func(_ context.Context,
		in activities.PlanBackfillInput,
	) (activities.PlanBackfillResult, error) {
		if e.onPlan != nil {
			e.onPlan(in.Month)
		}
		if in.Month == monthNo(0) {
			return activities.PlanBackfillResult{Skip: "too short"}, nil
		}
		return activities.PlanBackfillResult{KnownTo: in.Month}, nil
	})
	e.OnActivity(a.Train, mock.Anything, mock.Anything).Return(func(_ context.Context,
		in activities.TrainInput,
	) (activities.TrainResult, error) {
		e.mu.Lock()
		e.trains = append(e.trains, in.Line)
		e.mu.Unlock()
		if in.Candidate == "nosuch" {
			return activities.TrainResult{}, temporal.NewNonRetryableApplicationError("no such candidate", "permanent", nil)
		}
		return activities.TrainResult{Candidate: in.Candidate}, nil
	})
	e.OnActivity(a.SaveRun, mock.Anything, mock.Anything).Return(nil)
	e.OnActivity(a.Compare, mock.Anything, mock.Anything).Return(e.compare)
	e.OnActivity(a.AppendPromotion, mock.Anything, mock.Anything).Return(func(_ context.Context,
		in activities.AppendPromotionInput,
	) (activities.AppendPromotionResult, error) {
		e.ledger[in.Line] = append(e.ledger[in.Line], in.Version)
		return activities.AppendPromotionResult{Revision: in.Seen + 1}, nil
	})
	e.OnActivity(a.ScoreBackfill, mock.Anything, mock.Anything).Return(func(_ context.Context,
		in activities.ScoreBackfillInput,
	) (activities.ScoreBackfillResult, error) {
		for i := range in.Versions {
			in.Versions[i].Metrics = ml.Metrics{Rows: 10, RMSE: 100}
			in.Versions[i].Candidate = "gbdt"
		}
		return activities.ScoreBackfillResult{Scores: in.Versions}, nil
	})
	e.OnActivity(a.SaveBackfill, mock.Anything, mock.Anything).Return(func(_ context.Context,
		in activities.SaveBackfillInput,
	) error {
		if e.last = in.Backfill; in.Month != nil {
			e.months = append(e.months, *in.Month)
		}
		return nil
	})
	e.OnActivity(a.ReportBackfill, mock.Anything,
		mock.Anything).Return(activities.ReportBackfillResult{Report: lfb.Ref{Key: "page"}, Summary: "so it went"}, nil)
	return e
}

// compare lets every month's winner, named after the month, pass, but refuses the
// third and breaks on the fifth.
func (e *replayEnv) compare(_ context.Context, in activities.CompareInput) (activities.CompareResult, error) {
	month := in.RunID[len(in.RunID)-7:]
	if e.nonePasses && in.Provisional {
		return activities.CompareResult{Winner: "refused", Provisional: "widened", Summary: "provisional"}, nil
	}
	out := activities.CompareResult{
		Winner: "v" + month, Passed: month != monthNo(2), Summary: "verdict",
		Leaderboard: []activities.Standing{
			{Rank: 1, Candidate: "gbdt", Version: "v" + month},
			{Rank: 2, Candidate: "baseline", Version: "b" + month},
		},
	}
	if ledger := e.ledger[in.Line]; len(ledger) > 0 {
		out.Champion, out.Revision = ledger[len(ledger)-1], int64(len(ledger))
	}
	if month == monthNo(4) {
		return out, temporal.NewNonRetryableApplicationError("broken", "permanent", nil)
	}
	return out, nil
}

func monthNo(i int) string { return fmt.Sprintf("%d-%02d", 2016+i/12, i%12+1) }

func replayInput(n int, candidates ...string) BackfillInput {
	return BackfillInput{
		Origin: lfb.Synthetic, From: monthNo(0), To: monthNo(n - 1),
		Train: activities.TrainSpec{Candidates: candidates},
	}
}

// TestBackfillServesProvisionally: where nothing serves and nothing passes, a month promotes what
// the comparison found to serve meanwhile, as a retrain does.
func TestBackfillServesProvisionally(t *testing.T) {
	t.Parallel()
	e := newReplay(2)
	e.nonePasses = true
	e.ExecuteWorkflow(Backfill, replayInput(2, "gbdt"))
	if err := e.GetWorkflowError(); err != nil {
		t.Fatal(err)
	}
	m := e.months[1]
	if m.Champion != "widened" || m.Winner != "refused" || !m.Provisional || m.Passed ||
		e.ledger[registry.BackfillLine(e.last.ID)][0] != "widened" {
		t.Errorf("month = %+v, ledger %v; want what was widened to serve", m, e.ledger)
	}
}

func TestBackfill(t *testing.T) {
	t.Parallel()
	e := newReplay(6)
	e.ExecuteWorkflow(Backfill, replayInput(6, "gbdt", "nosuch"))
	var b registry.Backfill
	if err := e.GetWorkflowError(); err != nil {
		t.Fatal(err)
	}
	if err := e.GetWorkflowResult(&b); err != nil {
		t.Fatal(err)
	}
	if b.State != registry.Succeeded || b.Reason != "so it went" || b.Report.Key != "page" ||
		e.last.State != registry.Succeeded {
		t.Errorf("backfill = %+v, saved as %s, want it to have succeeded with its report", b, e.last.State)
	}
	want := []string{
		"skipped  ", "decided v2016-02 2016-02", "decided v2016-02 2016-02", "decided v2016-04 2016-04",
		"failed v2016-04 2016-04", "decided v2016-06 2016-06",
	}
	var got []string
	for _, m := range e.months {
		got = append(got, m.State+" "+m.Champion+" "+m.Since)
	}
	if !slices.Equal(got, want) {
		t.Errorf("months = %q, want %q", got, want)
	}
	roles := e.months[2].Realised
	if len(roles) != 4 || roles[0].Version != "v2016-02" || roles[1].Version != "v2016-02" ||
		roles[2].Version != "v2016-03" || roles[3].Version != "b2016-03" {
		t.Errorf("scored in March = %+v, want champion, first, newest and baseline", roles)
	}
	if len(e.ledger) != 1 || len(e.ledger[b.Line()]) != 3 || b.Line() != registry.BackfillLine(b.ID) {
		t.Errorf("ledgers = %v, want three entries in the backfill's own", e.ledger)
	}
	if i := slices.IndexFunc(e.trains, func(line string) bool { return line != activities.BackfillTrainLine }); i >= 0 {
		t.Errorf("a fit in line %q", e.trains[i])
	}
}

func TestBackfillOfNothingButFailures(t *testing.T) {
	t.Parallel()
	e := newReplay(3)
	e.ExecuteWorkflow(Backfill, replayInput(3, "nosuch"))
	if err := e.GetWorkflowError(); err != nil {
		t.Fatal(err)
	}
	if m := e.months[2]; m.State != registry.MonthFailed || m.Reason != "every candidate failed: no such candidate" ||
		m.Champion != "" {
		t.Errorf("a month in which nothing could be trained = %+v", m)
	}
}

func TestBackfillContinuesAsNew(t *testing.T) {
	t.Parallel()
	e := newReplay(monthsPerExecution + 2)
	e.ExecuteWorkflow(Backfill, replayInput(monthsPerExecution+2, "gbdt"))
	var next *workflow.ContinueAsNewError
	if err := e.GetWorkflowError(); !workflow.IsContinueAsNewError(err) {
		t.Fatalf("error = %v (%v), want it to continue as new", err, next)
	}
	if len(e.months) != monthsPerExecution || e.last.State != registry.Running {
		t.Errorf("%d months saved, state %s, want %d and running", len(e.months), e.last.State, monthsPerExecution)
	}
	rest := newReplay(0)
	in := replayInput(monthsPerExecution+2, "gbdt")
	in.Carried = &BackfillState{
		Backfill: registry.Backfill{ID: "b", StartedAt: time.Unix(1, 0), State: registry.Running},
		Months:   []string{"2019-01", "2019-02"},
		First:    "f", Champion: "c", Since: "2018-01",
	}
	rest.ledger[registry.BackfillLine("b")] = []string{"f", "c"}
	rest.ExecuteWorkflow(Backfill, in)
	if err := rest.GetWorkflowError(); err != nil {
		t.Fatal(err)
	}
	if len(rest.months) != 2 || rest.last.ID != "b" || rest.months[0].Realised[1].Version != "f" ||
		rest.months[0].Revision != 3 {
		t.Errorf("what was carried over = %+v of %s, want two months on the same ledger and first champion", rest.months,
			rest.last.ID)
	}
}

func TestBackfillCancelledKeepsItsMonths(t *testing.T) {
	t.Parallel()
	e := newReplay(6)
	e.onPlan = func(month string) {
		if month == monthNo(3) {
			e.CancelWorkflow()
		}
	}
	e.ExecuteWorkflow(Backfill, replayInput(6, "gbdt"))
	if e.GetWorkflowError() == nil {
		t.Fatal("a cancelled backfill succeeded")
	}
	if e.last.State != registry.Cancelled || e.last.Report.Key != "page" || len(e.months) != 3 {
		t.Errorf("saved as %+v with %d months, want cancelled, with a report of three", e.last, len(e.months))
	}
}
