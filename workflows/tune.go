package workflows

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"lfb/activities"
	"lfb/internal/lfb"
	"lfb/internal/ml/search"
)

// searched is the candidate whose recipe is searched, and the name of the winner.
const (
	searched = "gbdt"
	tuned    = searched + "-tuned"
)

// tune searches for a better recipe of the boosting where the run is asked to, and
// returns the candidate that won, nil where there is none or the default did. What
// goes wrong in it is in the progress and costs the run that candidate, not its life.
func (r *retrain) tune(ctx workflow.Context, plan activities.PlanResult) (*activities.TrainInput, error) {
	spec := r.in.Train.Tune
	if spec.Trials < 2 || spec.Minutes <= 0 || !slices.Contains(r.in.Train.Candidates, searched) {
		return nil, nil
	}
	step := r.progress.startStep(ctx, "tune", "draw trials")
	s := &halving{r: r, step: step, record: search.Record{Candidate: searched, Seed: r.in.Train.Seed, Best: -1}}
	err := s.run(ctx, plan)
	var ref lfb.Ref
	if err == nil {
		ref, err = execute(ctx, quickClass, "trials", act.SaveSearch, activities.SaveSearchInput{
			Search:  s.record,
			Origins: s.proposal.Origins,
		})
	}
	if err != nil {
		_ = step.fail(ctx, err)
		return nil, ctx.Err()
	}
	step.done(ctx, s.summary())
	if s.record.Best <= 0 {
		return nil, nil
	}
	return &activities.TrainInput{
		Candidate: tuned, Base: searched, Override: s.record.Trials[s.record.Best].Override, Search: ref,
	}, nil
}

// halving is one search: rounds of trials, each on one more origin.
type halving struct {
	r        *retrain
	step     *progressStep
	proposal activities.ProposeTrialsResult
	record   search.Record
	scores   []search.Score // by trial, over the origins that it was judged on
}

// run draws the trials and halves them until the origins or the time are used up.
func (s *halving) run(ctx workflow.Context, plan activities.PlanResult) error {
	in := s.r.in.Train
	var err error
	s.proposal, err = execute(ctx, scanClass, "draw trials", act.ProposeTrials, activities.ProposeTrialsInput{
		DataSet: plan.DataSet, Spans: plan.Spans, Candidate: searched, Trials: in.Tune.Trials, Seed: in.Seed,
	})
	if err != nil {
		return err
	}
	alive := make([]int, len(s.proposal.Overrides))
	s.scores = make([]search.Score, len(alive))
	for i, o := range s.proposal.Overrides {
		alive[i] = i
		s.record.Trials = append(s.record.Trials, search.Trial{Number: i, Override: o})
	}
	fits, cancel := workflow.WithCancel(ctx)
	defer cancel()
	timer := workflow.NewTimer(fits, time.Duration(in.Tune.Minutes)*time.Minute)
	for k := range s.proposal.Origins {
		s.step.setDetail(ctx, fmt.Sprintf("origin %d of %d: %s", k+1, len(s.proposal.Origins),
			formatCount(len(alive), "trial")))
		judged := s.round(fits, plan, k, alive, timer, cancel)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		cut := s.record.Stopped != ""
		if cut && (k > 0 || !slices.Contains(judged, 0)) {
			break // who was not judged may be better: the round before decides
		}
		best := s.best(judged)
		if len(best) == 0 {
			break
		}
		s.record.Best = best[0]
		if cut {
			break
		}
		alive = s.survivors(best, search.Keep(len(alive)))
	}
	return nil
}

// survivors is the first n of best and the default recipe, by number, which every
// origin judges so that the winner is compared with it.
func (s *halving) survivors(best []int, n int) []int {
	out := slices.Clone(best[:min(n, len(best))])
	if !slices.Contains(out, 0) {
		out = append(out, 0)
	}
	slices.Sort(out)
	return out
}

// round judges the trials on origin k, in parallel, and returns those that came to
// an end. When the timer fires the others are cancelled.
func (s *halving) round(ctx workflow.Context, plan activities.PlanResult, k int, trials []int, timer workflow.Future,
	cancel func(),
) []int {
	var judged []int
	open := len(trials)
	sel := workflow.NewSelector(ctx)
	for _, i := range trials {
		f := workflow.ExecuteActivity(withActivityOptions(ctx, fitClass, fmt.Sprintf("trial %d, origin %d", i, k+1)),
			act.RunTrial, activities.RunTrialInput{
				DataSet: plan.DataSet, Spans: s.proposal.Origins[k], Candidate: searched,
				Override: s.record.Trials[i].Override, Seed: s.r.in.Train.Seed,
			})
		sel.AddFuture(f, func(f workflow.Future) {
			open--
			if s.recordTrial(ctx, i, f) {
				judged = append(judged, i)
			}
		})
	}
	sel.AddFuture(timer, func(workflow.Future) {
		if ctx.Err() == nil {
			s.record.Stopped = fmt.Sprintf("the %d minutes were over on origin %d", s.r.in.Train.Tune.Minutes, k+1)
			cancel()
		}
	})
	for open > 0 {
		sel.Select(ctx)
	}
	return judged
}

// recordTrial writes down how a trial ended and reports whether it was judged.
func (s *halving) recordTrial(ctx workflow.Context, i int, f workflow.Future) bool {
	var got activities.RunTrialResult
	t := &s.record.Trials[i]
	if err := f.Get(ctx, &got); err != nil {
		if t.Error = rootCause(err); temporal.IsCanceledError(err) {
			t.Error = "stopped: out of time"
		}
		return false
	}
	s.scores[i] = s.scores[i].Plus(got.Score)
	t.RMSE, t.FitTime = append(t.RMSE, got.Score.RMSE()), t.FitTime+got.FitTime
	return true
}

// best is the judged trials, best first.
func (s *halving) best(judged []int) []int {
	slices.Sort(judged)
	scores := make([]search.Score, len(judged))
	for k, i := range judged {
		scores[k] = s.scores[i]
	}
	order := search.Best(scores, len(scores))
	for k, at := range order {
		order[k] = judged[at]
	}
	return order
}

// summary is one line for people.
func (s *halving) summary() string {
	text := fmt.Sprintf("%s on %s", formatCount(len(s.record.Trials), "trial"),
		formatCount(len(s.proposal.Origins), "origin"))
	if s.record.Stopped != "" {
		text += ", " + s.record.Stopped
	}
	switch s.record.Best {
	case -1:
		return text + ": none was judged"
	case 0:
		return text + ": the default recipe stays"
	}
	t := s.record.Trials[s.record.Best]
	last := len(t.RMSE) - 1
	text += fmt.Sprintf(": trial %d, RMSE %.1f s on origin %d", t.Number, t.RMSE[last], last+1)
	if d := s.record.Trials[0].RMSE; len(d) > last {
		text += fmt.Sprintf(" (default %.1f s)", d[last])
	}
	return text + ", " + string(t.Override)
}
