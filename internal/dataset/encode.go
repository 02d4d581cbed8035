package dataset

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"slices"
	"sync"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// The library's own writer takes values one by one, boxed, and looks each up in a
// hash table. Here texts are codes already and a month is in memory, so that pages
// are made of whole columns; encodings, compression and framing are the library's.
// TestEncodePart holds the bytes equal to its writer's.

const (
	batch     = 1024                 // rows after which the library's writer looks whether a page is full
	pageBytes = 256 << 10 * 98 / 100 // and how full that is
	indexText = 16                   // bytes of a text in the column index
)

// encodePart writes sorted rows as a Parquet file of one row group, zstd. The
// same rows give the same bytes: nothing of the machine or the library's build
// is in the file.
func encodePart(b *bucket, dicts *[textCount]*dictionary) ([]byte, error) {
	plan, err := partPlan()
	if err != nil {
		return nil, err
	}
	e := encoders.Get().(*encoder)
	defer encoders.Put(e)
	e.reset(b, dicts)
	for j := range plan.columns {
		if err := e.column(&plan.columns[j]); err != nil {
			return nil, fmt.Errorf("encode column %s: %w", plan.columns[j].Name, err)
		}
	}
	if err := e.finish(plan); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return bytes.Clone(e.out.Bytes()), nil
}

var encoders = sync.Pool{New: func() any { return newEncoder() }}

// planned is a column and what is the same of it in every file.
type planned struct {
	Column
	dict  bool // values are numbers of a dictionary
	typ   parquet.Type
	chunk format.ColumnMetaData // of it type, encodings, path and codec
}

type plan struct {
	columns []planned
	file    format.FileMetaData // without row groups
}

// partPlan asks the library's writer what a file of these columns is like.
var partPlan = sync.OnceValues(func() (*plan, error) {
	var out bytes.Buffer
	w := parquet.NewWriter(&out, partOptions()...)
	if err := w.Write(&partRow{}); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	f, err := parquet.OpenFile(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		return nil, err
	}
	p := &plan{file: *f.Metadata()}
	chunks := p.file.RowGroups[0].Columns
	p.file.RowGroups = nil
	for j, c := range Columns() {
		leaf, ok := f.Schema().Lookup(c.Name)
		if !ok {
			return nil, fmt.Errorf("no column %s", c.Name)
		}
		m := chunks[j].MetaData
		p.columns = append(p.columns, planned{
			Column: c, typ: leaf.Node.Type(), dict: slices.Contains(m.Encoding, format.RLEDictionary),
			chunk: format.ColumnMetaData{Type: m.Type, Encoding: m.Encoding, PathInSchema: m.PathInSchema, Codec: m.Codec},
		})
	}
	return p, nil
})

// codec squeezes pages. At its default level it was a tenth of the way from CSV to Parquet.
var codec = &zstd.Codec{Level: zstd.SpeedFastest}

func partOptions() []parquet.WriterOption {
	return []parquet.WriterOption{
		parquet.SchemaOf(partRow{}),
		parquet.Compression(codec),
		parquet.CreatedBy("lfb", fmt.Sprint(Version), ""),
		parquet.MaxRowsPerRowGroup(math.MaxInt32),
	}
}

// encoder makes one file at a time, column by column; its memory is used again.
type encoder struct {
	rows  *bucket
	dicts *[textCount]*dictionary
	out   bytes.Buffer // the file
	pages bytes.Buffer // the data pages of the current column

	columns       []format.ColumnChunk
	columnIndexes []format.ColumnIndex
	offsetIndexes []format.OffsetIndex

	// Of the current column: a level for each row (1 present), a value for each
	// present row, or its number in the dictionary.
	levels  []byte
	ints    []int32
	longs   []int64
	texts   []byte
	ends    []uint32
	words   [][]byte // the dictionary, texts
	numbers []int32  // the dictionary, numbers
	places  places   // of values in the dictionary
	used    []bool   // by a page, of the dictionary

	packed, squeezed, packedLevels []byte
	thrift                         thriftBuffer
}

// thriftBuffer turns headers into bytes.
type thriftBuffer struct {
	bytes.Buffer
	protocol thrift.CompactProtocol
	encoder  thrift.Encoder
}

func newEncoder() *encoder {
	e := &encoder{}
	e.thrift.encoder.Reset(e.thrift.protocol.NewWriter(&e.thrift.Buffer))
	return e
}

func (e *encoder) reset(b *bucket, dicts *[textCount]*dictionary) {
	e.rows, e.dicts = b, dicts
	e.out.Reset()
	e.out.WriteString("PAR1")
	e.columns, e.columnIndexes, e.offsetIndexes = nil, nil, nil
}

// header is v as the format has it; good until the next.
func (e *encoder) header(v any) ([]byte, error) {
	e.thrift.Reset()
	err := e.thrift.encoder.Encode(v)
	return e.thrift.Bytes(), err
}

// column writes one column's dictionary and pages.
func (e *encoder) column(c *planned) error {
	e.gather(c)
	chunk := format.ColumnChunk{MetaData: c.chunk}
	m := &chunk.MetaData
	index := c.typ.NewColumnIndexer(indexText)
	var offsets format.OffsetIndex
	var histogram []int64
	e.pages.Reset()
	for p := (page{}); p.hi < len(e.rows.rows); {
		p = e.next(c, p)
		if err := e.page(c, &p, m); err != nil {
			return err
		}
		index.IndexPage(int64(p.rows()), p.nulls, p.low, p.high)
		offsets.PageLocations = append(offsets.PageLocations, format.PageLocation{
			Offset: m.TotalCompressedSize - int64(p.stored), CompressedPageSize: p.stored, FirstRowIndex: int64(p.lo),
		})
		if c.Null {
			histogram = append(histogram, p.nulls, int64(p.rows())-p.nulls)
		}
	}
	if c.Null {
		total := make([]int64, 2)
		for i, n := range histogram {
			total[i%2] += n
		}
		m.SizeStatistics.DefinitionLevelHistogram = total
	}
	if c.kind == kindID {
		m.SizeStatistics.UnencodedByteArrayDataBytes = int64(len(e.texts))
	}
	if c.dict {
		m.DictionaryPageOffset = int64(e.out.Len())
		if err := e.dictionary(c, m); err != nil {
			return err
		}
	}
	m.DataPageOffset = int64(e.out.Len())
	for i := range offsets.PageLocations {
		offsets.PageLocations[i].Offset += m.DataPageOffset
	}
	e.out.Write(e.pages.Bytes())
	slices.SortFunc(m.EncodingStats, func(a, b format.PageEncodingStats) int { return int(a.PageType - b.PageType) })
	columnIndex := index.ColumnIndex()
	columnIndex.DefinitionLevelHistogram = histogram
	e.columns = append(e.columns, chunk)
	e.columnIndexes = append(e.columnIndexes, columnIndex)
	e.offsetIndexes = append(e.offsetIndexes, offsets)
	return nil
}

// page is rows lo to hi of a column: values from to to of those present.
type page struct {
	lo, hi, from, to int
	nulls            int64
	low, high        parquet.Value // bounds of the values; null without any
	stored           int32         // bytes, header included
}

func (p *page) rows() int { return p.hi - p.lo }

// next is the page behind p.
func (e *encoder) next(c *planned, p page) page {
	n := page{lo: p.hi, hi: p.hi, from: p.to, to: p.to}
	for size := 0; n.hi < len(e.rows.rows) && size < pageBytes; {
		hi := min(n.hi+batch, len(e.rows.rows))
		if c.Null {
			n.to += bytes.Count(e.levels[n.hi:hi], []byte{1})
		} else {
			n.to = hi
		}
		n.hi = hi
		values := n.to - n.from
		switch {
		case c.kind == kindID:
			size = int(e.ends[n.to]-e.ends[n.from]) + 4*values
		case c.kind == kindTime:
			size = 8 * values
		case c.Null:
			size = 5*n.rows() + 4*values
		default:
			size = 4 * values
		}
	}
	n.nulls = int64(n.rows() - (n.to - n.from))
	return n
}

// page writes one data page behind the column's others.
func (e *encoder) page(c *planned, p *page, m *format.ColumnMetaData) error {
	encoding, err := e.pack(c, p)
	if err != nil {
		return err
	}
	e.packedLevels = e.packedLevels[:0]
	if c.Null {
		if e.packedLevels, err = levelEncoding.EncodeLevels(e.packedLevels, e.levels[p.lo:p.hi]); err != nil {
			return err
		}
	}
	if e.squeezed, err = codec.Encode(e.squeezed[:0], e.packed); err != nil {
		return err
	}
	e.bounds(c, p)
	low, high := p.low.Bytes(), p.high.Bytes()
	h := format.PageHeader{
		Type:                 format.DataPageV2,
		UncompressedPageSize: int32(len(e.packedLevels) + len(e.packed)),
		CompressedPageSize:   int32(len(e.packedLevels) + len(e.squeezed)),
		CRC:                  int32(crc32.Update(crc32.ChecksumIEEE(e.packedLevels), crc32.IEEETable, e.squeezed)),
	}
	h.DataPageHeaderV2.Valid = true
	h.DataPageHeaderV2.V = format.DataPageHeaderV2{
		NumValues: int32(p.rows()), NumNulls: int32(p.nulls), NumRows: int32(p.rows()), Encoding: encoding,
		DefinitionLevelsByteLength: int32(len(e.packedLevels)), IsCompressed: thrift.New(true),
		Statistics: format.Statistics{Min: low, Max: high, NullCount: p.nulls, MinValue: low, MaxValue: high},
	}
	if err := e.put(&e.pages, &h, e.packedLevels, e.squeezed, encoding, m); err != nil {
		return err
	}
	p.stored = int32(e.thrift.Len()) + h.CompressedPageSize
	m.NumValues += int64(p.rows())
	m.Statistics.NullCount += p.nulls
	if p.to > p.from {
		if m.Statistics.MaxValue == nil || c.typ.Compare(p.high, c.typ.Kind().Value(m.Statistics.MaxValue)) > 0 {
			m.Statistics.MaxValue = high
		}
		if m.Statistics.MinValue == nil || c.typ.Compare(p.low, c.typ.Kind().Value(m.Statistics.MinValue)) < 0 {
			m.Statistics.MinValue = low
		}
	}
	return nil
}

// dictionary writes the dictionary's page to the file.
func (e *encoder) dictionary(c *planned, m *format.ColumnMetaData) (err error) {
	n := len(e.words)
	e.packed = e.packed[:0]
	if c.chunk.Type == format.Int32 {
		n = len(e.numbers)
		for _, v := range e.numbers {
			e.packed = binary.LittleEndian.AppendUint32(e.packed, uint32(v))
		}
	}
	for _, word := range e.words {
		e.packed = binary.LittleEndian.AppendUint32(e.packed, uint32(len(word)))
		e.packed = append(e.packed, word...)
	}
	if e.squeezed, err = codec.Encode(e.squeezed[:0], e.packed); err != nil {
		return err
	}
	h := format.PageHeader{
		Type: format.DictionaryPage, UncompressedPageSize: int32(len(e.packed)),
		CompressedPageSize: int32(len(e.squeezed)), CRC: int32(crc32.ChecksumIEEE(e.squeezed)),
	}
	h.DictionaryPageHeader.Valid = true
	h.DictionaryPageHeader.V = format.DictionaryPageHeader{NumValues: int32(n), Encoding: format.Plain}
	return e.put(&e.out, &h, nil, e.squeezed, format.Plain, m)
}

// put writes a page and counts it.
func (e *encoder) put(to *bytes.Buffer, h *format.PageHeader, levels, body []byte, encoding format.Encoding, m *format.ColumnMetaData) error {
	header, err := e.header(h)
	if err != nil {
		return err
	}
	to.Write(header)
	to.Write(levels)
	to.Write(body)
	m.TotalUncompressedSize += int64(len(header)) + int64(h.UncompressedPageSize)
	m.TotalCompressedSize += int64(len(header)) + int64(h.CompressedPageSize)
	for i := range m.EncodingStats {
		if m.EncodingStats[i].PageType == h.Type {
			m.EncodingStats[i].Count++
			return nil
		}
	}
	m.EncodingStats = append(m.EncodingStats, format.PageEncodingStats{PageType: h.Type, Encoding: encoding, Count: 1})
	return nil
}

// finish writes what stands behind the columns.
func (e *encoder) finish(p *plan) error {
	g := format.RowGroup{Columns: e.columns, NumRows: int64(len(e.rows.rows)), FileOffset: 4, SortingColumns: []format.SortingColumn{}}
	for i := range g.Columns {
		c := &g.Columns[i]
		g.TotalByteSize += c.MetaData.TotalUncompressedSize
		g.TotalCompressedSize += c.MetaData.TotalCompressedSize
		b, err := e.header(&e.columnIndexes[i])
		if err != nil {
			return err
		}
		c.ColumnIndexOffset, c.ColumnIndexLength = int64(e.out.Len()), int32(len(b))
		e.out.Write(b)
	}
	for i := range g.Columns {
		c := &g.Columns[i]
		b, err := e.header(&e.offsetIndexes[i])
		if err != nil {
			return err
		}
		c.OffsetIndexOffset, c.OffsetIndexLength = int64(e.out.Len()), int32(len(b))
		e.out.Write(b)
	}
	file := p.file
	file.NumRows, file.RowGroups, file.KeyValueMetadata = g.NumRows, []format.RowGroup{g}, []format.KeyValue{}
	b, err := e.header(&file)
	if err != nil {
		return err
	}
	e.out.Write(b)
	e.out.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(b))))
	e.out.WriteString("PAR1")
	return nil
}
