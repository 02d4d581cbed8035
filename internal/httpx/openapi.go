package httpx

import (
	"cmp"
	"errors"
	"net/http"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

var problemsOnce sync.Once // huma keeps its error constructor in a package variable

// NewAPI makes a huma API on mux: OpenAPI 3.1 at /openapi.json, a page to read
// and try it at /docs that needs no internet, errors as Problems.
func NewAPI(mux *http.ServeMux, title, description string) huma.API {
	problemsOnce.Do(func() { huma.NewError = newProblem })
	c := huma.DefaultConfig(title, "1")
	c.Info.Description = description
	c.SchemasPath = "" // the document holds them all
	c.DocsPath = ""    // its page loads scripts from elsewhere; docs.go has one that does not
	c.CreateHooks = nil
	c.Transformers = append(c.Transformers, completeProblem)
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"basic":  {Type: "http", Scheme: "basic", Description: "Name and password"},
		"bearer": {Type: "http", Scheme: "bearer", Description: "An API key"},
	}
	api := humago.New(mux, c)
	mux.HandleFunc("GET /docs", docs)
	return api
}

// IsDoc says whether a path is one of the document's, which are open to all.
func IsDoc(path string) bool {
	switch path {
	case "/docs", "/openapi.json", "/openapi.yaml", "/openapi-3.0.json", "/openapi-3.0.yaml":
		return true
	}
	return false
}

// statusProblem is a Problem as huma's error, with what the log says of it.
type statusProblem struct {
	Problem
	cause error
}

// completeProblem names the request in a problem that huma writes, and notes its cause.
func completeProblem(ctx huma.Context, _ string, v any) (any, error) {
	if p, ok := v.(*statusProblem); ok {
		answered := *p
		_, w := humago.Unwrap(ctx)
		answered.RequestID = w.Header().Get(RequestIDHeader)
		NoteCause(ctx.Context(), cmp.Or(p.cause, error(p)))
		return &answered, nil
	}
	return v, nil
}

// Error is the problem's detail.
func (p *statusProblem) Error() string { return p.Detail }

// GetStatus is the HTTP status.
func (p *statusProblem) GetStatus() int { return p.Status }

// ContentType makes the media type that of a problem.
func (p *statusProblem) ContentType(string) string { return "application/problem+json" }

// GetHeaders says when to come again, where that helps.
func (p *statusProblem) GetHeaders() http.Header {
	if p.Status == http.StatusServiceUnavailable {
		return http.Header{"Retry-After": {comeAgain}}
	}
	return nil
}

// Signed marks an operation as needing an account, for the document.
func Signed(op huma.Operation) huma.Operation {
	op.Security = []map[string][]string{{"basic": {}}, {"bearer": {}}}
	return op
}

// Err is err as an answer of a huma handler, by the table of Status.
func Err(err error) error {
	status := Status(err)
	p := newProblem(status, detail(status, err))
	p.(*statusProblem).cause = err
	return p
}

// Unavailable is a 503 that says why.
func Unavailable(detail string) error { return newProblem(http.StatusServiceUnavailable, detail) }

// Invalid is a 422 that names each wrong field.
func Invalid(fields ...Field) error {
	return &statusProblem{Problem: Problem{
		Type: "about:blank", Title: http.StatusText(http.StatusUnprocessableEntity),
		Status: http.StatusUnprocessableEntity, Detail: "the request has wrong fields", Errors: fields,
	}}
}

func newProblem(status int, msg string, errs ...error) huma.StatusError {
	p := &statusProblem{Problem: Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: msg}}
	if status >= http.StatusInternalServerError {
		p.cause = errors.Join(errs...) // for the log alone
		return p
	}
	for _, err := range errs {
		if err == nil {
			continue
		}
		f := Field{Detail: err.Error()}
		if d, ok := err.(huma.ErrorDetailer); ok {
			f = Field{Pointer: pointer(d.ErrorDetail().Location), Detail: d.ErrorDetail().Message}
			if rest, ok := strings.CutPrefix(f.Detail, "expected required property "); ok {
				name, _, _ := strings.Cut(rest, " ")
				f.Pointer += "/" + name // where it should stand
			}
		}
		p.Errors = append(p.Errors, f)
	}
	return p
}

// pointer turns huma's body.calls[3].easting into the JSON pointer
// /calls/3/easting. Other places (query.x) keep their name in front.
func pointer(location string) string {
	p := strings.NewReplacer(".", "/", "[", "/", "]", "").Replace(location)
	if p == "body" {
		return ""
	}
	if rest, ok := strings.CutPrefix(p, "body/"); ok {
		return "/" + rest
	}
	return p
}

// Forbidden is a 403.
func Forbidden(detail string) error { return newProblem(http.StatusForbidden, detail) }

// Stale is a 412: the state that a change was decided from is no longer current.
func Stale(detail string) error { return newProblem(http.StatusPreconditionFailed, detail) }

// NeedsIfMatch is a 428: a change must say which state it was decided from.
func NeedsIfMatch(detail string) error { return newProblem(http.StatusPreconditionRequired, detail) }
