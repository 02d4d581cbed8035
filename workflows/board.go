package workflows

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"lfb/activities"
)

// QueryProgress is the query that Retrain answers with a Progress.
const QueryProgress = "progress"

// StepState is where one step stands.
type StepState string

// The states of a step.
const (
	StepRunning StepState = "running"
	StepDone    StepState = "done"
	StepFailed  StepState = "failed"
)

// Step is one line of a run's progress.
type Step struct {
	Name    string
	State   StepState
	Detail  string
	Started time.Time
	Ended   time.Time // zero while running
}

// Progress is what a watcher is shown.
type Progress struct {
	Steps       []Step
	Outcome     string
	Reason      string
	Leaderboard []activities.Standing
}

// board keeps the steps and shows them as Markdown in the Web UI.
type board struct {
	what        string // the line of work, for the heading
	line        string
	steps       []*Step
	leaderboard []activities.Standing
	verdict     *activities.CompareResult
	ended       string
	reason      string
	waiting     string                   // what a person is asked for; empty where nobody is
	tail        func(w *strings.Builder) // what else there is to show; nil for nothing
}

// step is a handle on one line of the board.
type step struct {
	b *board
	s *Step
}

func newBoard(line string) *board { return &board{what: "Retrain", line: line} }

func (b *board) progress() (Progress, error) {
	p := Progress{Outcome: b.ended, Reason: b.reason, Leaderboard: b.leaderboard}
	for _, s := range b.steps {
		p.Steps = append(p.Steps, *s)
	}
	return p, nil
}

func (b *board) start(ctx workflow.Context, name, detail string) *step {
	s := &Step{Name: name, State: StepRunning, Detail: detail, Started: workflow.Now(ctx)}
	b.steps = append(b.steps, s)
	b.show(ctx)
	return &step{b, s}
}

func (s *step) note(ctx workflow.Context, detail string) {
	s.s.Detail = detail
	s.b.show(ctx)
}

func (s *step) done(ctx workflow.Context, detail string) {
	s.s.State, s.s.Detail, s.s.Ended = StepDone, detail, workflow.Now(ctx)
	s.b.show(ctx)
}

// fail marks the step and returns err for the caller to pass on.
func (s *step) fail(ctx workflow.Context, err error) error {
	s.s.State, s.s.Detail, s.s.Ended = StepFailed, cause(err), workflow.Now(ctx)
	s.b.show(ctx)
	return err
}

func (b *board) outcome(ctx workflow.Context, outcome, reason string) {
	b.ended, b.reason = outcome, reason
	b.show(ctx)
}

// show renders the board as the workflow's current details.
func (b *board) show(ctx workflow.Context) {
	var w strings.Builder
	w.WriteString(fmt.Sprintf("### %s of %s\n\n", b.what, b.line))
	if b.ended != "" {
		w.WriteString(fmt.Sprintf("**%s** — %s\n\n", b.ended, escape(b.reason)))
	}
	if b.ended == "" && b.waiting != "" {
		w.WriteString("**awaiting approval** — " + escape(b.waiting) + "\n\n")
	}
	w.WriteString("| step | state | seconds | |\n|---|---|---:|---|\n")
	for _, s := range b.steps {
		took := ""
		if !s.Ended.IsZero() {
			took = fmt.Sprintf("%.1f", s.Ended.Sub(s.Started).Seconds())
		}
		w.WriteString(fmt.Sprintf("| %s | %s | %s | %s |\n", s.Name, s.State, took, escape(s.Detail)))
	}
	b.showLeaderboard(&w)
	if b.tail != nil {
		b.tail(&w)
	}
	workflow.SetCurrentDetails(ctx, w.String())
}

func (b *board) showLeaderboard(w *strings.Builder) {
	if len(b.leaderboard) == 0 {
		return
	}
	w.WriteString("\n#### Leaderboard, first engine, seconds\n\n" +
		"| rank | candidate | version | RMSE validation | RMSE hold-out | station known¹ | MAE | P90 error | P90 coverage |\n" +
		"|---:|---|---|---:|---:|---:|---:|---:|---:|\n")
	for _, l := range b.leaderboard {
		if l.Error != "" {
			w.WriteString(fmt.Sprintf("| – | %s | failed: %s | | | | | | |\n", l.Candidate, escape(l.Error)))
			continue
		}
		w.WriteString(fmt.Sprintf("| %s | %s | %s | %.1f | %.1f | %s | %.1f | %.1f | %.1f %% |\n", l.RankText(), l.Candidate, l.Version,
			l.ValidRMSE, l.RMSE, l.SentText(), l.MAE, l.PinballP90, l.CoverageP90*100))
	}
	w.WriteString("\n¹ hold-out RMSE where the station sent from is given: an upper bound, by the station that arrived\n")
	if b.verdict == nil {
		return
	}
	w.WriteString("\n#### Gate\n\n")
	for _, c := range b.verdict.Checks {
		mark := "passed"
		if !c.Passed {
			mark = "**refused**"
			if !c.Blocking {
				mark = "alarm"
			}
		}
		w.WriteString(fmt.Sprintf("- %s: %s — %s\n", c.Name, mark, escape(c.Detail)))
	}
}

// escape keeps a text from breaking out of its table cell or into mark-up.
func escape(s string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;", "[", `\[`).Replace(s)
}
