package clean

import (
	"time"

	"lfb/internal/lfb"
	"lfb/internal/table"
)

// The columns of the mobilisation table that are read by themselves, in the order of columns.
const (
	mNumber = iota
	mID
	mMobilised
)

// Mobilisations parses the rows of one mobilisation file. It is for one goroutine.
type Mobilisations struct {
	row
	out     lfb.Mobilisation // the row's, which the columns are read into
	given   table.Clock      // of the row's MobilisedAt
	seconds bool             // some instant of the row has other than :00
}

func (p *Mobilisations) columns() []column {
	d := &p.out
	return []column{
		mNumber:    {name: "IncidentNumber", key: true},
		mID:        {name: "ResourceMobilisationId", key: true},
		mMobilised: {name: "DateAndTimeMobilised", key: true},

		{name: "CalYear", read: p.fromMobilised(2000, 2099, &d.CalYear, time.Time.Year)},
		{name: "HourOfCall", read: p.fromMobilised(0, 23, &d.HourOfCall, time.Time.Hour)},
		{name: "BoroughName", also: []string{"IncGeo_BoroughName"}, read: words(place, &d.BoroughName)},
		{name: "WardName", also: []string{"IncGeo_WardName"}, read: words(place, &d.WardName)},
		{name: "Resource_Code", read: words(unchanged, &d.ResourceCode)},
		{name: "PerformanceReporting", read: words(report, &d.PerformanceReporting)},
		{name: "DateAndTimeMobile", read: p.later(&d.MobileAt)},
		{name: "DateAndTimeArrived", read: p.later(&d.ArrivedAt)},
		{name: "DateAndTimeLeft", read: p.later(&d.LeftAt)},
		{name: "DateAndTimeReturned", read: p.later(&d.ReturnedAt)},
		{name: "TurnoutTimeSeconds", read: whole(0, maxAttendance, &d.TurnoutTimeSeconds)},
		{name: "TravelTimeSeconds", read: whole(0, maxAttendance, &d.TravelTimeSeconds)},
		{name: "AttendanceTimeSeconds", read: whole(1, maxAttendance, &d.AttendanceTimeSeconds)},
		{name: "DeployedFromStation_Code", read: words(unchanged, &d.DeployedFromStationCode)},
		{name: "DeployedFromStation_Name", read: words(station, &d.DeployedFromStationName)},
		{name: "DeployedFromLocation", read: words(unchanged, &d.DeployedFromLocation)},
		{name: "PumpOrder", read: whole(1, 1000, &d.PumpOrder)},
		{name: "PlusCode_Code", read: words(capital, &d.PlusCodeCode)},
		{name: "PlusCode_Description", read: words(unchanged, &d.PlusCodeDescription)},
		{name: "DelayCodeId", read: whole(0, 1000, &d.DelayCodeID)},
		{name: "DelayCode_Description", read: words(delay, &d.DelayCodeDescription)},
		// Old files say that the instants are GMT; all are.
		{name: "TimeMobileTimezoneId"},
		{name: "TimeArrivedTimezoneId"},
	}
}

// NewMobilisations finds the columns of the table in a file's header, like
// NewIncidents. The key columns are IncidentNumber, ResourceMobilisationId and
// DateAndTimeMobilised.
func NewMobilisations(header []string) (*Mobilisations, error) {
	p := &Mobilisations{}
	var err error
	p.layout, err = newLayout(lfb.MobilisationFile, p.columns(), header)
	return p, err
}

// Tally is what became of the rows so far.
func (p *Mobilisations) Tally() *Tally { return &p.tally }

// Parse reads one row into dst, all of it, or says why the row cannot be used.
// Its texts may be parts of fields: who keeps rows clones them.
func (p *Mobilisations) Parse(line int64, fields []string, dst *lfb.Mobilisation) *lfb.Reject {
	p.out = lfb.Mobilisation{}
	bad := p.start(line, fields)
	if bad == nil {
		bad = p.keys(&p.out)
	}
	if bad != nil {
		*dst = lfb.Mobilisation{}
		return p.tally.reject(bad)
	}
	p.seconds = p.out.MobilisedAt.OK && p.out.MobilisedAt.V.Second() != 0
	p.readColumns()
	p.out.DelayCodeID.OK = p.out.DelayCodeID.V > 0 // 0 was written for none in 2016
	p.out.MobilisedHasSeconds = p.out.MobilisedAt.OK && p.exact(&p.out)
	*dst = p.out
	p.tally.accept(dst.MobilisedAt.V, !dst.AttendanceTimeSeconds.OK)
	return nil
}

// keys reads what no row can be without. A mobilisation without an instant is of
// use (its seconds are), one with an instant that is no time is not.
func (p *Mobilisations) keys(dst *lfb.Mobilisation) *lfb.Reject {
	s := p.text(mNumber)
	if s == "" {
		return p.reject(mNumber, noKey)
	}
	number, mended, ok := incidentNumber(s)
	if !ok {
		return p.reject(mNumber, badKey)
	}
	if s = p.text(mID); s == "" {
		return p.reject(mID, noKey)
	}
	id, ok := table.ParseWhole(s)
	if !ok || id <= 0 {
		return p.reject(mID, badKey)
	}
	dst.IncidentNumber, dst.ResourceMobilisationID = number, id
	if s = p.text(mMobilised); s != "" {
		at, t, ok := p.instant(mMobilised, s, number)
		if !ok {
			return p.reject(mMobilised, badDate)
		}
		dst.MobilisedAt, p.given = lfb.Some(at), t
	}
	if mended {
		p.repair(mNumber, hyphenLost)
	}
	return nil
}

// instant reads s, of column c, which is GMT, and what its clock shows. A spreadsheet
// leaves out the time at midnight.
func (p *Mobilisations) instant(c int, s, number string) (at time.Time, t table.Clock, ok bool) {
	day, rest, swapped, ok := parseDay(s, number)
	if ok && rest != "" {
		t, ok = parseClock(rest)
	}
	if ok && swapped {
		p.repair(c, monthFirst)
	}
	return day.At(t, time.UTC), t, ok
}

// later reads an instant that comes after the mobilisation.
func (p *Mobilisations) later(dst *lfb.Opt[time.Time]) func(*row, int) {
	return func(_ *row, c int) {
		s := p.text(c)
		if s == "" {
			return
		}
		at, _, ok := p.instant(c, s, p.out.IncidentNumber)
		start := p.out.MobilisedAt
		switch {
		case !ok:
			p.repair(c, notTime)
		case start.OK && at.Before(start.V.Truncate(time.Minute)):
			p.repair(c, beforeStart)
		default:
			*dst = lfb.Some(at)
			p.seconds = p.seconds || at.Second() != 0
		}
	}
}

// exact reports whether MobilisedAt is to the second. Files have been passed on
// with every second written as :00: when no instant of a row has any, and the
// published seconds do not fit between them, they were cut off.
func (p *Mobilisations) exact(dst *lfb.Mobilisation) bool {
	if !p.given.HasSeconds || p.seconds {
		return p.given.HasSeconds
	}
	if dst.ArrivedAt.OK && dst.AttendanceTimeSeconds.OK {
		between := dst.ArrivedAt.V.Sub(dst.MobilisedAt.V)
		if between == time.Duration(dst.AttendanceTimeSeconds.V)*time.Second {
			return true
		}
	}
	others := dst.MobileAt.OK || dst.ArrivedAt.OK || dst.LeftAt.OK || dst.ReturnedAt.OK
	if others {
		p.repair(mMobilised, noSeconds)
	}
	return !others
}

// fromMobilised reads a number of the call that the mobilisation tells too, in London.
func (p *Mobilisations) fromMobilised(low, high int64, dst *int, told func(time.Time) int) func(*row, int) {
	return func(_ *row, c int) {
		if v := p.small(c, low, high); v.OK {
			*dst = v.V
		} else if p.out.MobilisedAt.OK {
			*dst = told(p.out.MobilisedAt.V.In(lfb.London))
			p.repair(c, fromMobilised)
		}
	}
}
