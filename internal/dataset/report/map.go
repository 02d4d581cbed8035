package report

import (
	"fmt"
	"strings"

	"lfb/internal/dataset"
	"lfb/internal/geo"
)

// hexMap is mean attendance by hexagon, north up, in the units of the template's SVG.
type hexMap struct {
	Width, Height float64
	Hexes         []hexagon
}

// hexagon is one of the map: Corners as SVG wants the points of a polygon.
type hexagon struct{ Style, Corners, Title string }

// speedClass is one colour of the map: mean attendance below so many seconds.
type speedClass struct {
	Label string
	Style string // name of the CSS class
	below float64
}

// speedClasses run from quick to slow; the boundary at 6 minutes is the brigade's aim.
var speedClasses = []speedClass{
	{"under 4 min", "m0", 240},
	{"4 to 5", "m1", 300},
	{"5 to 6", "m2", 360},
	{"6 to 7", "m3", 420},
	{"7 to 8", "m4", 480},
	{"8 or more", "m5", 1e9},
}

// fewRows is the number of rows below which a hexagon's mean says little: it is
// drawn paler.
const fewRows = 10

// newHexMap lays the hexagons out; nil if there are none.
func newHexMap(hexes []dataset.HexSummary) *hexMap {
	if len(hexes) == 0 {
		return nil
	}
	west, south, east, north := mapBounds(hexes)
	const width = 1000.0
	scale := width / (east - west)
	m := &hexMap{Width: width, Height: (north - south) * scale}
	for _, x := range hexes {
		var corners []string
		for _, p := range (geo.Hex{Q: x.Q, R: x.R}).Corners(dataset.HexSize) {
			corners = append(corners, fmt.Sprintf("%.1f,%.1f", (p[0]-west)*scale, (north-p[1])*scale))
		}
		m.Hexes = append(m.Hexes, hexagon{
			Style: hexStyle(x), Corners: strings.Join(corners, " "),
			Title: fmt.Sprintf("%s mean of %s", formatMinutes(x.Mean), countEngines(x.Rows)),
		})
	}
	return m
}

func hexStyle(x dataset.HexSummary) string {
	style := ""
	for _, c := range speedClasses {
		if x.Mean < c.below {
			style = c.Style
			break
		}
	}
	if x.Rows < fewRows {
		style += " few"
	}
	return style
}

func countEngines(n int64) string {
	if n == 1 {
		return "1 engine"
	}
	return fmt.Sprintf("%d engines", n)
}

// mapBounds is the box of all hexagons, in metres, with a margin.
func mapBounds(hexes []dataset.HexSummary) (west, south, east, north float64) {
	for i, x := range hexes {
		e, n := geo.Hex{Q: x.Q, R: x.R}.Centre(dataset.HexSize)
		if i == 0 {
			west, south, east, north = e, n, e, n
		}
		west, south, east, north = min(west, e), min(south, n), max(east, e), max(north, n)
	}
	const margin = dataset.HexSize * 1.2
	return west - margin, south - margin, east + margin, north + margin
}
