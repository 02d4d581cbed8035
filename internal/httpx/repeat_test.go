package httpx

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// ledge is requests in memory.
type ledge struct {
	mu   sync.Mutex
	down bool
	by   map[string]registry.Request
}

func (l *ledge) BeginRequest(_ context.Context, r registry.Request) (registry.Request, bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.down {
		return r, false, fmt.Errorf("database: %w", lfb.ErrUnavailable)
	}
	there, ok := l.by[r.KeyHash]
	if !ok {
		l.by[r.KeyHash], there = r, r
	}
	return there, !ok, nil
}

func (l *ledge) EndRequest(_ context.Context, r registry.Request) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.by[r.KeyHash] = r
	return nil
}

func (l *ledge) DropRequest(_ context.Context, r registry.Request) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.by, r.KeyHash)
	return nil
}

// counter answers with how often it was asked, or as the path says.
type counter struct {
	n    int
	hold chan struct{} // a request to /hold says so here, and waits
}

func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.n++
	body, _ := io.ReadAll(r.Body)
	switch r.URL.Path {
	case "/hold":
		c.hold <- struct{}{}
		<-c.hold
	case "/panic":
		panic("on purpose")
	case "/down":
		Fail(w, lfb.ErrUnavailable)
		return
	case "/bad":
		Fail(w, lfb.ErrInvalid)
		return
	}
	w.Header().Set("ETag", `"7"`)
	w.Header().Set("X-Other", "x")
	w.WriteHeader(http.StatusCreated)
	_, _ = fmt.Fprintf(w, "secret %d %s", c.n, body)
}

type post struct {
	as, path, key, body, match string
}

func TestRepeater(t *testing.T) {
	t.Parallel()
	const plain = "8e03978e-40d5-43dd-bc93-6894a57f9324"
	again := post{"ann", "/", plain, "x", ""}
	tests := []struct {
		name    string
		first   post
		second  post
		status  int
		worked  int // how often the handler was reached
		replays bool
	}{
		{"again", again, again, 201, 1, true},
		{"quoted is the same", again, post{"ann", "/", `"` + plain + `"`, "x", ""}, 201, 1, true},
		{"another body", again, post{"ann", "/", plain, "y", ""}, 422, 1, false},
		{"another path", again, post{"ann", "/other", plain, "x", ""}, 422, 1, false},
		{"another revision", again, post{"ann", "/", plain, "x", `"3"`}, 422, 1, false},
		{"another key", again, post{"ann", "/", "k2", "x", ""}, 201, 2, false},
		{"another account", again, post{"root", "/", plain, "x", ""}, 201, 2, false},
		{"without a key", again, post{"ann", "/", "", "x", ""}, 201, 2, false},
		{"what was refused is kept", post{"ann", "/bad", plain, "x", ""}, post{"ann", "/bad", plain, "x", ""}, 422, 1, true},
		{"what went wrong here is not", post{"ann", "/down", plain, "x", ""}, post{"ann", "/down", plain, "x", ""}, 503, 2, false},
		{"nor a panic", post{"ann", "/panic", plain, "x", ""}, post{"ann", "/panic", plain, "x", ""}, 500, 2, false},
		{"empty", again, post{"ann", "/", `""`, "x", ""}, 400, 1, false},
		{"not ASCII", again, post{"ann", "/", "schlüssel", "x", ""}, 400, 1, false},
		{"too long", again, post{"ann", "/", strings.Repeat("k", 256), "x", ""}, 400, 1, false},
		{"a quote inside", again, post{"ann", "/", `a"b`, "x", ""}, 400, 1, false},
		{"a body too large", again, post{"ann", "/", "k3", strings.Repeat("x", 2000), ""}, 413, 1, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d, c, l := newDoor(t), &counter{}, &ledge{by: map[string]registry.Request{}}
			h := repeating(d, c, l)
			one, body := send(h, tt.first)
			two, got := send(h, tt.second)
			if two.StatusCode != tt.status || c.n != tt.worked || (two.Header.Get(replayedHeader) != "") != tt.replays {
				t.Fatalf("second = %d %s, handler reached %d times, header %v; want %d, %d", two.StatusCode, got, c.n, two.Header, tt.status, tt.worked)
			}
			if tt.replays && (got != body || two.Header.Get("ETag") != one.Header.Get("ETag") || two.Header.Get("Content-Type") != one.Header.Get("Content-Type")) {
				t.Errorf("second = %q %v, want it as the first %q %v", got, two.Header, body, one.Header)
			}
			for _, r := range l.by {
				if s := fmt.Sprint(r); strings.Contains(s, "secret") || strings.Contains(s, plain) {
					t.Errorf("kept = %s, want neither key nor answer to be read", s)
				}
			}
		})
	}
}

func repeating(d *door, c *counter, l *ledge) http.Handler {
	p := Repeater{Store: l, Log: zap.NewNop(), Now: time.Now}
	return Wrap(d.auth.Require(registry.RoleOperator, nil, p.Around(c)), 1000, zap.NewNop())
}

func send(h http.Handler, p post) (*http.Response, string) {
	r := httptest.NewRequest("POST", p.path, strings.NewReader(p.body))
	r.SetBasicAuth(p.as, "secret")
	if p.key != "" {
		r.Header.Set(repeatHeader, p.key)
	}
	if p.match != "" {
		r.Header.Set("If-Match", p.match)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result(), w.Body.String()
}

func TestRepeaterWhileTheFirstIsAtWork(t *testing.T) {
	t.Parallel()
	d, c, l := newDoor(t), &counter{hold: make(chan struct{})}, &ledge{by: map[string]registry.Request{}}
	h := repeating(d, c, l)
	p := post{"ann", "/hold", "k", "x", ""}
	done := make(chan int)
	go func() {
		res, _ := send(h, p)
		done <- res.StatusCode
	}()
	<-c.hold
	if res, _ := send(h, p); res.StatusCode != 409 || res.Header.Get("Retry-After") == "" {
		t.Errorf("second while the first is at work = %d, want 409", res.StatusCode)
	}
	c.hold <- struct{}{}
	if got := <-done; got != 201 {
		t.Errorf("first = %d, want 201", got)
	}
	if res, _ := send(h, p); res.StatusCode != 201 || c.n != 1 {
		t.Errorf("third = %d, handler reached %d times, want the first's answer", res.StatusCode, c.n)
	}
	l.down = true
	if res, _ := send(h, p); res.StatusCode != 503 {
		t.Errorf("with the store away = %d, want 503: nobody can tell whether it was done", res.StatusCode)
	}
}
