package synthetic

import (
	"math"
	"math/rand/v2"
	"slices"
)

// incidentCall is one simulated incident.
type incidentCall struct {
	ordinal   int64
	seed      uint64 // of all that is drawn of who attends
	wall      int32  // second of the day on London's clock
	elapsed   int32  // seconds since local midnight
	category  propertyCategory
	stop      stopCode
	kind      string // property type
	service   string // kind of special service; empty for none
	qualifier string

	e, n        float64
	cell        int
	ground      uint8 // station whose ground it is
	lateSeconds float64
	uprn        uint64 // 0: none

	engines  []sentEngine // in order of arrival, as published; none for 5.5 %
	stations int          // how many they came from; 0 not known
	pumps    int          // how many attended; 0 not known
	total    int          // engines over the whole incident
	minutes  int          // engine minutes, 60 at least
	calls    int
}

// sentEngine is one engine's part in a call. Times are seconds since local midnight.
type sentEngine struct {
	station   uint8
	number    uint8 // 1 or 2: which of the station's
	borrowed  bool  // belongs to another station
	mobilised int32
	turnout   int32 // seconds
	travel    int32 // seconds
	left      int32
	back      int32
	delay     delayReason
}

func (e *sentEngine) attendanceSeconds() int32 { return e.turnout + e.travel }
func (e *sentEngine) arrivedAt() int32         { return e.mobilised + e.turnout + e.travel }

// simulation simulates one day after another and reuses its memory between days.
type simulation struct {
	base    *cityMap
	l       *cityMap // base, or what has become of it by the day
	moments []callMoment
	calls   []incidentCall
	counts  []int
	pool    []sentEngine
	ways    [legs]routeLeg
	drift   float64 // how much slower than in 2021
	r       *rand.Rand

	call, engine *reseededRand // of the call and the engine at hand
}

func newSimulation(l *cityMap) *simulation {
	return &simulation{base: l, l: l, call: newReseededRand(), engine: newReseededRand()}
}

// simulateDay returns the calls of d by time. They are valid until the next call of simulateDay.
func (s *simulation) simulateDay(d *daySpan) []incidentCall {
	s.r = newRand(d.seed)
	s.l, s.drift = s.base.mapOn(d.date)
	s.drift *= 1 + .003*(float64(d.date.Year())-2021+float64(d.date.YearDay())/365)
	s.drawCallTimes(d)
	month := int(d.date.Month()) - 1
	s.counts = s.counts[:0]
	for i := range s.calls {
		c := &s.calls[i]
		c.ordinal = d.first + int64(i)
		s.l.kinds.drawKind(s.r, c, month)
		s.drawCallPlace(c)
		s.counts = append(s.counts, s.drawEngineCount(c.stop))
	}
	rows := int(rowsBefore(d.first+int64(len(s.calls))) - rowsBefore(d.first))
	balanceCounts(s.counts, rows, s.r)
	if cap(s.pool) < rows {
		s.pool = make([]sentEngine, 0, rows)
	}
	s.pool = s.pool[:0]
	for i := range s.calls {
		s.attendIncident(&s.calls[i], s.counts[i], hashWords(d.seed, uint64(i)))
	}
	return s.calls
}

// callMoment is when a call comes in.
type callMoment struct{ elapsed, wall int32 }

// drawCallTimes draws when the day's calls come in, and sorts them.
func (s *simulation) drawCallTimes(d *daySpan) {
	s.moments = s.moments[:0]
	for range d.incidents {
		wall := int32(s.l.kinds.hour.drawIndex(s.r)*3600 + s.r.IntN(3600))
		elapsed, shown := d.elapsedSeconds(wall, s.r.IntN(2) == 0)
		s.moments = append(s.moments, callMoment{elapsed, shown})
	}
	// Equal moments are equal in both fields, so any sort gives one order.
	slices.SortFunc(s.moments, func(a, b callMoment) int { return int(a.elapsed - b.elapsed) })
	s.calls = s.calls[:0]
	for _, m := range s.moments {
		s.calls = append(s.calls, incidentCall{elapsed: m.elapsed, wall: m.wall})
	}
}

// drawEngineCount draws how many engines arrive at a call with this stop code.
func (s *simulation) drawEngineCount(code stopCode) int {
	t := &s.l.kinds.stops[code]
	if s.r.Float64() < t.unpublished {
		return 0
	}
	if s.r.Float64() >= t.second {
		return 1
	}
	n := 2
	for share := t.third; n < 8 && s.r.Float64() < share; share = .42 {
		n++
	}
	return n
}

// balanceCounts changes counts until they sum to rows. It changes the third and later engines
// first: no column but the counts shows them.
func balanceCounts(counts []int, rows int, r *rand.Rand) {
	for _, n := range counts {
		rows -= n
	}
	if rows == 0 || len(counts) == 0 {
		return
	}
	step, lowest := 1, 2 // add where there are two already
	if rows < 0 {
		step, lowest = -1, 3 // take where there are three
	}
	at := r.IntN(len(counts))
	for ; rows != 0; lowest-- {
		for range counts {
			if rows == 0 {
				return
			}
			at = (at + 1) % len(counts)
			if n := counts[at]; n >= max(lowest, 0) && (step > 0 || n > 0) {
				counts[at] += step
				rows -= step
			}
		}
	}
}

// drawCallPlace draws where the call is from: a known address for most alarms, else
// a place weighted by how often the category happens there.
func (s *simulation) drawCallPlace(c *incidentCall) {
	if sites := s.l.sites[c.category]; len(sites) > 0 && s.r.Float64() < .55 && c.stop != primaryFire {
		p := &sites[s.l.sitePick[c.category].drawIndex(s.r)]
		c.e, c.n, c.uprn, c.lateSeconds = p.e, p.n, p.uprn, p.lateSeconds
		c.kind = s.l.kinds.categories[c.category].types[p.kind].name
	} else {
		c.e, c.n = s.l.drawPlace(s.r, c.category)
		if c.category != dwelling {
			c.uprn = 100020000000 + s.r.Uint64N(4000000)
		}
	}
	c.cell = cellAt(c.e, c.n)
}

// drawPlace draws a place for a category, to the metre and away from its cell's
// edge, so that no rounding moves it to the next.
func (l *cityMap) drawPlace(r *rand.Rand, c propertyCategory) (e, n float64) {
	e, n = cellCentre(l.inside[l.categoryCells(c).drawIndex(r)])
	return e - landM/2 + 1 + math.Floor(r.Float64()*(landM-2)), n - landM/2 + 1 + math.Floor(r.Float64()*(landM-2))
}
