package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"time"
)

//go:embed static/*
var staticFiles embed.FS

// assets serves the embedded styles and script under names that hold their
// hash, so that browsers may keep them for ever.
type assets struct {
	paths  map[string]string // file name to address
	bodies map[string][]byte // address to content
}

func newAssets() *assets {
	a := &assets{paths: map[string]string{}, bodies: map[string][]byte{}}
	names, err := fs.Glob(staticFiles, "static/*")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	for _, name := range names {
		body, err := staticFiles.ReadFile(name)
		if err != nil {
			panic(err) // the file is in the binary
		}
		sum := sha256.Sum256(body)
		file := path.Base(name)
		address := "/static/" + hex.EncodeToString(sum[:4]) + "/" + file
		a.paths[file], a.bodies[address] = address, body
	}
	return a
}

// path is the address of a file; empty where there is none.
func (a *assets) path(file string) string { return a.paths[file] }

// ServeHTTP serves one asset.
func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, ok := a.bodies[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(r.URL.Path)))
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}
