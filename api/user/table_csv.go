package user

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/parquet-go/parquet-go"

	"lfb/internal/lfb"
)

// maxRecord is the largest row of a CSV table, in bytes: an open quotation mark
// must not gather the rest of the file.
const maxRecord = 1 << 20

// csvReader reads a CSV table with a header.
type csvReader struct {
	in     *meter
	r      *csv.Reader
	head   []tableColumn
	number int
}

// meter stops a reader that takes more than a record's worth at once.
type meter struct {
	r    io.Reader
	left int
}

var errLong = fmt.Errorf("a row longer than %d bytes: %w", maxRecord, lfb.ErrInvalid)

func (m *meter) Read(p []byte) (int, error) {
	if m.left <= 0 {
		return 0, errLong
	}
	n, err := m.r.Read(p)
	m.left -= n
	return n, err
}

func openCSV(in io.Reader) (*csvReader, error) {
	c := &csvReader{in: &meter{r: in, left: maxRecord}}
	c.r = csv.NewReader(c.in)
	c.r.FieldsPerRecord = -1 // what is wrong with a row is said beside it
	names, err := c.r.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("an empty table: a first line with the columns' names is needed: %w", lfb.ErrInvalid)
	}
	if err != nil {
		return nil, fmt.Errorf("the first line: %w: %w", err, lfb.ErrInvalid)
	}
	for i, name := range names {
		if i == 0 {
			name = strings.TrimPrefix(name, "\ufeff") // a byte-order mark
		}
		c.head = append(c.head, tableColumn{name: strings.TrimSpace(name), node: parquet.Optional(parquet.String()), csv: true})
	}
	return c, nil
}

func (c *csvReader) columns() []tableColumn { return c.head }

func (c *csvReader) read() (record, error) {
	c.in.left = maxRecord
	fields, err := c.r.Read()
	var bad *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return record{}, io.EOF
	case errors.As(err, &bad) && !errors.Is(err, errLong):
		fields = append([]string(nil), fields...) // as far as it could be read
	case err != nil:
		return record{}, fmt.Errorf("row %d: %w", c.number+1, err)
	}
	c.number++
	out := record{number: c.number, values: make([]parquet.Value, len(c.head))}
	if bad != nil {
		out.wrong = fmt.Sprintf("line %d: %v", bad.Line, bad.Err)
	} else if len(fields) != len(c.head) {
		out.wrong = fmt.Sprintf("%d fields, where the header has %d", len(fields), len(c.head))
		if len(fields) > len(c.head) {
			out.wrong += fmt.Sprintf("; beyond it: %q", fields[len(c.head):])
		}
	}
	for i := range min(len(fields), len(c.head)) {
		out.values[i] = parquet.ByteArrayValue([]byte(fields[i]))
	}
	return out, nil
}

// csvWriter writes a CSV table.
type csvWriter struct {
	w       *csv.Writer
	head    []tableColumn
	fields  []string
	flushes func() error
}

func newCSVWriter(w io.Writer, head []tableColumn, flush func() error) (*csvWriter, error) {
	c := &csvWriter{w: csv.NewWriter(w), head: head, fields: make([]string, len(head)), flushes: flush}
	for i := range head {
		c.fields[i] = head[i].name
	}
	return c, c.w.Write(c.fields)
}

func (c *csvWriter) write(values []parquet.Value) error {
	for i := range values {
		c.fields[i] = c.head[i].textOf(values[i])
	}
	return c.w.Write(c.fields)
}

func (c *csvWriter) flush() error {
	c.w.Flush()
	return errors.Join(c.w.Error(), c.flushes())
}

func (c *csvWriter) close() error { return c.flush() }
