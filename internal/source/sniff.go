package source

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"lfb/internal/lfb"
)

const sniffBytes = 8 << 10

// open chooses the container by the file's first bytes.
func (r *Reader) open(f io.ReaderAt, size int64) error {
	magic := make([]byte, min(size, 4))
	if _, err := f.ReadAt(magic, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if isZip(magic) {
		return r.openZip(f, size)
	}
	return r.openText(io.NewSectionReader(f, 0, size))
}

// isZip reports whether the first four bytes are those of a ZIP, be it an empty one.
func isZip(magic []byte) bool {
	return string(magic) == "PK\x03\x04" || string(magic) == "PK\x05\x06"
}

// openText reads src as separated text in whatever encoding it is.
func (r *Reader) openText(src io.Reader) error {
	br := bufio.NewReaderSize(src, sniffBytes)
	head, err := br.Peek(sniffBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	r.format.Container, r.format.Encoding = "csv", encoding(head)
	text := io.Reader(br)
	switch r.format.Encoding {
	case "utf-16le":
		text = transform.NewReader(br, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder())
	case "utf-16be":
		text = transform.NewReader(br, unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder())
	default:
		if bytes.HasPrefix(head, []byte("\ufeff")) {
			if _, err := br.Discard(len("\ufeff")); err != nil {
				return err
			}
		}
	}
	return r.openDecoded(text)
}

// openDecoded looks at text's first line for its separator.
func (r *Reader) openDecoded(text io.Reader) error {
	br := bufio.NewReaderSize(text, sniffBytes)
	head, err := br.Peek(sniffBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if err := refuse(head); err != nil {
		return err
	}
	c := newCSVRows(br, r.format)
	c.eol = '\n'
	if !bytes.ContainsRune(head, '\n') && bytes.ContainsRune(head, '\r') {
		c.eol = '\r'
	}
	r.format.Comma = separator(head)
	r.rows = c
	return nil
}

// refuse says what a file is that is not text.
func refuse(head []byte) error {
	text := strings.TrimLeft(string(head), " \t\r\n")
	// The first bytes of what people save under a table's name.
	for _, f := range [...]struct{ magic, what string }{
		{"\xd0\xcf\x11\xe0", "an old (.xls) or locked Excel workbook: save it as .xlsx or .csv"},
		{"\x1f\x8b", "a gzip file: unpack it"},
		{"7z\xbc\xaf", "a 7z archive: unpack it"},
		{"%PDF", "a PDF"},
		{"PAR1", "a Parquet file"},
		{"<", "a web page or XML, not a table"},
		{"{", "JSON, not a table"},
	} {
		if strings.HasPrefix(text, f.magic) {
			return fmt.Errorf("neither CSV nor XLSX: %s: %w", f.what, lfb.ErrInvalid)
		}
	}
	control := 0
	for _, b := range head {
		if b < ' ' && b != '\t' && b != '\n' && b != '\r' {
			control++
		}
	}
	if control*100 > len(head) {
		return fmt.Errorf("neither CSV nor XLSX: not text (%d control bytes in its first %d): %w",
			control, len(head), lfb.ErrInvalid)
	}
	return nil
}

// encoding tells UTF-16 by its mark, or by the zero byte beside every ASCII letter.
func encoding(head []byte) string {
	var zeros [2]int
	for i, b := range head {
		if b == 0 {
			zeros[i%2]++
		}
	}
	half := len(head) / 4 // half of either parity
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")), zeros[1] > half && zeros[0] == 0:
		return "utf-16le"
	case bytes.HasPrefix(head, []byte("\xfe\xff")), zeros[0] > half && zeros[1] == 0:
		return "utf-16be"
	}
	return "utf-8"
}

// separator is the one that the first line has most of.
func separator(head []byte) byte {
	first, _, _ := bytes.Cut(bytes.TrimLeft(head, "\r\n"), []byte("\n"))
	best, most := byte(','), bytes.Count(first, []byte(","))
	for _, b := range []byte{';', '\t', '|'} {
		if n := bytes.Count(first, []byte{b}); n > most {
			best, most = b, n
		}
	}
	return best
}
