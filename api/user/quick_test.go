package user

import (
	"bytes"
	"encoding/json"
	"math"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"lfb/internal/lfb"
	"lfb/internal/serve"
	"lfb/internal/serve/servetest"
	"lfb/internal/spool"
)

// twoWays is the user API twice, behind no sign-in: with the quick way and without.
func twoWays(t testing.TB) (quick, long http.Handler) {
	t.Helper()
	w := servetest.NewWorld()
	w.Promote(t, w.Store(t, lfb.Real.Line(), servetest.Fit(t, servetest.Options{Rows: 1000, Rounds: 3, Leaves: 4})))
	c := serve.NewChampion(w, w.Blobs, t.TempDir(), time.Second, zap.NewNop())
	if err := c.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, err := spool.Open(t.TempDir(), serve.Ship(w), zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // the folder goes too
	now := func() time.Time { return time.Date(2017, 3, 8, 14, 25, 0, 0, lfb.London) }
	a := build(Options{Champion: c, Desk: serve.NewDesk(c, s, now), MaxBody: 1 << 20, Log: zap.NewNop(), Now: now})
	return a.quick(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })), a.mux
}

var changing = regexp.MustCompile(`"id":"[0-9a-f-]{36}"`)

// same checks that the quick way answers as the long one, or not at all.
func same(t *testing.T, quick, long http.Handler, path, body string) (taken bool) {
	t.Helper()
	ask := func(h http.Handler) *httptest.ResponseRecorder {
		r := httptest.NewRequest("POST", path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	got := ask(quick)
	if got.Code == http.StatusTeapot {
		return false
	}
	want := ask(long)
	a, b := changing.ReplaceAll(got.Body.Bytes(), nil), changing.ReplaceAll(want.Body.Bytes(), nil)
	if got.Code != want.Code || !bytes.Equal(a, b) {
		t.Fatalf("POST %s %q:\nquick %d %s\nlong  %d %s", path, body, got.Code, a, want.Code, b)
	}
	for _, h := range []string{"Content-Type", "Warning"} {
		if g, w := got.Header().Get(h), want.Header().Get(h); g != w {
			t.Fatalf("POST %s %q: %s: quick %q, long %q", path, body, h, g, w)
		}
	}
	return true
}

func TestQuickAnswersAsTheLongWay(t *testing.T) {
	t.Parallel()
	quick, long := twoWays(t)
	for _, tt := range []struct {
		path, body string
		taken      bool
	}{
		{"/v1/predictions", `{"postcode":"SE1 9NF"}`, true},
		{"/v1/predictions", ` { "postcode_district" : "SE1" , "pump": 2.0, "reported":"fire", "time":"2017-03-08T14:25:00Z", "recent_load": null } `, true},
		{"/v1/predictions", `{"latitude":51.4429,"longitude":-0.2306,"incident_reference":"7-<&>"}`, true},
		{"/v1/predictions", `{"latitude":55.9,"longitude":-3.1}`, true},
		{"/v1/predictions", `{"ward_code":"E05999999","easting":5.2305e5,"northing":173050}`, true},
		{"/v1/predictions", `{"station_ground":"Atlantis"}`, true},
		{"/v1/predictions", `{"postcode":"SE1 9NF","pump":3}`, false},
		{"/v1/predictions", `{"postcode":"SE1 9NF","postcode":"SE2 9NF"}`, false},
		{"/v1/predictions", `{"postcode":"SE1 9NF","colour":"red"}`, false},
		{"/v1/predictions", `{"postcode":"SE1 9NF","HourOfCall":3}`, false},
		{"/v1/predictions", `{"postcode":"SE1 9NF","time":"2017-03-08 14:25:00"}`, false},
		{"/v1/predictions", `{"postcode":"SE1 9NF"}x`, false},
		{"/v1/predictions", `{"postcode":"SE1\u00209NF"}`, false},
		{"/v1/predictions", `{"latitude":+51.5,"longitude":0}`, false},
		{"/v1/predictions", `{"latitude":051.5,"longitude":0}`, false},
		{"/v1/predictions", `{}`, false},
		{"/predict", original, true},
		{"/predict", strings.Replace(original, `"PumpOrder":1`, `"PumpOrder":null,"PumpCount":2`, 1), true},
		{"/predict", strings.Replace(original, `523050`, `-1e308`, 1), true},
		{"/predict", strings.Replace(original, `E05000001`, `E05999999`, 1), true},
		{"/predict", strings.Replace(original, `"HourOfCall":14`, `"HourOfCall":24`, 1), false},
		{"/predict", strings.Replace(original, `"HourOfCall":14`, `"Colour":"red"`, 1), false},
		{"/predict", strings.Replace(original, `"Easting_rounded":523050,`, ``, 1), false},
	} {
		if taken := same(t, quick, long, tt.path, tt.body); taken != tt.taken {
			t.Errorf("%s %s taken = %v, want %v", tt.path, tt.body, taken, tt.taken)
		}
	}
}

const original = `{"HourOfCall":14,"IncGeo_BoroughCode":"E09000001","IncGeo_WardCode":"E05000001","Easting_rounded":523050,"Northing_rounded":173050,"IncidentStationGround":"Deptford","PumpOrder":1,"Month":3}`

func TestAppendFloatIsTheEncoders(t *testing.T) {
	t.Parallel()
	for _, v := range []float64{0, math.Copysign(0, -1), 1, 0.1, 300.123456789012345, 1e-6, 9.99e-7, 1e-9, 1e-10, 5e-324, 1e20, 1e21, 1.5e22, 1e100, math.MaxFloat64, -1e-7} {
		want, err := json.Marshal(v)
		if got := appendFloat(nil, v); err != nil || !bytes.Equal(got, want) {
			t.Errorf("appendFloat(%v) = %s, want %s", v, got, want)
		}
	}
}

// FuzzQuick holds the quick way against the long one.
func FuzzQuick(f *testing.F) {
	quick, long := twoWays(f)
	for _, body := range []string{
		`{"postcode":"SE1 9NF"}`, `{"latitude":51.4429,"longitude":-0.2306,"pump":2}`, `{"station_ground":"Soho","time":"2017-03-08T14:25:00Z"}`,
		`{"postcode_district":"SE1","recent_load":1e3,"sent_from":"Soho","property_type":"House"}`, original, `{"time":"2017-13-08T14:25:61Z","ward_code":"x"}`,
		`{"time":"2017-02-30T24:00:00Z","postcode":"SE1 9NF"}`, `{"pump":0,"borough_code":"E09000001","special_service_type":"Flooding","incident_group":"Fire"}`,
	} {
		f.Add(true, body)
		f.Add(false, body)
	}
	f.Fuzz(func(t *testing.T, legacy bool, body string) {
		path := "/v1/predictions"
		if legacy {
			path = "/predict"
		}
		same(t, quick, long, path, body)
	})
}
