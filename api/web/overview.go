package web

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"lfb/internal/control"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/registry"
)

// How old the overview may be before it is read again, and from when on a page waits for
// that a little; where there is none yet it waits longer.
const (
	overviewFreshFor  = 5 * time.Second
	overviewStale     = 15 * time.Second
	overviewWait      = 150 * time.Millisecond
	overviewFirstWait = 2 * time.Second
)

// How many of the newest runs and monitor runs the overview reads.
const (
	recentRuns  = 20
	recentLooks = 5
)

// overview is what the home page shows, and the menu of every page: what serves, how it
// does, what happened last and what waits. It is read in the background, for all readers
// at once.
type overview struct {
	Line      string
	Promotion registry.Promotion // by which the champion serves; zero without one
	Champion  registry.Version
	Verdict   *registry.Verdict    // on which it was promoted; nil where none was kept
	Look      *registry.Monitoring // the last that judged the champion by a month after its hold-out; nil without one
	Early     bool                 // it was judged, but by no such month
	Alarms    []registry.Alarm     // open
	Waiting   []control.Approval
	Schedules []registry.ScheduleState
	Runs      []registry.Run // newest first
	Last      *registry.Run  // the newest that is over; nil without one
	Judged    *registry.Verdict
	Winner    string // of the last: its name; empty where nothing was judged
	Against   string // the name of what served then; empty where nothing did
	Failed    []registry.Run
	Away      bool // Temporal did not answer
}

// overviews reads the overview again when it is asked for and no longer fresh.
type overviews struct {
	mu      sync.Mutex
	last    *overview
	readAt  time.Time
	reading chan struct{} // closed when the one that is being read is there; nil without one
}

// readOverview is the newest overview there is; an empty one where none is to be had in time.
// A page that is about it waits for one that is not old, others only a little.
func (u *ui) readOverview(ctx context.Context, about bool) *overview {
	o := &u.overviews
	o.mu.Lock()
	last, age, reading := o.last, time.Since(o.readAt), o.reading
	if age > overviewFreshFor && reading == nil {
		reading = make(chan struct{})
		o.reading = reading
		go u.refreshOverview(context.WithoutCancel(ctx), cmp.Or(last, &overview{}), reading)
	}
	o.mu.Unlock()
	if last != nil && age < overviewStale {
		return last
	}
	wait := overviewWait
	if last == nil || about {
		wait = overviewFirstWait
	}
	select {
	case <-reading:
	case <-ctx.Done():
	case <-time.After(wait):
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.last == nil {
		return &overview{Away: true}
	}
	return o.last
}

func (u *ui) refreshOverview(ctx context.Context, was *overview, done chan struct{}) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	next := u.newOverview(ctx, was)
	o := &u.overviews
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.reading == done { // else something was changed meanwhile
		o.last, o.readAt, o.reading = next, time.Now(), nil
	}
	close(done)
}

// forgetOverview has the next page wait for what was changed just now.
func (u *ui) forgetOverview() {
	o := &u.overviews
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last, o.readAt, o.reading = nil, time.Time{}, nil
}

// newOverview reads it, but for the verdicts that the last one has: they never change. What
// cannot be read is left out: the rest is worth showing.
func (u *ui) newOverview(ctx context.Context, was *overview) *overview {
	v := &overview{}
	note := func(what string, err error) {
		if err != nil {
			u.Log.Debug("overview is not complete", zap.Error(fmt.Errorf("%s: %w", what, err)))
		}
	}
	var err error
	v.Waiting, err = u.readApprovals(ctx)
	v.Away = err != nil
	note("approvals", err)
	v.Schedules, err = u.Control.Schedules(ctx)
	note("schedules", err)
	for _, origin := range lfb.Origins() {
		open, err := u.Store.Alarms(ctx, origin.Line(), true)
		v.Alarms = append(v.Alarms, open...)
		note("alarms", err)
	}
	v.Runs, err = u.Store.ListRuns(ctx, registry.Query{Limit: recentRuns})
	note("runs", err)
	v.Failed = failedSinceSuccess(v.Runs)
	v.Line = u.lineOf(v.Runs)
	note("champion", u.addChampion(ctx, v, was))
	note("last run", u.addLastRun(ctx, v, was))
	looks, err := u.Store.Monitorings(ctx, v.Line, "", recentLooks)
	for i, l := range looks {
		if l.Verdict == nil || l.Version != v.Promotion.To {
			continue
		}
		set, err := u.Store.DataSet(ctx, v.Champion.DataSet)
		note("data set", err)
		// The hold-out is the end of the data set: the gate has seen those calls already.
		if v.Early = err != nil || l.Verdict.To <= set.LastCall.In(lfb.London).Format("2006-01"); !v.Early {
			v.Look = &looks[i]
		}
		break
	}
	note("monitor runs", err)
	return v
}

// lineOf is the line that the home page is about: that which answers, else that of the
// newest run.
func (u *ui) lineOf(runs []registry.Run) string {
	if m := u.Champion.Now(); m != nil {
		return m.Promotion.Line
	}
	if len(runs) > 0 {
		return runs[0].Line
	}
	return lfb.Lines()[0]
}

// failedSinceSuccess are the newest runs that went wrong, until one that went well.
func failedSinceSuccess(runs []registry.Run) (failed []registry.Run) {
	for _, r := range runs {
		switch r.State {
		case registry.Succeeded, registry.Unchanged:
			return failed
		case registry.Failed, registry.Terminated, registry.TimedOut, registry.Lost:
			failed = append(failed, r)
		}
	}
	return failed
}

// addChampion adds what serves, and on what evidence.
func (u *ui) addChampion(ctx context.Context, v, was *overview) (err error) {
	if v.Promotion, err = u.readChampion(ctx, v.Line); err != nil || v.Promotion.To == "" {
		return err
	}
	if was.Verdict != nil && was.Line == v.Line && was.Promotion.Revision == v.Promotion.Revision {
		v.Champion, v.Verdict = was.Champion, was.Verdict
		return nil
	}
	if v.Champion, err = u.Store.Version(ctx, v.Line, v.Promotion.To); err != nil {
		return err
	}
	v.Verdict, err = u.verdictOn(ctx, v.Champion.RunID, judgedAs(v.Champion))
	return err
}

// addLastRun adds the newest run that is over, and what the gate said in it.
func (u *ui) addLastRun(ctx context.Context, v, was *overview) error {
	for _, r := range v.Runs {
		if r.State.IsOpen() || r.Line != v.Line {
			continue
		}
		v.Last = &r
		var cs []registry.Candidate
		var err error
		if was.Judged != nil && was.Last.ID == r.ID {
			v.Judged = was.Judged
		} else if _, cs, err = u.Store.Run(ctx, r.ID); err == nil && len(cs) > 0 && cs[0].Rank == 1 {
			if v.Judged, err = u.readVerdict(ctx, r, cs, control.Progress{}); v.Judged != nil {
				v.Judged = u.nameVersions(r.Line, &judgement{Verdict: v.Judged}).Verdict
			}
		}
		if v.Judged != nil {
			v.Winner = u.nameOf(r.Line, v.Judged.Evidence.Winner.Version)
			if c := v.Judged.Evidence.Champion; c != nil {
				v.Against = u.nameOf(r.Line, c.Version)
			}
		}
		return err
	}
	return nil
}

// Better is how the champion did against the best baseline when it was judged.
func (v *overview) Better() *whisker {
	if v.Verdict == nil {
		return nil
	}
	return drawWhiskers([]*ml.Interval{v.Verdict.Evidence.VsBaseline})[0]
}

// Open are the runs that are not over.
func (v *overview) Open() (open []registry.Run) {
	for _, r := range v.Runs {
		if r.State.IsOpen() {
			open = append(open, r)
		}
	}
	return open
}

// Story is the last run in one sentence.
func (v *overview) Story() string {
	e := v.Judged
	if e == nil || v.Last.State != registry.Succeeded {
		return toSentence(v.Last.Reason)
	}
	winner, against := v.Winner, e.Evidence.VsChampion
	switch {
	case v.Last.Outcome == control.OutcomePromoted && against != nil:
		return "Promoted " + winner + ": " + describeInterval(against, v.Against+", which served before") + "."
	case v.Last.Outcome == control.OutcomePromoted && e.Evidence.VsBaseline != nil:
		return "Promoted " + winner + ", the first to pass the gate: " + describeInterval(e.Evidence.VsBaseline,
			"the best baseline") + "."
	case e.Evidence.Champion == nil || against == nil || v.Last.Outcome != "refused" && v.Last.Outcome != "kept":
		return toSentence(v.Last.Reason)
	}
	kept := "Kept " + v.Against + ": the new one, " + winner + ", is " + describeInterval(against, "it")
	if judgeInterval(against) != "better" {
		return kept + "."
	}
	var failing []string
	for _, c := range e.Checks {
		if c.Blocking && !c.Passed {
			failing = append(failing, c.Detail)
		}
	}
	return kept + ", but " + strings.Join(failing, "; ") + "."
}

// Worse says whether the champion does worse than it should.
func (v *overview) Worse() string {
	var fired []string
	for _, c := range v.Look.Verdict.Checks {
		if c.Fired {
			fired = append(fired, c.Name)
		}
	}
	switch {
	case len(v.Look.Verdict.Checks) == 0:
		return "Too early to say."
	case slices.Contains(fired, registry.CheckRMSE) || slices.Contains(fired, registry.CheckCoverage):
		return "Yes."
	case len(fired) > 0:
		return "Not yet, but the calls have changed."
	}
	return "No."
}

// nextStart is when a schedule starts something again.
type nextStart struct {
	What   string
	At     time.Time
	Paused bool
}

// Next is what starts by itself, the soonest first.
func (v *overview) Next() (next []nextStart) {
	for _, s := range v.Schedules {
		n := nextStart{What: "Monitor", Paused: s.Paused}
		switch {
		case strings.Contains(s.ID, control.ScheduledRetrain):
			n.What = "Retrain"
		case strings.Contains(s.ID, control.ScheduledPlaces):
			n.What = "Places"
		}
		if len(s.Next) > 0 {
			n.At = s.Next[0]
		}
		next = append(next, n)
	}
	slices.SortFunc(next, func(a, b nextStart) int { return a.At.Compare(b.At) })
	return next
}

// Badges are the numbers beside the menu's items, by section.
func (v *overview) Badges() map[string]int {
	unseen := 0
	for _, a := range v.Alarms {
		if a.Acknowledged == nil {
			unseen++
		}
	}
	return map[string]int{"runs": len(v.Failed), "models": len(v.Waiting), "monitoring": unseen}
}
