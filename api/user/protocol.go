package user

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"lfb/internal/httpx"
)

// spoken gives the problems that are written before a handler is reached (no
// account, no such path, a panic) the form of the protocol that the path belongs
// to.
func spoken(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var say func(http.ResponseWriter, *httpx.Problem)
		switch {
		case r.URL.Path == "/v2" || strings.HasPrefix(r.URL.Path, "/v2/"):
			say = func(w http.ResponseWriter, p *httpx.Problem) { sendJSON(w, p.Status, oipError{Error: p.Detail}) }
		case r.URL.Path == "/invocations":
			say = func(w http.ResponseWriter, p *httpx.Problem) {
				code := map[int]string{401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 429: "REQUEST_LIMIT_EXCEEDED"}[p.Status]
				if code == "" {
					code = "BAD_REQUEST"
				}
				sendJSON(w, p.Status, invocationError{Code: code, Message: p.Detail})
			}
		default:
			h.ServeHTTP(w, r)
			return
		}
		t := &translator{ResponseWriter: w}
		h.ServeHTTP(t, r)
		if t.status == 0 {
			return
		}
		p := httpx.Problem{Status: t.status}
		if json.Unmarshal(t.problem.Bytes(), &p) != nil || p.Detail == "" {
			p = httpx.Problem{Status: t.status, Detail: http.StatusText(t.status)}
		}
		say(w, &p)
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
	if status >= 400 && (strings.HasPrefix(kind, "application/problem+json") || strings.HasPrefix(kind, "text/plain")) {
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

// Unwrap is for http.ResponseController.
func (t *translator) Unwrap() http.ResponseWriter { return t.ResponseWriter }
