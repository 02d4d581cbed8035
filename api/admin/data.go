package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

type originInput struct {
	Origin string `query:"origin" enum:"real,synthetic" default:"real"`
}

type idInput struct {
	ID string `path:"id"`
}

type dataSetsOutput struct{ Body []registry.DataSet }

type dataSetOutput struct{ Body registry.DataSet }

type reportOutput struct {
	ContentType string `header:"Content-Type"`
	// The report is a page of its own that runs no script and loads nothing.
	Policy string `header:"Content-Security-Policy"`
	Body   []byte
}

type filesOutput struct{ Body []lfb.SourceFile }

type rejectsInput struct {
	SHA   string `path:"sha256" pattern:"^[0-9a-f]{64}$"`
	Limit int    `query:"limit" minimum:"1" maximum:"10000" default:"100"`
}

// RejectsBody is what was wrong with a file.
type RejectsBody struct {
	Counts  []registry.RejectCount `json:"counts" doc:"By reason, the most frequent first"`
	Rejects []lfb.Reject           `json:"rejects" doc:"Some rows, in the file's order"`
}

type rejectsOutput struct{ Body RejectsBody }

func (a *api) registerData(doc huma.API) {
	get := func(id, path, summary string) huma.Operation {
		return httpx.Signed(huma.Operation{OperationID: id, Method: http.MethodGet, Path: path, Summary: summary, Tags: []string{"data"}})
	}
	huma.Register(doc, get("data-sets", "/v1/data-sets", "Data sets, newest first"),
		func(ctx context.Context, in *originInput) (*dataSetsOutput, error) {
			ds, err := a.Store.DataSets(ctx, lfb.Origin(in.Origin))
			return &dataSetsOutput{notNil(ds)}, fail(err)
		})
	huma.Register(doc, get("data-set", "/v1/data-sets/{id}", "One data set"),
		func(ctx context.Context, in *idInput) (*dataSetOutput, error) {
			d, err := a.Store.DataSet(ctx, in.ID)
			return &dataSetOutput{d}, fail(err)
		})
	huma.Register(doc, get("report", "/v1/data-sets/{id}/report", "Its data report, a page"), a.report)
	huma.Register(doc, get("files", "/v1/files", "The sources' files"),
		func(ctx context.Context, in *originInput) (*filesOutput, error) {
			fs, err := a.Store.Files(ctx, lfb.Origin(in.Origin))
			return &filesOutput{notNil(fs)}, fail(err)
		})
	huma.Register(doc, get("rejects", "/v1/files/{sha256}/rejects", "What was wrong with a file"),
		func(ctx context.Context, in *rejectsInput) (*rejectsOutput, error) {
			counts, err := a.Store.RejectCounts(ctx, in.SHA)
			if err != nil {
				return nil, fail(err)
			}
			rows, err := a.Store.Rejects(ctx, in.SHA, in.Limit)
			return &rejectsOutput{RejectsBody{notNil(counts), notNil(rows)}}, fail(err)
		})
}

func (a *api) report(ctx context.Context, in *idInput) (*reportOutput, error) {
	d, err := a.Store.DataSet(ctx, in.ID)
	if err != nil {
		return nil, fail(err)
	}
	return a.page(ctx, d.Report)
}
