package user_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"lfb/internal/lfb"
	"lfb/internal/serve/servetest"
)

// publishPostcodes makes a set of places serve.
func publishPostcodes(t *testing.T, s *site, at map[string][2]float64) {
	t.Helper()
	s.world.PublishPlaces(t, lfb.Real, servetest.Postcodes(at))
	if err := s.places.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// A postcode is where it is in every form in which it may be asked about.
func TestPostcodeIsPlacedInEveryProtocol(t *testing.T) {
	t.Parallel()
	s := newSite(t, champion(t))
	ask := func(path, kind, body string) string {
		t.Helper()
		res := s.do("POST", path, body, map[string]string{"Content-Type": kind})
		got := text(t, res)
		if res.StatusCode != http.StatusOK {
			t.Fatalf("%s = %d, %s", path, res.StatusCode, got)
		}
		return got
	}
	protocols := []struct{ path, kind, body, before, after string }{
		{
			"/v1/predictions", "application/json", `{"postcode":"se1 9nf"}`,
			`"quality":"district"`, `"easting":523050,"northing":173050`,
		},
		{"/v1/predictions:list", "application/json", `{"calls":[{"postcode":"SE1 9NF"}]}`, `"code":"postcode_as_district"`, `"quality":"exact","precision_m":100`},
		{"/v1/predictions:batch", "text/csv", "Postcode_full\nSE1 9NF\n", "district,", "exact,100,"},
		{
			"/v2/models/lfb-attendance/infer", "application/json",
			`{"inputs":[{"name":"postcode","shape":[1],"datatype":"BYTES","data":["SE1 9NF"]}],"outputs":[{"name":"quality"},{"name":"precision_m"}]}`,
			`"data":["district"]`, `"data":["exact"]`,
		},
	}
	for _, p := range protocols {
		if got := ask(p.path, p.kind, p.body); !strings.Contains(got, p.before) {
			t.Errorf("%s without a set of places = %s, want %s", p.path, got, p.before)
		}
	}
	publishPostcodes(t, s, map[string][2]float64{"SE1 9NF": {523_012, 173_088}})
	for _, p := range protocols {
		got := ask(p.path, p.kind, p.body)
		if !strings.Contains(got, p.after) || strings.Contains(got, "postcode_as_district") {
			t.Errorf("%s with a set of places = %s, want %s", p.path, got, p.after)
		}
	}
	if got := ask("/v1/predictions", "application/json", `{"postcode_district":"SE1 9"}`); !strings.Contains(got, `"quality":"nearby"`) || strings.Contains(got, "as_district") {
		t.Errorf("a sector = %s, want its middle", got)
	}
	const sector = `"code":"postcode_as_sector","params":{"field":"postcode","value":"SE1 9","used":"SE1 9"}`
	if got := ask("/v1/predictions", "application/json", `{"postcode":"SE1 9"}`); !strings.Contains(got, `"quality":"nearby"`) || !strings.Contains(got, sector) {
		t.Errorf("a sector for a postcode = %s, want its middle and %s", got, sector)
	}
	const unknown = `"code":"postcode_as_sector","params":{"field":"postcode","value":"SE1 9ZZ","used":"SE1 9"}`
	if got := ask("/v1/predictions", "application/json", `{"postcode":"SE1 9ZZ"}`); !strings.Contains(got, unknown) {
		t.Errorf("a postcode of a known sector = %s, want %s", got, unknown)
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	s := newSite(t, champion(t))
	type answer struct {
		Matches []struct {
			Label, Kind string
			Borough     string `json:"borough_code"`
			Easting     float64
			PrecisionM  float64 `json:"precision_m"`
		}
		Clear       bool
		Refused     string
		Revision    int64
		Attribution string
	}
	find := func(text string) (got answer) {
		t.Helper()
		res := s.do("GET", "/v1/places?limit=3&q="+url.QueryEscape(text), "", nil)
		if err := json.NewDecoder(res.Body).Decode(&got); err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%s = %d, %v", text, res.StatusCode, err)
		}
		return got
	}
	if got := find("Greenwich borough"); got.Revision != 0 || len(got.Matches) == 0 || got.Matches[0].Kind != "borough" {
		t.Errorf("a borough before any set is published = %+v", got)
	}
	checkAsk(t, s, "city of london", `{"borough_code":"E09000001"}`, `"quality":"borough"`)
	checkAsk(t, s, "se3", `{"postcode_district":"SE3"}`, `"quality":"district"`)
	publishPostcodes(t, s, map[string][2]float64{"SE1 9NF": {523_012, 173_088}})
	got := find("se1 9nf")
	if !got.Clear || len(got.Matches) != 1 || got.Matches[0].Label != "SE1 9NF, City of London" ||
		got.Matches[0].Kind != "postcode" ||
		got.Matches[0].Easting != 523_012 || got.Matches[0].PrecisionM > 100 || got.Revision != 1 ||
		!strings.Contains(got.Attribution, "OS data") {
		t.Errorf("a postcode = %+v", got)
	}
	for _, tt := range [][3]string{
		{"se1 9nf", `{"postcode":"SE1 9NF"}`, `"quality":"exact","precision_m":100,`},
		{"se1 9", `{"postcode_district":"SE1 9"}`, `"quality":"nearby"`},
		{"523050, 173050", `{"easting":523050,"northing":173050,"precision_m":100}`, `"quality":"exact","precision_m":100,`},
		{"TQ 230 730", `{"easting":523050,"northing":173050,"precision_m":50}`, `"quality":"exact","precision_m":100,`},
		{"TQ 2373", `{"easting":523500,"northing":173500,"precision_m":1000}`, `"quality":"nearby","precision_m":1000,`},
		{"brighton", "", ""},
	} {
		checkAsk(t, s, tt[0], tt[1], tt[2])
	}
	if got := find("brighton"); got.Refused != "outside_area" || got.Clear {
		t.Errorf("Brighton = %+v, want it refused", got)
	}
	if got := find("filled.count.soap"); got.Refused != "what3words" || got.Matches == nil {
		t.Errorf("three words = %+v, want them refused and an empty list", got)
	}
	for _, query := range []string{"", "?q=", "?q=a&limit=0", "?q=a&limit=51", "?q=" + strings.Repeat("a", 201)} {
		if res := s.do("GET", "/v1/places"+query, "", nil); res.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("GET /v1/places%.20s = %d, want 422", query, res.StatusCode)
		}
	}
	if res := s.do("GET", "/v1/places?q=SE1", "",
		map[string]string{"Authorization": ""}); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("places for nobody = %d, want 401", res.StatusCode)
	}
}

// checkAsk sends what a match says to send, and looks that the answer is as exact as the match. What is
// outside London has neither that nor a made-up point.
func checkAsk(t *testing.T, s *site, q, ask, quality string) {
	t.Helper()
	var got struct {
		Matches []struct {
			Ask     json.RawMessage
			Easting json.RawMessage
		}
	}
	if err := json.Unmarshal([]byte(text(t, s.do("GET", "/v1/places?q="+url.QueryEscape(q), "", nil))),
		&got); err != nil || len(got.Matches) == 0 {
		t.Errorf("%s = %+v, %v", q, got, err)
		return
	}
	m := got.Matches[0]
	if string(m.Ask) != ask || ask == "" && string(m.Easting) != "null" {
		t.Errorf("%s: ask %s at %s, want %s", q, m.Ask, m.Easting, ask)
	}
	if ask == "" {
		return
	}
	if answer := text(t, s.do("POST", "/v1/predictions", ask, nil)); !strings.Contains(answer, quality) {
		t.Errorf("%s answers %s, want %s", q, answer, quality)
	}
}

// A point that is known to some metres only is no exact one.
func TestPrecisionOfAPoint(t *testing.T) {
	t.Parallel()
	s := newSite(t, champion(t))
	for body, want := range map[string]string{
		`{"easting":523050,"northing":173050,"precision_m":900}`:                      `"quality":"nearby","precision_m":900,`,
		`{"easting":523050,"northing":173050,"precision_m":7650}`:                     `"quality":"borough","precision_m":7650,`,
		`{"latitude":51.4429,"longitude":-0.2306,"precision_m":2500}`:                 `"quality":"district","precision_m":2500,`,
		`{"easting":523050,"northing":173050,"precision_m":20}`:                       `"quality":"exact","precision_m":100,`,
		`{"easting":523050,"northing":173050,"precision_m":0}`:                        `"quality":"exact","precision_m":100,`,
		`{"postcode":"SE1 9NF","easting":523050,"northing":173050,"precision_m":900}`: `"quality":"nearby","precision_m":900,`,
		`{"postcode":"SE1 9NF","precision_m":900}`:                                    `"pointer":"/precision_m"`,
		`{"easting":523050,"northing":173050,"precision_m":-1}`:                       `/precision_m`,
		`{"easting":330050,"northing":670050,"precision_m":7650}`:                     `"code":"outside_area"`,
	} {
		got := text(t, s.do("POST", "/v1/predictions", body, nil))
		if !strings.Contains(got, want) {
			t.Errorf("%s = %s, want %s", body, got, want)
		}
		if strings.Contains(got, `"assumed":["easting`) {
			t.Errorf("%s = %s: the point was given", body, got)
		}
	}
}

// What is outside London is said to be that, and nothing else; what is no postcode is refused where asked to be.
func TestOnlyOutside(t *testing.T) {
	t.Parallel()
	s := newSite(t, champion(t))
	for _, path := range []string{"/v1/predictions:list", "/v1/predictions:list?strict=true"} {
		got := text(t, s.do("POST", path, `{"calls":[{"postcode":"BN1 1AA"}]}`, nil))
		if !strings.Contains(got, `"code":"outside_area"`) || strings.Contains(got, "no_place") || strings.Contains(got, "widened") || strings.Contains(got, "London as a whole") {
			t.Errorf("%s = %s, want outside_area alone", path, got)
		}
	}
	for body, want := range map[string]string{
		`{"postcode":"SE1 99F"}`: "is no postcode", `{"postcode":"SW1 1AA"}`: "is no postcode", `{"postcode_district":"W1 4"}`: "is no postcode", `{"postcode":"ZZ99 9ZZ"}`: "no postcode of Britain begins with these letters",
	} {
		res := s.do("POST", "/v1/predictions?strict=true", body, nil)
		if got := text(t, res); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(got, want) {
			t.Errorf("%s = %d %s, want it refused", body, res.StatusCode, got)
		}
	}
}

// One call of many whose place cannot be read is an error in its place.
func TestOneOfManyWithoutPlace(t *testing.T) {
	t.Parallel()
	s := newSite(t, champion(t))
	const calls = `{"calls":[{"postcode":"north"},{"postcode":"SE1 9NF"},{},{"postcode":"BN1 1AA"},{"postcode_district":"SE3"}]}`
	var got struct {
		Predictions []struct {
			ID    string
			Place struct {
				District string `json:"postcode_district"`
			}
			Model struct{ Version string }
			Error struct {
				Code   string
				Errors []struct{ Pointer string }
			}
		}
	}
	if err := json.Unmarshal([]byte(text(t, s.do("POST", "/v1/predictions:list", calls, nil))), &got); err != nil ||
		len(got.Predictions) != 5 {
		t.Fatalf("%+v, %v", got, err)
	}
	for i, want := range [][3]string{
		{"invalid", "", "/postcode"},
		{"", "SE1", ""},
		{"invalid", "", ""},
		{"outside_area", "BN1", "/postcode"},
		{"", "SE3", ""},
	} {
		p := got.Predictions[i]
		pointer := ""
		if len(p.Error.Errors) > 0 {
			pointer = p.Error.Errors[0].Pointer
		}
		district := p.Place.District
		if p.Error.Code != want[0] || want[0] == "" && district != want[1] || pointer != want[2] || p.Model.Version == "" ||
			(p.ID == "") != (want[0] != "") {
			t.Errorf("call %d = %+v, want %v", i, p, want)
		}
	}
	for _, refused := range []string{`{"calls":[{"postcode":"north"}]}`, `{"calls":[{"postcode":"SE1 9NF","time":"1999-01-01T00:00:00Z"},{"postcode":"SE3 9NF"}]}`} {
		if res := s.do("POST", "/v1/predictions:list", refused, nil); res.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s = %d, want 422", refused, res.StatusCode)
		}
	}
}

// An input that is no fact is named in the outputs too, and refused where that is asked for.
func TestUnknownInputIsTold(t *testing.T) {
	t.Parallel()
	s := newSite(t, champion(t))
	const input = `{"name":"%s","shape":[1],"datatype":"BYTES","data":["%s"]}`
	body := `{"inputs":[` + fmt.Sprintf(input, "postcode", "SE1 9NF") + "," + fmt.Sprintf(input, "incident_grp", "Fire") + `],"outputs":[{"name":"unused"},{"name":"warning_codes"}]}`
	got := text(t, s.do("POST", "/v2/models/lfb-attendance/infer", body, nil))
	if !strings.Contains(got, `"incident_grp: not_used"`) || !strings.Contains(got, `not_used;`) {
		t.Errorf("an unknown input = %s, want it named", got)
	}
	strict := strings.Replace(strings.Replace(body, "SE1 9NF", "SE3", 1), `"postcode"`, `"postcode_district"`, 1)
	res := s.do("POST", "/v2/models/lfb-attendance/infer?strict=true", strict, nil)
	if got := text(t, res); res.StatusCode != http.StatusBadRequest ||
		!strings.Contains(got, "not_exact: incident grp is not used") {
		t.Errorf("an unknown input of a strict request = %d %s, want it refused", res.StatusCode, got)
	}
}
