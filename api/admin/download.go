package admin

import (
	"bytes"
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/bundle"
)

type downloadInput struct {
	Line   string `query:"line" default:"lfb-attendance" doc:"Line of models"`
	ID     string `path:"id"`
	Target string `query:"target" default:"attendance" maxLength:"64" doc:"Head: attendance or response, then /sent where the station sent is a column"`
}

type fileOutput struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func (a *api) registerDownloads(doc huma.API) {
	download := func(id, what, summary string) huma.Operation {
		op := signed("models", http.MethodGet, id, "/v1/versions/{id}/"+what, summary)
		op.Description = "404 for a version, a head or a format that there is not: docs/EXPORT.md."
		return op
	}
	huma.Register(doc, download("download-bundle", "bundle", "The version's bundle, whole"), a.bundle)
	huma.Register(doc, download("download-encoders", "encoders", "Its encoders, as JSON"), a.encoders)
	for _, f := range bundle.Formats() {
		huma.Register(doc, download("download-"+string(f), string(f), "The mean of one head as "+string(f)),
			func(ctx context.Context, in *downloadInput) (*fileOutput, error) { return a.export(ctx, in, f) })
	}
}

func (a *api) bundle(ctx context.Context, in *downloadInput) (*fileOutput, error) {
	v, err := a.Store.Version(ctx, in.Line, in.ID)
	if err != nil {
		return nil, fail(err)
	}
	body, err := a.Blobs.ReadAll(ctx, v.Bundle)
	return file("application/octet-stream", v.Line+"-"+v.ID+".lfb", body), fail(err)
}

func (a *api) encoders(ctx context.Context, in *downloadInput) (*fileOutput, error) {
	b, err := a.load(ctx, in)
	if err != nil {
		return nil, fail(err)
	}
	body, err := bundle.MarshalEncoders(b)
	return file("application/json", b.EncodersName(in.ID), body), fail(err)
}

func (a *api) export(ctx context.Context, in *downloadInput, f bundle.Format) (*fileOutput, error) {
	b, err := a.load(ctx, in)
	if err != nil {
		return nil, fail(err)
	}
	kind := "text/plain; charset=utf-8"
	if f == bundle.ONNX {
		kind = "application/octet-stream"
	}
	var body bytes.Buffer
	err = bundle.Export(&body, b, in.Target, f)
	return file(kind, b.ExportName(in.ID, in.Target, f), body.Bytes()), fail(err)
}

func (a *api) load(ctx context.Context, in *downloadInput) (*bundle.Bundle, error) {
	v, err := a.Store.Version(ctx, in.Line, in.ID)
	if err != nil {
		return nil, err
	}
	body, err := a.Blobs.ReadAll(ctx, v.Bundle)
	if err != nil {
		return nil, err
	}
	return bundle.Decode(body)
}

// file is bytes to be saved under a name. Lines, ids and heads that exist have
// plain names, so that nothing in it needs quoting.
func file(kind, name string, body []byte) *fileOutput {
	return &fileOutput{ContentType: kind, Disposition: `attachment; filename="` + name + `"`, Body: body}
}
