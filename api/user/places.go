package user

import (
	"context"
	"math"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/httpx"
	"lfb/internal/phrase"
	"lfb/internal/places"
	"lfb/internal/serve"
)

var placeTags = []string{"Places"}

// FoundPlaces is what a text says about where.
type FoundPlaces struct {
	Matches     []PlaceMatch  `json:"matches" nullable:"false" doc:"The best first"`
	Clear       bool          `json:"clear" doc:"Whether the first match is the place that is meant; otherwise they are choices"`
	Refused     PlaceRefusal  `json:"refused,omitempty" doc:"Why there is no place; with outside_area the matches say what is outside of London"`
	Notes       []places.Note `json:"notes" nullable:"false" doc:"What was read otherwise than it was said"`
	Unused      []string      `json:"unused" nullable:"false" doc:"Words that told nothing about where"`
	Revision    int64         `json:"revision" doc:"Of the set of places; 0: none was published yet, and London's areas and stations are all that is known"`
	Attribution string        `json:"attribution" doc:"To be shown with the places"`
}

// PlaceMatch is a place that a text may mean.
type PlaceMatch struct {
	Label      string    `json:"label" doc:"The name with what tells it from others of that name" example:"High Road, Tottenham, Haringey"`
	Name       string    `json:"name" example:"High Road"`
	Kind       PlaceKind `json:"kind"`
	Code       string    `json:"code,omitempty" doc:"Of a borough or ward"`
	In         string    `json:"in,omitempty" doc:"The settlement that it is in or near" example:"Tottenham"`
	Borough    string    `json:"borough_code,omitempty" example:"E09000014"`
	District   string    `json:"postcode_district,omitempty" example:"N17"`
	Easting    *float64  `json:"easting" doc:"British National Grid, metres; null where only its name is known, outside London" example:"533900"`
	Northing   *float64  `json:"northing" doc:"Likewise" example:"190600"`
	PrecisionM *float64  `json:"precision_m" doc:"The place lies within so many metres, mostly" example:"900"`
	Ask        *PlaceAsk `json:"ask,omitempty" doc:"What to send to /v1/predictions, with whatever else is known, for an answer that is as exact as the match; not of a place outside London"`
	Outside    bool      `json:"outside,omitempty" doc:"Known, and not in London"`
	Score      float64   `json:"score" doc:"Higher fits better; comparable within one answer only" example:"1.2"`
}

// PlaceAsk are the fields of a call that say where a match is.
type PlaceAsk struct {
	Postcode         string   `json:"postcode,omitempty"`
	PostcodeDistrict string   `json:"postcode_district,omitempty"`
	BoroughCode      string   `json:"borough_code,omitempty"`
	WardCode         string   `json:"ward_code,omitempty"`
	StationGround    string   `json:"station_ground,omitempty"`
	Easting          *float64 `json:"easting,omitempty"`
	Northing         *float64 `json:"northing,omitempty"`
	PrecisionM       *float64 `json:"precision_m,omitempty"`
}

// newPlaceAsk says the place by the fact that says it most exactly.
func newPlaceAsk(p *places.Place) *PlaceAsk {
	switch p.Kind {
	case places.Unit:
		return &PlaceAsk{Postcode: p.Name}
	case places.Sector:
		return &PlaceAsk{PostcodeDistrict: p.Name}
	}
	call := serve.NewCall(time.Time{})
	p.SetCall(&call)
	ask := &PlaceAsk{
		PostcodeDistrict: call.PostcodeDistrict, BoroughCode: call.BoroughCode, WardCode: call.WardCode,
		StationGround: call.StationGround,
	}
	if !math.IsNaN(call.Easting) {
		ask.Easting, ask.Northing, ask.PrecisionM = new(call.Easting), new(call.Northing), new(p.PrecisionM)
	}
	return ask
}

// newPlaceMatch is a match without what is not known of it.
func newPlaceMatch(m *places.Match) PlaceMatch {
	out := PlaceMatch{
		Label: m.Label(), Name: m.Name, Kind: PlaceKind(m.Kind.String()), Code: m.Code, In: m.In, Borough: m.Borough,
		District: m.District,
		Outside:  m.Outside, Score: m.Score,
	}
	if m.Easting != 0 || m.Northing != 0 {
		out.Easting, out.Northing, out.PrecisionM = new(m.Easting), new(m.Northing), new(m.PrecisionM)
	}
	if !m.Outside {
		out.Ask = newPlaceAsk(&m.Place)
	}
	return out
}

// TransformSchema lets a place that is known by its name alone be without a point.
func (PlaceMatch) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	for _, name := range []string{"easting", "northing", "precision_m"} {
		s.Properties[name].Nullable = true
	}
	return s
}

// PlaceKind is the kind of a place. Kinds are added, and never renamed.
type PlaceKind string

// Schema lists the kinds.
func (PlaceKind) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString, Examples: []any{places.Road.String()}}
	for k := places.Unit; k <= places.Coordinates; k++ {
		s.Enum = append(s.Enum, k.String())
	}
	return s
}

// PlaceRefusal is why a text has no place.
type PlaceRefusal string

// Schema lists the refusals.
func (PlaceRefusal) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Enum: []any{
		string(places.RefusedUnknown), string(places.RefusedOutside),
		string(places.RefusedWords),
	}}
}

type placesInput struct {
	Text  string `query:"q" required:"true" minLength:"1" maxLength:"200" doc:"As a caller says it: a postcode, a road, a station, a junction, coordinates" example:"high road tottenham"`
	Limit int    `query:"limit" minimum:"1" maximum:"50" default:"10" doc:"How many matches at most"`
}

func (a *api) registerPlaces(doc huma.API) {
	huma.Register(doc, httpx.Signed(huma.Operation{
		OperationID: "places", Method: http.MethodGet, Path: "/v1/places", Tags: placeTags,
		Summary: "Which place is meant?",
		Description: "The last word may be unfinished. A name that several places have gives choices: nothing is picked " +
			"silently. " +
			"Send the fields under ask of the match to /v1/predictions: then the answer is as exact as the match.",
	}), a.findPlaces)
}

func (a *api) findPlaces(_ context.Context, in *placesInput) (*jsonOutput[FoundPlaces], error) {
	found := phrase.FindPlace(in.Text, in.Limit, a.Places.Set())
	out := FoundPlaces{
		Matches: []PlaceMatch{}, Clear: found.Clear, Refused: PlaceRefusal(found.Refused),
		Notes: append([]places.Note{}, found.Notes...), Unused: notNil(found.Unused),
	}
	if l := a.Places.Now(); l != nil {
		out.Revision, out.Attribution = l.Record.Revision, l.Record.Attribution
	}
	for _, m := range found.Matches {
		out.Matches = append(out.Matches, newPlaceMatch(&m))
	}
	return &jsonOutput[FoundPlaces]{out}, nil
}
