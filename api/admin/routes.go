package admin

import (
	"cmp"
	"context"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"unicode"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/control"
	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// output is an answer that is a body alone.
type output[T any] struct{ Body T }

// newOperation is an operation that needs an account.
func newOperation(tag, method, id, path, summary string) huma.Operation {
	return httpx.Signed(huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{tag}})
}

// documentStatus names a second status with which an operation answers with a T.
func documentStatus[T any](doc huma.API, op *huma.Operation, status int, what string) {
	op.Responses = map[string]*huma.Response{strconv.Itoa(status): {Description: what, Content: map[string]*huma.MediaType{
		"application/json": {Schema: doc.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[T](), true, "")},
	}}}
}

// registerGet registers a route that answers with what read gives.
func registerGet[I, T any](doc huma.API, tag, id, path, summary string, read func(context.Context, *I) (T, error)) {
	huma.Register(doc, newOperation(tag, http.MethodGet, id, path, summary),
		func(ctx context.Context, in *I) (*output[T], error) {
			body, err := read(ctx, in)
			return &output[T]{body}, answerError(err)
		})
}

// PageInput is the query of a list.
type PageInput struct{ httpx.Page }

func (p *PageInput) page() *httpx.Page { return &p.Page }

// cutPage is for a list that the store continues itself: behind which element, and how many
// to read, one more than the page has, which is n where the query does not say.
func (p *PageInput) cutPage(n int) (after string, limit int) {
	p.Limit, after, p.After = cmp.Or(p.Limit, n), p.After, ""
	return after, p.Limit + 1
}

// registerList registers a route that answers with a page of a list; key names an element.
func registerList[I, T any, P interface {
	*I
	page() *httpx.Page
}](doc huma.API, tag, id, path, summary string, read func(context.Context, *I) ([]T, error), key func(T) string,
) {
	huma.Register(doc, newOperation(tag, http.MethodGet, id, path, summary),
		func(ctx context.Context, in *I) (*httpx.List[T], error) {
			all, err := read(ctx, in)
			if err != nil {
				return nil, answerError(err)
			}
			return httpx.Paginate(all, P(in).page(), key)
		})
}

// registerChange registers a route for administrators alone; by is who asks.
func registerChange[I, O any](doc huma.API, op huma.Operation, do func(ctx context.Context, by control.Actor,
	in *I) (*O, error),
) {
	huma.Register(doc, op, func(ctx context.Context, in *I) (*O, error) {
		by, err := requireAdmin(ctx)
		if err != nil {
			return nil, err
		}
		out, err := do(ctx, by, in)
		return out, answerError(err)
	})
}

// Reason is why something is changed. Either name will do.
type Reason struct {
	Why  string `json:"why,omitempty" maxLength:"1000" doc:"For the audit log; needed, as this or as note"`
	Note string `json:"note,omitempty" maxLength:"1000" doc:"The same as why"`
}

// Resolve refuses a change that has no reason.
func (r *Reason) Resolve(huma.Context) []error {
	if r.text() == "" {
		return []error{&huma.ErrorDetail{Location: "body.why", Message: "a reason is required, as why or as note"}}
	}
	return nil
}

func (r *Reason) text() string { return cmp.Or(trimBlank(r.Why), trimBlank(r.Note)) }

// trimBlank takes off both ends of s what nobody can read.
func trimBlank(s string) string {
	return strings.TrimFunc(s, func(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) })
}

// emptyIfNil makes an empty list of none.
func emptyIfNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// servingOrigin is the origin whose line serves, and before the first champion the one
// that there is anything of: real where both do, or none.
func (a *api) servingOrigin(ctx context.Context) (lfb.Origin, error) {
	for _, o := range lfb.Origins() {
		serving, err := a.Store.Promotions(ctx, o.Line(), 1)
		if err != nil || len(serving) > 0 {
			return o, err
		}
	}
	for _, o := range lfb.Origins() {
		if begun, err := a.hasBegun(ctx, o); err != nil || begun {
			return o, err
		}
	}
	return lfb.Real, nil
}

// hasBegun reports whether there are files, a data set or a run of an origin.
func (a *api) hasBegun(ctx context.Context, o lfb.Origin) (bool, error) {
	files, err := a.Store.Files(ctx, o)
	if err != nil || len(files) > 0 {
		return true, err
	}
	sets, err := a.Store.DataSets(ctx, o)
	if err != nil || len(sets) > 0 {
		return true, err
	}
	runs, err := a.Store.ListRuns(ctx, registry.Query{Line: o.Line(), Limit: 1})
	return len(runs) > 0, err
}

// OriginInput is a query's origin.
type OriginInput struct {
	Origin string `query:"origin" enum:"real,synthetic," doc:"Default: of the line that serves"`
}

func (a *api) originOf(ctx context.Context, in OriginInput) (lfb.Origin, error) {
	if in.Origin != "" {
		return lfb.Origin(in.Origin), nil
	}
	return a.servingOrigin(ctx)
}

// lineOf is the line that is named, or the one that serves.
func (a *api) lineOf(ctx context.Context, named string) (string, error) {
	if named != "" {
		return named, nil
	}
	o, err := a.servingOrigin(ctx)
	return o.Line(), err
}
