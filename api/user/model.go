package user

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
	Details *registry.Provisional `json:"provisional_details,omitempty" doc:"Why it is provisional, and how far its range was widened"`
	// Evaluated is what Holdout and Gate are of, where another serves.
	Evaluated string   `json:"evaluated,omitempty" doc:"The version that was judged, where the one that serves is a refit of it on every row: holdout and gate are its"`
	Reported  []string `json:"reported" nullable:"false" doc:"The words that reported may be"`
}

type modelInput struct {
	IfNoneMatch string `header:"If-None-Match" doc:"ETag of the answer that is kept: 304 where the same model serves"`
}

type modelOutput struct {
	Status       int
	ETag         string `header:"ETag" doc:"Of the promotion"`
	CacheControl string `header:"Cache-Control"`
	Body         ModelBody
}

func (a *api) registerModel(doc huma.API) {
	huma.Register(doc, httpx.Signed(huma.Operation{
		OperationID: "model", Method: http.MethodGet, Path: "/v1/model", Tags: []string{"Model"},
		Summary:     "Which model answers",
		Description: "What it was made from, how good it is, and which words reported may be.",
		Responses:   map[string]*huma.Response{"304": {Description: "The model is the one that If-None-Match names"}},
	}), a.describeModel)
}

func (a *api) describeModel(_ context.Context, in *modelInput) (*modelOutput, error) {
	l := a.Champion.Now()
	if l == nil {
		return nil, httpx.NoModel(noModel)
	}
	out := &modelOutput{
		Status: http.StatusOK, ETag: fmt.Sprintf(`W/"%d-%s"`, l.Promotion.Revision, l.Version.ID), CacheControl: "private, no-cache",
	}
	if in.IfNoneMatch == out.ETag {
		out.Status = http.StatusNotModified
		return out, nil
	}
	out.Body = ModelBody{
		ModelNote: newModelNote(l), Line: l.Promotion.Line, DataSet: l.Version.DataSet, RunID: l.Version.RunID,
		PromotedAt: l.Promotion.At, PromotedBy: l.Promotion.Who, Why: l.Promotion.Why,
		AgeSeconds: a.Now().Sub(l.Version.TrainedTo).Seconds(), Holdout: l.Version.Holdout, Gate: l.Promotion.Evidence,
		Details: l.Version.Provisional, Evaluated: l.Version.RefitOf,
		Reported: clean.ReportedKinds(),
	}
	return out, nil
}

// noModel is said until the first promotion.
const noModel = "no model serves yet"

// unanswered counts a request that no model answered, and says why.
func (a *api) unanswered(err error) error {
	var answer huma.StatusError
	if errors.As(err, &answer) {
		return err // it is the question's doing, whatever serves now
	}
	if !errors.Is(err, lfb.ErrInvalid) {
		a.Metrics.countFailure(err)
	}
	if a.Champion.Now() == nil {
		return httpx.NoModel(noModel)
	}
	return httpx.Err(err)
}

// failingChecks are the checks of the gate that a model did not pass: none but where it
// serves provisionally.
func failingChecks(l *serve.Loaded) (names []string) {
	if p := l.Version.Provisional; p != nil {
		for _, c := range p.Failing {
			names = append(names, c.Name)
		}
	}
	return names
}

func newModelNote(l *serve.Loaded) ModelNote {
	return ModelNote{
		Version: l.Version.ID, Revision: l.Promotion.Revision, Candidate: l.Version.Candidate,
		TrainedTo: l.Version.TrainedTo, Synthetic: l.Version.Origin == lfb.Synthetic, Provisional: failingChecks(l),
	}
}
