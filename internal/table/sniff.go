package table

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"lfb/internal/lfb"
)

// sniffBytes is how much of a text tells what it is.
const sniffBytes = 8 << 10

// DecodeCharset returns src, of the charset that its sender names, as NewReader takes it:
// Unicode and Windows-1252 that finds out by itself, so that a name is not needed. Not ok
// is one that is not known.
func DecodeCharset(src io.Reader, charset string) (text io.Reader, ok bool) {
	name := FoldName(charset)
	switch name {
	case "", "utf8", "usascii", "ascii", "utf16", "utf16le", "utf16be", "iso88591", "latin1", "windows1252", "cp1252":
		return src, true
	}
	for _, e := range charmap.All {
		if FoldName(fmt.Sprint(e)) == name {
			return e.NewDecoder().Reader(src), true
		}
	}
	return nil, false
}

// decodeText returns src as UTF-8 with line feeds and without a byte-order mark, and what it
// was. Bytes that are no UTF-8 stay as they are.
func decodeText(src io.Reader) (text io.Reader, f format, err error) {
	raw := bufio.NewReaderSize(src, sniffBytes)
	head, err := raw.Peek(sniffBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, f, err
	}
	decoded := io.Reader(raw)
	f.encoding = "UTF-8"
	if order, wide := findUTF16(head); wide {
		f.encoding = "UTF-16"
		decoded = transform.NewReader(raw, unicode.UTF16(order, unicode.UseBOM).NewDecoder())
	} else if mark := "\ufeff"; bytes.HasPrefix(head, []byte(mark)) {
		_, _ = raw.Discard(len(mark)) // it was seen
	}
	lines := bufio.NewReaderSize(decoded, sniffBytes)
	if head, err = lines.Peek(sniffBytes); err != nil && !errors.Is(err, io.EOF) {
		return nil, f, err
	}
	if err := refuseOther(head); err != nil {
		return nil, f, err
	}
	f.separator = findSeparator(string(head))
	if !bytes.ContainsRune(head, '\n') && bytes.ContainsRune(head, '\r') {
		return returnsAsFeeds{lines}, f, nil
	}
	return lines, f, nil
}

// format is how a text is written.
type format struct {
	encoding  string // UTF-8 or UTF-16; what is no UTF-8 shows field by field
	separator rune
}

// String is the format in words.
func (f format) String() string { return fmt.Sprintf("%s with separator %q", f.encoding, f.separator) }

// returnsAsFeeds turns the line ends of old Macs into those of everybody.
type returnsAsFeeds struct{ io.Reader }

func (r returnsAsFeeds) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	for i, c := range p[:n] {
		if c == '\r' {
			p[i] = '\n'
		}
	}
	return n, err
}

// findUTF16 tells UTF-16 by its mark, or by the zero byte beside every ASCII letter.
func findUTF16(head []byte) (order unicode.Endianness, wide bool) {
	var zeros [2]int
	for i, b := range head {
		if b == 0 {
			zeros[i%2]++
		}
	}
	half := len(head) / 4 // half of either parity
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")), zeros[1] > half && zeros[0] == 0:
		return unicode.LittleEndian, true
	case bytes.HasPrefix(head, []byte("\xfe\xff")), zeros[0] > half && zeros[1] == 0:
		return unicode.BigEndian, true
	}
	return order, false
}

const separators = ",;\t|"

// findSeparator is the one that the first line names, as Excel's "sep=;" does, or has most of.
func findSeparator(text string) rune {
	first := strings.TrimLeft(text, "\r\n")
	if end := strings.IndexAny(first, "\r\n"); end >= 0 {
		first = first[:end]
	}
	if named := strings.Trim(first, `"`); strings.HasPrefix(strings.ToLower(named), "sep=") {
		first = named // as Excel writes it again when it takes the line for a row
	}
	if len(first) == len("sep=;") && strings.EqualFold(first[:4], "sep=") && strings.Contains(separators, first[4:]) {
		return rune(first[4])
	}
	best, most := ',', 0
	for _, s := range separators {
		if n := strings.Count(first, string(s)); n > most {
			best, most = s, n
		}
	}
	return best
}

// isSeparatorLine reports whether a row is the line that names its own separator.
func isSeparatorLine(fields []string) bool {
	return len(fields) == 1 && len(fields[0]) <= len("sep=;") && strings.HasPrefix(strings.ToLower(fields[0]), "sep=")
}

// refuseOther says what a file is that is no text of rows.
func refuseOther(head []byte) error {
	text := strings.TrimLeft(string(head), " \t\r\n")
	// The first bytes of what people save under a table's name.
	for _, f := range [...]struct{ magic, what string }{
		{"PK\x03\x04", "a workbook or ZIP: save it as .csv"},
		{"\xd0\xcf\x11\xe0", "an old (.xls) or locked Excel workbook: save it as .xlsx or .csv"},
		{"\x1f\x8b", "a gzip file: unpack it"},
		{"7z\xbc\xaf", "a 7z archive: unpack it"},
		{"%PDF", "a PDF"},
		{"PAR1", "a Parquet file"},
		{"<", "a web page or XML, not a table"},
		{"{", "JSON, not a table"},
	} {
		if strings.HasPrefix(text, f.magic) {
			return fmt.Errorf("not a table: %s: %w", f.what, lfb.ErrInvalid)
		}
	}
	control := 0
	for _, b := range head {
		if b < ' ' && b != '\t' && b != '\n' && b != '\r' {
			control++
		}
	}
	if control*100 > len(head) {
		return fmt.Errorf("not a table: not text (%d control bytes in its first %d): %w", control, len(head), lfb.ErrInvalid)
	}
	return nil
}
