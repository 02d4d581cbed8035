package httpx

import (
	"net/http"

	"go.uber.org/zap"
)

// Wrap puts what every listener has around h: a panic becomes a 500 and a log
// entry, bodies are bounded, browsers are told to be
// careful, and what another site makes a browser send is refused.
func Wrap(h http.Handler, maxBody int64, log *zap.Logger) http.Handler {
	h = sameOrigin(h)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if v == http.ErrAbortHandler { //nolint:errorlint // a panic's value; the server compares it like this too
				panic(v) // the server's own way of dropping a connection
			}
			log.Error("handler panicked", zap.Any("panic", v), zap.String("path", r.URL.Path), zap.StackSkip("stack", 2))
			WriteProblem(w, Problem{Status: http.StatusInternalServerError, Detail: "something went wrong here; the log has it"})
		}()
		hd := w.Header()
		hd.Set("X-Content-Type-Options", "nosniff")
		hd.Set("X-Frame-Options", "DENY")
		hd.Set("Referrer-Policy", "no-referrer")
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		h.ServeHTTP(w, r)
	})
}

// sameOrigin refuses changes that a page of another site makes a browser send:
// the browser would add the password by itself. Other clients are let through.
func sameOrigin(h http.Handler) http.Handler {
	p := http.NewCrossOriginProtection()
	p.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		WriteProblem(w, Problem{Status: http.StatusForbidden, Detail: "a page of another site may not do this"})
	}))
	return p.Handler(h)
}
