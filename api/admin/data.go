package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

type originsInput struct {
	PageInput
	OriginInput
}

type idInput struct {
	ID string `path:"id"`
}

type reportOutput struct {
	ContentType string `header:"Content-Type"`
	// The report is a page of its own that runs no script and loads nothing.
	Policy string `header:"Content-Security-Policy"`
	Body   []byte
}

type rejectsInput struct {
	SHA   string `path:"sha256" pattern:"^[0-9a-f]{64}$" example:"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"`
	Limit int    `query:"limit" minimum:"1" maximum:"10000" default:"100"`
}

// RejectsBody is what was wrong with a file.
type RejectsBody struct {
	Counts  []registry.RejectCount `json:"counts" doc:"By reason, the most frequent first"`
	Rejects []lfb.Reject           `json:"rejects" doc:"Some rows, in the file's order"`
}

func (a *api) registerData(doc huma.API) {
	const tag = "data"
	registerList(doc, tag, "data-sets", "/v1/data-sets", "Data sets, newest first",
		func(ctx context.Context, in *originsInput) ([]registry.DataSet, error) {
			origin, err := a.originOf(ctx, in.OriginInput)
			if err != nil {
				return nil, err
			}
			return a.Store.DataSets(ctx, origin)
		}, func(d registry.DataSet) string { return d.ID })
	registerGet(doc, tag, "data-set", "/v1/data-sets/{id}", "One data set",
		func(ctx context.Context, in *idInput) (registry.DataSet, error) {
			return a.Store.DataSet(ctx, in.ID)
		})
	huma.Register(doc, httpx.Answering(newOperation(tag, http.MethodGet, "report", "/v1/data-sets/{id}/report",
		"Its data report, a page"), "text/html"), a.sendReport)
	registerList(doc, tag, "files", "/v1/files", "The sources' files",
		func(ctx context.Context, in *originsInput) ([]lfb.SourceFile, error) {
			origin, err := a.originOf(ctx, in.OriginInput)
			if err != nil {
				return nil, err
			}
			return a.Store.Files(ctx, origin)
		}, func(f lfb.SourceFile) string { return f.SHA256 })
	registerGet(doc, tag, "rejects", "/v1/files/{sha256}/rejects", "What was wrong with a file",
		func(ctx context.Context, in *rejectsInput) (RejectsBody, error) {
			counts, err := a.Store.RejectCounts(ctx, in.SHA)
			if err != nil {
				return RejectsBody{}, err
			}
			rows, err := a.Store.Rejects(ctx, in.SHA, in.Limit)
			return RejectsBody{emptyIfNil(counts), emptyIfNil(rows)}, err
		})
}

func (a *api) sendReport(ctx context.Context, in *idInput) (*reportOutput, error) {
	d, err := a.Store.DataSet(ctx, in.ID)
	if err != nil {
		return nil, answerError(err)
	}
	return a.sendPage(ctx, d.Report)
}
