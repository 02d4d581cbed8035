package httpx

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// drawer is sessions in memory.
type drawer struct {
	mu   sync.Mutex
	down bool
	by   map[string]registry.Session
}

func (d *drawer) err(ok bool) error {
	switch {
	case d.down:
		return fmt.Errorf("database: %w", lfb.ErrUnavailable)
	case !ok:
		return fmt.Errorf("database: %w", lfb.ErrNotFound)
	}
	return nil
}

func (d *drawer) SaveSession(_ context.Context, s registry.Session) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.err(true); err != nil {
		return err
	}
	d.by[s.Hash] = s
	return nil
}

func (d *drawer) Session(_ context.Context, hash string) (registry.Session, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s, ok := d.by[hash]
	return s, d.err(ok)
}

func (d *drawer) TouchSession(_ context.Context, hash string, at time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	s, ok := d.by[hash]
	if ok && !d.down {
		s.SeenAt = at
		d.by[hash] = s
	}
	return d.err(true)
}

func (d *drawer) EndSession(_ context.Context, hash string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.err(true); err != nil {
		return err
	}
	delete(d.by, hash)
	return nil
}

func (d *drawer) all() []registry.Session {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []registry.Session
	for _, s := range d.by {
		out = append(out, s)
	}
	return out
}

// hall is a listener of pages behind a door.
type hall struct {
	*door
	drawer  *drawer
	handler http.Handler
}

func newHall(t *testing.T) *hall {
	t.Helper()
	h := &hall{door: newDoor(t), drawer: &drawer{by: map[string]registry.Session{}}}
	s := NewSessions(h.auth, SessionOptions{Store: h.drawer, Idle: 2 * time.Hour, Max: 12 * time.Hour})
	mux := http.NewServeMux()
	mux.Handle("POST /sign-out", s.SignOutPage())
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprint(w, Who(r.Context()).Name)
	})
	outer := http.NewServeMux()
	outer.Handle("/sign-in", s.SignInPage(func(w http.ResponseWriter, _ *http.Request, f SignInForm) {
		w.WriteHeader(f.Status)
		_, _ = fmt.Fprintf(w, "%s|%s|%s", f.Name, f.To, f.Problem)
	}))
	outer.Handle("/", s.Require(registry.RoleOperator, nil, mux))
	h.handler = Wrap(outer, 1<<20, zap.NewNop())
	return h
}

// browser keeps its cookie.
type browser struct {
	*hall
	cookie  *http.Cookie
	address string
	tls     bool
}

func (b *browser) do(method, target, form string, header ...string) *http.Response {
	scheme := "http://lfb"
	if b.tls {
		scheme = "https://lfb"
	}
	r := httptest.NewRequest(method, scheme+target, strings.NewReader(form))
	r.RemoteAddr = b.address + ":1"
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if b.cookie != nil {
		r.AddCookie(b.cookie)
	}
	for i := 0; i+1 < len(header); i += 2 {
		if r.Header.Set(header[i], header[i+1]); header[i+1] == "" {
			r.Header.Del(header[i])
		}
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if b.cookie = c; c.MaxAge < 0 {
			b.cookie = nil
		}
	}
	return w.Result()
}

func (b *browser) signIn(t *testing.T, name, password string, want int) {
	t.Helper()
	form := url.Values{"name": {name}, "password": {password}, "to": {"/runs?x=1"}}.Encode()
	res := b.do("POST", "/sign-in", form)
	if res.StatusCode != want || want == 303 && res.Header.Get("Location") != "/runs?x=1" {
		t.Fatalf("sign in as %s = %d to %q, want %d", name, res.StatusCode, res.Header.Get("Location"), want)
	}
}

// page reads / and returns who the page is for.
func (b *browser) page(t *testing.T, want int) string {
	t.Helper()
	res := b.do("GET", "/", "")
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != want {
		t.Fatalf("GET / = %d, %v, want %d", res.StatusCode, err, want)
	}
	return string(body)
}

func TestSessionFromSignInToSignOut(t *testing.T) {
	t.Parallel()
	b := &browser{hall: newHall(t), address: "10.0.0.1"}
	if res := b.do("GET", "/runs?x=1", ""); res.StatusCode != 303 ||
		res.Header.Get("Location") != "/sign-in?to=%2Fruns%3Fx%3D1" {
		t.Fatalf("page without a session = %d %q, want the sign-in page", res.StatusCode, res.Header.Get("Location"))
	}
	b.signIn(t, "ann", "wrong", 401)
	b.signIn(t, "ann", "secret", 303)
	if c := b.cookie; !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Secure || c.Path != "/" ||
		c.MaxAge != 12*3600 {
		t.Errorf("cookie = %v", c)
	}
	for _, s := range b.drawer.all() {
		if strings.Contains(fmt.Sprint(s), b.cookie.Value) || s.Account != "ann" || s.Address != "10.0.0.1" {
			t.Errorf("session = %+v, want no token in it", s)
		}
	}
	if who := b.page(t, 200); who != "ann" {
		t.Errorf("page is for %q", who)
	}
	old := *b.cookie
	b.signIn(t, "ann", "secret", 303)
	if b.cookie.Value == old.Value || len(b.drawer.all()) != 1 {
		t.Errorf("a second sign-in keeps the token, or leaves %d sessions", len(b.drawer.all()))
	}
	thief := &browser{hall: b.hall, address: "10.0.0.2", cookie: &old}
	thief.page(t, 303)
	if thief.cookie != nil {
		t.Error("a worthless cookie is left with the browser")
	}
	kept := *b.cookie
	if res := b.do("POST", "/sign-out", "x=1"); res.StatusCode != 303 || b.cookie != nil {
		t.Fatalf("sign out = %d, cookie %v", res.StatusCode, b.cookie)
	}
	b.cookie = &kept
	b.page(t, 303)
}

// TestOtherSitesMayNotUseASession sends changes with a session's cookie, as pages of
// this site and of others make a browser send them.
func TestOtherSitesMayNotUseASession(t *testing.T) {
	t.Parallel()
	b := &browser{hall: newHall(t), address: "10.0.0.1"}
	b.signIn(t, "ann", "secret", 303)
	tests := []struct {
		name, method string
		header       []string
		want         int
	}{
		{"this site's page", "POST", nil, 200},
		{"this site's page, old browser", "POST", []string{"Sec-Fetch-Site", "", "Origin", "http://lfb"}, 200},
		{"reading from elsewhere", "GET", []string{"Sec-Fetch-Site", "cross-site"}, 200},
		{"another site's page", "POST", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"another site's page, delete", "DELETE", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"a page of another port", "POST", []string{"Sec-Fetch-Site", "same-site"}, 403},
		{"another site's page, old browser", "POST", []string{"Sec-Fetch-Site", "", "Origin", "http://evil"}, 403},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := *b.cookie
			mine := &browser{hall: b.hall, address: "10.0.0.1", cookie: &c}
			if res := mine.do(tt.method, "/", "x=1", tt.header...); res.StatusCode != tt.want {
				t.Errorf("%s = %d, want %d", tt.method, res.StatusCode, tt.want)
			}
		})
	}
	if res := b.do("POST", "/sign-out", "x=1", "Sec-Fetch-Site", "cross-site"); res.StatusCode != 403 || b.cookie == nil {
		t.Errorf("signed out by another site = %d", res.StatusCode)
	}
	thief := &browser{hall: b.hall, address: "10.0.0.1"}
	form := url.Values{"name": {"eve"}, "password": {"secret"}}.Encode()
	if res := thief.do("POST", "/sign-in", form, "Sec-Fetch-Site", "cross-site"); res.StatusCode != 403 ||
		thief.cookie != nil {
		t.Errorf("signed in by another site = %d", res.StatusCode)
	}
}

func TestSessionEnds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		do   func(b *browser)
		want int
	}{
		{"used now and then", func(b *browser) {
			for range 5 {
				b.wait(time.Hour)
				b.do("GET", "/", "")
			}
			b.wait(time.Hour)
		}, 200},
		{"not used", func(b *browser) { b.wait(2 * time.Hour) }, 303},
		{"used all the time", func(b *browser) {
			for range 12 {
				b.wait(time.Hour)
				b.do("GET", "/", "")
			}
		}, 303},
		{"a new password", func(b *browser) {
			b.change(func() {
				a := b.accounts["ann"]
				a.PasswordHash = nobodysHash
				b.accounts["ann"] = a
			})
			b.wait(time.Minute)
		}, 303},
		{"a disabled account", func(b *browser) {
			b.change(func() {
				a := b.accounts["ann"]
				a.Disabled = true
				b.accounts["ann"] = a
			})
			b.wait(time.Minute)
		}, 303},
		{"a deleted account", func(b *browser) {
			b.change(func() { delete(b.accounts, "ann") })
			b.wait(time.Minute)
		}, 303},
		{"a cookie cut short", func(b *browser) { b.cookie.Value = b.cookie.Value[:20] }, 303},
		{"a made-up cookie", func(b *browser) { b.cookie.Value = strings.Repeat("A", len(b.cookie.Value)) }, 303},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := &browser{hall: newHall(t), address: "10.0.0.1"}
			b.signIn(t, "ann", "secret", 303)
			b.page(t, 200)
			tt.do(b)
			b.page(t, tt.want)
		})
	}
}

func TestSessionsWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	b := &browser{hall: newHall(t), address: "10.0.0.1"}
	b.signIn(t, "ann", "secret", 303)
	away := func(down bool) {
		b.change(func() { b.down = down })
		b.drawer.mu.Lock()
		defer b.drawer.mu.Unlock()
		b.drawer.down = down
	}
	away(true)
	b.wait(10 * time.Minute)
	late := &browser{hall: b.hall, address: "10.0.0.1"}
	late.signIn(t, "root", "secret", 503) // never seen: nobody can tell
	late.signIn(t, "ann", "secret", 303)  // seen lately: a session of this process
	late.wait(time.Hour)
	late.page(t, 200)
	for range 3 {
		b.wait(3 * time.Hour)
		b.page(t, 200)
	}
	b.wait(2 * time.Hour)
	b.page(t, 303) // its end does not wait
	away(false)
	late.wait(time.Minute)
	late.page(t, 303) // the database never knew it
	late.signIn(t, "ann", "secret", 303)
	away(true)
	if res := late.do("POST", "/sign-out", "x=1"); res.StatusCode != 503 || late.cookie != nil {
		t.Errorf("sign-out that could not be noted = %d, cookie %v, want it said and the cookie gone", res.StatusCode,
			late.cookie)
	}
}

func TestSignInIsSlowedDownLikeBasic(t *testing.T) {
	t.Parallel()
	b := &browser{hall: newHall(t), address: "10.0.9.9"}
	for range freeAccount {
		b.signIn(t, "ann", "wrong", 401)
	}
	b.signIn(t, "ann", "secret", 429)
	b.expect(t, "ann:secret", "10.0.9.9", 429) // one count for both
	b.wait(time.Second)
	b.signIn(t, "ann", "secret", 303)
}

func TestSessionCookieUnderTLS(t *testing.T) {
	t.Parallel()
	b := &browser{hall: newHall(t), address: "10.0.0.1", tls: true}
	b.signIn(t, "ann", "secret", 303)
	if c := b.cookie; !c.Secure || !strings.HasPrefix(c.Name, "__Host-") || c.Domain != "" || c.Path != "/" {
		t.Errorf("cookie = %v, want one for TLS and this host only", c)
	}
	b.page(t, 200)
}

func TestWhoGetsWhichRefusal(t *testing.T) {
	t.Parallel()
	b := &browser{hall: newHall(t), address: "10.0.0.1"}
	tests := []struct {
		name   string
		method string
		header []string
		want   int
		basic  bool // asked to show a password dialog
	}{
		{"a page", "GET", nil, 303, false},
		{"a form", "POST", nil, 303, false},
		{"a page's script", "GET", []string{"Accept", "*/*", "Sec-Fetch-Mode", "cors"}, 401, false},
		{"a program", "GET", []string{"Accept", "*/*"}, 401, true},
		{"a program with a wrong password", "GET", []string{"Authorization", "Basic YW5uOndyb25n"}, 401, true},
		{"a program", "POST", []string{"Authorization", "Basic YW5uOnNlY3JldA=="}, 200, false},
	}
	for _, tt := range tests {
		res := b.do(tt.method, "/", "", tt.header...)
		if res.StatusCode != tt.want || (res.Header.Get("WWW-Authenticate") != "") != tt.basic {
			t.Errorf("%s, %s = %d %q, want %d", tt.name, tt.method, res.StatusCode, res.Header.Get("WWW-Authenticate"), tt.want)
		}
	}
}

func TestSignInLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	for to, want := range map[string]string{
		"/runs?x=1#y": "/runs?x=1#y", "": "/", "http://evil/": "/", "//evil": "/", `/\evil`: "/", "evil": "/",
		"/a\nb": "/", "javascript:alert(1)": "/", "/sign-in?to=/": "/", "///evil": "/", "/%zz": "/",
	} {
		if got := LocalPath(to); got != want {
			t.Errorf("LocalPath(%q) = %q, want %q", to, got, want)
		}
	}
}
