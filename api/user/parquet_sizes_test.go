package user

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"lfb/internal/lfb"
)

// forged is a Parquet file of one column "postcode" whose page has the header that
// edit makes of a true one, and the body that edit returns.
func forged(t testing.TB, codec format.CompressionCodec, edit func(h *format.PageHeader, body []byte) []byte) []byte {
	t.Helper()
	type call struct {
		Postcode string `parquet:"postcode,plain,snappy"`
	}
	var whole bytes.Buffer
	if err := parquet.Write(&whole, []call{{"SE1 9NF"}, {"SE2 9NF"}}); err != nil {
		t.Fatal(err)
	}
	f, err := parquet.OpenFile(bytes.NewReader(whole.Bytes()), int64(whole.Len()))
	if err != nil {
		t.Fatal(err)
	}
	meta := *f.Metadata()
	chunk := &meta.RowGroups[0].Columns[0]
	at := chunk.MetaData.DataPageOffset
	h, n, err := pageHeader(bytes.NewReader(whole.Bytes()), at, at+chunk.MetaData.TotalCompressedSize)
	if err != nil {
		t.Fatal(err)
	}
	body := edit(h, whole.Bytes()[at+n:][:h.CompressedPageSize])
	p := &thrift.CompactProtocol{}
	head, err := thrift.Marshal(p, h)
	if err != nil {
		t.Fatal(err)
	}
	out := append(append([]byte("PAR1"), head...), body...)
	chunk.OffsetIndexOffset, chunk.ColumnIndexOffset, chunk.OffsetIndexLength, chunk.ColumnIndexLength = 0, 0, 0, 0
	chunk.MetaData.DataPageOffset, chunk.MetaData.TotalCompressedSize, chunk.MetaData.Codec = 4, int64(len(head)+len(body)), codec
	foot, err := thrift.Marshal(p, &meta)
	if err != nil {
		t.Fatal(err)
	}
	return withFooter(out, foot)
}

func withFooter(b, foot []byte) []byte {
	b = binary.LittleEndian.AppendUint32(append(b, foot...), uint32(len(foot)))
	return append(b, "PAR1"...)
}

func zeros(t testing.TB, pack func(w io.Writer) io.WriteCloser) []byte {
	t.Helper()
	var b bytes.Buffer
	w := pack(&b)
	for range 128 {
		if _, err := w.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Liars are files whose sizes are not true, by what they lie about.
func Liars(t testing.TB) map[string][]byte {
	t.Helper()
	const most = 1<<31 - 1
	lie := func(codec format.CompressionCodec, edit func(h *format.PageHeader)) []byte {
		return forged(t, codec, func(h *format.PageHeader, body []byte) []byte {
			edit(h)
			return body
		})
	}
	bomb := func(codec format.CompressionCodec, packed []byte) []byte {
		return forged(t, codec, func(h *format.PageHeader, _ []byte) []byte {
			h.CompressedPageSize = int32(len(packed))
			if h.DataPageHeaderV2.Valid {
				h.DataPageHeaderV2.V.DefinitionLevelsByteLength, h.DataPageHeaderV2.V.RepetitionLevelsByteLength = 0, 0
			}
			return packed
		})
	}
	values := func(h *format.PageHeader) {
		h.DataPageHeader.V.NumValues, h.DataPageHeaderV2.V.NumValues = most, most
	}
	return map[string][]byte{
		"unpacked size": lie(format.Snappy, func(h *format.PageHeader) { h.UncompressedPageSize = most }),
		"packed size":   lie(format.Snappy, func(h *format.PageHeader) { h.CompressedPageSize = most }),
		"values":        lie(format.Snappy, values),
		"encoding": lie(format.Snappy, func(h *format.PageHeader) {
			h.DataPageHeader.V.Encoding, h.DataPageHeaderV2.V.Encoding = format.DeltaByteArray, format.DeltaByteArray
		}),
		"unknown packing": lie(format.Brotli, func(*format.PageHeader) {}),
		"snappy's own": forged(t, format.Snappy, func(h *format.PageHeader, _ []byte) []byte {
			b := append(binary.AppendUvarint(nil, most), 0, 0)
			h.CompressedPageSize = int32(len(b))
			return b
		}),
		"zstd bomb": bomb(format.Zstd, zeros(t, func(w io.Writer) io.WriteCloser {
			z, err := zstd.NewWriter(w)
			if err != nil {
				t.Fatal(err)
			}
			return z
		})),
		"gzip bomb": bomb(format.Gzip, zeros(t, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })),
		// A footer that begins with version 1 and a schema of 2³¹-1 elements, or with
		// a text as long; and structures without end.
		"footer's list":  withFooter([]byte("PAR1"), []byte{0x15, 2, 0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 7}),
		"footer's text":  withFooter([]byte("PAR1"), []byte{0x68, 0xff, 0xff, 0xff, 0xff, 7}),
		"footer's depth": withFooter([]byte("PAR1"), bytes.Repeat([]byte{0x1c}, 1<<20)),
	}
}

// Not parallel: it counts what is reserved.
func TestParquetThatLiesAboutItsSizes(t *testing.T) {
	for name, file := range Liars(t) {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			r, err := openParquet(bytes.NewReader(file), int64(len(file)))
			for err == nil {
				_, err = r.read()
			}
			runtime.ReadMemStats(&after)
			if !errors.Is(err, lfb.ErrInvalid) {
				t.Errorf("reading = %v, want ErrInvalid", err)
			}
			if mib := (after.TotalAlloc - before.TotalAlloc) >> 20; mib > 64 {
				t.Errorf("%d MiB were reserved for a file of %d bytes", mib, len(file))
			}
		})
	}
}

// Files as other programs write them are not refused.
func TestParquetOfEveryKindIsRead(t *testing.T) {
	t.Parallel()
	type call struct {
		A string  `parquet:"a,plain,zstd"`
		B string  `parquet:"b,dict,gzip"`
		C *string `parquet:"c,optional,dict,snappy"`
		D int64   `parquet:"d,delta"`
		F float64 `parquet:"f,split,uncompressed"`
		G *int32  `parquet:"g,optional,zstd"`
	}
	one := int32(1)
	rows := make([]call, 30_000)
	for i := range rows {
		s := strings.Repeat("x", i%50)
		rows[i] = call{A: s, B: s, C: &s, D: int64(i), F: float64(i)}
		if i%3 == 0 {
			rows[i].G = &one
		}
	}
	for _, version := range []int{1, 2} {
		var b bytes.Buffer
		if err := parquet.Write(&b, rows, parquet.DataPageVersion(version), parquet.MaxRowsPerRowGroup(9000)); err != nil {
			t.Fatal(err)
		}
		r, err := openParquet(bytes.NewReader(b.Bytes()), int64(b.Len()))
		if err != nil {
			t.Fatalf("pages of version %d: %v", version, err)
		}
		n := 0
		for ; ; n++ {
			rec, err := r.read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil || rec.values[3].Int64() != int64(n) {
				t.Fatalf("pages of version %d: row %d = %v, %v", version, n, rec.values, err)
			}
		}
		if n != len(rows) {
			t.Errorf("pages of version %d: %d rows, want %d", version, n, len(rows))
		}
	}
}

func FuzzSkim(f *testing.F) {
	file := forged(f, format.Snappy, func(_ *format.PageHeader, body []byte) []byte { return body })
	n := binary.LittleEndian.Uint32(file[len(file)-8:])
	f.Add(file[len(file)-8-int(n) : len(file)-8])
	f.Add(file[4:64])
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := skim(b)
		if err == nil && (n <= 0 || n > len(b)) {
			t.Fatalf("skim(%x) = %d of %d bytes", b, n, len(b))
		}
	})
}
