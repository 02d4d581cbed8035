package httpx

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// failing is a listener whose routes fail in every way that there is, and its log.
func failing(t *testing.T) (http.Handler, *observer.ObservedLogs) {
	t.Helper()
	mux := http.NewServeMux()
	doc := NewAPI(mux, "test", "")
	secret := errors.New("dial tcp 10.0.0.7: no such table")
	huma.Get(doc, "/huma/{id}", func(context.Context, *struct {
		ID string `path:"id"`
	},
	) (*struct{}, error) {
		return nil, Err(fmt.Errorf("%w: %w", secret, lfb.ErrUnavailable))
	})
	huma.Get(doc, "/untranslated", func(context.Context, *struct{}) (*struct{}, error) { return nil, secret })
	mux.HandleFunc("GET /plain", func(w http.ResponseWriter, _ *http.Request) { Fail(w, secret) })
	mux.HandleFunc("GET /page", func(w http.ResponseWriter, r *http.Request) {
		NoteCause(r.Context(), secret)
		w.WriteHeader(http.StatusInternalServerError)
	})
	mux.HandleFunc("GET /panic", func(http.ResponseWriter, *http.Request) { panic(secret) })
	mux.HandleFunc("GET /fine", func(w http.ResponseWriter, _ *http.Request) { Fail(w, lfb.ErrNotFound) })
	core, logs := observer.New(zap.InfoLevel)
	named := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		serveAs(w, r, Identity{Name: "ann", Role: registry.RoleOperator}, registry.RoleOperator, mux)
	})
	return Wrap(named, 1<<20, zap.New(core)), logs
}

// TestFailuresAreLoggedOnce: whichever way a route fails, one line says which request it
// was, of whom, and why, and the answer names the request and nothing of the cause.
func TestFailuresAreLoggedOnce(t *testing.T) {
	t.Parallel()
	h, logs := failing(t)
	for _, tt := range []struct {
		path, route string
		status      int
		level       zapcore.Level
	}{
		{"/huma/7", "GET /huma/{id}", 503, zap.WarnLevel},
		{"/untranslated", "GET /untranslated", 500, zap.ErrorLevel},
		{"/plain", "GET /plain", 500, zap.ErrorLevel},
		{"/page", "GET /page", 500, zap.ErrorLevel},
		{"/panic", "GET /panic", 500, zap.ErrorLevel},
		{"/fine", "", 404, 0},
	} {
		logs.TakeAll()
		r, w := httptest.NewRequest("GET", tt.path, nil), httptest.NewRecorder()
		r.Header.Set(RequestIDHeader, "call-7")
		h.ServeHTTP(w, r)
		var p Problem
		if w.Code != tt.status || w.Header().Get(RequestIDHeader) != "call-7" ||
			strings.Contains(w.Body.String(), "10.0.0.7") {
			t.Errorf("%s = %d %s, want %d and nothing of the cause", tt.path, w.Code, w.Body, tt.status)
		}
		if err := json.Unmarshal(w.Body.Bytes(), &p); tt.path != "/page" && (err != nil || p.RequestID != "call-7") {
			t.Errorf("%s: problem %s, want the request's id", tt.path, w.Body)
		}
		lines := logs.All()
		if tt.route == "" {
			if len(lines) != 0 {
				t.Errorf("%s is logged: %v", tt.path, lines)
			}
			continue
		}
		if len(lines) != 1 || lines[0].Level != tt.level {
			t.Errorf("%s: %d lines, want one of level %s: %v", tt.path, len(lines), tt.level, lines)
			continue
		}
		said := lines[0].ContextMap()
		cause := fmt.Sprint(said["err"], said["error"], said["panic"])
		if said["request_id"] != "call-7" || said["account"] != "ann" || said["route"] != tt.route ||
			!strings.Contains(cause, "10.0.0.7") {
			t.Errorf("%s: %v, want request, account, route and cause", tt.path, said)
		}
	}
}

func TestOddTextIsRefusedAtTheDoor(t *testing.T) {
	t.Parallel()
	h := Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }), 1, zap.NewNop())
	for target, want := range map[string]int{
		"/v1/runs/%ff": 404, "/v1/runs/a%0ab": 404, "/v1/runs/%C2%94": 404, "/v1/runs/A%05": 404, "/v1/runs/a%09b": 404,
		"/v1/runs/" + strings.Repeat("x", maxPath): 404, "/v1/runs/caf%C3%A9": 204, "/v1/runs/promote%20l%20v2": 204,
		"/v1/runs?line=%ff": 422, "/v1/runs?after=a%0ab": 422, "/v1/runs?%00=1": 422, "/v1/runs?line=%zz": 422,
		"/v1/runs?line=" + strings.Repeat("x", maxValue+1): 422, "/answer?place=SE10%099NF+caf%C3%A9": 204,
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", target, nil))
		if w.Code != want || want != 204 && w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%.40s = %d %s, want %d as a problem", target, w.Code, w.Body, want)
		}
	}
}

// TestWhatHangsIsA503: a request waits for what it needs so long and no longer, unless
// it is a stream, which ends when its client is gone.
func TestWhatHangsIsA503(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		wait := func(w http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			Fail(w, fmt.Errorf("select: %w", r.Context().Err()))
		}
		w := httptest.NewRecorder()
		Wrap(http.HandlerFunc(wait), 1, zap.NewNop()).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		if took := time.Since(began); w.Code != 503 || took > 5*time.Second {
			t.Errorf("what hangs = %d after %v, want 503 within 5 s", w.Code, took)
		}
		ctx, leave := context.WithCancel(t.Context())
		time.AfterFunc(time.Hour, leave)
		began = time.Now()
		stream := func(w http.ResponseWriter, r *http.Request) {
			who := context.WithValue(r.Context(), identityKey{}, Identity{Name: "ann"})
			r = Stream(w, r.WithContext(who))
			if Who(r.Context()).Name != "ann" {
				t.Error("a stream's request has lost who it is from")
			}
			<-r.Context().Done()
		}
		Wrap(http.HandlerFunc(stream), 1, zap.NewNop()).ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx,
			"GET", "/", nil))
		if took := time.Since(began); took != time.Hour {
			t.Errorf("a stream ended after %v, want when its client is gone", took)
		}
	})
}
