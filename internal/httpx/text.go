package httpx

import (
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The longest path and value of a query that are looked at, in bytes: ids have 255 at
// most, Temporal's 1,000.
const (
	maxPath  = 2 << 10
	maxValue = 4 << 10
)

// refuseOddText refuses what names nothing that there is, before any route or store
// sees it: bytes that are not UTF-8, control characters, and what is too long. In a
// path that is a 404, in a query a 422.
func refuseOddText(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isOdd(r.URL.Path, maxPath) || strings.Contains(r.URL.Path, "\t") {
			WriteProblem(w, Problem{
				Status: http.StatusNotFound,
				Detail: "the path is too long, or has characters that no id has",
			})
			return
		}
		if fields := oddValues(r.URL.RawQuery); len(fields) > 0 {
			WriteProblem(w, Problem{
				Status: http.StatusUnprocessableEntity, Detail: "the request has wrong fields",
				Errors: fields,
			})
			return
		}
		h.ServeHTTP(w, r)
	})
}

// oddValues are the values of a query that are refused.
func oddValues(query string) []Field {
	if query == "" {
		return nil
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return []Field{{Pointer: "query", Detail: "cannot be read: % stands before two hexadecimal digits, & between values"}}
	}
	var odd []Field
	for name, all := range values {
		for _, v := range append(all, name) {
			if isOdd(v, maxValue) {
				odd = append(odd, Field{
					Pointer: "query/" + strings.ToValidUTF8(name, "?"),
					Detail:  "is too long, or has control characters or bytes that are not UTF-8",
				})
				break
			}
		}
	}
	return odd
}

// isOdd says whether s is longer than most bytes, no UTF-8, or has control characters
// other than a tab, which comes with what is pasted from a table.
func isOdd(s string, most int) bool {
	return len(s) > most || !utf8.ValidString(s) || strings.ContainsFunc(s,
		func(r rune) bool { return r != '\t' && unicode.IsControl(r) })
}
