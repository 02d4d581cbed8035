package mysql

import (
	"errors"
	"fmt"
	"io"
	"iter"

	"lfb/internal/lfb"
)

// feeder hands a file's rows to the staging table, as a stream or as a list of
// values, no more at a time than limit allows.
type feeder interface {
	io.Reader
	values(head []byte, size int) []byte
	limit(rows int64)
	counts() fed
	stop()
}

// fed is what a feeder has handed out so far.
type fed struct {
	rows, rejected int64
	err            error // that ended the rows early
}

// feed pulls rows and writes them in the text form of LOAD DATA.
type feed[T any] struct {
	next  func() (*T, error, bool)
	end   func()
	write func(*line, *T)
	told  func(rows int64)
	line  line
	off   int   // of line.buf, read already
	left  int64 // rows that this statement may still have
	fed
}

const (
	feedBytes    = 64 << 10
	tellEveryRow = 10_000
)

func newFeed[T any](rows iter.Seq2[*T, error], write func(*line, *T), opts lfb.LoadOptions) *feed[T] {
	f := &feed[T]{write: write, told: opts.Progress}
	f.next, f.end = iter.Pull2(rows)
	if f.told == nil {
		f.told = func(int64) {}
	}
	return f
}

func (f *feed[T]) counts() fed      { return f.fed }
func (f *feed[T]) limit(rows int64) { f.left = rows }
func (f *feed[T]) stop()            { f.end() }

// Read implements io.Reader for LOAD DATA.
func (f *feed[T]) Read(p []byte) (int, error) {
	if f.off == len(f.line.buf) {
		f.line.buf, f.off = f.line.buf[:0], 0
		for len(f.line.buf) < feedBytes && f.more() {
		}
	}
	if f.err != nil {
		return 0, f.err
	}
	n := copy(p, f.line.buf[f.off:])
	f.off += n
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// values appends rows to head as SQL literals, to about size bytes.
func (f *feed[T]) values(head []byte, size int) []byte {
	out := head
	for len(out) < size {
		f.line.buf = f.line.buf[:0]
		if !f.more() {
			break
		}
		out = appendLiterals(out, f.line.buf)
		out = append(out, ',')
	}
	f.line.buf, f.off = f.line.buf[:0], 0
	return out[:len(out)-1]
}

// appendLiterals turns a row in the text form into (…, …). The two have the
// same escapes; a string literal's quote is doubled besides.
func appendLiterals(dst, row []byte) []byte {
	dst = append(dst, '(')
	quoted := false
	for i := 0; i < len(row); i++ {
		c := row[i]
		if !quoted && c == '\\' && row[i+1] == 'N' {
			dst = append(dst, "NULL"...)
			i += 2
			dst = append(dst, ',')
			continue
		}
		if !quoted {
			dst, quoted = append(dst, '\''), true
		}
		switch c {
		case '\t', '\n':
			dst, quoted = append(dst, '\'', ','), false
		case '\\':
			i++
			dst = append(dst, c, row[i])
		case '\'':
			dst = append(dst, '\'', '\'')
		default:
			dst = append(dst, c)
		}
	}
	dst[len(dst)-1] = ')'
	return dst
}

// more writes the next usable row; false at the end of the file or statement.
func (f *feed[T]) more() bool {
	for f.err == nil && f.left > 0 {
		row, err, ok := f.next()
		if !ok {
			return false
		}
		var reject *lfb.Reject
		switch {
		case errors.As(err, &reject):
			f.rejected++
			continue
		case err != nil:
			f.err = err
			return false
		}
		f.rows++
		f.left--
		f.put(row)
		return f.err == nil
	}
	return false
}

func (f *feed[T]) put(row *T) {
	l := &f.line
	l.begin()
	f.write(l, row)
	if l.err != nil {
		f.err = fmt.Errorf("row %d: %w", f.rows+f.rejected, l.err)
		return
	}
	l.uint(l.sum())
	l.int(f.rows)
	l.end()
	if f.rows%tellEveryRow == 0 {
		f.told(f.rows)
	}
}
