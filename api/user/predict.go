package user

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/feature"
	"lfb/internal/httpx"
	"lfb/internal/ml"
	"lfb/internal/registry"
	"lfb/internal/serve"
	"lfb/internal/serve/warning"
)

// maxOne is the largest body of one call, in bytes: it is kept whole in the log.
const maxOne = 64 << 10

// maxExplained is how many calls one request may have explained, as each costs
// some milliseconds.
const maxExplained = 100

// PredictBody is one call, or many under calls as before ListBody.
type PredictBody struct {
	Call
	Calls []Call `json:"calls,omitempty" maxItems:"10000"`
}

// ListBody is many calls.
type ListBody struct {
	Calls []Call `json:"calls" nullable:"false" minItems:"1" maxItems:"10000" doc:"Answered in this order"`
}

// Times is one clock's answer, in seconds.
type Times struct {
	Mean     float64 `json:"mean_seconds" example:"318.4"`
	P50      float64 `json:"p50_seconds" doc:"As likely sooner as later" example:"301.2"`
	P90      float64 `json:"p90_seconds" doc:"Nine in ten arrive by then" example:"462.9"`
	Within6  float64 `json:"p_within_6_minutes" example:"0.71"`
	Within10 float64 `json:"p_within_10_minutes" example:"0.98"`
	Text     string  `json:"text" doc:"The same for people" example:"5:01, nine in ten within 7:43"`
}

// TransformSchema lets the response time be null.
func (Prediction) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return httpx.OrNull(s, "response")
}

// Prediction is the answer to one call.
type Prediction struct {
	ID         string    `json:"id,omitempty" required:"true" example:"019ad5a6-1f3c-7c60-9c7b-3f1f0e6b7d10"`
	At         time.Time `json:"at,omitzero" required:"true"`
	Attendance *Times    `json:"attendance" doc:"Mobilisation to arrival"`
	Response   *Times    `json:"response" doc:"Call to arrival; null where no_response says why"`
	NoResponse string    `json:"no_response,omitempty"`
	Place      Place     `json:"place"`
	Pump       int       `json:"pump" example:"1"`
	Assumed    []string  `json:"assumed" nullable:"false" doc:"Facts that were inferred from the data"`
	Warnings   []string  `json:"warnings" nullable:"false"`
	Model      ModelNote `json:"model"`
	Why        *Why      `json:"explanation,omitempty" doc:"With explain=true"`
	// Availability is nil where who is out does not matter.
	Availability *registry.AvailabilityUse `json:"availability,omitempty" doc:"What was assumed of who is out, where that mattered"`
	Quality
	Error *RowError `json:"error,omitempty" doc:"Why one of many calls is not answered"`
}

// Quality says how far to trust the place, and what came of the facts that were given.
type Quality struct {
	Quality      string    `json:"quality,omitempty" required:"true" enum:"exact,nearby,district,borough,city" doc:"How exactly the place is known: a point or a whole postcode; a postcode's sector or a ward; a district or station ground; a borough or postcode area; not at all"`
	PrecisionM   *float64  `json:"precision_m,omitempty" required:"true" nullable:"false" doc:"Nine in ten places of what was named are within so many metres of its middle"`
	Unused       []Unused  `json:"unused" nullable:"false" doc:"Facts that were given and not used"`
	WarningCodes []Warning `json:"warning_codes" nullable:"false" doc:"The warnings for programs, one each and in their order"`
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
	for _, c := range feature.FindingCodes() {
		s.Enum = append(s.Enum, string(c))
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

// ListedPrediction is the answer to one of many calls, or why there is none.
type ListedPrediction Prediction

// TransformSchema lets the clocks be null, and leaves out what only an answer has.
func (ListedPrediction) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	s.Required = slices.DeleteFunc(s.Required, func(name string) bool {
		return slices.Contains([]string{"id", "at", "quality", "precision_m"}, name)
	})
	return httpx.OrNull(httpx.OrNull(s, "response"), "attendance")
}

// ListAnswer is the answers to many calls.
type ListAnswer struct {
	Predictions []ListedPrediction `json:"predictions" nullable:"false" doc:"In the order of the calls"`
}

// StrictParam is the parameter strict.
type StrictParam struct {
	Strict bool `query:"strict" doc:"Refuse, instead of warn of, any fact that would not be used, was corrected or is taken less exactly than it was given; a borough alone and a short name like EC1 are answered, and so is a widened range"`
}

// PredictQuery is how to answer.
type PredictQuery struct {
	StrictParam
	Explain bool `query:"explain" doc:"Add what each fact contributes, in seconds; for up to 100 calls"`
}

type predictInput struct {
	PredictQuery
	Body    PredictBody
	RawBody []byte
}

type listInput struct {
	PredictQuery
	Body ListBody
}

type predictOutput[T any] struct {
	ServerTiming string `header:"Server-Timing"`
	Body         T
}

func (a *api) registerPredict(doc huma.API) {
	schemas := doc.OpenAPI().Components.Schemas
	op := httpx.Signed(huma.Operation{
		OperationID: "predict-v1", Method: http.MethodPost, Path: "/v1/predictions", MaxBodyBytes: a.MaxBody,
		Tags:    predictTags,
		Summary: "When will the engine be there?",
		Description: "A place is enough; what is missing is inferred and listed under assumed. Many calls are for " +
			"/v1/predictions:list.",
		Responses: map[string]*huma.Response{"200": {
			Description: "When, how sure, and by which model",
			Content:     jsonContent(schemas.Schema(reflect.TypeFor[Prediction](), true, "")),
		}},
	})
	huma.Register(doc, op, a.predict)
	// Many calls are still read here, and answered as ever; what is documented has one answer.
	body := doc.OpenAPI().Paths[op.Path].Post.RequestBody
	body.Content = jsonContent(schemas.Schema(reflect.TypeFor[Call](), true, ""))
	op = httpx.Signed(huma.Operation{
		OperationID: "predict-list", Method: http.MethodPost, Path: "/v1/predictions:list", MaxBodyBytes: a.MaxBody,
		Tags:    predictTags,
		Summary: "The same for up to 10,000 calls",
		Description: "All are answered by one model. A call that is wrong in itself refuses all; one that cannot be " +
			"answered, as it is outside of " +
			"London or its place cannot be read, says so in its place under error. A postcode whose letters are of no area of " +
			"Britain " +
			"is invalid, one of another area outside_area.",
	})
	huma.Register(doc, op, func(ctx context.Context, in *listInput) (*predictOutput[*ListAnswer], error) {
		return a.predictList(ctx, "/calls", in.Body.Calls, &in.PredictQuery, true)
	})
}

func (a *api) predict(ctx context.Context, in *predictInput) (*predictOutput[any], error) {
	if calls := in.Body.Calls; calls != nil {
		if in.Body.Call != (Call{}) {
			return nil, httpx.Invalid(httpx.Field{Pointer: "/calls", Detail: "either one call or calls, not both"})
		}
		out, err := a.predictList(ctx, "/calls", calls, &in.PredictQuery, false)
		if err != nil {
			return nil, err
		}
		return &predictOutput[any]{out.ServerTiming, out.Body}, nil
	}
	q, bad := in.Body.Call.question(a.Now())
	if len(bad) > 0 {
		return nil, httpx.Invalid(bad...)
	}
	q.Account, q.Strict, q.Request = accountName(ctx), in.Strict, httpx.TrimMark(in.RawBody)
	if len(in.RawBody) > maxOne {
		var err error
		if q.Request, err = json.Marshal(in.Body.Call); err != nil {
			return nil, httpx.Err(err)
		}
	}
	answers, took, err := a.answerQuestions([]serve.Question{q}, in.Explain)
	switch {
	case err != nil:
		return nil, err
	case answers[0].Error != nil:
		return nil, httpx.Invalid(answers[0].Error.Errors...)
	}
	return &predictOutput[any]{took, Prediction(answers[0])}, nil
}

// predictList answers many calls, or says which are wrong; pointer is where they stand in
// the body; with each, one whose place cannot be read is an error in its place.
func (a *api) predictList(ctx context.Context, pointer string, calls []Call, how *PredictQuery,
	each bool,
) (*predictOutput[*ListAnswer], error) {
	switch {
	case len(calls) == 0:
		return nil, httpx.Invalid(httpx.Field{Pointer: pointer, Detail: "no calls"})
	case how.Explain && len(calls) > maxExplained:
		return nil, httpx.Invalid(httpx.Field{Pointer: pointer, Detail: fmt.Sprintf("explain=true takes up to %d calls",
			maxExplained)})
	}
	now, who := a.Now(), accountName(ctx)
	questions := make([]serve.Question, 0, len(calls))
	noPlace := map[int]ListedPrediction{}
	var bad []httpx.Field
	for i := range calls {
		q, wrong := calls[i].question(now)
		if each && len(wrong) > 0 && !slices.ContainsFunc(wrong, func(f httpx.Field) bool { return f.Pointer == "/time" }) {
			noPlace[i] = withoutPlace(&q, wrong)
			continue
		}
		for _, f := range wrong {
			f.Pointer = fmt.Sprintf("%s/%d%s", pointer, i, f.Pointer)
			bad = append(bad, f)
		}
		body, err := json.Marshal(calls[i])
		if err != nil {
			return nil, httpx.Err(err)
		}
		q.Account, q.Strict, q.Request = who, how.Strict, body
		questions = append(questions, q)
	}
	if len(bad) > 0 || len(questions) == 0 { // nothing is left to answer
		for _, i := range slices.Sorted(maps.Keys(noPlace)) {
			for _, f := range noPlace[i].Error.Errors {
				f.Pointer = fmt.Sprintf("%s/%d%s", pointer, i, f.Pointer)
				bad = append(bad, f)
			}
		}
		return nil, httpx.Invalid(bad...)
	}
	answered, took, err := a.answerQuestions(questions, how.Explain)
	if err != nil {
		return nil, err
	}
	answers, model := make([]ListedPrediction, len(calls)), answered[0].Model
	for i := range answers {
		p, ok := noPlace[i]
		if p.Model = model; !ok {
			p, answered = answered[0], answered[1:]
		}
		answers[i] = p
	}
	return &predictOutput[*ListAnswer]{took, &ListAnswer{answers}}, nil
}

// withoutPlace is what is said of one of many calls whose place cannot be read.
func withoutPlace(q *serve.Question, wrong []httpx.Field) ListedPrediction {
	details := make([]string, len(wrong))
	for i, f := range wrong {
		details[i] = f.Detail
	}
	return ListedPrediction{
		Pump: q.Call.PumpOrder, Assumed: []string{}, Warnings: []string{}, Quality: Quality{
			Unused:       []Unused{},
			WarningCodes: []Warning{},
		},
		Error: &RowError{Code: "invalid", Detail: strings.Join(details, "; "), Errors: wrong},
	}
}

// answerQuestions answers by one model; took is the header Server-Timing. What is refused
// says so in its answer.
func (a *api) answerQuestions(questions []serve.Question,
	explain bool,
) (answers []ListedPrediction, took string, err error) {
	start := time.Now()
	replies, err := a.Predictor.PredictWith(a.Champion.Now(), questions)
	if err != nil {
		return nil, "", a.unanswered(err)
	}
	answers = make([]ListedPrediction, len(replies))
	for i := range replies {
		answers[i] = newPrediction(&replies[i])
		if explain && replies[i].Refused == nil {
			if answers[i].Why, err = explainReply(&replies[i]); err != nil {
				return nil, "", httpx.Err(err)
			}
		}
	}
	a.Metrics.observe(replies, time.Since(start))
	return answers, serverTiming(replies[0].Took), nil
}

func newPrediction(r *serve.Reply) ListedPrediction {
	p := ListedPrediction{
		ID: r.ID, At: r.At, Pump: r.Call.PumpOrder, Assumed: notNil(r.Assumed), Warnings: notNil(warning.Texts(r)),
		Model: newModelNote(r.Model), Availability: r.Availability,
		Quality: newQuality(r), Place: Place{
			Easting: finite(math.Round(r.Call.Easting)), Northing: finite(math.Round(r.Call.Northing)),
			BoroughCode: r.Call.BoroughCode,
			WardCode:    r.Call.WardCode, PostcodeDistrict: r.Call.PostcodeDistrict, StationGround: r.Call.StationGround,
		},
	}
	for _, f := range r.Findings {
		if f.Code == feature.FindingDistrictsTogether { // one of them is what the model was asked with
			p.Place.PostcodeDistrict = f.Value
		}
	}
	if r.Refused != nil {
		p.Quality.Quality, p.PrecisionM = "", nil
		p.Error = &RowError{
			Code: refusalCode(r.Refused), Detail: warning.RefusalText(r.Refused),
			Errors: refusedFields(r.Refused),
		}
		return p
	}
	p.Attendance, p.NoResponse = new(newTimes(r.Attendance)), warning.NoResponse(r)
	if r.Response != nil {
		p.Response = new(newTimes(*r.Response))
	}
	return p
}

// newQuality is what an answer says of its place and of the facts that were given.
func newQuality(r *serve.Reply) Quality {
	q := Quality{Quality: string(r.Quality), PrecisionM: new(r.PrecisionM), Unused: []Unused{}, WarningCodes: []Warning{}}
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

func newTimes(a ml.Answer) Times {
	return Times{
		Mean: a.Mean, P50: a.P50, P90: a.P90, Within6: a.Within6, Within10: a.Within10,
		Text: fmt.Sprintf("%s, nine in ten within %s", formatMinutes(a.P50), formatMinutes(a.P90)),
	}
}

// formatMinutes shows seconds as m:ss.
func formatMinutes(seconds float64) string {
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
