package synthetic

import (
	"math/rand/v2"
	"time"

	"lfb/internal/lfb"
)

// The published tables had 2,211,937 engine rows to 1,592,069 incidents when the
// project's bars were set; the city keeps that ratio to the row.
const (
	ratioIncidents     = 1592069
	ratioMobilisations = 2211937
)

// monthCalendar counts: which incidents, by ordinal from 0, happen in which month,
// and how many engine rows come before an incident.
type monthCalendar struct {
	incidents, months int64 // the rate is incidents in months
	extra             int64
	year              int
	month             int // 0 is January
}

// incidentsBefore is the number of incidents before month m of the span.
func (c monthCalendar) incidentsBefore(m int64) int64 { return m * c.incidents / c.months }

// totalIncidents is the number of incidents in all months.
func (c monthCalendar) totalIncidents() int64 { return c.incidentsBefore(c.months + c.extra) }

// rowsBefore is the number of engine rows of the incidents before the ordinal.
func rowsBefore(ordinal int64) int64 { return ordinal * ratioMobilisations / ratioIncidents }

// monthStart is the first day of month m.
func (c monthCalendar) monthStart(m int64) time.Time {
	return time.Date(c.year, time.Month(1+c.month+int(m)), 1, 0, 0, 0, 0, lfb.London)
}

// yearStart is the ordinal of the first incident of m's calendar year: incident
// numbers count from there.
func (c monthCalendar) yearStart(m int64) int64 {
	return c.incidentsBefore(max(0, m-int64((c.month+int(m))%12)))
}

// daySpan is one day of the span: the unit of work.
type daySpan struct {
	date      time.Time // local midnight
	seconds   int32     // 82,800, 86,400 or 90,000
	first     int64     // ordinal of its first incident
	incidents int
	yearStart int64
	seed      uint64
}

// splitMonth divides month m into its days, a little unevenly.
func (c monthCalendar) splitMonth(dst []daySpan, m int64, seed uint64) []daySpan {
	start, end := c.monthStart(m), c.monthStart(m+1)
	key := uint64(start.Year()*12 + int(start.Month()))
	r := newRand(seed, key)
	base := len(dst)
	var weights [31]float64
	total := 0.0
	for d := start; d.Before(end); d = d.AddDate(0, 0, 1) {
		i := len(dst) - base
		weights[i] = weekdayFactor(d.Weekday()) * (1 + .18*(r.Float64()-.5))
		total += weights[i]
		dst = append(dst, daySpan{
			date: d, seconds: int32(d.AddDate(0, 0, 1).Sub(d) / time.Second),
			yearStart: c.yearStart(m), seed: hashWords(seed, key, uint64(i)),
		})
	}
	first, count := c.incidentsBefore(m), c.incidentsBefore(m+1)-c.incidentsBefore(m)
	done, sum := int64(0), 0.0
	for i := range dst[base:] {
		sum += weights[i]
		upTo := count
		if i < len(dst)-base-1 {
			upTo = min(count, int64(float64(count)*(sum/total)))
		}
		dst[base+i].first, dst[base+i].incidents = first+done, int(upTo-done)
		done = upTo
	}
	return dst
}

func weekdayFactor(d time.Weekday) float64 {
	switch d {
	case time.Friday:
		return 1.03
	case time.Saturday:
		return 1.05
	}
	return 1
}

// elapsedSeconds turns a wall-clock second of the day into seconds since its midnight,
// minding the two days on which the clocks change at 01:00 GMT. again chooses
// the second pass of the hour that comes twice. It returns the wall-clock
// second as well, as one in the hour that is skipped moves on.
func (d *daySpan) elapsedSeconds(wall int32, again bool) (elapsed, shown int32) {
	switch shift := d.seconds - 86400; {
	case shift < 0 && wall >= 3600 && wall < 7200:
		return wall, wall + 3600
	case shift < 0 && wall >= 7200:
		return wall + shift, wall
	case shift > 0 && (wall >= 7200 || wall >= 3600 && again):
		return wall + shift, wall
	}
	return wall, wall
}

func newRand(words ...uint64) *rand.Rand {
	h := hashWords(words...)
	return rand.New(rand.NewPCG(h, hashWords(h)))
}
