package load

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"lfb/internal/lfb"
)

// line builds rows in the text form of LOAD DATA: fields parted by tabs,
// rows ended by a newline, \N for NULL. The first value that cannot be stored is
// kept in err.
type line struct {
	buf    []byte
	start  int    // of the row being built
	column string // being written
	err    error
}

func (l *line) beginRow() { l.start = len(l.buf) }

// hashRow is a hash of the row's fields so far, to tell whether a row has changed.
func (l *line) hashRow() uint64 {
	s := sha256.Sum256(l.buf[l.start:])
	return binary.LittleEndian.Uint64(s[:])
}

func (l *line) endRow() { l.buf[len(l.buf)-1] = '\n' }

func (l *line) keepError(column string, value any) {
	if l.err == nil {
		l.err = fmt.Errorf("column %s: %q: %w", column, fmt.Sprint(value), lfb.ErrInvalid)
	}
}

var escapeText = strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`, "\x00", `\0`)

// appendText takes the word NULL for what it means in the published files: nothing.
// The embedded database's LOAD DATA cannot tell the two apart.
func (l *line) appendText(s string) {
	if s == "NULL" {
		s = ""
	}
	if !utf8.ValidString(s) {
		l.keepError(l.column, s)
	}
	l.buf = append(append(l.buf, escapeText.Replace(s)...), '\t')
}

func (l *line) appendNull() { l.buf = append(l.buf, '\\', 'N', '\t') }

func (l *line) appendInt(n int64) { l.buf = append(strconv.AppendInt(l.buf, n, 10), '\t') }

func (l *line) appendUint(n uint64) { l.buf = append(strconv.AppendUint(l.buf, n, 10), '\t') }

func (l *line) appendFloat(x float64) {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		l.keepError(l.column, x)
	}
	l.buf = append(strconv.AppendFloat(l.buf, x, 'g', -1, 64), '\t')
}

func (l *line) appendBool(b bool) {
	if b {
		l.appendInt(1)
	} else {
		l.appendInt(0)
	}
}

// appendTime writes t as its own location has it, and refuses the zero time and what a
// DATE does not hold.
func (l *line) appendTime(t time.Time, layout string) {
	if y := t.Year(); y < 1900 || y > 9998 {
		l.keepError(l.column, t)
	}
	l.buf = append(t.AppendFormat(l.buf, layout), '\t')
}

// appendLiterals turns a row in the text form into (…, …). The two have the
// same escapes; a string literal's quote is doubled besides.
func appendLiterals(dst, row []byte) []byte {
	sep := byte('(')
	for field := range bytes.SplitSeq(bytes.TrimSuffix(row, []byte{'\n'}), []byte{'\t'}) {
		dst = append(dst, sep)
		sep = ','
		if string(field) == `\N` {
			dst = append(dst, "NULL"...)
			continue
		}
		dst = append(dst, '\'')
		dst = append(dst, bytes.ReplaceAll(field, []byte{'\''}, []byte("''"))...)
		dst = append(dst, '\'')
	}
	return append(dst, ')')
}
