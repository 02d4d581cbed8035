package user

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"lfb/internal/lfb"
)

const (
	// maxFooter is the largest footer that is read, in bytes.
	maxFooter = 8 << 20
	// maxPageHeader is the largest header of a page, which may hold the least and the
	// greatest value, in bytes.
	maxPageHeader = 64 << 10
	// maxGroupMemory is what the pages of a row group that are read at the same time,
	// one a column, may need, in bytes.
	maxGroupMemory = 192 << 20
)

// checkFooter makes sure that the lengths in the footer can be true.
func checkFooter(in io.ReaderAt, size int64) error {
	var tail [8]byte
	if size < 12 {
		return fmt.Errorf("no Parquet table: %d bytes: %w", size, lfb.ErrInvalid)
	}
	if _, err := in.ReadAt(tail[:], size-8); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	n := int64(binary.LittleEndian.Uint32(tail[:4]))
	if string(tail[4:]) != "PAR1" || n > size-12 || n > maxFooter {
		return fmt.Errorf("no Parquet table: a footer of %d bytes in a file of %d: %w", n, size, lfb.ErrInvalid)
	}
	footer := make([]byte, n)
	if _, err := in.ReadAt(footer, size-8-n); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if _, err := skim(footer); err != nil {
		return fmt.Errorf("no Parquet table: its footer: %w", err)
	}
	return nil
}

// checkPages makes sure, before a page is decoded, that what the pages' headers say
// of their sizes is true, and that the pages that are read together need little
// memory. The library reserves what headers say unseen, up to 2 GiB a page.
func checkPages(in io.ReaderAt, size int64, meta *format.FileMetaData) error {
	for g := range meta.RowGroups {
		var sum int64
		for c := range meta.RowGroups[g].Columns {
			k := &meta.RowGroups[g].Columns[c].MetaData
			need, err := chunkMemory(in, size, k)
			if err != nil {
				return fmt.Errorf("row group %d, column %q: %w", g, strings.Join(k.PathInSchema, "."), err)
			}
			if sum += need; sum > maxGroupMemory {
				return fmt.Errorf("row group %d: its pages need more than %d MiB: %w", g, maxGroupMemory>>20, lfb.ErrInvalid)
			}
		}
	}
	return nil
}

// chunkMemory is the most memory that a column of a row group needs at a time.
func chunkMemory(in io.ReaderAt, size int64, k *format.ColumnMetaData) (int64, error) {
	at := k.DataPageOffset
	if k.DictionaryPageOffset != 0 {
		at = k.DictionaryPageOffset
	}
	if k.TotalCompressedSize < 0 || at < 4 || k.DataPageOffset < at || k.DataPageOffset > size || at > size-k.TotalCompressedSize {
		return 0, fmt.Errorf("pages beyond the end of the file: %w", lfb.ErrInvalid)
	}
	end := at + k.TotalCompressedSize
	var dictionary, most int64
	for at < end {
		h, n, err := pageHeader(in, at, end)
		if err != nil {
			return 0, err
		}
		at += n
		need, err := checkPage(io.NewSectionReader(in, at, end-at), h, k.Codec)
		if err != nil {
			return 0, fmt.Errorf("page at byte %d: %w", at-n, err)
		}
		if h.Type == format.DictionaryPage {
			dictionary = max(dictionary, need)
		} else {
			most = max(most, need)
		}
		at += int64(h.CompressedPageSize)
	}
	return dictionary + most, nil
}

// pageHeader reads the header at a byte, and says how long it is.
func pageHeader(in io.ReaderAt, at, end int64) (*format.PageHeader, int64, error) {
	b := make([]byte, min(maxPageHeader, end-at))
	if _, err := in.ReadAt(b, at); err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, err
	}
	n, err := skim(b)
	if err != nil {
		return nil, 0, fmt.Errorf("header of the page at byte %d: %w", at, err)
	}
	h := &format.PageHeader{}
	if err := thrift.Unmarshal(&thrift.CompactProtocol{}, b[:n], h); err != nil {
		return nil, 0, fmt.Errorf("header of the page at byte %d: %w: %w", at, err, lfb.ErrInvalid)
	}
	return h, int64(n), nil
}

// checkPage is the memory that a page needs, whose bytes rest begins with: packed and
// unpacked, and for each value its level, its place and itself.
func checkPage(rest *io.SectionReader, h *format.PageHeader, codec format.CompressionCodec) (int64, error) {
	packed, plain, values := int64(h.CompressedPageSize), int64(h.UncompressedPageSize), int64(0)
	var levels int64 // bytes at the beginning that are not compressed
	compressed := codec != format.Uncompressed
	switch {
	case h.DataPageHeader.Valid:
		values = int64(h.DataPageHeader.V.NumValues)
		if err := checkEncoding(h.DataPageHeader.V.Encoding); err != nil {
			return 0, err
		}
	case h.DataPageHeaderV2.Valid:
		v := &h.DataPageHeaderV2.V
		values, levels = int64(v.NumValues), int64(v.RepetitionLevelsByteLength)+int64(v.DefinitionLevelsByteLength)
		compressed = compressed && (!v.IsCompressed.Valid || v.IsCompressed.V)
		if err := checkEncoding(v.Encoding); err != nil {
			return 0, err
		}
	case h.DictionaryPageHeader.Valid:
		values = int64(h.DictionaryPageHeader.V.NumValues)
	}
	switch {
	case packed < 0 || packed > rest.Size() || levels < 0 || levels > packed || levels > plain:
		return 0, fmt.Errorf("%d bytes, %d of them levels, where %d are left: %w", packed, levels, rest.Size(), lfb.ErrInvalid)
	case plain < 0 || plain > maxGroupMemory || values < 0 || values > maxRows:
		return 0, fmt.Errorf("%d values of %d bytes: %w", values, plain, lfb.ErrInvalid)
	case compressed:
		if err := checkPacked(io.NewSectionReader(rest, levels, packed-levels), plain-levels, codec); err != nil {
			return 0, err
		}
	}
	const perValue = 1 + 4 + 8
	return packed + plain + perValue*values, nil
}

// checkEncoding refuses the encoding whose values may be far longer than their bytes.
func checkEncoding(e format.Encoding) error {
	if e == format.DeltaByteArray {
		return fmt.Errorf("encoded as %v, which is not read here: write it plain or with a dictionary: %w", e, lfb.ErrInvalid)
	}
	return nil
}

// checkPacked makes sure that a page is not longer, unpacked, than it says. The
// library unpacks to the end, however far that is.
func checkPacked(packed *io.SectionReader, plain int64, codec format.CompressionCodec) error {
	var r io.Reader
	switch codec {
	case format.Snappy:
		head := make([]byte, min(packed.Size(), binary.MaxVarintLen64))
		if _, err := packed.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		n, err := snappy.DecodedLen(head)
		if err != nil || int64(n) > plain {
			return fmt.Errorf("unpacked it has %d bytes, not %d: %w", n, plain, lfb.ErrInvalid)
		}
		return nil
	case format.Zstd:
		d, err := zstd.NewReader(bufio.NewReader(packed), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(16<<20))
		if err != nil {
			return err
		}
		defer d.Close()
		r = d
	case format.Gzip:
		d, err := gzip.NewReader(bufio.NewReader(packed))
		if err != nil {
			return fmt.Errorf("%w: %w", err, lfb.ErrInvalid)
		}
		r = d
	default:
		return fmt.Errorf("compressed as %v, which is not read here: snappy, zstd and gzip are: %w", codec, lfb.ErrInvalid)
	}
	n, err := io.Copy(io.Discard, io.LimitReader(r, plain+1))
	if err != nil {
		return fmt.Errorf("%w: %w", err, lfb.ErrInvalid)
	}
	if n > plain {
		return fmt.Errorf("unpacked it has more than %d bytes: %w", plain, lfb.ErrInvalid)
	}
	return nil
}
