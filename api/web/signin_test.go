package web_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"lfb/api/web"
	"lfb/api/web/canned"
)

// TestSignedInByForm goes through a whole sitting, as a browser does.
func TestSignedInByForm(t *testing.T) {
	t.Parallel()
	o := newGuardedOptions(t)
	server := httptest.NewServer(web.New(o))
	t.Cleanup(server.Close)
	sit := func(name, password string) (*http.Client, string) {
		return openBrowser(t, server.URL, name, password, "/models")
	}
	if _, body := sit("admin", "wrong"); !strings.Contains(body, "do not go together") || strings.Contains(body, `aria-label="Main"`) {
		t.Errorf("a wrong password shows %s", body)
	}
	c, body := sit("admin", "right")
	if !strings.Contains(body, "Sign out") || !strings.Contains(body, "Waiting for a person") {
		t.Fatalf("after signing in: %s", body)
	}
	form := url.Values{"revision": {"2"}, "kind": {"rollback"}, "why": {"x"}}
	if status, _ := send(t, c, http.MethodPost, server.URL+line+previous+"/promote", form, "Sec-Fetch-Site",
		"cross-site"); status != 403 {
		t.Errorf("a change by another site's page = %d, want 403", status)
	}
	analyst, body := sit("analyst", "right")
	if strings.Contains(body, "/promote\"") {
		t.Error("an analyst is shown what only an administrator may do")
	}
	if status, _ := send(t, analyst, http.MethodPost, server.URL+line+previous+"/promote", form); status != 403 {
		t.Errorf("a change by an analyst = %d, want 403", status)
	}
	if status, body := send(t, c, http.MethodPost, server.URL+line+previous+"/promote", form); status != 200 ||
		!strings.Contains(body, "revision 3") {
		t.Errorf("a change by an administrator = %d: %s", status, body)
	}
	if got := o.Store.(*canned.Store).Changes(); len(got) != 1 || got[0].Who != "admin" || got[0].From == "" {
		t.Errorf("audit = %+v, want the administrator's", got)
	}
	if _, body := send(t, c, http.MethodPost, server.URL+"/sign-out", nil); !strings.Contains(body, "<h1>Sign in</h1>") {
		t.Errorf("after signing out: %s", body)
	}
	if _, body := send(t, c, http.MethodGet, server.URL+"/models", nil); !strings.Contains(body, "<h1>Sign in</h1>") {
		t.Error("a page is shown after signing out")
	}
	status, body := send(t, c, http.MethodGet, server.URL+"/answer?where=SE10", nil, "Accept", "*/*", "Sec-Fetch-Mode",
		"cors")
	if status != 401 || strings.Contains(body, "<h1>") {
		t.Errorf("a script after signing out = %d: %s, want 401 and no page", status, body)
	}
}

// openBrowser is a browser that signs in to see a page, and what it is shown.
func openBrowser(t *testing.T, address, name, password, to string) (*http.Client, string) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Jar: jar}
	_, body := send(t, c, http.MethodPost, address+"/sign-in", url.Values{
		"name": {name}, "password": {password},
		"to": {to},
	})
	return c, body
}

// send is one request of a browser.
func send(t *testing.T, c *http.Client, method, address string, form url.Values, header ...string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	for k := 0; k+1 < len(header); k += 2 {
		r.Header.Set(header[k], header[k+1])
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }() // read only
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// TestLanding leads each role to the page that it begins with, and everybody to where they wanted to be.
func TestLanding(t *testing.T) {
	t.Parallel()
	o := newGuardedOptions(t)
	h := web.New(o)
	for _, tt := range []struct{ name, to, want string }{
		{"operator", "/", "/"}, {"analyst", "/", "/admin"}, {"admin", "", "/admin"}, {"admin", "/runs", "/runs"},
	} {
		if w := post(h, "/sign-in", url.Values{
			"name": {tt.name}, "password": {"right"},
			"to": {tt.to},
		}); w.Header().Get("Location") != tt.want {
			t.Errorf("%s who wanted %q lands on %q, want %q", tt.name, tt.to, w.Header().Get("Location"), tt.want)
		}
	}
}
