package user

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/parquet-go/parquet-go"

	"lfb/internal/lfb"
)

// groupRows is how many rows of an answer are in a row group: they are held in
// memory until it is full.
const groupRows = 8192

// readRows is how many rows are read from a Parquet table at once.
const readRows = 64

// parquetReader reads a flat Parquet table.
type parquetReader struct {
	head   []tableColumn
	groups []parquet.RowGroup
	rows   parquet.Rows // of the group at hand
	buf    []parquet.Row
	next   int // in buf
	have   int
	number int
}

func openParquet(in io.ReaderAt, size int64) (r *parquetReader, err error) {
	defer func() { err = caught(recover(), err) }()
	if err := checkFooter(in, size); err != nil {
		return nil, err
	}
	f, err := parquet.OpenFile(in, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, fmt.Errorf("no Parquet table: %w: %w", err, lfb.ErrInvalid)
	}
	if n := f.NumRows(); n < 0 || n > maxRows {
		return nil, fmt.Errorf("a Parquet table of %d rows, where at most %d can be: %w", n, maxRows, lfb.ErrInvalid)
	}
	if err := checkPages(in, size, f.Metadata()); err != nil {
		return nil, fmt.Errorf("a Parquet table that is not read: %w", err)
	}
	r = &parquetReader{groups: f.RowGroups(), buf: make([]parquet.Row, readRows)}
	for _, field := range f.Root().Columns() {
		if !field.Leaf() || field.Repeated() {
			return nil, fmt.Errorf("column %q: a column of lists or records: %w", field.Name(), lfb.ErrInvalid)
		}
		r.head = append(r.head, tableColumn{name: field.Name(), node: parquet.Optional(parquet.Leaf(field.Type()))})
	}
	if len(r.head) == 0 {
		return nil, fmt.Errorf("a Parquet table without columns: %w", lfb.ErrInvalid)
	}
	return r, nil
}

// maxRows is the most rows of a Parquet table, whose runs of nulls cost it nothing.
const maxRows = 10_000_000

// caught turns the panics of a library that reads a damaged file into errors.
func caught(panicked any, err error) error {
	if panicked == nil {
		return err
	}
	return fmt.Errorf("a damaged Parquet table: %v: %w", panicked, lfb.ErrInvalid)
}

func (p *parquetReader) columns() []tableColumn { return p.head }

func (p *parquetReader) read() (out record, err error) {
	defer func() { err = caught(recover(), err) }()
	for p.next == p.have {
		if err := p.fill(); err != nil {
			return record{}, err
		}
	}
	p.number++
	out = record{number: p.number, values: make([]parquet.Value, len(p.head))}
	for _, v := range p.buf[p.next] {
		if c := v.Column(); c >= 0 && c < len(out.values) {
			out.values[c] = v.Clone()
		}
	}
	p.next++
	return out, nil
}

// fill reads the next rows into buf.
func (p *parquetReader) fill() error {
	if p.rows == nil {
		if len(p.groups) == 0 {
			return io.EOF
		}
		p.rows, p.groups = p.groups[0].Rows(), p.groups[1:]
	}
	n, err := p.rows.ReadRows(p.buf)
	p.next, p.have = 0, n
	if errors.Is(err, io.EOF) || err == nil && n == 0 {
		err = p.rows.Close()
		p.rows = nil
	}
	if err != nil {
		return fmt.Errorf("row %d: %w: %w", p.number+1, err, lfb.ErrInvalid)
	}
	return nil
}

// parquetWriter writes a Parquet table.
type parquetWriter struct {
	w       *parquet.GenericWriter[any]
	place   []int // of each column in the file, whose columns are in order of name
	row     parquet.Row
	rows    int
	flushes func() error
}

func newParquetWriter(w io.Writer, head []tableColumn, flush func() error) (*parquetWriter, error) {
	group, names := parquet.Group{}, make([]string, len(head))
	for i, c := range head {
		if names[i] = c.name; c.name == "" {
			names[i] = "column_" + strconv.Itoa(i+1)
		}
		group[names[i]] = c.node
	}
	if len(group) != len(head) {
		return nil, fmt.Errorf("columns of the same name: %w", lfb.ErrInvalid)
	}
	schema := parquet.NewSchema("answers", group)
	at := map[string]int{}
	for k, path := range schema.Columns() {
		at[path[0]] = k
	}
	p := &parquetWriter{place: make([]int, len(head)), row: make(parquet.Row, len(head)), flushes: flush}
	for i, name := range names {
		p.place[i] = at[name]
	}
	p.w = parquet.NewGenericWriter[any](w, schema, parquet.Compression(&parquet.Zstd), parquet.MaxRowsPerRowGroup(groupRows))
	return p, nil
}

func (p *parquetWriter) write(values []parquet.Value) error {
	for i, v := range values {
		level := 1
		if v.IsNull() {
			level = 0
		}
		p.row[p.place[i]] = v.Level(0, level, p.place[i])
	}
	_, err := p.w.WriteRows([]parquet.Row{p.row})
	return err
}

// flush leaves what is not a whole row group where it is.
func (p *parquetWriter) flush() error { return p.flushes() }

func (p *parquetWriter) close() error { return errors.Join(p.w.Close(), p.flushes()) }
