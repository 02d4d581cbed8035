package user

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/geo"
	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/serve"
	"lfb/internal/serve/warning"
)

// NewCall is the original's body. The fields that are known only after the event
// are accepted, ignored, and named in the header Warning.
type NewCall struct {
	_                struct{} `json:"-" additionalProperties:"true"` // the original ignored fields that it did not know
	HourOfCall       *Whole   `json:"HourOfCall,omitempty" minimum:"0" maximum:"23" doc:"Default: now"`
	BoroughCode      string   `json:"IncGeo_BoroughCode" maxLength:"12" example:"E09000011"`
	WardCode         string   `json:"IncGeo_WardCode" maxLength:"12" example:"E05000214"`
	EastingRounded   float64  `json:"Easting_rounded" example:"538550"`
	NorthingRounded  float64  `json:"Northing_rounded" example:"177550"`
	StationGround    string   `json:"IncidentStationGround" maxLength:"60" example:"Greenwich"`
	NumStations      *float64 `json:"NumStationsWithPumpsAttending,omitempty" doc:"Hindsight: ignored"`
	NumPumps         *float64 `json:"NumPumpsAttending,omitempty" doc:"Hindsight: ignored"`
	PumpCount        *float64 `json:"PumpCount,omitempty" doc:"Hindsight: ignored"`
	PumpHoursRoundUp *float64 `json:"PumpHoursRoundUp,omitempty" doc:"Hindsight: ignored"`
	PumpOrder        *float64 `json:"PumpOrder,omitempty" minimum:"1" example:"1" doc:"1 first engine, 2 second; later ones are answered as the second"`
	DelayCodeID      *float64 `json:"DelayCodeId,omitempty" doc:"Hindsight: ignored"`
	Month            *Whole   `json:"Month,omitempty" minimum:"1" maximum:"12" doc:"Default: now"`
}

// LegacyAnswer is the JSON form of the original's text answer.
type LegacyAnswer struct {
	ResponseTime float64   `json:"response_time_seconds" doc:"Attendance time: mobilisation to arrival, as the original predicted it"`
	Minutes      int       `json:"minutes" doc:"Rounded up"`
	Text         string    `json:"text"`
	ID           string    `json:"id"`
	Model        ModelNote `json:"model"`
	Warnings     []string  `json:"warnings" nullable:"false"`
	Quality
}

type legacyInput struct {
	Accept  string `header:"Accept"`
	Body    NewCall
	RawBody []byte
}

type legacyOutput struct {
	ContentType  string `header:"Content-Type"`
	Warning      string `header:"Warning"`
	ServerTiming string `header:"Server-Timing"`
	Body         []byte
}

func (a *api) registerLegacy(doc huma.API) {
	tags := []string{"The original's"}
	answer := jsonContent(doc.OpenAPI().Components.Schemas.Schema(legacyType, true, ""))
	answer[textType] = textContent("Response time : 318.40 seconds. (6 mins)")[textType]
	huma.Register(doc, httpx.Signed(huma.Operation{
		OperationID: "predict", Method: http.MethodPost, Path: "/predict", MaxBodyBytes: maxOne, Tags: tags,
		Summary:     "The original's prediction",
		Description: "The original system's body and text answer; JSON where Accept asks for it.",
		Responses:   map[string]*huma.Response{"200": {Description: "The attendance time", Content: answer}},
	}), a.predictLegacy)
	delete(doc.OpenAPI().Paths["/predict"].Post.RequestBody.Content, binaryType) // huma's word for RawBody
	huma.Register(doc, httpx.Signed(huma.Operation{
		OperationID: "bienvenue", Method: http.MethodPost, Path: "/bienvenue", Tags: tags,
		Summary:   "Greets whoever is signed in",
		Responses: map[string]*huma.Response{"200": {Description: "A greeting", Content: textContent("Bienvenue ann !")}},
	}), func(ctx context.Context, _ *struct{}) (*legacyOutput, error) {
		return plainText("Bienvenue " + accountName(ctx) + " !"), nil
	})
}

// textType is the media type of an answer for people.
const textType = "text/plain"

func textContent(example string) map[string]*huma.MediaType {
	return map[string]*huma.MediaType{textType: {Schema: &huma.Schema{Type: huma.TypeString}, Example: example}}
}

func plainText(text string) *legacyOutput {
	return &legacyOutput{ContentType: textType + "; charset=utf-8", Body: []byte(text)}
}

func (a *api) predictLegacy(ctx context.Context, in *legacyInput) (*legacyOutput, error) {
	start, n := time.Now(), &in.Body
	replies, err := a.Predictor.Predict([]serve.Question{{
		Call: n.toCall(a.Now()), Account: accountName(ctx),
		Request: httpx.TrimMark(in.RawBody), PointDecides: true,
	}})
	if refused := (*serve.Refusal)(nil); errors.As(err, &refused) {
		return nil, httpx.Invalid(refusedFields(refused)...)
	}
	if err != nil {
		return nil, a.unanswered(err)
	}
	r := &replies[0]
	a.Metrics.observe(replies, time.Since(start))
	shown := math.Round(r.Attendance.Mean*100) / 100 // so that seconds and minutes agree
	mins := int(math.Ceil(shown / 60))
	out := plainText(fmt.Sprintf("Response time : %.2f seconds. (%d mins)", shown, mins))
	warnings := append(n.ignoredFields(), warning.Texts(r)...)
	out.Warning, out.ServerTiming = warnHeader(warnings), serverTiming(r.Took)
	if httpx.Negotiate(in.Accept, textType, "application/json") != "application/json" {
		return out, nil
	}
	out.ContentType = "application/json"
	out.Body, err = json.Marshal(LegacyAnswer{
		ResponseTime: r.Attendance.Mean, Minutes: mins, Text: string(out.Body), ID: r.ID,
		Model: newModelNote(r.Model), Warnings: notNil(warnings), Quality: newQuality(r),
	})
	return out, err
}

// toCall turns the original's body into a Call.
func (n *NewCall) toCall(now time.Time) lfb.Call {
	c := serve.NewCall(now)
	c.At = onHour(c.At, (*int)(n.HourOfCall), (*int)(n.Month))
	c.BoroughCode, c.WardCode, c.StationGround = n.BoroughCode, n.WardCode, n.StationGround
	if n.EastingRounded > 0 && n.NorthingRounded > 0 {
		c.Easting, c.Northing = geo.CellCentre100(n.EastingRounded, n.NorthingRounded)
	}
	if n.PumpOrder != nil && *n.PumpOrder >= 2 {
		c.PumpOrder = 2
	}
	return c
}

const hindsightNote = "known only after the event and ignored: "

// ignoredFields names the hindsight fields that were sent.
func (n *NewCall) ignoredFields() []string {
	var names []string
	sent := []*float64{n.NumStations, n.NumPumps, n.PumpCount, n.PumpHoursRoundUp, n.DelayCodeID}
	for k, name := range hindsightColumns() {
		if sent[k] != nil {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []string{hindsightNote + strings.Join(names, ", ")}
}

// warnHeader is the value of the header Warning, empty without notes.
func warnHeader(notes []string) string {
	if len(notes) == 0 {
		return ""
	}
	text := strings.Map(func(c rune) rune {
		if c == '"' || c == '\\' {
			return '\''
		}
		if c < ' ' || c > '~' {
			return '?'
		}
		return c
	}, strings.Join(notes, "; "))
	return `299 - "` + text + `"`
}
