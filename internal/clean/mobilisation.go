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

		{name: "CalYear", read: p.readOrDerive(2000, 2099, &d.CalYear, time.Time.Year)},
		{name: "HourOfCall", read: p.readOrDerive(0, 23, &d.HourOfCall, time.Time.Hour)},
		{name: "BoroughName", also: []string{"IncGeo_BoroughName"}, read: readText(spellPlace, &d.BoroughName)},
		{name: "WardName", also: []string{"IncGeo_WardName"}, read: readText(spellPlace, &d.WardName)},
		{name: "Resource_Code", read: readText(keepSpelling, &d.ResourceCode)},
		{name: "PerformanceReporting", read: readText(spellReport, &d.PerformanceReporting)},
		{name: "DateAndTimeMobile", read: p.readInstant(&d.MobileAt)},
		{name: "DateAndTimeArrived", read: p.readInstant(&d.ArrivedAt)},
		{name: "DateAndTimeLeft", read: p.readInstant(&d.LeftAt)},
		{name: "DateAndTimeReturned", read: p.readInstant(&d.ReturnedAt)},
		{name: "TurnoutTimeSeconds", read: readWhole(0, maxAttendance, &d.TurnoutTimeSeconds)},
		{name: "TravelTimeSeconds", read: readWhole(0, maxAttendance, &d.TravelTimeSeconds)},
		{name: "AttendanceTimeSeconds", read: readWhole(1, maxAttendance, &d.AttendanceTimeSeconds)},
		{name: "DeployedFromStation_Code", read: readText(keepSpelling, &d.DeployedFromStationCode)},
		{name: "DeployedFromStation_Name", read: readText(spellStation, &d.DeployedFromStationName)},
		{name: "DeployedFromLocation", read: readText(keepSpelling, &d.DeployedFromLocation)},
		{name: "PumpOrder", read: readWhole(1, 1000, &d.PumpOrder)},
		{name: "PlusCode_Code", read: readText(capitalise, &d.PlusCodeCode)},
		{name: "PlusCode_Description", read: readText(keepSpelling, &d.PlusCodeDescription)},
		{name: "DelayCodeId", read: readWhole(0, 1000, &d.DelayCodeID)},
		{name: "DelayCode_Description", read: readText(spellDelay, &d.DelayCodeDescription)},
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
	bad := p.startRow(line, fields)
	if bad == nil {
		bad = p.readKeys(&p.out)
	}
	if bad != nil {
		*dst = lfb.Mobilisation{}
		return p.tally.countReject(bad)
	}
	p.seconds = p.out.MobilisedAt.OK && p.out.MobilisedAt.V.Second() != 0
	p.readColumns()
	p.out.DelayCodeID.OK = p.out.DelayCodeID.V > 0 // 0 was written for none in 2016
	p.out.MobilisedHasSeconds = p.out.MobilisedAt.OK && p.hasSeconds(&p.out)
	*dst = p.out
	p.tally.countAccepted(dst.MobilisedAt.V, !dst.AttendanceTimeSeconds.OK)
	return nil
}

// readKeys reads what no row can be without. A mobilisation without an instant is of
// use (its seconds are), one with an instant that is no time is not.
func (p *Mobilisations) readKeys(dst *lfb.Mobilisation) *lfb.Reject {
	s := p.text(mNumber)
	if s == "" {
		return p.rejectRow(mNumber, noKey)
	}
	number, mended, ok := parseIncidentNumber(s)
	if !ok {
		return p.rejectRow(mNumber, badKey)
	}
	if s = p.text(mID); s == "" {
		return p.rejectRow(mID, noKey)
	}
	id, ok := table.ParseWhole(s)
	if !ok || id <= 0 {
		return p.rejectRow(mID, badKey)
	}
	dst.IncidentNumber, dst.ResourceMobilisationID = number, id
	if s = p.text(mMobilised); s != "" {
		at, t, ok := p.parseInstant(mMobilised, s, number)
		if !ok {
			return p.rejectRow(mMobilised, badDate)
		}
		dst.MobilisedAt, p.given = lfb.Some(at), t
	}
	if mended {
		p.countRepair(mNumber, hyphenLost)
	}
	return nil
}

// parseInstant reads s, of column c, which is GMT, and what its clock shows. A spreadsheet
// leaves out the time at midnight.
func (p *Mobilisations) parseInstant(c int, s, number string) (at time.Time, t table.Clock, ok bool) {
	day, rest, swapped, ok := parseDay(s, number)
	if ok && rest != "" {
		t, ok = parseClock(rest)
	}
	if ok && swapped {
		p.countRepair(c, monthFirst)
	}
	return day.At(t, time.UTC), t, ok
}

// readInstant reads an instant that comes after the mobilisation.
func (p *Mobilisations) readInstant(dst *lfb.Opt[time.Time]) func(*row, int) {
	return func(_ *row, c int) {
		s := p.text(c)
		if s == "" {
			return
		}
		at, _, ok := p.parseInstant(c, s, p.out.IncidentNumber)
		start := p.out.MobilisedAt
		switch {
		case !ok:
			p.countRepair(c, notTime)
		case start.OK && at.Before(start.V.Truncate(time.Minute)):
			p.countRepair(c, beforeStart)
		default:
			*dst = lfb.Some(at)
			p.seconds = p.seconds || at.Second() != 0
		}
	}
}

// hasSeconds reports whether MobilisedAt is to the second. Files have been passed on
// with every second written as :00: when no instant of a row has any, and the
// published seconds do not fit between them, they were cut off.
func (p *Mobilisations) hasSeconds(dst *lfb.Mobilisation) bool {
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
		p.countRepair(mMobilised, noSeconds)
	}
	return !others
}

// readOrDerive reads a number of the call that the mobilisation tells too, in London.
func (p *Mobilisations) readOrDerive(low, high int64, dst *int, told func(time.Time) int) func(*row, int) {
	return func(_ *row, c int) {
		if v := p.parseInt(c, low, high); v.OK {
			*dst = v.V
		} else if p.out.MobilisedAt.OK {
			*dst = told(p.out.MobilisedAt.V.In(lfb.London))
			p.countRepair(c, fromMobilised)
		}
	}
}
