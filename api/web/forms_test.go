package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// TestRefusedFormsAreShownAgain: with why, and with all that was entered but passwords; of the
// forms of a page in the one that was sent; what the page knows better, as a revision, is its own.
func TestRefusedFormsAreShownAgain(t *testing.T) {
	t.Parallel()
	full, _ := handlers(t, "")
	const run = "20170403-060000-4f1c9a2b"
	for _, tt := range []struct {
		from, to      string
		form          url.Values
		want, without []string
	}{
		{
			"/retrain?like=" + run, "/runs",
			url.Values{"seed": {"seven"}, "candidate": {"baseline", "linear"}, "months": {"12"}, "why": {`a "why" & <more>`}},
			[]string{
				"is no whole number", `<a href="/runs/` + run + `">`, `name="seed" inputmode="numeric" pattern="[0-9]+" required autofocus value="seven">`,
				`value="linear" checked>`, `value="gbdt">`, `value="a &#34;why&#34; &amp; &lt;more&gt;">`, `value="12">`,
			},
			[]string{`value="gbdt" checked`, `name="force" value="1" checked`},
		},
		{
			"/people", "/people",
			url.Values{"name": {"Olga!"}, "role": {"analyst"}, "do": {"make"}},
			[]string{"lower-case letters", `value="Olga!">`, "<option selected>analyst"},
			nil,
		},
		{"/settings", "/settings", url.Values{"revision": {"77"}, "seconds": {"90"}, "why": {"because"}}, []string{`value="90">`, `value="because">`}, []string{`value="77"`}},
		{"", "/settings", url.Values{"revision": {"0"}, "seconds": {"-1"}, "why": {"no referer"}}, []string{`value="no referer">`}, nil},
	} {
		r := httptest.NewRequest(http.MethodPost, tt.to, strings.NewReader(tt.form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if tt.from != "" {
			r.Header.Set("Referer", "http://"+r.Host+tt.from)
		}
		w := httptest.NewRecorder()
		full.ServeHTTP(w, r)
		body := w.Body.String()
		if w.Code != 422 && w.Code != 409 || !strings.Contains(body, `role="alert"`) {
			t.Errorf("%v to %s = %d", tt.form, tt.to, w.Code)
		}
		for _, want := range tt.want {
			if !strings.Contains(body, want) {
				t.Errorf("%v to %s lacks %q:\n%s", tt.form, tt.to, want, body)
			}
		}
		for _, not := range tt.without {
			if strings.Contains(body, not) {
				t.Errorf("%v to %s has %q", tt.form, tt.to, not)
			}
		}
	}
}

// TestFormsAreShownAgainAndAgain: a browser says of the second try that it comes from where the first was sent to,
// which is no page; the form knows its own.
func TestFormsAreShownAgainAndAgain(t *testing.T) {
	t.Parallel()
	full, _ := handlers(t, "")
	const page, to = "/runs/20170403-090000-4f1c9a2b?candidate=gbdt", "/runs/20170403-090000-4f1c9a2b/cancel"
	from := page
	form := url.Values{"why": {strings.Repeat("long ", 1000)}}
	for try := range 3 {
		r := httptest.NewRequest(http.MethodPost, to, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Referer", "http://"+r.Host+from)
		w := httptest.NewRecorder()
		full.ServeHTTP(w, r)
		for _, want := range []string{`role="alert"`, "long long", `<input type="hidden" name="form" value="` + page + `">`} {
			if !strings.Contains(w.Body.String(), want) {
				t.Fatalf("try %d: %d, lacks %q: %s", try, w.Code, want, w.Body)
			}
		}
		from = to
		form.Set("form", page)
	}
}

// TestWhereErrorsLead: back to the page that asked, and to the runs where one is in the way.
func TestWhereErrorsLead(t *testing.T) {
	t.Parallel()
	full, _ := handlers(t, "")
	for range 2 {
		r := httptest.NewRequest(http.MethodPost, "/runs", strings.NewReader("seed=7&why=new+rows"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Referer", "http://"+r.Host+"/runs?state=failed")
		w := httptest.NewRecorder()
		full.ServeHTTP(w, r)
		if w.Code == http.StatusSeeOther {
			continue // the first
		}
		if body := w.Body.String(); w.Code != 409 || !strings.Contains(body, `href="?state=failed" aria-current="true"`) || !strings.Contains(body, "See the runs") {
			t.Errorf("a second retrain = %d: %s", w.Code, body)
		}
		return
	}
	t.Error("a second retrain was not refused")
}
