package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"lfb/api/web"
	"lfb/api/web/canned"
	"lfb/internal/auth"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// door lets in whoever has an account in the store.
type door struct{ *canned.Store }

func (door) APIKeyByHash(context.Context, string) (registry.APIKey, error) {
	return registry.APIKey{}, lfb.ErrNotFound
}

// Account has a one-time password end by the clock that it is checked by: the pages' own
// stands still.
func (d door) Account(ctx context.Context, name string) (registry.Account, error) {
	a, err := d.Store.Account(ctx, name)
	if !a.OneTimeUntil.IsZero() {
		a.OneTimeUntil = a.OneTimeUntil.Add(time.Since(canned.Now()))
	}
	return a, err
}

func (door) NoteKeyUse(context.Context, string, time.Time) error { return nil }

// staffed is the UI with accounts that its pages change, and browsers signed in to it.
func staffed(t *testing.T) (s *canned.Store, signIn func(name, password string) (*http.Client, string),
	address string,
) {
	t.Helper()
	o := newOptions(t, "")
	s = o.Store.(*canned.Store)
	hash, err := auth.HashPassword("right")
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range []registry.Role{registry.RoleAdmin, registry.RoleAnalyst} {
		if err := s.SaveAccount(t.Context(), registry.Account{
			Name: string(role), Role: role,
			PasswordHash: hash,
		}); err != nil {
			t.Fatal(err)
		}
	}
	o.Auth, o.Sessions = canned.OpenDoor(door{s})
	server := httptest.NewServer(web.New(o))
	t.Cleanup(server.Close)
	return s, func(name, password string) (*http.Client, string) {
		return openBrowser(t, server.URL, name, password, "/")
	}, server.URL
}

var secretShown = regexp.MustCompile(`<code class="secret">([^<]+)</code>`)

// TestAnOperatorIsMadeAndSignsIn: the password is shown once, is replaced by one of their
// own at the first sign-in, and nothing else can be seen before.
func TestAnOperatorIsMadeAndSignsIn(t *testing.T) {
	t.Parallel()
	s, signIn, address := staffed(t)
	admin, _ := signIn("admin", "right")
	_, page := send(t, admin, http.MethodPost, address+"/people", url.Values{
		"do": {"make"}, "name": {"olga"},
		"role": {"operator"},
	})
	shown := secretShown.FindStringSubmatch(page)
	if shown == nil {
		t.Fatalf("after making an account its password is not shown: %s", page)
	}
	if _, page = send(t, admin, http.MethodGet, address+"/people", nil); secretShown.MatchString(page) ||
		!strings.Contains(page, "olga") {
		t.Error("the password is shown a second time, or the account is not listed")
	}
	if status, _ := send(t, admin, http.MethodPost, address+"/people", url.Values{
		"do": {"make"}, "name": {"olga"},
		"role": {"admin"},
	}); status != 409 {
		t.Errorf("making it again = %d, want 409", status)
	}
	olga, page := signIn("olga", shown[1])
	if !strings.Contains(page, "one-time password") {
		t.Fatalf("signed in by a one-time password, olga sees %s", page)
	}
	if _, page = send(t, olga, http.MethodGet, address+"/coverage", nil); !strings.Contains(page, "one-time password") {
		t.Error("a page is shown before the password was changed")
	}
	const own = "tide over lambeth bridge"
	for _, c := range []struct{ is, new, again, want string }{
		{"wrong", own, own, "not your password"},
		{shown[1], own, own + "x", "typed in two ways"},
		{shown[1], shown[1], shown[1], "is the old one"},
		{shown[1], "olga12345678", "olga12345678", "password"},
	} {
		form := url.Values{"is": {c.is}, "new": {c.new}, "again": {c.again}}
		if status, page := send(t, olga, http.MethodPost, address+"/password", form); status != 422 ||
			!strings.Contains(page, c.want) {
			t.Errorf("%+v = %d: %s", c, status, page)
		}
	}
	form := url.Values{"is": {shown[1]}, "new": {own}, "again": {own}}
	if _, page := send(t, olga, http.MethodPost, address+"/password", form); !strings.Contains(page, "<h1>Sign in</h1>") {
		t.Errorf("after the change: %s", page)
	}
	if _, page = signIn("olga", own); !strings.Contains(page, "Sign out") || strings.Contains(page, "one-time") {
		t.Errorf("signed in by her own password, olga sees %s", page)
	}
	for _, e := range s.Changes() {
		if strings.Contains(e.Detail+e.Target, shown[1]) {
			t.Errorf("audit entry %+v holds the password", e)
		}
	}
}

// TestPeopleAndKeysChange by the pages' buttons, for administrators alone.
func TestPeopleAndKeysChange(t *testing.T) {
	t.Parallel()
	s, signIn, address := staffed(t)
	admin, _ := signIn("admin", "right")
	analyst, _ := signIn("analyst", "right")
	for _, c := range []struct {
		path string
		form url.Values
		want string
	}{
		{"/people", url.Values{"do": {"role"}, "name": {"operator"}, "role": {"analyst"}}, "The role is set"},
		{"/people", url.Values{"do": {"disable"}, "name": {"operator"}}, "disabled"},
		{"/people", url.Values{"do": {"enable"}, "name": {"operator"}}, "enabled"},
		{"/people", url.Values{"do": {"sign-out"}, "name": {"operator"}}, "Signed out everywhere"},
		{"/keys", url.Values{"note": {"dashboard"}, "scope": {"analyst"}, "days": {"30"}}, "API key: dashboard"},
		{"/keys/6c1f2f9e-0000-4000-8000-000000000001/rotate", nil, "API key: mobilising system"},
		{"/keys/6c1f2f9e-0000-4000-8000-000000000001/revoke", nil, "The key is revoked"},
		{"/replays", url.Values{"from": {"2016-01"}, "to": {"2016-03"}, "why": {"new policy"}}, "The replay is under way"},
	} {
		if status, page := send(t, analyst, http.MethodPost, address+c.path, c.form); status != 403 {
			t.Errorf("POST %s by an analyst = %d: %s", c.path, status, page)
		}
		before := len(s.Changes())
		if status, page := send(t, admin, http.MethodPost, address+c.path, c.form); status != 200 ||
			!strings.Contains(page, c.want) {
			t.Errorf("POST %s = %d, want %q: %s", c.path, status, c.want, page)
		}
		if got := s.Changes(); len(got) != before+1 || got[before].Who != "admin" {
			t.Errorf("POST %s: audit log %+v, want one more", c.path, got[before:])
		}
	}
	for _, c := range []struct {
		path string
		form url.Values
		want int
	}{
		{"/people", url.Values{"do": {"disable"}, "name": {"admin"}}, 409},
		{"/people", url.Values{"do": {"make"}, "name": {"Bad Name"}, "role": {"operator"}}, 422},
		{"/people", url.Values{"do": {"role"}, "name": {"nobody"}, "role": {"operator"}}, 404},
		{"/people", url.Values{"do": {"dance"}, "name": {"operator"}}, 422},
		{"/keys", url.Values{"note": {""}, "scope": {"analyst"}}, 422},
		{"/keys", url.Values{"note": {"x"}, "scope": {"analyst"}, "days": {"soon"}}, 422},
		{"/keys/none/revoke", nil, 404},
		{"/keys/6c1f2f9e-0000-4000-8000-000000000001/dance", nil, 404},
		{"/replays", url.Values{"from": {"2016-13"}, "to": {"2017-01"}, "why": {"x"}}, 422},
		{"/replays", url.Values{"from": {"2016-02"}, "to": {"2016-01"}, "why": {"x"}}, 422},
	} {
		if status, page := send(t, admin, http.MethodPost, address+c.path, c.form); status != c.want {
			t.Errorf("POST %s %v = %d, want %d: %s", c.path, c.form, status, c.want, page)
		}
	}
	if _, page := send(t, analyst, http.MethodGet, address+"/audit?text=replay&who=nobody", nil); !strings.Contains(page,
		"No change fits") {
		t.Errorf("a filter that nothing fits shows %s", page)
	}
	if _, csv := send(t, analyst, http.MethodGet, address+"/audit?who=admin&format=csv", nil); !strings.HasPrefix(csv,
		"at,who,from") || strings.Count(csv, "\n") != len(s.Changes())+1 {
		t.Errorf("the audit log as CSV is %s", csv)
	}
	send(t, admin, http.MethodPost, address+"/runs", url.Values{"seed": {"7"}, "why": {"=1+2"}})
	if _, csv := send(t, analyst, http.MethodGet, address+"/audit?format=csv", nil); !strings.Contains(csv, ",'=1+2\n") {
		t.Errorf("a spreadsheet would run what somebody wrote: %s", csv)
	}
	if status, _ := send(t, analyst, http.MethodGet, address+"/audit?from=yesterday", nil); status != 422 {
		t.Errorf("a day that is none = %d, want 422", status)
	}
}
