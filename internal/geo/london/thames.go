package london

import (
	_ "embed"
	"math"
	"sync"
)

// drawnRows are drawn by hand from general knowledge, to some 150 m.
// TestThamesDividesTheBoroughs holds the river against the boroughs that published rows have
// on its banks.
//
//go:embed drawn.csv
var drawnRows string

// Drawing is what is drawn by hand.
type Drawing struct {
	Thames    []RiverPoint // the river's middle from Sunbury down to Dartford
	Crossings []Crossing   // of the Thames, going down
	Roads     []Road       // main roads, the motorways among them
}

// Drawn is the drawing of London.
var Drawn = sync.OnceValue(readDrawing)

// Point is a place in metres of the British National Grid.
type Point struct{ Easting, Northing float64 }

// RiverPoint is a point of a river's middle and how wide the river is there, in metres.
type RiverPoint struct {
	Point
	Width float64
}

// Crossing is a way for engines across the Thames.
type Crossing struct {
	Name string
	Kind CrossingKind
	Point
}

// CrossingKind is what a crossing is.
type CrossingKind string

// The kinds of crossings.
const (
	Bridge CrossingKind = "bridge"
	Tunnel CrossingKind = "tunnel"
	Ferry  CrossingKind = "ferry"
)

// Road is a main road from end to end.
type Road struct {
	Name string // A23
	Line []Point
}

// IsMotorway says whether the road is one.
func (r Road) IsMotorway() bool { return r.Name[0] == 'M' }

// ThamesOffset is how far a place is from the river's middle, in metres: more than 0 on the
// north bank, less on the south bank, which are the left and the right one going down.
func ThamesOffset(easting, northing float64) float64 {
	nearest, side := math.Inf(1), 1.0
	river := Drawn().Thames
	for i, b := range river[1:] {
		a := river[i]
		dx, dy := b.Easting-a.Easting, b.Northing-a.Northing
		px, py := easting-a.Easting, northing-a.Northing
		t := min(max((px*dx+py*dy)/(dx*dx+dy*dy), 0), 1)
		if d := math.Hypot(px-t*dx, py-t*dy); d < nearest {
			nearest, side = d, math.Copysign(1, dx*py-dy*px)
		}
	}
	return side * nearest
}

func readDrawing() *Drawing {
	d := &Drawing{}
	for _, r := range readRows(drawnRows) {
		kind, name, at := r[0], r[1], Point{parseNumber(r[2]), parseNumber(r[3])}
		switch kind {
		case "river":
			d.Thames = append(d.Thames, RiverPoint{at, parseNumber(r[4])})
		case "road":
			if n := len(d.Roads); n == 0 || d.Roads[n-1].Name != name {
				d.Roads = append(d.Roads, Road{Name: name})
			}
			road := &d.Roads[len(d.Roads)-1]
			road.Line = append(road.Line, at)
		default:
			d.Crossings = append(d.Crossings, Crossing{name, CrossingKind(kind), at})
		}
	}
	return d
}
