package user

import (
	"encoding/json"
	"net/http"
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
	Detail       string    `json:"detail,omitempty"`
	Checks       *checks   `json:"checks,omitempty"` // with ?verbose
}

// checks are what makes up the status, each "ok" or what is wrong.
type checks struct {
	Model    string `json:"model"`
	Database string `json:"database"`
	Spool    string `json:"spool"`
}

func (a *api) registerHealth(r *routes) {
	tags := []string{"Health"}
	r.open(huma.Operation{
		OperationID: "livez", Method: "GET", Path: "/livez", Summary: "Is the process alive?", Tags: tags,
		Responses: map[string]*huma.Response{"200": {Description: "Yes"}},
	}, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("live\n")) // the prober may be gone
	})
	content := jsonOf[ready](r)
	r.open(huma.Operation{
		OperationID: "readyz", Method: "GET", Path: "/readyz", Summary: "Are predictions answered?", Tags: tags,
		Description: "200 while they are, also from a copy while the database is away (degraded); 503 without any model. ?verbose adds the checks.",
		Parameters:  []*huma.Param{{Name: "verbose", In: "query", Schema: &huma.Schema{Type: huma.TypeString}}},
		Responses:   map[string]*huma.Response{"200": {Description: "Yes", Content: content}, "503": {Description: "No", Content: content}},
	}, a.readyz)
	r.open(huma.Operation{
		OperationID: "metrics", Method: "GET", Path: "/metrics", Summary: "Prometheus metrics", Tags: tags,
		Responses: map[string]*huma.Response{"200": {Description: "In Prometheus' text format"}},
	}, promhttp.HandlerFor(a.Registry, promhttp.HandlerOpts{}).ServeHTTP)
}

// readyz answers 200 while predictions are answered, also from a copy while the
// database is away (degraded), and 503 without any model.
func (a *api) readyz(w http.ResponseWriter, r *http.Request) {
	out, status := ready{Status: "ready", LedgerSeen: a.Champion.LedgerSeen()}, http.StatusOK
	c := checks{Model: "ok", Database: "ok", Spool: "ok"}
	if a.Pending != nil {
		n, err := a.Pending()
		if out.SpooledBytes = n; err != nil {
			c.Spool = "its folder cannot be read"
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
	if r.URL.Query().Has("verbose") {
		out.Checks = &c
	}
	body, err := json.Marshal(out)
	if err != nil {
		http.Error(w, "readyz", http.StatusInternalServerError) // plain values always encode
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // the prober may be gone
}
