package user

import (
	"fmt"
	"io"
	"mime"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"lfb/internal/httpx"
	"lfb/internal/lfb"
)

// The media types of tables.
const (
	csvType     = "text/csv"
	parquetType = "application/vnd.apache.parquet"
)

// tableColumn is a column of a table. Its values are kept as Parquet has them;
// CSV has texts only.
type tableColumn struct {
	name string
	node parquet.Node // a leaf; its values may be missing
	csv  bool
}

// record is one row of a table as it came.
type record struct {
	number int // the first is 1
	values []parquet.Value
	wrong  string // why it cannot be read as its header says
}

// tableReader gives the rows of a table in order, and io.EOF after the last.
type tableReader interface {
	columns() []tableColumn
	read() (record, error)
}

// tableWriter takes rows of the columns that it was made for.
type tableWriter interface {
	write(values []parquet.Value) error
	flush() error // what was written so far goes out
	close() error
}

// tableMedia is csvType or parquetType, or empty for other media types.
func tableMedia(contentType string) string {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return ""
	}
	switch media {
	case csvType, "application/csv":
		return csvType
	case parquetType, "application/parquet", "application/x-parquet":
		return parquetType
	}
	return ""
}

// accepted is what the answer shall be: what Accept names first, else as the
// request is; empty where it names neither.
func accepted(accept, in string) string {
	if strings.TrimSpace(accept) == "" {
		return in
	}
	for part := range strings.SplitSeq(accept, ",") {
		media, _, err := mime.ParseMediaType(part)
		switch {
		case err != nil:
		case media == "*/*":
			return in
		case media == "text/*":
			return csvType
		default:
			if m := tableMedia(media); m != "" {
				return m
			}
		}
	}
	return ""
}

// openTable reads a table from a file of its own.
func openTable(media string, f *os.File, size int64) (tableReader, error) {
	if media == parquetType {
		return openParquet(f, size)
	}
	return openCSV(io.NewSectionReader(f, 0, size))
}

// cellOf is a table's value as a cell.
func (c *tableColumn) cellOf(v parquet.Value) cell {
	if v.IsNull() {
		return cell{}
	}
	switch v.Kind() {
	case parquet.ByteArray, parquet.FixedLenByteArray:
		text := strings.TrimSpace(string(v.ByteArray()))
		switch {
		case text == "" || text == "NULL": // as the publication writes what is missing
			return cell{}
		case c.csv:
			return cell{kind: looseCell, text: text}
		}
		return cell{kind: textCell, text: text}
	case parquet.Double:
		return cell{kind: numberCell, num: v.Double()}
	case parquet.Float:
		return cell{kind: numberCell, num: float64(v.Float())}
	case parquet.Int32:
		return cell{kind: numberCell, num: float64(v.Int32())}
	case parquet.Int64:
		if at, ok := c.instant(v.Int64()); ok {
			return cell{kind: timeCell, at: at}
		}
		return cell{kind: numberCell, num: float64(v.Int64())}
	}
	return cell{kind: textCell, text: v.String()}
}

// instant is a timestamp's value; false where the column is none. A timestamp
// without a zone is London's wall clock.
func (c *tableColumn) instant(v int64) (time.Time, bool) {
	if c.node == nil {
		return time.Time{}, false
	}
	logical := c.node.Type().LogicalType()
	if logical == nil {
		return time.Time{}, false
	}
	t, ok := logical.Value.(*format.TimestampType)
	if !ok || t.Unit.Value == nil {
		return time.Time{}, false
	}
	per := int64(time.Second / t.Unit.Value.Duration())
	at := time.Unix(v/per, v%per*int64(t.Unit.Value.Duration())).UTC()
	if !t.IsAdjustedToUTC {
		at = time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), lfb.London)
	}
	return at, true
}

// textOf is a table's value as CSV has it.
func (c *tableColumn) textOf(v parquet.Value) string {
	if v.IsNull() {
		return ""
	}
	switch v.Kind() {
	case parquet.Double:
		return strconv.FormatFloat(v.Double(), 'g', -1, 64)
	case parquet.Float:
		return strconv.FormatFloat(float64(v.Float()), 'g', -1, 32)
	case parquet.Int64:
		if at, ok := c.instant(v.Int64()); ok {
			return at.Format(time.RFC3339Nano)
		}
	case parquet.ByteArray, parquet.FixedLenByteArray:
		return string(v.ByteArray())
	}
	return v.String()
}

// header checks the names of a table's columns, and says which of them are used
// how. A table without any place has nothing to answer.
func (a *api) header(columns []tableColumn) (use []column, notes []string, wrong []httpx.Field) {
	use = make([]column, len(columns))
	seen, place := map[string]bool{}, false
	var ignored, unused []string
	for i, c := range columns {
		if c.name != "" && seen[c.name] {
			wrong = append(wrong, httpx.Field{Pointer: "/" + c.name, Detail: "two columns of this name"})
		}
		seen[c.name] = true
		u, ok := a.columns[c.name]
		switch {
		case !ok:
			unused = append(unused, strconv.Quote(c.name))
			continue
		case u.hindsight:
			ignored = append(ignored, c.name)
			continue
		}
		use[i] = u
		place = place || slices.Contains(places(), u.field)
	}
	if !place {
		wrong = append(wrong, httpx.Field{Pointer: "", Detail: fmt.Sprintf("no column says where: %s", strings.Join(places(), ", "))})
	}
	if len(ignored) > 0 {
		notes = append(notes, "known only after the event and ignored: "+strings.Join(ignored, ", "))
	}
	if len(unused) > 0 {
		notes = append(notes, "columns given back without being used: "+strings.Join(unused, ", "))
	}
	return use, notes, wrong
}

// places are the fields that say where.
func places() []string {
	return []string{"postcode", "postcode_district", "latitude", "longitude", "easting", "northing", "borough_code", "ward_code", "station_ground"}
}
