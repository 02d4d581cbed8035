package synthetic

import (
	"math"
	"strings"
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

	inside     []int32 // cells within the outline
	wardOf     []int16 // by cell; -1 outside
	districtOf []int16

	homes, work, open *weightedPicker // over inside: where each sort of thing happens
	roads             *travelTimes
	sites             [categories][]knownAddress
	sitePick          [categories]*weightedPicker
	kinds             *incidentKinds
	rhythm            hourlyRhythm
}

// hourlyRhythm holds what varies by the hour of the day.
type hourlyRhythm struct{ turnout, traffic, away hourlyFactors }

func newLondon() *cityMap {
	l := &cityMap{boroughs: boroughTable(), kinds: newKinds()}
	l.rhythm = hourlyRhythm{turnoutMedian(), trafficFactor(), awayFactor()}
	l.stations = newStations()
	l.cutBoroughs()
	l.cutDistricts()
	l.spreadDemand()
	l.roads = newRoads(l.stations)
	l.placeSites()
	return l
}

func newStations() []fireStation {
	sites := stationSites()
	out := make([]fireStation, len(sites))
	var numbers [256]int
	for i, s := range sites {
		e, n := float64(s.e)*100, float64(s.n)*100
		letter := sectorLetter(e, n)
		h := hashWords(0x57a7, uint64(i))
		away := 0.23 + 0.20*unitInterval(hashWords(h, 1))
		if s.engines > 1 {
			away *= .62 // of two one is kept near more often
		}
		out[i] = fireStation{
			name: s.name, engines: s.engines,
			e: e + 200*unitInterval(h) - 100, n: n + 200*unitInterval(hashWords(h)) - 100,
			code: string(letter) + formatInt(21+numbers[letter]),
			away: away,
		}
		numbers[letter]++
	}
	return out
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

// cutBoroughs gives each cell within the outline to the borough whose disc it
// is deepest in, and each borough its wards.
func (l *cityMap) cutBoroughs() {
	l.wardOf = make([]int16, landNX*landNY)
	border := cityOutline()
	cells := make([][]int32, len(l.boroughs))
	for c := range int32(landNX * landNY) {
		l.wardOf[c] = -1
		e, n := cellCentre(c)
		if !isInside(border, e/1000, n/1000) {
			continue
		}
		l.inside = append(l.inside, c)
		best, depth := 0, math.Inf(1)
		for i, b := range l.boroughs {
			// A power diagram: the larger borough reaches further.
			d := sq(e/1000-b.e) + sq(n/1000-b.n) - b.areaKM2/math.Pi
			if d < depth {
				best, depth = i, d
			}
		}
		cells[best] = append(cells[best], c)
	}
	for i := range l.boroughs {
		l.cutWards(i, cells[i])
	}
}

func (l *cityMap) cutWards(b int, cells []int32) {
	first, second := wardWords()
	count := min(20, max(4, len(cells)/6))
	base := int16(len(l.wards))
	for w := range count {
		k := b*29 + w
		l.wards = append(l.wards, cityWard{
			code:    "E05" + formatInt(900001+len(l.wards)), // a block that is not in use
			name:    strings.ToUpper(first[k%len(first)] + " " + second[k%len(second)]),
			borough: uint8(b),
		})
	}
	for i, seed := range spreadSeeds(cells, count) {
		l.wardOf[cells[i]] = base + int16(seed)
	}
}

// cutDistricts gives each cell to a postal area and a district of it.
func (l *cityMap) cutDistricts() {
	l.districtOf = make([]int16, landNX*landNY)
	areas := postAreas()
	cells := make([][]int32, len(areas))
	for _, c := range l.inside {
		e, n := cellCentre(c)
		best, depth := 0, math.Inf(1)
		for i, a := range areas {
			d := sq(e/1000-a.e) + sq(n/1000-a.n) - a.reach*a.reach
			if d < depth {
				best, depth = i, d
			}
		}
		cells[best] = append(cells[best], c)
	}
	for i, a := range areas {
		base := int16(len(l.districts))
		for _, s := range a.suffixes {
			l.districts = append(l.districts, a.prefix+s)
		}
		for k, seed := range spreadSeeds(cells[i], len(a.suffixes)) {
			l.districtOf[cells[i][k]] = base + int16(seed)
		}
	}
}

// spreadSeeds divides cells among up to count seeds, each as far as possible from
// the earlier ones, and returns the seed of each cell.
func spreadSeeds(cells []int32, count int) []int {
	owner := make([]int, len(cells))
	nearest := make([]float64, len(cells))
	for i := range nearest {
		nearest[i] = math.Inf(1)
	}
	next := len(cells) / 2
	for seed := range min(count, len(cells)) {
		se, sn := cellCentre(cells[next])
		far := -1.0
		for i, c := range cells {
			e, n := cellCentre(c)
			if d := sq(e-se) + sq(n-sn); d < nearest[i] {
				nearest[i], owner[i] = d, seed
			}
			// A little noise, or the seeds of a round borough form a lattice.
			if d := nearest[i] * (0.6 + 0.4*unitInterval(hashWords(uint64(c)))); d > far {
				far, next = d, i
			}
		}
	}
	return owner
}

// spreadDemand weighs the cells: by borough, by town centre (where stations are)
// and by accident of place.
func (l *cityMap) spreadDemand() {
	homes := make([]float64, len(l.inside))
	sums := make([]float64, len(l.boroughs))
	for i, c := range l.inside {
		e, n := cellCentre(c)
		near := math.Inf(1)
		for _, s := range l.stations {
			near = min(near, sq(e-s.e)+sq(n-s.n))
		}
		homes[i] = math.Exp(.75*valueNoise(e, n, 900, 1)+.55*valueNoise(e, n, 2600, 2)) *
			(.30 + math.Exp(-near/(2*sq(1350))))
		sums[l.boroughAt(c)] += homes[i]
	}
	work, open := make([]float64, len(homes)), make([]float64, len(homes))
	for i, c := range l.inside {
		e, n := cellCentre(c)
		b := l.boroughAt(c)
		homes[i] *= l.boroughs[b].demand / sums[b]
		central := 1 + 1.8*math.Exp(-(sq(e-centreE)+sq(n-centreN))/sq(4500))
		work[i] = homes[i] * central * math.Exp(.7*valueNoise(e, n, 1200, 3))
		open[i] = homes[i] * math.Exp(.8*valueNoise(e, n, 1500, 4)) / math.Sqrt(central)
		homes[i] /= math.Sqrt(central)
	}
	l.homes, l.work, l.open = newPicker(homes), newPicker(work), newPicker(open)
}

func (l *cityMap) boroughAt(cell int32) int { return int(l.wards[l.wardOf[cell]].borough) }

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

func isInside(polygon [][2]float64, x, y float64) bool {
	in := false
	for i, a := range polygon {
		b := polygon[(i+1)%len(polygon)]
		if (a[1] > y) != (b[1] > y) && x < a[0]+(y-a[1])*(b[0]-a[0])/(b[1]-a[1]) {
			in = !in
		}
	}
	return in
}

func sq(x float64) float64 { return x * x }
