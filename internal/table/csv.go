package table

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"lfb/internal/lfb"
)

// MaxRowBytes bounds a row: an open quotation mark must not gather the rest of a file.
const MaxRowBytes = 1 << 20

// Row is one row of a table.
type Row struct {
	Line   int64    // of the text where the row starts, or of the sheet; 1 is the first
	Fields []string // one a column; the slice is reused by the next Next, the texts are not
}

// Reader reads the rows of one text. It is for one goroutine.
type Reader struct {
	format format
	csv    *csv.Reader
	in     *bufio.Reader // what csv reads from
	text   *rowWindow    // what in reads from
	header []string
	err    error // that ended the reading
}

// NewReader finds out how the text is encoded and separated, and reads its header:
// the first row that is not blank. lfb.ErrInvalid is what is no table, or empty.
func NewReader(src io.Reader) (*Reader, error) {
	text, format, err := decodeText(src)
	if err != nil {
		return nil, err
	}
	r := &Reader{format: format, text: &rowWindow{src: text}}
	r.in = bufio.NewReaderSize(r.text, 64<<10)
	r.csv = csv.NewReader(r.in)
	r.csv.Comma, r.csv.FieldsPerRecord, r.csv.ReuseRecord = format.separator, -1, true
	for r.header == nil {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("empty, not even a header: %w", lfb.ErrInvalid)
		}
		if err != nil {
			return nil, err
		}
		if !IsBlank(row.Fields) && !isSeparatorLine(row.Fields) {
			r.header = trimBlankTail(append([]string{}, row.Fields...), 0)
		}
	}
	for i, name := range r.header {
		r.header[i] = strings.TrimSpace(name)
	}
	return r, nil
}

// Format says in words how the text is encoded and separated.
func (r *Reader) Format() string { return r.format.String() }

// Header is the names of the columns, as the text spells them.
func (r *Reader) Header() []string { return r.header }

// Next returns the next row, and io.EOF after the last. Empty lines are passed over,
// rows of empty fields are not. Blank fields beyond the header's are left out, as
// spreadsheets pad rows; otherwise a row has as many fields as it has. Any error ends the
// reading: lfb.ErrInvalid with the line is a quote that is never closed, a row of more
// than MaxRowBytes, or a zero byte.
func (r *Reader) Next() (Row, error) {
	if r.err != nil {
		return Row{}, r.err
	}
	row, err := r.readRow()
	if err == nil {
		err = r.mendFields(&row)
	}
	r.err = err
	return row, err
}

func (r *Reader) readRow() (Row, error) {
	r.text.row = r.csv.InputOffset()
	fields, err := r.csv.Read()
	var bad *csv.ParseError
	switch {
	case err == nil:
		line, _ := r.csv.FieldPos(0)
		return Row{Line: int64(line), Fields: fields}, nil
	case errors.As(err, &bad):
		return r.rereadLeniently(bad, len(fields)+1)
	case errors.Is(err, errLongRow) && bytes.ContainsRune(bytes.TrimLeft(r.text.currentRow(), "\r\n"), '\n'):
		return Row{}, neverClosed(r.text.currentLine(), len(fields)+1)
	case errors.Is(err, io.EOF):
		return Row{}, io.EOF
	}
	return Row{}, fmt.Errorf("line %d: %w", r.text.currentLine(), err)
}

// rereadLeniently reads a row with a quote where none should be as its writer will have meant it:
// 5" hose, "the "Red Lion" pub". If that gives no row of the table's width, the row
// is what it is; but at the end of the text it is a quote that was never closed, and so is
// any quoted field that the text ends in, and a field that only a quote of a later line closes.
func (r *Reader) rereadLeniently(bad *csv.ParseError, column int) (Row, error) {
	_, err := r.in.Peek(1) // which may move what the window keeps
	atEnd := errors.Is(err, io.EOF)
	text := r.text.currentRow()[:r.csv.InputOffset()-r.text.row]
	if atEnd && r.endsQuoted(text) {
		return Row{}, neverClosed(int64(bad.StartLine), column)
	}
	lenient := csv.NewReader(bytes.NewReader(text))
	lenient.Comma, lenient.FieldsPerRecord, lenient.LazyQuotes = r.csv.Comma, -1, true
	fields, err := lenient.Read()
	if err != nil {
		return Row{}, fmt.Errorf("line %d: %w: %w", bad.StartLine, err, lfb.ErrInvalid)
	}
	isTorn := atEnd && errors.Is(bad.Err, csv.ErrQuote) && len(fields) != len(r.header)
	if isTorn || strings.Contains(strings.TrimRight(fields[column-1], "\r\n"), "\n") {
		return Row{}, neverClosed(int64(bad.StartLine), column)
	}
	return Row{Line: int64(bad.StartLine), Fields: fields}, nil
}

// endsQuoted reports whether a quoted field runs to the end of a row that is not one as it
// is: one more quote makes it a row.
func (r *Reader) endsQuoted(row []byte) bool {
	closed := csv.NewReader(io.MultiReader(bytes.NewReader(row), strings.NewReader(`"`)))
	closed.Comma, closed.FieldsPerRecord = r.csv.Comma, -1
	_, err := closed.Read()
	return err == nil
}

func neverClosed(line int64, column int) error {
	return fmt.Errorf("line %d column %d: a quote is never closed: %w", line, column, lfb.ErrInvalid)
}

// mendFields reads fields that are no UTF-8 as Windows-1252, as which old exports have the
// pound sign, and drops what pads the row.
func (r *Reader) mendFields(row *Row) error {
	for i, f := range row.Fields {
		if strings.IndexByte(f, 0) >= 0 {
			return fmt.Errorf("line %d: a zero byte, the file is damaged: %w", row.Line, lfb.ErrInvalid)
		}
		if utf8.ValidString(f) {
			continue
		}
		text, err := charmap.Windows1252.NewDecoder().String(f)
		if err != nil {
			text = strings.ToValidUTF8(f, string(utf8.RuneError))
		}
		row.Fields[i] = text
	}
	row.Fields = trimBlankTail(row.Fields, len(r.header))
	return nil
}

// IsBlank reports whether all fields are empty or blanks.
func IsBlank(fields []string) bool { return len(TrimBlank(fields)) == 0 }

// TrimBlank drops the blank fields at the end of a row.
func TrimBlank(fields []string) []string { return trimBlankTail(fields, 0) }

// trimBlankTail drops blank fields beyond the first n.
func trimBlankTail(fields []string, n int) []string {
	for len(fields) > n && strings.TrimSpace(fields[len(fields)-1]) == "" {
		fields = fields[:len(fields)-1]
	}
	return fields
}

// rowWindow passes a text on and keeps what belongs to the row that is being read.
type rowWindow struct {
	src   io.Reader
	row   int64  // where in the text that row starts
	kept  []byte // the text from start on, as far as it was passed on
	start int64
	lines int64 // before start
}

var errLongRow = fmt.Errorf("longer than %d bytes: %w", MaxRowBytes, lfb.ErrInvalid)

// Read fails where the row is endless.
func (w *rowWindow) Read(p []byte) (int, error) {
	if done := w.kept[:w.row-w.start]; len(done) > 0 {
		w.lines += int64(bytes.Count(done, []byte("\n")))
		w.kept, w.start = append(w.kept[:0], w.currentRow()...), w.row
	}
	if len(w.kept) > MaxRowBytes {
		return 0, errLongRow
	}
	n, err := w.src.Read(p)
	w.kept = append(w.kept, p[:n]...)
	return n, err
}

// currentRow is the row and what follows it, as far as it was passed on.
func (w *rowWindow) currentRow() []byte { return w.kept[w.row-w.start:] }

// currentLine is the number of the current row's line.
func (w *rowWindow) currentLine() int64 {
	blank := len(w.currentRow()) - len(bytes.TrimLeft(w.currentRow(), "\r\n"))
	return 1 + w.lines + int64(bytes.Count(w.kept[:int(w.row-w.start)+blank], []byte("\n")))
}
