package web_test

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// Who is out is set by two choices and taken back by one; the pages that answer say so meanwhile.
func TestAvailabilityPage(t *testing.T) {
	t.Parallel()
	h, s := hall(t)
	page := func(path string) string { return get(h, path).Body.String() }
	if body := page("/availability"); !strings.Contains(body, "Nobody is said to be out") ||
		strings.Contains(page("/"), "As the engines stand") {
		t.Fatalf("nobody is out, and the page says:\n%s", body)
	}
	station := regexp.MustCompile(`<option>([^<]+)</option>`).FindStringSubmatch(page("/availability"))[1]
	form := url.Values{"do": {"set"}, "station": {station}, "engines": {"0"}, "at": {""}, "hours": {"4"}}
	if w := post(h, "/availability", form); w.Code != 303 ||
		w.Header().Get("Location") != "/availability?changed=availability" {
		t.Fatalf("setting = %d to %q: %s", w.Code, w.Header().Get("Location"), w.Body)
	}
	body := page("/availability")
	if !strings.Contains(body, `<th scope="row">`+station+"</th><td>all</td><td>out</td>") || !strings.Contains(body, "3 Apr 2017, 14:12") {
		t.Errorf("the page does not say who is out:\n%s", body)
	}
	layer := regexp.MustCompile(`/map/layer\?[^"]*`)
	usual, now := layer.FindString(page("/coverage?as=usual")), layer.FindString(page("/coverage"))
	if a, b := page(html.UnescapeString(usual)), page(html.UnescapeString(now)); a == b ||
		!strings.Contains(b, "as the engines stand now") || strings.Contains(a, "as the engines stand") {
		t.Errorf("the maps %s and %s are alike", usual, now)
	}
	if at := layer.FindString(page("/?where=SE10")); !strings.Contains(at, "as=1-") {
		t.Errorf("the map beside an answer about now is %s", at)
	}
	if said := page("/coverage"); !strings.Contains(said, "As the engines stand") ||
		!strings.Contains(said, station+" out") {
		t.Error("the coverage page does not say who is out")
	}
	for name, bad := range map[string]url.Values{
		"out already":     {"do": {"set"}, "station": {station}, "engines": {"0"}, "hours": {"4"}},
		"no station":      {"do": {"set"}, "engines": {"0"}, "hours": {"4"}},
		"an unknown one":  {"do": {"set"}, "station": {"Atlantis"}, "engines": {"0"}, "hours": {"4"}},
		"at an unknown":   {"do": {"set"}, "station": {station}, "at": {"Atlantis"}, "engines": {"0"}, "hours": {"4"}},
		"at home":         {"do": {"set"}, "station": {station}, "at": {station}, "engines": {"0"}, "hours": {"4"}},
		"other hours":     {"do": {"set"}, "station": {station}, "engines": {"0"}, "hours": {"400"}},
		"no such engines": {"do": {"set"}, "station": {station}, "engines": {"-1"}, "hours": {"4"}},
	} {
		if w := post(h, "/availability", bad); w.Code != 422 {
			t.Errorf("%s = %d, want 422", name, w.Code)
		}
	}
	key := regexp.MustCompile(`name="key" value="([^"]+)"`).FindStringSubmatch(body)[1]
	back := url.Values{"do": {"back"}, "key": {key}}
	if w := post(h, "/availability", back); w.Code != 303 {
		t.Errorf("taking it back = %d: %s", w.Code, w.Body)
	}
	if w := post(h, "/availability", back); w.Code != 409 {
		t.Errorf("taking it back twice = %d, want 409", w.Code)
	}
	if !strings.Contains(page("/availability"), "Nobody is said to be out") ||
		strings.Contains(page("/"), "As the engines stand") {
		t.Error("all are back, and the pages say otherwise")
	}
	if log := s.Changes(); len(log) != 2 || log[0].Action != "set availability" {
		t.Errorf("audit = %+v, want the two changes", log)
	}
}
