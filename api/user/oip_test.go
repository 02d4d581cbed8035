package user_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"lfb/internal/lfb"
	"lfb/internal/serve/servetest"
)

// infer is what a client reads of an answer.
type infer struct {
	Outputs []struct {
		Name  string `json:"name"`
		Shape []int  `json:"shape"`
		Data  []any  `json:"data"`
	} `json:"outputs"`
}

// TestTensorsEqualTheBundleBitForBit asks with the model's own features and with
// named columns.
func TestTensorsEqualTheBundleBitForBit(t *testing.T) {
	t.Parallel()
	s := newSite(t, champion(t))
	rows := servetest.City(200)
	calls := make([]lfb.Call, len(rows))
	for i := range rows {
		calls[i] = rows[i].Call
	}
	want, err := s.bundle.Predict(nil, calls)
	if err != nil {
		t.Fatal(err)
	}
	spec := s.bundle.Spec
	width := spec.Schema().Width()
	values := make([][]any, len(rows))
	var records []map[string]any
	for i := range rows {
		row := make([]float64, width)
		spec.Encode(row, &calls[i])
		for _, v := range row {
			if v != v {
				values[i] = append(values[i], nil)
				continue
			}
			values[i] = append(values[i], v)
		}
		var rec map[string]any
		if err := json.Unmarshal([]byte(body(&calls[i])), &rec); err != nil {
			t.Fatal(err)
		}
		records = append(records, rec)
	}
	var columns []map[string]any
	for name := range records[0] {
		kind, data := "BYTES", []any{}
		for _, r := range records {
			if _, ok := r[name].(float64); ok {
				kind = "FP64"
			}
			data = append(data, r[name])
		}
		columns = append(columns, map[string]any{"name": name, "shape": []int{len(rows)}, "datatype": kind, "data": data})
	}
	tensor := map[string]any{"name": "features", "shape": []int{len(rows), width}, "datatype": "FP64", "data": values}
	for name, inputs := range map[string]any{"features": []any{tensor}, "columns": columns} {
		var got infer
		s.json(t, "/v2/models/lfb-attendance/infer", map[string]any{"inputs": inputs}, &got)
		if len(got.Outputs) != 16 {
			t.Fatalf("%s: %d outputs, want 16", name, len(got.Outputs))
		}
		for i, w := range want {
			a, r := w.Attendance, *w.Response
			for k, v := range []float64{
				a.Mean, a.P50, a.P90, a.Within6, a.Within10, r.Mean, r.P50, r.P90, r.Within6,
				r.Within10,
			} {
				if o := got.Outputs[k]; o.Data[i] != v || o.Shape[0] != len(rows) {
					t.Fatalf("%s: row %d, %s = %v, want %v", name, i, o.Name, o.Data[i], v)
				}
			}
		}
	}
	var got infer
	s.json(t, "/v2/models/lfb-attendance/infer", map[string]any{"inputs": []any{tensor}}, &got)
	id := fmt.Sprint(got.Outputs[10].Data[7])
	if text := text(t, s.do("GET", "/v1/predictions/"+id, "", nil)); !strings.Contains(text, `"features":[`) {
		t.Errorf("the log's answer %s = %s, want its features", id, text)
	}
	bad := values[3]
	bad[spec.Schema().Index("station_ground")] = 1e6
	tensor["data"], tensor["shape"] = [][]any{bad}, []int{1, width}
	res := s.do("POST", "/v2/models/lfb-attendance/infer", marshal(t, map[string]any{"inputs": []any{tensor}}), nil)
	if text := text(t, res); res.StatusCode != 400 || !strings.Contains(text, "station_ground") {
		t.Errorf("a category that is none = %d %s, want 400", res.StatusCode, text)
	}
}

func marshal(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func (s *site) json(t testing.TB, path string, in, out any) {
	t.Helper()
	res := s.do("POST", path, marshal(t, in), nil)
	got := text(t, res)
	if err := json.Unmarshal([]byte(got), out); err != nil || res.StatusCode != 200 {
		t.Fatalf("POST %s = %d %.500s (%v), want 200", path, res.StatusCode, got, err)
	}
}

func TestOIPWithoutAModel(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	for _, path := range []string{
		"GET /v2/health/ready", "GET /v2/models/lfb-attendance",
		"POST /v2/models/lfb-attendance/infer", "POST /v1/predictions:batch",
	} {
		method, path, _ := strings.Cut(path, " ")
		in, media := "{}", "application/json"
		if strings.HasSuffix(path, ":batch") {
			in, media = "postcode\n", "text/csv"
		}
		res := s.do(method, path, in, map[string]string{"Content-Type": media})
		if got := text(t, res); res.StatusCode != 503 || !strings.Contains(got, `"code":"no_model"`) && !strings.HasSuffix(path, "/ready") {
			t.Errorf("%s %s without a model = %d %s, want 503 no_model", method, path, res.StatusCode, got)
		}
	}
	if res := s.do("GET", "/v2/health/live", "", nil); res.StatusCode != 200 {
		t.Errorf("live without a model = %d", res.StatusCode)
	}
}

// TestOIPRefusals wants the code that other protocols have, and sentences for people.
func TestOIPRefusals(t *testing.T) {
	t.Parallel()
	s := newSite(t, champion(t))
	for _, tt := range []struct{ path, inputs, code string }{
		{"", `{"name":"postcode","datatype":"BYTES","shape":[1],"data":["BN1 1AA"]}`, "outside_area"},
		{"", `{"name":"postcode_district","datatype":"BYTES","shape":[1],"data":["SE1"]},{"name":"borough_code","datatype":"BYTES","shape":[1],"data":["E09000033"]},{"name":"latitude","datatype":"FP64","shape":[1],"data":[51.6]},{"name":"longitude","datatype":"FP64","shape":[1],"data":[-0.3]}`, "contradicting_places"},
		{"?strict=true", `{"name":"postcode_district","datatype":"BYTES","shape":[1],"data":["SE1x"]}`, "not_exact"},
		{"", `{"name":"postcode","datatype":"BYTES","shape":[],"data":["SE1 9NF"]}`, "invalid"},
		{"", "\xff", "invalid"},
	} {
		res := s.do("POST", "/v2/models/lfb-attendance/infer"+tt.path, `{"inputs":[`+tt.inputs+`]}`, nil)
		var got struct{ Error, Code string }
		body := text(t, res)
		if err := json.Unmarshal([]byte(body), &got); err != nil || res.StatusCode != 400 || got.Code != tt.code ||
			strings.HasSuffix(got.Error, "invalid") {
			t.Errorf("infer%s of %s = %d %s, want 400 %s and no name of a kind at the end", tt.path, tt.inputs, res.StatusCode,
				body, tt.code)
		}
	}
}
