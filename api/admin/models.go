package admin

import (
	"context"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/httpx"
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

type versionsOutput struct{ Body []registry.Version }

type versionOutput struct{ Body registry.Version }

type ledgerOutput struct{ Body []registry.Promotion }

type championOutput struct {
	ETag string `header:"ETag" doc:"The revision: send it as If-Match with what changes it"`
	Body registry.Promotion
}

func (a *api) registerModels(doc huma.API) {
	get := func(id, path, summary string) huma.Operation {
		return httpx.Signed(huma.Operation{OperationID: id, Method: http.MethodGet, Path: path, Summary: summary, Tags: []string{"models"}})
	}
	huma.Register(doc, get("versions", "/v1/versions", "Model versions, newest first"),
		func(ctx context.Context, in *lineInput) (*versionsOutput, error) {
			vs, err := a.Store.Versions(ctx, in.Line, in.Limit)
			return &versionsOutput{notNil(vs)}, fail(err)
		})
	huma.Register(doc, get("version", "/v1/versions/{id}", "One model version"),
		func(ctx context.Context, in *versionInput) (*versionOutput, error) {
			v, err := a.Store.Version(ctx, in.Line, in.ID)
			return &versionOutput{v}, fail(err)
		})
	huma.Register(doc, get("ledger", "/v1/ledger", "Promotions, newest first"),
		func(ctx context.Context, in *lineInput) (*ledgerOutput, error) {
			ps, err := a.Store.Promotions(ctx, in.Line, in.Limit)
			return &ledgerOutput{notNil(ps)}, fail(err)
		})
	huma.Register(doc, get("champion", "/v1/champion", "What serves now"),
		func(ctx context.Context, in *lineInput) (*championOutput, error) {
			p, err := registry.Champion(ctx, a.Store, in.Line)
			return &championOutput{ETag: etag(p.Revision), Body: p}, fail(err)
		})
}

// etag is a revision as an entity tag.
func etag(revision int64) string { return `"` + strconv.FormatInt(revision, 10) + `"` }
