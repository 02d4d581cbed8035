package httpx

import (
	"net/http"
	"time"

	"go.uber.org/zap"
)

// Wrap puts what every listener has around h: a panic becomes a 500 and a log
// entry, bodies are bounded, browsers are told to be careful and to keep
// nothing, and what another site makes a browser send is refused.
func Wrap(h http.Handler, maxBody int64, log *zap.Logger) http.Handler {
	h = sameOrigin(h)
	secure := careful()
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
		for name, values := range secure {
			hd[name] = values
		}
		if r.TLS != nil {
			hd.Set("Strict-Transport-Security", "max-age=31536000")
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		h.ServeHTTP(w, r)
	})
}

// careful is the headers of every answer; a handler may set others. Their slices
// are shared, which is cheap where it is hot, and full, so that nothing is added
// to them in place.
func careful() http.Header {
	return http.Header{
		"X-Content-Type-Options":       {"nosniff"},
		"X-Frame-Options":              {"DENY"},
		"Referrer-Policy":              {"no-referrer"},
		"Content-Security-Policy":      {"default-src 'none'; frame-ancestors 'none'"},
		"Cross-Origin-Resource-Policy": {"same-origin"},
		"Cache-Control":                {"no-store"},
	}
}

// Stream takes the time limits off a request whose body or answer goes on for
// long. Whatever calls it must end by itself when its peer is gone.
func Stream(w http.ResponseWriter) {
	c := http.NewResponseController(w)
	_ = c.SetReadDeadline(time.Time{})  // a recorder in a test has none
	_ = c.SetWriteDeadline(time.Time{}) // likewise
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
