package main

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"lfb/internal/geo/london"
	"lfb/internal/lfb"
)

// Boroughs are coloured in on cells of cellM metres, from the corner (west, south).
const (
	cellM       = 100
	west, south = 498_000, 150_000
	columns     = 680
	rows        = 560
	// outsideM is how far from every row a place is outside London; its edge is edgeM nearer,
	// so that gaps between rows are bridged.
	outsideM = 1800
	edgeM    = 1200
	// bankM is how near the river its banks count.
	bankM = 3000
)

// cell is a square of the map.
type cell struct {
	borough uint8   // the last two digits of its code; 0 outside London
	offset  float64 // from the river, more than 0 to the north
}

// isAcross says whether the river lies between two cells that are near it.
func (c cell) isAcross(d cell) bool {
	return c.offset*d.offset < 0 && math.Abs(c.offset-d.offset) < bankM
}

// cells are those of the map, row by row from the south-west.
type cells []cell

// cellAt is a cell, one outside London beyond the edges.
func (c cells) cellAt(x, y int) cell {
	if x < 0 || y < 0 || x >= columns || y >= rows {
		return cell{offset: math.Inf(1)}
	}
	return c[y*columns+x]
}

// sighting is how many rows of a borough are in one cell.
type sighting struct {
	cell
	x, y int
	rows float64
}

// colourCells gives each cell the borough of the rows about it, on its side of the river: the
// heaviest of the nearest, by the square of their distance.
func colourCells(incidents map[string]lfb.Incident) cells {
	const blocks = 20 // cells a side of a block of sightings
	seen := map[[3]int]*sighting{}
	for _, number := range slices.Sorted(maps.Keys(incidents)) {
		in := incidents[number]
		code, ok := strings.CutPrefix(in.BoroughCode, "E090000")
		if !ok {
			continue
		}
		e, n := in.EastingRounded.V, in.NorthingRounded.V
		s := sighting{x: int(e-west) / cellM, y: int(n-south) / cellM}
		s.cell = cell{borough: 10*(code[0]-'0') + code[1] - '0', offset: london.ThamesOffset(e, n)}
		key := [3]int{s.x, s.y, int(s.borough)}
		if seen[key] == nil {
			seen[key] = &s
		}
		seen[key].rows++
	}
	byBlock := map[[2]int][]*sighting{}
	for _, s := range slices.SortedFunc(maps.Values(seen), compareSightings) {
		at := [2]int{s.x / blocks, s.y / blocks}
		byBlock[at] = append(byBlock[at], s)
	}
	c := make(cells, columns*rows)
	for y := range rows {
		for x := range columns {
			at := cell{offset: london.ThamesOffset(west+(float64(x)+.5)*cellM, south+(float64(y)+.5)*cellM)}
			var weight [34]float64
			nearest := math.Inf(1)
			for k := range 9 {
				for _, s := range byBlock[[2]int{x/blocks + k%3 - 1, y/blocks + k/3 - 1}] {
					if d := math.Hypot(float64(s.x-x), float64(s.y-y)); !at.isAcross(s.cell) {
						nearest = min(nearest, d*cellM)
						weight[s.borough] += math.Sqrt(s.rows) / ((d*d + 2) * math.Sqrt(d*d+2))
					}
				}
			}
			if nearest <= outsideM {
				at.borough = findHeaviest(&weight, 0)
			}
			c[y*columns+x] = at
		}
	}
	for i, depth := range c.measureDepths(func(at cell) bool { return at.borough != 0 }) {
		if depth*cellM < edgeM {
			c[i].borough = 0
		}
	}
	for range 6 {
		c = c.smoothenCells()
	}
	return c
}

// findHeaviest is the borough with the most weight, b where none has more.
func findHeaviest(weight *[34]float64, b uint8) uint8 {
	for i, w := range weight {
		if w > weight[b] {
			b = uint8(i)
		}
	}
	return b
}

func compareSightings(a, b *sighting) int {
	return cmp.Or(cmp.Compare(a.y, b.y), cmp.Compare(a.x, b.x), cmp.Compare(a.borough, b.borough))
}

// smoothenCells gives each cell what most about it on its bank have.
func (c cells) smoothenCells() cells {
	const reach = 3
	out := slices.Clone(c)
	for y := range rows {
		for x := range columns {
			var votes [34]float64
			at := c.cellAt(x, y)
			for dy := -reach; dy <= reach; dy++ {
				for dx := -reach; dx <= reach; dx++ {
					if other := c.cellAt(x+dx, y+dy); !at.isAcross(other) {
						votes[other.borough]++
					}
				}
			}
			out[y*columns+x].borough = findHeaviest(&votes, at.borough)
		}
	}
	return out
}
