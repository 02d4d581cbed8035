package httpx

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"lfb/internal/lfb"
)

// Problem is an RFC 9457 problem.
type Problem struct {
	Type   string  `json:"type"`
	Title  string  `json:"title"`
	Status int     `json:"status"`
	Detail string  `json:"detail,omitempty"`
	Errors []Field `json:"errors,omitempty"`
	// RequestID is the answer's X-Request-Id, by which the log names the request.
	RequestID string `json:"request_id,omitempty"`
}

// Field is one thing wrong with a request: where, as a JSON pointer, and what.
type Field struct {
	Pointer string `json:"pointer"`
	Detail  string `json:"detail"`
}

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
	WriteProblem(w, Problem{Status: status, Detail: detail(status, err)})
}

// detail is what may leave of err: addresses and drivers' words stay here.
func detail(status int, err error) string {
	switch status {
	case http.StatusInternalServerError:
		return "something went wrong here; the log has it"
	case http.StatusServiceUnavailable:
		return "a part that this needs does not answer now; try again"
	}
	return err.Error()
}

// WriteProblem writes p, filling in title and type from its status.
func WriteProblem(w http.ResponseWriter, p Problem) {
	if p.Title == "" {
		p.Title = http.StatusText(p.Status)
	}
	if p.Type == "" {
		p.Type = "about:blank"
	}
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
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(body, '\n')) // the client may be gone
}
