package clean

import (
	"lfb/internal/lfb"
	"lfb/internal/table"
)

// The columns of the incident table that are read by themselves, in the order of columns.
const (
	iNumber = iota
	iDate
	iTime
	iHour
	iYear
)

// Incidents parses the rows of one incident file. It is for one goroutine.
type Incidents struct {
	row
	out lfb.Incident // the row's, which the columns are read into
}

func (p *Incidents) columns() []column {
	grid := span{lowX: 0, highX: 700_000, lowY: 0, highY: 1_300_000}
	kingdom := span{lowX: 49, highX: 61, lowY: -9, highY: 2.5}
	d := &p.out
	return []column{
		iNumber: {name: "IncidentNumber", key: true},
		iDate:   {name: "DateOfCall", key: true},
		iTime:   {name: "TimeOfCall", key: true},
		iHour:   {name: "HourOfCall"},
		iYear:   {name: "CalYear"},

		{name: "IncidentGroup", read: readText(keepSpelling, &d.IncidentGroup)},
		{name: "StopCodeDescription", read: readText(keepSpelling, &d.StopCodeDescription)},
		{name: "SpecialServiceType", read: readText(keepSpelling, &d.SpecialServiceType)},
		{name: "PropertyCategory", read: readText(keepSpelling, &d.PropertyCategory)},
		{name: "PropertyType", read: readText(keepSpelling, &d.PropertyType)},
		{name: "AddressQualifier", read: readText(keepSpelling, &d.AddressQualifier)},
		{name: "Postcode_full", read: readText(keepSpelling, &d.PostcodeFull)},
		{name: "Postcode_district", read: readText(keepSpelling, &d.PostcodeDistrict)},
		{name: "UPRN", read: func(r *row, c int) { d.UPRN = r.parseID(c) }},
		{name: "USRN", read: func(r *row, c int) { d.USRN = r.parseID(c) }},
		{name: "IncGeo_BoroughCode", also: []string{"BoroughCode"}, read: readText(spellAreaCode, &d.BoroughCode)},
		{name: "IncGeo_BoroughName", also: []string{"BoroughName"}, read: readText(spellPlace, &d.BoroughName)},
		{name: "ProperCase", read: readText(spellProperCase, &d.ProperCase)},
		{name: "IncGeo_WardCode", also: []string{"WardCode"}, read: readText(spellAreaCode, &d.WardCode)},
		{name: "IncGeo_WardName", also: []string{"WardName"}, read: readText(spellPlace, &d.WardName)},
		{name: "IncGeo_WardNameNew", also: []string{"WardNameNew"}, read: readText(spellPlace, &d.WardNameNew)},
		{name: "Easting_m", read: readPair(grid, &d.EastingM, &d.NorthingM)},
		{name: "Northing_m"},
		{name: "Easting_rounded", read: readPair(grid, &d.EastingRounded, &d.NorthingRounded)},
		{name: "Northing_rounded"},
		{name: "Latitude", read: readPair(kingdom, &d.Latitude, &d.Longitude)},
		{name: "Longitude"},
		{name: "FRS", read: readText(keepSpelling, &d.FRS)},
		{name: "IncidentStationGround", read: readText(spellStation, &d.IncidentStationGround)},
		{name: "FirstPumpArriving_AttendanceTime", read: readWhole(1, maxAttendance, &d.FirstPumpArrivingAttendanceTime)},
		{name: "FirstPumpArriving_DeployedFromStation", read: readText(spellStation,
			&d.FirstPumpArrivingDeployedFromStation)},
		{name: "SecondPumpArriving_AttendanceTime", read: readWhole(1, maxAttendance, &d.SecondPumpArrivingAttendanceTime)},
		{name: "SecondPumpArriving_DeployedFromStation", read: readText(spellStation,
			&d.SecondPumpArrivingDeployedFromStation)},
		{name: "NumStationsWithPumpsAttending", read: readWhole(0, 1000, &d.NumStationsWithPumpsAttending)},
		{name: "NumPumpsAttending", read: readWhole(0, 1000, &d.NumPumpsAttending)},
		{name: "PumpCount", read: readWhole(0, 10_000, &d.PumpCount)},
		{
			name: "Notional Cost (£)", also: []string{"NotionalCostGBP"},
			read: func(r *row, c int) { d.NotionalCost = r.parseNumber(c, 0, 1e9) },
		},
		{
			name: "PumpMinutesRounded", also: []string{"PumpMinutesRoundUp"},
			read: func(r *row, c int) { d.PumpMinutesRounded = r.parsePumpMinutes(c, c+1, d.NotionalCost) },
		},
		{name: "PumpHoursRoundUp", also: []string{"PumpHoursRounded"}},
		{name: "NumCalls", also: []string{"CallCount"}, read: readWhole(0, 10_000, &d.NumCalls)},
	}
}

// NewIncidents finds the columns of the table in a file's header, whatever their
// order, vintage and spelling. A key column (IncidentNumber, DateOfCall,
// TimeOfCall) that is absent is lfb.ErrInvalid and named; any other may be absent.
func NewIncidents(header []string) (*Incidents, error) {
	p := &Incidents{}
	var err error
	p.layout, err = newLayout(lfb.IncidentFile, p.columns(), header)
	return p, err
}

// Tally is what became of the rows so far.
func (p *Incidents) Tally() *Tally { return &p.tally }

// Parse reads one row into dst, all of it, or says why the row cannot be used.
// Its texts may be parts of fields: who keeps rows clones them.
func (p *Incidents) Parse(line int64, fields []string, dst *lfb.Incident) *lfb.Reject {
	p.out = lfb.Incident{}
	bad := p.startRow(line, fields)
	if bad == nil {
		bad = p.readKeyAndTime(&p.out)
	}
	if bad != nil {
		*dst = lfb.Incident{}
		return p.tally.countReject(bad)
	}
	p.readColumns()
	*dst = p.out
	p.tally.countAccepted(dst.CalledAt, !dst.FirstPumpArrivingAttendanceTime.OK)
	return nil
}

// readKeyAndTime reads what no row can be without.
func (p *Incidents) readKeyAndTime(dst *lfb.Incident) *lfb.Reject {
	s := p.text(iNumber)
	if s == "" {
		return p.rejectRow(iNumber, noKey)
	}
	number, mended, ok := parseIncidentNumber(s)
	if !ok {
		return p.rejectRow(iNumber, badKey)
	}
	if s = p.text(iDate); s == "" {
		return p.rejectRow(iDate, noDate)
	}
	day, rest, swapped, ok := parseDay(s, number)
	if !ok {
		return p.rejectRow(iDate, badDate)
	}
	bad := p.readClock(dst, day, rest)
	if bad != nil {
		return bad
	}
	dst.IncidentNumber = number
	if mended {
		p.countRepair(iNumber, hyphenLost)
	}
	if swapped {
		p.countRepair(iDate, monthFirst)
	}
	dst.CalYear = day.Year
	if year := p.parseInt(iYear, 2000, 2099); year.OK {
		dst.CalYear = year.V
	}
	return nil
}

// readClock sets CalledAt and HourOfCall, which must agree.
func (p *Incidents) readClock(dst *lfb.Incident, day table.Date, rest string) *lfb.Reject {
	s, c := p.text(iTime), table.Clock{}
	why := ""
	var ok bool
	switch {
	case s != "":
		if c, ok = parseClock(s); !ok {
			return p.rejectRow(iTime, badTime)
		}
	default:
		if c, ok = parseClock(rest); !ok {
			return p.rejectRow(iTime, noDate)
		}
		why = fromDate
	}
	hour := p.text(iHour)
	h, ok := table.ParseWhole(hour)
	switch {
	case hour == "":
	case !ok || h < 0 || h > 23:
		p.countRepair(iHour, fromTime)
	case int(h) == c.Hour:
	case int(h) == c.Hour+12 && c.Hour > 0, h == 0 && c.Hour == 12:
		c.Hour, why = int(h), twelveHour
	default:
		return p.rejectRow(iHour, hourConflict)
	}
	if why != "" {
		p.countRepair(iTime, why)
	}
	dst.CalledAt, dst.HourOfCall = day.At(c, lfb.London), c.Hour
	if dst.CalledAt.Hour() != c.Hour {
		p.countRepair(iTime, skippedHour)
	}
	return nil
}

// parsePumpMinutes reads the pumps' time, which was published in hours, then in minutes
// under the name of hours, then in minutes. At £255 to £400 an hour the cost tells
// hours from minutes; without a cost, what is under 60 is hours, as minutes are
// at least 60.
func (r *row) parsePumpMinutes(minutesColumn, hoursColumn int, cost lfb.Opt[float64]) lfb.Opt[int] {
	if minutes := r.parseInt(minutesColumn, 0, 10_000_000); minutes.OK {
		return minutes
	}
	v := r.parseInt(hoursColumn, 0, 10_000_000)
	if !v.OK || v.V == 0 {
		return v
	}
	const dearMinute = 50 // pounds: over any price of a minute, under any of an hour
	hours := v.V < 60
	if cost.OK && cost.V > 0 {
		hours = cost.V/float64(v.V) > dearMinute
	}
	if hours {
		r.countRepair(hoursColumn, hoursUnit)
		return lfb.Some(v.V * 60)
	}
	return v
}
