package user

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/clean"
	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/registry"
	"lfb/internal/serve"
)

var legacyType = reflect.TypeFor[LegacyAnswer]()

// ModelBody says which model answers, what it was made from and how good it is.
type ModelBody struct {
	ModelNote
	Line       string          `json:"line"`
	DataSet    string          `json:"data_set"`
	RunID      string          `json:"run_id"`
	PromotedAt time.Time       `json:"promoted_at"`
	PromotedBy string          `json:"promoted_by"`
	Why        string          `json:"why"`
	AgeSeconds float64         `json:"age_seconds" doc:"Since the last call that it learned from"`
	Holdout    ml.Report       `json:"holdout" doc:"On rows later than all it learned from; seconds"`
	Gate       json.RawMessage `json:"gate,omitempty" doc:"The verdict by which it was promoted"`
	// Details say what Provisional only names.
	Details  *registry.Provisional `json:"provisional_details,omitempty" doc:"Why it is provisional, and how far its range was widened"`
	Reported []string              `json:"reported" doc:"The words that reported may be"`
}

func (a *api) registerModel(doc huma.API) {
	huma.Register(doc, httpx.Signed(huma.Operation{
		OperationID: "model", Method: http.MethodGet, Path: "/v1/model",
		Summary: "Which model answers",
	}), a.model)
}

func (a *api) model(context.Context, *struct{}) (*jsonOutput[ModelBody], error) {
	l := a.Champion.Now()
	if l == nil {
		return nil, httpx.Unavailable(httpx.CodeNoModel, noModel)
	}
	return &jsonOutput[ModelBody]{ModelBody{
		ModelNote: note(l), Line: l.Promotion.Line, DataSet: l.Version.DataSet, RunID: l.Version.RunID,
		PromotedAt: l.Promotion.At, PromotedBy: l.Promotion.Who, Why: l.Promotion.Why,
		AgeSeconds: a.Now().Sub(l.Version.TrainedTo).Seconds(), Holdout: l.Version.Holdout, Gate: l.Promotion.Evidence,
		Details:  l.Version.Provisional,
		Reported: clean.ReportedKinds(),
	}}, nil
}

// noModel is said until the first promotion.
const noModel = "no model serves yet"

// unanswered counts a request that no model answered, and says why.
func (a *api) unanswered(err error) error {
	if !errors.Is(err, lfb.ErrInvalid) {
		a.Metrics.countFailure(err)
	}
	if a.Champion.Now() == nil {
		return httpx.Unavailable(httpx.CodeNoModel, noModel)
	}
	return httpx.Err(err)
}

func note(l *serve.Loaded) ModelNote {
	var failing []string
	if p := l.Version.Provisional; p != nil {
		for _, c := range p.Failing {
			failing = append(failing, c.Name)
		}
	}
	return ModelNote{
		Version: l.Version.ID, Revision: l.Promotion.Revision, Candidate: l.Version.Candidate,
		TrainedTo: l.Version.TrainedTo, Synthetic: l.Version.Origin == lfb.Synthetic, Provisional: failing,
	}
}
