package web

import (
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/http"

	"lfb/internal/geo/london"
)

//go:embed static/*
var staticFiles embed.FS

// assets serves the embedded styles, scripts and base map under names that hold their
// hash, so that browsers may keep them for ever.
type assets struct {
	prefix string // of their addresses
	files  http.Handler
}

func newAssets() *assets {
	hash := sha256.New()
	names, err := fs.Glob(staticFiles, "static/*")
	for _, name := range names {
		body, bad := staticFiles.ReadFile(name)
		err = errors.Join(err, bad)
		hash.Write(body)
	}
	hash.Write(london.BaseMap)
	files, bad := fs.Sub(staticFiles, "static")
	if err = errors.Join(err, bad); err != nil {
		panic(err) // the files are in the binary
	}
	prefix := fmt.Sprintf("/static/%x/", hash.Sum(nil)[:4])
	mux := http.NewServeMux()
	mux.Handle(prefix, http.StripPrefix(prefix, http.FileServerFS(files)))
	mux.HandleFunc(prefix+"london.svg", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/svg+xml")
		_, _ = w.Write(london.BaseMap) // the reader may be gone
	})
	return &assets{prefix, mux}
}

// addressOf is the address of a file.
func (a *assets) addressOf(file string) string { return a.prefix + file }

// ServeHTTP serves one asset.
func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	a.files.ServeHTTP(w, r)
}
