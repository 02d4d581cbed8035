package web

import (
	"embed"
	"html/template"
	"net/http"
	"time"

	"go.uber.org/zap"

	"lfb/internal/httpx"
	"lfb/internal/registry"
	"lfb/internal/serve"
)

//go:embed *.html
var pages embed.FS

// Store is what the pages read.
type Store interface {
	registry.Runs
	registry.Ledger
}

// Options are what the UI is built from.
type Options struct {
	Store      Store
	Champion   *serve.Champion
	Auth       *httpx.Auth
	MaxBody    int64
	Log        *zap.Logger
	TemporalUI string
}

type ui struct {
	Options
	home *template.Template
}

// New builds the listener's handler.
func New(o Options) http.Handler {
	u := &ui{Options: o, home: template.Must(template.New("home.html").Funcs(template.FuncMap{
		"date": func(t time.Time) string { return t.Format("2 Jan 2006 15:04") },
	}).ParseFS(pages, "home.html"))}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", u.homePage)
	return httpx.Wrap(o.Auth.Require(registry.RoleOperator, nil, mux), o.MaxBody, o.Log)
}

// homePage shows what serves and the last runs.
func (u *ui) homePage(w http.ResponseWriter, r *http.Request) {
	runs, err := u.Store.ListRuns(r.Context(), registry.Query{Limit: 20})
	if err != nil {
		httpx.Fail(w, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	err = u.home.Execute(w, map[string]any{"Model": u.Champion.Now(), "Runs": runs, "UI": u.TemporalUI})
	if err != nil {
		u.Log.Warn("page not written", zap.Error(err))
	}
}
