package synthetic

import (
	"math"

	"lfb/internal/geo/london"
)

// The land is cut into cells of 250 m, each in one ward and one postcode
// district; the roads into cells of 500 m.
const (
	west, south      = 502000.0, 154500.0 // metres of the National Grid
	landM            = 250.0
	landNX, landNY   = 244, 190
	centreE, centreN = 530500.0, 180300.0
)

type cityWard struct {
	code, name string
	borough    uint8
	calls      float64 // share of its borough's calls, to any scale
}

// knownAddress is an address where something happens again and again: a hospital, a
// hostel, an office block with a nervous alarm.
type knownAddress struct {
	e, n        float64
	kind        int // index into the category's property types
	lateSeconds float64
	uprn        uint64
}

// cityMap is the made-up city: immutable once made, the same for every seed.
type cityMap struct {
	stations  []fireStation
	boroughs  []borough
	wards     []cityWard
	districts []string

	inside     []int32 // cells of London's land
	wardOf     []int16 // by cell; -1 outside
	districtOf []int16
	unitOf     []int32 // by cell: the first of its four postcode units within its district

	homes, work, open *weightedPicker // over inside: where each sort of thing happens
	roads             *travelTimes
	sites             [categories][]knownAddress
	sitePick          [categories]*weightedPicker
	kinds             *incidentKinds
	rhythm            hourlyRhythm
	later             *laterMap // nil: it stays as it is
}

// hourlyRhythm holds what varies by the hour of the day.
type hourlyRhythm struct{ turnout, traffic, away hourlyFactors }

func newLondon() *cityMap {
	l := &cityMap{stations: newStations(), boroughs: newBoroughs(), kinds: newKinds()}
	l.rhythm = hourlyRhythm{turnoutMedian(), trafficFactor(), awayFactor()}
	depths := l.cutLand()
	l.numberUnits()
	l.spreadDemand(depths)
	l.roads = newRoads(l.stations)
	l.placeSites()
	return l
}

// cellAt returns the cell of a point, or -1 beyond the map.
func cellAt(e, n float64) int {
	i, j := math.Floor((e-west)/landM), math.Floor((n-south)/landM)
	if !(i >= 0 && i < landNX && j >= 0 && j < landNY) {
		return -1
	}
	return int(j)*landNX + int(i)
}

func cellCentre(cell int32) (e, n float64) {
	return west + (float64(cell%landNX)+.5)*landM, south + (float64(cell/landNX)+.5)*landM
}

// reach is how far an area reaches: an ellipse around the rows that it was derived from.
type reach struct {
	e, n, perE, perN float64 // metres, and what a metre is of the half axes
	bank             float64 // of the Thames: 1 north, -1 south
}

func newReaches(areas []london.Area) []reach {
	out := make([]reach, len(areas))
	for i, a := range areas {
		out[i] = reach{
			e: (2*a.Easting + a.West + a.East) / 4, n: (2*a.Northing + a.South + a.North) / 4,
			perE: 2 / max(a.East-a.West, landM), perN: 2 / max(a.North-a.South, landM),
			bank: math.Copysign(1, london.ThamesOffset(a.Easting, a.Northing)),
		}
	}
	return out
}

// deepestReach returns in which of the areas a place is deepest, and the square of how far it is
// from the middle: 1 is on the ellipse. An area seldom spans the river.
func deepestReach(areas []reach, e, n, bank float64) (which int, depth float64) {
	depth = math.Inf(1)
	for i := range areas {
		a := &areas[i]
		d := sq((e-a.e)*a.perE) + sq((n-a.n)*a.perN)
		if a.bank != bank {
			d *= otherBank
		}
		if d < depth {
			which, depth = i, d
		}
	}
	return which, depth
}

const (
	otherBank  = 3    // how much farther the other bank of the Thames counts, squared
	farthest   = 2.75 // a depth of the wards that gives London its area of 1,570 km²
	leastCalls = 5    // rows of a district that lies in London, not only reaches into it
)

// cutLand gives each cell that is London's land to a ward and a postcode district, and returns
// how deep in its ward each cell of inside is.
func (l *cityMap) cutLand() (depths []float64) {
	numberOf := map[string]uint8{}
	for i, b := range l.boroughs {
		numberOf[b.code] = uint8(i)
	}
	for _, w := range london.Wards() {
		l.wards = append(l.wards, cityWard{w.Code, w.Name, numberOf[w.Borough], float64(w.Rows) + 3})
	}
	var districts []london.Area
	for _, d := range london.Districts() {
		if d.Rows >= leastCalls {
			districts = append(districts, d)
			l.districts = append(l.districts, d.Name)
		}
	}
	wards, posts := newReaches(london.Wards()), newReaches(districts)
	l.wardOf, l.districtOf = make([]int16, landNX*landNY), make([]int16, landNX*landNY)
	for c := range int32(landNX * landNY) {
		e, n := cellCentre(c)
		l.wardOf[c] = -1
		if e < 503500 || e > 562000 || n < 155800 || n > 200900 { // beyond Greater London's own extent
			continue
		}
		offset := london.ThamesOffset(e, n)
		bank := math.Copysign(1, offset)
		ward, depth := deepestReach(wards, e, n, bank)
		if depth > farthest || math.Abs(offset) < riverWidth(e, n)/2 {
			continue
		}
		district, _ := deepestReach(posts, e, n, bank)
		l.wardOf[c], l.districtOf[c] = int16(ward), int16(district)
		l.inside = append(l.inside, c)
		depths = append(depths, depth)
	}
	return depths
}

// riverWidth returns how wide the Thames is nearest to a place, in metres.
func riverWidth(e, n float64) float64 {
	near, width := math.Inf(1), 0.0
	for _, p := range london.Drawn().Thames {
		if d := sq(p.Easting-e) + sq(p.Northing-n); d < near {
			near, width = d, p.Width
		}
	}
	return width
}

const (
	sectors     = 9
	unitLetters = "ABDEFGHJLNPQRSTUWXYZ" // that inward codes have
	sectorUnits = len(unitLetters) * len(unitLetters)
)

// numberUnits gives each quarter of a cell a postcode unit of its district, which no other has. The
// sectors of a district lie side by side, from south to north.
func (l *cityMap) numberUnits() {
	cells := make([][]int32, len(l.districts))
	for _, c := range l.inside {
		cells[l.districtOf[c]] = append(cells[l.districtOf[c]], c)
	}
	l.unitOf = make([]int32, landNX*landNY)
	for _, own := range cells {
		first := 0
		for k, c := range own {
			sector := k * sectors / len(own)
			if k > 0 && sector != (k-1)*sectors/len(own) {
				first = k
			}
			l.unitOf[c] = int32(sector*sectorUnits + 4*(k-first))
		}
	}
}

// spreadDemand weighs the cells: by borough and ward as the brigade's rows fall, and by accident
// of place; a ward's middle counts more than its edge.
func (l *cityMap) spreadDemand(depths []float64) {
	homes := make([]float64, len(l.inside))
	inWard, inBorough := make([]float64, len(l.wards)), make([]float64, len(l.boroughs))
	for i, c := range l.inside {
		e, n := cellCentre(c)
		homes[i] = math.Exp(.75*valueNoise(e, n, 900, 1)+.35*valueNoise(e, n, 2600, 2)) * (.3 + math.Exp(-2*depths[i]))
		inWard[l.wardOf[c]] += homes[i]
	}
	for w, sum := range inWard {
		if sum > 0 {
			inBorough[l.wards[w].borough] += l.wards[w].calls
		}
	}
	work, open := make([]float64, len(homes)), make([]float64, len(homes))
	for i, c := range l.inside {
		e, n := cellCentre(c)
		w := &l.wards[l.wardOf[c]]
		homes[i] *= w.calls / inWard[l.wardOf[c]] * l.boroughs[w.borough].calls / inBorough[w.borough]
		central := 1 + 1.8*math.Exp(-(sq(e-centreE)+sq(n-centreN))/sq(4500))
		work[i] = homes[i] * central * math.Exp(.7*valueNoise(e, n, 1200, 3))
		open[i] = homes[i] * math.Exp(.8*valueNoise(e, n, 1500, 4)) / math.Sqrt(central)
		homes[i] /= math.Sqrt(central)
	}
	l.homes, l.work, l.open = newPicker(homes), newPicker(work), newPicker(open)
}

// categoryCells returns the picker of the cells where incidents of a category happen.
func (l *cityMap) categoryCells(c propertyCategory) *weightedPicker {
	switch c {
	case dwelling, otherResidential:
		return l.homes
	case nonResidential:
		return l.work
	}
	return l.open
}

// placeSites draws the known addresses, from which calls come again and again.
func (l *cityMap) placeSites() {
	for _, k := range []struct {
		cat   propertyCategory
		count int
	}{{nonResidential, 3600}, {otherResidential, 1200}} {
		r := newRand(0x517e, uint64(k.cat))
		weights := make([]float64, k.count)
		for i := range k.count {
			e, n := l.drawPlace(r, k.cat)
			l.sites[k.cat] = append(l.sites[k.cat], knownAddress{
				e: e, n: n, kind: l.kinds.types[k.cat].drawIndex(r),
				lateSeconds: 14 * r.NormFloat64(),
				uprn:        10000000000 + r.Uint64N(300000000),
			})
			weights[i] = math.Pow(float64(i+15), -.75)
		}
		l.sitePick[k.cat] = newPicker(weights)
	}
}

func sq(x float64) float64 { return x * x }
