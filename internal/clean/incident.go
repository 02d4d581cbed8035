package clean

import (
	"time"

	"lfb/internal/lfb"
	"lfb/internal/table"
)

// The columns of the incident table, in the order of incidentColumns.
const (
	iNumber = iota
	iDate
	iYear
	iTime
	iHour
	iGroup
	iStopCode
	iSpecial
	iCategory
	iProperty
	iQualifier
	iPostcode
	iDistrict
	iUPRN
	iUSRN
	iBoroughCode
	iBoroughName
	iProper
	iWardCode
	iWardName
	iWardNew
	iEasting
	iNorthing
	iEastingRounded
	iNorthingRounded
	iLatitude
	iLongitude
	iFRS
	iGround
	iFirstTime
	iFirstFrom
	iSecondTime
	iSecondFrom
	iStations
	iPumps
	iPumpCount
	iPumpMinutes
	iPumpHours
	iCost
	iCalls
)

func incidentColumns() []column {
	return []column{
		iNumber:          {name: "IncidentNumber", key: true},
		iDate:            {name: "DateOfCall", key: true},
		iYear:            {name: "CalYear"},
		iTime:            {name: "TimeOfCall", key: true},
		iHour:            {name: "HourOfCall"},
		iGroup:           {name: "IncidentGroup"},
		iStopCode:        {name: "StopCodeDescription"},
		iSpecial:         {name: "SpecialServiceType"},
		iCategory:        {name: "PropertyCategory"},
		iProperty:        {name: "PropertyType"},
		iQualifier:       {name: "AddressQualifier"},
		iPostcode:        {name: "Postcode_full"},
		iDistrict:        {name: "Postcode_district"},
		iUPRN:            {name: "UPRN"},
		iUSRN:            {name: "USRN"},
		iBoroughCode:     {name: "IncGeo_BoroughCode", also: []string{"BoroughCode"}},
		iBoroughName:     {name: "IncGeo_BoroughName", also: []string{"BoroughName"}},
		iProper:          {name: "ProperCase"},
		iWardCode:        {name: "IncGeo_WardCode", also: []string{"WardCode"}},
		iWardName:        {name: "IncGeo_WardName", also: []string{"WardName"}},
		iWardNew:         {name: "IncGeo_WardNameNew", also: []string{"WardNameNew"}},
		iEasting:         {name: "Easting_m"},
		iNorthing:        {name: "Northing_m"},
		iEastingRounded:  {name: "Easting_rounded"},
		iNorthingRounded: {name: "Northing_rounded"},
		iLatitude:        {name: "Latitude"},
		iLongitude:       {name: "Longitude"},
		iFRS:             {name: "FRS"},
		iGround:          {name: "IncidentStationGround"},
		iFirstTime:       {name: "FirstPumpArriving_AttendanceTime"},
		iFirstFrom:       {name: "FirstPumpArriving_DeployedFromStation"},
		iSecondTime:      {name: "SecondPumpArriving_AttendanceTime"},
		iSecondFrom:      {name: "SecondPumpArriving_DeployedFromStation"},
		iStations:        {name: "NumStationsWithPumpsAttending"},
		iPumps:           {name: "NumPumpsAttending"},
		iPumpCount:       {name: "PumpCount"},
		iPumpMinutes:     {name: "PumpMinutesRounded", also: []string{"PumpMinutesRoundUp"}},
		iPumpHours:       {name: "PumpHoursRoundUp", also: []string{"PumpHoursRounded"}},
		iCost:            {name: "Notional Cost (£)", also: []string{"NotionalCostGBP"}},
		iCalls:           {name: "NumCalls", also: []string{"CallCount"}},
	}
}

// Incidents parses the rows of one incident file. It is for one goroutine.
type Incidents struct {
	row
	plain, places, codes, propers, stations *interner
}

// NewIncidents finds the columns of the table in a file's header, whatever their
// order, vintage and spelling. A key column (IncidentNumber, DateOfCall,
// TimeOfCall) that is absent is lfb.ErrInvalid and named; any other may be absent.
func NewIncidents(header []string) (*Incidents, error) {
	l, err := newLayout(lfb.IncidentFile, incidentColumns(), header)
	if err != nil {
		return nil, err
	}
	return &Incidents{
		row:   row{layout: l},
		plain: newInterner(unchanged), places: newInterner(place), codes: newInterner(areaCode),
		propers: newInterner(proper), stations: newInterner(station),
	}, nil
}

// Tally is what became of the rows so far.
func (p *Incidents) Tally() *Tally { return &p.tally }

// Unmapped is the names of the header's columns that no vintage of the table has.
func (p *Incidents) Unmapped() []string { return p.unmapped }

// Parse reads one row into dst, all of it, or says why the row cannot be used.
// Its number and its postcode are parts of fields: who keeps rows clones them. Nothing
// else is, and nothing of fields is kept.
func (p *Incidents) Parse(line int64, fields []string, dst *lfb.Incident) *lfb.Reject {
	*dst = lfb.Incident{}
	bad := p.start(line, fields)
	if bad == nil {
		bad = p.keyAndTime(dst)
	}
	if bad != nil {
		return p.tally.reject(bad)
	}
	p.what(dst)
	p.where(dst)
	p.outcome(dst)
	p.tally.accept(dst.CalledAt, !dst.FirstPumpArrivingAttendanceTime.OK)
	return nil
}

// keyAndTime reads what no row can be without.
func (p *Incidents) keyAndTime(dst *lfb.Incident) *lfb.Reject {
	s := p.text(iNumber)
	if s == "" {
		return p.reject(iNumber, noKey)
	}
	number, mended, ok := incidentNumber(s)
	if !ok {
		return p.reject(iNumber, badKey)
	}
	if s = p.text(iDate); s == "" {
		return p.reject(iDate, noDate)
	}
	day, rest, swapped, ok := parseDay(s, number)
	if !ok {
		return p.reject(iDate, badDate)
	}
	bad := p.clock(dst, day, rest)
	if bad != nil {
		return bad
	}
	dst.IncidentNumber = number
	if mended {
		p.repair(iNumber, hyphenLost)
	}
	if swapped {
		p.repair(iDate, monthFirst)
	}
	dst.CalYear = day.Year
	if year := p.small(iYear, 2000, 2099); year.OK {
		dst.CalYear = year.V
	}
	return nil
}

// clock sets CalledAt and HourOfCall, which must agree.
func (p *Incidents) clock(dst *lfb.Incident, day table.Date, rest string) *lfb.Reject {
	s, c := p.text(iTime), table.Clock{}
	why := ""
	var ok bool
	switch {
	case s != "":
		if c, ok = parseClock(s); !ok {
			return p.reject(iTime, badTime)
		}
	default:
		if c, ok = parseClock(rest); !ok {
			return p.reject(iTime, noDate)
		}
		why = fromDate
	}
	hour := p.text(iHour)
	h, ok := table.ParseWhole(hour)
	switch {
	case hour == "":
	case !ok || h < 0 || h > 23:
		p.repair(iHour, fromTime)
	case int(h) == c.Hour:
	case int(h) == c.Hour+12 && c.Hour > 0, h == 0 && c.Hour == 12:
		c.Hour, why = int(h), twelveHour
	default:
		return p.reject(iHour, hourConflict)
	}
	if why != "" {
		p.repair(iTime, why)
	}
	dst.CalledAt, dst.HourOfCall = inLondon(day, c), c.Hour
	if dst.CalledAt.Hour() != c.Hour {
		p.repair(iTime, skippedHour)
	}
	return nil
}

// inLondon is the instant of a wall clock in London. Of an hour that comes twice in
// autumn it is the first, in summer time.
func inLondon(d table.Date, c table.Clock) time.Time {
	t := d.At(c, lfb.London)
	if d.Month == 10 && c.Hour == 1 {
		if first := t.Add(-time.Hour); first.Hour() == c.Hour {
			return first
		}
	}
	return t
}

func (p *Incidents) what(dst *lfb.Incident) {
	dst.IncidentGroup = p.plain.intern(p.field(iGroup))
	dst.StopCodeDescription = p.plain.intern(p.field(iStopCode))
	dst.SpecialServiceType = p.plain.intern(p.field(iSpecial))
	dst.PropertyCategory = p.plain.intern(p.field(iCategory))
	dst.PropertyType = p.plain.intern(p.field(iProperty))
	dst.AddressQualifier = p.plain.intern(p.field(iQualifier))
	dst.NumCalls = p.small(iCalls, 0, 10_000)
}

func (p *Incidents) where(dst *lfb.Incident) {
	dst.PostcodeFull = p.text(iPostcode) // too many to be words
	dst.PostcodeDistrict = p.plain.intern(p.field(iDistrict))
	dst.UPRN, dst.USRN = p.id(iUPRN), p.id(iUSRN)
	dst.BoroughCode = p.codes.intern(p.field(iBoroughCode))
	dst.BoroughName = p.places.intern(p.field(iBoroughName))
	dst.ProperCase = p.propers.intern(p.field(iProper))
	dst.WardCode = p.codes.intern(p.field(iWardCode))
	dst.WardName = p.places.intern(p.field(iWardName))
	dst.WardNameNew = p.places.intern(p.field(iWardNew))
	grid := span{lowX: 0, highX: 700_000, lowY: 0, highY: 1_300_000}
	dst.EastingM, dst.NorthingM = p.pair(iEasting, iNorthing, grid)
	dst.EastingRounded, dst.NorthingRounded = p.pair(iEastingRounded, iNorthingRounded, grid)
	kingdom := span{lowX: 49, highX: 61, lowY: -9, highY: 2.5}
	dst.Latitude, dst.Longitude = p.pair(iLatitude, iLongitude, kingdom)
	dst.FRS = p.plain.intern(p.field(iFRS))
	dst.IncidentStationGround = p.stations.intern(p.field(iGround))
}

func (p *Incidents) outcome(dst *lfb.Incident) {
	dst.FirstPumpArrivingAttendanceTime = p.small(iFirstTime, 1, maxAttendance)
	dst.FirstPumpArrivingDeployedFromStation = p.stations.intern(p.field(iFirstFrom))
	dst.SecondPumpArrivingAttendanceTime = p.small(iSecondTime, 1, maxAttendance)
	dst.SecondPumpArrivingDeployedFromStation = p.stations.intern(p.field(iSecondFrom))
	dst.NumStationsWithPumpsAttending = p.small(iStations, 0, 1000)
	dst.NumPumpsAttending = p.small(iPumps, 0, 1000)
	dst.PumpCount = p.small(iPumpCount, 0, 10_000)
	dst.NotionalCost = p.number(iCost, 0, 1e9)
	dst.PumpMinutesRounded = p.pumpMinutes(dst.NotionalCost)
}

// pumpMinutes reads the pumps' time, which was published in hours, then in minutes
// under the name of hours, then in minutes. At £255 to £400 an hour the cost tells
// hours from minutes; without a cost, what is under 60 is hours, as minutes are
// at least 60.
func (p *Incidents) pumpMinutes(cost lfb.Opt[float64]) lfb.Opt[int] {
	if minutes := p.small(iPumpMinutes, 0, 10_000_000); minutes.OK {
		return minutes
	}
	v := p.small(iPumpHours, 0, 10_000_000)
	if !v.OK || v.V == 0 {
		return v
	}
	const dearMinute = 50 // pounds: over any price of a minute, under any of an hour
	hours := v.V < 60
	if cost.OK && cost.V > 0 {
		hours = cost.V/float64(v.V) > dearMinute
	}
	if hours {
		p.repair(iPumpHours, hoursUnit)
		return lfb.Some(v.V * 60)
	}
	return v
}
