package main

import (
	"maps"
	"math"
	"slices"

	"lfb/internal/geo/london"
)

// corner is where four cells meet: the south-western corner of cell (x, y).
type corner struct{ x, y int }

// border is a line of corners between two boroughs, or between one and the outside.
type border struct {
	line  []corner
	outer bool
}

// edges are which borders leave a corner, by its neighbour: outer or not.
type edges map[corner]map[corner]bool

// traceBorders follows the borders from where three meet to where three meet. Where the river
// divides two boroughs it is the border, and none is traced.
func (c cells) traceBorders() []border {
	e := edges{}
	add := func(from, to corner, a, b cell) {
		if a.borough == b.borough || a.borough != 0 && b.borough != 0 && a.isAcross(b) {
			return
		}
		for _, p := range [][2]corner{{from, to}, {to, from}} {
			if e[p[0]] == nil {
				e[p[0]] = map[corner]bool{}
			}
			e[p[0]][p[1]] = a.borough == 0 || b.borough == 0
		}
	}
	for y := range rows + 1 {
		for x := range columns + 1 {
			add(corner{x, y}, corner{x + 1, y}, c.cellAt(x, y-1), c.cellAt(x, y))
			add(corner{x, y}, corner{x, y + 1}, c.cellAt(x-1, y), c.cellAt(x, y))
		}
	}
	var out []border
	order := slices.SortedFunc(maps.Keys(e), compareCorners)
	ends := map[corner]bool{}
	for _, at := range order {
		ends[at] = len(e[at]) != 2
	}
	for _, rings := range []bool{false, true} { // what is left at last are rings
		for _, start := range order {
			for _, next := range slices.SortedFunc(maps.Keys(e[start]), compareCorners) {
				if _, left := e[start][next]; left && ends[start] != rings {
					ends[start] = true
					if b := e.followBorder(start, next, ends); !rings || len(b.line) > leastRing {
						out = append(out, b)
					}
				}
			}
		}
	}
	return out
}

// leastRing is how many corners a ring has that is no stray row's, which would be 1 km wide.
const leastRing = 80

// followBorder takes a border's edges away, from its start on.
func (e edges) followBorder(from, to corner, ends map[corner]bool) border {
	b := border{line: []corner{from}, outer: e[from][to]}
	for {
		b.line = append(b.line, to)
		delete(e[from], to)
		delete(e[to], from)
		if ends[to] {
			return b
		}
		from = to
		for to = range e[from] {
			break
		}
	}
}

func compareCorners(a, b corner) int { return (a.y-b.y)*(columns+2) + a.x - b.x }

// roundLine gives a line's points in metres, each the mean of those about it; the ends stay.
func (b border) roundLine() []london.Point {
	const reach = 4
	ring := b.line[0] == b.line[len(b.line)-1]
	n := len(b.line)
	var out []london.Point
	for i := range n {
		k := min(reach, i, n-1-i)
		if ring {
			k = reach
		}
		var p london.Point
		for d := -k; d <= k; d++ {
			at := b.line[(i+d+n-1)%(n-1)%n]
			if !ring {
				at = b.line[i+d]
			}
			p.Easting += float64(at.x) / float64(2*k+1)
			p.Northing += float64(at.y) / float64(2*k+1)
		}
		out = append(out, london.Point{Easting: west + p.Easting*cellM, Northing: south + p.Northing*cellM})
	}
	return simplifyLine(out, 60)
}

// simplifyLine leaves out points that are within a distance of the line without them.
//
// Source: Douglas & Peucker, The Canadian Cartographer 10(2), 1973.
func simplifyLine(line []london.Point, within float64) []london.Point {
	n := len(line)
	if n < 3 {
		return line
	}
	a, b := line[0], line[n-1]
	far, at := 0.0, 0
	length := math.Hypot(b.Easting-a.Easting, b.Northing-a.Northing)
	for i, p := range line[1 : n-1] {
		d := math.Hypot(p.Easting-a.Easting, p.Northing-a.Northing)
		if length > 0 {
			d = math.Abs((b.Easting-a.Easting)*(p.Northing-a.Northing)-(b.Northing-a.Northing)*(p.Easting-a.Easting)) / length
		}
		if d > far {
			far, at = d, i+1
		}
	}
	if far <= within {
		return []london.Point{a, b}
	}
	return append(simplifyLine(line[:at+1], within), simplifyLine(line[at:], within)[1:]...)
}

// placeLabel is the place of a borough that is farthest from its borders.
func (c cells) placeLabel(borough uint8) london.Point {
	depth := c.measureDepths(func(at cell) bool { return at.borough == borough })
	best := slices.Index(depth, slices.Max(depth))
	return london.Point{
		Easting:  west + (float64(best%columns)+.5)*cellM,
		Northing: south + (float64(best/columns)+.5)*cellM,
	}
}

// measureDepths says how many cells lie between each cell that is in and the next that is not.
func (c cells) measureDepths(in func(cell) bool) []int {
	depth := make([]int, len(c))
	for pass, step := range []int{-1, 1} { // from the south-west, then from the north-east
		for k := range c {
			i := k
			if pass == 1 {
				i = len(c) - 1 - k
			}
			if !in(c[i]) {
				continue
			}
			d := math.MaxInt
			if pass == 1 {
				d = depth[i]
			}
			for _, o := range []corner{{step, 0}, {0, step}, {step, step}, {-step, step}} {
				if x, y := i%columns+o.x, i/columns+o.y; in(c.cellAt(x, y)) {
					d = min(d, depth[y*columns+x]+1)
				} else {
					d = 0
				}
			}
			depth[i] = d
		}
	}
	return depth
}
