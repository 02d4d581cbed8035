package dataset

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
	"github.com/parquet-go/parquet-go/format"

	"lfb/internal/lfb"
)

// valueBatch is how many values go through the Parquet library at once. It is in the
// bytes of the files: the library looks after each batch whether a page is full.
const valueBatch = 1024

// partRows are the rows of one part and what their numbers stand for.
type partRows struct {
	rows    []record
	numbers []string // of incidents
	dicts   dictionaries
}

// compareRows orders rows by call, incident number and engine.
func (p *partRows) compareRows(a, b record) int {
	if a.calledAt != b.calledAt {
		return cmp.Compare(a.calledAt, b.calledAt)
	}
	if a.incident != b.incident {
		return strings.Compare(p.numbers[a.incident], p.numbers[b.incident])
	}
	return cmp.Compare(a.pump, b.pump)
}

// newCodec is what parts are compressed by. It keeps encoders of many megabytes for its
// next part: one is enough for a whole data set.
func newCodec() *zstd.Codec { return &zstd.Codec{Level: zstd.SpeedFastest} }

// encodePart writes sorted rows as a Parquet file of one row group. The same rows
// give the same bytes: nothing of the machine or the library's build is in the file.
func encodePart(p *partRows, codec *zstd.Codec) ([]byte, error) {
	var out bytes.Buffer
	w := parquet.NewWriter(&out,
		parquet.SchemaOf(partRow{}),
		parquet.Compression(codec),
		parquet.CreatedBy("lfb", fmt.Sprint(Version), ""),
		parquet.MaxRowsPerRowGroup(math.MaxInt32),
	)
	values := make([]parquet.Value, 0, valueBatch)
	for j, c := range Columns() {
		for lo := 0; lo < len(p.rows); lo += valueBatch {
			values = values[:0]
			for i := lo; i < min(lo+valueBatch, len(p.rows)); i++ {
				values = append(values, p.parquetValue(&c, &p.rows[i], j))
			}
			if _, err := w.ColumnWriters()[j].WriteRowValues(values); err != nil {
				return nil, fmt.Errorf("encode column %s: %w", c.Name, err)
			}
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return out.Bytes(), nil
}

// parquetValue is the row's value in column c, which is column j of the file.
func (p *partRows) parquetValue(c *Column, r *record, j int) parquet.Value {
	var v parquet.Value
	null := false
	switch c.kind {
	case kindID:
		v = parquet.ValueOf(p.numbers[r.incident])
	case kindPump:
		v = parquet.ValueOf(int32(r.pump))
	case kindTime:
		v = parquet.ValueOf(r.calledAt * 1000)
	case kindText:
		v, null = parquet.ValueOf(p.dicts[c.at].texts[r.text[c.at]]), r.text[c.at] == 0
	case kindNumber:
		v, null = parquet.ValueOf(r.num[c.at]), r.num[c.at] == missing
	case kindFrom:
		v = parquet.ValueOf(r.from.String())
	}
	switch {
	case null:
		return parquet.NullValue().Level(0, 0, j)
	case c.Null:
		return v.Level(0, 1, j)
	}
	return v.Level(0, 0, j)
}

// decodePart reads a part into rows, which has the length that the manifest
// says. Bytes that are no such file are lfb.ErrInvalid.
func decodePart(body []byte, rows []record) (p *partRows, err error) {
	defer func() {
		// The library panics on some broken files; they are bad input, not a bug here.
		if cause := recover(); cause != nil {
			p, err = nil, fmt.Errorf("decode: %v: %w", cause, lfb.ErrInvalid)
		}
	}()
	f, err := parquet.OpenFile(bytes.NewReader(body), int64(len(body)),
		parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, fmt.Errorf("decode: %w: %w", err, lfb.ErrInvalid)
	}
	if f.NumRows() != int64(len(rows)) || len(f.RowGroups()) != 1 {
		return nil, fmt.Errorf("decode: %d rows in %d groups for %d in one: %w",
			f.NumRows(), len(f.RowGroups()), len(rows), lfb.ErrInvalid)
	}
	if !parquet.EqualNodes(f.Schema(), parquet.SchemaOf(partRow{})) {
		return nil, fmt.Errorf("decode: other columns, %v: %w", f.Schema(), lfb.ErrInvalid)
	}
	for _, c := range f.Metadata().RowGroups[0].Columns {
		// With a codec that does not know its own size a broken file could ask for
		// all memory there is, which no recover catches. What is left of that risk the
		// hash takes away, which Load checks before it decodes.
		if c.MetaData.Codec != format.Zstd {
			return nil, fmt.Errorf("decode: codec %v: %w", c.MetaData.Codec, lfb.ErrInvalid)
		}
	}
	p = &partRows{rows: rows, dicts: newDictionaries()}
	for j, c := range Columns() {
		if err := p.readColumn(&c, f.RowGroups()[0].ColumnChunks()[j]); err != nil {
			return nil, fmt.Errorf("decode column %s: %w: %w", c.Name, err, lfb.ErrInvalid)
		}
	}
	return p, p.checkRows()
}

// readColumn reads one column into the rows.
func (p *partRows) readColumn(c *Column, chunk parquet.ColumnChunk) error {
	r := parquet.NewColumnChunkValueReader(chunk)
	defer r.Close()
	values := make([]parquet.Value, valueBatch)
	for i := 0; ; {
		n, err := r.ReadValues(values)
		if i+n > len(p.rows) {
			return fmt.Errorf("more than %d values", len(p.rows))
		}
		for k := range n {
			if err := p.setValue(c, i+k, &values[k]); err != nil {
				return err
			}
		}
		i += n
		switch {
		case errors.Is(err, io.EOF) && i < len(p.rows):
			return fmt.Errorf("%d values for %d rows", i, len(p.rows))
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// setValue stores the value of column c in row i.
func (p *partRows) setValue(c *Column, i int, v *parquet.Value) (err error) {
	if v.IsNull() && !c.Null {
		return fmt.Errorf("a value is missing")
	}
	r := &p.rows[i]
	switch c.kind {
	case kindID:
		return p.setIncident(r, v.ByteArray())
	case kindPump:
		r.pump = uint8(v.Int32())
	case kindTime:
		called := time.UnixMilli(v.Int64())
		r.calledAt, r.day = called.Unix(), londonDay(called)
	case kindText:
		r.text[c.at] = 0
		if !v.IsNull() {
			r.text[c.at], err = p.dicts[c.at].codeBytes(v.ByteArray())
		}
	case kindNumber:
		r.num[c.at] = missing
		if !v.IsNull() {
			r.num[c.at] = v.Int32()
		}
	case kindFrom:
		r.from = fromIncident
		if string(v.ByteArray()) == fromMobilisation.String() {
			r.from = fromMobilisation
		}
	}
	return err
}

// setIncident gives the row its incident number. Rows of one incident follow each other.
func (p *partRows) setIncident(r *record, number []byte) error {
	if len(number) == 0 || len(number) > math.MaxUint8 {
		return fmt.Errorf("incident number of %d characters", len(number))
	}
	if n := len(p.numbers); n == 0 || p.numbers[n-1] != string(number) {
		p.numbers = append(p.numbers, string(number))
	}
	r.incident = uint32(len(p.numbers) - 1)
	return nil
}

// checkRows holds the rows to what every data set promises.
func (p *partRows) checkRows() error {
	for i := range p.rows {
		r := &p.rows[i]
		if a := r.num[numAttendance]; a < 1 || a > maxAttendanceSeconds || r.pump < 1 || r.pump > 2 {
			return fmt.Errorf("row %d: engine %d after %d seconds: %w", i, r.pump, a, lfb.ErrInvalid)
		}
		if i > 0 && p.compareRows(p.rows[i-1], *r) >= 0 {
			return fmt.Errorf("row %d: not in order: %w", i, lfb.ErrInvalid)
		}
	}
	return nil
}
