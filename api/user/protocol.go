package user

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"strings"

	"lfb/internal/httpx"
)

// oipError is a problem as the Open Inference Protocol has it, and what programs switch on.
type oipError struct {
	Error     string     `json:"error" example:"input \"pump\": no shape"`
	Code      httpx.Code `json:"code"`
	RequestID string     `json:"request_id,omitempty"`
}

// translateProblems gives the problems of the paths of the Open Inference Protocol the
// form that it has for them.
func translateProblems(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v2" && !strings.HasPrefix(r.URL.Path, "/v2/") {
			h.ServeHTTP(w, r)
			return
		}
		t := &translator{ResponseWriter: w}
		h.ServeHTTP(t, r)
		if t.status != 0 {
			t.translate(w)
		}
	})
}

// translator holds a problem back, and lets everything else through.
type translator struct {
	http.ResponseWriter
	status  int // of a problem
	problem bytes.Buffer
}

// WriteHeader looks at what is about to be written.
func (t *translator) WriteHeader(status int) {
	kind := t.Header().Get("Content-Type")
	if strings.HasPrefix(kind, "application/problem+json") {
		t.status = status
		return
	}
	t.ResponseWriter.WriteHeader(status)
}

func (t *translator) Write(p []byte) (int, error) {
	if t.status != 0 {
		return t.problem.Write(p)
	}
	return t.ResponseWriter.Write(p)
}

// translate writes the problem that was held back.
func (t *translator) translate(w http.ResponseWriter) {
	var p httpx.Problem
	_ = json.Unmarshal(t.problem.Bytes(), &p) // it was marshalled from one
	for _, f := range p.Errors {
		p.Detail += "; " + cmp.Or(f.Pointer, "body") + ": " + f.Detail
	}
	if t.status == http.StatusUnprocessableEntity {
		t.status = http.StatusBadRequest // the protocol's own
	}
	body, err := json.Marshal(oipError{p.Detail, p.Code, p.RequestID})
	if err != nil {
		http.Error(w, p.Detail, t.status) // plain strings always encode; kept for the impossible
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(t.status)
	_, _ = w.Write(append(body, '\n')) // the client may be gone
}

// Unwrap is for http.ResponseController.
func (t *translator) Unwrap() http.ResponseWriter { return t.ResponseWriter }
