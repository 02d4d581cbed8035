package feature_test

import (
	"context"
	"encoding/csv"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"lfb/internal/clean"
	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/testdata"
)

// table is rows in memory.
type table []lfb.Attendance

func (t table) Len() int                      { return len(t) }
func (t table) Call(i int, c *lfb.Call)       { *c = t[i].Call }
func (t table) Outcome(i int, o *lfb.Outcome) { *o = t[i].Outcome }
func (t table) between(from, to string) table { return t.pick(from, to, 0) }
func (t table) first(from, to string) table   { return t.pick(from, to, 1) }

func (t table) pick(from, to string, pump int) (out table) {
	lo, hi := day(from), day(to)
	for _, r := range t {
		if !r.Call.At.Before(lo) && r.Call.At.Before(hi) && (pump == 0 || r.Call.PumpOrder == pump) {
			out = append(out, r)
		}
	}
	return out
}

func day(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02", s, lfb.London)
	if err != nil {
		panic(err)
	}
	return t
}

// city is n made-up attendances around a few stations at known places.
func city(n int, seed uint64) table {
	r := rand.New(rand.NewPCG(seed, 1))
	reports := []string{"fire", "automatic alarm", "flooding"}
	rows := make(table, n)
	for i := range rows {
		c := lfb.Call{
			At:      day("2017-01-01").Add(time.Duration(i) * 7 * time.Minute),
			Easting: 520050 + 100*float64(r.IntN(200)), Northing: 170050 + 100*float64(r.IntN(200)),
			Reported: reports[r.IntN(3)], PropertyCategory: "Dwelling", PropertyType: "House", PumpOrder: 1 + r.IntN(2),
		}
		quick, second := cityStations(c.Easting, c.Northing)
		c.StationGround = quick.Name
		c.BoroughCode = "E0900000" + strconv.Itoa(int(c.Easting-520000)/10000)
		c.WardCode = c.BoroughCode + "-" + strconv.Itoa(int(c.Northing-170000)/5000)
		c.PostcodeDistrict = "SE" + strconv.Itoa(int(c.Northing-170000)/4000)
		c.Postcode = c.PostcodeDistrict + " " + strconv.Itoa(int(c.Easting-520000)/4000) + "AB"
		from := quick
		if c.PumpOrder == 2 || r.Float64() < 0.2 {
			from = second
		}
		d := math.Hypot(c.Easting-from.Easting, c.Northing-from.Northing)
		rows[i].Call = c
		rows[i].Outcome = lfb.Outcome{
			ArrivedFrom: from.Name, AttendanceSeconds: math.Round(150 + 0.09*d + 20*r.NormFloat64()),
			CallHandlingSeconds: 60, NumPumps: 2, NumStations: 1, PumpCount: 2, PumpMinutes: 60, DelayCode: math.NaN(),
			StopCode: "AFA",
		}
	}
	return rows
}

func cityPlaces() []feature.LearnedStation {
	return []feature.LearnedStation{
		{Name: "Deptford", Easting: 524000, Northing: 174000},
		{Name: "Euston", Easting: 536000, Northing: 175000},
		{Name: "Lewisham", Easting: 525000, Northing: 186000},
		{Name: "Soho", Easting: 535000, Northing: 184000},
	}
}

// cityStations is the nearest station and the next.
func cityStations(e, n float64) (first, second feature.LearnedStation) {
	s := cityPlaces()
	sort.Slice(s, func(a, b int) bool {
		return math.Hypot(e-s[a].Easting, n-s[a].Northing) < math.Hypot(e-s[b].Easting, n-s[b].Northing)
	})
	return s[0], s[1]
}

func mustFit(t testing.TB, rows feature.Rows, opts feature.Options) *feature.Spec {
	t.Helper()
	s, err := feature.Fit(context.Background(), rows, opts)
	if err != nil {
		t.Fatalf("Fit = %v, want no error", err)
	}
	return s
}

var (
	realOnce  sync.Once
	realCache table
)

// realRows is the attendances of January to March 2017, in order of call.
func realRows(t testing.TB) table {
	path := testdata.Path(t, "lfb_incidents_2017_jan_mar.csv")
	realOnce.Do(func() { realCache = readReal(t, path) })
	return realCache
}

func readReal(t testing.TB, path string) (rows table) {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	head, err := r.Read()
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]int{}
	for i, h := range head {
		at[h] = i
	}
	for {
		v, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, realRow(t, func(name string) string { return strings.TrimSpace(v[at[name]]) })...)
	}
	sort.SliceStable(rows, func(a, b int) bool { return rows[a].Call.At.Before(rows[b].Call.At) })
	return rows
}

// realRow is the arrivals of one incident.
func realRow(t testing.TB, v func(string) string) (rows table) {
	called, err := time.ParseInLocation("2006-01-02 15:04:05", v("DateOfCall")+" "+v("TimeOfCall"), lfb.London)
	if err != nil {
		t.Fatal(err)
	}
	number := func(name string) float64 {
		x, err := strconv.ParseFloat(v(name), 64)
		if err != nil {
			return math.NaN()
		}
		return x
	}
	base := lfb.Attendance{IncidentNumber: v("IncidentNumber"), Call: lfb.Call{
		At: called, Easting: number("Easting_rounded"),
		Northing: number("Northing_rounded"), BoroughCode: v("IncGeo_BoroughCode"), WardCode: v("IncGeo_WardCode"),
		PostcodeDistrict: v("Postcode_district"), Postcode: v("Postcode_full"), StationGround: v("IncidentStationGround"),
		Reported:         clean.FromCaller(v("IncidentGroup"), v("StopCodeDescription"), v("SpecialServiceType")),
		PropertyCategory: v("PropertyCategory"), PropertyType: v("PropertyType"),
	}}
	for k, name := range []string{"FirstPump", "SecondPump"} {
		if seconds := number(name + "Arriving_AttendanceTime"); seconds > 0 {
			row := base
			row.Call.PumpOrder = k + 1
			row.Outcome = lfb.Outcome{
				AttendanceSeconds: seconds, ArrivedFrom: v(name + "Arriving_DeployedFromStation"),
				CallHandlingSeconds: math.NaN(), NumPumps: number("NumPumpsAttending"),
				NumStations: number("NumStationsWithPumpsAttending"),
				StopCode:    v("StopCodeDescription"), IncidentGroup: v("IncidentGroup"),
			}
			rows = append(rows, row)
		}
	}
	return rows
}
