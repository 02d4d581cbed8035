package user

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/feature"
	"lfb/internal/httpx"
	"lfb/internal/ml"
	"lfb/internal/serve"
	"lfb/internal/serve/warning"
)

// maxOne is the largest body of one call, in bytes: it is kept whole in the log.
const maxOne = 64 << 10

// maxExplained is how many calls one request may have explained, as each costs
// some milliseconds.
const maxExplained = 100

// PredictBody is one call, or many under calls.
type PredictBody struct {
	Call
	Calls []Call `json:"calls,omitempty" maxItems:"10000" doc:"Many calls at once; then the fields beside it are not used"`
}

// Times is one clock's answer, in seconds.
type Times struct {
	Mean     float64 `json:"mean_seconds"`
	P50      float64 `json:"p50_seconds" doc:"As likely sooner as later"`
	P90      float64 `json:"p90_seconds" doc:"Nine in ten arrive by then"`
	Within6  float64 `json:"p_within_6_minutes"`
	Within10 float64 `json:"p_within_10_minutes"`
	Text     string  `json:"text" doc:"The same for people"`
}

// Prediction is the answer to one call.
type Prediction struct {
	ID         string    `json:"id"`
	At         time.Time `json:"at"`
	Attendance *Times    `json:"attendance" doc:"Mobilisation to arrival; null where error says why"`
	Response   *Times    `json:"response" doc:"Call to arrival; null where no_response says why"`
	NoResponse string    `json:"no_response,omitempty"`
	Place      Place     `json:"place"`
	Pump       int       `json:"pump"`
	Assumed    []string  `json:"assumed" doc:"Facts that were inferred from the data"`
	Warnings   []string  `json:"warnings"`
	Model      ModelNote `json:"model"`
	Why        *Why      `json:"explanation,omitempty" doc:"With explain=true"`
	Quality
	Error *RowError `json:"error,omitempty" doc:"Why one of many calls is not answered"`
}

// Quality says how far to trust the place, and what came of the facts that were given.
type Quality struct {
	Quality      string    `json:"quality" enum:"exact,nearby,district,borough,city" doc:"How exactly the place is known: a point; a postcode's sector or a ward; a district or station ground; a borough or postcode area; not at all"`
	PrecisionM   float64   `json:"precision_m" doc:"Nine in ten places of what was named are within so many metres of its middle"`
	Unused       []Unused  `json:"unused" doc:"Facts that were given and not used"`
	WarningCodes []Warning `json:"warning_codes" doc:"The warnings for programs, one each and in their order"`
}

// Unused is a fact that was given and not used.
type Unused struct {
	Field string      `json:"field"`
	Value string      `json:"value"`
	Why   string      `json:"why"`
	Code  WarningCode `json:"code"`
}

// Warning is a warning for programs.
type Warning struct {
	Code   WarningCode    `json:"code"`
	Params warning.Params `json:"params"`
}

// WarningCode is what a warning is about. Codes are added, and never renamed.
type WarningCode string

// Schema lists the codes.
func (WarningCode) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, c := range warning.Codes() {
		s.Enum = append(s.Enum, c)
	}
	return s
}

// RowError is why one of many calls is not answered.
type RowError struct {
	Code   httpx.Code    `json:"code"`
	Detail string        `json:"detail"`
	Errors []httpx.Field `json:"errors"`
}

// Place is the place as completed.
type Place struct {
	Easting          float64 `json:"easting,omitempty"`
	Northing         float64 `json:"northing,omitempty"`
	BoroughCode      string  `json:"borough_code,omitempty"`
	WardCode         string  `json:"ward_code,omitempty"`
	PostcodeDistrict string  `json:"postcode_district,omitempty"`
	StationGround    string  `json:"station_ground,omitempty"`
}

// ModelNote says which model answered.
type ModelNote struct {
	Version   string    `json:"version"`
	Revision  int64     `json:"revision"`
	Candidate string    `json:"candidate"`
	TrainedTo time.Time `json:"trained_to" doc:"No later call was learned from"`
	Synthetic bool      `json:"synthetic,omitempty" doc:"Trained on made-up data: not London's"`
	// Provisional are the names of registry's checks.
	Provisional []string `json:"provisional,omitempty" doc:"The checks of the gate that it did not pass: it serves, with a wider range, until a version passes them all"`
}

// PredictAnswer is one prediction, or many under predictions.
type PredictAnswer struct {
	*Prediction
	Predictions []Prediction `json:"predictions,omitempty"`
}

// StrictParam is the parameter strict.
type StrictParam struct {
	Strict bool `query:"strict" doc:"Refuse, instead of warn of, any fact that would not be used, was corrected or is taken less exactly than it was given"`
}

type predictInput struct {
	StrictParam
	Explain bool `query:"explain" doc:"Add what each fact contributes, in seconds; for up to 100 calls"`
	Body    PredictBody
	RawBody []byte
}

type predictOutput struct {
	ServerTiming string `header:"Server-Timing"`
	Body         PredictAnswer
}

func (a *api) registerPredict(doc huma.API) {
	huma.Register(doc, httpx.Signed(huma.Operation{
		OperationID: "predict-v1", Method: http.MethodPost, Path: "/v1/predictions", MaxBodyBytes: a.MaxBody,
		Summary:     "When will the engine be there?",
		Description: "A place is enough; what is missing is inferred and listed under assumed. One call, or up to 10,000 under calls.",
	}), a.predict)
}

func (a *api) predict(ctx context.Context, in *predictInput) (*predictOutput, error) {
	start := time.Now()
	calls, many := in.Body.Calls, in.Body.Calls != nil
	if !many {
		calls = []Call{in.Body.Call}
	}
	if err := checkCount(in, many); err != nil {
		return nil, err
	}
	questions, err := a.questions(ctx, calls, many, in)
	if err != nil {
		return nil, err
	}
	replies, err := a.Predictor.PredictWith(a.Champion.Now(), questions)
	if err != nil {
		return nil, a.unanswered(err)
	}
	if r := replies[0].Refused; r != nil && !many {
		return nil, httpx.Invalid(refusedFields(r)...)
	}
	answers := make([]Prediction, len(replies))
	for i := range replies {
		answers[i] = prediction(&replies[i])
		if in.Explain && replies[i].Refused == nil {
			if answers[i].Why, err = why(&replies[i]); err != nil {
				return nil, httpx.Err(err)
			}
		}
	}
	a.Metrics.observe(replies, time.Since(start))
	out := &predictOutput{ServerTiming: serverTiming(replies[0].Took)}
	if many {
		out.Body.Predictions = answers
	} else {
		out.Body.Prediction = &answers[0]
	}
	return out, nil
}

func checkCount(in *predictInput, many bool) error {
	switch {
	case many && len(in.Body.Calls) == 0:
		return httpx.Invalid(httpx.Field{Pointer: "/calls", Detail: "no calls"})
	case many && in.Body.Call != Call{}:
		return httpx.Invalid(httpx.Field{Pointer: "/calls", Detail: "either one call or calls, not both"})
	case in.Explain && len(in.Body.Calls) > maxExplained:
		return httpx.Invalid(httpx.Field{Pointer: "/calls", Detail: fmt.Sprintf("explain=true takes up to %d calls", maxExplained)})
	}
	return nil
}

func (a *api) questions(ctx context.Context, calls []Call, many bool, in *predictInput) ([]serve.Question, error) {
	now, who := a.Now(), account(ctx)
	questions := make([]serve.Question, len(calls))
	var bad []httpx.Field
	for i := range calls {
		q, wrong := calls[i].question(now)
		for _, f := range wrong {
			if many {
				f.Pointer = fmt.Sprintf("/calls/%d%s", i, f.Pointer)
			}
			bad = append(bad, f)
		}
		q.Account, q.Request, q.Strict = who, in.RawBody, in.Strict
		if many || len(in.RawBody) > maxOne {
			body, err := json.Marshal(calls[i])
			if err != nil {
				return nil, httpx.Err(err)
			}
			q.Request = body
		}
		questions[i] = q
	}
	if len(bad) > 0 {
		return nil, httpx.Invalid(bad...)
	}
	return questions, nil
}

func prediction(r *serve.Reply) Prediction {
	p := Prediction{
		ID: r.ID, At: r.At, Pump: r.Call.PumpOrder, Assumed: notNil(r.Assumed), Warnings: notNil(warning.Texts(r)), Model: note(r.Model),
		Quality: quality(r), Place: Place{
			Easting: finite(r.Call.Easting), Northing: finite(r.Call.Northing), BoroughCode: r.Call.BoroughCode,
			WardCode: r.Call.WardCode, PostcodeDistrict: r.Call.PostcodeDistrict, StationGround: r.Call.StationGround,
		},
	}
	if r.Refused != nil {
		p.Error = &RowError{Code: refusalCode(r.Refused), Detail: warning.RefusalText(r.Refused), Errors: refusedFields(r.Refused)}
		return p
	}
	attendance := times(r.Attendance)
	p.Attendance, p.NoResponse = &attendance, warning.NoResponse(r)
	if r.Response != nil {
		p.Response = ptr(times(*r.Response))
	}
	return p
}

// quality is what an answer says of its place and of the facts that were given.
func quality(r *serve.Reply) Quality {
	q := Quality{Quality: string(r.Quality), PrecisionM: r.PrecisionM, Unused: []Unused{}, WarningCodes: []Warning{}}
	for _, s := range warning.Sentences(r.Findings) {
		s.Params.Field = apiField(s.Params.Field)
		q.WarningCodes = append(q.WarningCodes, Warning{WarningCode(s.Code), s.Params})
	}
	for _, s := range warning.Sentences(r.Unused()) {
		q.Unused = append(q.Unused, Unused{apiField(s.Params.Field), s.Params.Value, s.Text, WarningCode(s.Code)})
	}
	return q
}

// refusedFields are the wrong fields of a question that is not answered, by the names that
// the API has for them.
func refusedFields(r *serve.Refusal) []httpx.Field {
	var fields []httpx.Field
	for _, s := range warning.Sentences(r.Findings) {
		pointer := ""
		if s.Params.Field != "" {
			pointer = "/" + apiField(s.Params.Field)
		}
		fields = append(fields, httpx.Field{Pointer: pointer, Detail: s.Text, Code: refusalCode(r)})
	}
	return fields
}

// refusalCode is the code of the first thing that is wrong.
func refusalCode(r *serve.Refusal) httpx.Code {
	switch r.Findings[0].Code {
	case feature.FindingOutsideArea:
		return httpx.CodeOutsideArea
	case feature.FindingContradiction:
		return httpx.CodeContradictingPlaces
	}
	return httpx.CodeNotExact
}

// apiField is the name of a fact in a request.
func apiField(fact string) string {
	if fact == "borough" || fact == "ward" {
		return fact + "_code"
	}
	return fact
}

func times(a ml.Answer) Times {
	return Times{
		Mean: a.Mean, P50: a.P50, P90: a.P90, Within6: a.Within6, Within10: a.Within10,
		Text: fmt.Sprintf("%s, nine in ten within %s", minutes(a.P50), minutes(a.P90)),
	}
}

// minutes shows seconds as m:ss.
func minutes(seconds float64) string {
	s := int(seconds + 0.5)
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

func finite(v float64) float64 {
	if v != v {
		return 0
	}
	return v
}

func notNil(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}
