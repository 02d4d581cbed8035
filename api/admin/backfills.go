package admin

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// Backfills is what past months would have looked like under the policy.
type Backfills interface {
	Backfill(ctx context.Context, id string) (registry.Backfill, []registry.BackfillMonth, error)
}

// BackfillBody is one backfill with its months in order.
type BackfillBody struct {
	Backfill registry.Backfill        `json:"backfill"`
	Months   []registry.BackfillMonth `json:"months"`
}

func (a *api) registerBackfills(doc huma.API) {
	const tag = "backfills"
	registerList(doc, tag, "backfills", "/v1/backfills", "Replays of past months, newest first",
		func(ctx context.Context, in *PageInput) ([]registry.Backfill, error) {
			after, limit := in.cutPage(50)
			return a.Store.BackfillPage(ctx, after, limit)
		}, func(b registry.Backfill) string { return b.ID })
	registerGet(doc, tag, "backfill", "/v1/backfills/{id}", "One replay, month by month",
		func(ctx context.Context, in *idInput) (BackfillBody, error) {
			b, ms, err := a.Store.Backfill(ctx, in.ID)
			return BackfillBody{b, emptyIfNil(ms)}, err
		})
	huma.Register(doc, httpx.Answering(newOperation(tag, http.MethodGet, "backfill-report", "/v1/backfills/{id}/report",
		"Its report, a page"), "text/html"),
		func(ctx context.Context, in *idInput) (*reportOutput, error) {
			b, _, err := a.Store.Backfill(ctx, in.ID)
			if err != nil {
				return nil, answerError(err)
			}
			if b.Report.IsZero() {
				return nil, answerError(fmt.Errorf("backfill %s is %s and has no report yet: %w", b.ID, b.State, lfb.ErrNotFound))
			}
			return a.sendPage(ctx, b.Report)
		})
}

// sendPage is a stored page as it is sent: one that runs no script and loads nothing.
func (a *api) sendPage(ctx context.Context, ref lfb.Ref) (*reportOutput, error) {
	body, err := a.Blobs.ReadAll(ctx, ref)
	return &reportOutput{
		ContentType: "text/html; charset=utf-8", Body: body,
		Policy: "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
	}, answerError(err)
}
