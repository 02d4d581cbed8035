package mltest

import (
	"encoding/csv"
	"math"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"lfb/internal/ml"
	"lfb/internal/testdata"
)

// Spans are the real rows of January to March 2017, cut as DESIGN.md says for three
// months: both engines of every incident that has their time, in order of the call.
type Spans struct {
	Train, Valid, Calib, Hold ml.Set
	HoldDay                   []int32 // day of March
}

// Real reads the real rows into call-time columns that need no fitting beyond the
// training rows: place, ground and the way to its centre, time, and what is known on
// the phone. It is a yardstick for estimators, not the product's features. Without
// the data the test is skipped; see package testdata.
func Real(t testing.TB) Spans {
	t.Helper()
	rows := readReal(t, testdata.Path(t, "lfb_incidents_2017_jan_mar.csv"))
	cut := func(from, to int) []realRow {
		return slices.DeleteFunc(slices.Clone(rows), func(r realRow) bool { return r.day < from || r.day >= to })
	}
	// Days of 2017: 1 January is 1, mid-February 46, 1 March 60.
	train := cut(1, 46)
	e := newRealEncoder(train)
	hold := cut(60, 91)
	s := Spans{Train: e.set(train), Valid: e.set(cut(46, 53)), Calib: e.set(cut(53, 60)), Hold: e.set(hold)}
	for _, r := range hold {
		s.HoldDay = append(s.HoldDay, int32(r.day-59))
	}
	return s
}

// realRow is one engine's arrival.
type realRow struct {
	day, hour, weekday int
	east, north        float64
	text               [realTexts]string
	pump               int
	seconds            float64
}

const (
	realGround = iota
	realBorough
	realProperty
	realKind
	realReported
	realTexts
)

func readReal(t testing.TB, path string) []realRow {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]int{}
	for j, name := range all[0] {
		at[name] = j
	}
	var rows []realRow
	for _, rec := range all[1:] {
		cell := func(name string) string { return rec[at[name]] }
		day, err := time.Parse(time.DateOnly, cell("DateOfCall"))
		if err != nil {
			t.Fatal(err)
		}
		r := realRow{
			day: day.YearDay(), weekday: int(day.Weekday()), hour: int(number(cell("HourOfCall"))),
			east: number(cell("Easting_rounded")), north: number(cell("Northing_rounded")),
			text: [realTexts]string{
				cell("IncidentStationGround"), cell("IncGeo_BoroughName"),
				cell("PropertyCategory"), cell("PropertyType"), reported(cell),
			},
		}
		for pump, name := range []string{"FirstPumpArriving_AttendanceTime", "SecondPumpArriving_AttendanceTime"} {
			if r.seconds, r.pump = number(cell(name)), pump+1; r.seconds > 0 {
				rows = append(rows, r)
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b realRow) int { return a.day - b.day })
	return rows
}

// reported merges what cannot be told apart on the phone: see DATA.md.
func reported(cell func(string) string) string {
	switch {
	case cell("StopCodeDescription") == "AFA":
		return "AFA"
	case cell("IncidentGroup") == "Special Service":
		return cell("SpecialServiceType")
	}
	return "fire"
}

func number(s string) float64 {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return math.NaN()
	}
	return v
}

// realEncoder is what the training rows teach: codes, and the centres of grounds.
type realEncoder struct {
	schema  *ml.Schema
	codes   [realTexts]map[string]int
	centres map[string][2]float64
}

func newRealEncoder(train []realRow) *realEncoder {
	e := &realEncoder{centres: map[string][2]float64{}}
	sums := map[string][3]float64{}
	var seen [realTexts][]string
	for _, r := range train {
		for k, s := range r.text {
			seen[k] = append(seen[k], s)
		}
		s := sums[r.text[realGround]]
		sums[r.text[realGround]] = [3]float64{s[0] + r.east, s[1] + r.north, s[2] + 1}
	}
	for g, s := range sums {
		e.centres[g] = [2]float64{s[0] / s[2], s[1] / s[2]}
	}
	e.schema = &ml.Schema{Columns: []ml.Column{
		{Name: "hour"},
		{Name: "weekday"},
		{Name: "easting"},
		{Name: "northing"},
		{Name: "centre_m"},
		{Name: "pump", Role: ml.RolePump},
	}}
	for k, name := range []string{"ground", "borough", "property", "kind", "reported"} {
		slices.Sort(seen[k])
		e.codes[k] = map[string]int{}
		for code, s := range slices.Compact(seen[k]) {
			e.codes[k][s] = code
		}
		c := ml.Column{Name: name, Categories: len(e.codes[k])}
		if k == realGround {
			c.Role = ml.RoleGround
		}
		e.schema.Columns = append(e.schema.Columns, c)
	}
	return e
}

func (e *realEncoder) set(rows []realRow) ml.Set {
	s := ml.Set{X: ml.NewMatrix(e.schema, len(rows)), Y: make([]float64, len(rows))}
	for i, r := range rows {
		distance := math.NaN()
		if c, ok := e.centres[r.text[realGround]]; ok {
			distance = math.Hypot(r.east-c[0], r.north-c[1])
		}
		for j, v := range []float64{float64(r.hour), float64(r.weekday), r.east, r.north, distance, float64(r.pump)} {
			s.X.Col(j)[i] = v
		}
		for k, text := range r.text {
			v := math.NaN()
			if code, ok := e.codes[k][text]; ok {
				v = float64(code)
			}
			s.X.Col(6 + k)[i] = v
		}
		s.Y[i] = r.seconds
	}
	return s
}
