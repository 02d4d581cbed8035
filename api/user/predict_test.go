package user_test

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"lfb/api/apitest"
	"lfb/internal/lfb"
	"lfb/internal/serve/servetest"
)

// prediction is an answer as a client reads it.
type prediction struct {
	ID         string   `json:"id"`
	Attendance times    `json:"attendance"`
	Response   *times   `json:"response"`
	NoResponse string   `json:"no_response"`
	Warnings   []string `json:"warnings"`
	Model      struct {
		Version string `json:"version"`
	} `json:"model"`
	Explanation *struct {
		Base          float64 `json:"base_seconds"`
		Calibration   float64 `json:"calibration_seconds"`
		Mean          float64 `json:"mean_seconds"`
		Contributions []struct {
			Fact    string  `json:"fact"`
			Seconds float64 `json:"seconds"`
		} `json:"contributions"`
	} `json:"explanation"`
	Predictions []prediction `json:"predictions"`
}

type times struct {
	Mean     float64 `json:"mean_seconds"`
	P50      float64 `json:"p50_seconds"`
	P90      float64 `json:"p90_seconds"`
	Within6  float64 `json:"p_within_6_minutes"`
	Within10 float64 `json:"p_within_10_minutes"`
}

func (s *site) predict(t testing.TB, path, body string) prediction {
	t.Helper()
	res := s.do("POST", path, body, nil)
	got := text(t, res)
	var p prediction
	if err := json.Unmarshal([]byte(got), &p); err != nil || res.StatusCode != 200 {
		t.Fatalf("POST %s %.200s = %d %.500s (%v), want 200", path, body, res.StatusCode, got, err)
	}
	return p
}

// body is the request for a row of the city, every fact given.
func body(c *lfb.Call) string {
	b, err := json.Marshal(map[string]any{
		"easting": c.Easting, "northing": c.Northing, "time": c.At.Format(time.RFC3339), "pump": c.PumpOrder,
		"borough_code": c.BoroughCode, "ward_code": c.WardCode, "postcode": c.Postcode,
		"postcode_district": c.PostcodeDistrict, "station_ground": c.StationGround,
		"reported": c.Reported, "property_category": c.PropertyCategory, "property_type": c.PropertyType,
	})
	if err != nil {
		panic(err) // plain values always encode
	}
	return string(b)
}

func TestAnswersEqualTheBundleBitForBit(t *testing.T) {
	t.Parallel()
	s := newSite(t, champion(t))
	rows := servetest.City(4200)[3200:] // a thousand that the champion has not learned from
	calls, bodies := make([]lfb.Call, len(rows)), make([]string, len(rows))
	for i := range rows {
		calls[i], bodies[i] = rows[i].Call, body(&rows[i].Call)
	}
	want, err := s.bundle.Predict(nil, calls)
	if err != nil {
		t.Fatal(err)
	}
	many := s.predict(t, "/v1/predictions", `{"calls":[`+strings.Join(bodies, ",")+`]}`).Predictions
	for i := range rows {
		w := want[i]
		wantA := times{w.Attendance.Mean, w.Attendance.P50, w.Attendance.P90, w.Attendance.Within6, w.Attendance.Within10}
		wantR := times{w.Response.Mean, w.Response.P50, w.Response.P90, w.Response.Within6, w.Response.Within10}
		for name, got := range map[string]prediction{
			"alone":       s.predict(t, "/v1/predictions", bodies[i]),
			"one of many": many[i],
		} {
			if got.Attendance != wantA || *got.Response != wantR {
				t.Fatalf("row %d %s = %+v, %+v, want %+v, %+v", i, name, got.Attendance, *got.Response, wantA, wantR)
			}
		}
	}
}

func TestTenThousandCalls(t *testing.T) {
	t.Parallel()
	s := newSite(t, champion(t))
	call := `{"postcode_district":"SE1"}`
	got := s.predict(t, "/v1/predictions", `{"calls":[`+strings.Repeat(call+",", 9_999)+call+`]}`)
	if len(got.Predictions) != 10_000 {
		t.Fatalf("%d answers, want 10,000", len(got.Predictions))
	}
	ids := map[string]bool{}
	for _, p := range got.Predictions {
		ids[p.ID] = true
	}
	if len(ids) != 10_000 {
		t.Errorf("%d different ids, want 10,000", len(ids))
	}
	if err := s.spool.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	for id := range ids {
		if _, err := s.world.Prediction(t.Context(), id); err != nil {
			t.Fatalf("logged prediction %s: %v", id, err)
		}
	}
	res := s.do("POST", "/v1/predictions", `{"calls":[`+strings.Repeat(call+",", 10_000)+call+`]}`, nil)
	if got := text(t, res); res.StatusCode != 422 || !strings.Contains(got, `"/calls"`) {
		t.Errorf("10,001 calls = %d %.300s, want 422 at /calls", res.StatusCode, got)
	}
}

func TestBodyTooLarge(t *testing.T) {
	t.Parallel()
	s := newSite(t, champion(t))
	for path, size := range map[string]int{"/v1/predictions": 1 << 20, "/predict": 64 << 10} {
		res := s.do("POST", path, `{"postcode":"`+strings.Repeat("x", size)+`"}`, nil)
		if got := text(t, res); res.StatusCode != http.StatusRequestEntityTooLarge ||
			!strings.Contains(res.Header.Get("Content-Type"), "problem+json") {
			t.Errorf("POST %s of %d bytes = %d %.200s, want a problem 413", path, size, res.StatusCode, got)
		}
	}
}

func TestExplanationSumsToTheAnswer(t *testing.T) {
	t.Parallel()
	s := newSite(t, champion(t))
	rows := servetest.City(40)
	for i := range rows {
		p := s.predict(t, "/v1/predictions?explain=true", body(&rows[i].Call))
		e := p.Explanation
		if e == nil || len(e.Contributions) == 0 {
			t.Fatalf("explanation = %+v, want contributions", e)
		}
		sum := e.Base + e.Calibration
		for _, c := range e.Contributions {
			sum += c.Seconds
		}
		if math.Abs(sum-p.Attendance.Mean) > 1e-6 || e.Mean != p.Attendance.Mean {
			t.Errorf("contributions sum to %v, want the mean %v", sum, p.Attendance.Mean)
		}
	}
	if p := s.predict(t, "/v1/predictions", body(&rows[0].Call)); p.Explanation != nil {
		t.Error("explained without being asked")
	}
	call := `{"postcode_district":"SE1"}`
	if res := s.do("POST", "/v1/predictions?explain=true", `{"calls":[`+strings.Repeat(call+",", 100)+call+`]}`, nil); res.StatusCode != 422 {
		t.Errorf("101 calls explained = %d, want 422", res.StatusCode)
	}
}

func TestNoResponseSaysWhy(t *testing.T) {
	t.Parallel()
	s := newSite(t, servetest.Fit(t, servetest.Options{NoCalls: true}))
	if p := s.predict(t, "/v1/predictions", `{"postcode_district":"SE1"}`); p.Response != nil || !strings.Contains(p.NoResponse, "call handling") {
		t.Errorf("response = %+v, %q, want null and why", p.Response, p.NoResponse)
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	s := newSite(t, champion(t))
	p := s.predict(t, "/v1/predictions", `{"postcode_district":"SE1","incident_reference":"123-08032017"}`)
	check := func(when string) {
		t.Helper()
		for as, want := range map[string]int{"ann": 200, "olga": 200, "bob": 404} {
			res := s.do("GET", "/v1/predictions/"+p.ID, "", map[string]string{"Authorization": basicAuth(as)})
			got := text(t, res)
			if res.StatusCode != want {
				t.Fatalf("%s: lookup by %s = %d %s, want %d", when, as, res.StatusCode, got, want)
			}
			if want != 200 {
				continue
			}
			w := map[string]any{
				"id": p.ID, "version": p.Model.Version, "account": "ann", "incident_reference": "123-08032017",
				"attendance": map[string]any{"mean_seconds": p.Attendance.Mean},
				"request":    map[string]any{"postcode_district": "SE1"},
			}
			var v any
			if err := json.Unmarshal([]byte(got), &v); err != nil || apitest.Lacks(v, w) != "" {
				t.Errorf("%s: lookup = %s: %s", when, got, apitest.Lacks(v, w))
			}
		}
	}
	check("before it is shipped")
	if err := s.spool.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	old := s.predict
	for k := range 5 { // enough others to push it out of memory
		call := fmt.Sprintf(`{"postcode_district":"SE%d"}`, k%3+1)
		old(t, "/v1/predictions", `{"calls":[`+strings.Repeat(call+",", 999)+call+`]}`)
	}
	check("from the log")
	s.world.SetDown(true)
	if res := s.do("GET", "/v1/predictions/0197-none", "", nil); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("lookup without a database = %d, want 503", res.StatusCode)
	}
}

// A body that is not UTF-8 is no JSON (RFC 8259, 8.1): kept as it came it once stopped the log.
func TestBodiesAreUTF8(t *testing.T) {
	t.Parallel()
	s := newSite(t, champion(t))
	for path, body := range map[string]string{
		"/v1/predictions":                 "{\"postcode\":\"SE10 9NF\",\"incident_reference\":\"caf\xe9\"}",
		"/predict":                        "{\"IncGeo_BoroughCode\":\"E09000001\",\"other\":\"\xff\"}",
		"/v2/models/lfb-attendance/infer": "{\"id\":\"\xc3\",\"inputs\":[]}",
	} {
		res := s.do("POST", path, body, nil)
		if got := text(t, res); res.StatusCode != 400 || !strings.Contains(got, "not UTF-8") {
			t.Errorf("%s of %q = %d %s, want 400 that says so", path, body, res.StatusCode, got)
		}
	}
	s.predict(t, "/v1/predictions", `{"postcode":"SE10 9NF","incident_reference":"caf\u00e9 \ud83d é"}`)
}
