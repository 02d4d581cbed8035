package httpx

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/lfb"
)

// findWrongParameters is what is wrong with a query's names: a value that is given twice, of which
// the first would be taken and the others not looked at, a name that the operation
// does not know, which would be ignored, and a switch without a value, which would be taken
// for off. Probes of open operations may send what they like.
func findWrongParameters(op *huma.Operation, query url.Values) (wrong []error) {
	var known, switches []string
	for _, p := range op.Parameters {
		if p.In != "query" {
			continue
		}
		known = append(known, p.Name)
		if p.Schema != nil && p.Schema.Type == huma.TypeBoolean {
			switches = append(switches, p.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		said := ""
		switch {
		case len(query[name]) > 1:
			said = "is given more than once"
		case len(op.Security) > 0 && !slices.Contains(known, name):
			said = "is not known here" + suggestName(name, known)
		case query.Get(name) == "" && slices.Contains(switches, name):
			said = "is neither true nor false"
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
	for slips := 1; slips <= 3; slips++ {
		for _, k := range known {
			if lfb.IsWithinEdits(name[:min(len(name), maxName)], k, min(slips, len(k)/2)) {
				return "; did you mean " + k + "?"
			}
		}
	}
	return "; there are " + strings.Join(known, ", ")
}

// maxName is how much of an unknown name is looked at.
const maxName = 40

// refuseQuery refuses what findWrongParameters finds, before huma reads the rest.
func refuseQuery(api huma.API, ctx huma.Context, next func(huma.Context)) {
	asked := ctx.URL()
	if wrong := findWrongParameters(ctx.Operation(), asked.Query()); len(wrong) > 0 {
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
		for _, err := range findWrongParameters(op, r.URL.Query()) {
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
