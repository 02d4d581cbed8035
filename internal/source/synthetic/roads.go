package synthetic

import "math"

const (
	roadM          = 500.0
	roadNX, roadNY = 122, 95
	legs           = 12     // stations worth asking for one place
	beyond         = 1500.0 // seconds that stand for "too far"
)

// leg is an engine's way to a place: from which station, and how long with blue
// lights at a quiet time.
type leg struct {
	station uint8
	seconds float64
}

// roads knows how long it takes from each station to everywhere.
type roads struct {
	stations int
	seconds  []float32     // [cell*stations + station]
	near     [][legs]uint8 // by cell: nearest stations first
}

func newRoads(stations []station) *roads {
	g := newRoadGrid()
	r := &roads{
		stations: len(stations),
		seconds:  make([]float32, roadNX*roadNY*len(stations)),
		near:     make([][legs]uint8, roadNX*roadNY),
	}
	for s, st := range stations {
		for c, t := range g.from(st.e, st.n) {
			r.seconds[c*len(stations)+s] = float32(t)
		}
	}
	for c := range r.near {
		r.near[c] = nearest(r.seconds[c*len(stations):][:len(stations)])
	}
	return r
}

// nearest returns the stations with the least seconds, least first.
func nearest(seconds []float32) [legs]uint8 {
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

// to fills dst with the ways to a point, quickest first.
func (r *roads) to(dst *[legs]leg, e, n float64) {
	x, y := (e-west)/roadM-.5, (n-south)/roadM-.5
	i, j := clamp(math.Floor(x), roadNX-2), clamp(math.Floor(y), roadNY-2)
	fx, fy := x-float64(i), y-float64(j)
	base := (j*roadNX + i) * r.stations
	at := int(clamp(math.Floor((n-south)/roadM), roadNY-1))*roadNX + clamp(math.Floor((e-west)/roadM), roadNX-1)
	for k, s := range r.near[at] {
		o := base + int(s)
		low := float64(r.seconds[o])*(1-fx) + float64(r.seconds[o+r.stations])*fx
		o += roadNX * r.stations
		high := float64(r.seconds[o])*(1-fx) + float64(r.seconds[o+r.stations])*fx
		l := leg{s, low*(1-fy) + high*fy}
		for ; k > 0 && dst[k-1].seconds > l.seconds; k-- {
			dst[k] = dst[k-1]
		}
		dst[k] = l
	}
}

func clamp(x float64, top int) int { return int(min(max(x, 0), float64(top))) }

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
	course, spans := river(), bridges()
	for c := range g.slow {
		e, n := roadCentre(c)
		out := math.Hypot(e-centreE, n-centreN)
		// Metres a second along the crow's line: streets wind, and the centre is slow.
		speed := (4.9 + 4.7*(1-math.Exp(-sq(out/9500)))) * math.Exp(.16*noise(e, n, 2300, 11)+.10*noise(e, n, 900, 12))
		g.slow[c] = 1 / speed
		for d, a := range g.across {
			to := [2]float64{(e + float64(a[0])*roadM) / 1000, (n + float64(a[1])*roadM) / 1000}
			g.extra[c][d] = crossing(course, spans, [2]float64{e / 1000, n / 1000}, to)
		}
	}
	return g
}

func roadCentre(c int) (e, n float64) {
	return west + (float64(c%roadNX)+.5)*roadM, south + (float64(c/roadNX)+.5)*roadM
}

// crossing is what the river costs on the way from a to b: nothing, a bridge's
// queue, or far more than any bridge's way round.
func crossing(course, spans [][2]float64, a, b [2]float64) float64 {
	for i := range course[1:] {
		if !cut(course[i], course[i+1], a, b) {
			continue
		}
		mid := [2]float64{(a[0] + b[0]) / 2, (a[1] + b[1]) / 2}
		for _, s := range spans {
			if math.Hypot(s[0]-mid[0], s[1]-mid[1]) < .5 {
				return 25
			}
		}
		return 700
	}
	return 0
}

// cut reports whether the segments pq and ab cross.
func cut(p, q, a, b [2]float64) bool {
	side := func(o, u, v [2]float64) bool {
		return (u[0]-o[0])*(v[1]-o[1]) > (u[1]-o[1])*(v[0]-o[0])
	}
	return side(p, q, a) != side(p, q, b) && side(a, b, p) != side(a, b, q)
}

// from returns the seconds from a point to every cell's centre (Dijkstra,
// stopped at what no engine is sent over).
func (g *roadGrid) from(e, n float64) []float64 {
	t := make([]float64, len(g.slow))
	for i := range t {
		t[i] = beyond
	}
	start := clamp((n-south)/roadM, roadNY-1)*roadNX + clamp((e-west)/roadM, roadNX-1)
	ce, cn := roadCentre(start)
	t[start] = math.Hypot(e-ce, n-cn) * g.slow[start]
	q := queue{{start, t[start]}}
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
				q.push(reached{c, s})
			}
		}
	}
	return t
}

type reached struct {
	cell    int
	seconds float64
}

func (a reached) before(b reached) bool {
	return a.seconds < b.seconds || a.seconds == b.seconds && a.cell < b.cell
}

// queue is a binary heap of cells, soonest first; container/heap would box each.
type queue []reached

func (q *queue) push(r reached) {
	*q = append(*q, r)
	h := *q
	for i := len(h) - 1; i > 0 && h[i].before(h[(i-1)/2]); i = (i - 1) / 2 {
		h[i], h[(i-1)/2] = h[(i-1)/2], h[i]
	}
}

func (q *queue) pop() reached {
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
