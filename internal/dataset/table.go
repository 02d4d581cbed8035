package dataset

import (
	"fmt"
	"sort"
	"time"

	"lfb/internal/lfb"
)

// Table is rows of a data set in memory, ordered by call, incident number and
// engine. It is immutable and safe for concurrent use. A row takes 80 bytes:
// numbers, and codes of dictionaries for its texts; an incident's number some 32 more.
type Table struct {
	partRows
}

// Len is the number of rows.
func (t *Table) Len() int { return len(t.rows) }

// Call writes what the operator knew of row i into dst. SentFrom stays empty: a
// published row does not say from where an engine was ordered, only from where the one
// that arrived first had come.
func (t *Table) Call(i int, dst *lfb.Call) {
	r := &t.rows[i]
	*dst = lfb.Call{
		At:               time.Unix(r.calledAt, 0).In(lfb.London),
		Easting:          toFloat(r.num[numEasting]),
		Northing:         toFloat(r.num[numNorthing]),
		BoroughCode:      t.lookUpText(r, textBorough),
		WardCode:         t.lookUpText(r, textWard),
		PostcodeDistrict: t.lookUpText(r, textDistrict),
		StationGround:    t.lookUpText(r, textGround),
		Reported:         t.lookUpText(r, textReported),
		PropertyCategory: t.lookUpText(r, textCategory),
		PropertyType:     t.lookUpText(r, textType),
		PumpOrder:        int(r.pump),
	}
}

// Outcome writes how row i turned out into dst.
func (t *Table) Outcome(i int, dst *lfb.Outcome) {
	r := &t.rows[i]
	*dst = lfb.Outcome{
		AttendanceSeconds:   toFloat(r.num[numAttendance]),
		CallHandlingSeconds: toFloat(r.num[numHandling]),
		ArrivedFrom:         t.lookUpText(r, textArrivedFrom),
		IncidentGroup:       t.lookUpText(r, textGroup),
		StopCode:            t.lookUpText(r, textStop),
		NumStations:         toFloat(r.num[numStations]),
		NumPumps:            toFloat(r.num[numPumps]),
		PumpCount:           toFloat(r.num[numPumpCount]),
		PumpMinutes:         toFloat(r.num[numPumpMinutes]),
		DelayCode:           toFloat(r.num[numDelay]),
	}
}

// IncidentNumber is the key of the incident of row i.
func (t *Table) IncidentNumber(i int) string { return t.numbers[t.rows[i].incident] }

// PumpOrder is 1 where row i is the first engine's arrival, 2 the second's.
func (t *Table) PumpOrder(i int) int { return int(t.rows[i].pump) }

// Attendance is the target of row i, in seconds.
func (t *Table) Attendance(i int) float64 { return toFloat(t.rows[i].num[numAttendance]) }

// Day is the date of the call of row i in London, as days since 1970-01-01.
func (t *Table) Day(i int) int32 { return t.rows[i].day }

// Time is the instant of the call of row i, in location London.
func (t *Table) Time(i int) time.Time { return time.Unix(t.rows[i].calledAt, 0).In(lfb.London) }

// Slice is the view of rows lo ≤ i < hi, which shares t's memory. Bounds outside
// t panic.
func (t *Table) Slice(lo, hi int) *Table {
	if lo < 0 || hi < lo || hi > len(t.rows) {
		panic(fmt.Sprintf("dataset: slice [%d:%d] of %d rows", lo, hi, len(t.rows)))
	}
	out := *t
	out.rows = t.rows[lo:hi:hi]
	return &out
}

// FirstRowOn is the first row called on the day or later; Len where there is none.
func (t *Table) FirstRowOn(day int32) int {
	return sort.Search(len(t.rows), func(i int) bool { return t.rows[i].day >= day })
}

func (t *Table) lookUpText(r *record, k int) string { return t.dicts[k].texts[r.text[k]] }
