package admin

import (
	"context"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/registry"
)

type lineInput struct {
	Line  string `query:"line" default:"lfb-attendance" doc:"Line of models"`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

type versionInput struct {
	Line string `query:"line" default:"lfb-attendance" doc:"Line of models"`
	ID   string `path:"id"`
}

type championOutput struct {
	ETag string `header:"ETag" doc:"The revision: send it as If-Match with what changes it"`
	Body registry.Promotion
}

func (a *api) registerModels(doc huma.API) {
	const tag = "models"
	list(doc, tag, "versions", "/v1/versions", "Model versions, newest first", func(ctx context.Context, in *lineInput) ([]registry.Version, error) {
		return a.Store.Versions(ctx, in.Line, in.Limit)
	})
	get(doc, tag, "version", "/v1/versions/{id}", "One model version", func(ctx context.Context, in *versionInput) (registry.Version, error) {
		return a.Store.Version(ctx, in.Line, in.ID)
	})
	list(doc, tag, "ledger", "/v1/ledger", "Promotions, newest first", func(ctx context.Context, in *lineInput) ([]registry.Promotion, error) {
		return a.Store.Promotions(ctx, in.Line, in.Limit)
	})
	huma.Register(doc, signed(tag, http.MethodGet, "champion", "/v1/champion", "What serves now"),
		func(ctx context.Context, in *lineInput) (*championOutput, error) {
			p, err := registry.Champion(ctx, a.Store, in.Line)
			return &championOutput{ETag: etag(p.Revision), Body: p}, fail(err)
		})
}

// etag is a revision as an entity tag.
func etag(revision int64) string { return `"` + strconv.FormatInt(revision, 10) + `"` }
