package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"lfb/api/web"
	"lfb/internal/registry"
	"lfb/internal/serve"
)

// A station that is out costs calls; the map, the plot, the moves and the ranking follow, and every table is CSV too.
func TestCoverPlans(t *testing.T) {
	t.Parallel()
	full, empty := handlers(t, "")
	usual := get(full, "/cover").Body.String()
	if !strings.Contains(usual, "with engines as often away as usual") || strings.Contains(usual, "Best standby moves") {
		t.Errorf("nothing out: %s", usual)
	}
	const query = "out=Greenwich&out=Lewisham&send=Poplar&to=533250%2C+182550&where=SE10&since=8&until=20"
	page := get(full, "/cover?"+query).Body.String()
	for _, want := range []string{"nine in ten such changes", "Best standby moves", `<option selected>Greenwich</option>`, `value="533250, 182550"`, "<td>Tower Hamlets</td>", "12 stations, dearest first", `src="/cover/plot?out=Greenwich&amp;out=Lewisham&amp;send=Poplar`, "an engine of Poplar at 533250, 182550"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if csv := get(full, "/cover?"+query+"&format=csv&table=3").Body.String(); !strings.HasPrefix(csv,
		"borough,calls a day") {
		t.Errorf("the boroughs as CSV: %.200s", csv)
	}
	layer := get(full, "/cover/layer?"+query).Body.String()
	if !strings.Contains(layer, `"size":750`) || !strings.Contains(layer, `"n":"Greenwich","o":true`) || !strings.Contains(layer, `"n":"new station 1"`) {
		t.Errorf("layer: %.300s", layer)
	}
	if w := get(full, "/cover/plot?"+query); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "<svg") {
		t.Errorf("plot: %d", w.Code)
	}
	if w := get(empty, "/cover/plot"); w.Code != http.StatusNotFound {
		t.Errorf("plot without a model: %d", w.Code)
	}
	if w := get(full, "/coverage?out=Greenwich"); w.Header().Get("Location") != "/cover?out=Greenwich" {
		t.Errorf("the old address leads to %q", w.Header().Get("Location"))
	}
}

// Each station out and each move may have times of its own: form, words, saved scenario and tables have them.
func TestCoverOwnTimes(t *testing.T) {
	t.Parallel()
	full, _ := handlers(t, "")
	const query = "out=Lewisham&since=8&until=20&some=Greenwich&somefrom=2026-07-01+18%3A00&someto=2026-07-02T06:00" +
		"&some=&somefrom=&someto=&send=Poplar&to=Greenwich&sendfrom=18:00&sendto=06:00"
	page := get(full, "/cover?"+query).Body.String()
	for _, want := range []string{
		"Greenwich out from 2026-07-01 18:00 to 2026-07-02 06:00", "an engine of Poplar at Greenwich from 18:00 to 06:00",
		`<option value="Greenwich" selected>`, `name="somefrom" value="2026-07-01 18:00"`, `name="sendto" value="06:00"`,
		"the mean of the 2 days", "<h2>Days</h2>", `somefrom=2026-07-01&#43;18%3A00`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	csv := get(full, "/cover?"+query+"&format=csv&table=2").Body.String()
	if rows := strings.Split(strings.TrimSpace(csv), "\n"); len(rows) != 49 ||
		!strings.HasPrefix(rows[0], "day,hour,calls,late,then") || !strings.HasPrefix(rows[48], "2026-07-02,23:00,") {
		t.Errorf("two days by hour as CSV, %d lines: %.200s", len(rows), csv)
	}
	for query, why := range map[string]string{
		"some=Greenwich&somefrom=noon&someto=13:00": "neither a time of day",
		"some=Greenwich":                                "row 1: who, from when and to when are needed",
		"some=&somefrom=08:00&someto=":                  "row 1: who, from when and to when are needed",
		"out=Poplar&send=Soho&to=Poplar&sendfrom=08:00": "neither a time of day",
	} {
		w := get(full, "/cover?"+query)
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), why) {
			t.Errorf("%s: %d, lacks %q", query, w.Code, why)
		}
	}
}

// The map, the plot and the page wait for one plan: whoever asked for it first and left takes nothing from the others.
func TestCoverOutlivesWhoAskedFirst(t *testing.T) {
	t.Parallel()
	full, _ := handlers(t, "")
	gone, leave := context.WithCancel(t.Context())
	leave()
	w := httptest.NewRecorder()
	full.ServeHTTP(w, httptest.NewRequestWithContext(gone, http.MethodGet, "/cover/layer?out=Greenwich", nil))
	if w.Code != http.StatusOK {
		t.Errorf("after the first had gone: %d: %s", w.Code, w.Body)
	}
}

// What cannot be read leaves the form as it was filled in, and says why above it.
func TestCoverShowsWhatWasEntered(t *testing.T) {
	t.Parallel()
	full, _ := handlers(t, "")
	for query, why := range map[string]string{
		"out=Poplar&send=Soho&to=high+street":         "“high street” is no one place in London",
		"out=Poplar&send=Soho&to=high+street&since=9": "“high street” is no one place in London",
		"out=Poplar&where=Atlantis":                   "“Atlantis” is no one place in London",
		"out=Poplar&since=99&until=x":                 "Since &#34;99&#34; is not between 0 and 23.</p>",
		"out=Poplar&out=Poplar":                       "Poplar",
		"out=Poplar&out=Nowhere":                      "Nowhere",
		"saved=gone":                                  "gone",
	} {
		w := get(full, "/cover?"+query)
		page := w.Body.String()
		form, _ := url.ParseQuery(query)
		wants := []string{`role="alert"`, why, `<form action="/cover"`}
		if form.Has("out") {
			wants = append(wants, `size="8"><option selected>Poplar</option>`)
		}
		for _, name := range []string{"to", "where"} {
			for _, typed := range form[name] {
				wants = append(wants, `value="`+typed+`"`)
			}
		}
		for _, want := range wants {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the page lacks %q", query, want)
			}
		}
		if w.Code != http.StatusUnprocessableEntity && w.Code != http.StatusNotFound ||
			strings.Contains(page, "What it does") {
			t.Errorf("%s: status %d, or an answer to what could not be read", query, w.Code)
		}
	}
}

// noSummary is a data set that does not say where calls come from, and how often it was asked for.
type noSummary struct{ asked int }

func (n *noSummary) DataSet(context.Context, string) (registry.DataSet, error) {
	n.asked++
	return registry.DataSet{ID: "d1"}, nil
}

// A model that nothing can be planned with: the page says why, and does not ask to try again.
func TestCoverOfAModelThatCannotPlan(t *testing.T) {
	t.Parallel()
	o := newOptions(t, "")
	sets := &noSummary{}
	o.Cover = &serve.Cover{Champion: o.Champion, Sets: sets}
	h := web.New(o)
	get(h, "/cover")
	w := get(h, "/cover?out=Soho")
	if sets.asked != 1 {
		t.Errorf("asked %d times for what stays as it is", sets.asked)
	}
	if page := w.Body.String(); w.Code != http.StatusConflict || !strings.Contains(page, "Data set d1 has no summary") || !strings.Contains(page, `<option selected>Soho</option>`) {
		t.Errorf("%d: %s", w.Code, page)
	}
}

func TestCoverScenarioIsSaved(t *testing.T) {
	t.Parallel()
	h, s := hall(t)
	w := post(h, "/cover/scenarios/save", url.Values{
		"name":     {"Night strike"},
		"scenario": {"out=Soho&out=Lambeth%2F1&send=Poplar&to=Soho&since=20&until=6"},
	})
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/cover?changed=scenario-saved&saved=Night+strike" {
		t.Fatalf("saved: %d to %q: %s", w.Code, w.Header().Get("Location"), w.Body)
	}
	again := url.Values{"name": {"night Strike"}, "scenario": {"out=Soho"}, "form": {"/cover?out=Soho"}}
	w = post(h, "/cover/scenarios/save", again)
	if w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "saved a scenario of that name") || !strings.Contains(w.Body.String(), `value="night Strike"`) {
		t.Errorf("a name that is taken: %d: %s", w.Code, w.Body)
	}
	page := get(h, "/cover?saved=Night+strike").Body.String()
	for _, want := range []string{`<option selected>Soho</option>`, `<option selected>Poplar</option>`, `<option value="20" selected>20:00</option>`, ">Night strike</a>", "out=Lambeth%2F1"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of the saved scenario lacks %q", want)
		}
	}
	again.Set("name", "Night strike")
	again.Set("replace", "1")
	if w := post(h, "/cover/scenarios/save", again); w.Code != http.StatusSeeOther {
		t.Errorf("in its place: %d", w.Code)
	}
	if w := post(h, "/cover/scenarios/remove", url.Values{"name": {"Night strike"}}); w.Code != http.StatusSeeOther {
		t.Errorf("removed: %d", w.Code)
	}
	if w := get(h, "/cover?saved=Night+strike"); w.Code != http.StatusNotFound {
		t.Errorf("removed, and still there: %d", w.Code)
	}
	if got := s.Changes(); len(got) != 3 || got[0].Detail != "Night strike" {
		t.Errorf("logged %+v", got)
	}
	for _, scenario := range []string{"where=Atlantis", "out=Atlantis"} {
		if w := post(h, "/cover/scenarios/save", url.Values{
			"name":     {"x"},
			"scenario": {scenario},
		}); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", scenario, w.Code)
		}
	}
}
