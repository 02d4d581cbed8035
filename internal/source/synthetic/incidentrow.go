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

// incidents appends the incident rows of one day.
func (w *writer) incidents(d *day, calls []call) {
	date := d.date.Format(w.dateLayout)
	for i := range calls {
		c := &calls[i]
		q := w.quirksOf(c.ordinal)
		w.start(q.nulls, q.floats)
		w.incidentNumber(d, c)
		w.text(date)
		w.whole(int64(d.date.Year()))
		w.clock(c.wall, true)
		w.b = append(w.b, ',')
		w.whole(int64(c.wall / 3600))
		w.what(c)
		w.whereabouts(c, q)
		w.text("London")
		w.text(w.l.stations[c.ground].name)
		w.outcome(d, c)
		w.end()
	}
}

// incidentNumber is the number of the call in its year and the day's date. As in
// the files some numbers are left out: calls that nobody was sent to.
func (w *writer) incidentNumber(d *day, c *call) {
	n := c.ordinal - d.yearStart
	n += n/3 + 1
	for limit := int64(100000); limit > n && limit > 1; limit /= 10 {
		w.b = append(w.b, '0')
	}
	w.b = strconv.AppendInt(w.b, n, 10)
	w.b = d.date.AppendFormat(append(w.b, '-'), "02012006")
	w.b = append(w.b, ',')
}

// what appends the six columns that say what happened.
func (w *writer) what(c *call) {
	t := &w.l.kinds.stops[c.stop]
	w.text(t.group)
	w.text(t.code)
	w.text(c.service)
	w.text(w.l.kinds.categories[c.category].name)
	if w.blanks(c.kind) {
		w.b = append(append(w.b, c.kind...), ' ', ',')
	} else {
		w.text(c.kind)
	}
	w.text(c.qualifier)
}

// whereabouts appends the columns from postcode to longitude. The exact place
// of a dwelling is not published.
func (w *writer) whereabouts(c *call, q quirks) {
	l := w.l
	area := &l.wards[l.wardOf[c.cell]]
	home := c.category == dwelling
	street := 20000000 + int64(area.borough)*100000 + int64(mix(uint64(c.cell))%9000)
	if home {
		w.none()
	} else {
		w.postcode(c)
	}
	w.text(l.districts[l.districtOf[c.cell]])
	w.number(int64(c.uprn))
	w.number(street)
	b := &l.boroughs[area.borough]
	w.text(b.code)
	w.text(b.name)
	w.text(b.proper)
	if q.noWard {
		w.none()
		w.none()
		w.none()
	} else {
		w.text(area.code)
		w.text(area.name)
		w.text(area.name)
	}
	w.coordinates(c, home, q)
}

// postcode makes a unit up from the hundred metres that the place is in.
func (w *writer) postcode(c *call) {
	const units = "ABDEFGHJLNPQRSTUWXYZ"
	h := mix(uint64(c.e/100), uint64(c.n/100))
	w.b = append(w.b, w.l.districts[w.l.districtOf[c.cell]]...)
	w.b = append(w.b, ' ', byte('1'+h%9), units[h>>8%20], units[h>>16%20], ',')
}

func (w *writer) coordinates(c *call, home bool, q quirks) {
	if home {
		w.none()
		w.none()
	} else {
		w.number(int64(c.e))
		w.number(int64(c.n))
	}
	e, n := geo.Cell100(c.e, c.n)
	w.whole(int64(e))
	w.whole(int64(n))
	switch {
	case home:
		w.none()
		w.none()
	case q.zeroDegrees:
		w.text("0.0")
		w.text("0.0")
	default:
		lat, lon := geo.FromGrid(c.e, c.n)
		w.decimal(lat, 10)
		w.decimal(lon, 10)
	}
}

// outcome appends the columns that are known afterwards.
func (w *writer) outcome(d *day, c *call) {
	for i := range 2 {
		if i < len(c.engines) {
			e := &c.engines[i]
			w.number(int64(e.attendance()))
			w.text(w.l.stations[e.station].name)
		} else {
			w.none()
			w.none()
		}
	}
	if c.pumps == 0 {
		w.none()
		w.none()
	} else {
		w.number(int64(c.stations))
		w.number(int64(c.pumps))
	}
	w.number(int64(c.total))
	w.number(int64(c.minutes))
	w.number(int64(hourlyCost(d)*c.minutes+30) / 60)
	w.number(int64(c.calls))
}

// hourlyCost is the notional cost of an engine in pounds; it changes in April.
func hourlyCost(d *day) int {
	year := d.date.Year()
	if d.date.Month() < 4 {
		year--
	}
	return max(200, 255+10*(year-2010))
}
