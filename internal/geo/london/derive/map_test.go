package main

import (
	"encoding/xml"
	"strings"
	"testing"

	"lfb/internal/geo/london"
	"lfb/internal/lfb"
	"lfb/internal/testdata"
)

// The borders are drawn from cells: nearly all rows must be in a cell of their own borough.
func TestCellsAgreeWithRows(t *testing.T) {
	if testing.Short() {
		t.Skip("colours all of London in")
	}
	d := derivation{incidents: map[string]lfb.Incident{}, codes: map[string]string{}}
	if err := d.readFile(testdata.Path(t, "lfb_incidents_2017_jan_mar.csv")); err != nil {
		t.Fatal(err)
	}
	c := colourCells(d.incidents)
	right, all := 0, 0
	for _, in := range d.incidents {
		if code, ok := strings.CutPrefix(in.BoroughCode, "E090000"); ok {
			all++
			at := c.cellAt(int(in.EastingRounded.V-west)/cellM, int(in.NorthingRounded.V-south)/cellM)
			if at.borough == 10*(code[0]-'0')+code[1]-'0' {
				right++
			}
		}
	}
	t.Logf("%d of %d rows are in a cell of their borough", right, all)
	if all < 20_000 || float64(right) < 0.96*float64(all) {
		t.Errorf("%d of %d rows are in a cell of their borough, want 96 in 100 of at least 20000", right, all)
	}
	// Tower Bridge to Greenwich: the river divides the boroughs, whatever lies nearer.
	for _, p := range []struct {
		e, n    float64
		borough uint8
	}{{531050, 175650, 22}, {538750, 177550, 11}, {537850, 179250, 30}, {517950, 184150, 5}} {
		if got := c.cellAt(int(p.e-west)/cellM, int(p.n-south)/cellM).borough; got != p.borough {
			t.Errorf("(%v, %v) is in borough %d, want %d", p.e, p.n, got, p.borough)
		}
	}
}

func TestBaseMapIsWhole(t *testing.T) {
	t.Parallel()
	if len(london.BaseMap) > 60_000 {
		t.Errorf("%d bytes, want at most 60000", len(london.BaseMap))
	}
	var names struct {
		Texts []struct {
			Class string `xml:"class,attr"`
			X     int    `xml:"x,attr"`
			Y     int    `xml:"y,attr"`
		} `xml:"g>text"`
	}
	if err := xml.Unmarshal(london.BaseMap, &names); err != nil {
		t.Fatal(err)
	}
	boroughs := 0
	for _, n := range names.Texts {
		if n.Class == "borough" {
			boroughs++
			if n.X < 0 || n.Y < 0 || n.X > london.MapWidth || n.Y > london.MapHeight {
				t.Errorf("borough %d is off the map: %+v", boroughs, n)
			}
		}
	}
	if boroughs != 33 {
		t.Errorf("%d boroughs have names, want 33", boroughs)
	}
}

func TestSimplifyKeepsCorners(t *testing.T) {
	t.Parallel()
	line := []london.Point{{Easting: 0}, {Easting: 50, Northing: 3}, {Easting: 100}, {Easting: 100, Northing: 100}}
	if got := simplifyLine(line, 10); len(got) != 3 || got[1] != line[2] {
		t.Errorf("simplify = %v, want the corner and the ends", got)
	}
}
