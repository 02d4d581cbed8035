package web

import (
	"cmp"
	"fmt"
	"math"
	"strings"

	"lfb/internal/ask"
	"lfb/internal/geo"
	"lfb/internal/ml"
)

// measure is what a map's colours stand for.
type measure struct {
	Key, Name string
	Steps     []float64 // upper bounds of the classes but the last, in the order of severity
	value     func(ml.Answer) float64
	falling   bool // the less, the worse
	aim       float64
	unit      func(float64) string // shows a value
}

func allMeasures() []measure {
	return []measure{
		{
			Key: "p50", Name: "Typical time (P50)", Steps: []float64{240, 270, 300, 330, 360, 420}, aim: 360, unit: formatMinutes,
			value: func(a ml.Answer) float64 { return a.P50 },
		},
		{
			Key: "p90", Name: "Nine in ten within (P90)", Steps: []float64{360, 420, 480, 540, 600, 720}, aim: 600, unit: formatMinutes,
			value: func(a ml.Answer) float64 { return a.P90 },
		},
		{
			Key: "p6", Name: "Chance of 6 minutes or less", Steps: []float64{0.9, 0.8, 0.7, 0.6, 0.5, 0.4}, aim: 0.5, falling: true, unit: formatShare,
			value: func(a ml.Answer) float64 { return a.Within6 },
		},
	}
}

// measureByKey is the measure with the key, the first for an unknown one.
func measureByKey(key string) measure {
	for _, m := range allMeasures() {
		if m.Key == key {
			return m
		}
	}
	return allMeasures()[0]
}

// severityOf grows with how bad an answer is.
func (m measure) severityOf(a ml.Answer) float64 {
	return m.asSeverity(finiteOr(m.value(a), 0))
}

// asSeverity is a value of the measure such that more is worse.
func (m measure) asSeverity(v float64) float64 {
	if m.falling {
		return -v
	}
	return v
}

// classOf is the colour of an answer: 0 best, len(Steps) worst.
func (m measure) classOf(a ml.Answer) int {
	v := m.severityOf(a)
	for i, s := range m.Steps {
		if v <= m.asSeverity(s) {
			return i
		}
	}
	return len(m.Steps)
}

// isMissed says that the answer misses the aim.
func (m measure) isMissed(a ml.Answer) bool {
	return m.severityOf(a) > m.asSeverity(m.aim)
}

// Text shows a value in the measure's unit.
func (m measure) Text(a ml.Answer) string { return m.unit(m.value(a)) }

// AimText says what misses the aim.
func (m measure) AimText() string {
	if m.falling {
		return "less than " + m.unit(m.aim)
	}
	return "more than " + m.unit(m.aim)
}

// hexMap is a map to draw, in units of ten metres with y to the south.
type hexMap struct {
	ViewBox string
	Hexagon string // path of one hexagon around the origin
	Cells   []hexCell
	Station []mapStation
	Marks   []mapPoint // the place that was asked about
	Legend  []legendEntry
	Measure measure
	Out     string // station that is taken to be closed

	west, north float64
}

type hexCell struct {
	X, Y  int
	Class int
	Link  string
	Title string
	Miss  bool
}

type mapPoint struct {
	X, Y int
	Name string
}

type mapStation struct {
	mapPoint
	Out  bool   // taken to be closed
	Link string // of the map without it; empty: none
}

type legendEntry struct {
	Class int
	Text  string
}

// unitM is a unit of the drawing, in metres.
const unitM = 10

// drawMap draws the map; link makes a cell's address from its place.
func (s *coverageMap) drawMap(m measure, link func(where string) string) *hexMap {
	c := &hexMap{Measure: m, Out: s.Out, Hexagon: hexagonPath(), Legend: m.makeLegend()}
	west, south, east, north := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, p := range s.Cells {
		west, east = min(west, p.E-hexM), max(east, p.E+hexM)
		south, north = min(south, p.N-hexM), max(north, p.N+hexM)
	}
	if len(s.Cells) == 0 {
		west, south, east, north = 0, 0, hexM, hexM
	}
	c.west, c.north = west, north
	c.ViewBox = fmt.Sprintf("0 0 %.0f %.0f", math.Ceil((east-west)/unitM), math.Ceil((north-south)/unitM))
	for _, p := range s.Cells {
		x, y := c.toDrawing(p.E, p.N)
		c.Cells = append(c.Cells, hexCell{
			X: x, Y: y, Class: m.classOf(p.Answer), Miss: m.isMissed(p.Answer),
			Link: link(fmt.Sprintf("%.0f,%.0f", p.E, p.N)), Title: cmp.Or(p.Title, cellTitle(p)),
		})
	}
	for _, t := range s.Station {
		inside := t.Easting > west && t.Easting < east && t.Northing > south && t.Northing < north
		if (t.Open || t.Name == s.Out) && inside {
			x, y := c.toDrawing(t.Easting, t.Northing)
			c.Station = append(c.Station, mapStation{mapPoint: mapPoint{X: x, Y: y, Name: t.Name}, Out: t.Name == s.Out})
		}
	}
	return c
}

// West and North are the place of the drawing's upper left corner, in metres.
func (c *hexMap) West() string { return fmt.Sprintf("%.0f", c.west) }

// North is the other half of it.
func (c *hexMap) North() string { return fmt.Sprintf("%.0f", c.north) }

func (c *hexMap) toDrawing(e, n float64) (x, y int) {
	return int(math.Round((e - c.west) / unitM)), int(math.Round((c.north - n) / unitM))
}

// markPlace shows the place of an answer, where it is on the map.
func (c *hexMap) markPlace(s *coverageMap, a *ask.Answer) {
	h := geo.HexAt(a.East, a.North, hexM)
	for _, p := range s.Cells {
		if p.Hex == h {
			x, y := c.toDrawing(a.East, a.North)
			c.Marks = append(c.Marks, mapPoint{X: x, Y: y, Name: a.Place})
			return
		}
	}
}

func cellTitle(p mapPlace) string {
	return fmt.Sprintf("%s: %s, nine in ten within %s, %s within 6 minutes", placeName(p), formatMinutes(p.Answer.P50), formatMinutes(p.Answer.P90), formatChance(p.Answer.Within6))
}

func placeName(p mapPlace) string {
	return strings.Trim(p.Call.PostcodeDistrict+", "+boroughName(p.Call.BoroughCode), ", ")
}

// hexagonPath is a hexagon a little smaller than its place, for a gap.
func hexagonPath() string {
	var b strings.Builder
	for i, c := range (geo.Hex{}).Corners(hexM * 0.97) {
		verb := "L"
		if i == 0 {
			verb = "M"
		}
		fmt.Fprintf(&b, "%s%.1f %.1f", verb, c[0]/unitM, -c[1]/unitM)
	}
	return b.String() + "Z"
}

func (m measure) makeLegend() []legendEntry {
	var out []legendEntry
	for i := range len(m.Steps) + 1 {
		var text string
		switch {
		case i == len(m.Steps) && m.falling:
			text = "below " + m.unit(m.Steps[i-1])
		case i == len(m.Steps):
			text = "over " + m.unit(m.Steps[i-1])
		case m.falling:
			text = m.unit(m.Steps[i]) + " or more"
		default:
			text = "to " + m.unit(m.Steps[i])
		}
		out = append(out, legendEntry{i, text})
	}
	return out
}
