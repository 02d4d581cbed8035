package synthetic

const mobilisationHeader = "IncidentNumber,CalYear,BoroughName,WardName,HourOfCall,ResourceMobilisationId,Resource_Code," +
	"PerformanceReporting,DateAndTimeMobilised,DateAndTimeMobile,DateAndTimeArrived,TurnoutTimeSeconds,TravelTimeSeconds," +
	"AttendanceTimeSeconds,DateAndTimeLeft,DateAndTimeReturned,DeployedFromStation_Code,DeployedFromStation_Name," +
	"DeployedFromLocation,PumpOrder,PlusCode_Code,PlusCode_Description,DelayCodeId,DelayCode_Description\n"

const (
	firstMobilisationID = 1000000
	duplicateEvery      = 2000 // rows; the copy follows its row at once
)

// mobilisations appends the mobilisation rows of one day. Their clock is GMT.
func (w *writer) mobilisations(d *day, calls []call) {
	w.openStamps(d)
	id := rowsBefore(d.first)
	for i := range calls {
		c := &calls[i]
		for k := range c.engines {
			from := len(w.b)
			w.mobilisation(d, c, k, id)
			if !w.tidy && id%duplicateEvery == duplicateEvery-1 {
				w.b = append(w.b, w.b[from:]...)
			}
			id++
		}
	}
}

func (w *writer) mobilisation(d *day, c *call, k int, id int64) {
	q := w.quirksOf(^id)
	w.start(q.nulls, q.floats)
	e := &c.engines[k]
	area := &w.l.wards[w.l.wardOf[c.cell]]
	w.incidentNumber(d, c)
	w.whole(int64(d.date.Year()))
	if q.noWard {
		w.none()
		w.none()
	} else {
		w.text(w.l.boroughs[area.borough].name)
		w.text(area.name)
	}
	w.whole(int64(c.wall / 3600))
	w.whole(firstMobilisationID + id)
	w.b = append(w.b, w.l.stations[w.home(e)].code...)
	w.whole(int64(e.number))
	w.text([]string{"1", "2", "Not Used"}[min(k, 2)])
	w.times(d, e, q)
	w.text(w.l.stations[e.station].code)
	w.text(w.l.stations[e.station].name)
	w.text(location(e))
	w.whole(int64(k + 1))
	w.text("Initial")
	w.text("Initial Mobilisation")
	w.delay(e)
	w.end()
}

// home is the station that an engine belongs to: the one it drove from, or the
// one before that in the list where it was on loan.
func (w *writer) home(e *engine) int {
	if !e.borrowed {
		return int(e.station)
	}
	return (int(e.station) + len(w.l.stations) - 1) % len(w.l.stations)
}

func location(e *engine) string {
	if e.borrowed {
		return "Other Station"
	}
	return "Home Station"
}

// times appends the stamps and durations.
func (w *writer) times(d *day, e *engine, q quirks) {
	w.stamp(e.mobilised)
	if q.noMobile { // a button that was not pressed
		w.none()
		w.stamp(e.arrived())
		w.none()
		w.none()
	} else {
		w.stamp(e.mobilised + e.turnout)
		w.stamp(e.arrived())
		w.number(int64(e.turnout))
		w.number(int64(e.travel))
	}
	w.number(int64(e.attendance()))
	w.stamp(e.left)
	if d.date.Year() < 2016 { // empty since
		w.stamp(e.back)
	} else {
		w.none()
	}
}

// openStamps writes out the dates, in GMT, that the day's stamps can fall on.
func (w *writer) openStamps(d *day) {
	first := d.date.UTC()
	hour, minute, second := first.Clock()
	w.gmt = int32(hour*3600 + minute*60 + second)
	for i := range w.stampDates {
		w.stampDates[i] = first.AddDate(0, 0, i).Format("02/01/2006 ")
	}
}

// stamp appends an instant, given in seconds since the day's local midnight.
func (w *writer) stamp(second int32) {
	second += w.gmt
	w.b = append(w.b, w.stampDates[second/86400]...)
	w.clock(second%86400, !w.minutes)
	w.b = append(w.b, ',')
}

func (w *writer) delay(e *engine) {
	switch e.delay {
	case noDelay:
		w.none()
		w.none()
		return
	case notHeldUp:
		w.number(12)
		w.text("Not held up")
	case badAddress:
		w.number(5)
		w.text("Address incomplete/wrong")
	case calming:
		w.number(8)
		w.text("Traffic calming measures")
	case traffic:
		w.number(9)
		w.text("Traffic, roadworks, etc")
	case weather:
		w.number(10)
		w.text("Weather conditions")
	case radio:
		w.number(11)
		w.text("Mob/Radio problems when mobilised")
	}
}
