package user

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
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

// oipTensor is an input or an output.
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

type oipError struct {
	Error string `json:"error"`
}

func (a *api) registerOIP(r *routes) {
	wrong := &huma.Response{Description: "What is wrong", Content: jsonOf[oipError](r)}
	op := func(id, method, path, summary string, content map[string]*huma.MediaType) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Responses: answers(content, wrong), Tags: []string{"Open Inference Protocol"}}
	}
	r.open(op("oip-live", "GET", "/v2/health/live", "Is the process alive?", jsonOf[oipHealth](r)), func(w http.ResponseWriter, _ *http.Request) {
		sendJSON(w, http.StatusOK, oipHealth{Live: true, Ready: a.Champion.Now() != nil})
	})
	r.open(op("oip-ready", "GET", "/v2/health/ready", "Does a model answer?", jsonOf[oipHealth](r)), func(w http.ResponseWriter, _ *http.Request) {
		ready := a.Champion.Now() != nil
		sendJSON(w, statusOf(ready), oipHealth{Live: ready, Ready: ready})
	})
	r.signed(op("oip-server", "GET", "/v2", "Name and extensions", jsonOf[oipServer](r)), func(w http.ResponseWriter, _ *http.Request) {
		sendJSON(w, http.StatusOK, oipServer{Name: "lfb", Version: "1", Extensions: []string{"named_columns", "version_by_revision"}})
	})
	for suffix, path := range map[string]string{"": "/v2/models/{model}", "-version": "/v2/models/{model}/versions/{version}"} {
		model := op("oip-model"+suffix, "GET", path, "What a model takes and gives", jsonOf[oipModel](r))
		model.Description = "Only the champion is loaded, by its version or its revision: any other version is 404."
		r.signed(model, a.oipModel)
		r.signed(op("oip-model-ready"+suffix, "GET", path+"/ready", "Does this model answer?", jsonOf[oipReady](r)), a.oipReady)
		infer := op("oip-infer"+suffix, "POST", path+"/infer", "When will the engines be there?", jsonOf[oipAnswer](r))
		infer.RequestBody = &huma.RequestBody{Required: true, Content: jsonOf[oipRequest](r)}
		infer.Description = "Inputs are the fields of a call as named columns, each of shape [N] or [N,1], or one FP64 tensor features of shape [N,F] " +
			"with the model's own columns in the order of its metadata. Outputs: mean, p50, p90 in seconds, p_le_360 and p_le_600, and the same of the response time where the model knows it."
		r.signed(infer, a.oipInfer)
	}
}

func statusOf(ready bool) int {
	if ready {
		return http.StatusOK
	}
	return http.StatusServiceUnavailable
}

func sendJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "answer", http.StatusInternalServerError) // plain values always encode
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // the client may be gone
}

// oipFail writes err as the protocol has it.
func oipFail(w http.ResponseWriter, err error) {
	status := httpx.Status(err)
	text := err.Error()
	switch status {
	case http.StatusUnprocessableEntity:
		status = http.StatusBadRequest
	case http.StatusServiceUnavailable:
		text = "no model answers now; try again"
		w.Header().Set("Retry-After", "2")
	case http.StatusInternalServerError:
		text = "something went wrong here; the log has it"
	}
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		status, text = http.StatusRequestEntityTooLarge, fmt.Sprintf("a body may have %d bytes", large.Limit)
	}
	sendJSON(w, status, oipError{Error: text})
}

// oipChampion is the model that the path names: the line's name, and optionally
// a version by its id or its revision.
//
// Only the champion is loaded. What KServe calls a version is one that a server has
// loaded, as it lists them in the model's metadata; another is not found, however well
// the registry knows it. To have one answer, promote it or roll back to it: then every
// replica answers by it, and the log says so. A past version that answered beside the
// champion would have its answers in the same log that the champion is judged by.
func (a *api) oipChampion(r *http.Request) (*serve.Loaded, error) {
	l := a.Champion.Now()
	if l == nil {
		return nil, fmt.Errorf("%s: %w", noModel, lfb.ErrUnavailable)
	}
	if name := r.PathValue("model"); name != l.Promotion.Line {
		return nil, fmt.Errorf("model %.60q: %w: %s answers", name, lfb.ErrNotFound, l.Promotion.Line)
	}
	if v := r.PathValue("version"); v != "" && v != l.Version.ID && v != strconv.FormatInt(l.Promotion.Revision, 10) {
		return nil, fmt.Errorf("version %.60q: %w: not loaded; version %s, revision %d, answers", v, lfb.ErrNotFound, l.Version.ID, l.Promotion.Revision)
	}
	return l, nil
}

func (a *api) oipReady(w http.ResponseWriter, r *http.Request) {
	l, err := a.oipChampion(r)
	if err != nil {
		oipFail(w, err)
		return
	}
	sendJSON(w, http.StatusOK, oipReady{Name: l.Promotion.Line, Ready: true})
}

func (a *api) oipModel(w http.ResponseWriter, r *http.Request) {
	l, err := a.oipChampion(r)
	if err != nil {
		oipFail(w, err)
		return
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
	m.Inputs = append(m.Inputs, callShapes()...)
	for _, o := range outputs() {
		if !o.response || answersResponse(l) {
			m.Outputs = append(m.Outputs, oipShape{Name: o.tensor, Datatype: "FP64", Shape: []int{-1}})
		}
	}
	m.Outputs = append(m.Outputs, oipShape{Name: idName, Datatype: "BYTES", Shape: []int{-1}})
	sendJSON(w, http.StatusOK, m)
}

func (a *api) oipInfer(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	l, err := a.oipChampion(r)
	if err != nil {
		a.Metrics.failed(err)
		oipFail(w, err)
		return
	}
	var in oipRequest
	if err := decodeBody(r, &in); err != nil {
		oipFail(w, err)
		return
	}
	f, err := oipFrame(&in)
	if err == nil {
		err = oipKnown(in.Outputs, l)
	}
	if err != nil {
		oipFail(w, err)
		return
	}
	replies, notes, err := a.answerFrame(r, l, f)
	if err != nil {
		a.count(err)
		oipFail(w, err)
		return
	}
	a.Metrics.answeredMany(replies, time.Since(start))
	w.Header().Set("Server-Timing", serverTiming(replies[0].Took))
	if len(notes) > 0 {
		w.Header().Set("Warning", warnHeader(notes))
	}
	id := in.ID
	if id == "" {
		id = w.Header().Get(httpx.RequestIDHeader)
	}
	sendJSON(w, http.StatusOK, oipAnswer{ModelName: l.Promotion.Line, ModelVersion: l.Version.ID, ID: id, Outputs: oipResults(in.Outputs, replies)})
}
