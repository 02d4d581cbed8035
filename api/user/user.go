package user

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"lfb/internal/httpx"
	"lfb/internal/registry"
	"lfb/internal/serve"
)

// Options are what the API is built from.
type Options struct {
	Champion *serve.Champion
	Desk     *serve.Desk
	Auth     *httpx.Auth
	Limit    *httpx.Limiter // nil: none
	MaxBody  int64
	MaxTable int64 // the largest table, in bytes; 0: as MaxBody
	Log      *zap.Logger
	Now      func() time.Time
	// Registry is where the metrics are registered and what /metrics shows; one of
	// its own where nil.
	Registry *prometheus.Registry
	// Pending is how many bytes of predictions wait to be shipped; nil: not known.
	Pending func() (int64, error)
	// Predictions is the log of answers.
	Predictions Predictions
}

// Predictions is where an answer is looked up by its id.
type Predictions interface {
	Prediction(ctx context.Context, id string) (registry.Prediction, error)
}

// api is the handlers over their parts.
type api struct {
	Options
	Metrics *metrics
	columns map[string]column // of tables, by name
	mux     *http.ServeMux
}

// New builds the listener's handler.
func New(o Options) http.Handler {
	o.MaxTable = max(o.MaxTable, o.MaxBody)
	a := build(o)
	h := o.Limit.Around(bounded(a.quick(a.mux), o.MaxBody))
	h = o.Auth.Require(registry.RoleOperator, open, h)
	return httpx.Identified(spoken(httpx.Wrap(h, o.MaxTable, o.Log)))
}

// build makes the handlers and registers them.
func build(o Options) *api {
	if o.Registry == nil {
		o.Registry = prometheus.NewRegistry()
	}
	a := &api{Options: o, Metrics: newMetrics(o), columns: newColumns(), mux: http.NewServeMux()}
	doc := httpx.NewAPI(a.mux, "London Fire Brigade attendance times", about)
	a.registerPredict(doc)
	a.registerLegacy(doc)
	a.registerModel(doc)
	a.registerLookup(doc)
	own := &routes{mux: a.mux, doc: doc}
	a.registerHealth(own)
	a.registerBatch(own)
	a.registerOIP(own)
	a.registerMLflow(own)
	return a
}

const about = "When will the first fire engine be there? Attendance time is mobilisation to arrival; response time is call to " +
	"arrival. Every answer is conditional on an arrival within 20 minutes, as later ones are not published. " +
	"Not validated for operational dispatch."

// tables is the path whose bodies may have MaxTable bytes.
const tables = "/v1/predictions:batch"

// bounded bounds the bodies of all other paths.
func bounded(h http.Handler, most int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != tables {
			r.Body = http.MaxBytesReader(w, r.Body, most)
		}
		h.ServeHTTP(w, r)
	})
}

// open says which paths need no account: health, metrics and documentation.
func open(r *http.Request) bool {
	switch r.URL.Path {
	case "/livez", "/readyz", "/metrics", "/v2/health/live", "/v2/health/ready", "/ping", "/health", "/version":
		return true
	}
	return httpx.IsDoc(r.URL.Path)
}

// account is the name of who asks.
func account(ctx context.Context) string { return httpx.Who(ctx).Name }
