package dataset

import (
	"strconv"
	"time"

	"lfb/internal/lfb"
)

// Limits of an attendance and its call handling.
const (
	maxAttendanceSeconds = 1200 // the publication leaves out what is later
	maxHandling          = time.Hour
	maxDifference        = 5           // seconds by which the two tables may differ
	minuteSlack          = time.Minute // a time in whole minutes is up to this early
)

// arrival is one engine's arrival at one incident.
type arrival struct {
	ok         bool
	attendance int32 // seconds
	handling   int32 // seconds; missing where unknown
	delay      int32
	station    string
	from       targetFrom
}

// incidentGroup is one incident with the mobilisations of its engines, by id and
// without copies.
type incidentGroup struct {
	incident      *lfb.Incident
	mobilisations []lfb.Mobilisation
	tally         *tally
}

// findArrivals finds the first and the second engine.
func (g *incidentGroup) findArrivals(called time.Time) [2]arrival {
	inc := g.incident
	first := g.readArrival(1, called, inc.FirstPumpArrivingAttendanceTime, inc.FirstPumpArrivingDeployedFromStation)
	second := g.readArrival(2, called, inc.SecondPumpArrivingAttendanceTime, inc.SecondPumpArrivingDeployedFromStation)
	switch {
	case first.ok && second.ok && second.attendance < first.attendance:
		g.tally[secondSooner]++
	case second.ok && !first.ok:
		g.tally[secondAlone]++
	}
	return [2]arrival{first, second}
}

// readArrival reads one engine's arrival from its mobilisation, else from the
// incident's own columns.
func (g *incidentGroup) readArrival(pump int, called time.Time, ownSeconds lfb.Opt[int], ownStation string) arrival {
	a := arrival{handling: missing, delay: missing, station: ownStation}
	seconds := ownSeconds
	m := g.findMobilisation(pump)
	switch {
	case m != nil:
		seconds = m.AttendanceTimeSeconds
		if ownSeconds.OK && max(ownSeconds.V-seconds.V, seconds.V-ownSeconds.V) > maxDifference {
			g.tally[disagree]++
		}
		if m.DeployedFromStationName != "" {
			a.station = m.DeployedFromStationName
		}
		a.delay, a.from = toInt32(m.DelayCodeID), fromMobilisation
	case ownSeconds.OK && len(g.mobilisations) > 0:
		g.tally[noEngineRow]++
	}
	if a.ok = g.acceptAttendance(pump, seconds); !a.ok {
		return a
	}
	a.attendance = int32(seconds.V)
	if m != nil {
		a.handling = g.callHandling(m, called)
	}
	return a
}

// acceptAttendance says whether an attendance time can be a target, and counts why not.
func (g *incidentGroup) acceptAttendance(pump int, seconds lfb.Opt[int]) bool {
	switch {
	case !seconds.OK:
		if pump == 1 {
			g.tally[noFirstTime]++
		}
		return false
	case seconds.V < 1:
		g.tally[notPositive]++
		return false
	case seconds.V > maxAttendanceSeconds:
		g.tally[overLimit]++
		return false
	}
	return true
}

// findMobilisation returns the mobilisation with a time that is reported as the engine;
// where none is, the one of that PumpOrder. Of several the one that arrived first.
func (g *incidentGroup) findMobilisation(pump int) *lfb.Mobilisation {
	var byReport, byOrder *lfb.Mobilisation
	report := strconv.Itoa(pump)
	several := false
	for i := range g.mobilisations {
		m := &g.mobilisations[i]
		switch {
		case !m.AttendanceTimeSeconds.OK:
		case m.PerformanceReporting == report:
			several = several || byReport != nil
			byReport = earlierArrival(byReport, m)
		case m.PerformanceReporting == "1" || m.PerformanceReporting == "2":
			// the other engine
		case m.PumpOrder == lfb.Some(pump):
			byOrder = earlierArrival(byOrder, m)
		}
	}
	if several {
		g.tally[severalReports]++
	}
	if byReport != nil {
		return byReport
	}
	return byOrder
}

// earlierArrival is the mobilisation that arrived first; a, which has the smaller id,
// where that is not known.
func earlierArrival(a, b *lfb.Mobilisation) *lfb.Mobilisation {
	if a == nil || (a.ArrivedAt.OK && b.ArrivedAt.OK && b.ArrivedAt.V.Before(a.ArrivedAt.V)) {
		return b
	}
	return a
}

// callHandling is call to mobilisation in seconds, missing where it cannot be known.
func (g *incidentGroup) callHandling(m *lfb.Mobilisation, called time.Time) int32 {
	handling := m.MobilisedAt.V.Sub(called)
	var why reason
	switch {
	case !m.MobilisedAt.OK:
		why = noMobilised
	case !m.MobilisedHasSeconds:
		why = minutesOnly
	case handling < 0:
		why = handlingNegative
	case handling == 0:
		// The files of recent years give the mobilisation's second as the time of
		// the call: nobody answers, asks and sends within one second.
		why = handlingNone
	case handling > maxHandling:
		why = handlingLong
	default:
		return int32(handling / time.Second)
	}
	g.tally[why]++
	return missing
}

// resolveCallTime returns the instant of the call, in London. On the last Sunday of
// October the London clock shows 01:00 to 02:00 twice, so that the published wall clock
// names two instants: the mobilisations, which are in GMT, decide; without any the first
// pass (summer time) is taken, whatever the time package made of it.
func (g *incidentGroup) resolveCallTime() time.Time {
	early, late, twice := ambiguousInstants(g.incident.CalledAt.In(lfb.London))
	if !twice {
		return early
	}
	first := g.firstMobilised()
	if first == nil {
		g.tally[hourAssumed]++
		return early
	}
	g.tally[hourResolved]++
	slack := time.Duration(0)
	if !first.MobilisedHasSeconds {
		slack = minuteSlack
	}
	if first.MobilisedAt.V.Sub(late) > -slack || first.MobilisedAt.V.Equal(late) {
		return late
	}
	return early
}

func (g *incidentGroup) firstMobilised() *lfb.Mobilisation {
	var first *lfb.Mobilisation
	for i := range g.mobilisations {
		m := &g.mobilisations[i]
		if m.MobilisedAt.OK && (first == nil || m.MobilisedAt.V.Before(first.MobilisedAt.V)) {
			first = m
		}
	}
	return first
}

// ambiguousInstants returns the two instants that a repeated wall clock names; t twice
// where it names one.
func ambiguousInstants(t time.Time) (early, late time.Time, twice bool) {
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
