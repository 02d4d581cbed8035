package user

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"lfb/internal/httpx"
	"lfb/internal/registry"
	"lfb/internal/serve"
)

// Options are what the API is built from.
type Options struct {
	Champion  *serve.Champion
	Predictor *serve.Predictor
	Auth      *httpx.Auth
	Limit     *httpx.Limiter // nil: none
	MaxBody   int64
	MaxTable  int64 // the largest table, in bytes; 0: as MaxBody
	Log       *zap.Logger
	Now       func() time.Time
	// Registry is where the metrics are registered and what /metrics shows; one of
	// its own where nil.
	Registry *prometheus.Registry
	// Backlog is how many bytes of predictions wait to be shipped, and since when the
	// oldest does; nil: not known. Readiness is degraded once it waits for MaxSpoolAge,
	// where that is not 0.
	Backlog     func() (bytes int64, oldest time.Time, err error)
	MaxSpoolAge time.Duration
	// Refused counts the answers that the log refused; nil: not known.
	Refused *serve.RefusedLog
	// Places finds what callers name; nil: nothing does.
	Places *serve.Places
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
	mux     *http.ServeMux
}

// New builds the listener's handler.
func New(o Options) http.Handler {
	o.MaxTable = max(o.MaxTable, o.MaxBody)
	h := o.Limit.Around(limitBodies(httpx.Compress(newMux(o)), o.MaxBody))
	h = o.Auth.Require(registry.RoleOperator, isOpen, httpx.RefuseOneTime(h))
	return translateProblems(httpx.Wrap(h, o.MaxTable, o.Log))
}

// newMux makes the handlers and registers them.
func newMux(o Options) *http.ServeMux {
	if o.Registry == nil {
		o.Registry = prometheus.NewRegistry()
	}
	a := &api{Options: o, Metrics: newMetrics(o), mux: http.NewServeMux()}
	doc := httpx.NewAPI(
		a.mux, "London Fire Brigade attendance times", about,
		&huma.Tag{Name: predictTags[0], Description: "When will the first fire engine be there? One call, many, or a " +
			"table, and what was answered."},
		&huma.Tag{Name: placeTags[0], Description: "Which place does a caller mean?"},
		&huma.Tag{Name: "Model", Description: "Which model answers, and how good it is."},
		&huma.Tag{Name: "Open Inference Protocol", Description: "The same for clients of KServe and Triton."},
		&huma.Tag{Name: "The original's", Description: "The routes of the system that this one replaces."},
		&huma.Tag{Name: "Health", Description: "For probes and Prometheus; nobody need sign in."},
	)
	a.registerPredict(doc)
	a.registerTable(doc)
	a.registerLookup(doc)
	a.registerPlaces(doc)
	a.registerModel(doc)
	a.registerOIP(doc)
	a.registerInstances(doc)
	a.registerLegacy(doc)
	a.registerHealth(doc)
	httpx.CompleteDocument(doc)
	for _, path := range []string{"/invocations", "/ping", "/health", "/version"} {
		a.mux.HandleFunc(path, refuseScoring)
	}
	return a.mux
}

// handle registers what huma has no form for, with its entry in the document.
func (a *api) handle(doc huma.API, op huma.Operation, h http.HandlerFunc) {
	a.mux.HandleFunc(op.Method+" "+op.Path, httpx.CheckQuery(&op, h))
	doc.OpenAPI().AddOperation(&op)
}

// refuseScoring answers on the paths of MLflow's scoring server, which this was too.
func refuseScoring(w http.ResponseWriter, _ *http.Request) {
	refuse(w, http.StatusNotFound, "MLflow's scoring protocol is not spoken here: send CSV to "+tablePath+
		" or tensors to /v2/models/{model}/infer, or have MLflow serve the model that is exported to it; health is at "+
		"/readyz")
}

// predictTags group what is asked most.
var predictTags = []string{"Predictions"}

const about = "When will the first fire engine be there? Attendance time is mobilisation to arrival; response time " +
	"is call to " +
	"arrival. Every answer is conditional on an arrival within 20 minutes, as later ones are not published. " +
	"Not validated for operational dispatch."

// limitBodies bounds the bodies of all paths but that of tables.
func limitBodies(h http.Handler, most int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != tablePath {
			r.Body = http.MaxBytesReader(w, r.Body, most)
		}
		h.ServeHTTP(w, r)
	})
}

// isOpen says which paths need no account: health, metrics and documentation.
func isOpen(r *http.Request) bool {
	switch r.URL.Path {
	case "/livez", "/readyz", "/metrics", "/v2/health/live", "/v2/health/ready":
		return true
	}
	return httpx.IsDoc(r.URL.Path)
}

// accountName is who asks.
func accountName(ctx context.Context) string { return httpx.Who(ctx).Name }
