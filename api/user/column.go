package user

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/serve"
)

// cell is one value of a table: what CSV, Parquet, data frames and tensors have
// in common.
type cell struct {
	kind cellKind
	text string
	num  float64
	at   time.Time
}

type cellKind uint8

const (
	emptyCell  cellKind = iota
	textCell            // text where text is meant
	looseCell           // text of a format that has nothing else, like CSV
	numberCell          // num; NaN is missing
	timeCell            // at
)

// row is one row of a table on its way to becoming a Call.
type row struct {
	Call
	hour, month *int // of the original's columns
}

// column is how one column's cells get into a row. set returns what is wrong,
// empty where nothing is.
type column struct {
	field     string // of Call: what it is called in the API
	hindsight bool   // known only after the event: accepted, ignored and named
	set       func(*row, cell) string
}

// newColumns are the columns that a table may have: the fields of Call, with
// their bounds, and the original's names of them.
func newColumns() map[string]column {
	out := map[string]column{}
	t := reflect.TypeFor[Call]()
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		out[name] = column{field: name, set: setter(i, f)}
	}
	for original, name := range map[string]string{
		"IncGeo_BoroughCode": "borough_code", "IncGeo_WardCode": "ward_code", "IncidentStationGround": "station_ground",
		"Easting_rounded": "easting", "Northing_rounded": "northing", "Easting_m": "easting", "Northing_m": "northing",
		"Latitude": "latitude", "Longitude": "longitude", "Postcode_full": "postcode", "Postcode_district": "postcode_district",
		"PropertyCategory": "property_category", "PropertyType": "property_type", "IncidentNumber": "incident_reference",
	} {
		out[original] = out[name]
	}
	out["HourOfCall"] = column{field: "time", set: whole(0, 23, func(r *row, v int) { r.hour = &v })}
	out["Month"] = column{field: "time", set: whole(1, 12, func(r *row, v int) { r.month = &v })}
	out["PumpOrder"] = column{field: "pump", set: whole(1, 1000, func(r *row, v int) { r.Pump = Whole(min(v, 2)) })}
	for _, name := range hindsight() {
		out[name] = column{hindsight: true, set: func(*row, cell) string { return "" }}
	}
	return out
}

// hindsight are the original's fields that are known only after the event.
func hindsight() []string {
	return []string{"NumStationsWithPumpsAttending", "NumPumpsAttending", "PumpCount", "PumpHoursRoundUp", "DelayCodeId"}
}

func setter(i int, f reflect.StructField) func(*row, cell) string {
	at := func(r *row) reflect.Value { return reflect.ValueOf(&r.Call).Elem().Field(i) }
	switch f.Type {
	case reflect.TypeFor[string]():
		most := int(bound(f, "maxLength", math.MaxInt32))
		return func(r *row, c cell) string {
			v, wrong := c.asText(most)
			at(r).SetString(v)
			return wrong
		}
	case reflect.TypeFor[*float64]():
		lo, hi := bound(f, "minimum", math.Inf(-1)), bound(f, "maximum", math.Inf(1))
		return func(r *row, c cell) string {
			v, ok, wrong := c.asNumber(lo, hi)
			if ok {
				at(r).Set(reflect.ValueOf(&v))
			}
			return wrong
		}
	case reflect.TypeFor[*time.Time]():
		return func(r *row, c cell) string {
			v, ok, wrong := c.asTime()
			if ok {
				at(r).Set(reflect.ValueOf(&v))
			}
			return wrong
		}
	case reflect.TypeFor[Whole]():
		return whole(bound(f, "minimum", 0), bound(f, "maximum", math.MaxInt32), func(r *row, v int) { at(r).SetInt(int64(v)) })
	}
	panic("a field of Call of a type that no cell can have: " + f.Name)
}

// bound is a number in the field's tag.
func bound(f reflect.StructField, tag string, other float64) float64 {
	v, err := strconv.ParseFloat(f.Tag.Get(tag), 64)
	if err != nil {
		return other
	}
	return v
}

func whole(lo, hi float64, set func(*row, int)) func(*row, cell) string {
	return func(r *row, c cell) string {
		v, ok, wrong := c.asNumber(lo, hi)
		switch {
		case wrong != "" || !ok:
			return wrong
		case v != math.Trunc(v):
			return fmt.Sprintf("%v is no whole number", v)
		}
		set(r, int(v))
		return ""
	}
}

func (c cell) asText(most int) (v, wrong string) {
	switch c.kind {
	case emptyCell:
		return "", ""
	case textCell, looseCell:
		if n := len([]rune(c.text)); n > most {
			return "", fmt.Sprintf("%d characters, where at most %d can be", n, most)
		}
		return c.text, ""
	}
	return "", "a number, where text is wanted"
}

func (c cell) asNumber(lo, hi float64) (v float64, ok bool, wrong string) {
	v = c.num
	switch c.kind {
	case emptyCell:
		return 0, false, ""
	case looseCell:
		var err error
		if v, err = strconv.ParseFloat(strings.TrimSpace(c.text), 64); err != nil {
			return 0, false, fmt.Sprintf("%.40q is no number", c.text)
		}
	case textCell, timeCell:
		return 0, false, fmt.Sprintf("%.40q, where a number is wanted", c.text)
	}
	switch {
	case v != v:
		return 0, false, ""
	case v < lo || v > hi:
		return 0, false, fmt.Sprintf("%v is not within %v and %v", v, lo, hi)
	}
	return v, true, ""
}

func (c cell) asTime() (v time.Time, ok bool, wrong string) {
	switch c.kind {
	case emptyCell:
		return v, false, ""
	case timeCell:
		return c.at, true, ""
	case numberCell:
		return v, false, fmt.Sprintf("%v, where a time is wanted", c.num)
	}
	text := strings.TrimSpace(c.text)
	if v, err := time.Parse(time.RFC3339, text); err == nil {
		return v, true, ""
	}
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02T15:04:05"} {
		if v, err := time.ParseInLocation(layout, text, lfb.London); err == nil {
			return v, true, ""
		}
	}
	return v, false, fmt.Sprintf("%.40q is no time like 2017-03-08T14:25:00Z", c.text)
}

// question turns the row into a Question. Wrong cells are named by field.
func (r *row) question(now time.Time) (serve.Question, []httpx.Field) {
	if r.Time == nil && (r.hour != nil || r.month != nil) {
		at := onHour(now.In(lfb.London), r.hour, r.month)
		r.Time = &at
	}
	return r.Call.question(now)
}

// onHour is at, moved to another hour or month where they are given.
func onHour(at time.Time, hour, month *int) time.Time {
	m, h := at.Month(), at.Hour()
	if month != nil {
		m = time.Month(*month)
	}
	if hour != nil {
		h = *hour
	}
	if m == at.Month() && h == at.Hour() {
		return at
	}
	day := min(at.Day(), 28) // every month has one
	return time.Date(at.Year(), m, day, h, 30, 0, 0, lfb.London)
}
