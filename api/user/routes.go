package user

import (
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/httpx"
)

// routes registers handlers that speak a protocol of their own, each together
// with its entry in the document.
type routes struct {
	mux *http.ServeMux
	doc huma.API
}

func (r *routes) signed(op huma.Operation, h http.HandlerFunc) { r.open(httpx.Signed(op), h) }

func (r *routes) open(op huma.Operation, h http.HandlerFunc) {
	r.mux.HandleFunc(op.Method+" "+op.Path, h)
	r.doc.OpenAPI().AddOperation(&op)
}

// jsonOf is T as JSON, for the document.
func jsonOf[T any](r *routes) map[string]*huma.MediaType {
	schema := r.doc.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[T](), true, "")
	return map[string]*huma.MediaType{"application/json": {Schema: schema}}
}

func answers(content map[string]*huma.MediaType, wrong *huma.Response) map[string]*huma.Response {
	return map[string]*huma.Response{"200": {Description: "OK", Content: content}, "default": wrong}
}

// problemResponse is the document's word for an RFC 9457 problem.
func problemResponse() *huma.Response {
	return &huma.Response{Description: "A problem", Content: map[string]*huma.MediaType{
		"application/problem+json": {Schema: &huma.Schema{Type: huma.TypeObject}},
	}}
}
