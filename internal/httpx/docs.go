package httpx

import (
	_ "embed" // the page of /docs
	"net/http"
)

//go:embed docs.html
var docsPage []byte

// docs serves the page that reads /openapi.json and lets a person try it.
func docs(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'self'; script-src 'unsafe-inline'; style-src 'unsafe-inline'")
	_, _ = w.Write(docsPage) // the client may be gone
}
