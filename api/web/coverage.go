package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"lfb/internal/ask"
	"lfb/internal/lfb"
)

// worstWards is how many wards the list has.
const worstWards = 25

type coverageBody struct {
	When     moment
	Date     time.Time
	Measure  measure
	Measures []measure
	Weekdays []time.Weekday
	Hours    []int
	Map      *hexMap
	Boroughs []group
	Wards    []mapPlace
	Missing  int // cells that miss the aim
	Cells    int
	Stations []string        // that can be taken to be closed
	Closing  *stationClosure // nil while all are open
}

func (u *ui) showCoverage(r *http.Request) (*view, error) {
	v := &view{Template: "coverage", Title: "Coverage", Section: "coverage"}
	q := r.URL.Query()
	now := u.Now().In(lfb.London)
	b := &coverageBody{Measure: measureByKey(q.Get("by")), Measures: allMeasures()}
	v.Body = b
	var err error
	b.When = moment{Weekday: now.Weekday(), Hour: now.Hour(), Pump: 1, Out: q.Get("out")}
	day := int(b.When.Weekday)
	for _, f := range []struct {
		name      string
		at        *int
		low, high int
	}{{"day", &day, 0, 6}, {"hour", &b.When.Hour, 0, 23}, {"pump", &b.When.Pump, 1, 2}} {
		if err = readNumber(q, f.name, f.at, f.low, f.high); err != nil {
			return nil, err
		}
	}
	b.When.Weekday = time.Weekday(day)
	for d := range 7 {
		b.Weekdays = append(b.Weekdays, time.Weekday((d+1)%7)) // weeks begin on Monday
	}
	for h := range 24 {
		b.Hours = append(b.Hours, h)
	}
	m := u.Champion.Now()
	if m == nil {
		return v, nil
	}
	b.Stations = openStations(m.Bundle.Spec)
	s, err := u.mapAt(m, b.When)
	if err != nil {
		return nil, err
	}
	b.Date, b.Boroughs, b.Wards, b.Cells = s.Date, s.meanByBorough(), worstPlaces(s.Wards, b.Measure, worstWards), len(s.Cells)
	for _, p := range s.Cells {
		if b.Measure.isMissed(p.Answer) {
			b.Missing++
		}
	}
	drawn, by := s, b.Measure
	if b.When.Out != "" {
		all := b.When
		all.Out = ""
		open, err := u.mapAt(m, all)
		if err != nil {
			return nil, err
		}
		b.Closing = compareClosure(open, s, b.Measure)
		drawn, by = b.Closing.Changes, b.Measure.changeMeasure()
	}
	b.Map = drawn.drawMap(by, b.form().LinkTo)
	for i := range b.Map.Station {
		if t := &b.Map.Station[i]; !t.Out {
			t.Link = b.linkClosing(t.Name)
		}
	}
	return v, nil
}

// form is what a place of this map is asked with.
func (b *coverageBody) form() ask.Form {
	return ask.Form{When: b.Date.Format(ask.WhenLayout), Reported: "fire", Category: "Dwelling", Pump: strconv.Itoa(b.When.Pump)}
}

// Link is the address of the ask page for a ward at this moment.
func (b *coverageBody) Link(p mapPlace) string { return b.form().LinkTo(p.Call.WardCode) }

// readNumber reads an optional query field; outside its bounds it is lfb.ErrInvalid.
func readNumber(q url.Values, name string, at *int, low, high int) error {
	text := q.Get(name)
	if text == "" {
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < low || n > high {
		return fmt.Errorf("%s %.20q is not between %d and %d: %w", name, text, low, high, lfb.ErrInvalid)
	}
	*at = n
	return nil
}
