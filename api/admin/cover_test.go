package admin_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/internal/serve"
	"lfb/internal/serve/servetest"
)

// fixedChampion serves one model, or none.
type fixedChampion struct{ *serve.Loaded }

func (f fixedChampion) Now() *serve.Loaded { return f.Loaded }

// coverOf plans with a model of the small city, whose data set d1 is.
func coverOf(t *testing.T, s *site, sent bool) *serve.Cover {
	t.Helper()
	rows := servetest.City(4000)
	ref, err := rows.Summarise().Put(t.Context(), s.Blobs)
	if err != nil {
		t.Fatal(err)
	}
	s.dataSets[0].Summary = ref
	m := &serve.Loaded{
		Version: registry.Version{ID: "v2", DataSet: "d1"},
		Bundle:  servetest.Fit(t, servetest.Options{City: rows, Sent: sent}),
	}
	return &serve.Cover{Champion: fixedChampion{m}, Sets: s.store, Blobs: s.Blobs}
}

func TestCover(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	*s.cover = *coverOf(t, s, true)
	got, _ := s.want(t, 200, "olga", "POST", "/v1/cover", `{"out":[{"station":"Soho"}],"moves":true,"closures":true}`)
	effect := got["effect"].(map[string]any)
	first := effect["first"].(map[string]any)
	if !(first["after"].(float64) > first["before"].(float64)) || !(got["low"].(float64) < got["high"].(float64)) ||
		got["version"] != "v2" {
		t.Errorf("without Soho: %v, %v to %v of %v", first, got["low"], got["high"], got["version"])
	}
	if len(effect["hours"].([]any)) != 24 || effect["places"] != nil || len(got["closures"].([]any)) != 4 ||
		len(got["unknown"].([]any)) == 0 {
		t.Errorf("%v", got)
	}
	out := `{"station":"Deptford"},{"station":"Euston"},{"station":"Lewisham"},{"station":"Soho"}`
	all, _ := s.want(t, 200, "olga", "POST", "/v1/cover", `{"out":[`+out+`],"moves":true,"closures":true,"places":true}`)
	if first := all["effect"].(map[string]any)["first"].(map[string]any); first["after"] != first["calls"] {
		t.Errorf("with every station out: %v", first)
	}
	for body, status := range map[string]int{
		`{"out":[{"station":"Atlantis"}]}`: 422, `{"from":30}`: 422, `{"out":[{"station":"Soho","engines":5}]}`: 422, `{"nonsense":1}`: 422,
		`{"new":[` + strings.TrimSuffix(strings.Repeat(`{"name":"N","easting":530000,"northing":180000},`, 9), ",") + `]}`: 422,
	} {
		s.want(t, status, "olga", "POST", "/v1/cover", body)
	}
	s.want(t, 403, "ann", "POST", "/v1/cover", `{}`)
	if err := s.SaveCoverScenario(t.Context(), registry.CoverScenario{Name: "Strike", Revision: 1, Who: "olga", Scenario: []byte(`{"from":20}`)}); err != nil {
		t.Fatal(err)
	}
	if _, list := s.do("olga", "GET", "/v1/cover/scenarios", ""); !strings.Contains(list, `"Strike"`) || !strings.Contains(list, `"from":20`) {
		t.Errorf("scenarios: %s", list)
	}
	const night = "/v1/cover/scenarios/Night%20strike"
	s.want(t, 204, "olga", "PUT", "/v1/cover/scenarios/Strike%202", `{"out":[{"station":"Soho","from":"20:00","to":"06:00"}]}`)
	if want := `save Strike 2 by olga: {"out":[{"station":"Soho","from":"20:00","to":"06:00"}]}`; s.temporal.asked[0] != want {
		t.Errorf("asked %q, want %q", s.temporal.asked[0], want)
	}
	if got, _ := s.want(t, 409, "olga", "PUT", night, `{}`); !strings.Contains(got["detail"].(string), "revision 1") {
		t.Errorf("a name that is taken: %v", got)
	}
	put := func(match string) int {
		r := httptest.NewRequest(http.MethodPut, night, strings.NewReader(`{"from":20,"to":6}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("If-Match", match)
		r.SetBasicAuth("olga", "secret")
		res := s.serve(r)
		defer res.Body.Close()
		if res.StatusCode == http.StatusNoContent && res.Header.Get("ETag") != `"2"` {
			t.Errorf("saved as %q", res.Header.Get("ETag"))
		}
		return res.StatusCode
	}
	if fresh, stale, none := put(`"1"`), put(`"7"`), put("x"); fresh != 204 || stale != 412 || none != 412 {
		t.Errorf("in place of the revision: %d, of another: %d, of none: %d", fresh, stale, none)
	}
	s.want(t, 422, "olga", "PUT", "/v1/cover/scenarios/Atlantis", `{"out":[{"station":"Atlantis"}]}`)
	s.want(t, 204, "olga", "DELETE", "/v1/cover/scenarios/Night%20strike", "")
}

// Without a model, with one that does not know who comes, or while it is made: not now.
func TestCoverIsNotThere(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if got, _ := s.want(t, 503, "olga", "POST", "/v1/cover", `{}`); got["code"] != "no_model" {
		t.Errorf("no model: %v", got)
	}
	*s.cover = *coverOf(t, s, false)
	if got, _ := s.want(t, 409, "olga", "POST", "/v1/cover", `{}`); got["detail"] != "nothing can be planned with a model that does not take the station sent from" {
		t.Errorf("a model that does not know who comes: %v", got)
	}
	*s.cover = *coverOf(t, s, true)
	never := make(neverSets)
	defer close(never)
	s.cover.Sets = never
	r := httptest.NewRequest(http.MethodPost, "/v1/cover", strings.NewReader(`{}`))
	r.Header.Set("Content-Type", "application/json")
	r.SetBasicAuth("olga", "secret")
	ctx, cancel := context.WithTimeout(t.Context(), time.Second/2)
	defer cancel()
	res := s.serve(r.WithContext(ctx))
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 503 || !strings.Contains(string(body), "the planner is being made: 0 %") ||
		res.Header.Get("Retry-After") == "" {
		t.Errorf("while it is made: %d %s, %v", res.StatusCode, body, err)
	}
}

// neverSets answers nothing until it is closed.
type neverSets chan struct{}

func (s neverSets) DataSet(context.Context, string) (registry.DataSet, error) {
	<-s
	return registry.DataSet{}, lfb.ErrUnavailable
}
