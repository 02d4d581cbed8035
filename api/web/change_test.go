package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

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
	retrain := url.Values{"seed": {"7"}, "candidate": {"gbdt"}, "why": {"the first of June"}}
	if w := post(h, "/runs", retrain); w.Code != 303 ||
		w.Header().Get("Location") != "/runs/20170403-091200-4f1c9a2b?changed=retrain" {
		t.Errorf("retrain = %d to %q, want its run: %s", w.Code, w.Header().Get("Location"), w.Body)
	}
	if w := post(h, "/runs", retrain); w.Code != 409 || !strings.Contains(w.Body.String(), "runs already") {
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
