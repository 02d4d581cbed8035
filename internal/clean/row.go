package clean

import (
	"fmt"
	"strings"

	"lfb/internal/lfb"
	"lfb/internal/table"
)

// The reasons for which a row is rejected.
const (
	badWidth     = "not as many fields as the header"
	noKey        = "missing"
	badKey       = "not a key"
	noDate       = "missing"
	badDate      = "not a date"
	badTime      = "not a time"
	hourConflict = "HourOfCall is not the hour of TimeOfCall"
)

// The reasons for which a value is made missing or mended.
const (
	notNumber     = "not a number, made missing"
	notWhole      = "not a whole number, made missing"
	notTime       = "not a date and time, made missing"
	outOfRange    = "out of range, made missing"
	zeroZero      = "0, 0, made missing"
	halfPair      = "without the other coordinate, made missing"
	monthFirst    = "month before day, put right by the incident's number"
	hyphenLost    = "hyphen restored"
	fromDate      = "taken from the date of call"
	fromTime      = "taken from the time of call"
	fromMobilised = "taken from the mobilisation"
	twelveHour    = "12-hour clock, put right by HourOfCall"
	skippedHour   = "within the hour that summer time skips"
	noSeconds     = "seconds are cut off"
	beforeStart   = "earlier than the mobilisation, made missing"
	hoursUnit     = "hours, turned into minutes"
)

// The longest time that the brigade publishes is 20 minutes.
const maxAttendance = 1200

// row reads the fields of one line of a file and counts what it mends. Its
// parser's Parse fills it anew for each line.
type row struct {
	layout
	tally  Tally
	line   int64
	fields []string
}

// start takes up the next line.
func (r *row) start(line int64, fields []string) *lfb.Reject {
	r.line, r.fields = line, fields
	if len(fields) != r.width {
		return &lfb.Reject{
			Line: line, Column: "(row)", Reason: badWidth,
			Value: fmt.Sprintf("%d fields, not %d", len(fields), r.width),
		}
	}
	return nil
}

// readColumns reads every column into the parser's own row.
func (r *row) readColumns() {
	for c := range r.layout.columns {
		if read := r.layout.columns[c].read; read != nil {
			read(r, c)
		}
	}
}

// words reads a text, spelled as is wanted of it.
func words(spell func(string) string, dst *string) func(*row, int) {
	return func(r *row, c int) { *dst = spell(r.text(c)) }
}

// whole reads a whole number that lies in [low, high].
func whole(low, high int64, dst *lfb.Opt[int]) func(*row, int) {
	return func(r *row, c int) { *dst = r.small(c, low, high) }
}

// text is column c, trimmed, and empty where it is missing or the file lacks it.
func (r *row) text(c int) string {
	if i := r.at[c]; i >= 0 {
		return table.Text(r.fields[i])
	}
	return ""
}

// reject says that the row cannot be used, because of column c.
func (r *row) reject(c int, why string) *lfb.Reject {
	return &lfb.Reject{Line: r.line, Column: r.layout.columns[c].name, Value: shown(r.text(c)), Reason: why}
}

func (r *row) repair(c int, why string) {
	r.tally.repair(r.line, r.layout.columns[c].name, shown(r.text(c)), why)
}

// shown is a value as a message can hold it, in memory of its own.
func shown(s string) string {
	if len(s) > 120 {
		return strings.ToValidUTF8(s[:120], "") + "…"
	}
	return strings.Clone(s)
}

// integer is column c where it lies in [low, high]; otherwise missing, and counted.
func (r *row) integer(c int, low, high int64) lfb.Opt[int64] {
	s := r.text(c)
	if s == "" {
		return lfb.Opt[int64]{}
	}
	v, ok := table.ParseWhole(s)
	switch {
	case !ok:
		r.repair(c, notWhole)
	case v < low || v > high:
		r.repair(c, outOfRange)
	default:
		return lfb.Some(v)
	}
	return lfb.Opt[int64]{}
}

func (r *row) small(c int, low, high int64) lfb.Opt[int] {
	v := r.integer(c, low, high)
	return lfb.Opt[int]{V: int(v.V), OK: v.OK}
}

// id is an identifier of which 0 means none.
func (r *row) id(c int) lfb.Opt[int64] {
	v := r.integer(c, 0, 1<<53)
	v.OK = v.OK && v.V != 0
	if !v.OK {
		v.V = 0
	}
	return v
}

// number is column c where it lies in [low, high]; otherwise missing, and counted.
func (r *row) number(c int, low, high float64) lfb.Opt[float64] {
	s := r.text(c)
	if s == "" {
		return lfb.Opt[float64]{}
	}
	v, ok := table.ParseNumber(s)
	switch {
	case !ok:
		r.repair(c, notNumber)
	case v < low || v > high:
		r.repair(c, outOfRange)
	default:
		return lfb.Some(v)
	}
	return lfb.Opt[float64]{}
}

// span is the range of the two coordinates of a pair.
type span struct{ lowX, highX, lowY, highY float64 }

// pair reads the coordinates in a column and the next. One is worth nothing without
// the other, and the publication writes 0, 0 for a place it does not know.
func pair(s span, dstX, dstY *lfb.Opt[float64]) func(*row, int) {
	const anything = 1e18
	return func(r *row, c int) {
		x, y := r.number(c, -anything, anything), r.number(c+1, -anything, anything)
		switch {
		case !x.OK && !y.OK:
		case !y.OK:
			r.repair(c, halfPair)
		case !x.OK:
			r.repair(c+1, halfPair)
		case x.V == 0 && y.V == 0:
			r.repair(c, zeroZero)
		case x.V < s.lowX || x.V > s.highX:
			r.repair(c, outOfRange)
		case y.V < s.lowY || y.V > s.highY:
			r.repair(c+1, outOfRange)
		default:
			*dstX, *dstY = x, y
		}
	}
}
