package user_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"lfb/api/apitest"
	"lfb/api/user"
	"lfb/internal/serve/servetest"
)

// small is a site whose champion answers quickly.
func small(f *testing.F) *site {
	f.Helper()
	return newSite(f, servetest.Fit(f, servetest.Options{Rows: 1000, Rounds: 2, Leaves: 4}))
}

// fuzzed sends a body; no answer may be a 500, or half of one, and what is
// answered can be logged.
func (s *site) fuzzed(t *testing.T, path, media, accept, body string) (status int, answer string) {
	t.Helper()
	defer func() {
		if v := recover(); v != nil { // a table that breaks off does so by a panic that the server knows
			if err, ok := v.(error); !ok || err.Error() != "net/http: abort Handler" {
				panic(v)
			}
		}
	}()
	res := s.do("POST", path, body, map[string]string{"Content-Type": media, "Accept": accept})
	answer = text(t, res)
	if res.StatusCode >= 500 || res.StatusCode < 200 {
		t.Fatalf("POST %s (%s) %q = %d %s", path, media, body, res.StatusCode, answer)
	}
	if err := s.spool.Flush(t.Context()); err != nil {
		t.Fatalf("POST %s %q: the answer cannot be shipped: %v", path, body, err)
	}
	return res.StatusCode, answer
}

func FuzzTableCSV(f *testing.F) {
	s := small(f)
	for _, body := range []string{
		"", "\n", "postcode\n", "postcode\nSE1 9NF\n", "\ufeffpostcode,pump\r\nSE1 9NF,1\r\n", "postcode,pump\n\"SE1\n9NF\",x\n,\n",
		csvHead + "\n523050,173050,2017-03-08T14:25:00Z,1,E09000001,E05000001,SE1 9NF,Deptford,fire,Dwelling,House\n",
		"latitude,longitude\n1e400,NaN\nInf,-Inf\n51.5,0\n", "postcode\n\"SE1", "postcode,postcode\n", "a,,\n1,2,3\n", "HourOfCall,Month,Easting_rounded,Northing_rounded,PumpOrder\n23,12,523050,173050,1e9\n",
	} {
		f.Add(body, false)
		f.Add(body, true)
	}
	f.Fuzz(func(t *testing.T, body string, asParquet bool) {
		accept := "text/csv"
		if asParquet {
			accept = "application/vnd.apache.parquet"
		}
		status, answer := s.fuzzed(t, "/v1/predictions:batch", "text/csv", accept, body)
		if status != 200 || answer == "" {
			return
		}
		if asParquet {
			if _, err := parquet.OpenFile(strings.NewReader(answer), int64(len(answer))); err != nil {
				t.Fatalf("%q: the answer is no Parquet table: %v", body, err)
			}
		}
	})
}

func FuzzTableParquet(f *testing.F) {
	s := small(f)
	type call struct {
		Postcode *string  `parquet:"postcode,optional,zstd"`
		Lat      *float64 `parquet:"latitude,optional"`
		Lon      *float64 `parquet:"longitude,optional,snappy"`
		Pump     int32    `parquet:"pump,dict"`
		Note     string   `parquet:"note,gzip"`
	}
	p, lat := "SE1 9NF", 51.5
	for _, rows := range [][]call{nil, {{Postcode: &p, Pump: 1}}, {{Lat: &lat, Lon: &lat, Pump: 2, Note: "x"}, {Pump: 9}}} {
		var b bytes.Buffer
		if err := parquet.Write(&b, rows); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes(), false)
		f.Add(b.Bytes(), true)
	}
	for _, file := range user.Liars(f) {
		if len(file) < 4<<10 {
			f.Add(file, false)
		}
	}
	f.Fuzz(func(t *testing.T, body []byte, asCSV bool) {
		accept := ""
		if asCSV {
			accept = "text/csv"
		}
		s.fuzzed(t, "/v1/predictions:batch", "application/vnd.apache.parquet", accept, string(body))
	})
}

func FuzzInfer(f *testing.F) {
	s := small(f)
	for _, file := range []string{"oip", "mlflow"} {
		for _, c := range apitest.Scenarios(f, "testdata/"+file+".json") {
			if c.Method == "POST" {
				f.Add(strings.HasPrefix(c.Path, "/v2"), c.Content())
			}
		}
	}
	f.Add(true, `{"inputs":[{"name":"features","shape":[1,1,1],"datatype":"FP64","data":[[[1e308]]]}]}`)
	f.Add(false, `{"instances":[[null,1e308]]}`)
	f.Fuzz(func(t *testing.T, oip bool, body string) {
		path := "/invocations"
		if oip {
			path = "/v2/models/lfb-attendance/infer"
		}
		_, answer := s.fuzzed(t, path, "application/json", "", body)
		var v any
		if err := json.Unmarshal([]byte(answer), &v); err != nil {
			t.Fatalf("POST %s %q: %q is no JSON", path, body, answer)
		}
	})
}
