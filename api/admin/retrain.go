package admin

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/control"
	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// RetrainBody asks for a retrain.
type RetrainBody struct {
	Candidates []string `json:"candidates,omitempty" maxItems:"20" doc:"Only these and the baseline, external:NAME for those of other programs; default: the configured ones"`
	Seed       uint64   `json:"seed,omitempty" doc:"Default: the configured one"`
	Force      bool     `json:"force,omitempty" doc:"Train though nothing is new"`
	Approval   *bool    `json:"approval,omitempty" doc:"Whether a person has a say; default: as configured"`
	Refit      string   `json:"refit,omitempty" enum:"auto,never" doc:"Whether what passes the gate is fitted again on every row; default: as configured"`
	Reason
}

// MonthsBody asks for a backfill.
type MonthsBody struct {
	From string `json:"from" pattern:"^[0-9]{4}-(0[1-9]|1[0-2])$" example:"2017-01"`
	To   string `json:"to" pattern:"^[0-9]{4}-(0[1-9]|1[0-2])$" example:"2017-03"`
	Reason
}

type cancelInput struct {
	ID   string `path:"id"`
	Body struct{ Reason }
}

// ProgressBody is where a run stands.
type ProgressBody struct {
	State   registry.RunState `json:"state"`
	Outcome string            `json:"outcome,omitempty"`
	Reason  string            `json:"reason,omitempty"`
	Steps   []control.Step    `json:"steps"`
}

func (a *api) registerRunner(doc huma.API) {
	const tag = "runs"
	start := func(id, path, summary string) huma.Operation {
		op := newOperation(tag, http.MethodPost, id, path, summary)
		op.DefaultStatus = http.StatusAccepted
		return op
	}
	registerChange(doc, start("retrain", "/v1/retrains", "Start a retrain; 409 while one of the line runs"),
		a.startRetrain)
	registerChange(doc, start("start-backfill", "/v1/backfills", "Replay past months; 409 while one runs"),
		a.startBackfill)
	registerChange(doc, start("cancel", "/v1/runs/{id}/cancel", "Ask a run to end; what it has stored stays"), a.cancelRun)
	registerGet(doc, tag, "progress", "/v1/runs/{id}/progress", "Where a run's steps stand, while Temporal keeps it",
		a.readProgress)
}

func (a *api) startRetrain(ctx context.Context, by control.Actor,
	in *struct{ Body RetrainBody },
) (*startedOutput, error) {
	b := in.Body
	for i, name := range b.Candidates {
		if slices.Contains(b.Candidates[:i], name) { // huma's own check falls over what is no text
			return nil, httpx.Invalid(httpx.Field{
				Pointer: fmt.Sprintf("/candidates/%d", i),
				Detail:  fmt.Sprintf("%.80q stands twice", name),
			})
		}
		if _, elsewhere := lfb.ExternalName(name); !elsewhere && !slices.Contains(a.Candidates, name) {
			return nil, httpx.Invalid(httpx.Field{
				Pointer: fmt.Sprintf("/candidates/%d", i),
				Detail:  fmt.Sprintf("no candidate %.80q; there are %v, and external:NAME", name, a.Candidates),
			})
		}
	}
	return a.answerStart(a.Control.Retrain(ctx, by, control.RetrainRequest{
		Candidates: b.Candidates, Seed: b.Seed, Force: b.Force, Approval: b.Approval, Refit: b.Refit, Why: b.text(),
	}))
}

func (a *api) startBackfill(ctx context.Context, by control.Actor,
	in *struct{ Body MonthsBody },
) (*startedOutput, error) {
	b := in.Body
	if b.To < b.From {
		return nil, httpx.Invalid(httpx.Field{Pointer: "/to", Detail: "is before from"})
	}
	return a.answerStart(a.Control.Backfill(ctx, by, b.From, b.To, b.text()))
}

func (a *api) cancelRun(ctx context.Context, by control.Actor, in *cancelInput) (*startedOutput, error) {
	r, _, err := a.Store.Run(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return a.answerStart(a.Control.Cancel(ctx, by, r, in.Body.text()))
}

func (a *api) readProgress(ctx context.Context, in *idInput) (ProgressBody, error) {
	r, _, err := a.Store.Run(ctx, in.ID)
	if err != nil {
		return ProgressBody{}, err
	}
	p, err := a.Control.Progress(ctx, r.WorkflowID, r.WorkflowRunID)
	return ProgressBody{State: r.State, Outcome: p.Outcome, Reason: p.Reason, Steps: emptyIfNil(p.Steps)}, err
}
