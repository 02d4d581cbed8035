package mysql

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"lfb/internal/lfb"
)

// line builds one row in the text form of LOAD DATA: fields parted by tabs, the
// row ended by a newline, \N for NULL. The first value that cannot be stored is
// kept in err.
type line struct {
	buf   []byte
	start int // of the row being built
	err   error
}

func (l *line) begin() { l.start = len(l.buf) }

// sum is a hash of the row's fields so far, to tell whether a row has changed.
func (l *line) sum() uint64 {
	s := sha256.Sum256(l.buf[l.start:])
	return binary.LittleEndian.Uint64(s[:])
}

func (l *line) end() { l.buf[len(l.buf)-1] = '\n' }

func (l *line) fail(column string, value any) {
	if l.err == nil {
		l.err = fmt.Errorf("column %s: %q: %w", column, fmt.Sprint(value), lfb.ErrInvalid)
	}
}

// text takes the word NULL for what it means in the published files: nothing.
// The embedded database's LOAD DATA cannot tell the two apart.
func (l *line) text(column, s string) {
	if s == "NULL" {
		s = ""
	}
	if !utf8.ValidString(s) {
		l.fail(column, s)
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '\\', '\t', '\n', '\r', 0:
			l.escaped(c)
		default:
			l.buf = append(l.buf, c)
		}
	}
	l.buf = append(l.buf, '\t')
}

func (l *line) escaped(c byte) {
	switch c {
	case '\t':
		c = 't'
	case '\n':
		c = 'n'
	case '\r':
		c = 'r'
	case 0:
		c = '0'
	}
	l.buf = append(l.buf, '\\', c)
}

func (l *line) null() { l.buf = append(l.buf, '\\', 'N', '\t') }

func (l *line) int(n int64) { l.buf = append(strconv.AppendInt(l.buf, n, 10), '\t') }

func (l *line) uint(n uint64) { l.buf = append(strconv.AppendUint(l.buf, n, 10), '\t') }

func (l *line) optInt(n lfb.Opt[int]) {
	if !n.OK {
		l.null()
		return
	}
	l.int(int64(n.V))
}

func (l *line) optInt64(n lfb.Opt[int64]) {
	if !n.OK {
		l.null()
		return
	}
	l.int(n.V)
}

func (l *line) optFloat(column string, x lfb.Opt[float64]) {
	if !x.OK {
		l.null()
		return
	}
	if math.IsNaN(x.V) || math.IsInf(x.V, 0) {
		l.fail(column, x.V)
	}
	l.buf = append(strconv.AppendFloat(l.buf, x.V, 'g', -1, 64), '\t')
}

func (l *line) bool(b bool) {
	if b {
		l.int(1)
		return
	}
	l.int(0)
}

// day and clock write t as its own location has it.
func (l *line) day(t time.Time)   { l.buf = t.AppendFormat(l.buf, "2006-01-02\t") }
func (l *line) clock(t time.Time) { l.buf = t.AppendFormat(l.buf, "15:04:05\t") }

// instant writes t in UTC, to the second.
func (l *line) instant(column string, t lfb.Opt[time.Time]) {
	if !t.OK {
		l.null()
		return
	}
	l.year(column, t.V)
	l.buf = t.V.UTC().AppendFormat(l.buf, "2006-01-02 15:04:05\t")
}

// year refuses what a DATE does not hold, and the zero time.
func (l *line) year(column string, t time.Time) {
	if y := t.Year(); y < 1900 || y > 9998 {
		l.fail(column, t)
	}
}
