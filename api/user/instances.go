package user

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/httpx"
	"lfb/internal/lfb"
)

// The protocol that KServe's clients speak unless told otherwise, version 1. A path's
// last part holds the verb too, as in lfb-attendance:predict.
//
// Source: kserve/docs, V1 protocol.

type instancesInput struct {
	StrictParam
	Model string `path:"model" doc:"The line's name and :predict" example:"lfb-attendance:predict"`
	Body  struct {
		Instances []Call `json:"instances" nullable:"false" minItems:"1" maxItems:"10000" doc:"Answered in this order"`
	}
}

func (a *api) registerInstances(doc huma.API) {
	op := func(id, method, summary string) huma.Operation {
		return httpx.Signed(huma.Operation{
			OperationID: id, Method: method, Path: "/v1/models/{model}", Summary: summary,
			Tags: []string{"Open Inference Protocol"}, MaxBodyBytes: a.MaxBody,
		})
	}
	huma.Register(doc, op("kserve-predict", http.MethodPost, "KServe's first protocol: instances are calls"),
		a.predictInstances)
	huma.Register(doc, op("kserve-ready", http.MethodGet, "KServe's first protocol: does this model answer?"),
		func(_ context.Context, in *struct {
			Model string `path:"model" example:"lfb-attendance"`
		},
		) (*jsonOutput[oipReady], error) {
			_, err := a.findModel(&ModelPath{Model: in.Model})
			return &jsonOutput[oipReady]{oipReady{Name: in.Model, Ready: true}}, err
		})
}

func (a *api) predictInstances(ctx context.Context, in *instancesInput) (*predictOutput[*ListAnswer], error) {
	name, ok := strings.CutSuffix(in.Model, ":predict")
	if !ok {
		return nil, httpx.Err(fmt.Errorf("%.60q: %w: what can be asked is {model}:predict; tensors are for "+
			"/v2/models/{model}/infer", in.Model, lfb.ErrNotFound))
	}
	if _, err := a.findModel(&ModelPath{Model: name}); err != nil {
		return nil, err
	}
	return a.predictList(ctx, "/instances", in.Body.Instances, &PredictQuery{StrictParam: in.StrictParam}, false)
}
