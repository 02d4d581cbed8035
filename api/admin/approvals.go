package admin

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/control"
)

type decisionInput struct {
	ID      string `path:"id" doc:"Of the promotion that waits"`
	IfMatch string `header:"If-Match" doc:"Its revision, or the ETag of GET /v1/champion: 412 where that is no longer current"`
	Body    struct{ Reason }
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

func (a *api) registerApprovals(doc huma.API) {
	const tag = "models"
	registerList(doc, tag, "waiting", "/v1/promotions", "Promotions that wait for a person",
		func(ctx context.Context, _ *PageInput) ([]control.Approval, error) {
			return a.Control.Approvals(ctx)
		}, func(p control.Approval) string { return p.ID })
	for _, update := range []string{control.DecideApprove, control.DecideReject} {
		summary := strings.ToUpper(update[:1]) + update[1:] + " a promotion that waits"
		registerChange(doc, newOperation(tag, http.MethodPost, update, "/v1/promotions/{id}/"+update, summary),
			func(ctx context.Context, by control.Actor, in *decisionInput) (*decisionOutput, error) {
				return a.decidePromotion(ctx, by, update, in)
			})
	}
	code := newOperation(tag, http.MethodPost, "decision-code", "/v1/promotions/{id}/code",
		"A one-time code for the Temporal Web UI")
	code.Description = "Temporal knows no roles, so an Update sent from its Web UI needs a code: ten minutes, one " +
		"decision, your account, this promotion."
	code.DefaultStatus = http.StatusCreated
	registerChange(doc, code, a.issueCode)
}

func (a *api) decidePromotion(ctx context.Context, by control.Actor, update string,
	in *decisionInput,
) (*decisionOutput, error) {
	var err error
	seen := int64(control.AnyRevision)
	if in.IfMatch != "" {
		if seen, err = parseRevision(in.IfMatch); err != nil {
			return nil, err
		}
	}
	out := &decisionOutput{}
	out.Body.Answer, err = a.Control.Decide(ctx, by, control.Decision{
		ID: in.ID, Seen: seen, Update: update,
		Why: in.Body.text(),
	})
	return out, err
}

func (a *api) issueCode(ctx context.Context, by control.Actor, in *idInput) (*output[CodeBody], error) {
	text, until, err := a.Control.IssueCode(ctx, by, in.ID)
	return &output[CodeBody]{CodeBody{Code: text, Who: by.Name, ExpiresAt: until}}, err
}
