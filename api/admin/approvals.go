package admin

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/workflows"
)

// WaitingBody is a promotion that waits for a person.
type WaitingBody struct {
	ID       string    `json:"id" doc:"For approve, reject and code"`
	Line     string    `json:"line"`
	Version  string    `json:"version" doc:"Shall serve"`
	Revision int64     `json:"revision" doc:"Of the ledger when it was decided from: send it as If-Match"`
	Kind     string    `json:"kind"`
	Who      string    `json:"who" doc:"Asked for it"`
	Why      string    `json:"why"`
	RunID    string    `json:"run_id,omitempty" doc:"Of the retrain that found it"`
	Deadline time.Time `json:"deadline" doc:"Then it expires and what serves stays"`
}

type waitingOutput struct{ Body []WaitingBody }

type decisionInput struct {
	ID      string `path:"id" doc:"Of the promotion that waits"`
	IfMatch string `header:"If-Match" doc:"Its revision, or the ETag of GET /v1/champion: 412 where that is no longer current"`
	Body    struct {
		Why string `json:"why" minLength:"1" maxLength:"1000"`
	}
}

type decisionOutput struct {
	Body struct {
		Answer string `json:"answer"`
	}
}

// CodeBody is a code as it is shown once.
type CodeBody struct {
	Code      string    `json:"code" doc:"For one decision of yours on this promotion"`
	Who       string    `json:"who" doc:"Send it with the code: the account that it is made out to"`
	ExpiresAt time.Time `json:"expires_at"`
}

type codeOutput struct{ Body CodeBody }

func (a *api) registerApprovals(doc huma.API) {
	op := func(id, method, path, summary string) huma.Operation {
		return httpx.Signed(huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"models"}})
	}
	huma.Register(doc, op("waiting", http.MethodGet, "/v1/promotions", "Promotions that wait for a person"), a.waiting)
	for _, update := range []string{workflows.UpdateApprove, workflows.UpdateReject} {
		summary := strings.ToUpper(update[:1]) + update[1:] + " a promotion that waits"
		huma.Register(doc, httpx.Repeatable(op(update, http.MethodPost, "/v1/promotions/{id}/"+update, summary)),
			func(ctx context.Context, in *decisionInput) (*decisionOutput, error) {
				return a.decide(ctx, update, in)
			})
	}
	code := httpx.Repeatable(op("decision-code", http.MethodPost, "/v1/promotions/{id}/code", "A one-time code for the Temporal Web UI"))
	code.Description = "Temporal knows no roles, so an Update sent from its Web UI needs a code: ten minutes, one decision, your account, this promotion."
	code.DefaultStatus = http.StatusCreated
	huma.Register(doc, code, a.code)
}

func (a *api) waiting(ctx context.Context, _ *struct{}) (*waitingOutput, error) {
	if a.Approvals == nil {
		return nil, noTemporal()
	}
	ws, err := a.Approvals.Waiting(ctx)
	if err != nil {
		return nil, fail(err)
	}
	out := &waitingOutput{Body: make([]WaitingBody, len(ws))}
	for i, w := range ws {
		out.Body[i] = WaitingBody{
			ID: w.ID, Line: w.Line, Version: w.Version, Revision: w.Seen, Kind: w.Kind, Who: w.Who, Why: w.Why,
			RunID: w.RunID, Deadline: w.Deadline,
		}
	}
	return out, nil
}

// waits is a promotion that waits and is not overtaken: 404 where there is none,
// 409 where it waits no longer, 412 where the ledger moved on, also since match.
func (a *api) waits(ctx context.Context, id, match string) error {
	if a.Approvals == nil {
		return noTemporal()
	}
	if err := mayChange(ctx); err != nil {
		return err
	}
	w, err := a.Approvals.Waits(ctx, id)
	if err != nil {
		return fail(err)
	}
	if match != "" {
		seen, err := revisionOf(match)
		if err != nil {
			return err
		}
		if seen != w.Seen {
			return httpx.Stale(fmt.Sprintf("the promotion was made from revision %d, not %d", w.Seen, seen))
		}
	}
	if !w.Waiting {
		return fail(fmt.Errorf("%s waits for nobody: %w", id, lfb.ErrConflict))
	}
	_, err = a.current(ctx, w.Line, w.Seen)
	return err
}

func (a *api) decide(ctx context.Context, update string, in *decisionInput) (*decisionOutput, error) {
	if err := a.waits(ctx, in.ID, in.IfMatch); err != nil {
		return nil, err
	}
	if err := a.change(ctx, update, in.ID, "%s", in.Body.Why); err != nil {
		return nil, err
	}
	answer, err := a.Approvals.Decide(ctx, in.ID, update, workflows.Decision{Who: httpx.Who(ctx).Name, Why: in.Body.Why})
	out := &decisionOutput{}
	out.Body.Answer = answer
	return out, fail(err)
}

func (a *api) code(ctx context.Context, in *idInput) (*codeOutput, error) {
	if err := a.waits(ctx, in.ID, ""); err != nil {
		return nil, err
	}
	who := httpx.Who(ctx).Name
	if err := a.change(ctx, "decision code", in.ID, "for the Temporal Web UI"); err != nil {
		return nil, err
	}
	text, until, err := a.Approvals.Code(ctx, who, in.ID)
	return &codeOutput{CodeBody{Code: text, Who: who, ExpiresAt: until}}, fail(err)
}
