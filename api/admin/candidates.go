package admin

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/control"
	"lfb/internal/httpx"
)

// candidatesPath is where programs elsewhere fetch what they fit and give their models back:
// the only path that the scope candidate opens.
const candidatesPath = "/v1/candidates/"

type attemptFileInput struct {
	Attempt string `path:"attempt" maxLength:"64" doc:"As the activity was told"`
	Name    string `path:"name" maxLength:"128" doc:"One of the files that the activity was told"`
}

type resultInput struct {
	Attempt string `path:"attempt" maxLength:"64" doc:"As the activity was told"`
	Result  string `path:"result" maxLength:"128" example:"attendance.mean.onnx" doc:"Head with - for /, quantity, format"`
	RawBody []byte `contentType:"application/octet-stream"`
}

// ResultAnswer is a model as it was stored.
type ResultAnswer struct {
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
}

func (a *api) registerCandidates(doc huma.API) {
	e := control.Exchange{Store: a.Store, Blobs: a.Blobs, Now: a.Now}
	const (
		tag     = "candidates"
		forWhom = "For keys of the scope candidate, and administrators: docs/CANDIDATES.md. "
		octets  = "application/octet-stream"
	)
	file := httpx.Answering(newOperation(tag, http.MethodGet, "candidate-file", candidatesPath+"{attempt}/files/{name}",
		"Fetch what a candidate is fitted on"), octets)
	file.Description = forWhom + "404 for an attempt or a file that there is not, 409 once the attempt is closed."
	huma.Register(doc, file, func(ctx context.Context, in *attemptFileInput) (*fileOutput, error) {
		ctx, cancel := context.WithTimeout(httpx.Unhurried(ctx), downloadWithin)
		defer cancel()
		body, err := e.ReadFile(ctx, in.Attempt, in.Name)
		return newFile(octets, in.Name, body), answerError(err)
	})
	give := newOperation(tag, http.MethodPut, "give-candidate-model", candidatesPath+"{attempt}/results/{result}",
		"Give a fitted model back")
	give.Description = forWhom + "The same again changes nothing; other bytes under the same name are kept beside the " +
		"first, " +
		"and the SHA-256 that the activity returns says which count. 409 once the attempt is closed, 413 for more bytes " +
		"than it allows."
	give.MaxBodyBytes = -1 // Wrap bounds it
	huma.Register(doc, give, func(ctx context.Context, in *resultInput) (*output[ResultAnswer], error) {
		ctx, cancel := context.WithTimeout(httpx.Unhurried(ctx), downloadWithin)
		defer cancel()
		ref, err := e.SaveResult(ctx, actorOf(httpx.Who(ctx)), in.Attempt, in.Result, in.RawBody)
		if large, ok := errors.AsType[*control.TooLargeError](err); ok {
			return nil, huma.Error413RequestEntityTooLarge(large.Error())
		}
		return &output[ResultAnswer]{ResultAnswer{ref.SHA256, ref.Bytes}}, answerError(err)
	})
}
