package httpx

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"lfb/internal/registry"
)

func TestLimiter(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	l := NewLimiter(2, d.now)
	h := d.auth.Require(registry.RoleOperator, func(r *http.Request) bool { return r.URL.Path == "/livez" },
		l.Around(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
	ask := func(path string, as func(*http.Request)) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", path, nil)
		as(r)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	password := func(name string) func(*http.Request) {
		return func(r *http.Request) { r.SetBasicAuth(name, "secret") }
	}
	key := func(r *http.Request) { r.Header.Set("Authorization", "Bearer k-ann") }
	want := func(status int, path string, as func(*http.Request)) *httptest.ResponseRecorder {
		t.Helper()
		w := ask(path, as)
		if w.Code != status {
			t.Fatalf("GET %s = %d, want %d", path, w.Code, status)
		}
		return w
	}
	for range 4 {
		want(200, "/", password("ann"))
	}
	if w := want(429, "/", password("ann")); w.Header().Get("Retry-After") != "1" ||
		w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("refusal = %v %s", w.Header(), w.Body)
	}
	want(200, "/", password("root")) // another account
	for range 4 {
		want(200, "/", key) // its key counts for itself
	}
	want(429, "/", key)
	for range 10 {
		want(200, "/livez", func(*http.Request) {}) // nobody's
	}
	d.wait(500 * time.Millisecond)
	want(200, "/", password("ann"))
	want(429, "/", password("ann"))
	d.wait(time.Hour)
	for range 4 {
		want(200, "/", password("ann"))
	}
	want(429, "/", password("ann"))
}

func TestLimiterSlow(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	l := NewLimiter(0.1, func() time.Time { return now })
	ann := Identity{Name: "ann"}
	if wait := l.reserve(ann); wait != 0 {
		t.Fatalf("first = wait %v", wait)
	}
	if wait := l.reserve(ann); wait < 9*time.Second || wait > 10*time.Second {
		t.Errorf("second = wait %v, want ten seconds", wait)
	}
}

func TestLimiterOff(t *testing.T) {
	t.Parallel()
	served := 0
	h := NewLimiter(0, time.Now).Around(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { served++ }))
	for range 1000 {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	}
	if served != 1000 {
		t.Errorf("served %s of 1000 without a limit", strconv.Itoa(served))
	}
}

// BenchmarkRequire is what being known and within the limit costs a request.
func BenchmarkRequire(b *testing.B) {
	for name, perSecond := range map[string]float64{"unlimited": 0, "limited": 1e9} {
		b.Run(name, func(b *testing.B) {
			d := newDoor(b)
			d.auth.now = time.Now
			next := NewLimiter(perSecond, time.Now).Around(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
			h := d.auth.Require(registry.RoleOperator, nil, next)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				r := httptest.NewRequestWithContext(context.Background(), "GET", "/", nil)
				r.Header.Set("Authorization", "Bearer k-ann")
				w := httptest.NewRecorder()
				for pb.Next() {
					h.ServeHTTP(w, r)
				}
			})
		})
	}
}
