package london

import (
	"encoding/csv"
	"math"
	"os"
	"slices"
	"strconv"
	"testing"

	"lfb/internal/testdata"
)

func TestTables(t *testing.T) {
	t.Parallel()
	boroughs := map[string]bool{}
	for _, b := range Boroughs() {
		boroughs[b.Code] = true
	}
	for _, tt := range []struct {
		name        string
		areas       []Area
		least, most int
		coded       bool
	}{
		{"boroughs", Boroughs(), 33, 33, true},
		{"wards", Wards(), 690, 710, true},
		{"districts", Districts(), 270, 310, false},
		{"grounds", Grounds(), 102, 102, false},
	} {
		if n := len(tt.areas); n < tt.least || n > tt.most || len(boroughs) != 33 {
			t.Errorf("%d %s, want %d to %d; of 33 boroughs %d", n, tt.name, tt.least, tt.most, len(boroughs))
		}
		for _, a := range tt.areas {
			inside := a.West <= a.Easting && a.Easting <= a.East && a.South <= a.Northing && a.Northing <= a.North
			if !inside || a.Name == "" || (a.Code != "") != tt.coded || !boroughs[a.Borough] || a.Rows < 2 ||
				a.West < 500000 || a.East > 565000 || a.South < 150000 || a.North > 205000 {
				t.Errorf("%s has %+v", tt.name, a)
			}
		}
	}
}

// What everybody in London knows.
func TestDistrictsAreWhereTheyAre(t *testing.T) {
	t.Parallel()
	for district, borough := range map[string]string{
		"SE10": "GREENWICH", "E1": "TOWER HAMLETS", "N17": "HARINGEY", "SW1A": "WESTMINSTER", "CR0": "CROYDON",
		"RM1": "HAVERING", "TW1": "RICHMOND UPON THAMES", "UB8": "HILLINGDON", "W8": "KENSINGTON AND CHELSEA",
		"BR1": "BROMLEY",
	} {
		k := slices.IndexFunc(Districts(), func(a Area) bool { return a.Name == district })
		b := slices.IndexFunc(Boroughs(), func(a Area) bool { return a.Name == borough })
		if k < 0 || b < 0 || Districts()[k].Borough != Boroughs()[b].Code {
			t.Errorf("%s is not in %s", district, borough)
		}
	}
}

// The list of stations only checks what the arrivals showed.
func TestStationsAreWhereTheyAre(t *testing.T) {
	t.Parallel()
	f, err := os.Open(testdata.Path(t, "stations.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var off []float64
	for _, s := range Stations() {
		k := slices.IndexFunc(rows, func(r []string) bool { return r[0] == s.Name })
		if k < 0 {
			t.Errorf("the brigade has no station %q", s.Name)
			continue
		}
		e, err := strconv.ParseFloat(rows[k][7], 64)
		n, err2 := strconv.ParseFloat(rows[k][8], 64)
		if err != nil || err2 != nil || s.Code != "" && s.Code != rows[k][3] || s.Engines < 1 || s.Engines > 2 {
			t.Errorf("station %+v, listed as %q", s, rows[k])
		}
		off = append(off, math.Hypot(s.Easting-e, s.Northing-n))
	}
	slices.Sort(off)
	if n := len(off); n != 102 || off[n/2] > 200 || off[n*9/10] > 500 || off[n-1] > 1000 {
		t.Errorf("%d stations are off by %.0f m at the median, %.0f m at P90, %.0f m at most", n, off[n/2], off[n*9/10],
			off[n-1])
	}
}
