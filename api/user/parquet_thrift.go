package user

import (
	"encoding/binary"
	"fmt"

	"lfb/internal/lfb"
)

// skimmer walks over a structure of Thrift's compact protocol and makes sure that
// every length in it can be true. The library reserves what a length says before it
// looks whether there is as much to read.
//
// Source: Apache Thrift, doc/specs/thrift-compact-protocol.md.
type skimmer struct {
	b       []byte
	at      int
	records int // structures met in lists
}

// maxRecords is how many structures a file's lists may hold: columns of row groups,
// in the main, each some hundred bytes in memory. maxDepth is how deep they may nest.
const (
	maxRecords = 200_000
	maxDepth   = 16
)

// The types of the compact protocol.
const (
	thriftTrue, thriftFalse               = 1, 2
	thriftByte, thriftI16, thriftI32      = 3, 4, 5
	thriftI64, thriftDouble, thriftBinary = 6, 7, 8
	thriftList, thriftSet, thriftMap      = 9, 10, 11
	thriftRecord                          = 12
)

// skim is the length of the structure that b begins with.
func skim(b []byte) (int, error) {
	s := &skimmer{b: b}
	if !s.record(0) {
		return 0, fmt.Errorf("a length or a structure that cannot be, at byte %d of %d: %w", s.at, len(b), lfb.ErrInvalid)
	}
	return s.at, nil
}

func (s *skimmer) byte() (byte, bool) {
	if s.at >= len(s.b) {
		return 0, false
	}
	s.at++
	return s.b[s.at-1], true
}

func (s *skimmer) varint() (uint64, bool) {
	v, n := binary.Uvarint(s.b[s.at:])
	s.at += max(n, 0)
	return v, n > 0
}

// skip steps over n bytes, where there are as many.
func (s *skimmer) skip(n uint64) bool {
	if n > uint64(len(s.b)-s.at) {
		return false
	}
	s.at += int(n)
	return true
}

// record steps over the fields of a structure and its end.
func (s *skimmer) record(depth int) bool {
	if depth > maxDepth {
		return false
	}
	for {
		head, ok := s.byte()
		if !ok || head == 0 {
			return ok
		}
		if head>>4 == 0 { // the field's number is not the one before and a few
			if _, ok := s.varint(); !ok {
				return false
			}
		}
		kind := head & 15
		if kind == thriftTrue || kind == thriftFalse {
			continue // the type is the value
		}
		if !s.value(kind, depth) {
			return false
		}
	}
}

// value steps over a value; a boolean has a byte of its own in lists.
func (s *skimmer) value(kind byte, depth int) bool {
	switch kind {
	case thriftTrue, thriftFalse, thriftByte:
		return s.skip(1)
	case thriftI16, thriftI32, thriftI64:
		_, ok := s.varint()
		return ok
	case thriftDouble:
		return s.skip(8)
	case thriftBinary:
		n, ok := s.varint()
		return ok && s.skip(n)
	case thriftList, thriftSet:
		head, ok := s.byte()
		n := uint64(head >> 4)
		if n == 15 && ok {
			n, ok = s.varint()
		}
		return ok && s.values(n, depth, head&15)
	case thriftMap:
		n, ok := s.varint()
		if !ok || n == 0 {
			return ok
		}
		kinds, ok := s.byte()
		return ok && s.values(n, depth, kinds>>4, kinds&15)
	case thriftRecord:
		return s.record(depth + 1)
	}
	return false
}

// values steps over n times the kinds; each value has at least a byte.
func (s *skimmer) values(n uint64, depth int, kinds ...byte) bool {
	if n > uint64(len(s.b)-s.at) {
		return false
	}
	for range n {
		for _, k := range kinds {
			if k == thriftRecord {
				s.records++
			}
			if s.records > maxRecords || !s.value(k, depth+1) {
				return false
			}
		}
	}
	return true
}
