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

// startRow takes up the next line.
func (r *row) startRow(line int64, fields []string) *lfb.Reject {
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

// readText reads a text, spelled as is wanted of it.
func readText(spell func(string) string, dst *string) func(*row, int) {
	return func(r *row, c int) { *dst = spell(r.text(c)) }
}

// readWhole reads a whole number that lies in [low, high].
func readWhole(low, high int64, dst *lfb.Opt[int]) func(*row, int) {
	return func(r *row, c int) { *dst = r.parseInt(c, low, high) }
}

// text is column c, trimmed, and empty where it is missing or the file lacks it.
func (r *row) text(c int) string {
	if i := r.at[c]; i >= 0 {
		return table.Text(r.fields[i])
	}
	return ""
}

// rejectRow says that the row cannot be used, because of column c.
func (r *row) rejectRow(c int, why string) *lfb.Reject {
	return &lfb.Reject{Line: r.line, Column: r.layout.columns[c].name, Value: shortenValue(r.text(c)), Reason: why}
}

func (r *row) countRepair(c int, why string) {
	r.tally.countRepair(r.line, r.layout.columns[c].name, shortenValue(r.text(c)), why)
}

// shortenValue is a value as a message can hold it, in memory of its own.
func shortenValue(s string) string {
	if len(s) > 120 {
		return strings.ToValidUTF8(s[:120], "") + "…"
	}
	return strings.Clone(s)
}

// parseInteger is column c where it lies in [low, high]; otherwise missing, and counted.
func (r *row) parseInteger(c int, low, high int64) lfb.Opt[int64] {
	s := r.text(c)
	if s == "" {
		return lfb.Opt[int64]{}
	}
	v, ok := table.ParseWhole(s)
	switch {
	case !ok:
		r.countRepair(c, notWhole)
	case v < low || v > high:
		r.countRepair(c, outOfRange)
	default:
		return lfb.Some(v)
	}
	return lfb.Opt[int64]{}
}

func (r *row) parseInt(c int, low, high int64) lfb.Opt[int] {
	v := r.parseInteger(c, low, high)
	return lfb.Opt[int]{V: int(v.V), OK: v.OK}
}

// parseID is an identifier of which 0 means none.
func (r *row) parseID(c int) lfb.Opt[int64] {
	v := r.parseInteger(c, 0, 1<<53)
	v.OK = v.OK && v.V != 0
	if !v.OK {
		v.V = 0
	}
	return v
}

// parseNumber is column c where it lies in [low, high]; otherwise missing, and counted.
func (r *row) parseNumber(c int, low, high float64) lfb.Opt[float64] {
	s := r.text(c)
	if s == "" {
		return lfb.Opt[float64]{}
	}
	v, ok := table.ParseNumber(s)
	switch {
	case !ok:
		r.countRepair(c, notNumber)
	case v < low || v > high:
		r.countRepair(c, outOfRange)
	default:
		return lfb.Some(v)
	}
	return lfb.Opt[float64]{}
}

// span is the range of the two coordinates of a pair.
type span struct{ lowX, highX, lowY, highY float64 }

// readPair reads the coordinates in a column and the next. One is worth nothing without
// the other, and the publication writes 0, 0 for a place it does not know.
func readPair(s span, dstX, dstY *lfb.Opt[float64]) func(*row, int) {
	const anything = 1e18
	return func(r *row, c int) {
		x, y := r.parseNumber(c, -anything, anything), r.parseNumber(c+1, -anything, anything)
		switch {
		case !x.OK && !y.OK:
		case !y.OK:
			r.countRepair(c, halfPair)
		case !x.OK:
			r.countRepair(c+1, halfPair)
		case x.V == 0 && y.V == 0:
			r.countRepair(c, zeroZero)
		case x.V < s.lowX || x.V > s.highX:
			r.countRepair(c, outOfRange)
		case y.V < s.lowY || y.V > s.highY:
			r.countRepair(c+1, outOfRange)
		default:
			*dstX, *dstY = x, y
		}
	}
}
