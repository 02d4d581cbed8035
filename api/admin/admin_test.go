package admin_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"lfb/internal/control"
	"lfb/internal/lfb"
)

func TestWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var doc struct {
		Paths map[string]map[string]struct{ OperationID string }
	}
	_, raw := s.do("", "GET", "/openapi.json", "")
	if err := json.Unmarshal([]byte(raw), &doc); err != nil || len(doc.Paths) < 15 {
		t.Fatalf("document has %d paths (%v), want every route", len(doc.Paths), err)
	}
	if _, ok := doc.Paths["/"]; !ok {
		t.Error("the document lacks /")
	}
	alike := map[string]string{}
	for path := range doc.Paths {
		shape := regexp.MustCompile(`\{\w+\}`).ReplaceAllString(path, "{}")
		if alike[shape] != "" {
			t.Errorf("%s and %s are one path of the document", path, alike[shape])
		}
		alike[shape] = path
	}
	bodies := map[string]string{
		"retrain": `{"why":"x"}`, "cancel": `{"why":"x"}`, "start-backfill": `{"from":"2017-01","to":"2017-02","why":"x"}`,
		"set-account": `{"role":"operator"}`, "change-account": `{"disabled":true}`, "make-key": `{"scope":"admin","note":"x"}`, "promote": `{"version":"v3","why":"x"}`,
		"acknowledge-alarm": `{"name":"rmse","episode":1,"note":"x"}`, "set-availability": `{"engines":[]}`, "add-note": `{"text":"x"}`, "set-call-handling": `{"seconds":80,"why":"x"}`,
	}
	for path, ops := range doc.Paths {
		path = strings.NewReplacer("{model}", "lgbm", "{id}", "x", "{name}", "x", "{kind}", "monitor", "{sha256}",
			strings.Repeat("a", 64)).Replace(path)
		for method, op := range ops {
			method = strings.ToUpper(method)
			if op.OperationID == "set-schedule" {
				path = "/v1/schedules/monitor"
			}
			body := ""
			if method == "POST" || method == "PUT" || method == "PATCH" {
				if body = bodies[op.OperationID]; body == "" {
					body = `{"why":"x","note":"x"}`
					if strings.Contains(path, "schedules") || strings.Contains(path, "monitoring") {
						body = `{"note":"x"}`
					} else if strings.Contains(path, "promotions") {
						body = `{"why":"x"}`
					}
				}
			}
			s.want(t, 401, "", method, path, body)
			if op.OperationID == "change-password" {
				continue // everybody's own
			}
			s.want(t, 403, "ann", method, path, body)
			if strings.Contains(path, "/cover") {
				continue // analysts' own: TestCover
			}
			if changes := method != "GET" || op.OperationID == "train" || op.OperationID == "candidate-file"; changes {
				s.want(t, 403, "olga", method, path, body, "If-Match", `"2"`)
			} else if res, got := s.do("olga", method, path, body); res.StatusCode >= 500 || res.StatusCode == 401 ||
				res.StatusCode == 403 {
				t.Errorf("%s %s as an analyst = %d %s, want to read it", method, path, res.StatusCode, got)
			}
		}
	}
	if len(s.audit) != 0 || len(s.temporal.asked) != 0 {
		t.Errorf("changes by those who may not: %v, %v", s.audit, s.temporal.asked)
	}
}

func TestOriginalRoutes(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if res, got := s.do("root", "GET", "/", ""); res.StatusCode != 200 || got != "Welcome, root !" {
		t.Errorf("GET / = %d %q", res.StatusCode, got)
	}
	s.want(t, 404, "root", "GET", "/nothing", "")
	if got, _ := s.want(t, 200, "root", "GET", "/data/columns", ""); len(got["list"].([]any)) != 2 {
		t.Errorf("columns = %v", got)
	}
	for real, origin := range map[int]string{0: "synthetic", 1: "real"} {
		s.real = real
		got, res := s.want(t, 200, "root", "GET", "/data/sample", "")
		if rows := got["list"].([]any); len(rows) != 10 || rows[3].(map[string]any)["HourOfCall"] != 3.0 ||
			res.Header.Get("X-Data-Origin") != origin {
			t.Errorf("sample = %v of %s, want ten rows of %s", rows, res.Header.Get("X-Data-Origin"), origin)
		}
	}
	got, res := s.want(t, 202, "root", "GET", "/model/training/lgbm", "")
	link := "http://ui/namespaces/default/workflows/retrain%20lfb-attendance/r1"
	if got["workflow_id"] != "retrain lfb-attendance" || got["link"] != link || res.Header.Get("Location") != link {
		t.Errorf("training = %v, %v", got, res.Header)
	}
	s.want(t, 202, "root", "GET", "/model/training/rf", "")
	s.want(t, 422, "root", "GET", "/model/training/xgb", "")
	if want := "[retrain [gbdt], seed 0, force true by root: by /model/training/lgbm retrain [forest], seed 0, force " +
		"true by root: by /model/training/rf]"; fmt.Sprint(s.temporal.asked) != want {
		t.Errorf("asked for %v, want %s", s.temporal.asked, want)
	}
	s.temporal.err = fmt.Errorf("runs already: %w", lfb.ErrConflict)
	s.want(t, 409, "root", "GET", "/model/training/lgbm", "")
	s.temporal.err = fmt.Errorf("temporal: %w", lfb.ErrUnavailable)
	s.want(t, 503, "root", "GET", "/model/training/lgbm", "")
	got, _ = s.want(t, 200, "root", "GET", "/model/metrics/lgbm", "")
	if got["MAE"] != 63.3 || got["RMSE"] != 88.2 || got["R2"] != 0.642 || got["run_id"] != "run-4" ||
		got["span"] != "holdout" {
		t.Errorf("metrics = %v, want those of the last run that trained it", got)
	}
	s.want(t, 404, "root", "GET", "/model/metrics/rf", "")
}

func TestRunsPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var ids []string
	path := "/v1/runs?limit=2"
	for after := ""; ; {
		got, _ := s.want(t, 200, "olga", "GET", path+after, "")
		for _, r := range got["runs"].([]any) {
			ids = append(ids, r.(map[string]any)["id"].(string))
		}
		next, more := got["next"].(string)
		if !more {
			break
		}
		after = "&after=" + next
	}
	if want := "[run-5 run-4 run-3 run-2 run-1]"; fmt.Sprint(ids) != want {
		t.Errorf("pages hold %v, want %s", ids, want)
	}
	got, _ := s.want(t, 200, "olga", "GET", "/v1/runs/run-4", "")
	if board := got["candidates"].([]any); len(board) != 1 || board[0].(map[string]any)["fit_seconds"] != 40.5 {
		t.Errorf("leaderboard = %v, want one row that was fitted in 40.5 s", board)
	}
	asked := fmt.Sprint(got["run"].(map[string]any)["config"])
	if asked != "map[promote:map[deadline:2.592e+14 deadline_seconds:259200] seed:7]" {
		t.Errorf("config = %s, want its deadline in seconds too", asked)
	}
	s.want(t, 404, "olga", "GET", "/v1/runs/none", "")
	s.want(t, 422, "olga", "GET", "/v1/runs?state=odd&limit=0", "")
}

func TestPromote(t *testing.T) {
	t.Parallel()
	done := control.PromotionResult{Outcome: control.OutcomePromoted, Revision: 3}
	stale := &control.StaleError{Line: "lfb-attendance", Seen: 2, Now: 3}
	tests := []struct {
		name, match, body string
		outcome           control.PromotionResult
		err               error
		status            int
		asked             string
	}{
		{"promoted", `"2"`, `{"version":"v3","why":"better"}`, done, nil, 200, "promote v3 from 2 by root: better"},
		{"goes on", `"2"`, `{"version":"v3","why":"better"}`, control.PromotionResult{}, nil, 202, "promote v3 from 2 by root: better"},
		{"rolled back to the one before", `"2"`, `{"kind":"rollback","why":"worse"}`, done, nil, 200, "rollback  from 2 by root: worse"},
		{"overtaken", `"2"`, `{"version":"v3","why":"better"}`, done, stale, 412, "promote v3 from 2 by root: better"},
		{"stale", `"1"`, `{"version":"v3","why":"better"}`, done, nil, 412, ""},
		{"serves already", `"2"`, `{"version":"v2","why":"better"}`, done, nil, 409, ""},
		{"unknown version", `"2"`, `{"version":"v9","why":"better"}`, done, lfb.ErrNotFound, 404, "promote v9 from 2 by root: better"},
		{"no revision", `"x"`, `{"version":"v3","why":"better"}`, done, nil, 412, ""},
		{"without If-Match", "", `{"version":"v3","why":"better"}`, done, nil, 428, ""},
		{"without a version", `"2"`, `{"why":"better"}`, done, nil, 422, ""},
		{"without a reason", `"2"`, `{"version":"v3"}`, done, nil, 422, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.temporal.outcome, s.temporal.err = tt.outcome, tt.err
			var header []string
			if tt.match != "" {
				header = []string{"If-Match", tt.match}
			}
			_, res := s.want(t, tt.status, "root", "POST", "/v1/promotions", tt.body, header...)
			if got := strings.Join(s.temporal.asked, "; "); got != tt.asked {
				t.Errorf("asked for %q, want %q", got, tt.asked)
			}
			if tt.status == 200 && res.Header.Get("ETag") != `"3"` {
				t.Errorf("ETag = %q, want the new revision", res.Header.Get("ETag"))
			}
		})
	}
}

func TestChampionAndLedger(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	got, res := s.want(t, 200, "olga", "GET", "/v1/champion", "")
	if res.Header.Get("ETag") != `"2"` || got["to"] != "v2" {
		t.Errorf("champion = %v, ETag %s, want v2 at revision 2", got, res.Header.Get("ETag"))
	}
	s.want(t, 404, "olga", "GET", "/v1/champion?line=none", "")
	if got, _ := s.want(t, 200, "olga", "GET", "/v1/ledger", ""); len(got["list"].([]any)) != 2 {
		t.Errorf("ledger = %v, want two entries", got)
	}
	if got, _ := s.want(t, 200, "olga", "GET", "/v1/versions", ""); len(got["list"].([]any)) != 3 {
		t.Errorf("versions = %v, want three", got)
	}
	s.want(t, 200, "olga", "GET", "/v1/versions/v1", "")
	s.want(t, 404, "olga", "GET", "/v1/versions/v9", "")
}

func TestDecideAndSchedules(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.want(t, 200, "root", "POST", "/v1/promotions/promote%20l%20v2/approve", `{"why":"looks right"}`)
	s.want(t, 200, "root", "POST", "/v1/promotions/p/reject", `{"why":"no"}`)
	s.want(t, 422, "root", "POST", "/v1/promotions/p/reject", `{}`)
	s.want(t, 200, "olga", "GET", "/v1/schedules", "")
	s.want(t, 204, "root", "POST", "/v1/schedules/s/pause", `{"note":"holiday"}`)
	s.want(t, 204, "root", "POST", "/v1/schedules/s/resume", `{"note":"back"}`)
	s.want(t, 204, "root", "POST", "/v1/schedules/s/trigger", `{"note":"now"}`)
	want := "approve promote l v2 from -1 by root: looks right; reject p from -1 by root: no; pause s: holiday; resume " +
		"s: back; trigger s: now"
	if got := strings.Join(s.temporal.asked, "; "); got != want {
		t.Errorf("asked for %s, want %s", got, want)
	}
}

func TestAccountsAndKeys(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	got, _ := s.want(t, 201, "root", "PUT", "/v1/accounts/new", `{"role":"operator"}`)
	if p, ok := got["password"].(string); !ok || len(p) < 20 {
		t.Errorf("new account = %v, want its password once", got)
	}
	got, _ = s.want(t, 200, "root", "PUT", "/v1/accounts/new", `{"role":"analyst"}`)
	if got["password"] != nil || got["role"] != "analyst" {
		t.Errorf("changed account = %v, want no password", got)
	}
	s.want(t, 422, "root", "PUT", "/v1/accounts/new", `{"role":"king"}`)
	s.want(t, 422, "root", "PUT", "/v1/accounts/new", `{"role":"analyst","password":"short"}`)
	s.want(t, 422, "root", "PUT", "/v1/accounts/Bad%20Name", `{"role":"analyst"}`)
	s.want(t, 409, "root", "PUT", "/v1/accounts/root", `{"role":"analyst"}`)
	_, list := s.do("olga", "GET", "/v1/accounts", "")
	if strings.Contains(list, "argon2") || !strings.Contains(list, `"olga"`) {
		t.Errorf("accounts = %s, want names and no hashes", list)
	}

	key, _ := s.want(t, 201, "root", "POST", "/v1/api-keys", `{"scope":"analyst","note":"dashboard"}`)
	bearer := "Bearer " + key["key"].(string)
	s.want(t, 200, "", "GET", "/v1/champion", "", "Authorization", bearer)
	s.want(t, 403, "", "POST", "/v1/api-keys", `{"scope":"admin","note":"more"}`, "Authorization", bearer)
	_, list = s.do("olga", "GET", "/v1/api-keys", "")
	if strings.Contains(list, key["key"].(string)) || strings.Contains(list, s.keys[0].Hash) {
		t.Errorf("keys = %s, want none shown again", list)
	}
	s.want(t, 204, "root", "DELETE", "/v1/api-keys/"+key["id"].(string), "")
	s.want(t, 404, "root", "DELETE", "/v1/api-keys/none", "")
	s.want(t, 422, "root", "POST", "/v1/api-keys", `{"scope":"analyst","note":"x","expires_at":"2020-01-01T00:00:00Z"}`)
	s.want(t, 422, "root", "POST", "/v1/api-keys", `{"scope":"analyst","note":"x","account":"nobody"}`)
	if got, _ := s.want(t, 200, "olga", "GET", "/v1/audit", ""); len(got["list"].([]any)) != 6 ||
		!strings.Contains(fmt.Sprint(got), "not done: API key none") {
		t.Errorf("audit log = %v, want five changes, and that one of them was not done", got)
	}
	for _, e := range s.audit {
		if strings.Contains(fmt.Sprint(e), key["key"].(string)) {
			t.Errorf("audit entry %+v holds a secret", e)
		}
	}
}

func TestData(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.want(t, 200, "olga", "GET", "/v1/data-sets", "")
	s.want(t, 200, "olga", "GET", "/v1/data-sets/d1", "")
	s.want(t, 404, "olga", "GET", "/v1/data-sets/none/report", "")
	res, got := s.do("olga", "GET", "/v1/data-sets/d1/report", "")
	if got != "<h1>Report</h1>" || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") ||
		!strings.Contains(res.Header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("report = %q, %v", got, res.Header)
	}
	if list, res := s.do("olga", "GET", "/v1/backfills", ""); list.StatusCode != 200 || !strings.Contains(res, `"b2"`) {
		t.Errorf("backfills = %d %s, want both", list.StatusCode, res)
	}
	if one, _ := s.want(t, 200, "olga", "GET", "/v1/backfills/b1", ""); len(one["months"].([]any)) != 1 {
		t.Errorf("backfill = %v, want its month", one)
	}
	if _, page := s.do("olga", "GET", "/v1/backfills/b1/report", ""); page != "<h1>Report</h1>" {
		t.Errorf("its report = %q", page)
	}
	s.want(t, 404, "olga", "GET", "/v1/backfills/b2/report", "")
	s.want(t, 404, "olga", "GET", "/v1/backfills/none", "")
	s.want(t, 200, "olga", "GET", "/v1/files", "")
	rejects, _ := s.want(t, 200, "olga", "GET", "/v1/files/"+strings.Repeat("a", 64)+"/rejects", "")
	if len(rejects["counts"].([]any)) != 1 || rejects["rejects"] == nil {
		t.Errorf("rejects = %v", rejects)
	}
	s.want(t, 422, "olga", "GET", "/v1/files/x/rejects", "")
}

func TestOtherSitesMayNotMakeABrowserChangeThings(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.want(t, 403, "root", "POST", "/v1/schedules/s/trigger", `{"note":"now"}`, "Sec-Fetch-Site", "cross-site")
	s.want(t, 204, "root", "POST", "/v1/schedules/s/trigger", `{"note":"now"}`, "Sec-Fetch-Site", "same-origin")
}
