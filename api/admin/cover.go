package admin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/cover"
	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/internal/serve"
)

type coverInput struct {
	Body struct {
		cover.Scenario
		Moves    bool `json:"moves,omitempty" doc:"Also the best standby moves, up to three"`
		Closures bool `json:"closures,omitempty" doc:"Also all stations by what closing each would cost"`
		Places   bool `json:"places,omitempty" doc:"Also by hexagon"`
	}
}

// CoverBody is what a scenario does to London.
type CoverBody struct {
	Version  string          `json:"version"`
	DataSet  string          `json:"data_set" doc:"That says where and when calls happen"`
	Low      float64         `json:"low" doc:"More first engines a day later than 6 minutes: in nine of ten cases from low"`
	High     float64         `json:"high" doc:"to high"`
	Effect   *cover.Effect   `json:"effect"`
	Moves    []cover.Move    `json:"moves,omitempty"`
	Closures []cover.Closure `json:"closures,omitempty"`
	Unknown  []string        `json:"unknown" doc:"What it cannot know"`
}

type scenarioName struct {
	Name string `path:"name" maxLength:"400" example:"Lee Green closes"`
}

type scenarioInput struct {
	Name    string `path:"name" maxLength:"400" example:"Lee Green closes"`
	IfMatch string `header:"If-Match" doc:"Revision that it takes the place of; without it there may be none of that name"`
	Body    cover.Scenario
}

type savedScenario struct {
	ETag string `header:"ETag" doc:"The revision"`
}

func (a *api) registerCover(doc huma.API) {
	const tag, kept = "cover", "/v1/cover/scenarios"
	const summary = "What stations and engines that are out or elsewhere do to London"
	huma.Register(doc, newOperation(tag, http.MethodPost, "plan-cover", "/v1/cover", summary), a.planCover)
	registerList(doc, tag, "cover-scenarios", kept, "Scenarios that were saved, by name",
		func(ctx context.Context, _ *PageInput) ([]registry.CoverScenario, error) {
			return a.Store.CoverScenarios(ctx)
		}, func(s registry.CoverScenario) string { return s.Name })
	op := func(method, id, summary string) huma.Operation {
		o := newOperation(tag, method, id, kept+"/{name}", summary)
		o.DefaultStatus = http.StatusNoContent
		return o
	}
	save := op(http.MethodPut, "save-cover-scenario", "Save a scenario for all")
	save.Description = "Of a name that is kept already, in whatever letters, it is 409, but with the revision that it " +
		"takes the place of in If-Match: 412 where that is no longer current."
	huma.Register(doc, save, a.saveScenario)
	huma.Register(doc, op(http.MethodDelete, "delete-cover-scenario", "Remove a saved scenario"),
		func(ctx context.Context, in *scenarioName) (*struct{}, error) {
			return nil, answerError(a.Control.DeleteCoverScenario(ctx, actorOf(httpx.Who(ctx)), in.Name))
		})
}

func (a *api) saveScenario(ctx context.Context, in *scenarioInput) (*savedScenario, error) {
	var seen int64
	var err error
	if in.IfMatch != "" {
		if seen, err = parseRevision(in.IfMatch); err != nil {
			return nil, err
		}
	}
	body, err := json.Marshal(in.Body)
	if err == nil {
		err = a.Cover.CheckScenario(ctx, in.Body)
	}
	if err == nil {
		err = a.Control.SaveCoverScenario(ctx, actorOf(httpx.Who(ctx)), in.Name, body, seen)
	}
	if seen != 0 && errors.Is(err, lfb.ErrConflict) {
		return nil, httpx.Stale("the scenario is not at that revision")
	}
	return &savedScenario{etag(seen + 1)}, answerError(err)
}

func (a *api) planCover(ctx context.Context, in *coverInput) (*output[CoverBody], error) {
	out := &output[CoverBody]{CoverBody{Unknown: cover.Unknown()}}
	err := a.Cover.Plan(ctx, func(m *serve.Loaded, p *cover.Planner) (err error) {
		b := &out.Body
		b.Version, b.DataSet = m.Version.ID, m.Version.DataSet
		if b.Effect, err = p.Evaluate(ctx, in.Body.Scenario); err != nil {
			return err
		}
		b.Low, b.High = b.Effect.First.Interval()
		if !in.Body.Places {
			b.Effect.Places = nil
		}
		if in.Body.Moves {
			b.Moves, err = p.RankMoves(ctx, in.Body.Scenario)
		}
		if err == nil && in.Body.Closures {
			b.Closures, err = p.RankClosures(ctx, nil)
		}
		return err
	})
	return out, answerError(err)
}
