package httpx

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"go.uber.org/zap"
)

// answerWithin is how long a request may wait for the database, the object store and
// Temporal together. One that hangs is a 503 by then; Stream takes the limit off.
const answerWithin = 4500 * time.Millisecond

// Wrap puts what every listener has around h: an id in X-Request-Id, bounds of time and
// size, headers that tell browsers to be careful and to keep nothing. Refused are odd
// text in a path or query, and what another site makes a browser send. A panic becomes
// a 500, and every 5xx is logged once, with its cause.
func Wrap(h http.Handler, maxBody int64, log *zap.Logger) http.Handler {
	h = refuseOddText(sameOrigin(h))
	secure := secureHeaders()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hd := w.Header()
		for name, values := range secure {
			hd[name] = values
		}
		if r.TLS != nil {
			hd.Set("Strict-Transport-Security", "max-age=31536000")
		}
		a := &answer{ResponseWriter: w, client: r.Context()}
		ctx, cancel := context.WithTimeout(context.WithValue(r.Context(), answerKey{}, a), answerWithin)
		defer cancel()
		// A copy: the server asks the original's body whether a client still waits for
		// 100 Continue.
		a.request = r.WithContext(ctx)
		setRequestID(w, a.request)
		defer a.end(log)
		if decodeBody(w, a.request, maxBody) {
			h.ServeHTTP(a, a.request)
		}
	})
}

// answer is what is known of a request by the time that its answer is written.
type answer struct {
	http.ResponseWriter
	client  context.Context //nolint:containedctx // over when the client is gone, and no sooner
	request *http.Request   // as the routes got it, which know its pattern
	account string
	status  int
	cause   error // of a 5xx
}

type answerKey struct{}

// answerOf is that of a request which came through Wrap, and one of nothing otherwise.
func answerOf(ctx context.Context) *answer {
	if a, ok := ctx.Value(answerKey{}).(*answer); ok {
		return a
	}
	return &answer{client: ctx}
}

// WriteHeader remembers the status.
func (a *answer) WriteHeader(status int) {
	if status >= http.StatusOK {
		a.status = cmp.Or(a.status, status)
	}
	a.ResponseWriter.WriteHeader(status)
}

// Flush is for what compresses the answer.
func (a *answer) Flush() { _ = http.NewResponseController(a.ResponseWriter).Flush() } // a recorder in a test has none

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// end answers for a handler that panicked, and logs what failed; a client that is gone
// was answered nothing.
func (a *answer) end(log *zap.Logger) {
	v := recover()
	if v == http.ErrAbortHandler { //nolint:errorlint // a panic's value; the server compares it like this too
		panic(v) // the server's own way of dropping a connection
	}
	if v == nil && (a.status < http.StatusInternalServerError || errors.Is(a.client.Err(), context.Canceled)) {
		return
	}
	log = log.With(
		zap.String("request_id", a.Header().Get(RequestIDHeader)), zap.String("account", a.account),
		zap.String("address", Address(a.request)),
		zap.String("route", cmp.Or(a.request.Pattern, a.request.Method)), zap.String("path", a.request.URL.Path),
	)
	switch {
	case v != nil:
		log.Error("handler panicked", zap.Any("panic", v), zap.StackSkip("stack", 2))
		WriteProblem(a, Problem{Status: http.StatusInternalServerError, Detail: "something went wrong here; the log has it"})
	case a.status == http.StatusInternalServerError:
		log.Error("request failed", zap.Int("status", a.status), zap.Error(a.cause))
	default:
		log.Warn("request not answered", zap.Int("status", a.status), zap.Error(a.cause))
	}
}

// NoteCause keeps what the log says of a request that ends in a 5xx; ctx is the
// request's. The first cause counts.
func NoteCause(ctx context.Context, err error) {
	answerOf(ctx).noteCause(err)
}

func (a *answer) noteCause(err error) {
	if a.cause == nil {
		a.cause = err
	}
}

// findAnswer looks for it in what a handler writes to.
func findAnswer(w http.ResponseWriter) (*answer, bool) {
	for {
		switch x := w.(type) {
		case *answer:
			return x, true
		case interface{ Unwrap() http.ResponseWriter }:
			w = x.Unwrap()
		default:
			return nil, false
		}
	}
}

// secureHeaders is the headers of every answer; a handler may set others. Their slices
// are shared, which is cheap where it is hot, and full, so that nothing is added
// to them in place.
func secureHeaders() http.Header {
	return http.Header{
		"X-Content-Type-Options":       {"nosniff"},
		"X-Frame-Options":              {"DENY"},
		"Referrer-Policy":              {"same-origin"},
		"Content-Security-Policy":      {"default-src 'none'; frame-ancestors 'none'"},
		"Cross-Origin-Resource-Policy": {"same-origin"},
		"Cache-Control":                {"no-store"},
	}
}

// Stream takes the time limits off a request whose body or answer goes on for long, and
// gives it back. Whatever calls it must end by itself when its peer is gone.
func Stream(w http.ResponseWriter, r *http.Request) *http.Request {
	c := http.NewResponseController(w)
	_ = c.SetReadDeadline(time.Time{})  // a recorder in a test has none
	_ = c.SetWriteDeadline(time.Time{}) // likewise
	return r.WithContext(Unhurried(r.Context()))
}

// Unhurried is a request's context without the limit on how long it may wait: it ends
// when the client is gone.
func Unhurried(ctx context.Context) context.Context {
	return unhurried{Context: answerOf(ctx).client, request: ctx}
}

type unhurried struct {
	context.Context
	request context.Context //nolint:containedctx // for its values
}

// Value is the request's.
func (u unhurried) Value(key any) any { return u.request.Value(key) }

// sameOrigin refuses changes that a page of another site makes a browser send:
// the browser would add the password by itself. Other clients are let through.
func sameOrigin(h http.Handler) http.Handler {
	p := http.NewCrossOriginProtection()
	p.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		WriteProblem(w, Problem{Status: http.StatusForbidden, Detail: "a page of another site may not do this"})
	}))
	return p.Handler(h)
}
