package verb

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"go.temporal.io/sdk/client"

	"lfb/activities"
	"lfb/internal/control"
	"lfb/workflows"
)

// followProgress prints a line a step of a workflow that answers the query for its progress,
// until it ends; its result goes into the pointer result. On a terminal the running
// step's line moves.
func followProgress(ctx context.Context, cl client.Client, workflowID, runID string, w io.Writer, terminal bool,
	result any,
) error {
	v := &watcher{w: w, terminal: terminal, printed: map[int]bool{}}
	defer v.clearLine()
	return awaitResult(ctx, cl.GetWorkflow(ctx, workflowID, runID), 300*time.Millisecond, result, func(running bool) {
		v.printEnded(ctx, cl, workflowID, runID, running)
	})
}

// awaitResult waits for a workflow's result, and calls poll now and then and when it has ended.
func awaitResult(ctx context.Context, run client.WorkflowRun, every time.Duration, result any,
	poll func(running bool),
) error {
	done := make(chan error, 1)
	go func() { done <- run.Get(ctx, result) }()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			poll(false)
			return err
		case <-tick.C:
			poll(true)
		}
	}
}

type watcher struct {
	w        io.Writer
	terminal bool
	printed  map[int]bool
	times    control.StepTimes
	frame    int
	live     bool
}

// printEnded asks for the progress. A query that fails is left out: the workflow may
// be between workers, and the next one tells the same and more.
func (v *watcher) printEnded(ctx context.Context, cl client.Client, id, run string, running bool) {
	p, err := control.QueryProgress(ctx, cl, id, run)
	if err != nil {
		return
	}
	_ = v.times.Refine(ctx, cl, id, run, p.Steps) // without, waiting counts as running
	for i, s := range p.Steps {
		if s.State == control.StepQueued || s.State == control.StepRunning || v.printed[i] {
			continue
		}
		v.clearLine()
		v.printed[i] = true
		mark, detail := s.State, s.Detail
		if mark == control.StepFailed {
			mark = "FAILED"
		}
		if s.ReusedFrom != "" {
			detail += " (reused from run " + s.ReusedFrom + ")"
		}
		if s.WaitedSeconds >= 1 {
			detail += fmt.Sprintf(" (waited %.0f s for a worker)", s.WaitedSeconds)
		}
		fmt.Fprintf(v.w, "  %-20s %-7s %6.1f s  %s\n", s.Name, mark, runTime(s).Seconds(), detail)
	}
	if v.terminal && running {
		v.drawRunning(p)
	}
}

// runTime is how long a step that has ended ran; 0 where no worker ever took it.
func runTime(s control.Step) time.Duration {
	if s.Started.IsZero() {
		return 0
	}
	return s.Ended.Sub(s.Started)
}

// drawRunning rewrites the last line with what runs now.
func (v *watcher) drawRunning(p control.Progress) {
	var names []string
	for _, s := range p.Steps {
		switch s.State {
		case control.StepRunning:
			names = append(names, fmt.Sprintf("%s %.0f s %s", s.Name, time.Since(s.Started).Seconds(), drawBar(s)))
		case control.StepQueued:
			names = append(names, s.Name+" queued")
		}
	}
	v.clearLine()
	if len(names) == 0 {
		return
	}
	v.frame++
	line := fmt.Sprintf("  %c %s", []rune("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")[v.frame%10], strings.Join(names, " · "))
	if r := []rune(line); len(r) > 118 {
		line = string(r[:117]) + "…"
	}
	fmt.Fprint(v.w, line)
	v.live = true
}

func (v *watcher) clearLine() {
	if v.live {
		fmt.Fprint(v.w, "\r\x1b[2K")
		v.live = false
	}
}

// drawBar is how far a step has come.
func drawBar(b control.Step) string {
	if b.Total <= 0 {
		return control.DescribeDone(b.Done, 0, b.Unit)
	}
	const width = 16
	full := min(int(b.Done*width/b.Total), width)
	return fmt.Sprintf("[%s%s] %d %%", strings.Repeat("=", full), strings.Repeat(" ", width-full), b.Done*100/b.Total)
}

// printResult shows how a retrain ended: the leaderboard and the champion.
func printResult(w io.Writer, r *workflows.RetrainResult) {
	if len(r.Leaderboard) > 0 {
		fmt.Fprintln(w)
		printLeaderboard(w, r.Leaderboard)
	}
	fmt.Fprintf(w, "\nrun %s: %s\n  %s\n", r.RunID, r.Outcome, r.Reason)
	if r.Champion != "" {
		fmt.Fprintf(w, "  champion: version %s, revision %d\n", r.Champion, r.Revision)
	}
}

// printLeaderboard shows the candidates of one run; times are seconds, first engine.
func printLeaderboard(w io.Writer, standings []activities.Standing) {
	var rows []table.Row
	for _, l := range standings {
		if l.Error != "" {
			rows = append(rows, table.Row{"–", l.Candidate, "failed: " + l.Error})
			continue
		}
		rows = append(rows, table.Row{
			l.RankText(), l.Candidate, l.Version, l.ValidText(), formatTenths(l.RMSE), l.SentText(), formatTenths(l.MAE),
			formatTenths(l.PinballP90),
			fmt.Sprintf("%.1f %%", l.CoverageP90*100), l.FitText(),
		})
	}
	header := table.Row{
		"rank", "candidate", "version", "RMSE valid.", "RMSE hold-out", "station known*", "MAE",
		"P90 error", "P90 coverage", "fit, s",
	}
	printTable(w, header, rows, "* RMSE hold-out where the station sent from is given: an upper bound, by the station "+
		"that arrived")
}

func formatTenths(v float64) string { return fmt.Sprintf("%.1f", v) }
