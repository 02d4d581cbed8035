package user_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"lfb/internal/dataset"
	"lfb/internal/dataset/datasettest"
	"lfb/internal/geo"
	"lfb/internal/lfb"
	"lfb/internal/serve/servetest"
	"lfb/internal/testdata"
)

// phrase is a place as people say it, and what is made of it.
type phrase struct {
	body     string
	district string // that it is answered for; a star ends a prefix
	quality  string
	codes    string // of the warnings, or of the refusal
}

// londonPhrases is asked of a champion of real rows.
func londonPhrases() []phrase {
	district := func(text string) string { return fmt.Sprintf(`{"postcode_district":%q}`, text) }
	full := func(text string) string { return fmt.Sprintf(`{"postcode":%q}`, text) }
	const whole, slip, torn, together, outside, two = "postcode_as_district", "postcode_corrected", "postcode_malformed",
		"districts_together", "outside_area", "contradicting_places"
	return []phrase{
		// A district is itself, and a blank ends it.
		{district("E1"), "E1", "district", ""},
		{district("e1"), "E1", "district", ""},
		{district(" e 1 "), "E1", "district", ""},
		{district("E16"), "E16", "district", ""},
		{district("E1 6"), "E1", "district", whole},
		{district("N1 7"), "N1", "district", whole},
		{district("N17"), "N17", "district", ""},
		{district("SE1 0"), "SE1", "district", whole},
		{district("SE10"), "SE10", "district", ""},
		{district("SE10 9"), "SE10", "district", whole},
		{district("W1 4"), "W1*", "district", torn + " " + together},
		{district("W14"), "W14", "district", ""},
		{district("NW1 0"), "NW1", "district", whole},
		{district("NW10"), "NW10", "district", ""},
		{district("SW1 1"), "SW1*", "district", torn + " " + together},
		{full("SW1 1AA"), "SW1*", "district", torn + " " + together},
		{full("EC1 1AA"), "EC1*", "district", torn + " " + together},
		{district("SW11"), "SW11", "district", ""},
		{district("E 1 6"), "E1", "district", whole},
		{district("CR0"), "CR0", "district", ""},
		{district("EC1A"), "EC1A", "district", ""},
		{district("W1T"), "W1T", "district", ""},
		{district("E1W"), "E1W", "district", ""},
		{district("N1C"), "N1C", "district", ""},
		// The short names of central London, and areas.
		{district("EC1"), "EC1*", "district", together},
		{district("ec2"), "EC2*", "district", together},
		{district("EC3"), "EC3*", "district", together},
		{district("EC4"), "EC4*", "district", together},
		{district("SW1"), "SW1*", "district", together},
		{district("W1"), "W1*", "district", together},
		{district("WC1"), "WC1*", "district", together},
		{district("wc2"), "WC2*", "district", together},
		{district("NW"), "NW*", "borough", together},
		{district("SE"), "SE*", "borough", together},
		{district("E"), "E*", "borough", together},
		{district("EC"), "EC*", "borough", together},
		// Whole postcodes, known by their district.
		{full("SE10 9NF"), "SE10", "district", whole},
		{full("se109nf"), "SE10", "district", whole},
		{full("SE 10 9NF"), "SE10", "district", whole},
		{full("E1 6AN"), "E1", "district", whole},
		{full("E16AN"), "E1", "district", whole},
		{full("E16 1AA"), "E16", "district", whole},
		{full("N1 7AA"), "N1", "district", whole},
		{full("EC1A 1BB"), "EC1A", "district", whole},
		{full("W1F9PN"), "W1F", "district", whole},
		{full("SW1A 1AA"), "SW1A", "district", whole},
		{full("CR0 2EA"), "CR0", "district", whole},
		// A sector in the place of a whole postcode.
		{full("E1 6"), "E1", "district", whole},
		{full("SE10 9"), "SE10", "district", whole},
		// Letters for digits, and what follows a district and is no postcode.
		{full("SE1O 9NF"), "SE10", "district", slip + " " + whole},
		{full("SE1O9NF"), "SE10", "district", slip + " " + whole},
		{full("SE1 0 9NF"), "SE10", "district", slip + " " + whole},
		{full("SE1 09NF"), "SE10", "district", slip + " " + whole},
		{full("E16 AN"), "E1", "district", slip + " " + whole},
		{full("SE10 9NFF"), "SE10", "district", torn},
		{full("SE10 99F"), "SE10", "district", torn},
		{full("SE1099F"), "SE10", "district", torn},
		{full("SE10 9CF"), "SE10", "district", torn},
		{full("EC1A IBB"), "EC1A", "district", slip + " " + whole},
		{full("E1 GAN"), "E1", "district", torn},
		{district("El"), "E1", "district", slip},
		{district("EI"), "E1", "district", slip},
		{district("E1O"), "E10", "district", slip},
		{district("SEI"), "SE1", "district", slip},
		{district("SEIO"), "SE10", "district", slip},
		{district("NWl"), "NW1", "district", slip},
		{district("WI"), "W1*", "district", slip + " " + together},
		{district("1G1"), "IG1", "district", slip},
		{district("SE10 x"), "SE10", "district", torn},
		// Districts of London that no call of these months came from.
		{full("N1P 4AG"), "N1", "borough", "district_unknown " + whole},
		{full("SE1P 4AG"), "SE1", "borough", "district_unknown " + whole},
		// Places that are not London's.
		{full("EH1 1YZ"), "", "", outside},
		{full("GIR 0AA"), "", "", outside},
		{full("BN1 1AA"), "", "", outside},
		{full("M1 1AA"), "", "", outside},
		{full("G1 1AA"), "", "", outside},
		{full("SL1 1AA"), "", "", outside},
		{district("GU1"), "", "", outside},
		{district("SO1"), "", "", outside},
		{district("E99"), "", "", outside},
		{district("TN30"), "", "", outside},
		{district("KT22"), "", "", outside},
		{`{"latitude":55.95,"longitude":-3.19}`, "", "", outside},
		{`{"latitude":50.82,"longitude":-0.14}`, "", "", outside},
		{`{"easting":330050,"northing":670050}`, "", "", outside},
		{`{"easting":511000,"northing":205000}`, "", "", outside},
		{full("ZZ99 9ZZ"), "", "", "invalid"},
		{full("Greenwich"), "", "", "invalid"},
		{full("SE10"), "", "", "invalid"},
		{district("north"), "", "", "invalid"},
		{district("999"), "", "", "invalid"},
		// Points, wards, grounds and boroughs.
		{`{"easting":538450,"northing":177650}`, "SE10", "exact", ""},
		{`{"latitude":51.4815,"longitude":-0.0077}`, "SE10", "exact", ""},
		{`{"ward_code":"e05000220"}`, "*", "nearby", ""},
		{`{"station_ground":"greenwich"}`, "*", "district", ""},
		{`{"station_ground":" West  Hampstead "}`, "*", "district", ""},
		{`{"borough_code":"E09000011"}`, "*", "borough", "borough_only"},
		{`{"borough_code":"e09000011","station_ground":"Lee green"}`, "*", "district", ""},
		{`{"station_ground":"Atlantis"}`, "", "city", "unknown_value no_place widened"},
		// Two places.
		{`{"postcode":"SE10 9NF","postcode_district":"E1"}`, "", "", two},
		{`{"postcode":"SE10 9NF","postcode_district":"SE"}`, "SE10", "district", whole},
		{`{"postcode":"EC1A 1BB","postcode_district":"EC1"}`, "EC1A", "district", whole},
		{`{"postcode":"SE10 9NF","easting":538450,"northing":177650}`, "SE10", "exact", ""},
		{`{"postcode":"NW3 1AA","easting":538450,"northing":177650}`, "", "", two},
		{`{"postcode_district":"SE10","borough_code":"E09000007"}`, "", "", two},
		{`{"postcode_district":"SE10","borough_code":"E09000011"}`, "SE10", "district", ""},
		{`{"borough_code":"E09000007","easting":538450,"northing":177650}`, "", "", two},
		{`{"station_ground":"Heathrow","easting":538450,"northing":177650}`, "", "", two},
		{`{"latitude":51.48,"longitude":-0.0077,"easting":527000,"northing":185000}`, "", "", two},
		{`{"latitude":51.4815,"longitude":-0.0077,"easting":538400,"northing":177600}`, "SE10", "exact", ""},
		{`{"postcode_district":"SE10","sent_from":"Atlantis","property_type":"Castle"}`, "SE10", "district", "unknown_value unknown_value"},
	}
}

// asked is an answer or a problem, as far as places go.
type asked struct {
	Code  string `json:"code"`
	Place struct {
		District string `json:"postcode_district"`
	} `json:"place"`
	Quality    string      `json:"quality"`
	PrecisionM float64     `json:"precision_m"`
	Attendance *times      `json:"attendance"`
	Warnings   []string    `json:"warnings"`
	Codes      []askedCode `json:"warning_codes"`
}

type askedCode struct {
	Code   string `json:"code"`
	Params struct {
		Value string `json:"value"`
	} `json:"params"`
}

func (s *site) ask(t *testing.T, body string) (got asked, status int) {
	t.Helper()
	res := s.do("POST", "/v1/predictions", body, nil)
	if err := json.Unmarshal([]byte(text(t, res)), &got); err != nil {
		t.Fatal(err)
	}
	return got, res.StatusCode
}

// codes are the codes of an answer's warnings, or that of a problem.
func (a *asked) codes() string {
	codes := []string{a.Code}
	for _, c := range a.Codes {
		codes = append(codes, c.Code)
	}
	return strings.TrimSpace(strings.Join(codes, " "))
}

func TestPlacesOnRealRows(t *testing.T) {
	if testing.Short() {
		t.Skip("fits a model on 15,000 rows")
	}
	t.Parallel()
	in := datasettest.ReadIncidents(t, testdata.Path(t, "lfb_incidents_2017_jan_mar.csv"))
	_, rows := datasettest.BuildTable(t, in, lfb.Real)
	b, hold := realChampion(t, rows)
	s := newSite(t, b)
	for _, p := range londonPhrases() {
		got, status := s.ask(t, p.body)
		prefix, any := strings.CutSuffix(p.district, "*")
		is := got.Place.District == p.district || any && strings.HasPrefix(got.Place.District, prefix)
		if refused := p.quality == ""; refused != (status == 422) || refused == (got.Attendance != nil) {
			t.Errorf("%s = %d, attendance %v, %s", p.body, status, got.Attendance, got.codes())
			continue
		}
		if !is || got.Quality != p.quality || got.codes() != p.codes || len(got.Codes) != len(got.Warnings) {
			t.Errorf("%s = %q, %s, %q (%q), want %q, %s, %q", p.body, got.Place.District, got.Quality, got.codes(),
				got.Warnings, p.district, p.quality, p.codes)
		}
		if p.quality != "" && !(got.PrecisionM >= 100 && got.PrecisionM < 30_000) {
			t.Errorf("%s is precise to %v m", p.body, got.PrecisionM)
		}
	}
	noSilentPlace(t, s)
	acceptsRealCalls(t, s, hold)
}

func TestNoPlaceIsSilentlyAnother(t *testing.T) {
	t.Parallel()
	noSilentPlace(t, newSite(t, champion(t)))
}

// noSilentPlace asks for places made of district-like pieces: a district that is answered for
// begins what was typed, or a warning has what was typed.
func noSilentPlace(t *testing.T, s *site) {
	t.Helper()
	rng := rand.New(rand.NewPCG(11, 3))
	pick := func(words ...string) string { return words[rng.IntN(len(words))] }
	for range 4000 {
		typed := pick("E", "N", "W", "SE", "SW", "NW", "EC", "WC", "CR", "BN", "I", "") + pick("", " ", "") +
			pick("1", "10", "1O", "l", "I0", "2A", "17", "0", "99") + pick("", " ", "", "  ") + pick("", "6", "9NF", "0", "99F",
			"O", "1 AA", "x", "9 n f")
		body := fmt.Sprintf(`{"postcode_district":%q}`, typed[:min(10, len(typed))])
		got, status := s.ask(t, body)
		if status != 200 || got.Quality == "city" {
			continue
		}
		squeezed := strings.ToUpper(strings.Join(strings.Fields(typed), ""))
		said := slices.ContainsFunc(got.Codes, func(c askedCode) bool { return c.Params.Value != "" })
		if !said && !strings.HasPrefix(squeezed, got.Place.District) {
			t.Errorf("%s is silently %s", body, got.Place.District)
		}
		// What stands before a blank, and is a district, is the district, unless another reading is said.
		first, _, blank := strings.Cut(strings.TrimSpace(typed), " ")
		p, err := geo.ReadPostcode(first)
		isDistrict := err == nil && p == geo.Postcode{District: p.District} && p.District != geo.PostcodeArea(p.District)
		if blank && isDistrict && !strings.Contains(got.codes(), "postcode_corrected") &&
			!strings.Contains(got.codes(), "district_unknown") &&
			!geo.IsWithinDistrict(got.Place.District, p.District) {
			t.Errorf("%s is answered for %s, not for %s", body, got.Place.District, p.District)
		}
	}
}

// acceptsRealCalls asks for calls of the hold-out, of which hardly any may be refused.
func acceptsRealCalls(t *testing.T, s *site, hold *dataset.Table) {
	t.Helper()
	refused, n := 0, 0
	var call lfb.Call
	for i := 0; i < hold.Len(); i += 10 {
		hold.Call(i, &call)
		if got, _ := s.ask(t, body(&call)); got.Attendance == nil {
			refused++
			t.Logf("%s is refused: %s", body(&call), got.codes())
		}
		n++
	}
	if refused*500 > n {
		t.Errorf("%d of %d real calls are refused, want 1 in 500 at most", refused, n)
	}
}

// A word that no training row has changes nothing of the answer, and is listed as not used.
func TestUnknownWordsChangeNoAnswer(t *testing.T) {
	t.Parallel()
	s := newSite(t, champion(t))
	call := servetest.City(1)[0].Call
	point := fmt.Sprintf(`"easting":%v,"northing":%v`, call.Easting, call.Northing)
	type answer struct {
		Attendance, Response times
		Place                any
		Assumed              []string
		Unused               []struct{ Field, Code string }
	}
	ask := func(body string) (a answer) {
		if err := json.Unmarshal([]byte(text(t, s.do("POST", "/v1/predictions", body, nil))), &a); err != nil {
			t.Fatal(err)
		}
		return a
	}
	want := ask("{" + point + "}")
	for _, field := range []string{
		"station_ground", "borough_code", "ward_code", "reported", "incident_group", "special_service_type",
		"property_category", "property_type", "sent_from",
	} {
		got := ask(fmt.Sprintf(`{%s,%q:"Atlantis"}`, point, field))
		if len(got.Unused) != 1 || got.Unused[0].Field != field || got.Unused[0].Code != "unknown_value" {
			t.Errorf("%s: unused = %v, want it alone", field, got.Unused)
		}
		if got.Unused = want.Unused; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want as without it: %+v", field, got, want)
		}
	}
}
