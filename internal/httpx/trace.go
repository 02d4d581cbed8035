package httpx

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"regexp"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// RequestIDHeader names a request, in its answer and for whoever asks about it.
const RequestIDHeader = "X-Request-Id"

// traceParent is the W3C's header by which a caller says of which trace a
// request is part.
const traceParent = "Traceparent"

// requestID is a client's id that is short and plain enough to be given back and
// logged.
var requestID = regexp.MustCompile(`^[-A-Za-z0-9_.:]{1,128}$`)

// setRequestID gives an answer the header X-Request-Id: the client's own, the trace that
// traceparent names, or a new one. A traceparent comes back as it is.
func setRequestID(w http.ResponseWriter, r *http.Request) {
	id := r.Header.Get(RequestIDHeader)
	if span := callersSpan(r); span.IsValid() {
		w.Header().Set(traceParent, r.Header.Get(traceParent))
		if id == "" {
			id = span.TraceID().String()
		}
	}
	if !requestID.MatchString(id) {
		var b [16]byte
		rand.Read(b[:]) // never fails
		id = fmt.Sprintf("%x", b)
	}
	r.Header.Set(RequestIDHeader, id) // for handlers
	w.Header().Set(RequestIDHeader, id)
}

// callersSpan is what the request's traceparent names, whatever span of our own it
// is in by now.
func callersSpan(r *http.Request) trace.SpanContext {
	none := trace.ContextWithSpanContext(r.Context(), trace.SpanContext{})
	return trace.SpanContextFromContext(propagation.TraceContext{}.Extract(none, propagation.HeaderCarrier(r.Header)))
}
