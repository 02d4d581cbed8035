package user

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

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
	Attendance Times     `json:"attendance" doc:"Mobilisation to arrival"`
	Response   *Times    `json:"response" doc:"Call to arrival; null where no_response says why"`
	NoResponse string    `json:"no_response,omitempty"`
	Place      Place     `json:"place"`
	Pump       int       `json:"pump"`
	Assumed    []string  `json:"assumed" doc:"Facts that were inferred from the data"`
	Warnings   []string  `json:"warnings"`
	Model      ModelNote `json:"model"`
	Why        *Why      `json:"explanation,omitempty" doc:"With explain=true"`
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

type predictInput struct {
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
	questions, err := a.questions(ctx, calls, many, in.RawBody)
	if err != nil {
		return nil, err
	}
	replies, err := a.Predictor.Predict(questions)
	if err != nil {
		return nil, a.unanswered(err)
	}
	answers := make([]Prediction, len(replies))
	for i := range replies {
		answers[i] = prediction(&replies[i])
		if in.Explain {
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

func (a *api) questions(ctx context.Context, calls []Call, many bool, raw []byte) ([]serve.Question, error) {
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
		q.Account, q.Request = who, raw
		if many || len(raw) > maxOne {
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
		ID: r.ID, At: r.At, Attendance: times(r.Attendance), NoResponse: warning.NoResponse(r), Pump: r.Call.PumpOrder,
		Assumed: notNil(r.Assumed), Warnings: notNil(warning.Texts(r)), Model: note(r.Model),
		Place: Place{
			Easting: finite(r.Call.Easting), Northing: finite(r.Call.Northing), BoroughCode: r.Call.BoroughCode,
			WardCode: r.Call.WardCode, PostcodeDistrict: r.Call.PostcodeDistrict, StationGround: r.Call.StationGround,
		},
	}
	if r.Response != nil {
		p.Response = ptr(times(*r.Response))
	}
	return p
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
