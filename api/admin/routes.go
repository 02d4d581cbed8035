package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/control"
	"lfb/internal/httpx"
)

// output is an answer that is a body alone.
type output[T any] struct{ Body T }

// signed is an operation that needs an account.
func signed(tag, method, id, path, summary string) huma.Operation {
	return httpx.Signed(huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{tag}})
}

// get registers a route that answers with what read gives.
func get[I, T any](doc huma.API, tag, id, path, summary string, read func(context.Context, *I) (T, error)) {
	huma.Register(doc, signed(tag, http.MethodGet, id, path, summary), func(ctx context.Context, in *I) (*output[T], error) {
		body, err := read(ctx, in)
		return &output[T]{body}, fail(err)
	})
}

// list registers a route that answers with a list, which is never null.
func list[I, T any](doc huma.API, tag, id, path, summary string, read func(context.Context, *I) ([]T, error)) {
	get(doc, tag, id, path, summary, func(ctx context.Context, in *I) ([]T, error) {
		all, err := read(ctx, in)
		return notNil(all), err
	})
}

// change registers a route for administrators alone; by is who asks.
func change[I, O any](doc huma.API, op huma.Operation, do func(ctx context.Context, by control.Actor, in *I) (*O, error)) {
	huma.Register(doc, op, func(ctx context.Context, in *I) (*O, error) {
		by, err := administrator(ctx)
		if err != nil {
			return nil, err
		}
		out, err := do(ctx, by, in)
		return out, fail(err)
	})
}

// notNil makes an empty list of none.
func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
