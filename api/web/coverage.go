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
	mapAsked
	Date     time.Time
	Measures []measure
	Weekdays []time.Weekday
	Hours    []int
	Map      *mapFrame
	Boroughs []group
	Wards    []mapPlace
	Missing  int // cells that miss the aim
	Cells    int
}

// mapAsked is which map is asked for.
type mapAsked struct {
	When    moment
	Measure measure
}

// readMapAsked reads an address; what it does not say is now and the first engine.
func (u *ui) readMapAsked(q url.Values) (mapAsked, error) {
	now := u.Now().In(lfb.London)
	a := mapAsked{moment{Weekday: now.Weekday(), Hour: now.Hour(), Pump: 1}, measureByKey(q.Get("by"))}
	day := int(a.When.Weekday)
	for _, f := range []struct {
		name      string
		at        *int
		low, high int
	}{{"day", &day, 0, 6}, {"hour", &a.When.Hour, 0, 23}, {"pump", &a.When.Pump, 1, 2}} {
		if err := readNumber(q, f.name, f.at, f.low, f.high); err != nil {
			return a, err
		}
	}
	a.When.Weekday = time.Weekday(day)
	if as := q.Get("as"); as == u.standingKey(now) {
		a.When.Stands = as
	}
	return a, nil
}

// query is what readMapAsked reads.
func (a mapAsked) query() url.Values {
	q := url.Values{
		"by": {a.Measure.Key}, "day": {strconv.Itoa(int(a.When.Weekday))}, "hour": {strconv.Itoa(a.When.Hour)},
		"pump": {strconv.Itoa(a.When.Pump)},
	}
	if a.When.Stands != "" {
		q.Set("as", a.When.Stands)
	}
	return q
}

// text says what the colours are of.
func (a mapAsked) text() string {
	engine := "first"
	if a.When.Pump == 2 {
		engine = "second"
	}
	stands := ""
	if a.When.Stands != "" {
		stands = ", as the engines stand now"
	}
	return fmt.Sprintf("for a fire in a home on a %s at %02d:00, %s engine%s", a.When.Weekday, a.When.Hour, engine, stands)
}

func (u *ui) showCoverage(r *http.Request) (*view, error) {
	if out := r.URL.Query().Get("out"); out != "" { // was asked here once
		return redirectAfter(r, "", coverPath, url.Values{"out": {out}}), nil
	}
	a, err := u.readMapAsked(r.URL.Query())
	if err != nil {
		return nil, err
	}
	now := u.Now().In(lfb.London)
	isNow := a.When.Weekday == now.Weekday() && a.When.Hour == now.Hour()
	if isNow && !r.URL.Query().Has("as") { // as=usual is the other
		a.When.Stands = u.standingKey(now)
	}
	b := &coverageBody{mapAsked: a, Measures: allMeasures()}
	v := &view{Template: "coverage", Title: "Coverage", Section: "coverage", Body: b}
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
	s, err := u.mapAt(m, a.When)
	if err != nil {
		return nil, err
	}
	b.Date, b.Boroughs, b.Wards, b.Cells = s.Date, s.meanByBorough(), worstPlaces(s.Wards, b.Measure, worstWards),
		len(s.Cells)
	for _, p := range s.Cells {
		if b.Measure.isMissed(p.Answer) {
			b.Missing++
		}
	}
	b.Map = u.newMapFrame(m, a)
	b.Map.Ask, b.Map.Close = b.form().LinkTo(""), coverPath+"?"
	return v, nil
}

// form is what a place of this map is asked with.
func (b *coverageBody) form() ask.Form {
	return ask.Form{
		When: b.Date.Format(ask.WhenLayout), Reported: "fire", Category: "Dwelling",
		Pump: strconv.Itoa(b.When.Pump),
	}
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
