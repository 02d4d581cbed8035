package user

import (
	"fmt"
	"math"
	"strings"
	"time"

	"lfb/internal/feature"
	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/serve"
	"lfb/internal/table"
)

// row is one row of a table or of tensors on its way to becoming a Call.
type row struct {
	Call
	hour, month *int   // of the original's columns
	date, clock string // of the brigade's
	findings    []feature.Finding
}

// field is a fact of a call, as tables and tensors may name it. set reads a cell that
// is no hole into a row, and returns what is wrong with it, empty where nothing is.
type field struct {
	name     string // in the API
	datatype string // as a tensor
	set      func(*row, string, parseNumber) string
	also     []string // the original's names of it
}

// parseNumber reads a number as the table at hand writes them.
type parseNumber func(string) (float64, bool)

// callFields are the fields of Call, in its order and with its bounds; without precision_m, which in
// tables is a column of the answer and may come back with it.
func callFields() []field {
	return []field{
		textField("postcode", 10, func(r *row) *string { return &r.Postcode }, "Postcode_full"),
		textField("postcode_district", 10, func(r *row) *string { return &r.PostcodeDistrict }),
		numberField("latitude", 49, 61, func(r *row) **float64 { return &r.Latitude }),
		numberField("longitude", -9, 3, func(r *row) **float64 { return &r.Longitude }),
		numberField("easting", 0, 700_000, func(r *row) **float64 { return &r.Easting }, "Easting_rounded", "Easting_m"),
		numberField("northing", 0, 1_300_000, func(r *row) **float64 { return &r.Northing }, "Northing_rounded",
			"Northing_m"),
		textField("borough_code", 12, func(r *row) *string { return &r.BoroughCode }, "IncGeo_BoroughCode"),
		textField("ward_code", 12, func(r *row) *string { return &r.WardCode }, "IncGeo_WardCode"),
		textField("station_ground", 60, func(r *row) *string { return &r.StationGround }, "IncidentStationGround"),
		{name: "time", datatype: "BYTES", set: setTime},
		textField("reported", 60, func(r *row) *string { return &r.Reported }),
		textField("incident_group", 40, func(r *row) *string { return &r.IncidentGroup }),
		textField("special_service_type", 60, func(r *row) *string { return &r.SpecialService }),
		textField("property_category", 60, func(r *row) *string { return &r.PropertyCategory }),
		textField("property_type", 120, func(r *row) *string { return &r.PropertyType }),
		wholeField("pump", 0, 2, func(r *row, v int) { r.Pump = Whole(v) }),
		textField("sent_from", 60, func(r *row) *string { return &r.SentFrom }),
		numberField("recent_load", 0, 1000, func(r *row) **float64 { return &r.RecentLoad }),
		textField("incident_reference", 40, func(r *row) *string { return &r.IncidentReference }, "IncidentNumber"),
	}
}

// originalFields are the columns of the brigade's files and of the original that are no
// field of Call: most say when.
func originalFields() []field {
	return []field{
		{name: "DateOfCall", datatype: "BYTES", set: setDate},
		{name: "TimeOfCall", datatype: "BYTES", set: setClock},
		wholeField("HourOfCall", 0, 23, func(r *row, v int) { r.hour = &v }),
		wholeField("Month", 1, 12, func(r *row, v int) { r.month = &v }),
		wholeField("PumpOrder", 1, 1000, func(r *row, v int) { r.Pump = Whole(min(v, 2)) }),
	}
}

// placeFields are the fields that say where.
func placeFields() []string {
	return []string{
		"postcode", "postcode_district", "latitude", "longitude", "easting", "northing", "borough_code",
		"ward_code", "station_ground",
	}
}

// hindsightColumns are the original's fields that are known only after the event:
// accepted, ignored and named, in the order of NewCall.
func hindsightColumns() []string {
	return []string{"NumStationsWithPumpsAttending", "NumPumpsAttending", "PumpCount", "PumpHoursRoundUp", "DelayCodeId"}
}

func textField(name string, longest int, target func(*row) *string, also ...string) field {
	return field{name: name, datatype: "BYTES", also: also, set: func(r *row, cell string, _ parseNumber) string {
		if n := len([]rune(cell)); n > longest {
			return fmt.Sprintf("%d characters, where at most %d can be", n, longest)
		}
		*target(r) = cell
		return ""
	}}
}

func numberField(name string, lo, hi float64, target func(*row) **float64, also ...string) field {
	return field{name: name, datatype: "FP64", also: also, set: func(r *row, cell string, parse parseNumber) string {
		v, wrong := boundedNumber(cell, lo, hi, parse)
		if wrong == "" {
			*target(r) = &v
		}
		return wrong
	}}
}

func wholeField(name string, lo, hi float64, set func(*row, int)) field {
	return field{name: name, datatype: "INT64", set: func(r *row, cell string, parse parseNumber) string {
		v, wrong := boundedNumber(cell, lo, hi, parse)
		switch {
		case wrong != "":
			return wrong
		case v != math.Trunc(v):
			return fmt.Sprintf("%v is no whole number", v)
		}
		set(r, int(v))
		return ""
	}}
}

func boundedNumber(cell string, lo, hi float64, parse parseNumber) (v float64, wrong string) {
	v, ok := parse(cell)
	switch {
	case !ok:
		return 0, fmt.Sprintf("%.40q is no number", cell)
	case v < lo || v > hi:
		return 0, fmt.Sprintf("%v is not within %v and %v", v, lo, hi)
	}
	return v, ""
}

func setTime(r *row, cell string, _ parseNumber) string {
	at, err := table.ParseTime(cell, lfb.London)
	if err != nil {
		return lfb.Plain(err)
	}
	if r.Time = &at; table.IsRepeated(at) {
		r.findings = append(r.findings, feature.Finding{Code: feature.FindingRepeatedHour, Fact: "time", Value: cell})
	}
	return ""
}

// setDate reads the brigade's date of a call, without the midnight that workbooks put behind it.
func setDate(r *row, cell string, _ parseNumber) string {
	_, rest, ok := table.ParseDate(cell)
	if !ok {
		return fmt.Sprintf("%.40q is no date like 2017-03-08", cell)
	}
	r.date = strings.TrimSuffix(cell, rest)
	return ""
}

// setClock reads the brigade's time of day of a call.
func setClock(r *row, cell string, _ parseNumber) string {
	c, ok := table.ParseClock(cell)
	if !ok {
		return fmt.Sprintf("%.40q is no time like 14:25:00", cell)
	}
	r.clock, r.hour = cell, &c.Hour
	return ""
}

// question turns the row into a Question. Wrong cells are named by field.
func (r *row) question(now time.Time) (serve.Question, []httpx.Field) {
	bad := r.readWhen(now)
	q, more := r.Call.question(now)
	q.Findings = append(r.findings, q.Findings...)
	return q, append(bad, more...)
}

// readWhen sets the time by the columns that say it in parts, where none says it whole.
func (r *row) readWhen(now time.Time) []httpx.Field {
	switch {
	case r.Time != nil:
		for _, part := range []struct {
			name  string
			given bool
		}{
			{"DateOfCall", r.date != ""},
			{"TimeOfCall", r.clock != ""},
			{"HourOfCall", r.hour != nil && r.clock == ""},
			{"Month", r.month != nil},
		} {
			if part.given {
				r.findings = append(r.findings, feature.Finding{
					Code: feature.FindingSuperseded, Fact: part.name, Used: "time",
				})
			}
		}
	case r.date != "":
		if r.clock == "" && r.hour != nil {
			r.clock = fmt.Sprintf("%d:30", *r.hour)
		}
		if wrong := setTime(r, r.date+" "+r.clock, nil); wrong != "" {
			return []httpx.Field{{Pointer: "/DateOfCall", Detail: wrong}}
		}
	case r.hour != nil || r.month != nil:
		at := onHour(now.In(lfb.London), r.hour, r.month)
		r.Time = &at
	}
	return nil
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
