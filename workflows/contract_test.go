package workflows

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/workflow"

	"lfb/activities"
)

var updateContract = flag.Bool("update", false, "rewrite the golden file")

// TestContract holds what Temporal remembers of us: a name or a field that is
// changed here breaks runs that are open, remembered steps and recorded histories.
// Additions are made with -update; changes and removals need a new name beside the
// old one.
func TestContract(t *testing.T) {
	t.Parallel()
	c := contract{types: map[string]reflect.Type{}}
	c.section("workflows", workflowFuncs())
	c.section("activities", activityFuncs())
	c.addMessages()
	got := c.text()
	golden := filepath.Join("testdata", "contract.golden")
	if *updateContract {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("what Temporal remembers of us is not what %s says: an open run, a remembered step or a history would "+
			"break; "+
			"an addition is written down with -update\n%s", golden, firstDifference(got, string(want)))
	}
	for _, f := range c.untagged {
		t.Errorf("%s has no JSON name of its own: renaming the Go field would change what is stored", f)
	}
}

// contract collects names and the JSON fields of all that is sent.
type contract struct {
	lines    []string
	types    map[string]reflect.Type
	untagged []string
}

func workflowFuncs() map[string]any {
	r := &recordedWorkflows{funcs: map[string]any{}}
	Register(r)
	return r.funcs
}

func activityFuncs() map[string]any {
	out := map[string]any{}
	t := reflect.TypeFor[*activities.Activities]()
	for i := range t.NumMethod() {
		out[t.Method(i).Name] = t.Method(i).Func.Interface()
	}
	return out
}

func (c *contract) section(name string, funcs map[string]any) {
	c.lines = append(c.lines, "# "+name)
	names := make([]string, 0, len(funcs))
	for n := range funcs {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		f := reflect.TypeOf(funcs[n])
		var in, out []string
		for i := range f.NumIn() {
			if p := f.In(i); !isReceiverOrContext(p) {
				in = append(in, c.typeName(p))
			}
		}
		for i := range f.NumOut() {
			if p := f.Out(i); p != reflect.TypeFor[error]() {
				out = append(out, c.typeName(p))
			}
		}
		c.lines = append(c.lines, fmt.Sprintf("%s(%s) %s", n, strings.Join(in, ", "), strings.Join(out, ", ")))
	}
}

func isReceiverOrContext(t reflect.Type) bool {
	return t == reflect.TypeFor[context.Context]() || t == reflect.TypeFor[workflow.Context]() ||
		t == reflect.TypeFor[*activities.Activities]()
}

// addMessages adds what goes by other ways than a start: queries, updates, names.
func (c *contract) addMessages() {
	c.lines = append(c.lines, "# queries and updates",
		QueryProgress+"() "+c.typeName(reflect.TypeFor[Progress]()),
		QueryPromotion+"() "+c.typeName(reflect.TypeFor[Promotion]()),
		UpdateApprove+"("+c.typeName(reflect.TypeFor[Decision]())+") string",
		UpdateReject+"("+c.typeName(reflect.TypeFor[Decision]())+") string",
		"# activities of programs elsewhere",
		fmt.Sprintf("%s(%s) %s", activities.FitCandidate, c.typeName(reflect.TypeFor[activities.FitCandidateInput]()),
			c.typeName(reflect.TypeFor[activities.FitCandidateResult]())),
		"# task queues", QueueControl, QueueIO, QueueTrain, ExternalQueue("NAME"),
		"# search attributes", activities.AttrAsOf, activities.AttrDataSet, activities.AttrLine, activities.AttrOutcome,
		activities.AttrRun, activities.AttrTrigger, activities.AttrVersion,
		"# ids", RetrainID("LINE"), PromoteID("LINE", "VERSION", 7), BackfillID("ORIGIN"), BackfillMonthID("ID", "MONTH"),
		GCID(false), GCID(true), ReproduceID("LINE", "VERSION"), JudgeID("LINE", "VERSION"), MonitorID("LINE"),
		ScheduleID("LINE"), MonitorScheduleID("LINE"), PlacesID("ORIGIN"), PlacesScheduleID("LINE"))
}

// typeName names a type, and writes down the fields of the structs in it.
func (c *contract) typeName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return c.typeName(t.Elem())
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return "bytes"
		}
		return "[]" + c.typeName(t.Elem())
	case reflect.Map:
		return "map[" + c.typeName(t.Key()) + "]" + c.typeName(t.Elem())
	case reflect.Struct:
		if t == reflect.TypeFor[time.Time]() || t.Implements(reflect.TypeFor[json.Marshaler]()) {
			return t.String()
		}
		name := t.String()
		if _, ok := c.types[name]; !ok {
			c.types[name] = t
			for i := range t.NumField() {
				c.typeName(t.Field(i).Type)
			}
		}
		return name
	case reflect.Interface, reflect.Func, reflect.Chan:
		return t.String()
	}
	return t.Kind().String()
}

func (c *contract) text() string {
	names := make([]string, 0, len(c.types))
	for n := range c.types {
		names = append(names, n)
	}
	sort.Strings(names)
	lines := append(slices.Clone(c.lines), "# JSON")
	for _, n := range names {
		lines = append(lines, n)
		t := c.types[n]
		for i := range t.NumField() {
			f := t.Field(i)
			if !f.IsExported() && !f.Anonymous {
				continue
			}
			tag, ok := f.Tag.Lookup("json")
			if tag == "-" {
				continue
			}
			if !ok && !f.Anonymous {
				c.untagged = append(c.untagged, n+"."+f.Name)
			}
			lines = append(lines, "  "+tag+" "+c.typeName(f.Type))
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range g {
		if i >= len(w) || g[i] != w[i] {
			return fmt.Sprintf("line %d: got %q, want %q", i+1, g[i], append(w, make([]string, len(g))...)[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(g), len(w))
}

// recordedWorkflows is a registry that keeps what is told to it.
type recordedWorkflows struct{ funcs map[string]any }

func (r *recordedWorkflows) RegisterWorkflow(w any) {
	name := nameOf(w)
	r.funcs[name] = w
}

func (r *recordedWorkflows) RegisterWorkflowWithOptions(w any, o workflow.RegisterOptions) {
	r.funcs[o.Name] = w
}

func (r *recordedWorkflows) RegisterDynamicWorkflow(any, workflow.DynamicRegisterOptions) {}

// nameOf is the name under which the SDK registers a function: its own.
func nameOf(f any) string {
	full := runtime.FuncForPC(reflect.ValueOf(f).Pointer()).Name()
	return full[strings.LastIndex(full, ".")+1:]
}
