package tree

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"

	"lfb/internal/lfb"
)

// ModelWriter builds the bytes of a model: varints, and floats by their bits. The
// zero value is ready.
type ModelWriter struct{ b []byte }

// WriteUint appends v as a varint: most counts and indexes are small.
func (w *ModelWriter) WriteUint(v uint64) { w.b = binary.AppendUvarint(w.b, v) }

// WriteInt appends a signed value.
func (w *ModelWriter) WriteInt(v int64) { w.b = binary.AppendVarint(w.b, v) }

// WriteFloat appends the eight bytes of v.
func (w *ModelWriter) WriteFloat(v float64) {
	w.b = binary.LittleEndian.AppendUint64(w.b, math.Float64bits(v))
}

// WriteText appends s with its length.
func (w *ModelWriter) WriteText(s string) { w.WriteUint(uint64(len(s))); w.b = append(w.b, s...) }

// WriteBool appends one byte.
func (w *ModelWriter) WriteBool(v bool) {
	if v {
		w.b = append(w.b, 1)
		return
	}
	w.b = append(w.b, 0)
}

// WriteFloats appends v with its length.
func (w *ModelWriter) WriteFloats(v []float64) {
	w.WriteUint(uint64(len(v)))
	for _, x := range v {
		w.WriteFloat(x)
	}
}

// WriteBytes appends b with its length.
func (w *ModelWriter) WriteBytes(b []byte) { w.WriteUint(uint64(len(b))); w.b = append(w.b, b...) }

// Seal returns the bytes behind magic and before a checksum of both.
func (w *ModelWriter) Seal(magic string) []byte {
	out := append([]byte(magic), w.b...)
	return binary.LittleEndian.AppendUint32(out, crc32.Checksum(out, crc32.MakeTable(crc32.Castagnoli)))
}

// ModelReader reads what a ModelWriter wrote. After the first error it returns zeros,
// so that a decoder checks Err once, at its end.
type ModelReader struct {
	b   []byte
	err error
}

// OpenModel checks magic and checksum and returns a ModelReader of what is between; other
// bytes give lfb.ErrInvalid.
func OpenModel(data []byte, magic string) (*ModelReader, error) {
	n := len(data) - 4
	if n < len(magic) || string(data[:len(magic)]) != magic {
		return nil, fmt.Errorf("%d bytes are not a %q model: %w", len(data), magic, lfb.ErrInvalid)
	}
	want := binary.LittleEndian.Uint32(data[n:])
	if have := crc32.Checksum(data[:n], crc32.MakeTable(crc32.Castagnoli)); have != want {
		return nil, fmt.Errorf("model checksum %08x, want %08x: %w", have, want, lfb.ErrInvalid)
	}
	return &ModelReader{b: data[len(magic):n]}, nil
}

// Err returns the first error.
func (r *ModelReader) Err() error { return r.err }

// Close returns Err, or an error where bytes are left over.
func (r *ModelReader) Close() error {
	if r.err == nil && len(r.b) > 0 {
		r.failf("%d bytes too many", len(r.b))
	}
	return r.err
}

func (r *ModelReader) failf(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("model bytes: %s: %w", fmt.Sprintf(format, args...), lfb.ErrInvalid)
	}
	r.b = nil
}

func (r *ModelReader) nextBytes(n int) []byte {
	if n > len(r.b) {
		r.failf("%d bytes wanted, %d left", n, len(r.b))
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

// ReadUint reads what ModelWriter.WriteUint wrote.
func (r *ModelReader) ReadUint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.failf("number cut short")
		return 0
	}
	r.b = r.b[n:]
	return v
}

// ReadInt reads a signed value.
func (r *ModelReader) ReadInt() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.failf("number cut short")
		return 0
	}
	r.b = r.b[n:]
	return v
}

// ReadCount reads a length whose items have at least size bytes each, so that a
// forged length cannot ask for more memory than the bytes would fill.
func (r *ModelReader) ReadCount(size int) int {
	v := r.ReadUint()
	if v > uint64(len(r.b)/max(size, 1)) {
		r.failf("length %d with %d bytes left", v, len(r.b))
		return 0
	}
	return int(v)
}

// ReadFloat reads eight bytes.
func (r *ModelReader) ReadFloat() float64 {
	if b := r.nextBytes(8); b != nil {
		return math.Float64frombits(binary.LittleEndian.Uint64(b))
	}
	return 0
}

// ReadBool reads one byte.
func (r *ModelReader) ReadBool() bool {
	b := r.nextBytes(1)
	return b != nil && b[0] != 0
}

// ReadBytes reads bytes with their length; they share the reader's memory.
func (r *ModelReader) ReadBytes() []byte { return r.nextBytes(r.ReadCount(1)) }

// ReadText reads a string.
func (r *ModelReader) ReadText() string { return string(r.ReadBytes()) }

// ReadFloats reads floats with their length.
func (r *ModelReader) ReadFloats() []float64 {
	out := make([]float64, r.ReadCount(8))
	for i := range out {
		out[i] = r.ReadFloat()
	}
	return out
}
