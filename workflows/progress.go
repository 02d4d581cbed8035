package workflows

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"lfb/activities"
	"lfb/internal/lfb"
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
	StepNotRun  StepState = "not run" // the run was cancelled before it, or while it ran
)

// Step is one line of a run's progress.
type Step struct {
	Name    string    `json:"name"`
	State   StepState `json:"state"`
	Detail  string    `json:"detail"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"` // zero while running
	// ReusedFrom is the run that made the result, where this one found it made.
	ReusedFrom string `json:"reused_from,omitempty"`
}

// stepOfActivity is the step that an activity is a part of, by its type; those that only
// keep the books are of none.
var stepOfActivity = map[string]string{
	"ListFiles": "fetch", "FetchFile": "fetch", "LoadFile": "load", "Clean": "clean", "Plan": "plan",
	"ProposeTrials": "tune", "RunTrial": "tune", "SaveSearch": "tune", "Compare": "compare", "Promote": "promote",
	"Refit": "refit", "ExportRun": "export",
	"InspectChampion": "inspect champion", "ScoreChampion": "score", "MeasureDrift": "drift", "ApplyRule": "judge",
	"Retrain": "retrain",
}

// StepOf is the name of the step that an activity, or a child workflow, of that type and
// summary is a part of; empty where it is of none.
func StepOf(kind, summary string) string {
	switch kind {
	case "Train", "OpenAttempt", activities.FitCandidate, "CollectCandidate":
		return "train " + summary
	}
	return stepOfActivity[kind]
}

// Progress is what a watcher is shown.
type Progress struct {
	Steps       []Step                `json:"steps"`
	Outcome     string                `json:"outcome"`
	Reason      string                `json:"reason"`
	Leaderboard []activities.Standing `json:"leaderboard"`
	Verdict     lfb.Ref               `json:"verdict,omitzero"` // the gate's, whatever it was; registry.Verdict
	DataSet     string                `json:"data_set,omitempty"`
}

// progressLog keeps the steps and shows them as Markdown in the Web UI.
type progressLog struct {
	what        string // the line of work, for the heading
	line        string
	runID       string // empty where no page shows it
	webURL      string
	steps       []*Step
	dataSet     string // id; empty before it is made
	leaderboard []activities.Standing
	verdict     *activities.CompareResult
	ended       string
	version     string // what it ended about; empty for none
	reason      string
	waiting     string                   // what a person is asked for; empty where nobody is
	tail        func(w *strings.Builder) // what else there is to show; nil for nothing
}

// progressStep is a handle on one line of the log.
type progressStep struct {
	log *progressLog
	s   *Step
}

func newProgressLog(line string) *progressLog { return &progressLog{what: "Retrain", line: line} }

func (p *progressLog) answerQuery() (Progress, error) {
	out := Progress{Outcome: p.ended, Reason: p.reason, Leaderboard: p.leaderboard, DataSet: p.dataSet}
	if p.verdict != nil {
		out.Verdict = p.verdict.Verdict
	}
	for _, s := range p.steps {
		out.Steps = append(out.Steps, *s)
	}
	return out, nil
}

func (p *progressLog) startStep(ctx workflow.Context, name, detail string) *progressStep {
	s := &Step{Name: name, State: StepRunning, Detail: detail, Started: workflow.Now(ctx)}
	p.steps = append(p.steps, s)
	p.render(ctx)
	return &progressStep{p, s}
}

func (s *progressStep) setDetail(ctx workflow.Context, detail string) {
	s.s.Detail = detail
	s.log.render(ctx)
}

func (s *progressStep) done(ctx workflow.Context, detail string) {
	s.s.State, s.s.Detail, s.s.Ended = StepDone, detail, workflow.Now(ctx)
	s.log.render(ctx)
}

// fail marks the step and returns err for the caller to pass on. What was cut off, as its
// run was cancelled or its workflow terminated, has not failed.
func (s *progressStep) fail(ctx workflow.Context, err error) error {
	s.s.State, s.s.Detail, s.s.Ended = StepFailed, rootCause(err), workflow.Now(ctx)
	switch {
	case isCancelled(ctx, err):
		s.s.State, s.s.Detail = StepNotRun, "cancelled"
	case isTerminated(err):
		s.s.State = StepNotRun
	}
	s.log.render(ctx)
	return err
}

// isCancelled says whether err is that somebody cancelled the workflow.
func isCancelled(ctx workflow.Context, err error) bool {
	return ctx.Err() != nil || temporal.IsCanceledError(err)
}

func (p *progressLog) end(ctx workflow.Context, outcome, reason string) {
	p.ended, p.reason = outcome, reason
	p.render(ctx)
}

// render shows the log as the workflow's current details.
func (p *progressLog) render(ctx workflow.Context) { workflow.SetCurrentDetails(ctx, p.markdown()) }

// markdown is the log, and first how it ended.
func (p *progressLog) markdown() string {
	var w strings.Builder
	if p.ended != "" {
		about := ""
		if p.version != "" {
			about = " version " + p.version
		}
		w.WriteString(formatOutcome(p.ended+about, p.reason) + "\n\n")
	}
	w.WriteString(fmt.Sprintf("### %s of %s\n\n", p.what, p.line))
	if p.runID != "" && p.webURL != "" {
		w.WriteString(fmt.Sprintf("[Run %s](%s/runs/%s)\n\n", p.runID, strings.TrimSuffix(p.webURL, "/"), p.runID))
	}
	if p.ended == "" && p.waiting != "" {
		w.WriteString(formatOutcome("awaiting approval", p.waiting) + "\n\n")
	}
	w.WriteString("| step | state | seconds | |\n|---|---|---:|---|\n")
	for _, s := range p.steps {
		took := ""
		if !s.Ended.IsZero() {
			took = fmt.Sprintf("%.1f", s.Ended.Sub(s.Started).Seconds())
		}
		detail := s.Detail
		if s.ReusedFrom != "" {
			detail += "; reused from run " + s.ReusedFrom
		}
		w.WriteString(fmt.Sprintf("| %s | %s | %s | %s |\n", s.Name, s.State, took, escapeMarkdown(detail)))
	}
	p.renderLeaderboard(&w)
	if p.tail != nil {
		p.tail(&w)
	}
	return w.String()
}

func (p *progressLog) renderLeaderboard(w *strings.Builder) {
	if len(p.leaderboard) == 0 {
		return
	}
	w.WriteString("\n#### Leaderboard, first engine, seconds\n\n" +
		"| rank | candidate | version | RMSE validation | RMSE hold-out | station known¹ | MAE | P90 error | P90 coverage " +
		"|\n" +
		"|---:|---|---|---:|---:|---:|---:|---:|---:|\n")
	for _, l := range p.leaderboard {
		if l.Error != "" {
			w.WriteString(fmt.Sprintf("| – | %s | failed: %s | | | | | | |\n", l.Candidate, escapeMarkdown(l.Error)))
			continue
		}
		w.WriteString(fmt.Sprintf("| %s | %s | %s | %s | %.1f | %s | %.1f | %.1f | %.1f %% |\n", l.RankText(), l.Candidate,
			l.Version,
			l.ValidText(), l.RMSE, l.SentText(), l.MAE, l.PinballP90, l.CoverageP90*100))
	}
	w.WriteString("\n¹ hold-out RMSE where the station sent from is given: an upper bound, by the station that arrived\n")
	if p.verdict == nil {
		return
	}
	w.WriteString("\n#### Gate\n\n")
	for _, c := range p.verdict.Checks {
		mark := "passed"
		if !c.Passed {
			mark = "**refused**"
			if !c.Blocking {
				mark = "alarm"
			}
		}
		w.WriteString(fmt.Sprintf("- %s: %s — %s\n", c.Name, mark, escapeMarkdown(c.Detail)))
	}
}

// formatOutcome is how something ended and why, as Markdown.
func formatOutcome(outcome, reason string) string {
	return "**" + outcome + "** — " + escapeMarkdown(reason)
}

// showOutcome says how a workflow ended, in its current details and as its attribute.
func showOutcome(ctx workflow.Context, outcome, reason string) error {
	workflow.SetCurrentDetails(ctx, formatOutcome(outcome, reason))
	return workflow.UpsertTypedSearchAttributes(ctx, attrOutcome.ValueSet(outcome))
}

// escapeMarkdown keeps a text from breaking out of its table cell or into mark-up.
func escapeMarkdown(s string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;", "[", `\[`).Replace(s)
}
