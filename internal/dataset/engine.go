package dataset

import "time"

// All in seconds.
const (
	maxAttendance = 1200 // the publication leaves out what is later
	maxHandling   = 3600 // longer is a mobilisation that belongs to something else
	tolerance     = 5    // by which the two tables may differ
	minuteSlack   = 60   // a time in whole minutes is up to this early
)

// arrival is one engine's arrival at one incident.
type arrival struct {
	ok         bool
	attendance int32
	handling   int32 // missing where unknown
	delay      int32
	station    uint16
	from       targetFrom
}

// scene is one incident with what is known of the engines sent to it.
type scene struct {
	call   *call
	mobs   []sent // by id, without copies
	called int64  // the resolved instant of the call, Unix seconds
	tally  *tally
}

// arrivals finds the first and the second engine.
func (s *scene) arrivals() [2]arrival {
	first, second := s.engine(1), s.engine(2)
	switch {
	case first.ok && second.ok && second.attendance < first.attendance:
		s.tally[secondSooner]++
	case second.ok && !first.ok:
		s.tally[secondAlone]++
	}
	return [2]arrival{first, second}
}

// engine reads one engine's arrival from its mobilisation, else from the
// incident's own columns.
func (s *scene) engine(pump uint8) arrival {
	own := s.call.own[pump-1]
	a := arrival{handling: missing, delay: missing, station: own.station}
	seconds := own.seconds
	m := s.find(pump)
	switch {
	case m != nil:
		seconds = m.attendance
		if own.seconds != missing && distance(own.seconds, seconds) > tolerance {
			s.tally[disagree]++
		}
		if m.station != 0 {
			a.station = m.station
		}
		a.delay, a.from = m.delay, fromMobilisation
	case own.seconds != missing && len(s.mobs) > 0:
		s.tally[noEngineRow]++
	}
	a.ok = s.accept(pump, seconds)
	if !a.ok {
		return a
	}
	a.attendance = seconds
	if m != nil {
		a.handling = s.handling(m)
	}
	return a
}

// accept says whether an attendance time can be a target, and counts why not.
func (s *scene) accept(pump uint8, seconds int32) bool {
	switch {
	case seconds == missing:
		if pump == 1 {
			s.tally[noFirstTime]++
		}
		return false
	case seconds < 1:
		s.tally[notPositive]++
		return false
	case seconds > maxAttendance:
		s.tally[overLimit]++
		return false
	}
	return true
}

func distance(a, b int32) int64 { return max(int64(a)-int64(b), int64(b)-int64(a)) }

// find returns the mobilisation with a time that is reported as the engine; where
// none is, the one of that PumpOrder. Of several the one that arrived first.
func (s *scene) find(pump uint8) *sent {
	var byReport, byOrder *sent
	several := false
	for i := range s.mobs {
		m := &s.mobs[i]
		switch {
		case m.attendance == missing:
		case m.pump == pump:
			several = several || byReport != nil
			byReport = sooner(byReport, m)
		case m.pump != 0:
			// the other engine
		case m.order == int32(pump):
			byOrder = sooner(byOrder, m)
		}
	}
	if several {
		s.tally[severalReports]++
	}
	if byReport != nil {
		return byReport
	}
	return byOrder
}

// sooner is the mobilisation that arrived first; a, which has the smaller id,
// where that is not known.
func sooner(a, b *sent) *sent {
	if a == nil || (a.arrived != unknown && b.arrived != unknown && b.arrived < a.arrived) {
		return b
	}
	return a
}

// handling is call to mobilisation in seconds, missing where it cannot be known.
func (s *scene) handling(m *sent) int32 {
	why := noMobilised
	if m.mobilised != unknown {
		why = minutesOnly
		if m.seconds {
			switch d := m.mobilised - s.called; {
			case d < 0:
				why = handlingNegative
			case d == 0:
				// The files of recent years give the mobilisation's second as the time of
				// the call: nobody answers, asks and sends within one second.
				why = handlingNone
			case d > maxHandling:
				why = handlingLong
			default:
				return int32(d)
			}
		}
	}
	s.tally[why]++
	return missing
}

// resolve finds the instant of the call. On the last Sunday of October the London
// clock shows 01:00 to 02:00 twice, so that the published wall clock names two
// instants: the mobilisations, which are in GMT, decide; without any the first
// pass (summer time) is taken, whatever the time package made of it.
func (s *scene) resolve() {
	s.called = s.call.at
	if s.call.doubt&repeated == 0 {
		return
	}
	var first *sent
	for i := range s.mobs {
		if m := &s.mobs[i]; m.mobilised != unknown && (first == nil || m.mobilised < first.mobilised) {
			first = m
		}
	}
	if first == nil {
		s.tally[hourAssumed]++
		return
	}
	s.tally[hourResolved]++
	slack := int64(0)
	if !first.seconds {
		slack = minuteSlack
	}
	late := s.call.at + 3600
	if first.mobilised-late > -slack || first.mobilised == late {
		s.called = late
	}
}

// passes returns the two instants that a repeated wall clock names.
func passes(t time.Time) (early, late time.Time, twice bool) {
	if t.Hour() != 1 {
		return t, t, false // spares nearly every call the two look-ups
	}
	if u := t.Add(time.Hour); u.Hour() == 1 {
		return t, u, true
	}
	if u := t.Add(-time.Hour); u.Hour() == 1 {
		return u, t, true
	}
	return t, t, false
}
