package synthetic

import (
	"strconv"
	"strings"
)

// row appends the fields of CSV rows to a buffer.
type row struct {
	b     []byte
	null  string // what stands for nothing in this row: empty, or NULL
	float bool   // whole numbers are written as 416.0
}

// start begins a row in one of the published files' manners.
func (r *row) start(nulls, floats bool) {
	r.null, r.float = "", floats
	if nulls {
		r.null = "NULL"
	}
}

// text appends s and a comma, quoted where it must be; empty is nothing.
func (r *row) text(s string) {
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

// none appends a missing value.
func (r *row) none() { r.text("") }

// whole appends a number that is always written without a point.
func (r *row) whole(v int64) {
	r.b = append(strconv.AppendInt(r.b, v, 10), ',')
}

// number appends a number that the files also write as 416.0.
func (r *row) number(v int64) {
	r.b = strconv.AppendInt(r.b, v, 10)
	if r.float {
		r.b = append(r.b, ".0"...)
	}
	r.b = append(r.b, ',')
}

// decimal appends v with so many digits behind the point.
func (r *row) decimal(v float64, digits int) {
	r.b = append(strconv.AppendFloat(r.b, v, 'f', digits, 64), ',')
}

// clock appends hh:mm:ss, or hh:mm without seconds, of a second of the day.
func (r *row) clock(second int32, seconds bool) {
	r.b = appendTwo(r.b, second/3600)
	r.b = append(r.b, ':')
	r.b = appendTwo(r.b, second/60%60)
	if seconds {
		r.b = append(r.b, ':')
		r.b = appendTwo(r.b, second%60)
	}
}

func appendTwo(b []byte, v int32) []byte { return append(b, byte('0'+v/10), byte('0'+v%10)) }

// end closes the row: the last comma becomes a line's end.
func (r *row) end() { r.b[len(r.b)-1] = '\n' }
