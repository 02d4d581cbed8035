package user

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
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

// oipTensor is an input, its values in Data or, as Triton's clients send them unless told
// otherwise, in binary after the JSON.
type oipTensor struct {
	Name       string        `json:"name" example:"postcode"`
	Shape      []int64       `json:"shape" minItems:"1" nullable:"false" example:"[1]"`
	Datatype   string        `json:"datatype" example:"BYTES" enum:"BYTES,BOOL,FP16,FP32,FP64,INT8,INT16,INT32,INT64,UINT8,UINT16,UINT32,UINT64"`
	Parameters oipParameters `json:"parameters,omitzero"`
	Data       oipData       `json:"data,omitempty" doc:"The values, nested or flat; null is missing"`
	binary     []byte        // in place of Data
}

// oipData is a tensor's values as JSON.
type oipData json.RawMessage

// UnmarshalJSON keeps them as they are.
func (d *oipData) UnmarshalJSON(data []byte) error {
	*d = append((*d)[:0], data...)
	return nil
}

// Schema is what the document says of them.
func (oipData) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{}, Examples: []any{[]any{"SE10 9NF"}}}
}

// oipParameters are those of Triton's extension for binary tensors.
type oipParameters struct {
	BinarySize   *int  `json:"binary_data_size,omitempty"`
	Binary       *bool `json:"binary_data,omitempty"`
	BinaryOutput bool  `json:"binary_data_output,omitempty"`
}

// Schema is what the document says of them: others are ignored, and some clients write null.
func (oipParameters) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeObject, Nullable: true, AdditionalProperties: true,
		Properties: map[string]*huma.Schema{
			"binary_data_size": {Type: huma.TypeInteger, Nullable: true, Description: "Bytes of this tensor after the JSON"},
			"binary_data": {
				Type: huma.TypeBoolean, Nullable: true,
				Description: "Of an output: whether it is wanted in binary",
			},
			"binary_data_output": {
				Type: huma.TypeBoolean, Nullable: true,
				Description: "Of a request: whether its outputs are wanted in binary",
			},
		},
	}
}

// oipRequest is the body of infer.
type oipRequest struct {
	_          struct{}      `json:"-" additionalProperties:"true"`
	ID         string        `json:"id,omitempty"`
	Parameters oipParameters `json:"parameters,omitzero"`
	Inputs     []oipTensor   `json:"inputs" minItems:"1" nullable:"false"`
	Outputs    []oipName     `json:"outputs,omitempty"`
}

type oipName struct {
	_          struct{}      `json:"-" additionalProperties:"true"`
	Name       string        `json:"name" example:"p50"`
	Parameters oipParameters `json:"parameters,omitzero"`
}

// oipAnswer is infer's.
type oipAnswer struct {
	ModelName    string      `json:"model_name"`
	ModelVersion string      `json:"model_version"`
	ID           string      `json:"id"`
	Outputs      []oipResult `json:"outputs"`
}

type oipResult struct {
	Name       string         `json:"name" example:"p50"`
	Shape      []int          `json:"shape" example:"[1]"`
	Datatype   string         `json:"datatype" example:"FP64"`
	Parameters *oipParameters `json:"parameters,omitempty"`
	Data       []any          `json:"data,omitempty"` // numbers are float64
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

// oipConfig is a model's configuration as Triton has it, as far as it says more than the
// metadata: batches are the first dimension.
type oipConfig struct {
	Name         string          `json:"name"`
	Platform     string          `json:"platform"`
	Backend      string          `json:"backend"`
	MaxBatchSize int             `json:"max_batch_size"`
	Input        []oipConfigItem `json:"input"`
	Output       []oipConfigItem `json:"output"`
}

type oipConfigItem struct {
	Name     string `json:"name"`
	DataType string `json:"data_type" example:"TYPE_FP64"`
	Dims     []int  `json:"dims"`
}

// oipIndexed is a line of the index of models.
type oipIndexed struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	State   string `json:"state" example:"READY"`
	Reason  string `json:"reason"`
}

// ModelPath names the champion, by its version too where the path has one.
type ModelPath struct {
	Model   string `path:"model" example:"lfb-attendance"`
	Version string `path:"version" doc:"Its id, or its revision" example:"1"`
}

type inferInput struct {
	ModelPath
	StrictParam
	RequestID string `header:"X-Request-Id" doc:"Names the answer where the body does not"`
	JSONSize  string `header:"Inference-Header-Content-Length" doc:"Bytes of the body that are JSON, where binary tensors follow"`
	RawBody   []byte
}

type inferOutput struct {
	ServerTiming string `header:"Server-Timing"`
	Warning      string `header:"Warning"`
	ContentType  string `header:"Content-Type"`
	JSONSize     string `header:"Inference-Header-Content-Length" doc:"Bytes of the body that are JSON, where binary tensors follow"`
	Body         []byte
}

// jsonOutput is an answer of nothing but its body.
type jsonOutput[T any] struct{ Body T }

// statusOutput is an answer whose status is not always 200.
type statusOutput[T any] struct {
	Status int
	Body   T
}

func (a *api) registerOIP(doc huma.API) {
	problem := doc.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[oipError](), true, "")
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"Open Inference Protocol"},
			MaxBodyBytes: a.MaxBody, SkipValidateBody: true, // what is wrong with a tensor is said by name
			SkipValidateParams: true, // the version is only in some paths
			Responses: map[string]*huma.Response{
				"default": {Description: "An error as the protocol has it", Content: jsonContent(problem)},
			},
		}
	}
	ready := op("oip-ready", "GET", "/v2/health/ready", "Does a model answer?")
	ready.Responses["503"] = &huma.Response{
		Description: "No",
		Content:     jsonContent(doc.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[oipHealth](), true, "")),
	}
	a.registerInfer(doc, op)
	registerOIPRead(doc, httpx.Signed(op("oip-server", "GET", "/v2", "Name and extensions")),
		func(*struct{}) (oipServer, error) {
			extensions := []string{
				"named_columns", "version_by_revision", "binary_tensor_data", "model_configuration",
				"model_repository",
			}
			return oipServer{Name: "lfb", Version: "1", Extensions: extensions}, nil
		})
	registerOIPRead(doc, op("oip-live", "GET", "/v2/health/live", "Is the process alive?"),
		func(*struct{}) (oipHealth, error) {
			return oipHealth{Live: true, Ready: a.Champion.Now() != nil}, nil
		})
	huma.Register(doc, ready, func(context.Context, *struct{}) (*statusOutput[oipHealth], error) {
		if a.Champion.Now() == nil {
			return &statusOutput[oipHealth]{Status: http.StatusServiceUnavailable}, nil
		}
		return &statusOutput[oipHealth]{http.StatusOK, oipHealth{Live: true, Ready: true}}, nil
	})
	registerOIPRead(doc, httpx.Signed(op("oip-index", "POST", "/v2/repository/index",
		"The models that are loaded: the champion")), a.indexModels)
}

// registerOIPRead registers what answers with JSON alone.
func registerOIPRead[I, T any](doc huma.API, op huma.Operation, read func(*I) (T, error)) {
	huma.Register(doc, op, func(_ context.Context, in *I) (*jsonOutput[T], error) {
		body, err := read(in)
		return &jsonOutput[T]{body}, err
	})
}

// registerInfer registers what is asked of a model, with and without its version.
func (a *api) registerInfer(doc huma.API, op func(id, method, path, summary string) huma.Operation) {
	schemas := doc.OpenAPI().Components.Schemas
	binary := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	for _, suffix := range []string{"", "-version"} {
		path := "/v2/models/{model}"
		if suffix != "" {
			path += "/versions/{version}"
		}
		ask := op("oip-infer"+suffix, "POST", path+"/infer", "When will the engines be there?")
		ask.Description = "Inputs are the fields of a call as named columns, each of shape [N] or [N,1], or one FP64 " +
			"tensor features of shape [N,F] " +
			"with the model's own columns in the order of its metadata. Outputs: mean, p50, p90 in seconds, p_le_360 and " +
			"p_le_600, and the same of the " +
			"response time where the model knows it; prediction_id, and how far to trust the place: quality, precision_m, " +
			"unused, warning_codes; and " +
			"provisional, the checks of the gate that the model did not pass. " +
			"A row that cannot be answered refuses all. Tensors may be binary both ways, as Triton's extension has it: " +
			"little-endian values after the JSON, " +
			"whose length the header Inference-Header-Content-Length says."
		ask.RequestBody = &huma.RequestBody{
			Required: true,
			Content:  jsonContent(schemas.Schema(reflect.TypeFor[oipRequest](), true, "")),
		}
		answer := jsonContent(schemas.Schema(reflect.TypeFor[oipAnswer](), true, ""))
		answer[binaryType] = binary
		ask.Responses["200"] = &huma.Response{Description: "The outputs", Content: answer}
		huma.Register(doc, httpx.Signed(ask), a.infer)
		meta := op("oip-model"+suffix, "GET", path, "What a model takes and gives")
		meta.Description = "Only the champion is loaded, by its version or its revision: any other version is 404."
		registerOIPRead(doc, httpx.Signed(meta), a.describeTensors)
		registerOIPRead(doc, httpx.Signed(op("oip-config"+suffix, "GET", path+"/config",
			"The same as Triton's configuration")), a.configureModel)
		registerOIPRead(doc, httpx.Signed(op("oip-model-ready"+suffix, "GET", path+"/ready", "Does this model answer?")),
			func(in *ModelPath) (oipReady, error) {
				l, err := a.findModel(in)
				if err != nil {
					return oipReady{}, err
				}
				return oipReady{Name: l.Promotion.Line, Ready: true}, nil
			})
	}
}

func jsonContent(schema *huma.Schema) map[string]*huma.MediaType {
	return map[string]*huma.MediaType{"application/json": {Schema: schema}}
}

// findModel is the model that the path names: the line's name, and optionally
// a version by its id or its revision.
//
// Only the champion is loaded. What KServe calls a version is one that a server has
// loaded, as it lists them in the model's metadata; another is not found, however well
// the registry knows it. To have one answer, promote it or roll back to it: then every
// replica answers by it, and the log says so. A past version that answered beside the
// champion would have its answers in the same log that the champion is judged by.
func (a *api) findModel(p *ModelPath) (*serve.Loaded, error) {
	l := a.Champion.Now()
	switch {
	case l == nil:
		return nil, httpx.NoModel("no model answers now; try again")
	case p.Model != l.Promotion.Line:
		return nil, httpx.Err(fmt.Errorf("model %.60q: %w: %s answers", p.Model, lfb.ErrNotFound, l.Promotion.Line))
	case p.Version != "" && p.Version != l.Version.ID && p.Version != strconv.FormatInt(l.Promotion.Revision, 10):
		return nil, httpx.Err(fmt.Errorf("version %.60q: %w: not loaded; version %s, revision %d, answers", p.Version,
			lfb.ErrNotFound, l.Version.ID, l.Promotion.Revision))
	}
	return l, nil
}

// describeTensors is a model's metadata.
func (a *api) describeTensors(p *ModelPath) (oipModel, error) {
	l, err := a.findModel(p)
	if err != nil {
		return oipModel{}, err
	}
	schema := l.Bundle.Spec.Schema()
	names := make([]string, schema.Width())
	for j, c := range schema.Columns {
		names[j] = c.Name
	}
	m := oipModel{
		Name: l.Promotion.Line, Versions: []string{l.Version.ID}, Platform: "lfb_" + l.Version.Candidate,
		Inputs: []oipShape{{
			Name: featuresName, Datatype: "FP64", Shape: []int{-1, len(names)},
			Parameters: map[string]any{"columns": names, "instead_of": "the named columns"},
		}},
	}
	for _, f := range callFields() {
		m.Inputs = append(m.Inputs, oipShape{
			Name: f.name, Datatype: f.datatype, Shape: []int{-1},
			Parameters: map[string]any{"optional": true},
		})
	}
	for _, o := range modelOutputs(l) {
		m.Outputs = append(m.Outputs, oipShape{Name: o.tensor, Datatype: "FP64", Shape: []int{-1}})
	}
	for _, d := range tensorDetails() {
		m.Outputs = append(m.Outputs, oipShape{Name: d.name, Datatype: d.datatype, Shape: []int{-1}})
	}
	return m, nil
}

// configureModel is a model's metadata in Triton's words.
func (a *api) configureModel(p *ModelPath) (oipConfig, error) {
	m, err := a.describeTensors(p)
	items := func(shapes []oipShape) []oipConfigItem {
		out := make([]oipConfigItem, len(shapes))
		for i, s := range shapes {
			kind := "TYPE_" + s.Datatype
			if s.Datatype == "BYTES" {
				kind = "TYPE_STRING"
			}
			out[i] = oipConfigItem{Name: s.Name, DataType: kind, Dims: s.Shape}
		}
		return out
	}
	return oipConfig{
		Name: m.Name, Platform: m.Platform, Backend: "lfb", Input: items(m.Inputs),
		Output: items(m.Outputs),
	}, err
}

// indexModels lists what is loaded.
func (a *api) indexModels(*struct{}) ([]oipIndexed, error) {
	l := a.Champion.Now()
	if l == nil {
		return []oipIndexed{}, nil
	}
	return []oipIndexed{{Name: l.Promotion.Line, Version: l.Version.ID, State: "READY"}}, nil
}

func (a *api) infer(ctx context.Context, in *inferInput) (*inferOutput, error) {
	start := time.Now()
	l, err := a.findModel(&in.ModelPath)
	if err != nil {
		a.Metrics.countFailure(err)
		return nil, err
	}
	asked, err := decodeInfer(in.RawBody, in.JSONSize)
	if err != nil {
		return nil, httpx.Err(err)
	}
	inputs, err := readTensors(asked)
	if err == nil {
		err = checkOutputs(asked.Outputs, l)
	}
	if err != nil {
		return nil, httpx.Err(err)
	}
	replies, notes, err := a.answerTensors(ctx, l, inputs, in.Strict)
	if err != nil {
		return nil, a.unanswered(err)
	}
	a.Metrics.observe(replies, time.Since(start))
	out := &inferOutput{ServerTiming: serverTiming(replies[0].Took), Warning: warnHeader(notes)}
	answer := oipAnswer{
		ModelName: l.Promotion.Line, ModelVersion: l.Version.ID, ID: cmp.Or(asked.ID, in.RequestID),
		Outputs: oipResults(asked.Outputs, replies),
	}
	return out, out.encode(&answer, asked)
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
		values := make([]any, len(replies))
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
