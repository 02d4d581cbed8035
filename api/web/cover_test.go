package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
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
	if csv := get(full, "/cover?"+query+"&format=csv&table=3").Body.String(); !strings.HasPrefix(csv, "borough,calls a day") {
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

func TestCoverScenarioIsSaved(t *testing.T) {
	t.Parallel()
	h, s := hall(t)
	w := post(h, "/cover/scenarios/save", url.Values{"name": {"Night strike"}, "scenario": {"out=Soho&out=Lambeth%2F1&send=Poplar&to=Soho&since=20&until=6"}})
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/cover?changed=scenario-saved&saved=Night+strike" {
		t.Fatalf("saved: %d to %q: %s", w.Code, w.Header().Get("Location"), w.Body)
	}
	page := get(h, "/cover?saved=Night+strike").Body.String()
	for _, want := range []string{`<option selected>Soho</option>`, `<option selected>Poplar</option>`, `<option value="20" selected>20:00</option>`, ">Night strike</a>", "out=Lambeth%2F1"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of the saved scenario lacks %q", want)
		}
	}
	if w := post(h, "/cover/scenarios/remove", url.Values{"name": {"Night strike"}}); w.Code != http.StatusSeeOther {
		t.Errorf("removed: %d", w.Code)
	}
	if w := get(h, "/cover?saved=Night+strike"); w.Code != http.StatusNotFound {
		t.Errorf("removed, and still there: %d", w.Code)
	}
	if got := s.Changes(); len(got) != 2 || got[0].Detail != "Night strike" {
		t.Errorf("logged %+v", got)
	}
	if w := post(h, "/cover/scenarios/save", url.Values{"name": {"x"}, "scenario": {"where=Atlantis"}}); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a place that is none: %d", w.Code)
	}
}
