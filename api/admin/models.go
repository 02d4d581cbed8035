package admin

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/httpx"
	"lfb/internal/registry"
)

// LineInput is the query of what one line of models has.
type LineInput struct {
	Line string `query:"line" maxLength:"64" doc:"Line of models; default: the one that serves"`
}

type linesInput struct {
	PageInput
	LineInput
}

// VersionInput names a version.
type VersionInput struct {
	LineInput
	ID string `path:"id"`
}

type championOutput struct {
	ETag string `header:"ETag" doc:"The revision: send it as If-Match with what changes it"`
	Body registry.Promotion
}

func (a *api) registerModels(doc huma.API) {
	const tag = "models"
	registerList(doc, tag, "versions", "/v1/versions", "Model versions, newest first", a.listVersions,
		func(v registry.Version) string { return v.ID })
	registerGet(doc, tag, "version", "/v1/versions/{id}", "One model version", a.readVersion)
	registerList(doc, tag, "ledger", "/v1/ledger", "Promotions, newest first", a.listPromotions,
		func(p registry.Promotion) string { return strconv.FormatInt(p.Revision, 10) })
	huma.Register(doc, newOperation(tag, http.MethodGet, "champion", "/v1/champion", "What serves now"), a.readChampion)
}

func (a *api) listVersions(ctx context.Context, in *linesInput) ([]registry.Version, error) {
	line, err := a.lineOf(ctx, in.Line)
	if err != nil {
		return nil, err
	}
	after, limit := in.cutPage(100)
	return a.Store.VersionPage(ctx, line, after, limit)
}

func (a *api) readVersion(ctx context.Context, in *VersionInput) (registry.Version, error) {
	line, err := a.lineOf(ctx, in.Line)
	if err != nil {
		return registry.Version{}, err
	}
	return a.Store.Version(ctx, line, in.ID)
}

func (a *api) listPromotions(ctx context.Context, in *linesInput) ([]registry.Promotion, error) {
	line, err := a.lineOf(ctx, in.Line)
	if err != nil {
		return nil, err
	}
	after, limit := in.cutPage(100)
	before, err := strconv.ParseInt(cmp.Or(after, fmt.Sprint(math.MaxInt64)), 10, 64)
	if err != nil {
		return nil, httpx.Invalid(httpx.Field{Pointer: "query/after", Detail: "is no revision"})
	}
	return a.Store.PromotionPage(ctx, line, before, limit)
}

func (a *api) readChampion(ctx context.Context, in *LineInput) (*championOutput, error) {
	line, err := a.lineOf(ctx, in.Line)
	if err != nil {
		return nil, answerError(err)
	}
	p, err := registry.Champion(ctx, a.Store, line)
	return &championOutput{ETag: etag(p.Revision), Body: p}, answerError(err)
}

// etag is a revision as an entity tag.
func etag(revision int64) string { return `"` + strconv.FormatInt(revision, 10) + `"` }
