package httpx

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/lfb"
)

// Problem is an RFC 9457 problem.
type Problem struct {
	Type      string  `json:"type" format:"uri" example:"urn:lfb:problem:invalid" doc:"One for each code"`
	Title     string  `json:"title" example:"Unprocessable Entity"`
	Status    int     `json:"status" example:"422"`
	Detail    string  `json:"detail,omitempty" doc:"For people; its words may change" example:"the request has wrong fields"`
	Code      Code    `json:"code" doc:"For programs: what kind of problem this is"`
	RequestID string  `json:"request_id,omitempty" doc:"As in the header X-Request-Id" example:"4bf92f3577b34da6a3ce929d0e0e4736"`
	Errors    []Field `json:"errors,omitempty" nullable:"false" doc:"Each thing that is wrong with the request"`
}

// Field is one thing wrong with a request: where, as a JSON pointer, and what.
type Field struct {
	Pointer string `json:"pointer" example:"/postcode"`
	Detail  string `json:"detail" example:"\"SE99\" is no postcode like SE10 9NF"`
	Code    Code   `json:"-"` // of a problem of which this is the first field; empty: by its status
}

// Code is the kind of a problem. Codes are added, and never renamed.
type Code string

// The codes that say more than a status.
const (
	CodeNoModel        Code = "no_model"               // a 503 until a model is promoted
	CodePasswordNeeded Code = "password_needed"        // a 403 for what an API key may not do
	CodePasswordChange Code = "password_change_needed" // a 403 until a one-time password is changed
	// a 409 for a version that no gate has judged, or it refused, and that nobody says shall serve
	CodeUnjudged            Code = "unjudged"
	CodeOutsideArea         Code = "outside_area"         // a 422: the place is not London's
	CodeContradictingPlaces Code = "contradicting_places" // a 422: two facts name two places
	// a 422 of a strict request: a fact is not used, corrected or less exact
	CodeNotExact Code = "not_exact"
)

// Codes are all that there are: one for each status, and those that say more.
func Codes() []Code {
	codes := make([]Code, 0, len(statusCodes)+7)
	for _, s := range statusCodes {
		codes = append(codes, s.code)
	}
	return append(codes, CodeNoModel, CodePasswordNeeded, CodePasswordChange, CodeUnjudged, CodeOutsideArea,
		CodeContradictingPlaces, CodeNotExact)
}

// statusCodes are the codes of problems that have none of their own.
var statusCodes = [...]struct {
	status int
	code   Code
}{
	{http.StatusBadRequest, "malformed"},
	{http.StatusUnauthorized, "unauthenticated"},
	{http.StatusForbidden, "forbidden"},
	{http.StatusNotFound, "not_found"},
	{http.StatusMethodNotAllowed, "method_not_allowed"},
	{http.StatusNotAcceptable, "not_acceptable"},
	{http.StatusRequestTimeout, "request_timeout"},
	{http.StatusConflict, "conflict"},
	{http.StatusPreconditionFailed, "stale"},
	{http.StatusRequestEntityTooLarge, "too_large"},
	{http.StatusUnsupportedMediaType, "unsupported_media_type"},
	{http.StatusUnprocessableEntity, "invalid"},
	{http.StatusPreconditionRequired, "precondition_required"},
	{http.StatusTooManyRequests, "too_many_requests"},
	{http.StatusInternalServerError, "internal"},
	{http.StatusServiceUnavailable, "unavailable"},
}

// statusCode is the code of a status; empty where it has none.
func statusCode(status int) Code {
	for _, s := range statusCodes {
		if s.status == status {
			return s.code
		}
	}
	return ""
}

// Schema lists the codes.
func (Code) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString, Examples: []any{"invalid"}}
	for _, c := range Codes() {
		s.Enum = append(s.Enum, string(c))
	}
	return s
}

// complete fills in what follows from the status and the code.
func (p *Problem) complete() {
	if p.Title == "" {
		p.Title = http.StatusText(p.Status)
	}
	if len(p.Errors) > 0 && p.Code == "" {
		p.Code = p.Errors[0].Code
	}
	p.Code = cmp.Or(p.Code, statusCode(p.Status))
	p.Type = "urn:lfb:problem:" + string(p.Code)
}

// problemType is the media type of a problem.
const problemType = "application/problem+json"

// comeAgain is the header Retry-After of a 503, in seconds.
const comeAgain = "2"

// Status is the HTTP status of an error: the one table.
func Status(err error) int {
	switch {
	case errors.Is(err, lfb.ErrInvalid):
		return http.StatusUnprocessableEntity
	case errors.Is(err, lfb.ErrNotFound):
		return http.StatusNotFound
	case errors.Is(err, lfb.ErrConflict):
		return http.StatusConflict
	case errors.Is(err, lfb.ErrUnavailable), errors.Is(err, context.DeadlineExceeded):
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// Fail writes err as a problem. What a caller can do something about keeps its
// text; anything else says only that it went wrong.
func Fail(w http.ResponseWriter, err error) {
	status := Status(err)
	if a, ok := findAnswer(w); ok {
		a.noteCause(err)
	}
	WriteProblem(w, Problem{Status: status, Detail: publicDetail(status, err)})
}

// publicDetail is what may leave of err: addresses and drivers' words stay here.
func publicDetail(status int, err error) string {
	switch status {
	case http.StatusInternalServerError:
		return "something went wrong here; the log has it"
	case http.StatusServiceUnavailable:
		return "a part that this needs does not answer now; try again"
	}
	return lfb.Plain(err)
}

// WriteProblem writes p, filling in what follows from its status.
func WriteProblem(w http.ResponseWriter, p Problem) {
	p.complete()
	p.RequestID = w.Header().Get(RequestIDHeader)
	if a, ok := findAnswer(w); ok {
		a.noteCause(errors.New(p.Detail))
	}
	body, err := json.Marshal(p)
	if err != nil {
		http.Error(w, p.Title, p.Status) // plain strings always encode; kept for the impossible
		return
	}
	if p.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", comeAgain)
	}
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(body, '\n')) // the client may be gone
}
