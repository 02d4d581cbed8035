package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"lfb/api/web"
	"lfb/internal/registry"
)

// needs is the least role of every route. What anybody may reach is not in it:
// styles and the sign-in page.
var needs = map[string]registry.Role{
	"GET /{$}": registry.RoleOperator, "GET /answer": registry.RoleOperator, "GET /coverage": registry.RoleOperator,
	"GET /cover": registry.RoleOperator, "GET /cover/layer": registry.RoleOperator,
	"GET /cover/picture": registry.RoleOperator, "GET /cover/plot": registry.RoleOperator,
	"POST /cover/scenarios/{verb}": registry.RoleAnalyst,
	"GET /map/layer":               registry.RoleOperator, "GET /map/picture": registry.RoleOperator,
	"GET /answers/{id}": registry.RoleOperator, "GET /suggestions": registry.RoleOperator,
	"GET /settings": registry.RoleAdmin, "POST /settings": registry.RoleAdmin,
	"GET /availability": registry.RoleOperator, "POST /availability": registry.RoleOperator,
	"GET /about": registry.RoleOperator, "POST /sign-out": registry.RoleOperator,
	"GET /admin": registry.RoleAnalyst, "GET /admin/events": registry.RoleAnalyst, "GET /events": registry.RoleAnalyst,
	"GET /runs/{id}/step": registry.RoleAnalyst,
	"GET /runs":           registry.RoleAnalyst, "GET /runs/{id}": registry.RoleAnalyst,
	"GET /runs/{id}/steps":  registry.RoleAnalyst,
	"GET /runs/{id}/events": registry.RoleAnalyst, "GET /runs/{id}/plots/{candidate}/{kind}": registry.RoleAnalyst,
	"GET /compare": registry.RoleAnalyst, "GET /models": registry.RoleAnalyst,
	"GET /models/{line}/{id}":                 registry.RoleAnalyst,
	"GET /models/{line}/{id}/bundle":          registry.RoleAnalyst,
	"GET /models/{line}/{id}/export/{format}": registry.RoleAnalyst,
	"GET /models/{line}/{id}/plots/{kind}":    registry.RoleAnalyst, "GET /data": registry.RoleAnalyst,
	"GET /data/{id}": registry.RoleAnalyst, "GET /sample/{origin}": registry.RoleAnalyst,
	"GET /monitoring": registry.RoleAnalyst, "GET /monitoring/{line}/plots/{kind}": registry.RoleAnalyst,
	"GET /data/{id}/report": registry.RoleAnalyst, "GET /data/{id}/report/raw": registry.RoleAnalyst,
	"GET /files/{sha}": registry.RoleAnalyst, "GET /schedules": registry.RoleAnalyst,
	"GET /approvals/{id}": registry.RoleAnalyst,
	"GET /password":       registry.RoleOperator, "POST /password": registry.RoleOperator,
	"GET /people": registry.RoleAnalyst, "GET /audit": registry.RoleAnalyst, "GET /replays": registry.RoleAnalyst,
	"GET /replays/{id}": registry.RoleAnalyst, "GET /replays/{id}/{file}": registry.RoleAnalyst,
	"POST /people": registry.RoleAdmin, "POST /keys": registry.RoleAdmin, "POST /keys/{id}/{verb}": registry.RoleAdmin,
	"POST /replays":                   registry.RoleAdmin,
	"GET /models/{line}/{id}/promote": registry.RoleAdmin, "POST /models/{line}/{id}/promote": registry.RoleAdmin,
	"POST /monitoring/{line}/acknowledge": registry.RoleAdmin,
	"POST /models/{line}/{id}/notes":      registry.RoleAdmin, "POST /models/{line}/{id}/judge": registry.RoleAdmin,
	"POST /approvals/{id}": registry.RoleAdmin, "GET /retrain": registry.RoleAdmin, "POST /runs": registry.RoleAdmin,
	"POST /runs/{id}/cancel": registry.RoleAdmin, "POST /places": registry.RoleAdmin,
	"POST /schedules/{id}/{verb}": registry.RoleAdmin,
}

var (
	pattern = regexp.MustCompile(`"((?:GET|POST|PUT|DELETE) /[^"]*)"`)
	wild    = regexp.MustCompile(`\{[^}]*\}`)
)

// TestEveryRouteByRole asks for every route that web.go registers as everybody:
// below the least role it is refused, from it on it is not.
func TestEveryRouteByRole(t *testing.T) {
	t.Parallel()
	o := newGuardedOptions(t)
	h := web.New(o)
	source, err := os.ReadFile("web.go")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, m := range pattern.FindAllSubmatch(source, -1) {
		route := string(m[1])
		if route == "GET /static/" {
			continue
		}
		found[route] = true
		least, ok := needs[route]
		if !ok {
			t.Errorf("route %s is not in the table of this test", route)
			continue
		}
		method, path, _ := strings.Cut(route, " ")
		path = wild.ReplaceAllString(strings.ReplaceAll(path, "{$}", ""), "x")
		for _, as := range []registry.Role{"", registry.RoleOperator, registry.RoleAnalyst, registry.RoleAdmin} {
			r := httptest.NewRequest(method, path, nil)
			if strings.HasSuffix(path, "/events") { // a reader who is gone at once
				gone, leave := context.WithCancel(t.Context())
				leave()
				r = r.WithContext(gone)
			}
			if as != "" {
				r.SetBasicAuth(string(as), "right")
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			switch refused := w.Code == http.StatusForbidden || w.Code == http.StatusUnauthorized; {
			case as == "" && w.Code != http.StatusUnauthorized:
				t.Errorf("%s as nobody = %d, want 401", route, w.Code)
			case as != "" && as.Covers(least) == refused:
				t.Errorf("%s as %s = %d; it is for %s", route, as, w.Code, least)
			}
		}
	}
	for route := range needs {
		if !found[route] {
			t.Errorf("route %s of the table is not registered in web.go", route)
		}
	}
}
