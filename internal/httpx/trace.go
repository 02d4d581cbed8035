package httpx

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
)

// RequestIDHeader names a request, in its answer and for whoever asks about it.
const RequestIDHeader = "X-Request-Id"

// traceParent is the W3C's header by which a caller says of which trace a
// request is part.
const traceParent = "Traceparent"

// Identified gives every answer the header X-Request-Id: the client's own, the
// trace that traceparent names, or a new one. A traceparent comes back as it is.
//
// Source: W3C, Trace Context, level 1, section 3.2.
func Identified(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(RequestIDHeader)
		if parent := r.Header.Get(traceParent); isTraceParent(parent) {
			w.Header().Set(traceParent, parent)
			if id == "" {
				id = parent[3:35]
			}
		}
		if !isRequestID(id) {
			id = newRequestID()
		}
		r.Header.Set(RequestIDHeader, id) // for handlers
		w.Header().Set(RequestIDHeader, id)
		h.ServeHTTP(w, r)
	})
}

func newRequestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // does not fail: it would end the process
	return hex.EncodeToString(b[:])
}

// isRequestID says whether a client's id is short and plain enough to be given
// back and logged.
func isRequestID(s string) bool {
	if s == "" || len(s) > 128 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '.' || c == ':') {
			return false
		}
	}
	return true
}

// isTraceParent checks version 00: 00-<32 hex>-<16 hex>-<2 hex>, neither id all
// zeros.
func isTraceParent(s string) bool {
	if len(s) != 55 || s[:3] != "00-" || s[35] != '-' || s[52] != '-' {
		return false
	}
	return isHexID(s[3:35], true) && isHexID(s[36:52], true) && isHexID(s[53:], false)
}

func isHexID(s string, used bool) bool {
	zeros := true
	for i := range len(s) {
		c := s[i]
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f') {
			return false
		}
		zeros = zeros && c == '0'
	}
	return !used || !zeros
}
