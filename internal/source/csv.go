package source

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"strings"
	"unicode/utf8"
	"unsafe"

	"golang.org/x/text/encoding/charmap"

	"lfb/internal/lfb"
)

const (
	blockBytes  = 256 << 10 // read at once
	recordBytes = 1 << 20   // no row of either table comes near this
)

// csvRows splits text into rows. It turns one block of the file at a time into
// one string, and the fields are slices of it: no allocation a row or a field,
// and no text that changes under its reader.
type csvRows struct {
	src    io.Reader
	format *Format
	eol    byte   // ends a row: '\n', or '\r' in files of old Macs
	buf    []byte // the block as bytes
	block  string
	pos    int  // start of the next row in block
	eof    bool // block is the last
	quotes bool // block has any
	valid  bool // block is UTF-8 as far as its last end of line
	line   int64
	nl     int64 // ends of line inside the quotes of the current row
	width  int   // fields of the header; 0 before it
	fields []string
}

func newCSVRows(src io.Reader, format *Format) *csvRows {
	return &csvRows{src: src, format: format, line: 1}
}

func (c *csvRows) next() (Record, error) {
	for {
		line := c.line
		if err := c.record(); err != nil {
			return Record{}, err
		}
		if blank(c.fields) {
			c.format.Blank++
			continue
		}
		if c.width == 0 {
			c.width = len(trimBlankTail(c.fields, 0))
		}
		if len(c.fields) < c.width && c.last() {
			return Record{}, fmt.Errorf("line %d: cut off after %d of %d fields: %w",
				line, len(c.fields), c.width, lfb.ErrInvalid)
		}
		if !c.valid {
			c.recode()
		}
		return Record{Line: line, Fields: c.fields}, nil
	}
}

// record splits the next row into c.fields, reading on as needed.
func (c *csvRows) record() error {
	for {
		if c.pos == len(c.block) && c.eof {
			return io.EOF
		}
		end, whole, open := c.split()
		if whole || (c.eof && !open) {
			c.pos = end
			c.line += 1 + c.nl
			return nil
		}
		if c.eof || len(c.block)-c.pos > recordBytes {
			if open {
				return fmt.Errorf("line %d column %d: a quote is never closed: %w",
					c.line, len(c.fields)+1, lfb.ErrInvalid)
			}
			return fmt.Errorf("line %d: longer than %d bytes: %w", c.line, recordBytes, lfb.ErrInvalid)
		}
		if err := c.fill(); err != nil {
			return err
		}
	}
}

// split cuts the row at c.pos into c.fields. It returns where the next row
// starts, whether an end of line was met, and whether it stopped within quotes.
func (c *csvRows) split() (end int, whole, open bool) {
	s, i, eol := c.block, c.pos, c.eol
	c.fields, c.nl = c.fields[:0], 0
	for {
		if i < len(s) && s[i] == '"' {
			field, next, closed := c.quoted(i + 1)
			if !closed {
				return 0, false, true
			}
			c.fields, i = append(c.fields, field), next
		} else {
			i = c.plain(i)
		}
		if i >= len(s) {
			return i, false, false
		}
		if s[i] == eol {
			return i + 1, true, false
		}
		i++ // the comma
	}
}

// plain reads the fields from i on that have no quotes, up to the end of the row
// or to the comma before a quote, and returns where that is. It looks at eight
// bytes at a time.
func (c *csvRows) plain(i int) int {
	s, buf, fields := c.block, c.buf, c.fields
	comma, eol := every*uint64(c.format.Comma), every*uint64(c.eol)
	start := i
	for ; len(buf)-i >= 8; i += 8 {
		w := binary.LittleEndian.Uint64(buf[i:])
		ends := zeroBytes(w ^ eol)
		for m := zeroBytes(w^comma) | ends; m != 0; m &= m - 1 {
			at := i + bits.TrailingZeros64(m)/8
			fields = append(fields, s[start:at])
			start = at + 1
			if m&-m&ends != 0 {
				c.fields = trimReturn(fields)
				return at
			}
			if c.quotes && start < len(s) && s[start] == '"' {
				c.fields = fields
				return at
			}
		}
	}
	for ; i < len(s); i++ {
		if s[i] != c.format.Comma && s[i] != c.eol {
			continue
		}
		fields = append(fields, s[start:i])
		start = i + 1
		if s[i] == c.eol {
			c.fields = trimReturn(fields)
			return i
		}
		if start < len(s) && s[start] == '"' {
			c.fields = fields
			return i
		}
	}
	c.fields = trimReturn(append(fields, s[start:]))
	return len(s)
}

const every = 0x0101010101010101 // times a byte: eight of it

// zeroBytes has the highest bit of each byte of w that is zero, and no other.
func zeroBytes(w uint64) uint64 {
	const low = 0x7f * every
	return ^((w&low + low) | w | low)
}

// trimReturn takes the carriage return off a row's last field.
func trimReturn(fields []string) []string {
	last := &fields[len(fields)-1]
	*last = strings.TrimSuffix(*last, "\r")
	return fields
}

// quoted reads a field whose opening quote lies before i. It returns where the
// comma or end of line behind it is.
func (c *csvRows) quoted(i int) (field string, next int, closed bool) {
	s := c.block
	var joined []byte // only a field with quotes or text behind its quotes needs it
	for {
		n := strings.IndexByte(s[i:], '"')
		if n < 0 {
			return "", 0, false
		}
		part := s[i : i+n]
		c.nl += int64(strings.Count(part, string(c.eol)))
		i += n + 1
		if i < len(s) && s[i] == '"' {
			joined = append(append(joined, part...), '"')
			i++
			continue
		}
		end := i
		for end < len(s) && s[end] != c.format.Comma && s[end] != c.eol {
			end++
		}
		if end == len(s) && !c.eof {
			return "", 0, false // what follows the quote is not here yet
		}
		tail := strings.TrimSuffix(s[i:end], "\r")
		if joined == nil && tail == "" {
			return part, end, true
		}
		joined = append(append(joined, part...), tail...)
		return string(joined), end, true
	}
}

// fill makes a new block of what is left of the last and of what is read behind it.
func (c *csvRows) fill() error {
	left := c.block[c.pos:]
	buf := make([]byte, len(left)+blockBytes)
	have := copy(buf, left)
	for have < len(buf) && !c.eof {
		n, err := c.src.Read(buf[have:])
		have += n
		switch {
		case errors.Is(err, io.EOF):
			c.eof = true
		case err != nil:
			return fmt.Errorf("line %d: %w", c.line, err)
		}
	}
	buf = buf[:have]
	if i := bytes.IndexByte(buf, 0); i >= 0 {
		line := c.line + int64(bytes.Count(buf[:i], []byte{c.eol}))
		return fmt.Errorf("line %d: a zero byte, the file is damaged: %w", line, lfb.ErrInvalid)
	}
	// Nothing writes to buf from here on: it is the text, not a copy of it.
	c.buf, c.block, c.pos = buf, unsafe.String(unsafe.SliceData(buf), have), 0
	c.quotes = strings.IndexByte(c.block, '"') >= 0
	whole := c.block
	if !c.eof {
		whole = whole[:strings.LastIndexByte(whole, c.eol)+1] // the rest may end inside a letter
	}
	c.valid = utf8.ValidString(whole)
	return nil
}

// last reports whether nothing but blank lines follows the current row.
func (c *csvRows) last() bool {
	for !c.eof && strings.TrimSpace(c.block[c.pos:]) == "" {
		if c.fill() != nil {
			return false // met again, with its line, by the next record
		}
	}
	return c.eof && strings.TrimSpace(c.block[c.pos:]) == ""
}

// recode reads fields that are no UTF-8 as Windows-1252, as which old exports
// have the pound sign.
func (c *csvRows) recode() {
	for i, f := range c.fields {
		if utf8.ValidString(f) {
			continue
		}
		c.format.Recoded++
		text, err := charmap.Windows1252.NewDecoder().String(f)
		if err != nil {
			text = strings.ToValidUTF8(f, string(utf8.RuneError))
		}
		c.fields[i] = text
	}
}

func blank(fields []string) bool {
	for _, f := range fields {
		if strings.TrimSpace(f) != "" {
			return false
		}
	}
	return true
}
