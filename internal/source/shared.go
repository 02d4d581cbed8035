package source

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"lfb/internal/lfb"
)

const (
	sharedMemory = 64 << 20 // bytes of shared strings held in memory; the rest is spilled
	sharedMost   = 4 << 30  // bytes of shared strings altogether: beyond is no real workbook
	chunkLen     = 256      // strings a chunk
	cachedChunks = 128      // chunks read back from disk that are kept
)

// sharedStrings is a workbook's table of texts, which cells name by number. It is
// the one part that must be held whole: in memory up to a bound, beyond that in a
// temporary file, of which memory holds a position for each 256 strings.
type sharedStrings struct {
	limit  int // bytes in memory at most
	chunks []chunk
	held   int
	n      int
	file   *os.File
	size   int64 // of file
	cache  [cachedChunks]struct {
		number int // of the chunk, from 1; 0 none
		chunk  chunk
	}
	last chunk // being filled
	text strings.Builder
}

// chunk is 256 texts behind one another; only the last of a table has fewer.
type chunk struct {
	text string
	ends []uint32 // of each text in text; nil: in the file
	at   int64    // in the file
	size int      // bytes of text in the file
	n    int
}

func (s *sharedStrings) add(text []byte) error {
	s.text.Write(text)
	s.last.ends = append(s.last.ends, uint32(s.text.Len()))
	s.n++
	if len(s.last.ends) == chunkLen {
		return s.flush()
	}
	return nil
}

// flush ends the chunk that is being filled.
func (s *sharedStrings) flush() error {
	c := s.last
	c.text, c.n = s.text.String(), len(s.last.ends)
	s.text, s.last = strings.Builder{}, chunk{}
	if c.n == 0 {
		return nil
	}
	if cost := len(c.text) + 4*len(c.ends); s.held+cost <= s.limit {
		s.held += cost
		s.chunks = append(s.chunks, c)
		return nil
	}
	return s.spill(c)
}

func (s *sharedStrings) spill(c chunk) error {
	if s.file == nil {
		f, err := os.CreateTemp("", "lfb-shared-strings-*")
		if err != nil {
			return err
		}
		s.file = f
	}
	buf := make([]byte, 0, 4*chunkLen+len(c.text))
	for _, end := range c.ends {
		buf = binary.LittleEndian.AppendUint32(buf, end)
	}
	buf = append(buf, c.text...)
	if s.size+int64(len(buf)) > sharedMost {
		return fmt.Errorf("shared strings of more than %d bytes: %w", int64(sharedMost), lfb.ErrInvalid)
	}
	if _, err := s.file.WriteAt(buf, s.size); err != nil {
		return err
	}
	s.chunks = append(s.chunks, chunk{at: s.size, size: len(c.text), n: c.n})
	s.size += int64(len(buf))
	return nil
}

// at is text i, counted from 0.
func (s *sharedStrings) at(i int) (string, error) {
	if i < 0 || i >= s.n {
		return "", fmt.Errorf("shared string %d of %d: %w", i, s.n, lfb.ErrInvalid)
	}
	c := s.chunks[i/chunkLen]
	if c.ends == nil {
		var err error
		if c, err = s.readBack(i / chunkLen); err != nil {
			return "", err
		}
	}
	start := uint32(0)
	if i %= chunkLen; i > 0 {
		start = c.ends[i-1]
	}
	return c.text[start:c.ends[i]], nil
}

func (s *sharedStrings) readBack(number int) (chunk, error) {
	slot := &s.cache[number%cachedChunks]
	if slot.number == number+1 {
		return slot.chunk, nil
	}
	c := s.chunks[number]
	buf := make([]byte, 4*c.n+c.size)
	if _, err := s.file.ReadAt(buf, c.at); err != nil && !errors.Is(err, io.EOF) {
		return chunk{}, err
	}
	c.ends = make([]uint32, c.n)
	for i := range c.ends {
		c.ends[i] = binary.LittleEndian.Uint32(buf[4*i:])
	}
	c.text = string(buf[4*c.n:])
	slot.number, slot.chunk = number+1, c
	return c, nil
}

func (s *sharedStrings) close() error {
	if s.file == nil {
		return nil
	}
	return errors.Join(s.file.Close(), os.Remove(s.file.Name()))
}

// readSharedStrings reads the part xl/sharedStrings.xml.
func (s *sharedStrings) read(r io.Reader) error {
	x := newXMLScanner(r)
	var text []byte
	for {
		token, err := x.next()
		if errors.Is(err, io.EOF) {
			return s.flush()
		}
		if err != nil {
			return err
		}
		switch {
		case token == xmlStart && string(x.name) == "si":
			if text, err = x.richText("si", text[:0]); err != nil {
				return err
			}
			if err := s.add(text); err != nil {
				return err
			}
		case token == xmlEnd && string(x.name) == "sst":
			return s.flush()
		}
	}
}

// richText appends the texts within the current element, up to its end. What a
// reading aid (rPh) says is no part of it.
func (s *xmlScanner) richText(element string, dst []byte) ([]byte, error) {
	inText, aid := false, 0
	for {
		token, err := s.next()
		if errors.Is(err, io.EOF) {
			return dst, fmt.Errorf("cut off within %s: %w", element, lfb.ErrInvalid)
		}
		if err != nil {
			return dst, err
		}
		switch {
		case token == xmlText:
			if inText && aid == 0 {
				dst = append(dst, s.text...)
			}
		case string(s.name) == "t":
			inText = token == xmlStart
		case string(s.name) == "rPh" && token == xmlStart:
			aid++
		case string(s.name) == "rPh":
			aid--
		case token == xmlEnd && string(s.name) == element:
			return dst, nil
		}
	}
}
