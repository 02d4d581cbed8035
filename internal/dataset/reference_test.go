package dataset

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"math"
	"slices"
	"strconv"
	"time"

	"lfb/internal/lfb"
)

// The join as it was before its rows were compact: one merge of both streams, row
// by row, on whole structs. TestBuildAgrees holds Build to it.

// referenceMonths joins in and returns the months' files by name, and the tally.
func referenceMonths(ctx context.Context, in Input, opts Options) (map[string][]byte, *tally, error) {
	b := &refBuilder{opts: opts, dicts: newDictionaries(), months: map[string]*bucket{}}
	if err := refJoin(ctx, in, opts.Origin, &b.tally, b.add); err != nil {
		return nil, nil, err
	}
	files := map[string][]byte{}
	for name, month := range b.months {
		slices.SortFunc(month.rows, month.compare)
		body, err := written(month, &b.dicts)
		if err != nil {
			return nil, nil, err
		}
		files[name] = body
	}
	return files, &b.tally, nil
}

type refBuilder struct {
	opts   Options
	dicts  [textCount]*dictionary
	months map[string]*bucket
	tally  tally
}

type refArrival struct {
	ok         bool
	attendance int32
	handling   int32
	station    string
	delay      int32
	from       targetFrom
}

// add makes the rows of one incident.
func (b *refBuilder) add(inc *lfb.Incident, mobs []lfb.Mobilisation) error {
	if n := len(inc.IncidentNumber); n == 0 || n > math.MaxUint8 {
		return fmt.Errorf("incident number of %d characters: %w", n, lfb.ErrInvalid)
	}
	if inc.CalledAt.IsZero() {
		b.tally[noCallTime]++
		return nil
	}
	s := refScene{inc: inc, mobs: mobs, called: refResolve(inc.CalledAt, mobs, &b.tally), tally: &b.tally}
	engines := s.arrivals()
	if !engines[0].ok && !engines[1].ok {
		return nil
	}
	r, ok, err := b.facts(inc, s.called)
	if err != nil || !ok {
		return err
	}
	return b.append(inc.IncidentNumber, r, engines)
}

// append puts the rows of one incident into its month.
func (b *refBuilder) append(incident string, r record, engines [2]refArrival) error {
	name := midnight(r.day).Format("2006-01")
	month := b.months[name]
	if month == nil {
		month = &bucket{numbers: &numbers{}}
		b.months[name] = month
	}
	r.id = month.numbers.of([]byte(incident))
	for i, e := range engines {
		if !e.ok {
			continue
		}
		station, err := b.dicts[textArrivedFrom].code(e.station)
		if err != nil {
			return fmt.Errorf("arrived_from: %w", err)
		}
		r.pump, r.from, r.text[textArrivedFrom] = uint8(i+1), e.from, station
		r.num[numAttendance], r.num[numHandling], r.num[numDelay] = e.attendance, e.handling, e.delay
		month.rows = append(month.rows, r)
	}
	return nil
}

// facts is the part of the row that an incident's engines share; ok is false
// where there is no place.
func (b *refBuilder) facts(inc *lfb.Incident, called time.Time) (r record, ok bool, err error) {
	r.at, r.day = called.Unix(), londonDay(called)
	p := refPlace(inc, &b.tally)
	if !p.known() {
		b.tally[noPlace]++
		return r, false, nil
	}
	r.num = [numCount]int32{
		numEasting: p.easting, numNorthing: p.northing,
		numAttendance: missing, numHandling: missing, numDelay: missing,
		numStations: whole(inc.NumStationsWithPumpsAttending), numPumps: whole(inc.NumPumpsAttending),
		numPumpCount: whole(inc.PumpCount), numPumpMinutes: whole(inc.PumpMinutesRounded),
	}
	for k, word := range [textCount]string{
		textBorough: p.borough, textWard: p.ward, textDistrict: p.district, textGround: p.ground,
		textReported: b.opts.Reported(inc), textCategory: inc.PropertyCategory, textType: inc.PropertyType,
		textGroup: inc.IncidentGroup, textStop: inc.StopCodeDescription,
	} {
		if r.text[k], err = b.dicts[k].code(word); err != nil {
			return r, false, fmt.Errorf("text column %d: %w", k, err)
		}
	}
	return r, true, nil
}

func refPlace(inc *lfb.Incident, t *tally) place {
	p := place{
		easting: cell(inc.EastingRounded, inc.EastingM), northing: cell(inc.NorthingRounded, inc.NorthingM),
		borough: inc.BoroughCode, ward: inc.WardCode, district: inc.PostcodeDistrict, ground: inc.IncidentStationGround,
	}
	if p.borough == noBorough {
		p.borough = ""
	}
	if p.ward == noBorough {
		p.ward = ""
	}
	if isOverBorder(p.ground) {
		p.ground = ""
	}
	if p.borough == "" || isOverBorder(inc.FRS) {
		t[overBorder]++
	}
	switch {
	case p.easting == missing || p.northing == missing:
		p.easting, p.northing = missing, missing
	case p.easting < minEasting || p.easting > maxEasting || p.northing < minNorthing || p.northing > maxNorthing:
		t[farAway]++
		p.easting, p.northing = missing, missing
	}
	return p
}

// refJoin merges the two streams and gives visit each incident with its own
// mobilisations, ordered by ResourceMobilisationID and without copies. Both
// arguments of visit are good for the call only.
func refJoin(ctx context.Context, in Input, origin lfb.Origin, t *tally, visit func(*lfb.Incident, []lfb.Mobilisation) error) error {
	next, stop := iter.Pull2(in.Mobilisations(ctx, origin))
	defer stop()
	g := &refGrouper{next: next, tally: t}
	last, n := "", 0
	for inc, err := range in.Incidents(ctx, origin) {
		if err != nil {
			return fmt.Errorf("incidents after %q: %w", last, err)
		}
		if n > 0 && inc.IncidentNumber <= last {
			return fmt.Errorf("incident %q after %q: not in key order: %w", inc.IncidentNumber, last, lfb.ErrInvalid)
		}
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		mobs, err := g.group(inc.IncidentNumber)
		if err != nil {
			return err
		}
		if err := visit(inc, mobs); err != nil {
			return fmt.Errorf("incident %q: %w", inc.IncidentNumber, err)
		}
		last, n = inc.IncidentNumber, n+1
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return g.drain()
}

// refGrouper collects mobilisations by incident.
type refGrouper struct {
	next  func() (*lfb.Mobilisation, error, bool)
	tally *tally

	head  *lfb.Mobilisation // read ahead; nil before the first and after the last
	last  string            // incident number of the row before head
	begun bool
	buf   []lfb.Mobilisation
	rows  int64
}

// advance moves head to the next mobilisation and checks the order.
func (g *refGrouper) advance() error {
	if g.head != nil {
		g.last = g.head.IncidentNumber
	}
	m, err, ok := g.next()
	g.head, g.begun = nil, true
	if !ok {
		return nil
	}
	if err != nil {
		return fmt.Errorf("mobilisations after incident %q: %w", g.last, err)
	}
	if m.IncidentNumber < g.last {
		return fmt.Errorf("mobilisation %d of incident %q after %q: not in key order: %w",
			m.ResourceMobilisationID, m.IncidentNumber, g.last, lfb.ErrInvalid)
	}
	g.head = m
	g.rows++
	return nil
}

// group returns the mobilisations of one incident; those of incidents before it
// belong to none and are counted.
func (g *refGrouper) group(incident string) ([]lfb.Mobilisation, error) {
	g.buf = g.buf[:0]
	if !g.begun {
		if err := g.advance(); err != nil {
			return nil, err
		}
	}
	for g.head != nil && g.head.IncidentNumber <= incident {
		if g.head.IncidentNumber < incident {
			g.tally[orphan]++
		} else {
			g.buf = append(g.buf, *g.head)
		}
		if err := g.advance(); err != nil {
			return nil, err
		}
	}
	if len(g.buf) > 1 {
		slices.SortFunc(g.buf, compareMobilisations)
		rows := len(g.buf)
		g.buf = slices.CompactFunc(g.buf, func(a, b lfb.Mobilisation) bool {
			return a.ResourceMobilisationID == b.ResourceMobilisationID
		})
		g.tally[duplicate] += int64(rows - len(g.buf))
	}
	return g.buf, nil
}

// drain reads what is left: mobilisations of incidents after the last one.
func (g *refGrouper) drain() error {
	if !g.begun {
		if err := g.advance(); err != nil {
			return err
		}
	}
	for g.head != nil {
		g.tally[orphan]++
		if err := g.advance(); err != nil {
			return err
		}
	}
	return nil
}

// compareMobilisations orders by id. Copies with one id may differ (the same
// engine listed under two boroughs): what a row is made of breaks the tie, so
// that the order in which they came cannot matter.
func compareMobilisations(a, b lfb.Mobilisation) int {
	return cmp.Or(
		cmp.Compare(a.ResourceMobilisationID, b.ResourceMobilisationID),
		cmp.Compare(a.PerformanceReporting, b.PerformanceReporting),
		cmp.Compare(whole(a.PumpOrder), whole(b.PumpOrder)),
		cmp.Compare(whole(a.AttendanceTimeSeconds), whole(b.AttendanceTimeSeconds)),
		a.MobilisedAt.V.Compare(b.MobilisedAt.V),
		a.ArrivedAt.V.Compare(b.ArrivedAt.V),
		cmp.Compare(whole(a.DelayCodeID), whole(b.DelayCodeID)),
		cmp.Compare(a.DeployedFromStationName, b.DeployedFromStationName),
		boolOrder(a.MobilisedHasSeconds, b.MobilisedHasSeconds),
	)
}

// refScene is one incident with what is known of the engines sent to it.
type refScene struct {
	inc    *lfb.Incident
	mobs   []lfb.Mobilisation
	called time.Time // the resolved instant of the call
	tally  *tally
}

// arrivals finds the first and the second engine.
func (s *refScene) arrivals() [2]refArrival {
	first := s.engine(1, s.inc.FirstPumpArrivingAttendanceTime, s.inc.FirstPumpArrivingDeployedFromStation)
	second := s.engine(2, s.inc.SecondPumpArrivingAttendanceTime, s.inc.SecondPumpArrivingDeployedFromStation)
	switch {
	case first.ok && second.ok && second.attendance < first.attendance:
		s.tally[secondSooner]++
	case second.ok && !first.ok:
		s.tally[secondAlone]++
	}
	return [2]refArrival{first, second}
}

// engine reads one engine's arrival from its mobilisation, else from the
// incident's own columns.
func (s *refScene) engine(pump int, own lfb.Opt[int], ownStation string) refArrival {
	a := refArrival{handling: missing, delay: missing, station: ownStation}
	seconds := own
	m := refFind(pump, s.mobs, s.tally)
	switch {
	case m != nil:
		seconds = m.AttendanceTimeSeconds
		if own.OK && max(own.V-seconds.V, seconds.V-own.V) > tolerance {
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
		a.handling = refHandling(m, s.called, s.tally)
	}
	return a
}

// accept says whether an attendance time can be a target, and counts why not.
func (s *refScene) accept(pump int, seconds lfb.Opt[int]) bool {
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

// refFind returns the mobilisation with a time that is reported as the engine; where
// none is, the one of that PumpOrder. Of several the one that arrived first.
func refFind(pump int, mobs []lfb.Mobilisation, t *tally) *lfb.Mobilisation {
	var byReport, byOrder *lfb.Mobilisation
	report := strconv.Itoa(pump)
	several := false
	for i := range mobs {
		m := &mobs[i]
		switch {
		case !m.AttendanceTimeSeconds.OK:
		case m.PerformanceReporting == report:
			several = several || byReport != nil
			byReport = refSooner(byReport, m)
		case m.PerformanceReporting == "1" || m.PerformanceReporting == "2":
			// the other engine
		case m.PumpOrder == lfb.Some(pump):
			byOrder = refSooner(byOrder, m)
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

// refSooner is the mobilisation that arrived first; a, which has the smaller id,
// where that is not known.
func refSooner(a, b *lfb.Mobilisation) *lfb.Mobilisation {
	if a == nil || (a.ArrivedAt.OK && b.ArrivedAt.OK && b.ArrivedAt.V.Before(a.ArrivedAt.V)) {
		return b
	}
	return a
}

// refHandling is call to mobilisation in seconds, missing where it cannot be known.
func refHandling(m *lfb.Mobilisation, called time.Time, t *tally) int32 {
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
	case d > maxHandling*time.Second:
		t[handlingLong]++
		return missing
	default:
		return int32(d / time.Second)
	}
}

// refResolve returns the instant of a call. On the last Sunday of October the London
// clock shows 01:00 to 02:00 twice, so that the published wall clock names two
// instants: the mobilisations, which are in GMT, decide; without any the first
// pass (summer time) is taken, whatever the time package made of it.
func refResolve(called time.Time, mobs []lfb.Mobilisation, t *tally) time.Time {
	called = called.In(lfb.London)
	early, late, twice := passes(called)
	if !twice {
		return called
	}
	first := refFirstMobilised(mobs)
	if first == nil {
		t[hourAssumed]++
		return early
	}
	t[hourResolved]++
	slack := time.Duration(0)
	if !first.MobilisedHasSeconds {
		slack = minuteSlack * time.Second
	}
	if first.MobilisedAt.V.Sub(late) > -slack || first.MobilisedAt.V.Equal(late) {
		return late
	}
	return early
}

func refFirstMobilised(mobs []lfb.Mobilisation) *lfb.Mobilisation {
	var first *lfb.Mobilisation
	for i := range mobs {
		m := &mobs[i]
		if m.MobilisedAt.OK && (first == nil || m.MobilisedAt.V.Before(first.MobilisedAt.V)) {
			first = m
		}
	}
	return first
}
