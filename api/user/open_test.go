package user_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"lfb/internal/serve/servetest"
)

func basicAuth(name string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(name+":secret"))
}

func TestReadyz(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	want := func(status int, word string) {
		t.Helper()
		res := s.do("GET", "/readyz", "", map[string]string{"Authorization": ""})
		if got := text(t, res); res.StatusCode != status || !strings.Contains(got, `"status":"`+word+`"`) {
			t.Fatalf("readyz = %d %s, want %d %s", res.StatusCode, got, status, word)
		}
	}
	want(503, "not ready")
	res := s.do("POST", "/v1/predictions", `{"postcode_district":"SE1"}`, nil)
	if got := text(t, res); res.StatusCode != 503 || res.Header.Get("Retry-After") == "" {
		t.Fatalf("prediction without a model = %d %s, Retry-After %q, want 503 and when to come again", res.StatusCode, got,
			res.Header.Get("Retry-After"))
	}
	s.world.Promote(t, s.world.Store(t, "lfb-attendance", champion(t)))
	if err := s.champion.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	want(200, "ready")
	s.world.SetDown(true)
	s.restart() // with the copy on disk only
	want(200, "degraded")
	if got := text(t, s.do("GET", "/readyz?verbose", "", nil)); !strings.Contains(got, `"database":"does not answer`) || !strings.Contains(got, `"model":"from the copy`) {
		t.Errorf("readyz?verbose = %s, want what is wrong", got)
	}
	s.predict(t, "/v1/predictions", `{"postcode_district":"SE1"}`)
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	s := newSite(t, champion(t))
	s.predict(t, "/v1/predictions", `{"calls":[{"postcode_district":"SE1"},{"postcode_district":"SE2"}]}`)
	s.do("POST", "/predict", `{"IncGeo_BoroughCode":"E09000001","IncGeo_WardCode":"","Easting_rounded":523050,"Northing_rounded":173050,"IncidentStationGround":""}`, nil)
	s.do("POST", "/v1/predictions", `{}`, nil)
	got := text(t, s.do("GET", "/metrics", "", nil))
	for _, want := range []string{
		`lfb_predict_requests_total\{model="lfb-attendance",outcome="answered",version="[0-9a-f]{12}"\} 3\n`,
		`lfb_predict_duration_seconds_count\{stage="model"\} 2\n`,
		`lfb_model_info\{model="lfb-attendance",revision="1",sha="[0-9a-f]{64}",trained_to="2017-[^"]+",version="[0-9a-f]{12}"\} 1\n`,
		`lfb_model_age_seconds [0-9.e+]+\n`, `lfb_data_age_seconds [0-9.e+]+\n`, `lfb_spool_bytes [1-9][0-9]+\n`, `lfb_ledger_seen_timestamp_seconds 1\.`,
	} {
		if !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("metrics lack %s:\n%s", want, got)
		}
	}
}

func TestTwoSitesInOneProcess(t *testing.T) {
	t.Parallel()
	newSite(t, nil)
	newSite(t, nil) // a global registry would refuse the second
}

func TestDocument(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	var doc struct {
		OpenAPI string `json:"openapi"`
		Info    struct{ Title, Version string }
		Paths   map[string]map[string]struct {
			OperationID string                     `json:"operationId"`
			Responses   map[string]json.RawMessage `json:"responses"`
			Security    []map[string][]string      `json:"security"`
		}
		Components struct {
			Schemas         map[string]json.RawMessage
			SecuritySchemes map[string]struct{ Type, Scheme string } `json:"securitySchemes"`
		}
	}
	raw := text(t, s.do("GET", "/openapi.json", "", nil))
	if err := json.Unmarshal([]byte(raw), &doc); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1.") || doc.Info.Title == "" || doc.Info.Version == "" {
		t.Errorf("document is %s %+v, want 3.1 with a title and a version", doc.OpenAPI, doc.Info)
	}
	for path, ops := range doc.Paths { // what is documented is answered
		for method, op := range ops {
			res := s.do(strings.ToUpper(method), strings.NewReplacer("{model}", "lfb-attendance", "{version}", "1", "{id}",
				"x").Replace(path), "", nil)
			if got := text(t, res); res.StatusCode == 405 || res.StatusCode == 404 && path != "/v1/predictions/{id}" {
				t.Errorf("documented %s %s = %d %s", method, path, res.StatusCode, got)
			}
			open := s.do(strings.ToUpper(method), path, "", map[string]string{"Authorization": ""}).StatusCode != 401
			if open == (len(op.Security) > 0) {
				t.Errorf("%s %s is open = %v, which the document does not say", method, path, open)
			}
		}
	}
	for _, want := range []string{
		"POST /predict", "POST /bienvenue", "POST /v1/predictions", "GET /v1/predictions/{id}", "GET /v1/model",
		"POST /v1/predictions:batch", "POST /v2/models/{model}/infer", "POST /v2/models/{model}/versions/{version}/infer",
	} {
		method, path, _ := strings.Cut(want, " ")
		op, ok := doc.Paths[path][strings.ToLower(method)]
		if !ok || op.OperationID == "" || len(op.Responses) == 0 || len(op.Security) == 0 {
			t.Errorf("document's %s = %+v, want an id, responses and what it needs", want, op)
		}
	}
	for _, m := range regexp.MustCompile(`"\$ref":"#/components/schemas/([^"]+)"`).FindAllStringSubmatch(raw, -1) {
		if doc.Components.Schemas[m[1]] == nil {
			t.Errorf("reference to the schema %s, which is not there", m[1])
		}
	}
	for name, kind := range map[string]string{"basic": "basic", "bearer": "bearer"} {
		if got := doc.Components.SecuritySchemes[name]; got.Type != "http" || got.Scheme != kind {
			t.Errorf("security scheme %s = %+v", name, got)
		}
	}
}

func TestDocsNeedNoInternet(t *testing.T) {
	t.Parallel()
	page := text(t, newSite(t, nil).do("GET", "/docs", "", nil))
	if found := regexp.MustCompile(`(?i)(https?:)?//[a-z0-9.-]+\.[a-z]{2,}|@import|url\(`).FindString(page); found != "" {
		t.Errorf("the page asks for %q", found)
	}
}

func FuzzPredictRequest(f *testing.F) {
	s := newSite(f, servetest.Fit(f, servetest.Options{Rows: 1000, Rounds: 2, Leaves: 4}))
	for _, path := range []string{"/predict", "/v1/predictions", "/v1/predictions?explain=true"} {
		for _, seed := range []string{
			``, `{}`, `null`, `[]`, `{"calls":null}`, `{"calls":[{}]}`, `{"postcode":"SE1 9NF"}`, `{"easting":523050,"northing":1e308}`,
			`{"latitude":51.48,"longitude":0.0,"time":"2017-03-08T14:25:00Z","reported":"fire","pump":2.0,"recent_load":1e300}`,
			`{"postcode_district":"SE1","time":"0001-01-01T00:00:00Z"}`, `{"pump":1e400}`, "{\"ward_code\":\"\\u0000\xff\"}",
			`{"HourOfCall":14,"IncGeo_BoroughCode":"E09000001","IncGeo_WardCode":"E05000001","Easting_rounded":-1e308,"Northing_rounded":173050,"IncidentStationGround":"Deptford","PumpOrder":1e18}`,
			`{"calls":[{"postcode_district":"SE1"},{"station_ground":"Soho","sent_from":"Soho"}]}`,
		} {
			f.Add(path, seed)
		}
	}
	f.Fuzz(func(t *testing.T, path, body string) {
		if path != "/predict" && path != "/v1/predictions" {
			path = "/v1/predictions?explain=true"
		}
		res := s.do("POST", path, body, nil)
		got := text(t, res)
		if res.StatusCode >= 500 || res.StatusCode < 200 {
			t.Fatalf("POST %s %q = %d %s", path, body, res.StatusCode, got)
		}
		if res.StatusCode == 200 && path != "/predict" && !json.Valid([]byte(got)) {
			t.Fatalf("POST %s %q: %q is no JSON", path, body, got)
		}
		if err := s.spool.Flush(t.Context()); err != nil {
			t.Fatalf("POST %s %q: the answer cannot be shipped: %v", path, body, err)
		}
	})
}

// An answer that does not get into the log is heard of by its age, however few they are.
func TestReadyzGoesByTheOldestAnswer(t *testing.T) {
	t.Parallel()
	s := newSite(t, champion(t))
	s.predict(t, "/v1/predictions", `{"postcode_district":"SE1"}`)
	for age, want := range map[time.Duration]string{4 * time.Minute: `"status":"ready"`, 6 * time.Minute: `"status":"degraded"`} {
		at := clock.Add(-age)
		if err := os.Chtimes(filepath.Join(s.spooled, "spool-000000000001"), at, at); err != nil {
			t.Fatal(err)
		}
		got := text(t, s.do("GET", "/readyz?verbose", "", nil))
		if seconds := fmt.Sprintf(`"oldest_spooled_seconds":%v,`, age.Seconds()); !strings.Contains(got, want) || !strings.Contains(got, seconds) {
			t.Errorf("readyz with an answer that waits for %v = %s, want %s, %s", age, got, want, seconds)
		}
		if got := text(t, s.do("GET", "/metrics", "", nil)); !strings.Contains(got,
			fmt.Sprintf("lfb_spool_oldest_age_seconds %v\n", age.Seconds())) {
			t.Errorf("metrics of an answer that waits for %v: %s", age, got)
		}
	}
}
