package web_test

import (
	"cmp"
	"net/url"
	"strings"
	"testing"
)

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
