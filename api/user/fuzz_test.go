package user_test

import (
	"encoding/json"
	"testing"

	"lfb/api/apitest"
	"lfb/internal/serve/servetest"
)

// small is a site whose champion answers quickly.
func small(f *testing.F) *site {
	f.Helper()
	return newSite(f, servetest.Fit(f, servetest.Options{Rows: 1000, Rounds: 2, Leaves: 4}))
}

// fuzzed sends a body; no answer may be a 500, or half of one, and what is
// answered can be logged.
func (s *site) fuzzed(t *testing.T, path, media, body string) string {
	t.Helper()
	defer func() {
		if v := recover(); v != nil { // a table that breaks off does so by a panic that the server knows
			if err, ok := v.(error); !ok || err.Error() != "net/http: abort Handler" {
				panic(v)
			}
		}
	}()
	res := s.do("POST", path, body, map[string]string{"Content-Type": media})
	answer := text(t, res)
	if res.StatusCode >= 500 || res.StatusCode < 200 {
		t.Fatalf("POST %s (%s) %q = %d %s", path, media, body, res.StatusCode, answer)
	}
	if err := s.spool.Flush(t.Context()); err != nil {
		t.Fatalf("POST %s %q: the answer cannot be shipped: %v", path, body, err)
	}
	return answer
}

func FuzzTableCSV(f *testing.F) {
	s := small(f)
	for _, body := range []string{
		"", "\n", "postcode\n", "postcode\nSE1 9NF\n", "\ufeffpostcode,pump\r\nSE1 9NF,1\r\n",
		"postcode,pump\n\"SE1\n9NF\",x\n,\n",
		csvHead + "\n523050,173050,2017-03-08T14:25:00Z,1,E09000001,E05000001,SE1 9NF,Deptford,fire,Dwelling,House\n",
		"latitude,longitude\n1e400,NaN\nInf,-Inf\n51.5,0\n", "postcode\n\"SE1", "postcode,postcode\n", "a,,\n1,2,3\n",
		"HourOfCall,Month,Easting_rounded,Northing_rounded,PumpOrder\n23,12,523050,173050,1e9\n",
		"PK\x03\x04", "PAR1\x00", "{\"postcode\":1}",
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) { s.fuzzed(t, "/v1/predictions:batch", "text/csv", body) })
}

func FuzzInfer(f *testing.F) {
	s := small(f)
	for _, c := range apitest.Scenarios(f, "testdata/oip.json") {
		if c.Method == "POST" {
			f.Add(c.Content())
		}
	}
	f.Add(`{"inputs":[{"name":"features","shape":[1,1,1],"datatype":"FP64","data":[[[1e308]]]}]}`)
	f.Fuzz(func(t *testing.T, body string) {
		answer := s.fuzzed(t, "/v2/models/lfb-attendance/infer", "application/json", body)
		if !json.Valid([]byte(answer)) {
			t.Fatalf("infer %q: %q is no JSON", body, answer)
		}
	})
}
