package feature

import "math"

// Depths of the lists of nearest and quickest stations.
const (
	nearestCount = 4
	quickCount   = 8
)

// stationGeometry holds the open stations in arrays, which a pass over all of them reads fastest.
type stationGeometry struct {
	lines  []stationLine
	open   []int32 // position of each line's station among the Spec's
	byName []int32 // position of each ground's own station in lines, -1 none
}

func newGeometry(stations []LearnedStation, grounds *Vocabulary) stationGeometry {
	g := stationGeometry{byName: make([]int32, len(grounds.Words))}
	at := make([]int32, len(stations))
	for k, s := range stations {
		at[k] = -1
		if s.Open {
			at[k] = int32(len(g.lines))
			g.open = append(g.open, int32(k))
			g.lines = append(g.lines, stationLine{s.Easting, s.Northing, s.Base, s.PerM})
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

// rankedStations holds the stations of the least values, ascending.
type rankedStations struct {
	n     int
	value [quickCount]float64
	who   [quickCount]int32
}

// insertStation inserts a station by its value and drops the last one beyond limit.
func (r *rankedStations) insertStation(v float64, who int32, limit int) {
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

// valueAtRank returns the value at rank k, NaN where there are fewer stations.
func (r *rankedStations) valueAtRank(k int) float64 {
	if k >= r.n {
		return nan
	}
	return r.value[k]
}

// stationPlacement is where a place lies among the stations.
type stationPlacement struct {
	known        bool
	e, n         float64
	near         rankedStations // metres
	quick        rankedStations // seconds by each station's line
	within2km    int
	within4km    int
	own          int32 // position of the ground's own station, -1 none
	ownM, ownSec float64
	ownRank      int // stations that are quicker
}

// rankStations ranks the stations around a place.
func (g *stationGeometry) rankStations(s *stationPlacement, e, n float64, own int32) {
	*s = stationPlacement{known: true, e: e, n: n, own: own, ownM: nan, ownSec: nan}
	if own >= 0 {
		p := &g.lines[own]
		s.ownM = p.distanceTo(e, n)
		s.ownSec = p[2] + p[3]*s.ownM
	}
	for k := range g.lines {
		p := &g.lines[k]
		d := p.distanceTo(e, n)
		t := p[2] + p[3]*d
		s.near.insertStation(d, int32(k), nearestCount)
		s.quick.insertStation(t, int32(k), quickCount)
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

// normaliseShares scales the ranks to sum to 1.
func (r *Ranks) normaliseShares() {
	var sum float64
	for _, n := range r {
		sum += n
	}
	for k := range r {
		r[k] /= sum
	}
}

// expectedTime returns the mean time over the ranks, NaN without stations.
func (r *Ranks) expectedTime(q *rankedStations) float64 {
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

// softMinimum returns the mean time of the quickest stations, each weighing less by a
// factor e for every 30 s that it is slower than the quickest.
func softMinimum(q *rankedStations) float64 {
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
