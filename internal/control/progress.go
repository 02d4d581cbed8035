package control

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"lfb/internal/lfb"
	"lfb/workflows"
)

// queryTimeout is how long one workflow may take to say how it stands.
const queryTimeout = 5 * time.Second

// Progress is how far a run has come.
type Progress struct {
	Outcome string
	Reason  string
	// of the gate on what the run made, registry.Verdict as JSON; zero before, and where nothing was judged
	Verdict lfb.Ref
	Steps   []Step
	DataSet string // id; empty before it is made
}

// Step is one step of a run. While it waits for a worker it is queued and has not
// started; Started is then zero.
type Step struct {
	Name    string    `json:"name"`
	State   string    `json:"state" enum:"queued,running,done,failed,not run"`
	Detail  string    `json:"detail,omitempty"`
	Queued  time.Time `json:"queued_at,omitzero" doc:"When it was handed to the task queue"`
	Started time.Time `json:"started_at,omitzero" doc:"When a worker took it; absent before"`
	Ended   time.Time `json:"ended_at,omitzero" doc:"Absent while it is not over"`
	// WaitedSeconds is how long its activities lay in the task queue, all together.
	WaitedSeconds float64 `json:"waited_seconds,omitempty" doc:"How long it waited for a worker"`
	ReusedFrom    string  `json:"reused_from,omitempty" doc:"Id of the run that made the result; empty where this one did"`
	Attempts      int     `json:"attempts,omitempty" doc:"The most attempts that one of its activities took; absent before the first"`
	// What the activity that runs says itself, at its last heartbeat.
	Done  int64  `json:"done,omitempty" doc:"Of the activity that runs: units done"`
	Total int64  `json:"total,omitempty" doc:"Of how many; absent where it is not known"`
	Unit  string `json:"unit,omitempty" doc:"Of what, as rows"`
}

// The states of a step.
const (
	StepQueued  = "queued"
	StepRunning = string(workflows.StepRunning)
	StepDone    = string(workflows.StepDone)
	StepFailed  = string(workflows.StepFailed)
	StepNotRun  = string(workflows.StepNotRun) // the run ended before it, or while it ran
)

// Progress asks a run how far it has come; a closed one answers too, while
// Temporal keeps it. The workflow knows what its steps came to, Temporal when each was
// queued, taken by a worker and ended. Where no worker answers, Temporal alone tells, and
// what the workflow told last.
func (c *Control) Progress(ctx context.Context, workflowID, runID string) (Progress, error) {
	var t StepTimes
	if err := t.readTimes(ctx, c.client, workflowID, runID); err != nil {
		p, kept := c.readKeptProgress(ctx, runID)
		if kept {
			return p, nil
		}
		return Progress{}, translateError(err)
	}
	p, err := QueryProgress(ctx, c.client, workflowID, runID)
	if err != nil {
		if p = c.recallProgress(Run{workflowID, runID}, t.listSteps()); !t.closed.IsZero() {
			if ended, kept := c.readKeptProgress(ctx, runID); kept {
				p.Steps = ended.Steps
			}
		}
	} else {
		c.keepProgress(Run{workflowID, runID}, p)
	}
	t.refineSteps(p.Steps)
	return p, nil
}

// readKeptProgress is what the registry has of a run's steps, as they were at its end.
func (c *Control) readKeptProgress(ctx context.Context, runID string) (Progress, bool) {
	body, err := c.records.RunSteps(ctx, runID)
	var steps []workflows.Step
	if err != nil || json.Unmarshal(body, &steps) != nil {
		return Progress{}, false
	}
	return Progress{Steps: stepsOf(steps)}, true
}

// StepEvent is something that happened to one step of a run.
type StepEvent struct {
	At           time.Time
	Part         string // of the step: a file, a candidate; empty where the step is one activity
	What, Detail string
	Level        string // of a line that it logged: info | warning | error; empty of any other event
}

// StepEvents is what Temporal recorded of one step of a run, in order: when each of its
// activities was queued, taken by which worker, failed and tried again, and what those
// that run said last; and among it what they logged. lfb.ErrNotFound where it recorded nothing.
func (c *Control) StepEvents(ctx context.Context, workflowID, runID, step string) ([]StepEvent, error) {
	var t StepTimes
	if err := t.readTimes(ctx, c.client, workflowID, runID); err != nil {
		return nil, translateError(err)
	}
	logs, err := c.records.StepLogs(ctx, runID)
	if err != nil {
		return nil, err
	}
	var out []StepEvent
	for _, p := range t.parts {
		if p.step != step {
			continue
		}
		out = append(out, p.events...)
		for _, l := range logs {
			if l.ActivityID != p.id {
				continue
			}
			for _, line := range l.Lines {
				out = append(out, StepEvent{At: line.At, Part: p.summary, What: "log", Level: line.Level, Detail: line.Text})
			}
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("step %.60q of the run: %w", step, lfb.ErrNotFound)
	}
	slices.SortStableFunc(out, func(a, b StepEvent) int { return a.At.Compare(b.At) })
	return out, nil
}

// maxTold is how many runs' last words are kept.
const maxTold = 200

func (c *Control) keepProgress(run Run, p Progress) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.told) >= maxTold {
		clear(c.told)
	}
	p.Steps = slices.Clone(p.Steps)
	c.told[run] = p
}

// recallProgress is what the run told last, with the steps as they are now.
func (c *Control) recallProgress(run Run, now []Step) Progress {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.told[run]
	for i := range now {
		for _, told := range p.Steps {
			if told.Name == now[i].Name {
				now[i].Detail, now[i].ReusedFrom = cmp.Or(now[i].Detail, told.Detail), told.ReusedFrom
			}
		}
	}
	p.Steps = now
	return p
}

// QueryProgress asks the workflow that a client knows how far it has come.
func QueryProgress(ctx context.Context, cl client.Client, workflowID, runID string) (Progress, error) {
	var got workflows.Progress
	if err := queryWorkflow(ctx, cl, workflowID, runID, workflows.QueryProgress, &got); err != nil {
		return Progress{}, err
	}
	return Progress{
		Outcome: got.Outcome, Reason: got.Reason, Verdict: got.Verdict, Steps: stepsOf(got.Steps), DataSet: got.DataSet,
	}, nil
}

// stepsOf are steps as a workflow tells them.
func stepsOf(told []workflows.Step) []Step {
	out := make([]Step, len(told))
	for i, s := range told {
		out[i] = Step{
			Name: s.Name, State: string(s.State), Detail: s.Detail, Queued: s.Started, Started: s.Started,
			Ended: s.Ended, ReusedFrom: s.ReusedFrom,
		}
	}
	return out
}

func queryWorkflow(ctx context.Context, cl client.Client, workflowID, runID, name string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	value, err := cl.QueryWorkflow(ctx, workflowID, runID, name)
	if err != nil {
		return err
	}
	return value.Get(into)
}

// RunFailed says whether err is a workflow's failure, and not one of asking.
func RunFailed(err error) bool {
	var exec *temporal.WorkflowExecutionError
	return errors.As(err, &exec)
}

// Cause is what went wrong in a workflow, without the chain of who called whom.
func Cause(err error) string {
	var ae *temporal.ApplicationError
	if errors.As(err, &ae) {
		return ae.Message()
	}
	return err.Error()
}
