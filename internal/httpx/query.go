package httpx

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// wrongQuery is what is wrong with a query's names: a value that is given twice, of which
// the first would be taken and the others not looked at, and a name that the operation
// does not know, which would be ignored. Probes of open operations may send what they like.
func wrongQuery(op *huma.Operation, query url.Values) (wrong []error) {
	var known []string
	for _, p := range op.Parameters {
		if p.In == "query" {
			known = append(known, p.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		said := ""
		switch {
		case len(query[name]) > 1:
			said = "is given more than once"
		case len(op.Security) > 0 && !slices.Contains(known, name):
			said = "is not known here" + suggestName(name, known)
		default:
			continue
		}
		wrong = append(wrong, &huma.ErrorDetail{Location: "query." + name, Message: said})
	}
	return wrong
}

// suggestName names the known one that is spelled most like name, or all where none is.
func suggestName(name string, known []string) string {
	if len(known) == 0 {
		return ": this takes no parameters"
	}
	best := slices.MinFunc(known, func(a, b string) int { return countEdits(name, a) - countEdits(name, b) })
	if countEdits(name, best) <= max(len(best)/2, 1) {
		return "; did you mean " + best + "?"
	}
	return "; there are " + strings.Join(known, ", ")
}

// countEdits is how many letters are to be changed, added or left out to make b of a.
func countEdits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0]++
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// refuseQuery refuses what wrongQuery finds, before huma reads the rest.
func refuseQuery(api huma.API, ctx huma.Context, next func(huma.Context)) {
	asked := ctx.URL()
	if wrong := wrongQuery(ctx.Operation(), asked.Query()); len(wrong) > 0 {
		_ = huma.WriteErr(api, ctx, http.StatusUnprocessableEntity, wrongFields, wrong...)
		return
	}
	next(ctx)
}

const wrongFields = "the request has wrong fields"

// CheckQuery is the same for an operation that huma does not serve.
func CheckQuery(op *huma.Operation, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var wrong []Field
		for _, err := range wrongQuery(op, r.URL.Query()) {
			d := err.(huma.ErrorDetailer).ErrorDetail()
			wrong = append(wrong, Field{Pointer: jsonPointer(d.Location), Detail: d.Message})
		}
		if len(wrong) > 0 {
			WriteProblem(w, Problem{Status: http.StatusUnprocessableEntity, Detail: wrongFields, Errors: wrong})
			return
		}
		next(w, r)
	}
}
