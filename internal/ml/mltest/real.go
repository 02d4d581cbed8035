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
type Spans struct{ Train, Valid, Calib, Hold ml.Set }

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
	set := encodeReal(train)
	return Spans{Train: set(train), Valid: set(cut(46, 53)), Calib: set(cut(53, 60)), Hold: set(cut(60, 91))}
}

// realRow is one engine's arrival: its numbers are hour, weekday, easting, northing, the
// distance to the centre of its ground, and the engine.
type realRow struct {
	day     int
	numbers [6]float64
	texts   [5]string // ground, borough, property's category and type, what was reported
	seconds float64
}

func readReal(t testing.TB, path string) (rows []realRow) {
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
	for _, rec := range all[1:] {
		cell := func(name string) string { return rec[slices.Index(all[0], name)] }
		number := func(name string) float64 {
			v, err := strconv.ParseFloat(cell(name), 64)
			if err != nil {
				return math.NaN()
			}
			return v
		}
		day, err := time.Parse(time.DateOnly, cell("DateOfCall"))
		if err != nil {
			t.Fatal(err)
		}
		reported := "fire" // what cannot be told apart on the phone is merged: see DATA.md
		switch {
		case cell("StopCodeDescription") == "AFA":
			reported = "AFA"
		case cell("IncidentGroup") == "Special Service":
			reported = cell("SpecialServiceType")
		}
		r := realRow{
			day:     day.YearDay(),
			numbers: [6]float64{number("HourOfCall"), float64(day.Weekday()), number("Easting_rounded"), number("Northing_rounded")},
			texts:   [5]string{cell("IncidentStationGround"), cell("IncGeo_BoroughName"), cell("PropertyCategory"), cell("PropertyType"), reported},
		}
		for pump, name := range []string{"FirstPumpArriving_AttendanceTime", "SecondPumpArriving_AttendanceTime"} {
			if r.seconds, r.numbers[5] = number(name), float64(pump+1); r.seconds > 0 {
				rows = append(rows, r)
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b realRow) int { return a.day - b.day })
	return rows
}

// encodeReal learns codes and the grounds' centres from train and returns what makes sets.
func encodeReal(train []realRow) func([]realRow) ml.Set {
	schema := &ml.Schema{Columns: []ml.Column{
		{Name: "hour"}, {Name: "weekday"}, {Name: "easting"}, {Name: "northing"}, {Name: "centre_m"}, {Name: "pump", Role: ml.RolePump},
	}}
	var codes [5][]string
	for k, name := range []string{"ground", "borough", "property", "kind", "reported"} {
		for _, r := range train {
			codes[k] = append(codes[k], r.texts[k])
		}
		slices.Sort(codes[k])
		codes[k] = slices.Compact(codes[k])
		schema.Columns = append(schema.Columns, ml.Column{Name: name, Categories: len(codes[k])})
	}
	schema.Columns[6].Role = ml.RoleGround
	sums := map[string][3]float64{}
	for _, r := range train {
		s := sums[r.texts[0]]
		sums[r.texts[0]] = [3]float64{s[0] + r.numbers[2], s[1] + r.numbers[3], s[2] + 1}
	}
	return func(rows []realRow) ml.Set {
		s := ml.Set{X: ml.NewMatrix(schema, len(rows)), Y: make([]float64, len(rows))}
		for i, r := range rows {
			c := sums[r.texts[0]] // of a ground never seen, NaN
			r.numbers[4] = math.Hypot(r.numbers[2]-c[0]/c[2], r.numbers[3]-c[1]/c[2])
			for j, v := range r.numbers {
				s.X.Col(j)[i] = v
			}
			for k, text := range r.texts {
				s.X.Col(6 + k)[i] = math.NaN()
				if code, ok := slices.BinarySearch(codes[k], text); ok {
					s.X.Col(6 + k)[i] = float64(code)
				}
			}
			s.Y[i] = r.seconds
		}
		return s
	}
}
