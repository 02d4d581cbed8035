package synthetic

import (
	"math"

	"lfb/internal/geo/london"
)

const (
	roadM          = 500.0
	roadNX, roadNY = 122, 95
	legs           = 12     // stations worth asking for one place
	beyond         = 1500.0 // seconds that stand for "too far"
)

// routeLeg is an engine's route to a place: its station, and the seconds that it takes with blue
// lights in light traffic.
type routeLeg struct {
	station uint8
	seconds float64
}

// travelTimes holds the seconds from each station to each cell.
type travelTimes struct {
	stations int
	seconds  []float32     // [cell*stations + station]
	near     [][legs]uint8 // by cell: nearest stations first
}

func newRoads(stations []fireStation) *travelTimes {
	g := newRoadGrid()
	r := &travelTimes{
		stations: len(stations),
		seconds:  make([]float32, roadNX*roadNY*len(stations)),
		near:     make([][legs]uint8, roadNX*roadNY),
	}
	for s, st := range stations {
		for c, t := range g.secondsFrom(st.e, st.n) {
			if st.closed {
				t = math.Inf(1) // so that it is never among the nearest
			}
			r.seconds[c*len(stations)+s] = float32(t)
		}
	}
	for c := range r.near {
		r.near[c] = nearestStations(r.seconds[c*len(stations):][:len(stations)])
	}
	return r
}

// nearestStations returns the quickest stations, the quickest first.
func nearestStations(seconds []float32) [legs]uint8 {
	var top [legs]uint8
	n := 0
	for s := range seconds {
		i := n
		for ; i > 0 && seconds[s] < seconds[top[i-1]]; i-- {
			if i < legs {
				top[i] = top[i-1]
			}
		}
		if i < legs {
			top[i] = uint8(s)
			n = min(n+1, legs)
		}
	}
	return top
}

// fillRoutes writes the routes to a point to dst, quickest first.
func (r *travelTimes) fillRoutes(dst *[legs]routeLeg, e, n float64) {
	x, y := (e-west)/roadM-.5, (n-south)/roadM-.5
	i, j := clampIndex(math.Floor(x), roadNX-2), clampIndex(math.Floor(y), roadNY-2)
	fx, fy := x-float64(i), y-float64(j)
	base := (j*roadNX + i) * r.stations
	at := int(clampIndex(math.Floor((n-south)/roadM), roadNY-1))*roadNX + clampIndex(math.Floor((e-west)/roadM), roadNX-1)
	for k, s := range r.near[at] {
		o := base + int(s)
		low := float64(r.seconds[o])*(1-fx) + float64(r.seconds[o+r.stations])*fx
		o += roadNX * r.stations
		high := float64(r.seconds[o])*(1-fx) + float64(r.seconds[o+r.stations])*fx
		l := routeLeg{s, low*(1-fy) + high*fy}
		for ; k > 0 && dst[k-1].seconds > l.seconds; k-- {
			dst[k] = dst[k-1]
		}
		dst[k] = l
	}
}

func clampIndex(x float64, top int) int { return int(min(max(x, 0), float64(top))) }

// roadGrid is the map that ways are found on: cells joined to their eight
// neighbours.
type roadGrid struct {
	slow   []float64    // by cell: seconds a metre
	extra  [][8]float64 // by cell and direction: seconds to cross the river
	across [8][2]int
}

func newRoadGrid() *roadGrid {
	g := &roadGrid{
		slow:   make([]float64, roadNX*roadNY),
		extra:  make([][8]float64, roadNX*roadNY),
		across: [8][2]int{{1, 0}, {1, 1}, {0, 1}, {-1, 1}, {-1, 0}, {-1, -1}, {0, -1}, {1, -1}},
	}
	for c := range g.slow {
		e, n := roadCentre(c)
		out := math.Hypot(e-centreE, n-centreN)
		// Metres a second along the crow's line: streets wind, and the centre is slow.
		speed := (4.9 + 4.7*(1-math.Exp(-sq(out/9500)))) * math.Exp(.16*valueNoise(e, n, 2300, 11)+.10*valueNoise(e, n, 900,
			12))
		g.slow[c] = 1 / speed
		if math.Abs(london.ThamesOffset(e, n)) > 2*roadM {
			continue
		}
		for d, a := range g.across {
			to := london.Point{Easting: e + float64(a[0])*roadM, Northing: n + float64(a[1])*roadM}
			g.extra[c][d] = crossingPenalty(london.Point{Easting: e, Northing: n}, to)
		}
	}
	return g
}

func roadCentre(c int) (e, n float64) {
	return west + (float64(c%roadNX)+.5)*roadM, south + (float64(c/roadNX)+.5)*roadM
}

// crossingPenalty returns the seconds that the river adds between a and b: none, the queue at a
// bridge, or, away from bridges, tunnels and the ferry, infinitely many.
func crossingPenalty(a, b london.Point) float64 {
	river, crossed := london.Drawn().Thames, false
	for i := range river[1:] {
		if segmentsCross(river[i].Point, river[i+1].Point, a, b) {
			crossed = !crossed // twice is the same bank again
		}
	}
	if !crossed {
		return 0
	}
	for _, c := range london.Drawn().Crossings {
		if math.Hypot(c.Easting-(a.Easting+b.Easting)/2, c.Northing-(a.Northing+b.Northing)/2) < roadM {
			return 25
		}
	}
	return math.Inf(1)
}

// segmentsCross reports whether the segments pq and ab cross.
func segmentsCross(p, q, a, b london.Point) bool {
	side := func(o, u, v london.Point) bool {
		return (u.Easting-o.Easting)*(v.Northing-o.Northing) > (u.Northing-o.Northing)*(v.Easting-o.Easting)
	}
	return side(p, q, a) != side(p, q, b) && side(a, b, p) != side(a, b, q)
}

// secondsFrom returns the seconds from a point to every cell's centre (Dijkstra,
// stopped at what no engine is sent over).
func (g *roadGrid) secondsFrom(e, n float64) []float64 {
	t := make([]float64, len(g.slow))
	for i := range t {
		t[i] = beyond
	}
	start := clampIndex((n-south)/roadM, roadNY-1)*roadNX + clampIndex((e-west)/roadM, roadNX-1)
	ce, cn := roadCentre(start)
	t[start] = math.Hypot(e-ce, n-cn) * g.slow[start]
	q := cellQueue{{start, t[start]}}
	for len(q) > 0 {
		at := q.pop()
		if at.seconds > t[at.cell] {
			continue
		}
		for d, a := range g.across {
			x, y := at.cell%roadNX+a[0], at.cell/roadNX+a[1]
			if x < 0 || x >= roadNX || y < 0 || y >= roadNY {
				continue
			}
			c := y*roadNX + x
			length := roadM * math.Hypot(float64(a[0]), float64(a[1]))
			s := at.seconds + length*(g.slow[at.cell]+g.slow[c])/2 + g.extra[at.cell][d]
			if s < t[c] {
				t[c] = s
				q.push(reachedCell{c, s})
			}
		}
	}
	return t
}

type reachedCell struct {
	cell    int
	seconds float64
}

func (a reachedCell) before(b reachedCell) bool {
	return a.seconds < b.seconds || a.seconds == b.seconds && a.cell < b.cell
}

// cellQueue is a binary heap of cells, soonest first; container/heap would box each.
type cellQueue []reachedCell

func (q *cellQueue) push(r reachedCell) {
	*q = append(*q, r)
	h := *q
	for i := len(h) - 1; i > 0 && h[i].before(h[(i-1)/2]); i = (i - 1) / 2 {
		h[i], h[(i-1)/2] = h[(i-1)/2], h[i]
	}
}

func (q *cellQueue) pop() reachedCell {
	h := *q
	top, n := h[0], len(h)-1
	h[0] = h[n]
	*q = h[:n]
	for i := 0; ; {
		c := 2*i + 1
		if c+1 < n && h[c+1].before(h[c]) {
			c++
		}
		if c >= n || !h[c].before(h[i]) {
			return top
		}
		h[i], h[c] = h[c], h[i]
		i = c
	}
}
