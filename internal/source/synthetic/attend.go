package synthetic

import (
	"math"
	"slices"
)

const longest = 1200 // seconds; later arrivals are not published

// delayReason is why an engine was held up.
type delayReason uint8

const (
	noDelay delayReason = iota
	notHeldUp
	badAddress
	calming
	traffic
	weather
	radio
)

// hourlyFactors holds one factor for each hour of London's clock.
type hourlyFactors [24]float64

func turnoutMedian() hourlyFactors {
	return hourlyFactors{80, 84, 88, 91, 94, 94, 87, 74, 66, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 65, 68, 73}
}

func trafficFactor() hourlyFactors {
	return hourlyFactors{
		.96, .93, .92, .91, .91, .92, .98, 1.0, .99, .98, 1.0, 1.03, 1.05, 1.04, 1.09, 1.10, 1.09, 1.08,
		1.04, 1.0, .95, .95, .92, .95,
	}
}

func awayFactor() hourlyFactors {
	return hourlyFactors{
		.85, .8, .78, .75, .75, .75, .78, .85, .95, 1.05, 1.12, 1.15, 1.12, 1.08, 1.1, 1.12, 1.12, 1.1,
		1.08, 1.05, 1, .98, .92, .9,
	}
}

// attendIncident sends engines until n have arrived, and fills in the rest of the
// incident's record.
//
// What is drawn of a call, and of each engine in it, depends on nothing else: where a station is closed,
// all other engines fare as they would have.
func (s *simulation) attendIncident(c *incidentCall, n int, seed uint64) {
	c.seed = seed
	s.call.seed(seed)
	s.l.roads.fillRoutes(&s.ways, c.e, c.n)
	c.ground = s.ways[0].station
	from := len(s.pool)
	if n > 0 {
		s.sendEngines(c, n)
	}
	c.engines = s.pool[from:len(s.pool):len(s.pool)]
	slices.SortStableFunc(c.engines, func(a, b sentEngine) int { return int(a.arrivedAt() - b.arrivedAt()) })
	s.recordOutcome(c)
}

// sendEngines draws which engines go, nearest free one first, and how each fares.
func (s *simulation) sendEngines(c *incidentCall, n int) {
	t := &s.l.kinds.stops[c.stop]
	mobilised := c.elapsed + int32(drawLognormal(s.call.Rand, t.callMedian, .42))
	// What all engines to one call share, and no table tells: the street, the day.
	shared := math.Exp(.13 * s.call.NormFloat64())
	from := len(s.pool)
	for round := 0; n > 0; round++ {
		for _, w := range s.ways {
			st := &s.l.stations[w.station]
			for number := uint8(1); int(number) <= st.engines && n > 0; number++ {
				isAway := s.isAway(c, w.station, number)
				isLate, late := s.engine.Float64() < .14, int32(35*s.engine.ExpFloat64())
				// Whoever was away in the first round comes in the later ones.
				if round == 0 && isAway {
					continue
				}
				at := mobilised
				if round > 0 || len(s.pool) > from && isLate {
					at += late
				}
				e := s.driveEngine(c, w, number, at, shared)
				if k := len(s.pool) - 1; k >= from && s.pool[k].station == w.station && s.engine.Float64() < .8 {
					e = s.followLeader(e, &s.pool[k])
				}
				s.pool = append(s.pool, e)
				n--
			}
			if n == 0 {
				return
			}
		}
	}
}

// isAway draws whether a station's engine is away at a call. What else is drawn of that engine follows.
func (s *simulation) isAway(c *incidentCall, station, number uint8) bool {
	s.engine.seed(hashWords(c.seed, uint64(station), uint64(number)))
	return s.engine.Float64() < s.l.stations[station].away*s.l.rhythm.away[c.wall/3600]
}

// driveEngine draws the times of one engine. A draw beyond what is published is drawn again:
// the published times are those that happened to be short enough.
func (s *simulation) driveEngine(c *incidentCall, w routeLeg, number uint8, mobilised int32,
	shared float64,
) sentEngine {
	e := sentEngine{station: w.station, number: number, mobilised: mobilised}
	e.borrowed = s.engine.Float64() < .035
	hour := c.wall / 3600
	// Gates, junctions and the last yards take as long however near the station is.
	quiet := (47 + .78*w.seconds) * s.l.rhythm.traffic[hour] * shared * s.drift
	for try := 0; ; try++ {
		turnout := drawLognormal(s.engine.Rand, s.l.rhythm.turnout[hour], .40)
		travel := quiet*math.Exp(.18*s.engine.NormFloat64()) + c.lateSeconds + s.l.kinds.stops[c.stop].lateSeconds
		e.delay = noDelay
		switch u := s.engine.Float64(); {
		case u < .012: // there already, or the button was pressed late
			turnout, travel = 0, 1+44*s.engine.Float64()
		case u < .062: // out on the road, often nearer than its station
			turnout, travel = 6+20*s.engine.Float64(), travel*(.35+.8*s.engine.Float64())
		default:
			travel += s.holdUp(&e, hour)
		}
		e.turnout, e.travel = int32(min(turnout, 600)), int32(max(travel, 3))
		if e.attendanceSeconds() <= longest {
			return e
		}
		if try == 6 { // farther than any engine gets in time: the last minutes
			e.travel = int32(longest) - e.turnout - int32(s.engine.IntN(300))
			return e
		}
	}
}

// followLeader gives e the times of an engine that drives behind its station's other engine.
func (s *simulation) followLeader(e sentEngine, leader *sentEngine) sentEngine {
	e.mobilised, e.delay = leader.mobilised, leader.delay
	e.turnout = leader.turnout
	e.travel = min(leader.travel+1+int32(14*s.engine.ExpFloat64()), longest-e.turnout)
	return e
}

// holdUp draws what keeps an engine, in seconds, and what is noted about it.
func (s *simulation) holdUp(e *sentEngine, hour int32) float64 {
	busy := s.l.rhythm.traffic[hour]
	u := s.engine.Float64()
	switch {
	case u < .075*busy*busy*busy:
		e.delay = traffic
		return 95 * s.engine.ExpFloat64()
	case u < .105:
		e.delay = badAddress
		return 150 * s.engine.ExpFloat64()
	case u < .120:
		e.delay = calming
		return 45 * s.engine.ExpFloat64()
	case u < .124:
		e.delay = weather
		return 70 * s.engine.ExpFloat64()
	case u < .130:
		e.delay = radio
		return 140 * s.engine.ExpFloat64()
	case u < .30:
		e.delay = notHeldUp
	}
	return 0
}

// recordOutcome fills in what is known only after the incident.
func (s *simulation) recordOutcome(c *incidentCall) {
	t := &s.l.kinds.stops[c.stop]
	seen := [2]uint64{}
	for i := range c.engines {
		e := &c.engines[i]
		if bit := uint64(1) << (e.station % 64); seen[e.station/64]&bit == 0 {
			seen[e.station/64] |= bit
			c.stations++
		}
	}
	c.pumps = len(c.engines)
	if c.pumps == 0 && s.call.Float64() < .81 {
		c.pumps, c.stations = 1, 1
	}
	c.total, c.minutes = max(c.pumps, 1), 60
	median := 13 + 6*float64(c.pumps)
	if s.call.Float64() < t.long {
		more := 70 * s.call.ExpFloat64() * float64(c.total)
		c.minutes += int(more)
		c.total += int(more / 400)
		median += more / 2
	}
	for i := range c.engines {
		e := &c.engines[i]
		e.left = e.arrivedAt() + int32(min(60*drawLognormal(s.call.Rand, median, .55), 20*3600))
		e.back = e.left + int32(drawLognormal(s.call.Rand, 420, .4))
	}
	c.calls = 1 + min(60, int(math.Log(1-s.call.Float64())/math.Log(t.calls/(1+t.calls))))
}
