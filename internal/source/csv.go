package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
	"unsafe"

	"golang.org/x/text/encoding/charmap"

	"lfb/internal/lfb"
)

const (
	blockBytes  = 256 << 10 // read at once
	recordBytes = 1 << 20   // no row of either table comes near this
	beyond      = 64        // bytes behind a block: an end of line and what mark reads with it
)

// csvRows splits text into rows. It turns one block of the file at a time into
// one string, and the fields are slices of it: no allocation a row or a field,
// and no text that changes under its reader, unless it asked for Reuse.
type csvRows struct {
	src    io.Reader
	format *Format
	eol    byte   // ends a row: '\n', or '\r' in files of old Macs
	reuse  bool   // all blocks lie in buf: texts are good until the next row only
	buf    []byte // the memory of block, and beyond behind it
	block  string
	pos    int   // start of the next row in block
	eof    bool  // block is the last
	err    error // that ended the reading
	valid  bool  // block is UTF-8 as far as its last end of line
	line   int64
	nl     int64 // ends of line inside the quotes of the current row
	width  int   // fields of the header; 0 before it
	fields []string
	marks  [marks]uint32 // what plain works with
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
		if c.err != nil {
			return c.err
		}
		if c.pos == len(c.block) {
			if c.eof {
				return io.EOF
			}
			c.fill()
			continue
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
		c.fill()
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
// or to the comma before a quote, and returns where that is.
func (c *csvRows) plain(i int) int {
	for start := i; ; { // of the field
		ends := c.marks[:mark(&c.marks, c.buf, i, c.format.Comma, c.eol)]
		stop := int(ends[len(ends)-1])
		quote := c.buf[stop] == '"'
		if quote { // part of a field, or the start of the next
			ends = ends[:len(ends)-1]
		}
		start = c.cut(start, ends)
		if quote && start == stop {
			return stop - 1
		}
		if c.buf[stop] == c.eol { // be it the one behind the block
			last := &c.fields[len(c.fields)-1]
			*last = strings.TrimSuffix(*last, "\r")
			return stop
		}
		i = stop + 1
	}
}

// cut adds the fields of which the first starts at start and that end at ends. It
// returns where the next starts.
func (c *csvRows) cut(start int, ends []uint32) int {
	block, n := c.block, len(c.fields)
	c.fields = slices.Grow(c.fields, len(ends))[:n+len(ends)]
	fields := c.fields[n:][:len(ends)]
	for k, end := range ends {
		fields[k] = block[start:end]
		start = int(end) + 1
	}
	return start
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
func (c *csvRows) fill() {
	left, buf := c.block[c.pos:], c.buf
	if !c.reuse || buf == nil || len(left) > len(buf)/2 {
		buf = make([]byte, len(left)+blockBytes+beyond)
	}
	have, room := copy(buf, left), len(buf)-beyond
	for have < room && !c.eof {
		n, err := c.src.Read(buf[have:room])
		have += n
		switch {
		case errors.Is(err, io.EOF):
			c.eof = true
		case err != nil:
			c.err = fmt.Errorf("line %d: %w", c.line, err)
			return
		}
	}
	if i := bytes.IndexByte(buf[:have], 0); i >= 0 {
		line := c.line + int64(bytes.Count(buf[:i], []byte{c.eol}))
		c.err = fmt.Errorf("line %d: a zero byte, the file is damaged: %w", line, lfb.ErrInvalid)
		return
	}
	c.hold(buf, have)
	whole := c.block
	if !c.eof {
		whole = whole[:strings.LastIndexByte(whole, c.eol)+1] // the rest may end inside a letter
	}
	c.valid = utf8.ValidString(whole)
}

// hold makes buf[:n] the block: it is the text, not a copy of it. Nothing writes to it as
// long as texts are good. It has room for beyond bytes more.
func (c *csvRows) hold(buf []byte, n int) {
	buf[n] = c.eol
	c.buf, c.block, c.pos = buf, unsafe.String(unsafe.SliceData(buf), n), 0
}

// last reports whether nothing but blank lines follows the current row.
func (c *csvRows) last() bool {
	for !c.eof && strings.TrimSpace(c.block[c.pos:]) == "" {
		c.buf = nil // the row's fields lie in it
		if c.fill(); c.err != nil {
			return false // the next record has it
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
		if f != "" && (f[0] > ' ' && f[0] < utf8.RuneSelf || strings.TrimSpace(f) != "") {
			return false
		}
	}
	return true
}
