package workflows

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"lfb/activities"
	"lfb/internal/dataset"
	"lfb/internal/lfb"
	"lfb/internal/ml/search"
)

// lab answers a retrain's activities; how good a trial is follows from its number.
type lab struct {
	rmse  func(trial, origin int) float64 // NaN: the trial fails
	takes time.Duration                   // every trial

	mu      sync.Mutex
	tried   [3][]int // by origin
	saved   search.Record
	trained []activities.TrainInput
}

const trials = 9

// env is a Retrain over l's activities.
func (l *lab) env(t *testing.T) *testsuite.TestWorkflowEnvironment {
	t.Helper()
	env := newTestEnvironment()
	var a *activities.Activities
	env.RegisterActivity(&activities.Activities{})
	env.OnActivity(a.SaveRun, mock.Anything, mock.Anything).Return(nil)
	env.OnActivity(a.ListFiles, mock.Anything, mock.Anything).Return(activities.ListFilesResult{}, nil)
	env.OnActivity(a.Clean, mock.Anything, mock.Anything).Return(activities.CleanResult{}, nil)
	env.OnActivity(a.Plan, mock.Anything, mock.Anything).Return(activities.PlanResult{}, nil)
	env.OnActivity(a.ProposeTrials, mock.Anything, mock.Anything).Return(func(_ context.Context,
		in activities.ProposeTrialsInput,
	) (activities.ProposeTrialsResult, error) {
		var out activities.ProposeTrialsResult
		for i := range in.Trials {
			out.Overrides = append(out.Overrides, json.RawMessage(fmt.Sprintf(`{"rounds":%d}`, i)))
		}
		for k := range 3 {
			out.Origins = append(out.Origins, dataset.Spans{Train: dataset.Span{Lo: k}})
		}
		return out, nil
	})
	trial := env.OnActivity(a.RunTrial, mock.Anything, mock.Anything)
	if l.takes > 0 {
		trial.After(l.takes)
	}
	trial.Return(l.trial)
	env.OnActivity(a.SaveSearch, mock.Anything, mock.Anything).Return(func(_ context.Context,
		in activities.SaveSearchInput,
	) (lfb.Ref, error) {
		l.saved = in.Search
		return lfb.Ref{Key: "report/search/x.json"}, nil
	})
	env.OnActivity(a.Train, mock.Anything, mock.Anything).Return(func(_ context.Context,
		in activities.TrainInput,
	) (activities.TrainResult, error) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.trained = append(l.trained, in)
		return activities.TrainResult{Candidate: in.Candidate}, nil
	})
	env.OnActivity(a.Compare, mock.Anything, mock.Anything).Return(activities.CompareResult{}, nil)
	return env
}

func (l *lab) trial(_ context.Context, in activities.RunTrialInput) (activities.RunTrialResult, error) {
	var o struct{ Rounds int }
	if err := json.Unmarshal(in.Override, &o); err != nil {
		return activities.RunTrialResult{}, err
	}
	l.mu.Lock()
	l.tried[in.Spans.Train.Lo] = append(l.tried[in.Spans.Train.Lo], o.Rounds)
	l.mu.Unlock()
	v := l.rmse(o.Rounds, in.Spans.Train.Lo)
	if math.IsNaN(v) {
		return activities.RunTrialResult{}, temporal.NewNonRetryableApplicationError("diverged", "permanent", nil)
	}
	return activities.RunTrialResult{Score: search.Score{Squares: v * v * 100, Rows: 100}, FitTime: time.Second}, nil
}

func (l *lab) run(t *testing.T, train activities.TrainSpec) {
	t.Helper()
	env := l.env(t)
	env.ExecuteWorkflow(Retrain, RetrainInput{
		Source: activities.SourceSpec{Name: "synthetic"}, Train: train,
		Trigger: "manual",
	})
	if err := env.GetWorkflowError(); err != nil {
		t.Fatal(err)
	}
}

func (l *lab) names() []string {
	var out []string
	for _, in := range l.trained {
		out = append(out, in.Candidate)
	}
	slices.Sort(out)
	return out
}

func budget() activities.TrainSpec {
	return activities.TrainSpec{
		Candidates: []string{"baseline", "gbdt"}, Seed: 3,
		Tune: activities.TuneSpec{Trials: trials, Minutes: 10},
	}
}

// TestTuneHalves asks that the best third go on, that the default is judged on
// every origin, and that the winner is trained beside it.
func TestTuneHalves(t *testing.T) {
	t.Parallel()
	l := &lab{rmse: func(trial, origin int) float64 {
		switch {
		case trial == 2:
			return math.NaN()
		case trial == 5 && origin == 2:
			return 200 // the best so far, and poor on the last: pooled it loses
		}
		return 120 - float64(trial%6) // trials 5, 4 and 3 lead
	}}
	l.run(t, budget())
	for k := range l.tried {
		slices.Sort(l.tried[k])
	}
	if len(l.tried[0]) != trials || !slices.Equal(l.tried[1], []int{0, 3, 4, 5}) ||
		!slices.Equal(l.tried[2], []int{0, 4, 5}) {
		t.Errorf("trials by origin = %v, want all, then 0 3 4 5, then 0 4 5", l.tried)
	}
	if l.saved.Best != 4 || l.saved.Trials[2].Error == "" || len(l.saved.Trials[4].RMSE) != 3 || l.saved.Stopped != "" {
		t.Errorf("record = %+v, want trial 4 as the best, trial 2 with its error", l.saved)
	}
	if got := l.names(); !slices.Equal(got, []string{"baseline", "gbdt", "gbdt-tuned"}) {
		t.Fatalf("trained %v", got)
	}
	for _, in := range l.trained {
		if in.Candidate == tuned && (in.Base != "gbdt" || string(in.Override) != `{"rounds":4}` || in.Search.Key == "") {
			t.Errorf("trained %+v, want trial 4's recipe of gbdt with the record of its search", in)
		}
	}
}

// TestTuneKeepsDefault trains no second gbdt where the default is the best, and
// none where nobody asked for a search.
func TestTuneKeepsDefault(t *testing.T) {
	t.Parallel()
	l := &lab{rmse: func(trial, _ int) float64 { return 100 + float64(trial) }}
	l.run(t, budget())
	if l.saved.Best != 0 || len(l.trained) != 2 {
		t.Errorf("best = %d, trained %v; want the default alone", l.saved.Best, l.names())
	}
	for _, change := range []func(*activities.TrainSpec){
		func(s *activities.TrainSpec) { s.Tune = activities.TuneSpec{} },
		func(s *activities.TrainSpec) { s.Tune.Trials = 1 },
		func(s *activities.TrainSpec) { s.Candidates = []string{"baseline"} },
	} {
		spec, none := budget(), &lab{rmse: l.rmse}
		change(&spec)
		none.run(t, spec)
		if len(none.tried[0]) != 0 || len(none.trained) != len(spec.Candidates) {
			t.Errorf("%+v: %d trials, trained %v; want no search", spec, len(none.tried[0]), none.names())
		}
	}
}

// TestTuneStopsInTime lets the minutes pass in the first round: what was not judged
// is stopped, and the run goes on without a tuned candidate.
func TestTuneStopsInTime(t *testing.T) {
	t.Parallel()
	l := &lab{rmse: func(trial, _ int) float64 { return 100 - float64(trial) }, takes: time.Hour}
	l.run(t, budget())
	if !strings.Contains(l.saved.Stopped, "10 minutes") || l.saved.Best != -1 || len(l.trained) != 2 {
		t.Errorf("stopped %q, best %d, trained %v; want a search that found nothing in its 10 minutes", l.saved.Stopped,
			l.saved.Best, l.names())
	}
	if l.saved.Trials[3].Error == "" {
		t.Errorf("trial 3 = %+v, want it to say that it was stopped", l.saved.Trials[3])
	}
}
