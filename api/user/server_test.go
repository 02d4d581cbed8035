package user_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"lfb/api/user"
	"lfb/internal/auth"
	"lfb/internal/bundle"
	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/internal/serve"
	"lfb/internal/serve/servetest"
	"lfb/internal/spool"
)

// clock is when all questions are asked.
var clock = time.Date(2017, 3, 8, 14, 25, 0, 0, lfb.London)

// fixture is what costs time, made once: a champion and the hash of a password.
var fixture struct {
	sync.Once
	bundle *bundle.Bundle
	hash   string
}

func champion(t testing.TB) *bundle.Bundle {
	t.Helper()
	fixture.Do(func() {
		fixture.bundle = servetest.Fit(t, servetest.Options{})
		var err error
		if fixture.hash, err = auth.HashPassword("secret"); err != nil {
			t.Fatal(err)
		}
	})
	return fixture.bundle
}

// site is the user API over a world in memory.
type site struct {
	handler  http.Handler
	world    *servetest.World
	champion *serve.Champion
	places   *serve.Places
	spool    *spool.Spool
	bundle   *bundle.Bundle
	auth     *httpx.Auth
	dir      string
	spooled  string // the spool's folder
}

// newSite has the accounts ann (operator) and olga (analyst), password secret.
func newSite(t testing.TB, b *bundle.Bundle) *site {
	t.Helper()
	champion(t)
	s := &site{world: servetest.NewWorld(), bundle: b}
	for name, role := range map[string]registry.Role{
		"ann": registry.RoleOperator, "bob": registry.RoleOperator,
		"olga": registry.RoleAnalyst, "none": "guest",
	} {
		if err := s.world.SaveAccount(context.Background(), registry.Account{
			Name: name, Role: role,
			PasswordHash: fixture.hash,
		}); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	s.spooled = t.TempDir()
	if s.spool, err = spool.Open(s.spooled, serve.Ship(s.world), nil, zap.NewNop()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.spool.Close() }) // the folder goes too
	s.dir, s.auth = t.TempDir(), httpx.NewAuth(s.world)
	s.restart()
	if b != nil {
		s.world.Promote(t, s.world.Store(t, lfb.Real.Line(), b))
	}
	if err := s.champion.Refresh(context.Background()); err != nil {
		t.Fatal(err)
	}
	return s
}

// restart is a new process over the same folder; who signed in before stays.
func (s *site) restart() {
	now := func() time.Time { return clock }
	s.champion = serve.NewChampion(s.world, s.world.Blobs, s.dir, time.Second, zap.NewNop())
	s.places = serve.NewPlaces(s.world, s.world.Blobs, s.champion, filepath.Join(s.dir, "places"), zap.NewNop())
	predictor := serve.NewPredictor(s.champion, s.spool, now)
	predictor.Places = s.places
	s.handler = user.New(user.Options{
		Champion: s.champion, Predictor: predictor, Places: s.places, Auth: s.auth,
		MaxBody: 1 << 20, Log: zap.NewNop(), Now: now, Backlog: s.spool.Backlog, MaxSpoolAge: 5 * time.Minute,
		Predictions: s.world,
	})
}

// do sends a request as ann unless the headers say otherwise.
func (s *site) do(method, path, body string, header map[string]string) *http.Response {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	r.SetBasicAuth("ann", "secret")
	for k, v := range header {
		if r.Header.Set(k, v); v == "" {
			r.Header.Del(k)
		}
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w.Result()
}

func text(t testing.TB, r *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
