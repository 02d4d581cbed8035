package web_test

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lfb/api/web"
	"lfb/api/web/canned"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

const (
	line     = "/models/lfb-attendance-synthetic/"
	champion = "9e3b41c07d52"
	previous = "41d09c8ae6f3"
	waiting  = "/approvals/promote%20lfb-attendance-synthetic%203"
)

func post(h http.Handler, path string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// hall is the UI with a store of its own.
func hall(t *testing.T) (http.Handler, *canned.Store) {
	t.Helper()
	o := newOptions(t, "")
	return web.New(o), o.Store.(*canned.Store)
}

func TestRollBackAndForth(t *testing.T) {
	t.Parallel()
	h, s := hall(t)
	form := url.Values{"revision": {"2"}, "kind": {"rollback"}, "why": {"slower in the east"}}
	if w := post(h, line+previous+"/promote", form); w.Code != 303 ||
		w.Header().Get("Location") != "/models?changed=promoted" {
		t.Fatalf("roll back = %d to %q: %s", w.Code, w.Header().Get("Location"), w.Body)
	}
	if body := get(h, "/models?changed=promoted").Body.String(); !strings.Contains(body, "Done: it is in the ledger") ||
		!strings.Contains(body, "<strong>3</strong>") {
		t.Errorf("after a rollback the models are %s", body)
	}
	if body := get(h, "/about").Body.String(); !strings.Contains(body, previous) || strings.Contains(body, champion) {
		t.Error("the model card does not follow the ledger")
	}
	// The same form again was decided from a revision that is past.
	form.Set("kind", "promote")
	w := post(h, line+champion+"/promote", form)
	if w.Code != 409 || !strings.Contains(w.Body.String(), "now at revision 3, but this was based on revision 2") {
		t.Errorf("a stale decision = %d: %s", w.Code, w.Body)
	}
	if got := s.Changes(); len(got) != 1 || got[0].Action != "rollback" || got[0].Detail != "slower in the east" {
		t.Errorf("audit = %+v, want the one that was done", got)
	}
}

func TestBadChangesChangeNothing(t *testing.T) {
	t.Parallel()
	h, s := hall(t)
	for _, tc := range []struct {
		name, path string
		form       url.Values
		want       int
	}{
		{"no revision", line + previous + "/promote", url.Values{"kind": {"promote"}, "why": {"x"}}, 422},
		{"no kind", line + previous + "/promote", url.Values{"revision": {"2"}, "why": {"x"}}, 422},
		{"no reason", line + previous + "/promote", url.Values{"revision": {"2"}, "kind": {"promote"}, "why": {"  "}}, 422},
		{"long reason", line + previous + "/promote", url.Values{
			"revision": {"2"}, "kind": {"promote"},
			"why": {strings.Repeat("x", 1001)},
		}, 422},
		{"the champion", line + champion + "/promote", url.Values{"revision": {"2"}, "kind": {"promote"}, "why": {"x"}}, 409},
		{"no version", line + "none/promote", url.Values{"revision": {"2"}, "kind": {"promote"}, "why": {"x"}}, 404},
		{"no decision", waiting, url.Values{"revision": {"2"}, "decision": {"maybe"}, "why": {"x"}}, 422},
		{"decided from elsewhere", waiting, url.Values{"revision": {"1"}, "decision": {"approve"}, "why": {"x"}}, 409},
		{"nothing waits", "/approvals/none", url.Values{"revision": {"2"}, "decision": {"approve"}, "why": {"x"}}, 404},
		{"no schedule", "/schedules/none/pause", url.Values{"note": {"x"}}, 404},
		{"no verb", "/schedules/none/dance", url.Values{"note": {"x"}}, 404},
		{"no note", "/schedules/retrain-lfb-attendance-synthetic/pause", nil, 422},
	} {
		if w := post(h, tc.path, tc.form); w.Code != tc.want {
			t.Errorf("%s: POST %s = %d, want %d: %s", tc.name, tc.path, w.Code, tc.want, w.Body)
		}
	}
	if now, err := s.Champion(t.Context(), lfb.Synthetic.Line()); err != nil || now.Revision != 2 {
		t.Errorf("the ledger is at revision %d (%v), want 2 still", now.Revision, err)
	}
}

// A version that no gate has judged says so, and does not borrow the verdict on its run's
// winner; judged by hand, both stand on the same rows.
func TestJudgeNow(t *testing.T) {
	t.Parallel()
	h, s := hall(t)
	body := get(h, line+previous+"/promote").Body.String() // what serves was held against it
	for _, want := range []string{
		"both on the same hold-out", "2.31\u00a0s worse than what serves",
		"No gate has judged this version",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page of a version that was not judged lacks %q:\n%s", want, body)
		}
	}
	w := post(h, line+previous+"/judge", url.Values{"back": {line + previous + "/promote"}})
	if to := w.Header().Get("Location"); w.Code != 303 || to != line+previous+"/promote?changed=judged" {
		t.Fatalf("judge = %d to %q: %s", w.Code, to, w.Body)
	}
	body = get(h, line+previous+"/promote").Body.String()
	for _, want := range []string{
		"both on the same hold-out", "2.31\u00a0s better than what serves",
		"asked for by local", "against v2 gbdt",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page of a version that was judged lacks %q:\n%s", want, body)
		}
	}
	if got := s.Changes(); len(got) != 1 || got[0].Action != "judge" {
		t.Errorf("audit = %+v", got)
	}
}

func TestAcknowledge(t *testing.T) {
	t.Parallel()
	h, s := hall(t)
	form := url.Values{"name": {registry.CheckPSI}, "episode": {"1"}, "note": {"the new schools"}}
	if body := get(h, "/monitoring").Body.String(); !strings.Contains(body, "What to do.") ||
		!strings.Contains(body, ">Acknowledge</button>") {
		t.Errorf("an open alarm says not what to do:\n%s", body)
	}
	w := post(h, "/monitoring/lfb-attendance-synthetic/acknowledge", form)
	if w.Code != 303 || w.Header().Get("Location") != "/monitoring?changed=seen" {
		t.Fatalf("acknowledge = %d to %q: %s", w.Code, w.Header().Get("Location"), w.Body)
	}
	if body := get(h, "/monitoring").Body.String(); !strings.Contains(body, "local, 3 Apr 2017") ||
		!strings.Contains(body, "the new schools") || strings.Contains(body, ">Acknowledge</button>") {
		t.Errorf("an acknowledged alarm does not show by whom:\n%s", body)
	}
	for _, bad := range []url.Values{{"name": {"psi"}, "note": {"x"}}, {"name": {"psi"}, "episode": {"1"}}} {
		if w := post(h, "/monitoring/lfb-attendance-synthetic/acknowledge", bad); w.Code != 422 {
			t.Errorf("acknowledge with %v = %d, want 422", bad, w.Code)
		}
	}
	if got := s.Changes(); len(got) != 1 || got[0].Action != "acknowledge alarm" {
		t.Errorf("audit = %+v", got)
	}
}

func TestNotes(t *testing.T) {
	t.Parallel()
	h, s := hall(t)
	if w := post(h, line+champion+"/notes", url.Values{"note": {"slow in <Hillingdon>"}}); w.Code != 303 ||
		w.Header().Get("Location") != line+champion+"?changed=noted" {
		t.Fatalf("note = %d to %q: %s", w.Code, w.Header().Get("Location"), w.Body)
	}
	body := get(h, line+champion).Body.String()
	if !strings.Contains(body, "slow in &lt;Hillingdon&gt;") || !strings.Contains(body, "Keep an eye on Greenwich") {
		t.Errorf("the page lacks the notes:\n%s", body)
	}
	if w := post(h, line+champion+"/notes", nil); w.Code != 422 {
		t.Errorf("an empty note = %d", w.Code)
	}
	if got := s.Changes(); len(got) != 1 || got[0].Action != "note" {
		t.Errorf("audit = %+v", got)
	}
}

func TestApproveAndReject(t *testing.T) {
	t.Parallel()
	for decision, revision := range map[string]int64{"approve": 3, "reject": 2} {
		h, s := hall(t)
		form := url.Values{"revision": {"2"}, "decision": {decision}, "why": {"seen"}}
		if w := post(h, waiting, form); w.Code != 303 || w.Header().Get("Location") != "/models?changed="+decision {
			t.Errorf("%s = %d to %q: %s", decision, w.Code, w.Header().Get("Location"), w.Body)
		}
		if now, err := s.Champion(t.Context(), lfb.Synthetic.Line()); err != nil || now.Revision != revision {
			t.Errorf("%s: revision %d (%v), want %d", decision, now.Revision, err, revision)
		}
		if w := post(h, waiting, form); w.Code != 409 {
			t.Errorf("%s twice = %d, want 409", decision, w.Code)
		}
		if body := get(h, "/models").Body.String(); strings.Contains(body, "Waiting for a person") {
			t.Errorf("%s: it is still shown as waiting", decision)
		}
		// What was approved is provisional: every answer says so.
		said := strings.Contains(get(h, "/?where=SE10").Body.String(), "Provisional model: it has not passed “P90 coverage”")
		if said != (decision == "approve") {
			t.Errorf("%s: the answer says that the model is provisional: %v", decision, said)
		}
	}
}

func TestSchedulesAndRetrain(t *testing.T) {
	t.Parallel()
	h, s := hall(t)
	const path = "/schedules/retrain-lfb-attendance-synthetic/"
	for _, verb := range []string{"pause", "resume", "trigger"} {
		w := post(h, path+verb, url.Values{"note": {"files are late"}})
		if w.Code != 303 || w.Header().Get("Location") != "/schedules?changed="+verb {
			t.Errorf("%s = %d to %q: %s", verb, w.Code, w.Header().Get("Location"), w.Body)
		}
	}
	if body := get(h, "/schedules").Body.String(); !strings.Contains(body, "files are late") {
		t.Errorf("the note is not shown: %s", body)
	}
	if w := post(h, "/runs", nil); w.Code != 303 ||
		w.Header().Get("Location") != "/runs/20170403-091200-4f1c9a2b?changed=retrain" {
		t.Errorf("retrain = %d to %q, want its run: %s", w.Code, w.Header().Get("Location"), w.Body)
	}
	if w := post(h, "/runs", nil); w.Code != 409 || !strings.Contains(w.Body.String(), "runs already") {
		t.Errorf("a second retrain = %d: %s", w.Code, w.Body)
	}
	if got := len(s.Changes()); got != 5 {
		t.Errorf("%d entries in the audit log, want one a request", got)
	}
}

// TestCancel asks a run to stop: that is shown, and asking again, or one that is over, is
// refused.
func TestCancel(t *testing.T) {
	t.Parallel()
	h, s := hall(t)
	const running, over = "/runs/20170403-090000-4f1c9a2b", "/runs/20170403-060000-4f1c9a2b"
	if w := post(h, running+"/cancel", nil); w.Code != 422 {
		t.Errorf("cancel without a reason = %d, want 422", w.Code)
	}
	why := url.Values{"why": {"wrong months"}}
	if w := post(h, running+"/cancel", why); w.Code != 303 || w.Header().Get("Location") != running+"?changed=cancel" {
		t.Errorf("cancel = %d to %q: %s", w.Code, w.Header().Get("Location"), w.Body)
	}
	if body := get(h, running).Body.String(); !strings.Contains(body, "cancelling…") ||
		strings.Contains(body, "Cancel this run") {
		t.Errorf("a run that was asked to stop is shown as %s", body)
	}
	if body := get(h, running).Body.String(); !strings.Contains(body, "asked it to stop: wrong months") {
		t.Errorf("why it was asked to stop is not shown: %s", body)
	}
	for path, want := range map[string]string{running: "is being cancelled already", over: "is over"} {
		if w := post(h, path+"/cancel", why); w.Code != 409 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("POST %s/cancel = %d, want 409 that says %q: %s", path, w.Code, want, w.Body)
		}
	}
	if got := s.Changes(); len(got) != 1 || got[0].Detail != "wrong months" {
		t.Errorf("audit = %+v, want the one cancel", got)
	}
}

func TestExports(t *testing.T) {
	t.Parallel()
	full, _ := handlers(t, "")
	for format, begin := range map[string]string{"lightgbm": "tree\n", "onnx": "", "encoders": "{"} {
		w := get(full, line+champion+"/export/"+format)
		if w.Code != 200 || !strings.HasPrefix(w.Body.String(), begin) || w.Body.Len() < 1000 ||
			!strings.Contains(w.Header().Get("Content-Disposition"), champion) {
			t.Errorf("export as %s = %d, %d bytes, %q", format, w.Code, w.Body.Len(), w.Header().Get("Content-Disposition"))
		}
	}
	for _, path := range []string{"pickle", "onnx?head=weather"} {
		if w := get(full, line+champion+"/export/"+path); w.Code != 422 && w.Code != 404 {
			t.Errorf("export %s = %d, want a refusal", path, w.Code)
		}
	}
}

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

// madeBy is a store in which every version was made by one run.
type madeBy struct {
	*canned.Store
	run string
}

func (s madeBy) Version(ctx context.Context, line, id string) (registry.Version, error) {
	v, err := s.Store.Version(ctx, line, id)
	v.RunID = s.run
	return v, err
}

// TestApprovalOfReusedFit: the checks are those of the run that waits, whichever run
// made the version, and the waiting run's page leads there.
func TestApprovalOfReusedFit(t *testing.T) {
	t.Parallel()
	o := newOptions(t, "")
	o.Store = madeBy{o.Store.(*canned.Store), "20170403-060000-4f1c9a2b"}
	h := web.New(o)
	path := "/approvals/" + url.PathEscape(canned.Waits)
	if body := get(h, path).Body.String(); !strings.Contains(body, "P90 coverage") {
		t.Errorf("the approval shows no check of the run that waits:\n%s", body)
	}
	if body := get(h, "/runs/20170403-080000-4f1c9a2b").Body.String(); !strings.Contains(body, `href="`+path+`"`) {
		t.Errorf("the waiting run's page does not lead to %s:\n%s", path, body)
	}
}

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
		r := httptest.NewRequest(http.MethodPost, "/runs", nil)
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

// TestRunAgainWithAnotherSeed fills the form with what a run did, and starts one that
// differs by its seed.
func TestRunAgainWithAnotherSeed(t *testing.T) {
	t.Parallel()
	h, _ := hall(t)
	form := get(h, "/retrain?like=20170403-060000-4f1c9a2b").Body.String()
	for _, want := range []string{`name="candidate" value="forest" checked`, `name="seed" inputmode="numeric" pattern="[0-9]+" value="7"`, `name="holdout" type="number" min="0" max="3650" value="60"`} {
		if !strings.Contains(form, want) {
			t.Errorf("the form lacks %s: %s", want, form)
		}
	}
	if w := post(h, "/runs", url.Values{"seed": {"1"}, "candidate": {"gbdt"}}); w.Code != 422 ||
		!strings.Contains(w.Body.String(), " reason of 1 to") {
		t.Errorf("without a reason: %d, want 422: %s", w.Code, w.Body)
	}
	for name, bad := range map[string]url.Values{
		"a seed":      {"seed": {"x"}, "candidate": {"gbdt"}},
		"a candidate": {"seed": {"1"}, "candidate": {"magic"}},
		"a program":   {"seed": {"1"}, "candidate": {"gbdt"}, "external": {"xgboost Cat!"}},
		"days":        {"seed": {"1"}, "candidate": {"gbdt"}, "holdout": {"-3"}},
	} {
		bad.Set("form", "/retrain?like=20170403-060000-4f1c9a2b")
		bad.Set("why", "to see")
		w := post(h, "/runs", bad)
		if w.Code != 422 {
			t.Errorf("with %s that is none: %d, want 422", name, w.Code)
		}
		again := w.Body.String()
		for _, want := range []string{`role="alert"`, "<h1>Run again</h1>", `value="to see"`, `pattern="[0-9]+" required autofocus value="` + bad.Get("seed") + `"`, ` value="` + cmp.Or(bad.Get("external"), "to see") + `"`} {
			if !strings.Contains(again, want) {
				t.Errorf("with %s that is none, the form again lacks %s", name, want)
			}
		}
	}
	w := post(h, "/runs", url.Values{
		"form": {"/retrain"}, "seed": {"42"}, "candidate": {"gbdt"},
		"external": {"xgboost, external:catboost"}, "why": {"x"}, "months": {"18"}, "holdout": {"60"}, "force": {"1"},
	})
	if w.Code != 303 {
		t.Fatalf("run again = %d: %s", w.Code, w.Body)
	}
	page := get(h, w.Header().Get("Location")).Body.String()
	for _, want := range []string{
		"<dt>seed</dt><dd>42</dd>",
		"<dt>candidates</dt><dd>baseline, gbdt, external:xgboost, external:catboost</dd>",
		"<dt>months of history</dt><dd>18</dd>",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("its page lacks %s: %s", want, page)
		}
	}
}

// TestHome has what serves, what the last run came to and what waits, without a click, and
// follows a decision at once.
func TestHome(t *testing.T) {
	t.Parallel()
	h, _ := hall(t)
	body := get(h, "/admin").Body.String()
	for _, want := range []string{
		">v2 gbdt</a>", "Promoted v2 gbdt: 2.31\u00a0s better than v1 gbdt, which served before (95\u00a0% −3.02 to −1.61).",
		"asks to serve",
		`data-badge="models"><b>1</b>`, `data-badge="monitoring"><b>1</b>`, "Retrain: 4 Apr 2017, 06:00", "Not yet, but the calls have changed.",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the home page lacks %q: %s", want, body)
		}
	}
	post(h, waiting, url.Values{"revision": {"2"}, "decision": {"approve"}, "why": {"seen"}})
	if body := get(h, "/admin").Body.String(); !strings.Contains(body, ">v3 gbdt-tuned</a>") || !strings.Contains(body, `data-badge="models" hidden><b>0</b>`) {
		t.Errorf("after the approval the home page is %s", body)
	}
}

// countingStore counts how often runs are listed and read.
type countingStore struct {
	web.Store
	listed, read atomic.Int64
}

func (s *countingStore) ListRuns(ctx context.Context, q registry.Query) ([]registry.Run, error) {
	s.listed.Add(1)
	return s.Store.ListRuns(ctx, q)
}

func (s *countingStore) Run(ctx context.Context, id string) (registry.Run, []registry.Candidate, error) {
	s.read.Add(1)
	return s.Store.Run(ctx, id)
}

// TestHomeReadsVerdictsOnce: what never changes is not read again each few seconds.
func TestHomeReadsVerdictsOnce(t *testing.T) {
	t.Parallel()
	o := newOptions(t, "")
	s := &countingStore{Store: o.Store}
	o.Store = s
	synctest.Test(t, func(t *testing.T) {
		h := web.New(o)
		first := mainOf(get(h, "/admin").Body.String())
		read := s.read.Load()
		time.Sleep(time.Minute)
		again := mainOf(get(h, "/admin").Body.String())
		if s.listed.Load() != 2 || read == 0 || s.read.Load() != read {
			t.Errorf("runs were listed %d times and read %d and %d times, want 2, and none read again", s.listed.Load(), read,
				s.read.Load()-read)
		}
		if again != first {
			t.Errorf("the home page changes from %s to %s", first, again)
		}
	})
}

// boardsWithVerdicts are leaderboards that name the gate's verdict.
type boardsWithVerdicts struct{ web.Store }

func (s boardsWithVerdicts) Run(ctx context.Context, id string) (registry.Run, []registry.Candidate, error) {
	run, cs, err := s.Store.Run(ctx, id)
	if cs = slices.Clone(cs); len(cs) > 0 {
		cs[0].Verdict = lfb.Ref{Key: "verdict/" + champion, Bytes: 1}
	}
	return run, cs, err
}

// closedBlobs can be read once they are open.
type closedBlobs struct {
	web.Blobs
	open atomic.Bool
}

func (b *closedBlobs) ReadAll(ctx context.Context, ref lfb.Ref) ([]byte, error) {
	if !b.open.Load() {
		return nil, lfb.ErrUnavailable
	}
	return b.Blobs.ReadAll(ctx, ref)
}

// TestHomeReadsMissedVerdicts: a verdict that could not be read at first is read later.
func TestHomeReadsMissedVerdicts(t *testing.T) {
	t.Parallel()
	o := newOptions(t, "")
	blobs := &closedBlobs{Blobs: o.Blobs}
	o.Store, o.Blobs = boardsWithVerdicts{o.Store}, blobs
	synctest.Test(t, func(t *testing.T) {
		h := web.New(o)
		for _, open := range []bool{false, true} {
			blobs.open.Store(open)
			if body := get(h, "/admin").Body.String(); strings.Contains(body, "Promoted v2 gbdt: 2.31") != open {
				t.Errorf("with open %v the home page is %s", open, mainOf(body))
			}
			time.Sleep(time.Minute)
		}
	})
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
