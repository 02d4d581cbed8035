package admin

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/control"
	"lfb/internal/httpx"
)

// PromotionBody asks for one ledger entry.
type PromotionBody struct {
	Line    string `json:"line,omitempty" maxLength:"64" doc:"Default: the line that serves"`
	Version string `json:"version,omitempty" maxLength:"64" doc:"The one to serve; a rollback without it goes to the last good one, as the ledger has it"`
	Kind    string `json:"kind,omitempty" enum:"promote,rollback" default:"promote"`
	// Unjudged is needed for a version that never served and that no gate has judged, or the gate has refused.
	Unjudged bool `json:"unjudged,omitempty" doc:"Serve it though it never served and no gate has judged it, or the gate refused it; without this such a version gives 409 with the code unjudged"`
	Reason
}

type promotionInput struct {
	IfMatch string `header:"If-Match" doc:"ETag of GET /v1/champion; \"0\" for a line without a champion"`
	Body    PromotionBody
}

// PromotionAnswer says how it ended; outcome is empty while it goes on, and "already" where
// an equal request was faster.
type PromotionAnswer struct {
	StartedBody
	Outcome  string `json:"outcome,omitempty"`
	Reason   string `json:"reason,omitempty"`
	Revision int64  `json:"revision,omitempty"`
}

type promotionOutput struct {
	Status int
	ETag   string `header:"ETag"`
	Body   PromotionAnswer
}

func (a *api) registerPromotions(doc huma.API) {
	op := newOperation("models", http.MethodPost, "promote", "/v1/promotions", "Promote or roll back")
	op.Description = "Decided from the revision in If-Match: 412 where it is no longer current, 428 without it. The " +
		"version is loaded and tried before it serves."
	documentStatus[PromotionAnswer](doc, &op, http.StatusAccepted, "It goes on, or awaits approval")
	registerChange(doc, op, a.promoteVersion)
}

func (a *api) promoteVersion(ctx context.Context, by control.Actor, in *promotionInput) (*promotionOutput, error) {
	seen, err := requireRevision(in.IfMatch, "/v1/champion")
	if err != nil {
		return nil, err
	}
	b := in.Body
	if b.Version == "" && b.Kind != control.KindRollback {
		return nil, httpx.Invalid(httpx.Field{Pointer: "/version", Detail: "which version is to serve?"})
	}
	if b.Line, err = a.lineOf(ctx, b.Line); err != nil {
		return nil, err
	}
	res, err := a.Control.Promote(ctx, by, control.PromotionRequest{
		Line: b.Line, Version: b.Version, Seen: seen,
		Kind: b.Kind, Why: b.text(), Unjudged: b.Unjudged,
	})
	if err != nil {
		return nil, err
	}
	out := &promotionOutput{Status: http.StatusAccepted, Body: PromotionAnswer{
		StartedBody: a.describeStart(res.Run).Body, Outcome: res.Outcome, Reason: res.Reason, Revision: res.Revision,
	}}
	if res.Outcome != "" {
		out.Status, out.ETag = http.StatusOK, etag(res.Revision)
	}
	return out, nil
}

// requireRevision reads an If-Match without which nothing is changed: the ETag of the path.
func requireRevision(match, path string) (int64, error) {
	if match == "" {
		return 0, httpx.NeedsIfMatch("If-Match with the revision that this is decided from is needed: the ETag of GET " +
			path)
	}
	return parseRevision(match)
}

// parseRevision reads an If-Match.
func parseRevision(match string) (int64, error) {
	seen, err := strconv.ParseInt(strings.Trim(match, `"`), 10, 64)
	if err != nil {
		return 0, httpx.Stale(fmt.Sprintf("If-Match %.80s is no revision", match))
	}
	return seen, nil
}
