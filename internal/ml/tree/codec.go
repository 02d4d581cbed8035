package tree

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"

	"lfb/internal/lfb"
)

// Writer builds the bytes of a model: varints, and floats by their bits. The
// zero value is ready.
type Writer struct{ b []byte }

// Uint appends one value, as do Int, Float, Text, Floats and Bool.
func (w *Writer) Uint(v uint64) { w.b = binary.AppendUvarint(w.b, v) }

// Int appends a signed value.
func (w *Writer) Int(v int64) { w.b = binary.AppendVarint(w.b, v) }

// Float appends the eight bytes of v.
func (w *Writer) Float(v float64) { w.b = binary.LittleEndian.AppendUint64(w.b, math.Float64bits(v)) }

// Text appends s with its length.
func (w *Writer) Text(s string) { w.Uint(uint64(len(s))); w.b = append(w.b, s...) }

// Bool appends one byte.
func (w *Writer) Bool(v bool) {
	if v {
		w.b = append(w.b, 1)
		return
	}
	w.b = append(w.b, 0)
}

// Floats appends v with its length.
func (w *Writer) Floats(v []float64) {
	w.Uint(uint64(len(v)))
	for _, x := range v {
		w.Float(x)
	}
}

// Raw appends b with its length.
func (w *Writer) Raw(b []byte) { w.Uint(uint64(len(b))); w.b = append(w.b, b...) }

// Seal returns the bytes behind magic and before a checksum of both.
func (w *Writer) Seal(magic string) []byte {
	out := append([]byte(magic), w.b...)
	return binary.LittleEndian.AppendUint32(out, crc32.Checksum(out, crc32.MakeTable(crc32.Castagnoli)))
}

// Reader reads what a Writer wrote. After the first thing that does not fit it
// gives zeros, and Err says what it was.
type Reader struct {
	b   []byte
	err error
}

// Open checks magic and checksum and returns a Reader of what is between; other
// bytes give lfb.ErrInvalid.
func Open(data []byte, magic string) (*Reader, error) {
	n := len(data) - 4
	if n < len(magic) || string(data[:len(magic)]) != magic {
		return nil, fmt.Errorf("%d bytes are not a %q model: %w", len(data), magic, lfb.ErrInvalid)
	}
	want := binary.LittleEndian.Uint32(data[n:])
	if have := crc32.Checksum(data[:n], crc32.MakeTable(crc32.Castagnoli)); have != want {
		return nil, fmt.Errorf("model checksum %08x, want %08x: %w", have, want, lfb.ErrInvalid)
	}
	return &Reader{b: data[len(magic):n]}, nil
}

// Err is the first thing that did not fit.
func (r *Reader) Err() error { return r.err }

// Close is Err, or an error where bytes are left.
func (r *Reader) Close() error {
	if r.err == nil && len(r.b) > 0 {
		r.fail("%d bytes too many", len(r.b))
	}
	return r.err
}

func (r *Reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("model bytes: %s: %w", fmt.Sprintf(format, args...), lfb.ErrInvalid)
	}
	r.b = nil
}

func (r *Reader) readBytes(n int) []byte {
	if n > len(r.b) {
		r.fail("%d bytes wanted, %d left", n, len(r.b))
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

// Uint reads what Writer.Uint wrote.
func (r *Reader) Uint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail("number cut short")
		return 0
	}
	r.b = r.b[n:]
	return v
}

// Int reads a signed value.
func (r *Reader) Int() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.fail("number cut short")
		return 0
	}
	r.b = r.b[n:]
	return v
}

// Count reads a length whose items have at least size bytes each, so that a
// forged length cannot ask for more memory than the bytes would fill.
func (r *Reader) Count(size int) int {
	v := r.Uint()
	if v > uint64(len(r.b)/max(size, 1)) {
		r.fail("length %d with %d bytes left", v, len(r.b))
		return 0
	}
	return int(v)
}

// Float reads eight bytes.
func (r *Reader) Float() float64 {
	if b := r.readBytes(8); b != nil {
		return math.Float64frombits(binary.LittleEndian.Uint64(b))
	}
	return 0
}

// Bool reads one byte.
func (r *Reader) Bool() bool {
	b := r.readBytes(1)
	return b != nil && b[0] != 0
}

// Raw reads bytes with their length; they share the reader's memory.
func (r *Reader) Raw() []byte { return r.readBytes(r.Count(1)) }

// Text reads a string.
func (r *Reader) Text() string { return string(r.Raw()) }

// Floats reads floats with their length.
func (r *Reader) Floats() []float64 {
	out := make([]float64, r.Count(8))
	for i := range out {
		out[i] = r.Float()
	}
	return out
}
