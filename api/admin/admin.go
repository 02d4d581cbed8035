package admin

import (
	"context"
	"net/http"

	"go.uber.org/zap"

	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// Store is what the admin API reads.
type Store interface {
	registry.Runs
	registry.Ledger
}

// Blobs is where reports are.
type Blobs interface {
	ReadAll(ctx context.Context, ref lfb.Ref) ([]byte, error)
}

// Options are what the API is built from.
type Options struct {
	Store      Store
	Blobs      Blobs
	Auth       *httpx.Auth
	MaxBody    int64
	Log        *zap.Logger
	TemporalUI string
	Namespace  string
}

type api struct{ Options }

// New builds the listener's handler.
func New(o Options) http.Handler {
	a := &api{o}
	mux := http.NewServeMux()
	doc := httpx.NewAPI(mux, "London Fire Brigade attendance times: administration", "Runs, models and what serves.")
	a.registerRuns(doc)
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("live\n")) // the prober may be gone
	})
	return httpx.Wrap(o.Auth.Require(registry.RoleAnalyst, open, mux), o.MaxBody, o.Log)
}

func open(r *http.Request) bool {
	return r.URL.Path == "/livez" || httpx.IsDoc(r.URL.Path)
}
