package httpx

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
)

// Page is the query of a list that comes in pages. Inputs embed it.
type Page struct {
	After string `query:"after" maxLength:"200" doc:"Where the page before ended: the header Link of its answer has it"`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" doc:"How many elements a page has at most; without it all come at once"`
	url   url.URL
}

// Resolve remembers what was asked for, as the next page is asked for like it.
func (p *Page) Resolve(ctx huma.Context) []error {
	p.url = ctx.URL()
	return nil
}

// List is one page of a list, and where the next one is.
type List[T any] struct {
	Link string `header:"Link" doc:"With rel=\"next\", where the next page is; absent on the last"`
	Body []T
}

// Paginate cuts the page that p asks for out of all elements. key names an element.
func Paginate[T any](all []T, p *Page, key func(T) string) (*List[T], error) {
	if p.After != "" {
		i := slices.IndexFunc(all, func(v T) bool { return key(v) == p.After })
		if i < 0 {
			return nil, Invalid(Field{Pointer: "query/after", Detail: fmt.Sprintf("no element %.60q", p.After)})
		}
		all = all[i+1:]
	}
	if p.Limit == 0 || p.Limit >= len(all) {
		return &List[T]{Body: append([]T{}, all...)}, nil
	}
	next, query := p.url, p.url.Query()
	query.Set("after", key(all[p.Limit-1]))
	query.Set("limit", strconv.Itoa(p.Limit))
	next.RawQuery = query.Encode()
	return &List[T]{Link: fmt.Sprintf(`<%s>; rel="next"`, next.RequestURI()), Body: all[:p.Limit]}, nil
}
