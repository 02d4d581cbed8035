package source

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"html"
	"io"

	"lfb/internal/lfb"
)

// xmlScanner walks over the tags and texts of a workbook's parts. The standard
// decoder makes several objects a cell; a sheet has tens of millions.
//
// It knows what such parts contain: no document types, UTF-8, and names whose
// prefix does not matter.
type xmlScanner struct {
	r       *bufio.Reader
	tag     []byte // inside of the current tag, from its name on
	name    []byte // local name
	text    []byte // of the current text, entities decoded
	pending bool   // an end tag is due: the current one closes itself
}

type xmlToken int

const (
	xmlStart xmlToken = iota + 1
	xmlEnd
	xmlText
)

// tokenBytes bounds a tag or a text: a cell holds 32,767 letters at most.
const tokenBytes = 1 << 20

func newXMLScanner(r io.Reader) *xmlScanner {
	return &xmlScanner{r: bufio.NewReaderSize(r, 64<<10)}
}

// next moves to the next tag or text. io.EOF ends the part.
func (s *xmlScanner) next() (xmlToken, error) {
	if s.pending {
		s.pending = false
		return xmlEnd, nil
	}
	for {
		c, err := s.r.ReadByte()
		if err != nil {
			return 0, err
		}
		if c != '<' {
			if err := s.r.UnreadByte(); err != nil {
				return 0, err
			}
			return xmlText, s.readText()
		}
		if err := s.readTag(); err != nil {
			return 0, err
		}
		s.tag = s.tag[:len(s.tag)-1]
		switch {
		case len(s.tag) == 0:
			return 0, fmt.Errorf("an empty tag: %w", lfb.ErrInvalid)
		case bytes.HasPrefix(s.tag, []byte("![CDATA[")):
			s.text = append(s.text[:0], s.tag[len("![CDATA["):len(s.tag)-len("]]")]...)
			return xmlText, nil
		case s.tag[0] == '?' || s.tag[0] == '!':
			continue
		case s.tag[0] == '/':
			s.tag = s.tag[1:]
			s.setName()
			return xmlEnd, nil
		}
		if s.tag[len(s.tag)-1] == '/' {
			s.tag, s.pending = s.tag[:len(s.tag)-1], true
		}
		s.setName()
		return xmlStart, nil
	}
}

// readTag reads up to the > that closes the tag: not one in a quoted value, a
// comment or a CDATA section.
func (s *xmlScanner) readTag() error {
	s.tag = s.tag[:0]
	quotes := 0
	for {
		part, err := s.r.ReadSlice('>')
		s.tag = append(s.tag, part...)
		quotes += bytes.Count(part, []byte{'"'})
		if len(s.tag) > tokenBytes {
			return fmt.Errorf("a tag or text of more than %d bytes: %w", tokenBytes, lfb.ErrInvalid)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			return fmt.Errorf("cut off within a tag: %w", lfb.ErrInvalid)
		case err != nil:
			return err
		case bytes.HasPrefix(s.tag, []byte("!--")):
			if len(s.tag) >= len("!---->") && bytes.HasSuffix(s.tag, []byte("-->")) {
				return nil
			}
		case bytes.HasPrefix(s.tag, []byte("![CDATA[")):
			if bytes.HasSuffix(s.tag, []byte("]]>")) {
				return nil
			}
		case quotes%2 == 0:
			return nil
		}
	}
}

// readText reads what lies before the next tag.
func (s *xmlScanner) readText() error {
	s.text = s.text[:0]
	for {
		part, err := s.r.ReadSlice('<')
		s.text = append(s.text, part...)
		if len(s.text) > tokenBytes {
			return fmt.Errorf("a text of more than %d bytes: %w", tokenBytes, lfb.ErrInvalid)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err == nil {
			s.text = s.text[:len(s.text)-1]
			err = s.r.UnreadByte()
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if bytes.IndexByte(s.text, '&') >= 0 {
			s.text = append(s.text[:0], html.UnescapeString(string(s.text))...)
		}
		return nil
	}
}

func (s *xmlScanner) setName() {
	n := bytes.IndexAny(s.tag, " \t\r\n")
	if n < 0 {
		n = len(s.tag)
	}
	s.name = s.tag[:n]
	if i := bytes.IndexByte(s.name, ':'); i >= 0 {
		s.name = s.name[i+1:]
	}
}

// attr is the value of the current tag's attribute, as it is written but for
// entities; nil where there is none. Either prefix and name, or name alone.
func (s *xmlScanner) attr(name string) []byte {
	rest := s.tag
	for {
		i := bytes.IndexByte(rest, '=')
		if i < 0 || i+1 >= len(rest) {
			return nil
		}
		key, quote := bytes.TrimSpace(rest[:i]), rest[i+1]
		if j := bytes.LastIndexAny(key, " \t\r\n"); j >= 0 {
			key = key[j+1:]
		}
		end := bytes.IndexByte(rest[i+2:], quote)
		if end < 0 {
			return nil
		}
		value := rest[i+2 : i+2+end]
		if string(key) == name {
			if bytes.IndexByte(value, '&') >= 0 {
				value = []byte(html.UnescapeString(string(value)))
			}
			return value
		}
		rest = rest[i+2+end+1:]
	}
}
