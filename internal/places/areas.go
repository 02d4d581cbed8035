package places

import (
	"math"
	"slices"
	"strings"

	"lfb/internal/geo/london"
)

// AddLondon adds London's boroughs, wards, postcode districts, station grounds, main roads, bridges and landmarks
// as the program knows them: without any file these are found.
func (b *Builder) AddLondon() {
	for kind, list := range map[Kind][]london.Area{
		Borough: london.Boroughs(), Ward: london.Wards(), District: london.Districts(), Ground: london.Grounds(),
	} {
		for _, a := range list {
			b.AddNamed(Named{
				Kind: kind, Name: a.Name, Code: a.Code, Borough: a.Borough, Easting: a.Easting, Northing: a.Northing,
				West: a.West, South: a.South, East: a.East, North: a.North,
			})
			if first, second, both := strings.Cut(BoroughName(a.Code), " and "); both && kind == Borough { // H&F
				b.addEntry(first[:1]+"&"+second[:1], b.entries[len(b.entries)-1])
			}
		}
	}
	for _, r := range london.Drawn().Roads {
		for i := range len(r.Line) - 1 {
			p, q := r.Line[i], r.Line[i+1]
			b.AddNamed(Named{
				Kind: NumberedRoad, Name: r.Name, Easting: (p.Easting + q.Easting) / 2, Northing: (p.Northing + q.Northing) / 2,
				West: min(p.Easting, q.Easting), South: min(p.Northing, q.Northing), East: max(p.Easting, q.Easting),
				North: max(p.Northing, q.Northing),
			})
		}
	}
	b.addLandmarks()
}

// addLandmarks adds what callers name, also as they call it: Ally Pally is in Alexandra Palace then.
func (b *Builder) addLandmarks() {
	for _, l := range london.Landmarks() {
		p := localKinds[l.Kind]
		if p.Kind == 0 {
			p = entry{Kind: Landmark, Rank: 2}
		}
		p.X, p.Y, p.Reach = int32(l.Easting), int32(l.Northing), int32(l.Reach)
		p.Borough, p.Outside = boroughNumber(l.Borough), l.Borough == ""
		p.West, p.South, p.East, p.North = p.X, p.Y, p.X, p.Y
		b.addEntry(l.Name, p)
		p.In = b.intern(l.Name)
		for _, also := range l.Also {
			b.addEntry(also, p)
		}
	}
	for _, c := range london.Drawn().Crossings {
		b.AddNamed(Named{Kind: Landmark, Name: c.Name, Easting: c.Easting, Northing: c.Northing})
	}
}

// addSectors makes postcode sectors and districts from the units that are in each. Where these are all
// there are, the districts replace those that were added.
func (s *Set) addSectors(complete bool, intern func(string) uint32) {
	members := map[string][]int32{}
	for i, u := range s.units {
		outward, digit := splitKey(u.Key)
		for _, name := range []string{outward, outward + " " + digit} {
			members[name] = append(members[name], int32(i))
		}
	}
	if complete {
		s.entries = slices.DeleteFunc(s.entries, func(e entry) bool {
			return e.Kind == District && len(members[s.text[e.Name]]) > 0
		})
	}
	for name, list := range members {
		outward, _, isSector := strings.Cut(name, " ")
		if !isSector && !complete {
			continue
		}
		e := s.measureArea(list)
		e.Kind, e.Name, e.District = District, intern(name), intern(outward)
		if isSector {
			e.Kind = Sector
		}
		s.entries = append(s.entries, e)
	}
}

// splitKey is the outward code of a unit, and the digit of its sector.
func splitKey(key uint64) (outward, digit string) {
	var text []byte
	for i := 7; i >= 1; i-- {
		if c := byte(key >> (8 * i)); c != 0 {
			text = append(text, c)
		}
	}
	n := max(len(text)-3, 0)
	return string(text[:n]), string(text[n:min(n+1, len(text))])
}

// outsideShare is the share of an area's postcodes in London under which it is outside.
const outsideShare = 0.2

// measureArea is where units are: their middle, the extent of all but the outermost hundredth, and how
// far nine in ten are from the middle.
func (s *Set) measureArea(list []int32) (e entry) {
	var xs, ys []int32
	var boroughs [256]int
	for _, i := range list {
		u := s.units[i]
		xs, ys = append(xs, u.X), append(ys, u.Y)
		boroughs[u.borough()]++
	}
	slices.Sort(xs)
	slices.Sort(ys)
	n := len(list)
	e.X, e.Y = xs[n/2], ys[n/2]
	e.West, e.East, e.South, e.North = xs[n/100], xs[n-1-n/100], ys[n/100], ys[n-1-n/100]
	var away []int32
	for _, i := range list {
		away = append(away, int32(math.Hypot(float64(s.units[i].X-e.X), float64(s.units[i].Y-e.Y))))
	}
	slices.Sort(away)
	e.Reach = max(200, away[n*9/10])
	for b := 1; b < len(boroughs); b++ {
		if boroughs[b] > 0 && (e.Borough == 0 || boroughs[b] > boroughs[e.Borough]) {
			e.Borough = uint8(b)
		}
	}
	e.Outside = float64(n-boroughs[0]) < outsideShare*float64(n)
	return e
}
