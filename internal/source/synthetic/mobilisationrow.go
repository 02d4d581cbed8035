package synthetic

const mobilisationHeader = "IncidentNumber,CalYear,BoroughName,WardName,HourOfCall,ResourceMobilisationId," +
	"Resource_Code,PerformanceReporting,DateAndTimeMobilised,DateAndTimeMobile,DateAndTimeArrived,TurnoutTimeSeconds," +
	"TravelTimeSeconds,AttendanceTimeSeconds,DateAndTimeLeft,DateAndTimeReturned,DeployedFromStation_Code," +
	"DeployedFromStation_Name,DeployedFromLocation,PumpOrder,PlusCode_Code," +
	"PlusCode_Description,DelayCodeId,DelayCode_Description\n"

const (
	firstMobilisationID = 1000000
	duplicateEvery      = 2000 // rows; the copy follows its row at once
)

// writeMobilisations appends the mobilisation rows of one day. Their clock is GMT.
func (w *rowWriter) writeMobilisations(d *daySpan, calls []incidentCall) {
	w.openStamps(d)
	id := rowsBefore(d.first)
	for i := range calls {
		c := &calls[i]
		for k := range c.engines {
			from := len(w.b)
			w.writeMobilisation(d, c, k, id)
			if !w.tidy && id%duplicateEvery == duplicateEvery-1 {
				w.b = append(w.b, w.b[from:]...)
			}
			id++
		}
	}
}

func (w *rowWriter) writeMobilisation(d *daySpan, c *incidentCall, k int, id int64) {
	q := w.quirksFor(^id)
	w.startRow(q.nulls, q.floats)
	e := &c.engines[k]
	area := &w.l.wards[w.l.wardOf[c.cell]]
	w.b = append(appendIncidentNumber(w.b, d, c), ',')
	w.appendWhole(int64(d.date.Year()))
	if q.noWard {
		w.appendMissing()
		w.appendMissing()
	} else {
		w.appendText(w.l.boroughs[area.borough].name)
		w.appendText(area.name)
	}
	w.appendWhole(int64(c.wall / 3600))
	w.appendWhole(firstMobilisationID + id)
	w.b = append(w.b, w.l.stations[w.homeStation(e)].code...)
	w.appendWhole(int64(e.number))
	w.appendText([]string{"1", "2", "Not Used"}[min(k, 2)])
	w.writeTimes(d, e, q)
	w.appendText(w.l.stations[e.station].code)
	w.appendText(w.l.stations[e.station].name)
	w.appendText(locationText(e))
	w.appendWhole(int64(k + 1))
	w.appendText("Initial")
	w.appendText("Initial Mobilisation")
	w.writeDelay(e)
	w.endRow()
}

// homeStation returns the station that an engine belongs to: the one it drove from, or, where it
// was on loan, the one before that in the list.
func (w *rowWriter) homeStation(e *sentEngine) int {
	if !e.borrowed {
		return int(e.station)
	}
	return (int(e.station) + len(w.l.stations) - 1) % len(w.l.stations)
}

func locationText(e *sentEngine) string {
	if e.borrowed {
		return "Other Station"
	}
	return "Home Station"
}

// writeTimes appends the stamps and durations.
func (w *rowWriter) writeTimes(d *daySpan, e *sentEngine, q rowQuirks) {
	w.writeStamp(e.mobilised)
	if q.noMobile { // a button that was not pressed
		w.appendMissing()
		w.writeStamp(e.arrivedAt())
		w.appendMissing()
		w.appendMissing()
	} else {
		w.writeStamp(e.mobilised + e.turnout)
		w.writeStamp(e.arrivedAt())
		w.appendNumber(int64(e.turnout))
		w.appendNumber(int64(e.travel))
	}
	w.appendNumber(int64(e.attendanceSeconds()))
	w.writeStamp(e.left)
	if d.date.Year() < 2016 { // empty since
		w.writeStamp(e.back)
	} else {
		w.appendMissing()
	}
}

// openStamps writes out the dates, in GMT, that the day's stamps can fall on.
func (w *rowWriter) openStamps(d *daySpan) {
	first := d.date.UTC()
	hour, minute, second := first.Clock()
	w.gmt = int32(hour*3600 + minute*60 + second)
	for i := range w.stampDates {
		w.stampDates[i] = first.AddDate(0, 0, i).Format("02/01/2006 ")
	}
}

// writeStamp appends an instant, given in seconds since the day's local midnight.
func (w *rowWriter) writeStamp(second int32) {
	second += w.gmt
	w.b = append(w.b, w.stampDates[second/86400]...)
	w.appendClock(second%86400, !w.minutes)
	w.b = append(w.b, ',')
}

func (w *rowWriter) writeDelay(e *sentEngine) {
	switch e.delay {
	case noDelay:
		w.appendMissing()
		w.appendMissing()
		return
	case notHeldUp:
		w.appendNumber(12)
		w.appendText("Not held up")
	case badAddress:
		w.appendNumber(5)
		w.appendText("Address incomplete/wrong")
	case calming:
		w.appendNumber(8)
		w.appendText("Traffic calming measures")
	case traffic:
		w.appendNumber(9)
		w.appendText("Traffic, roadworks, etc")
	case weather:
		w.appendNumber(10)
		w.appendText("Weather conditions")
	case radio:
		w.appendNumber(11)
		w.appendText("Mob/Radio problems when mobilised")
	}
}
