package admin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/workflows"
)

// PromotionBody asks for one ledger entry.
type PromotionBody struct {
	Line    string `json:"line,omitempty" default:"lfb-attendance"`
	Version string `json:"version,omitempty" maxLength:"64" doc:"Which shall serve; a rollback without it goes to the one before"`
	Kind    string `json:"kind,omitempty" enum:"promote,rollback" default:"promote"`
	Why     string `json:"why" minLength:"1" maxLength:"1000"`
}

type promotionInput struct {
	IfMatch string `header:"If-Match" doc:"ETag of GET /v1/champion; \"0\" for a line without a champion"`
	Body    PromotionBody
}

// PromotionAnswer says how it ended; outcome is empty while it goes on.
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
	huma.Register(doc, httpx.Repeatable(httpx.Signed(huma.Operation{
		OperationID: "promote", Method: http.MethodPost, Path: "/v1/promotions", Summary: "Promote or roll back",
		Description: "Decided from the revision in If-Match: 412 where it is no longer current, 428 without it. The version is loaded and tried before it serves.",
		Tags:        []string{"models"},
	})), a.promote)
}

func (a *api) promote(ctx context.Context, in *promotionInput) (*promotionOutput, error) {
	if a.Workflows == nil {
		return nil, noTemporal()
	}
	if in.IfMatch == "" {
		return nil, httpx.NeedsIfMatch("If-Match with the revision that this is decided from is needed: the ETag of GET /v1/champion")
	}
	seen, err := revisionOf(in.IfMatch)
	if err != nil {
		return nil, err
	}
	now, err := a.current(ctx, in.Body.Line, seen)
	if err != nil {
		return nil, err
	}
	version, err := a.target(ctx, &in.Body, now)
	if err != nil {
		return nil, err
	}
	who := httpx.Who(ctx).Name
	if err := a.change(ctx, in.Body.Kind, in.Body.Line+" "+version, "from revision %d: %s", seen, in.Body.Why); err != nil {
		return nil, err
	}
	s, res, err := a.Workflows.Promote(ctx, workflows.PromoteInput{Line: in.Body.Line, Version: version, Seen: seen, Kind: in.Body.Kind, Who: who, Why: in.Body.Why})
	if err != nil {
		return nil, fail(err)
	}
	out := &promotionOutput{Status: http.StatusAccepted, Body: PromotionAnswer{StartedBody: a.started(s).Body}}
	if res == nil {
		return out, nil
	}
	if res.Outcome == workflows.OutcomeStale {
		return nil, httpx.Stale(res.Reason)
	}
	out.Status, out.ETag = http.StatusOK, etag(res.Revision)
	out.Body.Outcome, out.Body.Reason, out.Body.Revision = res.Outcome, res.Reason, res.Revision
	return out, nil
}

// revisionOf reads an If-Match.
func revisionOf(match string) (int64, error) {
	seen, err := strconv.ParseInt(strings.Trim(match, `"`), 10, 64)
	if err != nil {
		return 0, httpx.Stale(fmt.Sprintf("If-Match %.80s is no revision", match))
	}
	return seen, nil
}

// current is the line's last ledger entry, where that is the revision which a
// change was decided from.
func (a *api) current(ctx context.Context, line string, seen int64) (registry.Promotion, error) {
	now, err := registry.Champion(ctx, a.Store, line)
	if err != nil && !errors.Is(err, lfb.ErrNotFound) {
		return now, fail(err)
	}
	if now.Revision != seen {
		return now, httpx.Stale(fmt.Sprintf("line %s is at revision %d, the decision was made from %d", line, now.Revision, seen))
	}
	return now, nil
}

// target is the version that shall serve.
func (a *api) target(ctx context.Context, b *PromotionBody, now registry.Promotion) (string, error) {
	version := b.Version
	if version == "" && b.Kind == workflows.KindRollback {
		version = now.From
	}
	switch {
	case version == "":
		return "", httpx.Invalid(httpx.Field{Pointer: "/version", Detail: "which version shall serve?"})
	case version == now.To:
		return "", fail(fmt.Errorf("version %s serves already: %w", version, lfb.ErrConflict))
	}
	_, err := a.Store.Version(ctx, b.Line, version)
	return version, fail(err)
}
