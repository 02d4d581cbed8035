package source

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"lfb/internal/lfb"
)

// Record is one row of a file.
type Record struct {
	Line   int64    // line of the text file or row of the sheet; 1 is the first
	Fields []string // one a column; the slice is reused by the next Next, the texts are not, but for Reuse
}

// Format says what a Reader found a file to be.
type Format struct {
	Container string   // csv | xlsx
	Encoding  string   // utf-8 | utf-16le | utf-16be
	Comma     byte     // what separates the fields of text
	Recoded   int64    // fields that were no UTF-8 and were read as Windows-1252 so far
	Blank     int64    // rows without any content, passed over so far
	Ignored   []string // sheets of a workbook that hold something else, so far
}

// Reader reads the rows of one file. It is for one goroutine.
type Reader struct {
	name    string
	header  []string
	rows    rows
	format  *Format
	closers []func() error
}

// rows is what each container gives: every row but the blank ones.
type rows interface {
	// next returns io.EOF after the last row. Errors name the line.
	next() (Record, error)
}

// NewReader opens the file of size bytes in r, and reads its header. It finds
// out by content whether the file is CSV, XLSX, or a ZIP that holds one of them.
// Errors name the file; lfb.ErrInvalid is one that is none of these, or empty.
func NewReader(r io.ReaderAt, size int64, name string) (*Reader, error) {
	rd := &Reader{name: name, format: &Format{}}
	if err := rd.open(r, size); err != nil {
		return nil, errors.Join(rd.wrap(err), rd.Close())
	}
	rec, err := rd.rows.next()
	if errors.Is(err, io.EOF) {
		err = fmt.Errorf("empty, not even a header: %w", lfb.ErrInvalid)
	}
	if err != nil {
		return nil, errors.Join(rd.wrap(err), rd.Close())
	}
	rd.header = append([]string(nil), trimBlankTail(rec.Fields, 0)...)
	for i := range rd.header {
		rd.header[i] = strings.Clone(strings.TrimSpace(strings.TrimPrefix(rd.header[i], "\ufeff")))
	}
	return rd, nil
}

// Header is the names of the columns, as the file spells them.
func (r *Reader) Header() []string { return r.header }

// Format says what the file is, and what had to be mended so far.
func (r *Reader) Format() Format { return *r.format }

// Next returns the next row, and io.EOF after the last. A row that has more or
// fewer fields than the header is returned as it is, for the caller to reject:
// but a short row at the very end, or a quote that is never closed, is a file
// that was cut off, and lfb.ErrInvalid with the file's name and the line.
func (r *Reader) Next() (Record, error) {
	rec, err := r.rows.next()
	if err != nil {
		if errors.Is(err, io.EOF) {
			return Record{}, io.EOF
		}
		return Record{}, r.wrap(err)
	}
	rec.Fields = trimBlankTail(rec.Fields, len(r.header))
	return rec, nil
}

// Reuse makes the texts of rows good until the next Next only, as all of a CSV file
// then goes through the same memory. It is for who keeps none of them: the parsers of
// package clean keep none. The header stays.
func (r *Reader) Reuse() {
	if c, ok := r.rows.(*csvRows); ok {
		c.reuse = true
	}
}

// Close gives back what the Reader holds. The file itself is the caller's.
func (r *Reader) Close() error {
	var errs []error
	for _, c := range r.closers {
		errs = append(errs, c())
	}
	r.closers = nil
	return errors.Join(errs...)
}

func (r *Reader) wrap(err error) error { return fmt.Errorf("%s: %w", r.name, err) }

// trimBlankTail drops empty fields beyond the first n: spreadsheets pad rows.
func trimBlankTail(fields []string, n int) []string {
	for len(fields) > n && strings.TrimSpace(fields[len(fields)-1]) == "" {
		fields = fields[:len(fields)-1]
	}
	return fields
}
