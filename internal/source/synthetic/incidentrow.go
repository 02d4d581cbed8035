package synthetic

import (
	"strconv"

	"lfb/internal/geo"
)

const incidentHeader = "IncidentNumber,DateOfCall,CalYear,TimeOfCall,HourOfCall,IncidentGroup,StopCodeDescription," +
	"SpecialServiceType,PropertyCategory,PropertyType,AddressQualifier,Postcode_full,Postcode_district,UPRN,USRN," +
	"IncGeo_BoroughCode,IncGeo_BoroughName,ProperCase,IncGeo_WardCode,IncGeo_WardName,IncGeo_WardNameNew," +
	"Easting_m,Northing_m,Easting_rounded,Northing_rounded,Latitude,Longitude,FRS,IncidentStationGround," +
	"FirstPumpArriving_AttendanceTime,FirstPumpArriving_DeployedFromStation," +
	"SecondPumpArriving_AttendanceTime,SecondPumpArriving_DeployedFromStation," +
	"NumStationsWithPumpsAttending,NumPumpsAttending,PumpCount,PumpMinutesRounded,Notional Cost (£),NumCalls\n"

// writeIncidents appends the incident rows of one day.
func (w *rowWriter) writeIncidents(d *daySpan, calls []incidentCall) {
	date := d.date.Format(w.dateLayout)
	for i := range calls {
		c := &calls[i]
		q := w.quirksFor(c.ordinal)
		w.startRow(q.nulls, q.floats)
		w.b = append(appendIncidentNumber(w.b, d, c), ',')
		w.appendText(date)
		w.appendWhole(int64(d.date.Year()))
		w.appendClock(c.wall, true)
		w.b = append(w.b, ',')
		w.appendWhole(int64(c.wall / 3600))
		w.writeKind(c)
		w.writePlace(c, q)
		w.appendText("London")
		w.appendText(w.l.stations[c.ground].name)
		w.writeOutcome(d, c)
		w.endRow()
	}
}

// appendIncidentNumber appends the number of the call in its year and the day's date. As in
// the files some numbers are left out: calls that nobody was sent to.
func appendIncidentNumber(b []byte, d *daySpan, c *incidentCall) []byte {
	n := c.ordinal - d.yearStart
	n += n/3 + 1
	for limit := int64(100000); limit > n && limit > 1; limit /= 10 {
		b = append(b, '0')
	}
	return d.date.AppendFormat(append(strconv.AppendInt(b, n, 10), '-'), "02012006")
}

// writeKind appends the six columns that describe the kind of incident.
func (w *rowWriter) writeKind(c *incidentCall) {
	t := &w.l.kinds.stops[c.stop]
	w.appendText(t.group)
	w.appendText(t.code)
	w.appendText(c.service)
	w.appendText(w.l.kinds.categories[c.category].name)
	if w.hasTrailingBlank(c.kind) {
		w.b = append(append(w.b, c.kind...), ' ', ',')
	} else {
		w.appendText(c.kind)
	}
	w.appendText(c.qualifier)
}

// writePlace appends the columns from postcode to longitude. The exact place
// of a dwelling is not published.
func (w *rowWriter) writePlace(c *incidentCall, q rowQuirks) {
	l := w.l
	area := &l.wards[l.wardOf[c.cell]]
	home := c.category == dwelling
	street := 20000000 + int64(area.borough)*100000 + int64(hashWords(uint64(c.cell))%9000)
	if home {
		w.appendMissing()
	} else {
		w.writePostcode(c)
	}
	w.appendText(l.districts[l.districtOf[c.cell]])
	w.appendNumber(int64(c.uprn))
	w.appendNumber(street)
	b := &l.boroughs[area.borough]
	w.appendText(b.code)
	w.appendText(b.name)
	w.appendText(b.proper)
	if q.noWard {
		w.appendMissing()
		w.appendMissing()
		w.appendMissing()
	} else {
		w.appendText(area.code)
		w.appendText(area.name)
		w.appendText(area.name)
	}
	w.writeCoordinates(c, home, q)
}

// writePostcode appends a postcode of the place's district. The unit is made up: each quarter of a
// cell has its own.
func (w *rowWriter) writePostcode(c *incidentCall) {
	e, n := cellCentre(int32(c.cell))
	unit := w.l.unitOf[c.cell]
	if c.e >= e {
		unit++
	}
	if c.n >= n {
		unit += 2
	}
	sector, inSector := unit/int32(sectorUnits), int(unit)%sectorUnits
	w.b = append(w.b, w.l.districts[w.l.districtOf[c.cell]]...)
	w.b = append(w.b, ' ', byte('1'+sector), unitLetters[inSector/len(unitLetters)],
		unitLetters[inSector%len(unitLetters)], ',')
}

func (w *rowWriter) writeCoordinates(c *incidentCall, home bool, q rowQuirks) {
	if home {
		w.appendMissing()
		w.appendMissing()
	} else {
		w.appendNumber(int64(c.e))
		w.appendNumber(int64(c.n))
	}
	e, n := geo.CellCentre100(c.e, c.n)
	w.appendWhole(int64(e))
	w.appendWhole(int64(n))
	switch {
	case home:
		w.appendMissing()
		w.appendMissing()
	case q.zeroDegrees:
		w.appendText("0.0")
		w.appendText("0.0")
	default:
		lat, lon := geo.FromGrid(c.e, c.n)
		w.appendDecimal(lat, 10)
		w.appendDecimal(lon, 10)
	}
}

// writeOutcome appends the columns that are known only after the incident.
func (w *rowWriter) writeOutcome(d *daySpan, c *incidentCall) {
	for i := range 2 {
		if i < len(c.engines) {
			e := &c.engines[i]
			w.appendNumber(int64(e.attendanceSeconds()))
			w.appendText(w.l.stations[e.station].name)
		} else {
			w.appendMissing()
			w.appendMissing()
		}
	}
	if c.pumps == 0 {
		w.appendMissing()
		w.appendMissing()
	} else {
		w.appendNumber(int64(c.stations))
		w.appendNumber(int64(c.pumps))
	}
	w.appendNumber(int64(c.total))
	w.appendNumber(int64(c.minutes))
	w.appendNumber(int64(hourlyCost(d)*c.minutes+30) / 60)
	w.appendNumber(int64(c.calls))
}

// hourlyCost is the notional cost of an engine in pounds; it changes in April.
func hourlyCost(d *daySpan) int {
	year := d.date.Year()
	if d.date.Month() < 4 {
		year--
	}
	return max(200, 255+10*(year-2010))
}
