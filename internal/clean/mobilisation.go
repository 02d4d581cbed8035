package clean

import (
	"time"

	"lfb/internal/lfb"
	"lfb/internal/table"
)

// The columns of the mobilisation table, in the order of mobilisationColumns.
const (
	mNumber = iota
	mID
	mYear
	mHour
	mBorough
	mWard
	mResource
	mReporting
	mMobilised
	mMobile
	mArrived
	mLeft
	mReturned
	mTurnout
	mTravel
	mAttendance
	mStationCode
	mStationName
	mLocation
	mOrder
	mPlusCode
	mPlusText
	mDelayID
	mDelayText
	mMobileZone
	mArrivedZone
)

func mobilisationColumns() []column {
	return []column{
		mNumber:      {name: "IncidentNumber", key: true},
		mID:          {name: "ResourceMobilisationId", key: true},
		mYear:        {name: "CalYear"},
		mHour:        {name: "HourOfCall"},
		mBorough:     {name: "BoroughName", also: []string{"IncGeo_BoroughName"}},
		mWard:        {name: "WardName", also: []string{"IncGeo_WardName"}},
		mResource:    {name: "Resource_Code"},
		mReporting:   {name: "PerformanceReporting"},
		mMobilised:   {name: "DateAndTimeMobilised", key: true},
		mMobile:      {name: "DateAndTimeMobile"},
		mArrived:     {name: "DateAndTimeArrived"},
		mLeft:        {name: "DateAndTimeLeft"},
		mReturned:    {name: "DateAndTimeReturned"},
		mTurnout:     {name: "TurnoutTimeSeconds"},
		mTravel:      {name: "TravelTimeSeconds"},
		mAttendance:  {name: "AttendanceTimeSeconds"},
		mStationCode: {name: "DeployedFromStation_Code"},
		mStationName: {name: "DeployedFromStation_Name"},
		mLocation:    {name: "DeployedFromLocation"},
		mOrder:       {name: "PumpOrder"},
		mPlusCode:    {name: "PlusCode_Code"},
		mPlusText:    {name: "PlusCode_Description"},
		mDelayID:     {name: "DelayCodeId"},
		mDelayText:   {name: "DelayCode_Description"},
		// Old files say that the instants are GMT; all are.
		mMobileZone:  {name: "TimeMobileTimezoneId"},
		mArrivedZone: {name: "TimeArrivedTimezoneId"},
	}
}

// Mobilisations parses the rows of one mobilisation file. It is for one goroutine.
type Mobilisations struct {
	row
	given                                              table.Clock // of the row's MobilisedAt
	plain, places, stations, capitals, delays, reports *interner
}

// NewMobilisations finds the columns of the table in a file's header, like
// NewIncidents. The key columns are IncidentNumber, ResourceMobilisationId and
// DateAndTimeMobilised.
func NewMobilisations(header []string) (*Mobilisations, error) {
	l, err := newLayout(lfb.MobilisationFile, mobilisationColumns(), header)
	if err != nil {
		return nil, err
	}
	return &Mobilisations{
		row:   row{layout: l},
		plain: newInterner(unchanged), places: newInterner(place), stations: newInterner(station),
		capitals: newInterner(capital), delays: newInterner(delay), reports: newInterner(report),
	}, nil
}

// Tally is what became of the rows so far.
func (p *Mobilisations) Tally() *Tally { return &p.tally }

// Unmapped is the names of the header's columns that no vintage of the table has.
func (p *Mobilisations) Unmapped() []string { return p.unmapped }

// Parse reads one row into dst, all of it, or says why the row cannot be used.
// Its incident number is a part of fields: who keeps rows clones it. Nothing else is,
// and nothing of fields is kept.
func (p *Mobilisations) Parse(line int64, fields []string, dst *lfb.Mobilisation) *lfb.Reject {
	*dst = lfb.Mobilisation{}
	bad := p.start(line, fields)
	if bad == nil {
		bad = p.keys(dst)
	}
	if bad != nil {
		return p.tally.reject(bad)
	}
	p.times(dst)
	p.engine(dst)
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

// times reads the instants and the seconds between them.
func (p *Mobilisations) times(dst *lfb.Mobilisation) {
	seconds := dst.MobilisedAt.OK && dst.MobilisedAt.V.Second() != 0 // some instant has other than :00
	for _, f := range [...]struct {
		c   int
		dst *lfb.Opt[time.Time]
	}{
		{mMobile, &dst.MobileAt},
		{mArrived, &dst.ArrivedAt},
		{mLeft, &dst.LeftAt},
		{mReturned, &dst.ReturnedAt},
	} {
		s := p.text(f.c)
		if s == "" {
			continue
		}
		at, _, ok := p.instant(f.c, s, dst.IncidentNumber)
		if !ok {
			p.repair(f.c, notTime)
			continue
		}
		if start := &dst.MobilisedAt; start.OK && at.Before(start.V.Truncate(time.Minute)) {
			p.repair(f.c, beforeStart)
			continue
		}
		*f.dst = lfb.Some(at)
		seconds = seconds || at.Second() != 0
	}
	dst.TurnoutTimeSeconds = p.small(mTurnout, 0, maxAttendance)
	dst.TravelTimeSeconds = p.small(mTravel, 0, maxAttendance)
	dst.AttendanceTimeSeconds = p.small(mAttendance, 1, maxAttendance)
	dst.MobilisedHasSeconds = dst.MobilisedAt.OK && p.exact(dst, seconds)
}

// exact reports whether MobilisedAt is to the second. Files have been passed on
// with every second written as :00: when no instant of a row has any, and the
// published seconds do not fit between them, they were cut off.
func (p *Mobilisations) exact(dst *lfb.Mobilisation, seconds bool) bool {
	if !p.given.HasSeconds || seconds {
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

func (p *Mobilisations) engine(dst *lfb.Mobilisation) {
	if hour := p.small(mHour, 0, 23); hour.OK {
		dst.HourOfCall = hour.V
	} else if dst.MobilisedAt.OK {
		dst.HourOfCall = dst.MobilisedAt.V.In(lfb.London).Hour()
		p.repair(mHour, fromMobilised)
	}
	if year := p.small(mYear, 2000, 2099); year.OK {
		dst.CalYear = year.V
	} else if dst.MobilisedAt.OK {
		dst.CalYear = dst.MobilisedAt.V.In(lfb.London).Year()
		p.repair(mYear, fromMobilised)
	}
	dst.BoroughName = p.places.intern(p.field(mBorough))
	dst.WardName = p.places.intern(p.field(mWard))
	dst.ResourceCode = p.plain.intern(p.field(mResource))
	dst.PerformanceReporting = p.reports.intern(p.field(mReporting))
	dst.DeployedFromStationCode = p.plain.intern(p.field(mStationCode))
	dst.DeployedFromStationName = p.stations.intern(p.field(mStationName))
	dst.DeployedFromLocation = p.plain.intern(p.field(mLocation))
	dst.PumpOrder = p.small(mOrder, 1, 1000)
	dst.PlusCodeCode = p.capitals.intern(p.field(mPlusCode))
	dst.PlusCodeDescription = p.plain.intern(p.field(mPlusText))
	dst.DelayCodeID = p.small(mDelayID, 0, 1000)
	dst.DelayCodeID.OK = dst.DelayCodeID.V > 0 // 0 was written for none in 2016
	dst.DelayCodeDescription = p.delays.intern(p.field(mDelayText))
}
