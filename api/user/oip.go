package user

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/serve"
)

// The Open Inference Protocol, version 2, as KServe and Triton speak it.
//
// Source: kserve/open-inference-protocol, inference_rest.md.

// oipTensor is an input.
type oipTensor struct {
	Name       string          `json:"name"`
	Shape      []int64         `json:"shape"`
	Datatype   string          `json:"datatype"`
	Parameters json.RawMessage `json:"parameters,omitempty"`
	Data       json.RawMessage `json:"data"`
}

// oipRequest is the body of infer.
type oipRequest struct {
	ID         string          `json:"id,omitempty"`
	Parameters json.RawMessage `json:"parameters,omitempty"`
	Inputs     []oipTensor     `json:"inputs"`
	Outputs    []oipName       `json:"outputs,omitempty"`
}

type oipName struct {
	Name       string          `json:"name"`
	Parameters json.RawMessage `json:"parameters,omitempty"`
}

// oipAnswer is infer's.
type oipAnswer struct {
	ModelName    string      `json:"model_name"`
	ModelVersion string      `json:"model_version"`
	ID           string      `json:"id"`
	Outputs      []oipResult `json:"outputs"`
}

type oipResult struct {
	Name     string `json:"name"`
	Shape    []int  `json:"shape"`
	Datatype string `json:"datatype"`
	Data     any    `json:"data"`
}

// oipModel is a model's metadata.
type oipModel struct {
	Name     string     `json:"name"`
	Versions []string   `json:"versions"`
	Platform string     `json:"platform"`
	Inputs   []oipShape `json:"inputs"`
	Outputs  []oipShape `json:"outputs"`
}

type oipShape struct {
	Name       string         `json:"name"`
	Datatype   string         `json:"datatype"`
	Shape      []int          `json:"shape"`
	Parameters map[string]any `json:"parameters,omitempty"`
}

type oipServer struct {
	Name       string   `json:"name"`
	Version    string   `json:"version"`
	Extensions []string `json:"extensions"`
}

type oipReady struct {
	Name  string `json:"name"`
	Ready bool   `json:"ready"`
}

type oipHealth struct {
	Live  bool `json:"live"`
	Ready bool `json:"ready"`
}

// ModelPath and VersionPath are the two ways to name the champion.
type ModelPath struct {
	Model string `path:"model"`
}

// VersionPath names it by its version too.
type VersionPath struct {
	ModelPath
	Version string `path:"version" doc:"Its id, or its revision"`
}

// InferBody is what both ways to ask have.
type InferBody struct {
	StrictParam
	RequestID string `header:"X-Request-Id" doc:"Names the answer where the body does not"`
	Body      oipRequest
}

type inferInput struct {
	ModelPath
	InferBody
}

type inferVersionInput struct {
	VersionPath
	InferBody
}

type inferOutput struct {
	ServerTiming string `header:"Server-Timing"`
	Warning      string `header:"Warning"`
	Body         oipAnswer
}

// jsonOutput is an answer of nothing but its body.
type jsonOutput[T any] struct{ Body T }

// statusOutput is an answer whose status is not always 200.
type statusOutput[T any] struct {
	Status int
	Body   T
}

func (a *api) registerOIP(doc huma.API) {
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"Open Inference Protocol"},
			MaxBodyBytes: a.MaxBody, SkipValidateBody: true, // what is wrong with a tensor is said by name
		}
	}
	huma.Register(doc, op("oip-live", "GET", "/v2/health/live", "Is the process alive?"), func(context.Context, *struct{}) (*jsonOutput[oipHealth], error) {
		return &jsonOutput[oipHealth]{oipHealth{Live: true, Ready: a.Champion.Now() != nil}}, nil
	})
	huma.Register(doc, op("oip-ready", "GET", "/v2/health/ready", "Does a model answer?"), func(context.Context, *struct{}) (*statusOutput[oipHealth], error) {
		if a.Champion.Now() == nil {
			return &statusOutput[oipHealth]{Status: http.StatusServiceUnavailable}, nil
		}
		return &statusOutput[oipHealth]{http.StatusOK, oipHealth{Live: true, Ready: true}}, nil
	})
	huma.Register(doc, httpx.Signed(op("oip-server", "GET", "/v2", "Name and extensions")), func(context.Context, *struct{}) (*jsonOutput[oipServer], error) {
		return &jsonOutput[oipServer]{oipServer{Name: "lfb", Version: "1", Extensions: []string{"named_columns", "version_by_revision"}}}, nil
	})
	registerModelPath(doc, a, op, "", "/v2/models/{model}",
		func(in *ModelPath) VersionPath { return VersionPath{ModelPath: *in} },
		func(in *inferInput) (VersionPath, *InferBody) {
			return VersionPath{ModelPath: in.ModelPath}, &in.InferBody
		})
	registerModelPath(doc, a, op, "-version", "/v2/models/{model}/versions/{version}",
		func(in *VersionPath) VersionPath { return *in },
		func(in *inferVersionInput) (VersionPath, *InferBody) { return in.VersionPath, &in.InferBody })
}

// registerModelPath registers what is asked of a model. P is the path's parameters, and
// I has infer's body beside them.
func registerModelPath[P, I any](doc huma.API, a *api, op func(id, method, path, summary string) huma.Operation, suffix, path string,
	model func(*P) VersionPath, infer func(*I) (VersionPath, *InferBody),
) {
	meta := op("oip-model"+suffix, "GET", path, "What a model takes and gives")
	meta.Description = "Only the champion is loaded, by its version or its revision: any other version is 404."
	huma.Register(doc, httpx.Signed(meta), func(_ context.Context, in *P) (*jsonOutput[oipModel], error) { return a.oipModel(model(in)) })
	ready := op("oip-model-ready"+suffix, "GET", path+"/ready", "Does this model answer?")
	huma.Register(doc, httpx.Signed(ready), func(_ context.Context, in *P) (*jsonOutput[oipReady], error) {
		l, err := a.oipChampion(model(in))
		if err != nil {
			return nil, err
		}
		return &jsonOutput[oipReady]{oipReady{Name: l.Promotion.Line, Ready: true}}, nil
	})
	ask := op("oip-infer"+suffix, "POST", path+"/infer", "When will the engines be there?")
	ask.Description = "Inputs are the fields of a call as named columns, each of shape [N] or [N,1], or one FP64 tensor features of shape [N,F] " +
		"with the model's own columns in the order of its metadata. Outputs: mean, p50, p90 in seconds, p_le_360 and p_le_600, and the same of the response time where the model knows it; prediction_id, " +
		"and how far to trust the place: quality, precision_m, unused, warning_codes. A row that cannot be answered refuses all."
	huma.Register(doc, httpx.Signed(ask), func(ctx context.Context, in *I) (*inferOutput, error) {
		path, asked := infer(in)
		return a.oipInfer(ctx, path, asked)
	})
}

// oipChampion is the model that the path names: the line's name, and optionally
// a version by its id or its revision.
//
// Only the champion is loaded. What KServe calls a version is one that a server has
// loaded, as it lists them in the model's metadata; another is not found, however well
// the registry knows it. To have one answer, promote it or roll back to it: then every
// replica answers by it, and the log says so. A past version that answered beside the
// champion would have its answers in the same log that the champion is judged by.
func (a *api) oipChampion(p VersionPath) (*serve.Loaded, error) {
	l := a.Champion.Now()
	switch {
	case l == nil:
		return nil, httpx.Unavailable(httpx.CodeNoModel, "no model answers now; try again")
	case p.Model != l.Promotion.Line:
		return nil, httpx.Err(fmt.Errorf("model %.60q: %w: %s answers", p.Model, lfb.ErrNotFound, l.Promotion.Line))
	case p.Version != "" && p.Version != l.Version.ID && p.Version != strconv.FormatInt(l.Promotion.Revision, 10):
		return nil, httpx.Err(fmt.Errorf("version %.60q: %w: not loaded; version %s, revision %d, answers", p.Version, lfb.ErrNotFound, l.Version.ID, l.Promotion.Revision))
	}
	return l, nil
}

func (a *api) oipModel(p VersionPath) (*jsonOutput[oipModel], error) {
	l, err := a.oipChampion(p)
	if err != nil {
		return nil, err
	}
	schema := l.Bundle.Spec.Schema()
	names := make([]string, schema.Width())
	for j, c := range schema.Columns {
		names[j] = c.Name
	}
	m := oipModel{Name: l.Promotion.Line, Versions: []string{l.Version.ID}, Platform: "lfb_" + l.Version.Candidate, Inputs: []oipShape{{
		Name: featuresName, Datatype: "FP64", Shape: []int{-1, len(names)},
		Parameters: map[string]any{"columns": names, "instead_of": "the named columns"},
	}}}
	for _, f := range callFields() {
		m.Inputs = append(m.Inputs, oipShape{Name: f.name, Datatype: f.datatype, Shape: []int{-1}, Parameters: map[string]any{"optional": true}})
	}
	for _, o := range modelOutputs(l) {
		m.Outputs = append(m.Outputs, oipShape{Name: o.tensor, Datatype: "FP64", Shape: []int{-1}})
	}
	for _, d := range tensorDetails() {
		m.Outputs = append(m.Outputs, oipShape{Name: d.name, Datatype: d.datatype, Shape: []int{-1}})
	}
	return &jsonOutput[oipModel]{m}, nil
}

func (a *api) oipInfer(ctx context.Context, p VersionPath, asked *InferBody) (*inferOutput, error) {
	start, in := time.Now(), &asked.Body
	l, err := a.oipChampion(p)
	if err != nil {
		a.Metrics.countFailure(err)
		return nil, err
	}
	inputs, err := readTensors(in)
	if err == nil {
		err = checkOutputs(in.Outputs, l)
	}
	if err != nil {
		return nil, httpx.Err(err)
	}
	replies, notes, err := a.answerTensors(ctx, l, inputs, asked.Strict)
	if err != nil {
		return nil, a.unanswered(err)
	}
	a.Metrics.observe(replies, time.Since(start))
	out := &inferOutput{ServerTiming: serverTiming(replies[0].Took), Warning: warnHeader(notes)}
	out.Body = oipAnswer{ModelName: l.Promotion.Line, ModelVersion: l.Version.ID, ID: cmp.Or(in.ID, asked.RequestID), Outputs: oipResults(in.Outputs, replies)}
	return out, nil
}

// checkOutputs refuses outputs that the model does not have.
func checkOutputs(asked []oipName, l *serve.Loaded) error {
	have := modelOutputs(l)
	for _, o := range asked {
		detailed := slices.ContainsFunc(tensorDetails(), func(d detail) bool { return d.name == o.Name })
		if !detailed && !slices.ContainsFunc(have, func(k output) bool { return k.tensor == o.Name }) {
			return fmt.Errorf("output %.60q: the model has none of this name: %w", o.Name, lfb.ErrInvalid)
		}
	}
	return nil
}

// tensorDetails are the outputs that are no numbers of an answer.
func tensorDetails() []detail {
	id := detail{idName, "BYTES", func(r *serve.Reply) any { return r.ID }}
	return append([]detail{id}, details()...)
}

// oipResults are the outputs that were asked for, all where none was.
func oipResults(asked []oipName, replies []serve.Reply) []oipResult {
	wanted := func(name string) bool {
		return len(asked) == 0 || slices.ContainsFunc(asked, func(o oipName) bool { return o.Name == name })
	}
	var results []oipResult
	for _, o := range modelOutputs(replies[0].Model) {
		if !wanted(o.tensor) {
			continue
		}
		values := make([]float64, len(replies))
		for i := range replies {
			values[i], _ = o.value(&replies[i]) // the model has it
		}
		results = append(results, oipResult{Name: o.tensor, Shape: []int{len(values)}, Datatype: "FP64", Data: values})
	}
	for _, d := range tensorDetails() {
		if !wanted(d.name) {
			continue
		}
		values := make([]any, len(replies))
		for i := range replies {
			values[i] = d.value(&replies[i])
		}
		results = append(results, oipResult{Name: d.name, Shape: []int{len(values)}, Datatype: d.datatype, Data: values})
	}
	return results
}
