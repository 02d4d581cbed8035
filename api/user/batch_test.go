package user_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/serve/servetest"
)

// csvCall is a row of the city as a line of CSV, every fact given.
func csvCall(c *lfb.Call) string {
	return fmt.Sprintf("%v,%v,%s,%d,%s,%s,%s,%s,%s,%s,%s", c.Easting, c.Northing, c.At.Format(time.RFC3339), c.PumpOrder,
		c.BoroughCode, c.WardCode, c.Postcode, c.StationGround, c.Reported, c.PropertyCategory, c.PropertyType)
}

const csvHead = "easting,northing,time,pump,borough_code,ward_code,postcode,station_ground,reported,property_category,property_type"

// over sends a request over a real connection, so that trailers arrive.
func (s *site) over(t testing.TB, path, body string, header map[string]string) (*http.Response, string) {
	t.Helper()
	srv := httptest.NewServer(s.handler)
	defer srv.Close()
	r, err := http.NewRequestWithContext(t.Context(), "POST", srv.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth("ann", "secret")
	for k, v := range header {
		r.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("POST %s: %v after %d bytes", path, err, len(got))
	}
	return res, string(got)
}

// table is a CSV answer by column.
func table(t testing.TB, text string) map[string][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatalf("answer %.300q: %v", text, err)
	}
	out := map[string][]string{}
	for j, name := range rows[0] {
		for _, row := range rows[1:] {
			out[name] = append(out[name], row[j])
		}
	}
	return out
}

func TestTableIsAnsweredBitForBit(t *testing.T) {
	t.Parallel()
	s := newSite(t, champion(t))
	rows := servetest.City(1300)
	var in strings.Builder
	in.WriteString("\ufeffmy id," + csvHead + "\n")
	calls := make([]lfb.Call, len(rows))
	for i := range rows {
		calls[i] = rows[i].Call
		fmt.Fprintf(&in, "\"row \"\"%d\"\"\",%s\n", i, csvCall(&rows[i].Call))
	}
	want, err := s.bundle.Predict(nil, calls)
	if err != nil {
		t.Fatal(err)
	}
	res, text := s.over(t, "/v1/predictions:batch", in.String(), map[string]string{"Content-Type": "text/csv; charset=utf-8"})
	if res.StatusCode != 200 || res.Trailer.Get("X-Rows") != "1300" || res.Trailer.Get("X-Rows-Failed") != "0" {
		t.Fatalf("table = %d, trailers %v: %.300s", res.StatusCode, res.Trailer, text)
	}
	if w := res.Header.Get("Warning"); !strings.Contains(w, "my id") {
		t.Errorf("Warning = %q, want the column that is not used", w)
	}
	got := table(t, text)
	ids := map[string]bool{}
	for i := range rows {
		a, r := want[i].Attendance, *want[i].Response
		for k, m := range []map[string]float64{numbers("attendance", a), numbers("response", r)} {
			for column, v := range m {
				if got[column][i] != fmt.Sprint(v) {
					t.Fatalf("row %d, clock %d, %s = %s, want %v", i, k, column, got[column][i], v)
				}
			}
		}
		if got["my id"][i] != fmt.Sprintf("row \"%d\"", i) || got["error"][i] != "" {
			t.Fatalf("row %d came back as %q, error %q", i, got["my id"][i], got["error"][i])
		}
		ids[got["prediction_id"][i]] = true
	}
	if err := s.spool.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	for id := range ids {
		if _, err := s.world.Prediction(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	if len(ids) != len(rows) {
		t.Errorf("%d ids for %d rows", len(ids), len(rows))
	}
}

func numbers(clock string, a ml.Answer) map[string]float64 {
	return map[string]float64{
		clock + "_mean_seconds": a.Mean, clock + "_p50_seconds": a.P50, clock + "_p90_seconds": a.P90,
		clock + "_p_within_6_minutes": a.Within6, clock + "_p_within_10_minutes": a.Within10,
	}
}

func TestTableNamesWrongRowsAndAnswersTheOthers(t *testing.T) {
	t.Parallel()
	s := newSite(t, champion(t))
	in := "n,postcode_district,latitude,longitude,pump,time\n" +
		"1,SE1,,,,\n" +
		"2,,91,0,,\n" + // out of bounds
		"3,SE3,,,two,noon\n" + // two wrong cells
		"4,,,,,\n" + // no place
		"5,SE1\n" + // short
		"6,SE1,,,,,more,\"and\nmore\"\n" + // long
		"7,S\"E1,,,,\n" + // a bare quotation mark
		"8,SE2,NULL,,2.0,2017-03-08 14:25:00\n" +
		"9,,51.4429,-0.2306,,2017-03-08T14:25:00Z\n"
	res, text := s.over(t, "/v1/predictions:batch", in, map[string]string{"Content-Type": "text/csv"})
	got := table(t, text)
	if res.StatusCode != 200 || strings.Join(got["n"], "") != "123456789" {
		t.Fatalf("answer = %d %s, want nine rows in order", res.StatusCode, text)
	}
	for i, want := range []string{
		"", "row 2: column latitude: 91 is not within 49 and 61", "row 3: column pump: \"two\" is no number; column time: \"noon\" is no time",
		"row 4: a place is needed", "row 5: 2 fields, where the header has 6", "row 6: 8 fields, where the header has 6; beyond it: [\"more\" \"and\\nmore\"]",
		"row 7: line 9: bare", "", "",
	} {
		if e := got["error"][i]; (want == "") != (e == "") || !strings.Contains(e, want) {
			t.Errorf("row %d: error %q, want %q", i+1, e, want)
		}
		if answered := got["attendance_p50_seconds"][i] != ""; answered != (want == "") {
			t.Errorf("row %d: answered = %v", i+1, answered)
		}
	}
	if res.Trailer.Get("X-Rows-Failed") != "6" {
		t.Errorf("X-Rows-Failed = %q, want 6", res.Trailer.Get("X-Rows-Failed"))
	}
}

type parquetCall struct {
	District *string   `parquet:"postcode_district,optional"`
	Lat      *float64  `parquet:"latitude,optional"`
	Lon      *float64  `parquet:"longitude,optional"`
	At       time.Time `parquet:"time,timestamp(microsecond)"`
	Pump     int32     `parquet:"PumpOrder"`
	Count    int64     `parquet:"PumpCount"`
	Mine     bool      `parquet:"mine"`
}

func TestParquetTable(t *testing.T) {
	t.Parallel()
	s := newSite(t, champion(t))
	se1, lat, lon, far := "SE1", 51.4429, -0.2306, 95.0
	at := time.Date(2017, 3, 8, 14, 25, 0, 0, time.UTC)
	var in bytes.Buffer
	rows := make([]parquetCall, 700)
	for i := range rows {
		rows[i] = parquetCall{District: &se1, At: at, Pump: 1, Mine: i%2 == 0}
	}
	rows[600] = parquetCall{Lat: &lat, Lon: &lon, At: at, Pump: 3}
	rows[601] = parquetCall{Lat: &lat, Lon: &far, At: at, Pump: 1}
	if err := parquet.Write(&in, rows); err != nil {
		t.Fatal(err)
	}
	head := map[string]string{"Content-Type": "application/vnd.apache.parquet"}
	res, text := s.over(t, "/v1/predictions:batch", in.String(), head)
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != head["Content-Type"] || !strings.Contains(res.Header.Get("Warning"), "PumpCount") {
		t.Fatalf("table = %d %v: %.300s", res.StatusCode, res.Header, text)
	}
	type answered struct {
		Mine  bool      `parquet:"mine,optional"`
		At    time.Time `parquet:"time,optional,timestamp(microsecond)"`
		P50   *float64  `parquet:"attendance_p50_seconds,optional"`
		Error *string   `parquet:"error,optional"`
		ID    *string   `parquet:"prediction_id,optional"`
	}
	got, err := parquet.Read[answered](strings.NewReader(text), int64(len(text)))
	if err != nil || len(got) != len(rows) {
		t.Fatalf("answer: %d rows, %v", len(got), err)
	}
	for i, g := range got {
		if wrong := i == 601; (g.Error != nil) != wrong || (g.P50 == nil) != wrong || (g.ID == nil) != wrong {
			t.Errorf("row %d = %+v", i, g)
		}
		if g.Mine != rows[i].Mine || !g.At.Equal(at) {
			t.Fatalf("row %d came back as %+v", i, g)
		}
	}
	if e := *got[601].Error; !strings.Contains(e, "row 602: column longitude: 95") {
		t.Errorf("error = %q", e)
	}
	head["Accept"] = "text/csv"
	_, text = s.over(t, "/v1/predictions:batch", in.String(), head)
	if c := table(t, text); c["mine"][0] != "true" || c["time"][1] != "2017-03-08T14:25:00Z" || c["attendance_p50_seconds"][5] != fmt.Sprint(*got[5].P50) {
		t.Errorf("as CSV: %.600s", text)
	}
	res, text = s.over(t, "/v1/predictions:batch", text, map[string]string{"Content-Type": "text/csv", "Accept": head["Content-Type"]})
	if res.StatusCode != 200 { // an answered table is answered again, its answers replaced
		t.Fatalf("CSV to Parquet = %d %.300s", res.StatusCode, text)
	}
	type texts struct {
		P50 *float64 `parquet:"attendance_p50_seconds,optional"`
	}
	if again, err := parquet.Read[texts](strings.NewReader(text), int64(len(text))); err != nil || len(again) != 700 || *again[5].P50 != *got[5].P50 {
		t.Errorf("again: %d rows, %v", len(again), err)
	}
}

func TestTablesThatCannotBeAnswered(t *testing.T) {
	t.Parallel()
	s := newSite(t, champion(t))
	type listed struct {
		District []string `parquet:"postcode_district,list"`
	}
	var lists bytes.Buffer
	if err := parquet.Write(&lists, []listed{{[]string{"SE1"}}}); err != nil {
		t.Fatal(err)
	}
	pq := "application/vnd.apache.parquet"
	for _, tt := range []struct {
		name, media, accept, body string
		status                    int
		want                      string
	}{
		{"no media type", "", "", "a\n", 415, "text/csv"},
		{"JSON", "application/json", "", "{}", 415, ""},
		{"JSON wanted", "text/csv", "application/json", "postcode\n", 406, ""},
		{"empty", "text/csv", "", "", 422, "empty table"},
		{"no place", "text/csv", "", "pump\n1\n", 422, "no column says where"},
		{"one name twice", "text/csv", "", "postcode,postcode\n", 422, "two columns"},
		{"no Parquet", pq, "", "PAR1 and so on PAR1", 422, "no Parquet table"},
		{"empty Parquet", pq, "", "", 422, ""},
		{"lists", pq, "", lists.String(), 422, "postcode_district"},
		{"too large", "text/csv", "", "postcode\n" + strings.Repeat("SE1 9NF\n", 1<<18), 413, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res, text := s.over(t, "/v1/predictions:batch", tt.body, map[string]string{"Content-Type": tt.media, "Accept": tt.accept})
			if res.StatusCode != tt.status || !strings.Contains(text, tt.want) || !strings.HasPrefix(res.Header.Get("Content-Type"), "application/problem+json") {
				t.Errorf("%d %s, want %d %q", res.StatusCode, text, tt.status, tt.want)
			}
		})
	}
	if res, text := s.over(t, "/v1/predictions:batch", "postcode\n", map[string]string{"Content-Type": "text/csv"}); res.StatusCode != 200 || strings.Count(text, "\n") != 1 {
		t.Errorf("a table without rows = %d %q, want a header", res.StatusCode, text)
	}
	if res, _ := s.over(t, "/v1/predictions:batch", "postcode\n", map[string]string{"Content-Type": "text/csv", "Authorization": "Basic x"}); res.StatusCode != 401 {
		t.Errorf("nobody's table = %d, want 401", res.StatusCode)
	}
}

// TestTableBreaksOffLoudly wants a transfer that fails, not half a table that
// looks whole.
func TestTableBreaksOffLoudly(t *testing.T) {
	t.Parallel()
	s := newSite(t, champion(t))
	srv := httptest.NewServer(s.handler)
	defer srv.Close()
	in := "postcode\n" + strings.Repeat("SE1 9NF\n", 2000)
	r, err := http.NewRequestWithContext(t.Context(), "POST", srv.URL+"/v1/predictions:batch", strings.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth("ann", "secret")
	r.Header.Set("Content-Type", "text/csv")
	if err := s.spool.Close(); err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return // broken off before the first row
	}
	defer func() { _ = res.Body.Close() }()
	if body, err := io.ReadAll(res.Body); err == nil && res.StatusCode == 200 {
		t.Errorf("a table that could not be logged = 200 and %d bytes without an error", len(body))
	}
}
