package synthetic

import (
	"encoding/csv"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"lfb/internal/geo"
	"lfb/internal/geo/london"
	"lfb/internal/lfb"
	"lfb/internal/testdata"
)

func TestLondon(t *testing.T) {
	t.Parallel()
	l := newLondon()
	within(t, "area in km²", float64(len(l.inside))*landM*landM/1e6, 1540, 1590)
	if len(l.stations) != 102 || len(l.boroughs) != 33 {
		t.Errorf("%d stations and %d boroughs, want 102 and 33", len(l.stations), len(l.boroughs))
	}
	names, codes := map[string]bool{}, map[string]bool{}
	for _, s := range l.stations {
		names[s.name], codes[s.code] = true, true
		if c := cellAt(s.e, s.n); (c < 0 || l.wardOf[c] < 0) && math.Abs(london.ThamesOffset(s.e, s.n)) > 200 {
			t.Errorf("station %s is not in London", s.name)
		}
	}
	if len(names) != 102 || len(codes) != 102 {
		t.Errorf("%d names and %d call signs of 102 stations", len(names), len(codes))
	}
	for i, b := range l.boroughs {
		if want := "E090000" + string(byte('0'+(i+1)/10)) + string(byte('0'+(i+1)%10)); b.code != want {
			t.Errorf("borough %d has code %s, want %s", i, b.code, want)
		}
	}
	perBorough, wards, districts := map[uint8]int{}, map[int16]bool{}, map[int16]bool{}
	units := map[string]int32{}
	for _, c := range l.inside {
		perBorough[l.wards[l.wardOf[c]].borough]++
		wards[l.wardOf[c]], districts[l.districtOf[c]] = true, true
		for quarter := range int32(4) {
			unit := l.districts[l.districtOf[c]] + " " + formatInt(int(l.unitOf[c]+quarter))
			if other, ok := units[unit]; ok {
				t.Fatalf("postcode unit %s is at cells %d and %d", unit, other, c)
			}
			units[unit] = c
			if l.unitOf[c]+quarter >= int32(sectors*sectorUnits) {
				t.Fatalf("unit %s is beyond the sectors", unit)
			}
		}
	}
	if len(perBorough) != 33 || len(wards) < 690 || len(districts) < 265 {
		t.Errorf("%d boroughs, %d wards and %d districts have land, want 33, 690 and 265", len(perBorough), len(wards),
			len(districts))
	}
	for _, d := range l.districts {
		if got, err := geo.ReadPostcode(d); got != (geo.Postcode{District: d}) || d == geo.PostcodeArea(d) || err != nil {
			t.Errorf("ReadPostcode(%q) = %+v, %v", d, got, err)
		}
	}
}

// Most of a district's calls are in the borough that it mostly is in: SE10 is in Greenwich.
func TestDistrictsAreInTheirBoroughs(t *testing.T) {
	t.Parallel()
	tb := tables(t, newCity(t, Options{Seed: 5, Incidents: 40000, Months: 2, From: "2024-01", Tidy: true}),
		lfb.IncidentFile)
	calls := map[string]map[string]int{}
	for _, r := range tb.rows {
		d := tb.get(r, "Postcode_district")
		if calls[d] == nil {
			calls[d] = map[string]int{}
		}
		calls[d][tb.get(r, "IncGeo_BoroughCode")]++
	}
	var all, right float64
	for _, d := range london.Districts() {
		most, code := 0, ""
		for b, n := range calls[d.Name] {
			if n > most {
				most, code = n, b
			}
		}
		if most == 0 {
			continue
		}
		all++
		if code == d.Borough {
			right++
		}
	}
	within(t, "share of districts in their borough", right/all, .93, 1)
	for district, borough := range map[string]string{
		"SE10": "E09000011", "E1": "E09000030", "N17": "E09000014",
		"SW1A": "E09000033",
	} {
		total := 0
		for _, n := range calls[district] {
			total += n
		}
		within(t, "share of "+district+" in "+borough, float64(calls[district][borough])/float64(total), .7, 1)
	}
}

// How near the city is to London: published rows lie in the ward, borough and district that the city
// has at their place.
func TestLikeThePublishedPlaces(t *testing.T) {
	t.Parallel()
	f, err := os.Open(testdata.Path(t, "raw", "incidents_2023_sample_iso.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[strings.TrimPrefix(name, byteOrderMark)] = i
	}
	l := newLondon()
	var all, inside, ward, borough, district, ground float64
	var ways [legs]routeLeg
	for _, r := range rows[1:] {
		e, n := number(t, r[column["Easting_rounded"]]), number(t, r[column["Northing_rounded"]])
		all++
		c := cellAt(e, n)
		if c < 0 || l.wardOf[c] < 0 {
			continue
		}
		count := func(share *float64, got, want string) {
			if got == r[column[want]] {
				*share++
			}
		}
		inside++
		w := l.wards[l.wardOf[c]]
		count(&ward, w.code, "IncGeo_WardCode")
		count(&borough, l.boroughs[w.borough].code, "IncGeo_BoroughCode")
		count(&district, l.districts[l.districtOf[c]], "Postcode_district")
		l.roads.fillRoutes(&ways, e, n)
		count(&ground, l.stations[ways[0].station].name, "IncidentStationGround")
	}
	within(t, "share of rows on the city's land", inside/all, .98, 1)
	within(t, "share in the same borough", borough/inside, .94, 1)
	within(t, "share in the same ward", ward/inside, .75, 1)
	within(t, "share in the same district", district/inside, .80, 1)
	within(t, "share on the same station's ground", ground/inside, .7, 1)
	t.Logf("inside %.3f, borough %.3f, ward %.3f, district %.3f, ground %.3f", inside/all, borough/inside, ward/inside,
		district/inside, ground/inside)
}

func TestRiverAndDistance(t *testing.T) {
	t.Parallel()
	r := newLondon().roads
	g := newRoadGrid()
	across := g.secondsFrom(549500, 182500)[int((180000-south)/roadM)*roadNX+int((549500-west)/roadM)]
	if along := g.secondsFrom(549500, 182500)[int((185000-south)/roadM)*roadNX+
		int((549500-west)/roadM)]; across < 2*along {
		t.Errorf("2.5 km over the river without a bridge take %v s, 2.5 km on land %v", across, along)
	}
	var ways [legs]routeLeg
	for e := 505000.0; e < 560000; e += 1700 {
		r.fillRoutes(&ways, e, 179000)
		seen := map[uint8]bool{}
		for i, w := range ways {
			if seen[w.station] || i > 0 && w.seconds < ways[i-1].seconds || !(w.seconds >= 0) {
				t.Fatalf("ways to %v: %v", e, ways)
			}
			seen[w.station] = true
		}
	}
}

// No way joins the banks of the Thames but at one of its crossings.
func TestRoadsCrossAtBridgesOnly(t *testing.T) {
	t.Parallel()
	g := newRoadGrid()
	river := london.Drawn().Thames
	crossed, shut := 0, 0
	for c := range g.slow {
		e, n := roadCentre(c)
		from := london.ThamesOffset(e, n)
		if math.Abs(from) > roadM || e < river[0].Easting+roadM || e > river[len(river)-1].Easting-2*roadM {
			continue
		}
		for d, a := range g.across {
			toE, toN := e+float64(a[0])*roadM, n+float64(a[1])*roadM
			if to := london.ThamesOffset(toE, toN); from*to > 0 || math.Abs(to) > roadM {
				continue
			}
			near := math.Inf(1)
			for _, x := range london.Drawn().Crossings {
				near = min(near, math.Hypot(x.Easting-(e+toE)/2, x.Northing-(n+toN)/2))
			}
			switch open := !math.IsInf(g.extra[c][d], 1); {
			case open != (near < roadM):
				t.Errorf("from %.0f, %.0f to %.0f, %.0f: open %v, %.0f m from a crossing", e, n, toE, toN, open, near)
			case open:
				crossed++
			default:
				shut++
			}
		}
	}
	if crossed < 60 || shut < 300 {
		t.Errorf("%d links cross and %d do not: this proves nothing", crossed, shut)
	}
}

// Every wall-clock second that a day can show maps to an instant that shows it.
func TestElapsed(t *testing.T) {
	t.Parallel()
	for _, date := range []string{"2024-01-15", "2024-03-31", "2024-07-01", "2024-10-27", "1996-10-27", "2037-03-29"} {
		midnight, err := time.ParseInLocation("2006-01-02", date, lfb.London)
		if err != nil {
			t.Fatal(err)
		}
		d := daySpan{date: midnight, seconds: int32(midnight.AddDate(0, 0, 1).Sub(midnight) / time.Second)}
		for wall := int32(0); wall < 86400; wall += 61 {
			for _, again := range []bool{false, true} {
				elapsed, shown := d.elapsedSeconds(wall, again)
				at := midnight.Add(time.Duration(elapsed) * time.Second)
				if got := int32(at.Hour()*3600 + at.Minute()*60 + at.Second()); got != shown || elapsed >= d.seconds ||
					at.Format("2006-01-02") != date {
					t.Fatalf("%s: elapsed(%d, %v) = %d, %d, which is %v", date, wall, again, elapsed, shown, at)
				}
			}
		}
	}
}

func TestSettle(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		counts []int
		rows   int
	}{
		{"nothing to do", []int{1, 2, 0}, 3},
		{"add a third", []int{1, 2, 0}, 4},
		{"nobody has two", []int{1, 1, 0}, 4},
		{"nobody has any", []int{0, 0}, 3},
		{"take a third", []int{1, 4, 2}, 5},
		{"take all", []int{1, 4, 2}, 0},
		{"none", nil, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			balanceCounts(tc.counts, tc.rows, newRand(1))
			sum := 0
			for _, n := range tc.counts {
				sum += n
				if n < 0 {
					t.Errorf("counts %v", tc.counts)
				}
			}
			if sum != tc.rows {
				t.Errorf("settle = %v, sum %d, want %d", tc.counts, sum, tc.rows)
			}
		})
	}
}

func TestPicker(t *testing.T) {
	t.Parallel()
	weights := []float64{1, 0, 3, 6}
	p, r := newPicker(weights), newRand(1)
	var n [4]float64
	for range 100000 {
		n[p.drawIndex(r)]++
	}
	for i, w := range weights {
		within(t, "share", n[i]/1e5, w/10-.006, w/10+.006)
	}
}
