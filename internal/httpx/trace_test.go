package httpx

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/zap"
)

func TestRequestIDs(t *testing.T) {
	t.Parallel()
	const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	tests := []struct {
		name, id, parent string
		want             string // empty: a new one
		back             string
	}{
		{name: "none"},
		{name: "the client's", id: "call-7", want: "call-7"},
		{name: "a trace's", parent: parent, want: "4bf92f3577b34da6a3ce929d0e0e4736", back: parent},
		{name: "both", id: "call-7", parent: parent, want: "call-7", back: parent},
		{name: "one that breaks lines", id: "a\nb"},
		{name: "one too long", id: strings.Repeat("x", 129)},
		{name: "a trace of zeros", parent: "00-00000000000000000000000000000000-00f067aa0ba902b7-01"},
		{name: "a trace in capitals", parent: strings.ToUpper(parent)},
		{name: "half a trace", parent: parent[:54]},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set(RequestIDHeader, tt.id)
			r.Header.Set("traceparent", tt.parent)
			w := httptest.NewRecorder()
			Wrap(http.NotFoundHandler(), 1, zap.NewNop()).ServeHTTP(w, r)
			got, back := w.Header().Get(RequestIDHeader), w.Header().Get("traceparent")
			if tt.want != "" && got != tt.want || tt.want == "" && len(got) != 32 || back != tt.back {
				t.Errorf("X-Request-Id %q, traceparent %q, want %q, %q", got, back, tt.want, tt.back)
			}
		})
	}
}
