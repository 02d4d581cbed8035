package synthetic

import (
	"strconv"
	"strings"
)

// rowBuffer appends the fields of CSV rows to a buffer.
type rowBuffer struct {
	b     []byte
	null  string // what stands for nothing in this row: empty, or NULL
	float bool   // whole numbers are written as 416.0
}

// startRow begins a row; nulls and floats say how the file writes missing values and numbers.
func (r *rowBuffer) startRow(nulls, floats bool) {
	r.null, r.float = "", floats
	if nulls {
		r.null = "NULL"
	}
}

// appendText appends s and a comma, quoted where it must be; empty is nothing.
func (r *rowBuffer) appendText(s string) {
	switch {
	case s == "":
		r.b = append(r.b, r.null...)
	case strings.IndexByte(s, ',') >= 0 || strings.IndexByte(s, '"') >= 0:
		r.b = append(r.b, '"')
		r.b = append(r.b, strings.ReplaceAll(s, `"`, `""`)...)
		r.b = append(r.b, '"')
	default:
		r.b = append(r.b, s...)
	}
	r.b = append(r.b, ',')
}

// appendMissing appends a missing value.
func (r *rowBuffer) appendMissing() { r.appendText("") }

// appendWhole appends a number that every file writes as an integer.
func (r *rowBuffer) appendWhole(v int64) {
	r.b = append(strconv.AppendInt(r.b, v, 10), ',')
}

// appendNumber appends a number that some of the files write as 416.0.
func (r *rowBuffer) appendNumber(v int64) {
	r.b = strconv.AppendInt(r.b, v, 10)
	if r.float {
		r.b = append(r.b, ".0"...)
	}
	r.b = append(r.b, ',')
}

// appendDecimal appends v with this many digits after the point.
func (r *rowBuffer) appendDecimal(v float64, digits int) {
	r.b = append(strconv.AppendFloat(r.b, v, 'f', digits, 64), ',')
}

// appendClock appends hh:mm:ss, or hh:mm without seconds, of a second of the day.
func (r *rowBuffer) appendClock(second int32, seconds bool) {
	r.b = appendTwo(r.b, second/3600)
	r.b = append(r.b, ':')
	r.b = appendTwo(r.b, second/60%60)
	if seconds {
		r.b = append(r.b, ':')
		r.b = appendTwo(r.b, second%60)
	}
}

func appendTwo(b []byte, v int32) []byte { return append(b, byte('0'+v/10), byte('0'+v%10)) }

// endRow ends the row: its last comma becomes the line end.
func (r *rowBuffer) endRow() { r.b[len(r.b)-1] = '\n' }
