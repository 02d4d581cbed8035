package user_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/registry"
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
	res, text := s.over(t, "/v1/predictions:batch", in.String(),
		map[string]string{"Content-Type": "text/csv; charset=utf-8"})
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

func TestTableSaysHowFarToTrustThePlace(t *testing.T) {
	t.Parallel()
	s := newSite(t, champion(t))
	in := "postcode_district,sent_from,easting,northing\nSE1,,,\nSEl,Atlantis,,\nEH1,,,\nSE4,,523050,173050\n"
	want := map[string][]string{
		"quality":       {"district", "district", "", ""},
		"unused":        {"", "sent_from: unknown_value", "", ""},
		"warning_codes": {"", "postcode_corrected; unknown_value", "", ""},
		"error_code":    {"", "", "outside_area", "contradicting_places"},
	}
	res, text := s.over(t, "/v1/predictions:batch", in, map[string]string{"Content-Type": "text/csv"})
	if res.StatusCode != 200 || res.Trailer.Get("X-Rows-Failed") != "2" {
		t.Fatalf("table = %d, trailers %v: %.300s", res.StatusCode, res.Trailer, text)
	}
	got := table(t, text)
	for column, cells := range want {
		if !slices.Equal(got[column], cells) {
			t.Errorf("%s = %q, want %q", column, got[column], cells)
		}
	}
	for i, number := range got["attendance_p50_seconds"] {
		if refused := want["error_code"][i] != ""; refused != (number == "") || refused != strings.HasPrefix(got["error"][i],
			fmt.Sprintf("row %d: ", i+1)) {
			t.Errorf("row %d: P50 %q, error %q", i+1, number, got["error"][i])
		}
	}
	_, text = s.over(t, "/v1/predictions:batch?strict=true", in, map[string]string{"Content-Type": "text/csv"})
	if got := table(t, text)["error_code"]; !slices.Equal(got, []string{
		"", "not_exact", "outside_area",
		"contradicting_places",
	}) {
		t.Errorf("strictly, error_code = %q", got)
	}
}

// TestProvisionalIsSaidInEveryForm: tables and tensors say what the model did not pass, as JSON does.
func TestProvisionalIsSaidInEveryForm(t *testing.T) {
	t.Parallel()
	s := newSite(t, champion(t))
	s.champion.Now().Version.Provisional = &registry.Provisional{Failing: []registry.Check{
		{Name: registry.CheckRows},
		{Name: registry.CheckP90},
	}}
	const want = registry.CheckRows + "; " + registry.CheckP90
	_, text := s.over(t, "/v1/predictions:batch", "postcode_district\nSE1\nEH1\n",
		map[string]string{"Content-Type": "text/csv"})
	if got := table(t, text)["provisional"]; !slices.Equal(got, []string{want, ""}) {
		t.Errorf("a table says %q, want %q of what is answered", got, want)
	}
	var got infer
	s.json(t, "/v2/models/lfb-attendance/infer", map[string]any{
		"inputs": []any{map[string]any{
			"name": "postcode_district", "shape": []int{1}, "datatype": "BYTES",
			"data": []string{"SE1"},
		}},
		"outputs": []any{map[string]any{"name": "provisional"}},
	}, &got)
	if len(got.Outputs) != 1 || fmt.Sprint(got.Outputs[0].Data) != "["+want+"]" {
		t.Errorf("a tensor says %+v, want %q", got.Outputs, want)
	}
}

// TestModelNamesTheEvaluatedVersion: where a refit serves, the version that was judged is named beside it.
func TestModelNamesTheEvaluatedVersion(t *testing.T) {
	t.Parallel()
	s := newSite(t, champion(t))
	for _, of := range []string{"", "0123456789ab"} {
		s.champion.Now().Version.RefitOf = of
		var got map[string]any
		if err := json.Unmarshal([]byte(text(t, s.do("GET", "/v1/model", "", nil))), &got); err != nil {
			t.Fatal(err)
		}
		if name, said := got["evaluated"]; said != (of != "") || said && name != of {
			t.Errorf("refit of %q: /v1/model says evaluated %v", of, name)
		}
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
		"7,S\"E1,,,,\n" + // a quotation mark within
		"8,SE2,NULL,,2.0,2017-03-08 14:25:00\n" +
		"9,,51.4429,-0.2306,,2017-03-08T14:25:00Z\n"
	res, text := s.over(t, "/v1/predictions:batch", in, map[string]string{"Content-Type": "text/csv"})
	got := table(t, text)
	if res.StatusCode != 200 || strings.Join(got["n"], "") != "123456789" {
		t.Fatalf("answer = %d %s, want nine rows in order", res.StatusCode, text)
	}
	for i, want := range []string{
		"", "row 2: column latitude: 91 is not within 49 and 61",
		"row 3: column pump: \"two\" is no number; column time: \"noon\" is no time",
		"row 4: a place is needed", "row 5: 2 fields, where the header has 6",
		"row 6: 8 fields, where the header has 6; beyond it: [\"more\" \"and\\nmore\"]",
		"row 7: column postcode_district:", "", "",
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

// What spreadsheets and other tools of other countries write is read as it is meant.
func TestTableOfOtherTools(t *testing.T) {
	t.Parallel()
	s := newSite(t, champion(t))
	want := table(t, s.csv(t, "latitude,longitude,time,note\n51.4429,-0.2306,2017-03-08T14:25:00Z,caf\u00e9\n"))
	for name, in := range map[string]string{
		"semicolons and decimal commas": "Latitude;Longitude;Time;Note\n51,4429;-0,2306;08/03/2017 14:25;caf\u00e9\n",
		"Windows-1252":                  "latitude,longitude,time,note\n51.4429,-0.2306,2017-03-08T14:25:00Z,caf\xe9\n",
		"tabs and old line ends":        "LATITUDE\tLONGITUDE\tTIME\tNOTE\r51.4429\t-0.2306\t08 Mar 2017 14:25\tcaf\u00e9\r",
		"holes": "postcode,latitude,longitude,time,note\nNULL,51.4429,-0.2306,2017-03-08 " +
			"14:25,caf\u00e9\n",
	} {
		got := table(t, s.csv(t, in))
		for _, column := range []string{"attendance_p50_seconds", "attendance_mean_seconds", "error"} {
			if len(got[column]) != 1 || got[column][0] != want[column][0] {
				t.Errorf("%s: %s = %q, want %q", name, column, got[column], want[column])
			}
		}
		if note := got["note"]; note == nil && got["Note"] == nil && got["NOTE"] == nil {
			t.Errorf("%s: the column that is not used did not come back", name)
		}
	}
	again := s.csv(t, s.csv(t, "postcode\nSE1 9NF\n")) // an answered table is answered again, its answers replaced
	if got := table(t, again); len(got["attendance_p50_seconds"]) != 1 || got["error"][0] != "" {
		t.Errorf("an answered table again = %s", again)
	}
}

// csv is the answer to a table.
func (s *site) csv(t testing.TB, in string) string {
	t.Helper()
	res, text := s.over(t, "/v1/predictions:batch", in, map[string]string{"Content-Type": "text/csv"})
	if res.StatusCode != 200 {
		t.Fatalf("table %q = %d %s, want 200", in, res.StatusCode, text)
	}
	return text
}

func TestTablesThatCannotBeAnswered(t *testing.T) {
	t.Parallel()
	s := newSite(t, champion(t))
	for _, tt := range []struct {
		name, media, accept, body string
		status                    int
		want                      string
	}{
		{"no media type", "", "", "a\n", 415, "text/csv"},
		{"JSON", "application/json", "", "{}", 415, ""},
		{"JSON wanted", "text/csv", "application/json", "postcode\n", 406, ""},
		{"empty", "text/csv", "", "", 422, "empty"},
		{"no place", "text/csv", "", "pump\n1\n", 422, "no column says where"},
		{"one name twice", "text/csv", "", "postcode,postcode\n", 422, "two columns"},
		{"no place says what was seen", "text/csv", "", "where,pump\nx,1\n", 422, `where`},
		{"Parquet", "application/vnd.apache.parquet", "", "PAR1", 415, "text/csv"},
		{"Parquet wanted", "text/csv", "application/vnd.apache.parquet", "postcode\n", 406, "text/csv"},
		{"a workbook", "text/csv", "", "PK\x03\x04\x14\x00", 422, ""},
		{"too large", "text/csv", "", "postcode\n" + strings.Repeat("SE1 9NF\n", 1<<18), 413, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res, text := s.over(t, "/v1/predictions:batch", tt.body, map[string]string{
				"Content-Type": tt.media,
				"Accept":       tt.accept,
			})
			if res.StatusCode != tt.status || !strings.Contains(text, tt.want) ||
				!strings.HasPrefix(res.Header.Get("Content-Type"), "application/problem+json") {
				t.Errorf("%d %s, want %d %q", res.StatusCode, text, tt.status, tt.want)
			}
		})
	}
	if res, text := s.over(t, "/v1/predictions:batch", "postcode\n",
		map[string]string{"Content-Type": "text/csv"}); res.StatusCode != 200 || strings.Count(text, "\n") != 1 {
		t.Errorf("a table without rows = %d %q, want a header", res.StatusCode, text)
	}
	if res, _ := s.over(t, "/v1/predictions:batch", "postcode\n", map[string]string{
		"Content-Type":  "text/csv",
		"Authorization": "Basic x",
	}); res.StatusCode != 401 {
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

// TestTableTakesLongerThanOtherAnswers: a server's limit on the whole of an answer is over
// before the first row is written.
func TestTableTakesLongerThanOtherAnswers(t *testing.T) {
	t.Parallel()
	s := newSite(t, champion(t))
	srv := httptest.NewUnstartedServer(s.handler)
	srv.Config.WriteTimeout = time.Nanosecond
	srv.Start()
	defer srv.Close()
	const rows = 1000
	r, err := http.NewRequestWithContext(t.Context(), "POST", srv.URL+"/v1/predictions:batch",
		strings.NewReader("postcode\n"+strings.Repeat("SE1 9NF\n", rows)))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth("ann", "secret")
	r.Header.Set("Content-Type", "text/csv")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if got := strings.Count(text(t, res), "\n"); got != rows+1 || res.Trailer.Get("X-Rows") != "1000" {
		t.Errorf("%d lines, X-Rows %q, want all %d rows", got, res.Trailer.Get("X-Rows"), rows)
	}
}

// chunks counts what is sent at once.
type chunks struct {
	*httptest.ResponseRecorder
	flushes, pending, largest int
}

func (c *chunks) Write(p []byte) (int, error) {
	c.pending += len(p)
	c.largest = max(c.largest, c.pending)
	return c.ResponseRecorder.Write(p)
}

func (c *chunks) Flush() {
	c.flushes++
	c.pending = 0
}

// A table is answered as it is read: what is held at once does not grow with it.
func TestTableIsAnsweredInChunks(t *testing.T) {
	t.Parallel()
	s := newSite(t, champion(t))
	most := map[int]int{}
	for _, rows := range []int{2_000, 6_000} {
		r := httptest.NewRequest("POST", "/v1/predictions:batch", strings.NewReader("postcode\n"+strings.Repeat("SE1 9NF\n",
			rows)))
		r.SetBasicAuth("ann", "secret")
		r.Header.Set("Content-Type", "text/csv")
		w := &chunks{ResponseRecorder: httptest.NewRecorder()}
		s.handler.ServeHTTP(w, r)
		if w.Code != 200 || strings.Count(w.Body.String(), "\n") != rows+1 || w.flushes < rows/1000 {
			t.Fatalf("%d rows = %d, %d lines, sent in %d parts", rows, w.Code, strings.Count(w.Body.String(), "\n"), w.flushes)
		}
		most[rows] = w.largest
	}
	if most[6_000] > most[2_000]*3/2 {
		t.Errorf("parts of up to %d bytes for 6,000 rows, %d for 2,000: they grow with the table", most[6_000], most[2_000])
	}
}
