package feature

import (
	"fmt"
	"math"
	"slices"

	"lfb/internal/lfb"
)

// placeFacts is how many of a Call's facts say where it is: borough, ward,
// postcode district, station ground, in this order.
const placeFacts = int(ground) + 1

// Gazetteer is what training rows show of London's places: where each named
// area is and what it mostly belongs to.
type Gazetteer struct {
	Areas       [placeFacts][]Locality `json:"areas"`   // one a word of the fact's vocabulary
	Sectors     []Locality             `json:"sectors"` // postcode sectors: none, as data sets have no postcodes
	SectorNames []string               `json:"sector_names"`
	Cells       []Cell                 `json:"cells"` // squares with a training row, ascending by Y, X

	index     map[uint64]int32
	reach     [placeFacts][]float64 // of each area, metres: see measureReach
	cityReach float64
}

// Locality is a named area.
type Locality struct {
	E    float64           `json:"e"` // median of its training places, metres; 0, 0 where it has none
	N    float64           `json:"n"`
	Most [placeFacts]int32 `json:"most"` // most common word of each place fact, -1 none
}

// Cell is a square of cellM metres.
type Cell struct {
	X    int32             `json:"x"` // easting / cellM
	Y    int32             `json:"y"`
	Most [placeFacts]int32 `json:"most"`
}

// cellM is the side of a gazetteer's cell, in metres.
const cellM = 500

func cellOf(e, n float64) (x, y int32) {
	return int32(math.Floor(e / cellM)), int32(math.Floor(n / cellM))
}

func cellKey(x, y int32) uint64 { return uint64(uint32(y))<<32 | uint64(uint32(x)) }

func newGazetteer(s *trainingSample) Gazetteer {
	g := Gazetteer{Sectors: []Locality{}}
	for f := range placeFacts {
		g.Areas[f] = areasOf(s, s.facts[f], len(s.vocab[f].Words))
	}
	number, cells := numberCells(s)
	most := mostCommon(s, number, len(cells))
	for k := range cells {
		cells[k].Most = most[k]
	}
	slices.SortFunc(cells, func(a, b Cell) int {
		if a.Y != b.Y {
			return int(a.Y) - int(b.Y)
		}
		return int(a.X) - int(b.X)
	})
	g.Cells = cells
	return g
}

// numberCells gives each row the number of its cell, -1 without a place.
func numberCells(s *trainingSample) (number []int32, cells []Cell) {
	number = make([]int32, s.n)
	index := map[uint64]int32{}
	for i := range s.n {
		number[i] = -1
		if isNaN32(s.e[i]) {
			continue
		}
		x, y := cellOf(float64(s.e[i]), float64(s.north[i]))
		k, ok := index[cellKey(x, y)]
		if !ok {
			k = int32(len(cells))
			index[cellKey(x, y)] = k
			cells = append(cells, Cell{X: x, Y: y})
		}
		number[i] = k
	}
	return number, cells
}

// areasOf is the areas 0 ≤ number < n of the rows.
func areasOf(s *trainingSample, number []int32, n int) []Locality {
	areas := make([]Locality, n)
	places := make([][]int32, n)
	for i, k := range number {
		if k >= 0 && !isNaN32(s.e[i]) {
			places[k] = append(places[k], int32(i))
		}
	}
	most := mostCommon(s, number, n)
	var xs, ys []float64
	for k, rows := range places {
		areas[k].Most = most[k]
		if len(rows) == 0 {
			continue
		}
		xs, ys = xs[:0], ys[:0]
		for _, i := range rows {
			xs, ys = append(xs, float64(s.e[i])), append(ys, float64(s.north[i]))
		}
		areas[k].E, areas[k].N = median(xs), median(ys)
	}
	return areas
}

// mostCommon is the most common word of each place fact in each area; of equals,
// the first in the alphabet.
func mostCommon(s *trainingSample, number []int32, n int) [][placeFacts]int32 {
	out := make([][placeFacts]int32, n)
	best := make([]int32, n)
	for f := range placeFacts {
		count := map[uint64]int32{}
		for i, k := range number {
			if w := s.facts[f][i]; k >= 0 && w >= 0 {
				count[uint64(k)<<32|uint64(w)]++
			}
		}
		for k := range out {
			out[k][f], best[k] = -1, 0
		}
		// Ties are broken by the word, so the map's order does not matter.
		for key, c := range count {
			k, w := int32(key>>32), int32(uint32(key))
			if c > best[k] || c == best[k] && w < out[k][f] {
				out[k][f], best[k] = w, c
			}
		}
	}
	return out
}

// compileCells checks the gazetteer against the vocabularies and indexes its cells.
func (g *Gazetteer) compileCells(s *Spec) error {
	for f := range g.Areas {
		if len(g.Areas[f]) != len(s.Vocab[f].Words) {
			return fmt.Errorf("%d areas for %d words of %s: %w", len(g.Areas[f]), len(s.Vocab[f].Words), factNames[f],
				lfb.ErrInvalid)
		}
		if err := checkAreas(g.Areas[f], s); err != nil {
			return fmt.Errorf("%s %w", factNames[f], err)
		}
	}
	g.index = make(map[uint64]int32, len(g.Cells))
	for k, c := range g.Cells {
		if err := checkMost(c.Most, s); err != nil {
			return fmt.Errorf("cell %d: %w", k, err)
		}
		g.index[cellKey(c.X, c.Y)] = int32(k)
	}
	g.measureReach(s.CentreE, s.CentreN)
	return nil
}

// measureReach measures how far areas go: nine in ten squares that are mostly an area's
// lie within its reach of its middle.
func (g *Gazetteer) measureReach(centreE, centreN float64) {
	var whole []float64
	for _, c := range g.Cells {
		whole = append(whole, c.awayFrom(centreE, centreN))
	}
	g.cityReach = reachOf(whole)
	for f := range g.Areas {
		away := make([][]float64, len(g.Areas[f]))
		for _, c := range g.Cells {
			if k := c.Most[f]; k >= 0 {
				away[k] = append(away[k], c.awayFrom(g.Areas[f][k].E, g.Areas[f][k].N))
			}
		}
		g.reach[f] = make([]float64, len(away))
		for k := range away {
			g.reach[f][k] = reachOf(away[k])
		}
	}
}

func reachOf(away []float64) float64 {
	if len(away) == 0 {
		return cellM // an area that has no square of its own
	}
	slices.Sort(away)
	return max(cellM, away[len(away)*9/10])
}

// isKnown says whether a has a place.
func (a *Locality) isKnown() bool { return a.E != 0 || a.N != 0 }

// isNear says whether a square within so many of a point is mostly one of the areas.
func (g *Gazetteer) isNear(e, n float64, f wordFact, areas []int32, squares int32) bool {
	x, y := cellOf(e, n)
	for dy := -squares; dy <= squares; dy++ {
		for dx := -squares; dx <= squares; dx++ {
			if k, ok := g.index[cellKey(x+dx, y+dy)]; ok && slices.Contains(areas, g.Cells[k].Most[f]) {
				return true
			}
		}
	}
	return false
}

// fewSquares is how many squares with training rows lie together in London: a mistyped
// row, or one far across the border, is alone.
const fewSquares = 3

// distanceInside is how far the nearest square with training rows is, in metres, and
// whether it is within outsideAll and not alone.
func (g *Gazetteer) distanceInside(e, n float64) (metres float64, inside bool) {
	cell, metres, ok := g.nearestCell(e, n)
	if !ok || metres > outsideAll {
		return metres, false
	}
	const squares = outsideAll / cellM
	few := min(fewSquares, len(g.Cells))
	for y := cell.Y - squares; y <= cell.Y+squares; y++ {
		for x := cell.X - squares; x <= cell.X+squares; x++ {
			if _, ok := g.index[cellKey(x, y)]; ok {
				if few--; few == 0 {
					return metres, true
				}
			}
		}
	}
	return metres, false
}

func checkAreas(areas []Locality, s *Spec) error {
	for k, a := range areas {
		if err := checkMost(a.Most, s); err != nil {
			return fmt.Errorf("%d: %w", k, err)
		}
	}
	return nil
}

func checkMost(most [placeFacts]int32, s *Spec) error {
	for f, w := range most {
		if w < -1 || int(w) >= len(s.Vocab[f].Words) {
			return fmt.Errorf("%s %d of %d: %w", factNames[f], w, len(s.Vocab[f].Words), lfb.ErrInvalid)
		}
	}
	return nil
}

// searchRings is how far from a point a known cell is looked for: 20 km.
const searchRings = 40

// nearestCell returns the known cell nearest to a point, and how far its square
// is, in metres; ok is false where none is within 20 km.
func (g *Gazetteer) nearestCell(e, n float64) (cell *Cell, metres float64, ok bool) {
	return g.nearestCellOf(e, n, 0, nil)
}

// nearestCellOf is nearestCell of those that are mostly in one of the areas; nil is all.
func (g *Gazetteer) nearestCellOf(e, n float64, f wordFact, areas []int32) (cell *Cell, metres float64, ok bool) {
	x, y := cellOf(e, n)
	best := math.Inf(1)
	for ring := int32(0); ring <= searchRings; ring++ {
		if float64(ring-1)*cellM > best {
			break
		}
		for dy := -ring; dy <= ring; dy++ {
			step := int32(1)
			if dy > -ring && dy < ring {
				step = 2 * ring // the sides of the ring only
			}
			for dx := -ring; dx <= ring; dx += max(step, 1) {
				k, found := g.index[cellKey(x+dx, y+dy)]
				if !found || areas != nil && !slices.Contains(areas, g.Cells[k].Most[f]) {
					continue
				}
				if d := g.Cells[k].distanceTo(e, n); d < best {
					best, cell = d, &g.Cells[k]
				}
			}
		}
	}
	return cell, best, cell != nil
}

// Centre is the middle of the cell's square, in metres.
func (c *Cell) Centre() (e, n float64) {
	return (float64(c.X) + 0.5) * cellM, (float64(c.Y) + 0.5) * cellM
}

// awayFrom returns the metres from the middle of the cell's square to a point.
func (c *Cell) awayFrom(e, n float64) float64 {
	x, y := c.Centre()
	return math.Hypot(x-e, y-n)
}

// distanceTo returns the metres from the cell's square to a point, 0 inside.
func (c *Cell) distanceTo(e, n float64) float64 {
	x, y := float64(c.X)*cellM, float64(c.Y)*cellM
	dx := max(x-e, 0, e-x-cellM)
	dy := max(y-n, 0, n-y-cellM)
	return math.Hypot(dx, dy)
}
