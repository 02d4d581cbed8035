package admin_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"lfb/api/admin"
	"lfb/internal/auth"
	"lfb/internal/httpx"
	"lfb/internal/ml"
	"lfb/internal/registry"
	"lfb/internal/serve"
	"lfb/internal/serve/servetest"
)

// site is the admin API over a world in memory: root is an administrator, olga
// an analyst, ann an operator; password secret.
type site struct {
	cover *serve.Cover
	*store
	temporal *temporal
	handler  http.Handler
}

var hash = sync.OnceValues(func() (string, error) { return auth.HashPassword("secret") })

func newSite(t *testing.T) *site {
	t.Helper()
	h, err := hash()
	if err != nil {
		t.Fatal(err)
	}
	s := &site{store: &store{
		World: servetest.NewWorld(), boards: map[string][]registry.Candidate{}, attempts: map[string]registry.Attempt{},
		results: map[string][]registry.AttemptFile{},
	}, temporal: &temporal{}, cover: &serve.Cover{Champion: fixedChampion{}}}
	s.temporal.world = s.World
	for name, role := range map[string]registry.Role{
		"root": registry.RoleAdmin, "olga": registry.RoleAnalyst,
		"ann": registry.RoleOperator,
	} {
		if err := s.SaveAccount(t.Context(), registry.Account{Name: name, Role: role, PasswordHash: h}); err != nil {
			t.Fatal(err)
		}
	}
	s.people = []string{"ann", "olga", "root"}
	for _, v := range []string{"v1", "v2", "v3"} {
		version := registry.Version{ID: v, Line: "lfb-attendance", RunID: "run-4"}
		if err := s.SaveVersion(t.Context(), version); err != nil {
			t.Fatal(err)
		}
		s.versions = append(s.versions, version)
	}
	s.Promote(t, s.versions[0])
	s.Promote(t, s.versions[1])
	for i := range 5 {
		id := fmt.Sprintf("run-%d", 5-i)
		s.runs = append(s.runs, registry.Run{ID: id, Line: "lfb-attendance", State: registry.Succeeded})
	}
	s.runs[1].Config = json.RawMessage(`{"seed":7,"promote":{"deadline":259200000000000}}`)
	s.boards["run-5"] = []registry.Candidate{{RunID: "run-5", Name: "gbdt", State: "failed"}}
	s.boards["run-4"] = []registry.Candidate{{
		RunID: "run-4", Name: "gbdt", State: "trained", FitTime: 40500 * time.Millisecond,
		Valid:   ml.Report{First: ml.Metrics{MAE: 1}},
		Holdout: ml.Report{First: ml.Metrics{Rows: 9, MAE: 63.3, RMSE: 88.2, R2: 0.642}},
	}}
	report, err := s.Blobs.PutBytes(t.Context(), "report/1", []byte("<h1>Report</h1>"))
	if err != nil {
		t.Fatal(err)
	}
	s.backfills = []registry.Backfill{{ID: "b1", Report: report}, {ID: "b2", State: registry.Running}}
	s.dataSets = []registry.DataSet{{ID: "d1", Report: report, Rows: 7}}
	s.handler = admin.New(admin.Options{
		Store: s.store, Blobs: s.Blobs, Control: s.temporal, CheckStations: checkStations, Cover: s.cover,
		Candidates: []string{"baseline", "gbdt", "forest"}, Columns: []string{"DateOfCall", "HourOfCall"},
		Auth: httpx.NewAuth(s.store), MaxBody: 1 << 20, MaxResult: 3 << 20,
		Log: zap.NewNop(), TemporalUI: "http://ui", Namespace: "default", Now: func() time.Time { return clock },
	})
	return s
}

// do asks as an account, with headers in pairs.
func (s *site) do(as, method, path, body string, header ...string) (*http.Response, string) {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if as != "" {
		r.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(as+":secret")))
	}
	for k := 0; k+1 < len(header); k += 2 {
		r.Header.Set(header[k], header[k+1])
	}
	res := s.serve(r)
	got, err := io.ReadAll(res.Body)
	if err != nil {
		panic(err) // a recorder's body always reads
	}
	return res, string(got)
}

func (s *site) serve(r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w.Result()
}

// want asks and reads the answer, which must have this status.
func (s *site) want(t *testing.T, status int, as, method, path, body string,
	header ...string,
) (map[string]any, *http.Response) {
	t.Helper()
	res, got := s.do(as, method, path, body, header...)
	if res.StatusCode != status {
		t.Fatalf("%s %s %s as %s = %d %s, want %d", method, path, body, as, res.StatusCode, got, status)
	}
	var v any
	if err := json.Unmarshal([]byte(got), &v); err != nil {
		return nil, res
	}
	if list, ok := v.([]any); ok {
		return map[string]any{"list": list}, res
	}
	return v.(map[string]any), res
}
