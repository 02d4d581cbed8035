package source

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"lfb/internal/lfb"
)

// xlsxRows reads the sheet of a workbook that holds the table, and sheets that
// carry it on: 1,048,576 rows are the most that one has.
type xlsxRows struct {
	book   *workbook
	format *Format
	header []string
	rest   []sheet // sheets behind the current one

	name   string
	body   io.Closer
	x      *xmlScanner
	line   int64 // of the current row, counted through all sheets
	before int64 // lines of the sheets already read
	first  bool  // the sheet's own header has not been returned
	ended  bool

	cells  []cell
	buf    []byte // texts of the row's cells that are no shared strings
	fields []string
}

// choose opens the first sheet whose first row is a header of either table, or
// else the first that holds anything.
func (r *xlsxRows) choose() error {
	best := -1
	for i, s := range r.book.sheets {
		header, err := r.firstRow(s)
		if err != nil {
			return err
		}
		if len(header) == 0 {
			continue
		}
		if recognised(header) {
			best = i
			break
		}
		if best < 0 {
			best = i
		}
	}
	if best < 0 {
		return nil // empty: the first next says so
	}
	for _, s := range r.book.sheets[:best] {
		r.format.Ignored = append(r.format.Ignored, s.name)
	}
	r.rest = r.book.sheets[best+1:]
	return r.open(r.book.sheets[best])
}

// firstRow looks at a sheet's header.
func (r *xlsxRows) firstRow(s sheet) ([]string, error) {
	peek := &xlsxRows{book: r.book, format: &Format{}}
	if err := peek.open(s); err != nil {
		return nil, err
	}
	rec, err := peek.sheetRow()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.Join(err, peek.close())
	}
	return trimmed(rec.Fields), peek.close()
}

func trimmed(fields []string) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = strings.TrimSpace(f)
	}
	return trimBlankTail(out, 0)
}

func (r *xlsxRows) open(s sheet) error {
	body, err := openPart(r.book.parts[s.part])
	if err != nil {
		return err
	}
	r.name, r.body, r.x = s.name, body, newXMLScanner(body)
	r.before, r.ended, r.first = r.line, false, true
	for {
		token, err := r.x.next()
		if errors.Is(err, io.EOF) {
			r.ended = true
			return nil
		}
		if err != nil {
			return r.wrap(err)
		}
		if token == xmlStart && string(r.x.name) == "sheetData" {
			return nil
		}
	}
}

func (r *xlsxRows) close() error {
	if r.body == nil {
		return nil
	}
	body := r.body
	r.body = nil
	return body.Close()
}

func (r *xlsxRows) next() (Record, error) {
	for r.x != nil {
		rec, err := r.sheetRow()
		switch {
		case err == nil && r.first:
			r.first = false
			if r.header == nil {
				r.header = trimmed(rec.Fields)
				return rec, nil
			}
			if !slices.Equal(r.header, trimmed(rec.Fields)) {
				r.format.Ignored = append(r.format.Ignored, r.name)
				r.ended, r.line = true, r.before
			}
		case err == nil:
			for len(rec.Fields) < len(r.header) {
				rec.Fields = append(rec.Fields, "") // a sheet leaves out empty cells
			}
			r.fields = rec.Fields
			return rec, nil
		case !errors.Is(err, io.EOF):
			return Record{}, err
		case len(r.rest) == 0:
			return Record{}, io.EOF
		default:
			if err := r.close(); err != nil {
				return Record{}, r.wrap(err)
			}
			s := r.rest[0]
			r.rest = r.rest[1:]
			if err := r.open(s); err != nil {
				return Record{}, err
			}
		}
	}
	return Record{}, io.EOF
}

func (r *xlsxRows) wrap(err error) error {
	return fmt.Errorf("sheet %q line %d: %w", r.name, r.line-r.before, err)
}

// sheetRow reads the next row of the current sheet that is not blank.
func (r *xlsxRows) sheetRow() (Record, error) {
	for !r.ended {
		token, err := r.x.next()
		if errors.Is(err, io.EOF) {
			err = fmt.Errorf("the sheet is cut off: %w", lfb.ErrInvalid)
		}
		if err != nil {
			return Record{}, r.wrap(err)
		}
		switch {
		case token == xmlEnd && string(r.x.name) == "sheetData":
			r.ended = true
		case token == xmlStart && string(r.x.name) == "row":
			if err := r.row(); err != nil {
				return Record{}, r.wrap(err)
			}
			if blank(r.fields) {
				r.format.Blank++
				continue
			}
			return Record{Line: r.line, Fields: r.fields}, nil
		}
	}
	return Record{}, io.EOF
}

// row reads the cells of the row whose start tag is the current one.
func (r *xlsxRows) row() error {
	if line, ok := natural(r.x.attr("r")); ok {
		r.line = r.before + int64(line)
	} else {
		r.line++ // rows need not be numbered
	}
	r.cells, r.buf = r.cells[:0], r.buf[:0]
	for {
		token, err := r.x.next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("the sheet is cut off: %w", lfb.ErrInvalid)
		}
		if err != nil {
			return err
		}
		switch {
		case token == xmlEnd && string(r.x.name) == "row":
			r.join()
			return nil
		case token == xmlStart && string(r.x.name) == "c":
			if err := r.cell(); err != nil {
				return err
			}
		}
	}
}
