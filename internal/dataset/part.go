package dataset

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"lfb/internal/lfb"
)

// decoded is one part in memory, with dictionaries of its own.
type decoded struct {
	bucket
	dicts [textCount]*dictionary
}

// decodePart reads a part into rows, which has the length that the manifest
// says. Bytes that are no such file are lfb.ErrInvalid.
func decodePart(body []byte, rows []record) (d *decoded, err error) {
	defer func() {
		// The library panics on some broken files; they are bad input, not a bug here.
		if p := recover(); p != nil {
			d, err = nil, fmt.Errorf("decode: %v: %w", p, lfb.ErrInvalid)
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
	columns := Columns()
	if got := f.Schema().Columns(); len(got) != len(columns) {
		return nil, fmt.Errorf("decode: %d columns for %d: %w", len(got), len(columns), lfb.ErrInvalid)
	}
	for _, c := range f.Metadata().RowGroups[0].Columns {
		// With a codec that does not know its own size a broken file could ask for
		// all memory there is, which no recover catches. What is left of that risk the
		// hash takes away, which Load checks before it decodes.
		if c.MetaData.Codec != format.Zstd {
			return nil, fmt.Errorf("decode: codec %v: %w", c.MetaData.Codec, lfb.ErrInvalid)
		}
	}
	d = &decoded{bucket: bucket{rows: rows, numbers: &numbers{}}, dicts: newDictionaries()}
	for j, chunk := range f.RowGroups()[0].ColumnChunks() {
		c := &columns[j]
		if got := f.Schema().Columns()[j]; len(got) != 1 || got[0] != c.Name {
			return nil, fmt.Errorf("decode: column %d is %v, not %s: %w", j, got, c.Name, lfb.ErrInvalid)
		}
		if err := d.column(c, chunk); err != nil {
			return nil, fmt.Errorf("decode column %s: %w: %w", c.Name, err, lfb.ErrInvalid)
		}
	}
	return d, d.check()
}

// column reads one column into the rows.
func (d *decoded) column(c *Column, chunk parquet.ColumnChunk) error {
	pages := chunk.Pages()
	defer pages.Close()
	values := make([]parquet.Value, batch)
	i := 0
	for {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		for vr := page.Values(); ; {
			n, err := vr.ReadValues(values)
			if i+n > len(d.rows) {
				return fmt.Errorf("more than %d values", len(d.rows))
			}
			for k := range n {
				if err := d.set(c, &d.rows[i+k], &values[k]); err != nil {
					return err
				}
			}
			i += n
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return err
			}
		}
		parquet.Release(page)
	}
	if i != len(d.rows) {
		return fmt.Errorf("%d values for %d rows", i, len(d.rows))
	}
	return nil
}

// set stores one value of column c in a row.
func (d *decoded) set(c *Column, r *record, v *parquet.Value) (err error) {
	if v.IsNull() && !c.Null {
		return fmt.Errorf("a value is missing")
	}
	switch c.kind {
	case kindID:
		id := v.ByteArray()
		if len(id) == 0 || len(id) > math.MaxUint8 {
			return fmt.Errorf("incident number of %d characters", len(id))
		}
		r.id = d.numbers.of(id)
	case kindPump:
		r.pump = uint8(v.Int32())
	case kindTime:
		r.at = floorDiv(v.Int64(), 1000)
		r.day = londonDay(time.Unix(r.at, 0))
	case kindText:
		r.text[c.at] = 0
		if !v.IsNull() {
			r.text[c.at], err = d.dicts[c.at].codeBytes(v.ByteArray())
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

// check holds the rows to what every data set promises.
func (d *decoded) check() error {
	for i := range d.rows {
		r := &d.rows[i]
		if a := r.num[numAttendance]; a < 1 || a > maxAttendance || r.pump < 1 || r.pump > 2 {
			return fmt.Errorf("row %d: engine %d after %d seconds: %w", i, r.pump, a, lfb.ErrInvalid)
		}
		if i > 0 && d.compare(d.rows[i-1], *r) >= 0 {
			return fmt.Errorf("row %d: not in order: %w", i, lfb.ErrInvalid)
		}
	}
	return nil
}
