package places

import (
	"archive/zip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"lfb/internal/geo"
	"lfb/internal/lfb"
)

// mostBadShown is how many rows that cannot be read are named.
const mostBadShown = 10

// mostBadShare is the share of rows that may be bad before a file counts as another format.
const mostBadShare = 0.05

// rowReader reads the tables in a zip and counts.
type rowReader struct {
	source  *Source
	columns int
	// readRow reads one row; kept says that it was of use. errNoPlace says that the row has none.
	readRow func(row []string) (kept bool, err error)
}

var errNoPlace = errors.New("no place")

// readZip streams every table in the folder Data of a zip. A row that cannot be read is counted
// and said by file and line; too many of them are lfb.ErrInvalid.
func (r *rowReader) readZip(z *zip.Reader) error {
	tables := 0
	for _, f := range z.File {
		name := strings.ReplaceAll(f.Name, "\\", "/")
		if !strings.EqualFold(path.Ext(name), ".csv") || slices.Contains(strings.Split(strings.ToLower(path.Dir(name)), "/"),
			"doc") {
			continue
		}
		tables++
		if err := r.readTable(f, name); err != nil {
			return fmt.Errorf("%s: %s: %w", r.source.Name, name, err)
		}
	}
	switch s := r.source; {
	case tables == 0:
		return fmt.Errorf("%s: no table Data/….csv in it: %w", s.Name, lfb.ErrInvalid)
	case float64(s.Bad) > mostBadShare*float64(s.Rows):
		return fmt.Errorf("%s: %d of %d rows are not as documented, the first: %s: %w", s.Name, s.Bad, s.Rows, s.FirstBad[0],
			lfb.ErrInvalid)
	}
	return nil
}

func (r *rowReader) readTable(f *zip.File, name string) error {
	src, err := f.Open()
	if err != nil {
		return fmt.Errorf("%w: %w", err, lfb.ErrInvalid)
	}
	defer src.Close()
	rows := csv.NewReader(src)
	rows.FieldsPerRecord, rows.ReuseRecord = r.columns, true
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		parse := (*csv.ParseError)(nil)
		if err != nil && !errors.As(err, &parse) {
			return fmt.Errorf("%w: %w", err, lfb.ErrInvalid) // the zip is torn
		}
		r.source.Rows++
		line, kept := 0, false
		if err == nil {
			line, _ = rows.FieldPos(0)
			kept, err = r.readRow(row)
		} else {
			line, err = parse.StartLine, parse.Err
		}
		switch {
		case errors.Is(err, errNoPlace):
			r.source.NoPlace++
		case err != nil:
			r.source.Bad++
			if len(r.source.FirstBad) < mostBadShown {
				r.source.FirstBad = append(r.source.FirstBad, fmt.Sprintf("%s:%d: %s", name, line, lfb.Plain(err)))
			}
		case kept:
			r.source.Kept++
		}
	}
}

// AddCodePoint adds the postcodes of Code-Point Open: a zip with a table per postcode area, no
// header, of ten columns. from names the file and its edition; its counts are filled in.
//
// Source: Ordnance Survey, Code-Point Open user guide.
func (b *Builder) AddCodePoint(file io.ReaderAt, size int64, from Source) error {
	z, err := zip.NewReader(file, size)
	if err != nil {
		return fmt.Errorf("%s: %w: %w", from.Name, err, lfb.ErrInvalid)
	}
	r := rowReader{source: &from, columns: 10, readRow: b.readCodePoint}
	if err := r.readZip(z); err != nil {
		return err
	}
	b.complete = true
	b.meta.Sources = append(b.meta.Sources, from)
	return nil
}

// noQuality is the positional quality of a postcode without a place.
const noQuality = 90

func (b *Builder) readCodePoint(row []string) (kept bool, err error) {
	quality, err := strconv.Atoi(row[1])
	if err != nil {
		return false, fmt.Errorf("quality %.20q: %w", row[1], lfb.ErrInvalid)
	}
	e, n, err := readMetres(row[2], row[3])
	switch {
	case err != nil:
		return false, err
	case quality == noQuality || e == 0 && n == 0:
		return false, errNoPlace
	case !isInExtent(e, n, MarginM):
		return false, nil
	}
	postcode, _, err := geo.ParsePostcode(row[0])
	if err != nil {
		return false, err
	}
	u, ok := newUnit(postcode, boroughNumber(row[8]), float64(e), float64(n))
	b.units = append(b.units, u)
	return ok, nil
}

// readMetres reads an easting and a northing in Britain, or two zeros.
func readMetres(easting, northing string) (e, n int32, err error) {
	x, err1 := strconv.ParseFloat(easting, 64)
	y, err2 := strconv.ParseFloat(northing, 64)
	if err1 != nil || err2 != nil || !(x >= 0 && x <= 700_000 && y >= 0 && y <= 1_300_000) {
		return 0, 0, fmt.Errorf("coordinates %.20q, %.20q: %w", easting, northing, lfb.ErrInvalid)
	}
	return int32(math.Round(x)), int32(math.Round(y)), nil
}
