package table

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

// sniffBytes is how much of a text tells what it is.
const sniffBytes = 8 << 10

// decodeText returns src as UTF-8 with line feeds and without a byte-order mark. Bytes
// that are no UTF-8 stay as they are.
func decodeText(src io.Reader) (text io.Reader, separator rune, err error) {
	raw := bufio.NewReaderSize(src, sniffBytes)
	head, err := raw.Peek(sniffBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, err
	}
	decoded := io.Reader(raw)
	if order, wide := findUTF16(head); wide {
		decoded = transform.NewReader(raw, unicode.UTF16(order, unicode.UseBOM).NewDecoder())
	} else if mark := "\ufeff"; bytes.HasPrefix(head, []byte(mark)) {
		_, _ = raw.Discard(len(mark)) // it was seen
	}
	lines := bufio.NewReaderSize(decoded, sniffBytes)
	if head, err = lines.Peek(sniffBytes); err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, err
	}
	if err := refuseOther(head); err != nil {
		return nil, 0, err
	}
	separator = findSeparator(string(head))
	if !bytes.ContainsRune(head, '\n') && bytes.ContainsRune(head, '\r') {
		return returnsAsFeeds{lines}, separator, nil
	}
	return lines, separator, nil
}

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
	return len(fields) == 1 && strings.EqualFold(fields[0], "sep=")
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
