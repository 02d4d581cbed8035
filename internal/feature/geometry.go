package feature

import "math"

// Depths of the lists of nearest and quickest stations.
const (
	nearestCount = 4
	quickCount   = 8
)

// geometry is the open stations laid out for a quick pass.
type geometry struct {
	lines  []line
	open   []int32 // position of each line's station among the Spec's
	byName []int32 // position of each ground's own station in lines, -1 none
}

func newGeometry(stations []LearnedStation, grounds *Vocabulary) geometry {
	g := geometry{byName: make([]int32, len(grounds.Words))}
	at := make([]int32, len(stations))
	for k, s := range stations {
		at[k] = -1
		if s.Open {
			at[k] = int32(len(g.lines))
			g.open = append(g.open, int32(k))
			g.lines = append(g.lines, line{s.Easting, s.Northing, s.Base, s.PerM})
		}
	}
	for i, name := range grounds.Words {
		g.byName[i] = -1
		if k := stationIndex(stations, name); k >= 0 {
			g.byName[i] = at[k]
		}
	}
	return g
}

// ranked is stations in ascending order of a value, at most cap of them.
type ranked struct {
	n     int
	value [quickCount]float64
	who   [quickCount]int32
}

// put inserts a station, dropping the last beyond limit.
func (r *ranked) put(v float64, who int32, limit int) {
	if r.n == limit {
		if v >= r.value[limit-1] {
			return
		}
		r.n--
	}
	k := r.n
	for ; k > 0 && r.value[k-1] > v; k-- {
		r.value[k], r.who[k] = r.value[k-1], r.who[k-1]
	}
	r.value[k], r.who[k] = v, who
	r.n++
}

// or is the value at rank k, NaN where there are fewer stations.
func (r *ranked) or(k int) float64 {
	if k >= r.n {
		return nan
	}
	return r.value[k]
}

// placement is a place among the stations.
type placement struct {
	known        bool
	e, n         float64
	near         ranked // metres
	quick        ranked // seconds by each station's line
	within2km    int
	within4km    int
	own          int32 // position of the ground's own station, -1 none
	ownM, ownSec float64
	ownRank      int // stations that are quicker
}

// rankStations ranks the stations around a place.
func (g *geometry) rankStations(s *placement, e, n float64, own int32) {
	*s = placement{known: true, e: e, n: n, own: own, ownM: nan, ownSec: nan}
	if own >= 0 {
		p := &g.lines[own]
		s.ownM = p.distance(e, n)
		s.ownSec = p[2] + p[3]*s.ownM
	}
	for k := range g.lines {
		p := &g.lines[k]
		d := p.distance(e, n)
		t := p[2] + p[3]*d
		s.near.put(d, int32(k), nearestCount)
		s.quick.put(t, int32(k), quickCount)
		if d < 4000 {
			s.within4km++
			if d < 2000 {
				s.within2km++
			}
		}
		if t < s.ownSec {
			s.ownRank++
		}
	}
}

// Ranks is how often the k-th quickest station's engine was the one that came.
type Ranks [quickCount]float64

// normalise makes the ranks sum to 1.
func (r *Ranks) normalise() {
	var sum float64
	for _, n := range r {
		sum += n
	}
	for k := range r {
		r[k] /= sum
	}
}

// expected is the mean time over the ranks, NaN without stations.
func (r *Ranks) expected(q *ranked) float64 {
	var t, sum float64
	for k := range q.n {
		t += r[k] * q.value[k]
		sum += r[k]
	}
	if q.n == 0 {
		return nan
	}
	return t / sum
}

// soft is the mean time of the quickest stations, each weighing less by a
// factor e for every 30 s that it is slower than the quickest.
func soft(q *ranked) float64 {
	var t, sum float64
	for k := range q.n {
		w := math.Exp((q.value[0] - q.value[k]) / 30)
		t += w * q.value[k]
		sum += w
	}
	if q.n == 0 {
		return nan
	}
	return t / sum
}
