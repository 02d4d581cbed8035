package httpx

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the page of /docs
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// docsPage reads /openapi.json and lets a person try it.
//
//go:embed docs.html
var docsPage []byte

// IsDoc says whether a path is one of the document's, which are open to all.
func IsDoc(path string) bool {
	switch path {
	case "/docs", "/openapi.json", "/openapi.yaml", "/openapi-3.0.json", "/openapi-3.0.yaml":
		return true
	}
	return false
}

// serveDocuments serves the page, and the document in each of its forms.
func serveDocuments(mux *http.ServeMux, doc *huma.OpenAPI) {
	serve := func(path, mediaType string, render func() ([]byte, error)) {
		mux.HandleFunc("GET "+path, revalidated(mediaType, render))
	}
	serve("/openapi.json", "application/openapi+json", func() ([]byte, error) { return json.Marshal(doc) })
	serve("/openapi-3.0.json", "application/openapi+json", doc.Downgrade)
	serve("/openapi.yaml", "application/openapi+yaml", doc.YAML)
	serve("/openapi-3.0.yaml", "application/openapi+yaml", doc.DowngradeYAML)
	page := revalidated("text/html; charset=utf-8", func() ([]byte, error) { return docsPage, nil })
	mux.HandleFunc("GET /docs", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'self'; script-src 'unsafe-inline'; style-src 'unsafe-inline'")
		page(w, r)
	})
}

// revalidated serves what is rendered once, with an entity tag: who has it gets a 304.
func revalidated(mediaType string, render func() ([]byte, error)) http.HandlerFunc {
	once := sync.OnceValues(render)
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := once()
		if err != nil {
			Fail(w, err)
			return
		}
		w.Header().Set("Content-Type", mediaType)
		w.Header().Set("Cache-Control", "no-cache") // kept, and asked about by its tag
		w.Header().Set("ETag", fmt.Sprintf(`W/"%x"`, sha256.Sum256(body)))
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
	}
}

// numberOperation keeps the order in which operations are registered, the main ones first:
// a document's paths have none.
func numberOperation(doc *huma.OpenAPI, op *huma.Operation) {
	n := 0
	for _, item := range doc.Paths {
		n += len(operations(item))
	}
	if op.Extensions == nil {
		op.Extensions = map[string]any{}
	}
	op.Extensions["x-order"] = n
}

func operations(item *huma.PathItem) []*huma.Operation {
	all := []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete}
	return slices.DeleteFunc(all, func(op *huma.Operation) bool { return op == nil })
}

// documenter completes a document with what huma leaves out.
type documenter struct {
	schemas         huma.Registry
	asked, answered map[*huma.Schema]bool // schemas of requests and of answers
}

// CompleteDocument says where the API is, which problems each operation may answer with,
// and gives each an example. Answers may get more fields than they have today. It comes
// after the last operation.
func CompleteDocument(api huma.API) {
	doc := api.OpenAPI()
	doc.Servers = []*huma.Server{{URL: "/", Description: "Where this document is from"}}
	d := &documenter{schemas: doc.Components.Schemas, asked: map[*huma.Schema]bool{}, answered: map[*huma.Schema]bool{}}
	doc.Components.Responses = map[string]*huma.Response{}
	problem := d.schemas.Schema(reflect.TypeFor[statusProblem](), true, "")
	for _, s := range statusCodes {
		p := Problem{Status: s.status, Code: s.code}
		p.complete()
		doc.Components.Responses[string(s.code)] = &huma.Response{
			Description: http.StatusText(s.status),
			Content:     map[string]*huma.MediaType{problemType: {Schema: problem, Example: p}},
		}
	}
	d.mark(problem, d.answered)
	for path, item := range doc.Paths {
		for _, op := range operations(item) {
			d.completeOperation(path, op)
		}
	}
	for s := range d.asked {
		for name, p := range s.Properties {
			if p.Type != "" && p.Enum == nil && !slices.Contains(s.Required, name) {
				p.Nullable = true // as good as absent
			}
		}
	}
	for s := range d.answered {
		for _, p := range s.Properties {
			if values, ok := p.AdditionalProperties.(*huma.Schema); ok && values != nil {
				p.Nullable = true // as a map of nothing is
			}
		}
		if closed, is := s.AdditionalProperties.(bool); is && !closed && !d.asked[s] {
			s.AdditionalProperties = nil
		}
	}
}

func (d *documenter) completeOperation(path string, op *huma.Operation) {
	if op.Security == nil {
		op.Security = []map[string][]string{} // nobody need sign in
	}
	op.Parameters = slices.DeleteFunc(op.Parameters, func(p *huma.Param) bool {
		return p.In == "path" && !strings.Contains(path, "{"+p.Name+"}")
	})
	for _, p := range op.Parameters {
		if p.In == "path" && p.Schema.Type == "string" && p.Schema.Enum == nil && p.Schema.MinLength == nil {
			p.Schema.MinLength = new(1) // a path without it is another
		}
		if p.In == "query" && !p.Required {
			p.AllowEmptyValue = p.Schema.Type != huma.TypeBoolean // as good as absent
			if p.Schema.Enum != nil && !slices.Contains(p.Schema.Enum, any("")) {
				p.Schema.Enum = append(p.Schema.Enum, "")
			}
		}
		if p.Required && p.Example == nil {
			p.Example = d.example(p.Schema, 0)
		}
	}
	if op.RequestBody != nil {
		d.completeContent(op.RequestBody.Content, d.asked)
	}
	own := op.Responses["default"] // a protocol's own form of problems
	delete(op.Responses, "default")
	for key, r := range op.Responses {
		if r.Content[problemType] != nil {
			status, _ := strconv.Atoi(key) // huma writes numbers
			op.Responses[key] = problemRef(status)
			continue
		}
		d.completeContent(r.Content, d.answered)
	}
	for _, status := range problemStatuses(path, op) {
		key := strconv.Itoa(status)
		switch _, documented := op.Responses[key]; {
		case documented:
		case own == nil || own.Content[problemType] != nil:
			op.Responses[key] = problemRef(status)
		case status != http.StatusUnprocessableEntity:
			op.Responses[key] = &huma.Response{Description: http.StatusText(status), Content: own.Content}
		}
	}
	if own != nil {
		d.completeContent(own.Content, d.answered)
	}
}

// problemStatuses are those that follow from what an operation takes.
func problemStatuses(path string, op *huma.Operation) []int {
	statuses := []int{http.StatusInternalServerError}
	if len(op.Security) > 0 {
		statuses = append(statuses, http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests,
			http.StatusServiceUnavailable)
	}
	if len(op.Security) > 0 && op.Method != http.MethodGet {
		statuses = append(statuses, http.StatusConflict)
	}
	if len(op.Parameters) > 0 {
		statuses = append(statuses, http.StatusNotFound)
	}
	if strings.Contains(path, "}/") {
		statuses = append(statuses, http.StatusMethodNotAllowed) // of another path, where nothing stands for the parameter
	}
	if len(op.Parameters) > 0 || op.RequestBody != nil {
		statuses = append(statuses, http.StatusUnprocessableEntity)
	}
	if slices.ContainsFunc(op.Parameters, func(p *huma.Param) bool { return p.Name == "If-Match" }) {
		statuses = append(statuses, http.StatusPreconditionFailed, http.StatusPreconditionRequired)
	}
	if op.RequestBody != nil {
		statuses = append(statuses, http.StatusBadRequest, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge,
			http.StatusUnsupportedMediaType)
	}
	return statuses
}

// problemRef names what CompleteDocument says of the problems of a status.
func problemRef(status int) *huma.Response {
	return &huma.Response{Ref: "#/components/responses/" + string(statusCode(status))}
}

// completeContent gives each media type an example, and remembers its schemas.
func (d *documenter) completeContent(content map[string]*huma.MediaType, seen map[*huma.Schema]bool) {
	for _, m := range content {
		if m.Schema == nil {
			continue
		}
		d.mark(m.Schema, seen)
		if m.Example == nil && len(m.Examples) == 0 && m.Schema.Format != "binary" {
			m.Example = d.example(m.Schema, 0)
		}
	}
}

// mark remembers s and all that it is made of.
func (d *documenter) mark(s *huma.Schema, seen map[*huma.Schema]bool) {
	if s = d.resolve(s); s == nil || seen[s] {
		return
	}
	seen[s] = true
	for _, p := range s.Properties {
		d.mark(p, seen)
	}
	for _, p := range slices.Concat(s.OneOf, s.AnyOf, s.AllOf) {
		d.mark(p, seen)
	}
	d.mark(s.Items, seen)
	if values, ok := s.AdditionalProperties.(*huma.Schema); ok {
		d.mark(values, seen)
	}
}

func (d *documenter) resolve(s *huma.Schema) *huma.Schema {
	if s != nil && s.Ref != "" {
		return d.schemas.SchemaFromRef(s.Ref)
	}
	return s
}

// maxDepth ends the example of what holds itself.
const maxDepth = 8

// example is a value that s allows: the one it names, or a plain one. An object has what
// is required, and what has examples.
func (d *documenter) example(s *huma.Schema, depth int) any {
	s = d.resolve(s)
	switch {
	case s == nil || depth > maxDepth:
		return nil
	case len(s.Examples) > 0:
		return s.Examples[0]
	case s.Default != nil:
		return s.Default
	case len(s.Enum) > 0:
		return s.Enum[0]
	case len(s.OneOf) > 0:
		return d.example(s.OneOf[0], depth+1)
	}
	switch s.Type {
	case huma.TypeObject:
		object := map[string]any{}
		for name, p := range s.Properties {
			if slices.Contains(s.Required, name) || len(d.resolve(p).Examples) > 0 {
				object[name] = d.example(p, depth+1)
			}
		}
		return object
	case huma.TypeArray:
		return []any{d.example(s.Items, depth+1)}
	case huma.TypeInteger, huma.TypeNumber:
		if s.Minimum != nil {
			return *s.Minimum
		}
		return 1
	case huma.TypeBoolean:
		return false
	case huma.TypeString:
		if s.Format == "date-time" {
			return "2026-06-01T12:00:00Z"
		}
		return "text"
	}
	return map[string]any{}
}

// OrNull lets a property of an object be null, which huma has no tag for where it is an
// object itself.
func OrNull(s *huma.Schema, property string) *huma.Schema {
	p := s.Properties[property]
	s.Properties[property] = &huma.Schema{
		Description: p.Description, OneOf: []*huma.Schema{{Ref: p.Ref}, {Type: "null"}},
	}
	return s
}
