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
}

type lookupInput struct {
	ID string `path:"id" maxLength:"36" doc:"Of a prediction"`
}

func (a *api) registerLookup(doc huma.API) {
	huma.Register(doc, httpx.Signed(huma.Operation{
		OperationID: "prediction", Method: http.MethodGet, Path: "/v1/predictions/{id}",
		Summary: "What was answered, by which model", Description: "Operators see what they asked themselves, analysts all.",
	}), a.lookup)
}

func (a *api) lookup(ctx context.Context, in *lookupInput) (*jsonOutput[Logged], error) {
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
	return &jsonOutput[Logged]{logged(&p)}, nil
}

func unknown(id string) error {
	return httpx.Err(fmt.Errorf("prediction %s: %w: the log has it within seconds of the answer; operators see only their own", id, lfb.ErrNotFound))
}

func logged(p *registry.Prediction) Logged {
	out := Logged{
		ID: p.ID, At: p.At, CallAt: p.CallAt, Line: p.Line, Version: p.Version, Account: p.Account, Reference: p.IncidentNumber,
		Pump: p.PumpOrder, Attendance: times(p.Attendance), Request: p.Request,
		Place: Place{Easting: p.Easting, Northing: p.Northing, BoroughCode: p.BoroughCode, WardCode: p.WardCode, StationGround: p.StationGround},
	}
	if p.Response != nil {
		out.Response = ptr(times(*p.Response))
	}
	return out
}

func ptr(t Times) *Times { return &t }
