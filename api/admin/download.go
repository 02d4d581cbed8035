package admin

import (
	"bytes"
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/bundle"
	"lfb/internal/httpx"
	"lfb/internal/registry"
)

type downloadInput struct {
	VersionInput
	Target string `query:"target" default:"attendance" maxLength:"64" doc:"Head: attendance or response, then /sent where the station sent is a column"`
}

type fileOutput struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func (a *api) registerDownloads(doc huma.API) {
	download := func(id, what, summary, mediaType string) huma.Operation {
		op := httpx.Answering(newOperation("models", http.MethodGet, id, "/v1/versions/{id}/"+what, summary), mediaType)
		op.Description = "404 for a version, a head or a format that there is not: docs/EXPORT.md."
		return op
	}
	huma.Register(doc, download("download-bundle", "bundle", "The version's bundle, whole", "application/octet-stream"),
		a.downloadBundle)
	huma.Register(doc, download("download-encoders", "encoders", "Its encoders, as JSON", "application/json"),
		a.downloadEncoders)
	for _, f := range bundle.Formats() {
		huma.Register(doc, download("download-"+string(f), string(f), "The mean of one head as "+string(f), exportType(f)),
			func(ctx context.Context, in *downloadInput) (*fileOutput, error) { return a.exportModel(ctx, in, f) })
	}
}

func (a *api) downloadBundle(ctx context.Context, in *downloadInput) (*fileOutput, error) {
	v, body, err := a.readBundle(ctx, in)
	return newFile("application/octet-stream", v.Line+"-"+v.ID+".lfb", body), answerError(err)
}

func (a *api) downloadEncoders(ctx context.Context, in *downloadInput) (*fileOutput, error) {
	b, err := a.loadBundle(ctx, in)
	if err != nil {
		return nil, answerError(err)
	}
	body, err := bundle.MarshalEncoders(b)
	return newFile("application/json", b.EncodersName(in.ID), body), answerError(err)
}

func (a *api) exportModel(ctx context.Context, in *downloadInput, f bundle.Format) (*fileOutput, error) {
	b, err := a.loadBundle(ctx, in)
	if err != nil {
		return nil, answerError(err)
	}
	var body bytes.Buffer
	err = bundle.Export(&body, b, in.Target, f)
	return newFile(exportType(f), b.ExportName(in.ID, in.Target, f), body.Bytes()), answerError(err)
}

func (a *api) loadBundle(ctx context.Context, in *downloadInput) (*bundle.Bundle, error) {
	_, body, err := a.readBundle(ctx, in)
	if err != nil {
		return nil, err
	}
	return bundle.Decode(body)
}

// downloadWithin is how long a bundle may take from the store: longer than a request
// may wait elsewhere, as it has some megabytes.
const downloadWithin = time.Minute

func (a *api) readBundle(ctx context.Context, in *downloadInput) (registry.Version, []byte, error) {
	v, err := a.readVersion(ctx, &in.VersionInput)
	if err != nil {
		return v, nil, err
	}
	ctx, cancel := context.WithTimeout(httpx.Unhurried(ctx), downloadWithin)
	defer cancel()
	body, err := a.Blobs.ReadAll(ctx, v.Bundle)
	return v, body, err
}

// newFile is bytes to be saved under a name. Lines, ids and heads that exist have
// plain names, so that nothing in it needs quoting.
func newFile(kind, name string, body []byte) *fileOutput {
	return &fileOutput{ContentType: kind, Disposition: `attachment; filename="` + name + `"`, Body: body}
}

// exportType is the media type of a format.
func exportType(f bundle.Format) string {
	if f == bundle.ONNX {
		return "application/octet-stream"
	}
	return "text/plain; charset=utf-8"
}
