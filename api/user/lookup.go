package user

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// Logged is an answer as it was given, and by which model.
type Logged struct {
	ID         string    `json:"id"`
	At         time.Time `json:"at" doc:"When it was answered"`
	CallAt     time.Time `json:"call_at" doc:"The time asked about"`
	Line       string    `json:"line"`
	Version    string    `json:"version" doc:"The model: GET /v1/versions/{id} of the admin API"`
	Account    string    `json:"account"`
	Reference  string    `json:"incident_reference,omitempty"`
	Pump       int       `json:"pump"`
	Place      Place     `json:"place"`
	Attendance Times     `json:"attendance"`
	Response   *Times    `json:"response"`
	Request    any       `json:"request" doc:"As it was asked"`
	// Availability is nil where who was out did not matter.
	Availability *registry.AvailabilityUse `json:"availability,omitempty" doc:"What was assumed of who was out"`
}

// TransformSchema lets the response time be null.
func (Logged) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return httpx.OrNull(s, "response")
}

type lookupInput struct {
	ID string `path:"id" maxLength:"36" doc:"Of a prediction" example:"019ad5a6-1f3c-7c60-9c7b-3f1f0e6b7d10"`
}

func (a *api) registerLookup(doc huma.API) {
	huma.Register(doc, httpx.Signed(huma.Operation{
		OperationID: "prediction", Method: http.MethodGet, Path: "/v1/predictions/{id}", Tags: predictTags,
		Summary: "What was answered, by which model", Description: "Operators see what they asked themselves, analysts all.",
	}), a.lookUp)
}

func (a *api) lookUp(ctx context.Context, in *lookupInput) (*jsonOutput[Logged], error) {
	p, ok := a.Predictor.Recent(in.ID)
	if !ok {
		var err error
		if p, err = a.Predictions.Prediction(ctx, in.ID); errors.Is(err, lfb.ErrNotFound) {
			return nil, unknown(in.ID)
		} else if err != nil {
			return nil, httpx.Err(err)
		}
	}
	if who := httpx.Who(ctx); p.Account != who.Name && !who.Role.Covers(registry.RoleAnalyst) {
		return nil, unknown(in.ID)
	}
	return &jsonOutput[Logged]{newLogged(&p)}, nil
}

func unknown(id string) error {
	return httpx.Err(fmt.Errorf("prediction %s: %w: the log has it within seconds of the answer; operators see only "+
		"their own", id, lfb.ErrNotFound))
}

func newLogged(p *registry.Prediction) Logged {
	out := Logged{
		ID: p.ID, At: p.At, CallAt: p.CallAt, Line: p.Line, Version: p.Version, Account: p.Account,
		Reference: p.IncidentNumber,
		Pump:      p.PumpOrder, Attendance: newTimes(p.Attendance), Request: p.Request, Availability: p.Availability,
		Place: Place{
			Easting: p.Easting, Northing: p.Northing, BoroughCode: p.BoroughCode, WardCode: p.WardCode,
			StationGround: p.StationGround,
		},
	}
	if p.Response != nil {
		out.Response = new(newTimes(*p.Response))
	}
	return out
}
