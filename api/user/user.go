package user

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
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
	MaxBody  int64
	Log      *zap.Logger
	Now      func() time.Time
	// Metrics serves /metrics.
	Metrics http.Handler
	// Pending is how many bytes of predictions wait to be shipped.
	Pending func() (int64, error)
}

// API is the handlers over their parts.
type api struct{ Options }

// New builds the listener's handler.
func New(o Options) http.Handler {
	a := &api{o}
	mux := http.NewServeMux()
	doc := httpx.NewAPI(mux, "London Fire Brigade attendance times", about)
	a.registerPredict(doc)
	a.registerLegacy(doc)
	a.registerModel(doc)
	a.registerHealth(mux)
	if o.Metrics != nil {
		mux.Handle("GET /metrics", o.Metrics)
	}
	return httpx.Wrap(o.Auth.Require(registry.RoleOperator, open, mux), o.MaxBody, o.Log)
}

const about = "When will the first fire engine be there? Attendance time is mobilisation to arrival; response time is call to " +
	"arrival. Every answer is conditional on an arrival within 20 minutes, as later ones are not published. " +
	"Not validated for operational dispatch."

// open says which paths need no account: health, metrics and documentation.
func open(r *http.Request) bool {
	switch p := r.URL.Path; p {
	case "/livez", "/readyz", "/metrics", "/docs":
		return true
	default:
		return strings.HasPrefix(p, "/openapi") || strings.HasPrefix(p, "/schemas/")
	}
}

// basic marks an operation as needing an account, for the document.
func basic(op huma.Operation) huma.Operation {
	op.Security = []map[string][]string{{"basic": {}}}
	return op
}

// account is the name of who asks.
func account(ctx context.Context) string { return httpx.Who(ctx).Name }
