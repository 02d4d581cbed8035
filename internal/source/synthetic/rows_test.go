package synthetic

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"lfb/internal/geo"
	"lfb/internal/lfb"
	"lfb/internal/testdata"
)

func number(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Three years, so that both clock changes, both seasons and the manners of
// several file years are met.
func tidyCity(t *testing.T) *City {
	return newCity(t, Options{Seed: 11, Incidents: 18000, Months: 36, From: "2022-01", Tidy: true})
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]int{incidentHeader: 39, mobilisationHeader: 24} {
		if got := strings.Count(header, ",") + 1; got != want {
			t.Errorf("%.40s… has %d columns, want %d", header, got, want)
		}
	}
}

// Column for column what the brigade publishes.
func TestHeadersAreThePublishedOnes(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"raw/incidents_2023_sample_iso.csv": incidentHeader,
		"mobilisation_rows_2009_2025.csv":   mobilisationHeader,
	} {
		text, err := os.ReadFile(testdata.Path(t, filepath.FromSlash(file)))
		if err != nil {
			t.Fatal(err)
		}
		if got, _, _ := strings.Cut(string(text), "\n"); strings.TrimRight(got, "\r")+"\n" != want {
			t.Errorf("%s begins %q, want %q", file, got, want)
		}
	}
}

func TestPlacesAgree(t *testing.T) {
	t.Parallel()
	tb := tables(t, tidyCity(t), lfb.IncidentFile)
	for _, r := range tb.rows {
		cell := [2]float64{number(t, tb.get(r, "Easting_rounded")), number(t, tb.get(r, "Northing_rounded"))}
		if e, n := geo.CellCentre100(cell[0], cell[1]); e != cell[0] || n != cell[1] {
			t.Fatalf("%v is not the centre of a 100 m cell", cell)
		}
		if cell[0] < 503000 || cell[0] > 562000 || cell[1] < 155000 || cell[1] > 201000 {
			t.Fatalf("%v is not in London", cell)
		}
		if tb.get(r, "PropertyCategory") == "Dwelling" {
			for _, c := range []string{"Postcode_full", "Easting_m", "Northing_m", "Latitude", "Longitude"} {
				if v := tb.get(r, c); v != "" {
					t.Fatalf("a dwelling has %s %q", c, v)
				}
			}
			continue
		}
		e, n := number(t, tb.get(r, "Easting_m")), number(t, tb.get(r, "Northing_m"))
		if ce, cn := geo.CellCentre100(e, n); ce != cell[0] || cn != cell[1] {
			t.Fatalf("cell of %v, %v is %v, want %v, %v", e, n, cell, ce, cn)
		}
		ge, gn := geo.ToGrid(number(t, tb.get(r, "Latitude")), number(t, tb.get(r, "Longitude")))
		if d := math.Hypot(ge-e, gn-n); d > 0.05 {
			t.Fatalf("degrees of %v, %v are %v m away", e, n, d)
		}
		full, district, err := geo.ParsePostcode(tb.get(r, "Postcode_full"))
		if err != nil || full != tb.get(r, "Postcode_full") || district != tb.get(r, "Postcode_district") {
			t.Fatalf("postcode %q, district %q: %v", tb.get(r, "Postcode_full"), tb.get(r, "Postcode_district"), err)
		}
	}
}

// Incident times are London's wall clock, mobilisation stamps GMT.
func TestClocks(t *testing.T) {
	t.Parallel()
	c := tidyCity(t)
	incidents, mobilisations := tables(t, c, lfb.IncidentFile), tables(t, c, lfb.MobilisationFile)
	called := map[string]time.Time{}
	for _, r := range incidents.rows {
		stamp := incidents.get(r, "DateOfCall") + " " + incidents.get(r, "TimeOfCall")
		at, err := time.ParseInLocation("2006-01-02 15:04:05", stamp, lfb.London)
		if err != nil {
			t.Fatal(err)
		}
		if h := incidents.get(r, "HourOfCall"); at.Format("2006-01-02 15:04:05") != stamp || h != fmt.Sprint(at.Hour()) {
			t.Fatalf("call at %q, hour %q: a time that London does not have", stamp, h)
		}
		called[incidents.get(r, "IncidentNumber")] = at
	}
	summer, twice := 0, 0
	var handling []float64
	for _, r := range mobilisations.rows {
		parse := func(column string) time.Time {
			at, err := time.Parse("02/01/2006 15:04:05", mobilisations.get(r, column))
			if err != nil {
				t.Fatal(err)
			}
			return at
		}
		mobilised, mobile, arrived := parse("DateAndTimeMobilised"), parse("DateAndTimeMobile"), parse("DateAndTimeArrived")
		call := called[mobilisations.get(r, "IncidentNumber")]
		if mobilisations.get(r, "HourOfCall") != fmt.Sprint(call.Hour()) {
			t.Fatalf("HourOfCall %s of a call at %v", mobilisations.get(r, "HourOfCall"), call)
		}
		turnout, travel := number(t, mobilisations.get(r, "TurnoutTimeSeconds")),
			number(t, mobilisations.get(r, "TravelTimeSeconds"))
		attendance := number(t, mobilisations.get(r, "AttendanceTimeSeconds"))
		if mobile.Sub(mobilised).Seconds() != turnout || arrived.Sub(mobile).Seconds() != travel ||
			turnout+travel != attendance || attendance < 1 || attendance > 1200 || !parse("DateAndTimeLeft").After(arrived) {
			t.Fatalf("stamps and seconds of %v disagree", r)
		}
		if mobilisations.get(r, "PumpOrder") != "1" {
			continue
		}
		h := mobilised.Sub(call).Seconds()
		// In the hour that comes twice in October a wall clock cannot tell which.
		if math.Abs(math.Abs(h)-3600) < 1200 && call.Month() == time.October && call.Hour() == 1 {
			twice++
			continue
		}
		handling = append(handling, h)
		if h < 0 || h > 1500 {
			t.Fatalf("mobilised %v after the call at %v", mobilised.Sub(call), call)
		}
		if _, offset := call.Zone(); offset != 0 {
			summer++
		}
	}
	if summer < 5000 || twice > 20 {
		t.Errorf("%d mobilisations in summer and %d in the hour that comes twice: this proves nothing", summer, twice)
	}
	within(t, "median call handling", quantile(handling, .5), 70, 90)
}

// The first engine of an incident row is the one reported as first.
func TestTablesAgree(t *testing.T) {
	t.Parallel()
	c := tidyCity(t)
	type pumps struct {
		first, firstFrom, second, secondFrom string
		n                                    int
	}
	got := map[string]pumps{}
	m := tables(t, c, lfb.MobilisationFile)
	for _, r := range m.rows {
		p := got[m.get(r, "IncidentNumber")]
		p.n++
		switch m.get(r, "PerformanceReporting") {
		case "1":
			p.first, p.firstFrom = m.get(r, "AttendanceTimeSeconds"), m.get(r, "DeployedFromStation_Name")
		case "2":
			p.second, p.secondFrom = m.get(r, "AttendanceTimeSeconds"), m.get(r, "DeployedFromStation_Name")
		}
		got[m.get(r, "IncidentNumber")] = p
	}
	tb := tables(t, c, lfb.IncidentFile)
	for _, r := range tb.rows {
		want := got[tb.get(r, "IncidentNumber")]
		p := pumps{
			tb.get(r, "FirstPumpArriving_AttendanceTime"), tb.get(r, "FirstPumpArriving_DeployedFromStation"),
			tb.get(r, "SecondPumpArriving_AttendanceTime"), tb.get(r, "SecondPumpArriving_DeployedFromStation"), want.n,
		}
		if p != want {
			t.Fatalf("incident %s has %+v, its mobilisations %+v", tb.get(r, "IncidentNumber"), p, want)
		}
		if n := tb.get(r, "NumPumpsAttending"); want.n > 0 && n != fmt.Sprint(want.n) {
			t.Fatalf("incident %s: NumPumpsAttending %s, %d rows", tb.get(r, "IncidentNumber"), n, want.n)
		}
	}
}

// Every quirk is there, none everywhere, and a tidy city has none but the same
// incidents.
func TestQuirks(t *testing.T) {
	t.Parallel()
	o := Options{Seed: 4, Incidents: 20000, Months: 12, From: "2024-01"}
	odd := newCity(t, o)
	o.Tidy = true
	tidy := newCity(t, o)
	a, b := tables(t, odd, lfb.IncidentFile), tables(t, tidy, lfb.IncidentFile)
	seen := map[string]int{}
	for i, r := range a.rows {
		for k, v := range r {
			want := b.rows[i][k]
			switch {
			case v == want:
				continue
			case v == "NULL" && want == "":
				seen["null"]++
			case v == want+" ":
				seen["blank"]++
			case v == want+".0":
				seen["float"]++
			case v == "0.0" && strings.Contains("51.-0.0.", want[:2]):
				seen["zero"]++
			case (v == "" || v == "NULL") && k >= a.column["IncGeo_WardCode"] && k <= a.column["IncGeo_WardNameNew"]:
				seen["ward"]++
			default:
				t.Fatalf("row %d: %q became %q", i, want, v)
			}
		}
	}
	for _, q := range []struct {
		name     string
		min, max int
	}{{"null", 1000, 10000}, {"blank", 14000, 19500}, {"float", 3000, 30000}, {"zero", 30, 400}, {"ward", 30, 400}} {
		if n := seen[q.name]; n < q.min || n > q.max {
			t.Errorf("quirk %s: %d, want %d to %d", q.name, n, q.min, q.max)
		}
	}
	for _, it := range list(t, odd) {
		if !bytes.HasPrefix(read(t, odd, it, 0), []byte(byteOrderMark)) {
			t.Errorf("%s has no byte-order mark", it.Name)
		}
	}
	for _, it := range list(t, tidy) {
		if text := read(t, tidy, it, 0); bytes.HasPrefix(text, []byte(byteOrderMark)) ||
			bytes.Contains(text, []byte("NULL")) {
			t.Errorf("tidy %s has a byte-order mark or NULL", it.Name)
		}
	}
}

// The manner of dates and stamps follows the year that a file begins in.
func TestVintages(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ from, date, stamp string }{
		{"2009-01", "02 Jan 2006", "02/01/2006 15:04:05"},
		{"2018-01", "02-Jan-06", "02/01/2006 15:04:05"},
		{"2022-01", "2006-01-02", "02/01/2006 15:04:05"},
		{"2025-01", "2006-01-02", "02/01/2006 15:04"},
	} {
		t.Run(tc.from, func(t *testing.T) {
			t.Parallel()
			c := newCity(t, Options{Incidents: 300, Months: 1, From: tc.from})
			i, m := tables(t, c, lfb.IncidentFile), tables(t, c, lfb.MobilisationFile)
			if _, err := time.Parse(tc.date, i.get(i.rows[0], "DateOfCall")); err != nil {
				t.Error(err)
			}
			if _, err := time.Parse(tc.stamp, m.get(m.rows[0], "DateAndTimeMobilised")); err != nil {
				t.Error(err)
			}
		})
	}
}
