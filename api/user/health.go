package user

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// silence is after how long without an answer the ledger counts as away.
const silence = 10 * time.Second

// ready is what /readyz answers.
type ready struct {
	Status       string    `json:"status"` // ready | degraded | not ready
	Version      string    `json:"version,omitempty"`
	LedgerSeen   time.Time `json:"ledger_seen,omitzero"`
	SpooledBytes int64     `json:"spooled_bytes"`
	// OldestSpooled is how long the oldest answer that is not in the log has waited.
	OldestSpooled float64 `json:"oldest_spooled_seconds"`
	Detail        string  `json:"detail,omitempty"`
	Checks        *checks `json:"checks,omitempty"` // with ?verbose
}

// checks are what makes up the status, each "ok" or what is wrong.
type checks struct {
	Model    string `json:"model"`
	Database string `json:"database"`
	Spool    string `json:"spool"`
}

type readyInput struct {
	Verbose string `query:"verbose" doc:"Adds the checks, whatever its value"`
	verbose bool
}

// Resolve looks for the parameter, which needs no value.
func (in *readyInput) Resolve(ctx huma.Context) []error {
	u := ctx.URL()
	in.verbose = u.Query().Has("verbose")
	return nil
}

func (a *api) registerHealth(doc huma.API) {
	op := func(id, summary string, answers map[string]*huma.Response) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: http.MethodGet, Path: "/" + id, Summary: summary,
			Tags: []string{"Health"}, Responses: answers,
		}
	}
	live := map[string]*huma.Response{"200": {Description: "Yes", Content: textContent("live\n")}}
	huma.Register(doc, op("livez", "Is the process alive?", live),
		func(context.Context, *struct{}) (*legacyOutput, error) {
			return plainText("live\n"), nil
		})
	status := jsonContent(doc.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[ready](), true, ""))
	readyz := op("readyz", "Are predictions answered?",
		map[string]*huma.Response{"503": {Description: "Not without any model", Content: status}})
	readyz.Description = "200 while they are, also from a copy while the database is away (degraded); 503 without any " +
		"model. ?verbose adds the checks."
	huma.Register(doc, readyz, a.readyz)
	shown := map[string]*huma.Response{"200": {
		Description: "In Prometheus' text format",
		Content:     textContent("lfb_spool_bytes 0\n"),
	}}
	a.handle(doc, op("metrics", "Prometheus metrics", shown), promhttp.HandlerFor(a.Registry,
		promhttp.HandlerOpts{}).ServeHTTP)
}

// waitedSince is how long what has waited since oldest has; 0 where nothing does.
func (o *Options) waitedSince(oldest time.Time) time.Duration {
	if oldest.IsZero() {
		return 0
	}
	return max(o.Now().Sub(oldest), 0)
}

// readyz answers 200 while predictions are answered, also from a copy while the
// database is away (degraded), and 503 without any model.
func (a *api) readyz(_ context.Context, in *readyInput) (*statusOutput[ready], error) {
	out := ready{Status: "ready", LedgerSeen: a.Champion.LedgerSeen()}
	status, c := http.StatusOK, checks{Model: "ok", Database: "ok", Spool: "ok"}
	if a.Backlog != nil {
		n, oldest, err := a.Backlog()
		waited := a.waitedSince(oldest)
		out.SpooledBytes, out.OldestSpooled = n, waited.Seconds()
		switch {
		case err != nil:
			c.Spool = "its folder cannot be read"
		case a.MaxSpoolAge > 0 && waited > a.MaxSpoolAge:
			c.Spool = fmt.Sprintf("the oldest answer has waited %v to be logged", waited.Round(time.Second))
			out.Status, out.Detail = "degraded", "answers are given, but do not get into the log: "+c.Spool
		}
	}
	if a.Now().Sub(out.LedgerSeen) > silence {
		c.Database = "does not answer; answers wait on local disk"
		out.Status, out.Detail = "degraded", "the database does not answer; predictions come from the model in memory"
	}
	if l := a.Champion.Now(); l == nil {
		c.Model = noModel
		out.Status, out.Detail, status = "not ready", noModel, http.StatusServiceUnavailable
	} else if out.Version = l.Version.ID; l.FromDisk {
		c.Model = "from the copy on local disk"
	}
	if in.verbose {
		out.Checks = &c
	}
	return &statusOutput[ready]{status, out}, nil
}
