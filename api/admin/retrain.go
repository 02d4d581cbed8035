package admin

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/workflows"
)

// Runner starts, stops and watches what takes long.
type Runner interface {
	// Retrain starts a retrain; lfb.ErrConflict while one of the line runs.
	Retrain(ctx context.Context, ask RetrainAsk) (Started, error)
	// Backfill replays the months from one to another, as 2017-01;
	// lfb.ErrConflict while one of the origin runs.
	Backfill(ctx context.Context, from, to, who string) (Started, error)
	// Cancel asks a run to end; lfb.ErrNotFound where it does not run.
	Cancel(ctx context.Context, workflowID, runID string) error
	// Progress says where a run's steps stand.
	Progress(ctx context.Context, workflowID, runID string) (workflows.Progress, error)
}

// RetrainAsk is a retrain that is not quite the configured one.
type RetrainAsk struct {
	Who        string
	Candidates []string // none: the configured ones; the baseline is always among them
	Seed       uint64   // 0: the configured one
	Force      bool     // train though nothing is new
	Approval   *bool    // whether a person has a say; nil: as configured
}

// RetrainBody asks for a retrain.
type RetrainBody struct {
	Candidates []string `json:"candidates,omitempty" maxItems:"20" uniqueItems:"true" doc:"Only these and the baseline; default: the configured ones"`
	Seed       uint64   `json:"seed,omitempty" doc:"Default: the configured one"`
	Force      bool     `json:"force,omitempty" doc:"Train though nothing is new"`
	Approval   *bool    `json:"approval,omitempty" doc:"Whether a person has a say; default: as configured"`
	Why        string   `json:"why" minLength:"1" maxLength:"1000" doc:"For the audit log"`
}

// MonthsBody asks for a backfill.
type MonthsBody struct {
	From string `json:"from" pattern:"^[0-9]{4}-(0[1-9]|1[0-2])$" example:"2017-01"`
	To   string `json:"to" pattern:"^[0-9]{4}-(0[1-9]|1[0-2])$" example:"2017-03"`
	Why  string `json:"why" minLength:"1" maxLength:"1000" doc:"For the audit log"`
}

type cancelInput struct {
	ID   string `path:"id"`
	Body struct {
		Why string `json:"why" minLength:"1" maxLength:"1000"`
	}
}

// ProgressBody is where a run stands.
type ProgressBody struct {
	State   registry.RunState `json:"state"`
	Outcome string            `json:"outcome,omitempty"`
	Reason  string            `json:"reason,omitempty"`
	Steps   []StepBody        `json:"steps"`
}

// StepBody is one step of a run.
type StepBody struct {
	Name      string    `json:"name"`
	State     string    `json:"state" enum:"running,done,failed"`
	Detail    string    `json:"detail,omitempty"`
	StartedAt time.Time `json:"started_at"`
	EndedAt   time.Time `json:"ended_at,omitzero" doc:"Absent while it runs"`
}

type progressOutput struct{ Body ProgressBody }

func (a *api) registerRunner(doc huma.API) {
	op := func(id, method, path, summary string) huma.Operation {
		o := huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"runs"}}
		if method == http.MethodPost {
			o.DefaultStatus = http.StatusAccepted
			o = httpx.Repeatable(o)
		}
		return httpx.Signed(o)
	}
	huma.Register(doc, op("retrain", http.MethodPost, "/v1/retrains", "Start a retrain; 409 while one of the line runs"), a.retrain)
	huma.Register(doc, op("start-backfill", http.MethodPost, "/v1/backfills", "Replay past months; 409 while one runs"), a.backfill)
	huma.Register(doc, op("cancel", http.MethodPost, "/v1/runs/{id}/cancel", "Ask a run to end; what it has stored stays"), a.cancel)
	huma.Register(doc, op("progress", http.MethodGet, "/v1/runs/{id}/progress", "Where a run's steps stand, while Temporal keeps it"), a.progress)
}

func (a *api) retrain(ctx context.Context, in *struct{ Body RetrainBody }) (*startedOutput, error) {
	if a.Workflows == nil {
		return nil, noTemporal()
	}
	b := in.Body
	for i, name := range b.Candidates {
		if !a.knows(name) {
			return nil, httpx.Invalid(httpx.Field{Pointer: fmt.Sprintf("/candidates/%d", i), Detail: fmt.Sprintf("no candidate %.80q; there are %v", name, a.Candidates)})
		}
	}
	if err := a.change(ctx, "retrain", fmt.Sprint(b.Candidates), "seed %d, force %v: %s", b.Seed, b.Force, b.Why); err != nil {
		return nil, err
	}
	s, err := a.Workflows.Retrain(ctx, RetrainAsk{Who: httpx.Who(ctx).Name, Candidates: b.Candidates, Seed: b.Seed, Force: b.Force, Approval: b.Approval})
	if err != nil {
		return nil, fail(err)
	}
	return a.started(s), nil
}

func (a *api) knows(candidate string) bool {
	for _, c := range a.Candidates {
		if c == candidate {
			return true
		}
	}
	return false
}

func (a *api) backfill(ctx context.Context, in *struct{ Body MonthsBody }) (*startedOutput, error) {
	b := in.Body
	if b.To < b.From {
		return nil, httpx.Invalid(httpx.Field{Pointer: "/to", Detail: "is before from"})
	}
	if a.Workflows == nil {
		return nil, noTemporal()
	}
	if err := a.change(ctx, "backfill", b.From+" to "+b.To, "%s", b.Why); err != nil {
		return nil, err
	}
	s, err := a.Workflows.Backfill(ctx, b.From, b.To, httpx.Who(ctx).Name)
	if err != nil {
		return nil, fail(err)
	}
	return a.started(s), nil
}

func (a *api) cancel(ctx context.Context, in *cancelInput) (*startedOutput, error) {
	if a.Workflows == nil {
		return nil, noTemporal()
	}
	if err := mayChange(ctx); err != nil {
		return nil, err
	}
	r, _, err := a.Store.Run(ctx, in.ID)
	if err != nil {
		return nil, fail(err)
	}
	if r.State != registry.Running {
		return nil, fail(fmt.Errorf("run %s is over: %s: %w", r.ID, r.State, lfb.ErrConflict))
	}
	if err := a.change(ctx, "cancel run", r.ID, "%s", in.Body.Why); err != nil {
		return nil, err
	}
	if err := a.Workflows.Cancel(ctx, r.WorkflowID, r.WorkflowRunID); err != nil {
		return nil, fail(err)
	}
	return a.started(Started{WorkflowID: r.WorkflowID, RunID: r.WorkflowRunID}), nil
}

func (a *api) progress(ctx context.Context, in *runInput) (*progressOutput, error) {
	if a.Workflows == nil {
		return nil, noTemporal()
	}
	r, _, err := a.Store.Run(ctx, in.ID)
	if err != nil {
		return nil, fail(err)
	}
	p, err := a.Workflows.Progress(ctx, r.WorkflowID, r.WorkflowRunID)
	if err != nil {
		return nil, fail(err)
	}
	out := &progressOutput{ProgressBody{State: r.State, Outcome: p.Outcome, Reason: p.Reason, Steps: make([]StepBody, len(p.Steps))}}
	for i, s := range p.Steps {
		out.Body.Steps[i] = StepBody{Name: s.Name, State: string(s.State), Detail: s.Detail, StartedAt: s.Started, EndedAt: s.Ended}
	}
	return out, nil
}
