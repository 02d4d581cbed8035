package httpx

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"lfb/internal/lfb"
)

var problemsOnce sync.Once // huma keeps its error constructor in a package variable

// NewAPI makes a huma API on mux: OpenAPI 3.1 at /openapi.json, a page to read
// and try it at /docs that needs no internet, errors as Problems, those of unknown
// paths and methods too. Groups are the tags that operations may have, the main one
// first.
func NewAPI(mux *http.ServeMux, title, description string, groups ...*huma.Tag) huma.API {
	problemsOnce.Do(func() { huma.NewError = newProblem })
	c := huma.DefaultConfig(title, "1")
	c.Info.Description = description
	c.Info.License = &huma.License{Name: "MIT", Identifier: "MIT"}
	c.Tags = groups
	c.OpenAPIPath, c.SchemasPath = "", "" // serveDocuments has the one, which holds all of the others
	c.DocsPath = ""                       // its page loads scripts from elsewhere; docs.html does not
	c.CreateHooks = nil
	c.OnAddOperation = []huma.AddOpFunc{numberOperation}
	c.Transformers = []huma.Transformer{completeProblem}
	format := huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: unmarshalBody}
	c.Formats = map[string]huma.Format{"application/json": format, "json": format}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"basic":  {Type: "http", Scheme: "basic", Description: "Name and password"},
		"bearer": {Type: "http", Scheme: "bearer", Description: "An API key"},
	}
	api := humago.New(mux, c)
	api.UseMiddleware(func(ctx huma.Context, next func(huma.Context)) { refuseQuery(api, ctx, next) })
	serveDocuments(mux, api.OpenAPI())
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { refuseRoute(mux, w, r) })
	return api
}

// refuseRoute answers where no route of mux does: 405 where another method would.
func refuseRoute(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} {
		other := r.WithContext(r.Context())
		other.Method = method
		if _, pattern := mux.Handler(other); pattern != "/" {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) == 0 {
		WriteProblem(w, Problem{Status: http.StatusNotFound, Detail: fmt.Sprintf("there is no %.100q here; /docs lists "+
			"what there is", r.URL.Path)})
		return
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	WriteProblem(w, Problem{Status: http.StatusMethodNotAllowed, Detail: r.Method + " is not one of " +
		strings.Join(allowed, ", ")})
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
func (p *statusProblem) ContentType(string) string { return problemType }

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

// Answering says of an operation, for the document, that it answers with this media type.
func Answering(op huma.Operation, mediaType string) huma.Operation {
	schema := &huma.Schema{Type: huma.TypeString}
	switch mediaType {
	case "application/octet-stream":
		schema.Format = "binary"
	case "application/json":
		schema = &huma.Schema{Type: huma.TypeObject}
	}
	op.Responses = map[string]*huma.Response{"200": {
		Description: "OK",
		Content:     map[string]*huma.MediaType{mediaType: {Schema: schema}},
	}}
	return op
}

// Err is err as an answer of a huma handler, by the table of Status.
func Err(err error) error {
	status := Status(err)
	p := statusError(Problem{Status: status, Detail: publicDetail(status, err)})
	p.cause = err
	return p
}

// Refused is a 422 that says by its code what is wrong.
func Refused(code Code, detail string) error {
	return statusError(Problem{Status: http.StatusUnprocessableEntity, Code: code, Detail: detail})
}

// NoModel is the 503 of an api that no model answers for.
func NoModel(detail string) error {
	return statusError(Problem{Status: http.StatusServiceUnavailable, Code: CodeNoModel, Detail: detail})
}

// ComeAgain is a 503 that says what is still being made.
func ComeAgain(detail string) error {
	return statusError(Problem{Status: http.StatusServiceUnavailable, Detail: detail})
}

// Invalid is a 422 that names each wrong field.
func Invalid(fields ...Field) error {
	return statusError(Problem{Status: http.StatusUnprocessableEntity, Detail: wrongFields, Errors: fields})
}

func statusError(p Problem) *statusProblem {
	p.complete()
	return &statusProblem{Problem: p}
}

// newProblem is huma.NewError.
func newProblem(status int, msg string, errs ...error) huma.StatusError {
	p, cause := Problem{Status: status, Detail: msg}, errors.Join(errs...)
	var large *http.MaxBytesError
	switch { // huma takes a body that cannot be read for a fault of ours
	case errors.As(cause, &large):
		p.Status = http.StatusRequestEntityTooLarge
	case errors.Is(cause, lfb.ErrInvalid):
		p.Status = http.StatusBadRequest
	case status >= http.StatusInternalServerError:
		failed := statusError(p)
		failed.cause = cause // for the log alone
		return failed
	}
	for _, err := range errs {
		if err == nil {
			continue
		}
		f := Field{Detail: lfb.Plain(err)}
		if d, ok := err.(huma.ErrorDetailer); ok {
			f = Field{Pointer: jsonPointer(d.ErrorDetail().Location), Detail: d.ErrorDetail().Message}
			if rest, ok := strings.CutPrefix(f.Detail, "expected required property "); ok {
				name, _, _ := strings.Cut(rest, " ")
				f.Pointer += "/" + name // where it should stand
			}
		}
		p.Errors = append(p.Errors, f)
	}
	return statusError(p)
}

// jsonPointer turns huma's body.calls[3].easting into the JSON pointer
// /calls/3/easting. Other places (query.x) keep their name in front.
func jsonPointer(location string) string {
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
func Forbidden(detail string) error {
	return statusError(Problem{Status: http.StatusForbidden, Detail: detail})
}

// PasswordNeeded is a 403 for an API key where a person must sign in with a password.
func PasswordNeeded(detail string) error {
	return statusError(Problem{Status: http.StatusForbidden, Code: CodePasswordNeeded, Detail: detail})
}

// Unjudged is a 409 for a promotion of what no gate has judged.
func Unjudged(detail string) error {
	return statusError(Problem{Status: http.StatusConflict, Code: CodeUnjudged, Detail: detail})
}

// Stale is a 412: the state that a change was decided from is no longer current.
func Stale(detail string) error {
	return statusError(Problem{Status: http.StatusPreconditionFailed, Detail: detail})
}

// NeedsIfMatch is a 428: a change must say which state it was decided from.
func NeedsIfMatch(detail string) error {
	return statusError(Problem{Status: http.StatusPreconditionRequired, Detail: detail})
}
