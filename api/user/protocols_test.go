package user_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"lfb/internal/serve/servetest"
)

var randomCalls = flag.Int("random-calls", 300, "how many calls are asked for what must hold of every answer")

// randomCall says where by one of the ways, and some of the other facts. Numbers are such
// that every protocol can write them.
func randomCall(r *rand.Rand) map[string]any {
	cities := servetest.City(500)
	row := cities[r.IntN(len(cities))].Call
	call := map[string]any{"time": row.At.Add(time.Duration(r.IntN(365*24)) * time.Hour).Format(time.RFC3339)}
	switch r.IntN(6) {
	case 0:
		call["postcode"] = row.Postcode
	case 1:
		call["postcode_district"] = row.PostcodeDistrict
	case 2:
		call["easting"], call["northing"] = math.Round(row.Easting+r.NormFloat64()*500),
			math.Round(row.Northing+r.NormFloat64()*500)
	case 3:
		call["borough_code"], call["ward_code"] = row.BoroughCode, row.WardCode
	case 4:
		call["station_ground"] = row.StationGround
	default:
		call["latitude"], call["longitude"] = math.Round(51.3e6+r.Float64()*4e5)/1e6, math.Round(-4e5+r.Float64()*6e5)/1e6
	}
	for name, v := range map[string]any{
		"reported": row.Reported, "property_category": row.PropertyCategory, "property_type": row.PropertyType,
		"pump": float64(row.PumpOrder), "sent_from": row.StationGround, "incident_reference": fmt.Sprint("ref ", r.IntN(1e6)),
	} {
		if r.IntN(3) == 0 {
			call[name] = v
		}
	}
	return call
}

// TestWhatHoldsOfEveryAnswer asks random calls, and the same calls by every protocol.
func TestWhatHoldsOfEveryAnswer(t *testing.T) {
	t.Parallel()
	s := newSite(t, champion(t))
	r := rand.New(rand.NewPCG(7, 11))
	broken, seen := map[string]int{}, map[string]bool{}
	for done := 0; done < *randomCalls; done += 100 {
		calls := make([]map[string]any, 100)
		singles := make([]prediction, len(calls))
		for i := range calls {
			for calls[i] = randomCall(r); s.do("POST", "/v1/predictions", marshal(t, calls[i]),
				nil).StatusCode == http.StatusUnprocessableEntity; {
				calls[i] = randomCall(r) // that one is outside of the city
			}
			singles[i] = s.predict(t, "/v1/predictions", marshal(t, calls[i]))
			for name, holds := range invariants(&singles[i]) {
				if !holds {
					broken[name]++
					t.Logf("%s: %v: %+v", name, calls[i], singles[i])
				}
			}
			if seen[singles[i].ID] {
				broken["every answer has an id of its own"]++
			}
			seen[singles[i].ID] = true
			first, second := calls[i]["pump"] == nil, map[string]any{"pump": 2}
			for k, v := range calls[i] {
				if k != "pump" {
					second[k] = v
				}
			}
			if p := s.predict(t, "/v1/predictions", marshal(t, second)); first && p.Attendance.P50 < singles[i].Attendance.P50 {
				broken["the second engine is not sooner"]++
			}
		}
		for protocol, ask := range map[string]func(testing.TB, []map[string]any) [][]float64{
			"list": s.asList("/v1/predictions:list"), "calls": s.asList("/v1/predictions"), "CSV": s.asTable,
			"tensors": s.asTensors, "binary tensors": s.asBinary,
		} {
			got := ask(t, calls)
			for i := range singles {
				if want := singles[i].numbers(); fmt.Sprint(got[i]) != fmt.Sprint(want) {
					broken[protocol+" = one call"]++
					t.Logf("%s: %v = %v, want %v", protocol, calls[i], got[i], want)
				}
			}
		}
	}
	for name, n := range broken {
		t.Errorf("%s: not so for %d of %d calls", name, n, *randomCalls)
	}
}

func (p *prediction) numbers() []float64 {
	var all []float64
	for _, c := range []*times{&p.Attendance, p.Response} {
		all = append(all, c.Mean, c.P50, c.P90, c.Within6, c.Within10)
	}
	return all
}

// invariants are what holds of an answer, whatever was asked.
func invariants(p *prediction) map[string]bool {
	holds := map[string]bool{
		"a version answers": p.Model.Version != "", "an answer has an id": len(p.ID) == 36,
		"warnings are a list": p.Warnings != nil,
		"response or why not": (p.Response == nil) == (p.NoResponse != ""),
	}
	clocks := map[string]*times{"attendance": &p.Attendance, "response": p.Response}
	for name, c := range clocks {
		if c == nil {
			continue
		}
		holds[name+": seconds are positive, and attendance below 20 minutes"] = c.Mean > 0 && c.P50 > 0 &&
			(name == "response" || max(c.Mean, c.P50, c.P90) <= 1200)
		holds[name+": P50 <= P90"] = c.P50 <= c.P90
		holds[name+": mean <= P90"] = c.Mean <= c.P90
		holds[name+": probabilities"] = 0 <= c.Within6 && c.Within6 <= c.Within10 && c.Within10 <= 1
		holds[name+": P50 against 6 minutes"] = agree(c.P50, 360, c.Within6, 0.5)
		holds[name+": P50 against 10 minutes"] = agree(c.P50, 600, c.Within10, 0.5)
		holds[name+": P90 against 6 minutes"] = agree(c.P90, 360, c.Within6, 0.9)
		holds[name+": P90 against 10 minutes"] = agree(c.P90, 600, c.Within10, 0.9)
	}
	if a, r := p.Attendance, p.Response; r != nil {
		holds["response mean >= attendance mean"] = r.Mean >= a.Mean
		holds["response P50 >= attendance P50"] = r.P50 >= a.P50
		holds["response P90 >= attendance P90"] = r.P90 >= a.P90
		holds["response within 6 <= attendance within 6"] = r.Within6 <= a.Within6+1e-9
	}
	return holds
}

// agree says whether a quantile and the probability of a bound do not contradict. They
// come from trees of their own, so that ten seconds are no contradiction.
func agree(quantile, bound, probability, level float64) bool {
	return !(quantile < bound-10 && probability < level-0.02) && !(quantile > bound+10 && probability > level+0.02)
}

func (s *site) asList(path string) func(testing.TB, []map[string]any) [][]float64 {
	return func(t testing.TB, calls []map[string]any) (all [][]float64) {
		for _, p := range s.predict(t, path, marshal(t, map[string]any{"calls": calls})).Predictions {
			all = append(all, p.numbers())
		}
		return all
	}
}

// columns are the facts that any call has.
func columns() []string {
	return []string{
		"time", "postcode", "postcode_district", "easting", "northing", "borough_code", "ward_code", "station_ground",
		"latitude", "longitude",
		"reported", "property_category", "property_type", "pump", "sent_from", "incident_reference",
	}
}

var outputNames = [2][5]string{
	{"mean", "p50", "p90", "p_le_360", "p_le_600"}, {
		"mean_seconds", "p50_seconds", "p90_seconds", "p_within_6_minutes",
		"p_within_10_minutes",
	},
}

func (s *site) asTable(t testing.TB, calls []map[string]any) [][]float64 {
	var in strings.Builder
	names := columns()
	in.WriteString(strings.Join(names, ",") + "\n")
	for _, c := range calls {
		for k, name := range names {
			if v, ok := c[name]; ok {
				fmt.Fprintf(&in, "\"%v\"", v)
			}
			in.WriteString([]string{",", "\n"}[(k+1)/len(names)])
		}
	}
	got := table(t, text(t, s.do("POST", "/v1/predictions:batch", in.String(),
		map[string]string{"Content-Type": "text/csv"})))
	all := make([][]float64, len(calls))
	for i := range calls {
		for _, clock := range []string{"attendance_", "response_"} {
			for _, name := range outputNames[1] {
				v, err := strconv.ParseFloat(got[clock+name][i], 64)
				if err != nil {
					t.Fatalf("row %d: %v %s", i, err, got["error"][i])
				}
				all[i] = append(all[i], v)
			}
		}
	}
	return all
}

func (s *site) asTensors(t testing.TB, calls []map[string]any) [][]float64 {
	var inputs []map[string]any
	for _, name := range columns() {
		kind, data := "BYTES", []any{}
		for _, c := range calls {
			if _, ok := c[name].(float64); ok {
				kind = "FP64"
			}
			data = append(data, c[name])
		}
		inputs = append(inputs, map[string]any{"name": name, "shape": []int{len(calls)}, "datatype": kind, "data": data})
	}
	var got infer
	s.json(t, "/v2/models/lfb-attendance/infer", map[string]any{"inputs": inputs}, &got)
	all := make([][]float64, len(calls))
	for i := range calls {
		for k := range 10 {
			all[i] = append(all[i], got.Outputs[k].Data[i].(float64))
		}
	}
	return all
}

// binaryColumn is a column as Triton's clients send it; absent facts are NaN and "".
func binaryColumn(name string, calls []map[string]any) (kind string, data []byte) {
	kind = "BYTES"
	for _, c := range calls {
		if _, ok := c[name].(float64); ok {
			kind = "FP64"
		}
	}
	for _, c := range calls {
		if kind == "FP64" {
			v, ok := c[name].(float64)
			if !ok {
				v = math.NaN()
			}
			data = binary.LittleEndian.AppendUint64(data, math.Float64bits(v))
			continue
		}
		v, _ := c[name].(string)
		data = append(binary.LittleEndian.AppendUint32(data, uint32(len(v))), v...)
	}
	return kind, data
}

// binaryBody is JSON with tensors behind it, and how long the JSON is.
func binaryBody(t testing.TB, request map[string]any, tensors []byte) (string, map[string]string) {
	head := marshal(t, request)
	return head + string(tensors), map[string]string{
		"Inference-Header-Content-Length": fmt.Sprint(len(head)),
		"Content-Type":                    "application/octet-stream",
	}
}

func (s *site) asBinary(t testing.TB, calls []map[string]any) [][]float64 {
	var inputs []map[string]any
	var tail []byte
	for _, name := range columns() {
		kind, data := binaryColumn(name, calls)
		tail = append(tail, data...)
		inputs = append(inputs, map[string]any{
			"name": name, "shape": []int{len(calls)}, "datatype": kind,
			"parameters": map[string]any{"binary_data_size": len(data)},
		})
	}
	body, header := binaryBody(t, map[string]any{
		"inputs":     inputs,
		"parameters": map[string]any{"binary_data_output": true},
	}, tail)
	res := s.do("POST", "/v2/models/lfb-attendance/infer", body, header)
	outputs := binaryOutputs(t, res)
	all := make([][]float64, len(calls))
	for _, clock := range []string{"", "response_"} {
		for _, name := range outputNames[0] {
			data := outputs[clock+name]
			for i := range calls {
				all[i] = append(all[i], math.Float64frombits(binary.LittleEndian.Uint64(data[8*i:])))
			}
		}
	}
	return all
}

// binaryOutputs is the tensors of an answer by name.
func binaryOutputs(t testing.TB, res *http.Response) map[string][]byte {
	t.Helper()
	raw := []byte(text(t, res))
	size, err := strconv.Atoi(res.Header.Get("Inference-Header-Content-Length"))
	if err != nil || res.StatusCode != 200 || res.Header.Get("Content-Type") != "application/octet-stream" {
		t.Fatalf("= %d %v %.300s, want JSON with tensors behind it", res.StatusCode, res.Header, raw)
	}
	var answer struct {
		Outputs []struct {
			Name       string
			Parameters struct {
				Size int `json:"binary_data_size"`
			}
		}
	}
	if err := json.Unmarshal(raw[:size], &answer); err != nil {
		t.Fatal(err)
	}
	tensors, tail := map[string][]byte{}, raw[size:]
	for _, o := range answer.Outputs {
		tensors[o.Name], tail = tail[:o.Parameters.Size], tail[o.Parameters.Size:]
	}
	if len(tail) > 0 {
		t.Errorf("%d bytes beyond the outputs", len(tail))
	}
	return tensors
}

// TestBinaryTensors sends each datatype, and what is wrong with one.
func TestBinaryTensors(t *testing.T) {
	t.Parallel()
	s := newSite(t, champion(t))
	little := func(values ...any) []byte {
		var b bytes.Buffer
		for _, v := range values {
			if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
				t.Fatal(err)
			}
		}
		return b.Bytes()
	}
	word := func(texts ...string) (all []byte) {
		for _, text := range texts {
			all = append(append(all, little(uint32(len(text)))...), text...)
		}
		return all
	}
	tests := []struct {
		name, input, datatype string
		shape                 []int
		data                  []byte
		size                  int // less than all of data where it is not 0
		want                  string
	}{
		{name: "FP32", input: "easting", datatype: "FP32", shape: []int{2}, data: little([]float32{531050, 531050})},
		{name: "FP16", input: "pump", datatype: "FP16", shape: []int{2}, data: little([]uint16{0x3c00, 0x4000})},
		{
			name: "FP16 that is missing", input: "pump", datatype: "FP16", shape: []int{2},
			data: little([]uint16{0x7e00, 0x4000}),
		},
		{name: "INT8", input: "pump", datatype: "INT8", shape: []int{2, 1}, data: little([]int8{1, 2})},
		{name: "INT64", input: "pump", datatype: "INT64", shape: []int{2}, data: little([]int64{1, 2})},
		{name: "UINT16", input: "pump", datatype: "UINT16", shape: []int{2}, data: little([]uint16{1, 2})},
		{name: "BYTES", input: "reported", datatype: "BYTES", shape: []int{2}, data: word("fire", "")},
		{
			name: "BYTES, BOM and NUL", input: "incident_reference", datatype: "BYTES", shape: []int{2},
			data: word("\ufeffx", "café"),
		},
		{
			name: "not UTF-8", input: "incident_reference", datatype: "BYTES", shape: []int{2}, data: word("caf\xe9", "x"),
			want: "value 0 is no BYTES",
		},
		{
			name: "too few", input: "pump", datatype: "INT64", shape: []int{2}, data: little(int64(1)),
			want: "value 1 has 8 bytes, 0 are left",
		},
		{
			name: "too many", input: "pump", datatype: "INT64", shape: []int{2}, data: little([]int64{1, 2, 2}),
			want: "8 bytes more than shape",
		},
		{
			name: "text too short", input: "postcode", datatype: "BYTES", shape: []int{2}, data: little(uint32(9), uint16(1)),
			want: "value 0 has 9 bytes, 2 are left",
		},
		{
			name: "a text's length too short", input: "postcode", datatype: "BYTES", shape: []int{2}, data: word("SE1 9NF"),
			want: "1 values in 11 bytes",
		},
		{
			name: "more than the body", input: "pump", datatype: "INT8", shape: []int{2}, data: little([]int8{1, 2}), size: 99,
			want: "binary_data_size 99, where 2 bytes follow",
		},
		{
			name: "less than the body", input: "pump", datatype: "INT8", shape: []int{2}, data: little([]int8{1, 2, 3}),
			size: 2, want: "1 bytes that belong to no input",
		},
		{
			name: "an infinity", input: "easting", datatype: "FP64", shape: []int{2}, data: little(math.Inf(1), 1.0),
			want: "value 0 is no FP64",
		},
		{
			name: "an unknown datatype", input: "pump", datatype: "BF16", shape: []int{2}, data: little([]int16{1, 2}),
			want: "BF16",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.size == 0 {
				tt.size = len(tt.data)
			}
			inputs := []map[string]any{{
				"name": "station_ground", "shape": []int{2}, "datatype": "BYTES",
				"data": []string{"Soho", "Soho"},
			}}
			if tt.input == "easting" {
				inputs = append(inputs, map[string]any{
					"name": "northing", "shape": []int{2}, "datatype": "FP64",
					"data": []float64{181050, 181050},
				})
			}
			inputs = append(inputs, map[string]any{
				"name": tt.input, "shape": tt.shape, "datatype": tt.datatype,
				"parameters": map[string]any{"binary_data_size": tt.size},
			})
			body, header := binaryBody(t, map[string]any{"inputs": inputs, "outputs": []map[string]any{
				{"name": "p50", "parameters": map[string]any{"binary_data": true}},
				{"name": "prediction_id", "parameters": map[string]any{"binary_data": true}},
			}}, tt.data)
			res := s.do("POST", "/v2/models/lfb-attendance/infer", body, header)
			if tt.want != "" {
				if got := text(t, res); res.StatusCode != 400 || !strings.Contains(got, tt.want) {
					t.Errorf("= %d %s, want 400 that says %q", res.StatusCode, got, tt.want)
				}
				return
			}
			got := binaryOutputs(t, res)
			if p50, ids := got["p50"], got["prediction_id"]; len(p50) != 16 || len(ids) != 2*(4+36) ||
				binary.LittleEndian.Uint32(ids) != 36 {
				t.Errorf("outputs = %d and %d bytes, want two numbers and two ids", len(p50), len(ids))
			}
		})
	}
	infinite, header := binaryBody(t, map[string]any{"inputs": []map[string]any{{
		"name": "features", "shape": []int{1, 2}, "datatype": "FP64", "parameters": map[string]any{"binary_data_size": 16},
	}}}, little(math.NaN(), math.Inf(-1)))
	res := s.do("POST", "/v2/models/lfb-attendance/infer", infinite, header)
	if got := text(t, res); res.StatusCode != 400 || !strings.Contains(got, "value 1 is no FP64") {
		t.Errorf("an infinite feature = %d %s, want 400", res.StatusCode, got)
	}
	for _, length := range []string{"x", "-1", "999999"} {
		res := s.do("POST", "/v2/models/lfb-attendance/infer", "{}",
			map[string]string{"Inference-Header-Content-Length": length})
		if got := text(t, res); res.StatusCode != 400 || !strings.Contains(got, "the body has 2 bytes") {
			t.Errorf("JSON of %s bytes = %d %s, want 400", length, res.StatusCode, got)
		}
	}
}

// TestDefaultRequestOfTritonsClient sends what tritonclient wrote.
func TestDefaultRequestOfTritonsClient(t *testing.T) {
	t.Parallel()
	s := newSite(t, champion(t))
	body, err := os.ReadFile(filepath.Join("testdata", "tritonclient.bin"))
	if err != nil {
		t.Fatal(err)
	}
	size := bytes.LastIndexByte(body, '}') + 1
	res := s.do("POST", "/v2/models/lfb-attendance/infer", string(body),
		map[string]string{"Inference-Header-Content-Length": fmt.Sprint(size)})
	if got := binaryOutputs(t, res); len(got["p50"]) != 16 || len(got) != 16 {
		t.Errorf("%d outputs, p50 has %d bytes, want 16, 16", len(got), len(got["p50"]))
	}
}
