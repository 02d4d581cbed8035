package source

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"lfb/internal/lfb"
)

const maxColumns = 16384 // of a sheet

// cell is the text of one cell: of the row's buffer, or shared.
type cell struct {
	start, end int
	shared     string
}

// join turns the cells into fields, with one string for all of the row's own texts.
func (r *xlsxRows) join() {
	texts := string(r.buf)
	r.fields = r.fields[:0]
	for _, c := range r.cells {
		if c.start == c.end {
			r.fields = append(r.fields, c.shared)
		} else {
			r.fields = append(r.fields, texts[c.start:c.end])
		}
	}
}

// cell reads the cell whose start tag is the current one.
func (r *xlsxRows) cell() error {
	column := len(r.cells)
	if ref := r.x.attr("r"); ref != nil {
		column = columnOf(ref)
	}
	if column < len(r.cells) || column >= maxColumns {
		return fmt.Errorf("cell %q is out of order: %w", r.x.attr("r"), lfb.ErrInvalid)
	}
	for len(r.cells) < column {
		r.cells = append(r.cells, cell{})
	}
	kind := string(r.x.attr("t"))
	style, ok := natural(r.x.attr("s"))
	date := ok && style < len(r.book.dates) && r.book.dates[style]
	c, err := r.value(kind, date)
	r.cells = append(r.cells, c)
	return err
}

// value reads a cell of the given type up to its end.
func (r *xlsxRows) value(kind string, date bool) (cell, error) {
	start := len(r.buf)
	within := false
	for {
		token, err := r.x.next()
		if errors.Is(err, io.EOF) {
			err = fmt.Errorf("the sheet is cut off: %w", lfb.ErrInvalid)
		}
		if err != nil {
			return cell{}, err
		}
		switch name := r.x.name; {
		case token == xmlText:
			if within {
				r.buf = append(r.buf, r.x.text...)
			}
		case string(name) == "v":
			within = token == xmlStart
		case token == xmlStart && string(name) == "is":
			if r.buf, err = r.x.richText("is", r.buf); err != nil {
				return cell{}, err
			}
		case token == xmlEnd && string(name) == "c":
			return r.finish(kind, date, start)
		}
	}
}

// finish turns the text of a cell, from start on in the buffer, into what it means.
func (r *xlsxRows) finish(kind string, date bool, start int) (cell, error) {
	text := r.buf[start:]
	switch {
	case len(text) == 0:
	case kind == "s":
		i, ok := natural(text)
		if !ok {
			return cell{}, fmt.Errorf("shared string %.20q: %w", text, lfb.ErrInvalid)
		}
		s, err := r.book.shared.at(i)
		r.buf = r.buf[:start]
		return cell{shared: s}, err
	case date && (kind == "" || kind == "n"):
		if v, err := strconv.ParseFloat(string(text), 64); err == nil {
			r.buf = appendDate(r.buf[:start], v, r.book.from1904)
		}
	}
	return cell{start: start, end: len(r.buf)}, nil
}

// appendDate writes a spreadsheet's day number as a date, a time, or both.
func appendDate(dst []byte, v float64, from1904 bool) []byte {
	const toUnix, last, shift1904 = 25569, 2958465, 1462
	if from1904 && v >= 1 {
		v += shift1904
	}
	if !(v >= 0 && v <= last) {
		return strconv.AppendFloat(dst, v, 'f', -1, 64)
	}
	seconds := math.Round(v * 86400)
	at := time.Unix(int64(seconds)-toUnix*86400, 0).UTC()
	switch {
	case seconds < 86400:
		return at.AppendFormat(dst, time.TimeOnly)
	case math.Mod(seconds, 86400) == 0:
		return at.AppendFormat(dst, time.DateOnly)
	}
	return at.AppendFormat(dst, time.DateTime)
}

// natural reads digits; strconv would make an error value of each absent attribute.
func natural(b []byte) (v int, ok bool) {
	if len(b) == 0 || len(b) > 9 {
		return 0, false
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + int(c-'0')
	}
	return v, true
}

// columnOf is the column of a reference like AB12, counted from 0.
func columnOf(ref []byte) int {
	column := 0
	for _, c := range ref {
		if c < 'A' || c > 'Z' || column > maxColumns {
			break
		}
		column = column*26 + int(c-'A') + 1
	}
	return column - 1
}
