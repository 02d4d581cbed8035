package dataset

import (
	"strconv"
	"time"

	"lfb/internal/lfb"
)

const (
	maxAttendance = 1200        // the publication leaves out what is later
	maxHandling   = time.Hour   // longer is a mobilisation that belongs to something else
	tolerance     = 5           // seconds by which the two tables may differ
	minuteSlack   = time.Minute // a time in whole minutes is up to this early
)

// arrival is one engine's arrival at one incident.
type arrival struct {
	ok         bool
	attendance int32
	handling   int32 // missing where unknown
	station    string
	delay      int32
	from       targetFrom
}

// scene is one incident with what is known of the engines sent to it.
type scene struct {
	inc    *lfb.Incident
	mobs   []lfb.Mobilisation
	called time.Time // the resolved instant of the call
	tally  *tally
}

// arrivals finds the first and the second engine.
func (s *scene) arrivals() [2]arrival {
	first := s.engine(1, s.inc.FirstPumpArrivingAttendanceTime, s.inc.FirstPumpArrivingDeployedFromStation)
	second := s.engine(2, s.inc.SecondPumpArrivingAttendanceTime, s.inc.SecondPumpArrivingDeployedFromStation)
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
func (s *scene) engine(pump int, own lfb.Opt[int], ownStation string) arrival {
	a := arrival{handling: missing, delay: missing, station: ownStation}
	seconds := own
	m := find(pump, s.mobs, s.tally)
	switch {
	case m != nil:
		seconds = m.AttendanceTimeSeconds
		if own.OK && distance(own.V, seconds.V) > tolerance {
			s.tally[disagree]++
		}
		if m.DeployedFromStationName != "" {
			a.station = m.DeployedFromStationName
		}
		a.delay, a.from = whole(m.DelayCodeID), fromMobilisation
	case own.OK && len(s.mobs) > 0:
		s.tally[noEngineRow]++
	}
	a.ok = s.accept(pump, seconds)
	if !a.ok {
		return a
	}
	a.attendance = int32(seconds.V)
	if m != nil {
		a.handling = handling(m, s.called, s.tally)
	}
	return a
}

// accept says whether an attendance time can be a target, and counts why not.
func (s *scene) accept(pump int, seconds lfb.Opt[int]) bool {
	switch {
	case !seconds.OK:
		if pump == 1 {
			s.tally[noFirstTime]++
		}
		return false
	case seconds.V < 1:
		s.tally[notPositive]++
		return false
	case seconds.V > maxAttendance:
		s.tally[overLimit]++
		return false
	}
	return true
}

func distance(a, b int) int {
	if a < b {
		return b - a
	}
	return a - b
}

// find returns the mobilisation with a time that is reported as the engine; where
// none is, the one of that PumpOrder. Of several the one that arrived first.
func find(pump int, mobs []lfb.Mobilisation, t *tally) *lfb.Mobilisation {
	var byReport, byOrder *lfb.Mobilisation
	report := strconv.Itoa(pump)
	several := false
	for i := range mobs {
		m := &mobs[i]
		switch {
		case !m.AttendanceTimeSeconds.OK:
		case m.PerformanceReporting == report:
			several = several || byReport != nil
			byReport = sooner(byReport, m)
		case m.PerformanceReporting == "1" || m.PerformanceReporting == "2":
			// the other engine
		case m.PumpOrder == lfb.Some(pump):
			byOrder = sooner(byOrder, m)
		}
	}
	if several {
		t[severalReports]++
	}
	if byReport != nil {
		return byReport
	}
	return byOrder
}

// sooner is the mobilisation that arrived first; a, which has the smaller id,
// where that is not known.
func sooner(a, b *lfb.Mobilisation) *lfb.Mobilisation {
	if a == nil || (a.ArrivedAt.OK && b.ArrivedAt.OK && b.ArrivedAt.V.Before(a.ArrivedAt.V)) {
		return b
	}
	return a
}

// handling is call to mobilisation in seconds, missing where it cannot be known.
func handling(m *lfb.Mobilisation, called time.Time, t *tally) int32 {
	if !m.MobilisedAt.OK {
		t[noMobilised]++
		return missing
	}
	if !m.MobilisedHasSeconds {
		t[minutesOnly]++
		return missing
	}
	switch d := m.MobilisedAt.V.Sub(called); {
	case d < 0:
		t[handlingNegative]++
		return missing
	case d == 0:
		// The files of recent years give the mobilisation's second as the time of
		// the call: nobody answers, asks and sends within one second.
		t[handlingNone]++
		return missing
	case d > maxHandling:
		t[handlingLong]++
		return missing
	default:
		return int32(d / time.Second)
	}
}

// resolve returns the instant of a call. On the last Sunday of October the London
// clock shows 01:00 to 02:00 twice, so that the published wall clock names two
// instants: the mobilisations, which are in GMT, decide; without any the first
// pass (summer time) is taken, whatever the time package made of it.
func resolve(called time.Time, mobs []lfb.Mobilisation, t *tally) time.Time {
	called = called.In(lfb.London)
	early, late, twice := passes(called)
	if !twice {
		return called
	}
	first := firstMobilised(mobs)
	if first == nil {
		t[hourAssumed]++
		return early
	}
	t[hourResolved]++
	slack := time.Duration(0)
	if !first.MobilisedHasSeconds {
		slack = minuteSlack
	}
	if first.MobilisedAt.V.Sub(late) > -slack || first.MobilisedAt.V.Equal(late) {
		return late
	}
	return early
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

func firstMobilised(mobs []lfb.Mobilisation) *lfb.Mobilisation {
	var first *lfb.Mobilisation
	for i := range mobs {
		m := &mobs[i]
		if m.MobilisedAt.OK && (first == nil || m.MobilisedAt.V.Before(first.MobilisedAt.V)) {
			first = m
		}
	}
	return first
}
