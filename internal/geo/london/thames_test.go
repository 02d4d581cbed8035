package london

import (
	"encoding/csv"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"lfb/internal/testdata"
)

// Boroughs of the north bank and of the south bank, by the end of their codes; Richmond is on
// both, by postcode districts.
var (
	northBank = strings.Fields("01 02 13 16 18 20 25 30 33 TW1 TW2 TW11 TW12 KT1 KT8")
	southBank = strings.Fields("04 11 21 22 23 28 32 TW9 TW10 SW13 SW14 SW15")
)

func TestThamesDividesTheBoroughs(t *testing.T) {
	t.Parallel()
	rows, wrong := 0, 0
	for _, file := range []string{"lfb_incidents_2017_jan_mar.csv", "raw/incidents_2023_sample_iso.csv"} {
		f, err := os.Open(testdata.Path(t, file))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		records, err := csv.NewReader(f).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		column := func(name string) int { return slices.Index(records[0], name) }
		east, north := column("Easting_rounded"), column("Northing_rounded")
		borough, district := column("IncGeo_BoroughCode"), column("Postcode_district")
		for _, r := range records[1:] {
			e, err1 := strconv.ParseFloat(r[east], 64)
			n, err2 := strconv.ParseFloat(r[north], 64)
			where := strings.TrimPrefix(r[borough], "E090000")
			if where == "27" {
				where = r[district]
			}
			side := 0.0
			switch {
			case slices.Contains(northBank, where):
				side = 1
			case slices.Contains(southBank, where):
				side = -1
			}
			offset := ThamesOffset(e, n)
			if err1 != nil || err2 != nil || side == 0 || math.Abs(offset) > 2000 {
				continue
			}
			rows++
			if side*offset < -75 { // half a cell of 100 m, across
				wrong++
			}
		}
	}
	t.Logf("%d rows within 2 km of the river, %d on the wrong bank by more than 75 m", rows, wrong)
	if rows < 8000 || wrong > rows/1000 {
		t.Errorf("%d of %d rows within 2 km are on the wrong bank, want at most 1 in 1000 of at least 8000", wrong, rows)
	}
}

func TestCrossingsAreOnTheRiver(t *testing.T) {
	t.Parallel()
	for i, c := range Drawn().Crossings {
		if d := math.Abs(ThamesOffset(c.Easting, c.Northing)); d > 60 {
			t.Errorf("%s is %.0f m from the middle of the river, want at most 60", c.Name, d)
		}
		if c.Name == "" || slices.ContainsFunc(Drawn().Crossings[:i], func(o Crossing) bool { return o.Name == c.Name }) {
			t.Errorf("crossing %d has the name %q", i, c.Name)
		}
	}
}

func TestRoadsHaveNoLeaps(t *testing.T) {
	t.Parallel()
	for _, r := range Drawn().Roads {
		for i, b := range r.Line[1:] {
			a := r.Line[i]
			if d := math.Hypot(b.Easting-a.Easting, b.Northing-a.Northing); d < 50 || !r.IsMotorway() && d > 6000 || d > 12000 {
				t.Errorf("%s: %.0f m from point %d to the next", r.Name, d, i)
			}
		}
	}
}
