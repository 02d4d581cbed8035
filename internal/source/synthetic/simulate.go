package synthetic

import (
	"math"
	"math/rand/v2"
	"slices"
)

// call is one incident as it went.
type call struct {
	ordinal   int64
	wall      int32 // second of the day on London's clock
	elapsed   int32 // seconds since local midnight
	category  category
	stop      stop
	kind      string // property type
	service   string // kind of special service; empty for none
	qualifier string

	e, n        float64
	cell        int
	ground      uint8 // station whose ground it is
	lateSeconds float64
	uprn        uint64 // 0: none

	engines  []engine // in order of arrival, as published; none for 5.5 %
	stations int      // how many they came from; 0 not known
	pumps    int      // how many attended; 0 not known
	total    int      // engines over the whole incident
	minutes  int      // engine minutes, 60 at least
	calls    int
}

// engine is one engine's part in a call. Times are seconds since local midnight.
type engine struct {
	station   uint8
	number    uint8 // 1 or 2: which of the station's
	borrowed  bool  // belongs to another station
	mobilised int32
	turnout   int32 // seconds
	travel    int32 // seconds
	left      int32
	back      int32
	delay     delay
}

func (e *engine) attendance() int32 { return e.turnout + e.travel }
func (e *engine) arrived() int32    { return e.mobilised + e.turnout + e.travel }

// simulation makes one day after another; it keeps its memory between them.
type simulation struct {
	l       *london
	moments []moment
	calls   []call
	counts  []int
	pool    []engine
	ways    [legs]leg
	drift   float64 // how much slower than in 2021
	r       *rand.Rand
}

// run makes the calls of d, in order of time. They are valid until the next run.
func (s *simulation) run(d *day) []call {
	s.r = newRand(d.seed)
	s.drift = 1 + .003*(float64(d.date.Year())-2021+float64(d.date.YearDay())/365)
	s.times(d)
	month := int(d.date.Month()) - 1
	s.counts = s.counts[:0]
	for i := range s.calls {
		c := &s.calls[i]
		c.ordinal = d.first + int64(i)
		s.l.kinds.draw(s.r, c, month)
		s.place(c)
		s.counts = append(s.counts, s.wanted(c.stop))
	}
	rows := int(rowsBefore(d.first+int64(len(s.calls))) - rowsBefore(d.first))
	settle(s.counts, rows, s.r)
	if cap(s.pool) < rows {
		s.pool = make([]engine, 0, rows)
	}
	s.pool = s.pool[:0]
	for i := range s.calls {
		s.attend(&s.calls[i], s.counts[i])
	}
	return s.calls
}

// moment is when a call comes in.
type moment struct{ elapsed, wall int32 }

// times draws when the day's calls come in, and sorts them.
func (s *simulation) times(d *day) {
	s.moments = s.moments[:0]
	for range d.incidents {
		wall := int32(s.l.kinds.hour.pick(s.r)*3600 + s.r.IntN(3600))
		elapsed, shown := d.elapsed(wall, s.r.IntN(2) == 0)
		s.moments = append(s.moments, moment{elapsed, shown})
	}
	// Equal moments are equal in both fields, so any sort gives one order.
	slices.SortFunc(s.moments, func(a, b moment) int { return int(a.elapsed - b.elapsed) })
	s.calls = s.calls[:0]
	for _, m := range s.moments {
		s.calls = append(s.calls, call{elapsed: m.elapsed, wall: m.wall})
	}
}

// wanted draws how many engines' arrivals a call of this sort has.
func (s *simulation) wanted(code stop) int {
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

// settle changes counts until they sum to rows: the third and further engines
// first, as no column but the counts shows them.
func settle(counts []int, rows int, r *rand.Rand) {
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

// place draws where the call is from: a known address for most alarms, else
// anywhere that such things happen.
func (s *simulation) place(c *call) {
	if sites := s.l.sites[c.category]; len(sites) > 0 && s.r.Float64() < .55 && c.stop != primaryFire {
		p := &sites[s.l.sitePick[c.category].pick(s.r)]
		c.e, c.n, c.uprn, c.lateSeconds = p.e, p.n, p.uprn, p.lateSeconds
		c.kind = s.l.kinds.categories[c.category].types[p.kind].name
	} else {
		c.e, c.n = s.l.somewhere(s.r, c.category)
		if c.category != dwelling {
			c.uprn = 100020000000 + s.r.Uint64N(4000000)
		}
	}
	c.cell = cellAt(c.e, c.n)
}

// somewhere draws a place for a category, to the metre and away from its cell's
// edge, so that no rounding moves it to the next.
func (l *london) somewhere(r *rand.Rand, c category) (e, n float64) {
	e, n = cellCentre(l.inside[l.where(c).pick(r)])
	return e - landM/2 + 1 + math.Floor(r.Float64()*(landM-2)), n - landM/2 + 1 + math.Floor(r.Float64()*(landM-2))
}
