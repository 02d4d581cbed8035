package source

import (
	"encoding/binary"
	"math/bits"
)

const (
	marks = 256                // most positions found at once
	every = 0x0101010101010101 // times a byte: eight of it
)

// markPlain writes into at where buf has commas from i on, and last, where its first end
// of line or quote is. It returns how many it wrote, one at least; where the last is a
// comma there was no room for more, and it goes on behind it. buf has an end of line from
// i on, and beyond bytes from there.
func markPlain(at *[marks]uint32, buf []byte, i int, comma, eol byte) int {
	commas, eols := every*uint64(comma), every*uint64(eol)
	for n := 0; ; i += 8 {
		w := binary.LittleEndian.Uint64(buf[i:])
		stops := zeros(w^eols) | zeros(w^every*'"')
		found := (zeros(w^commas) | stops) & (stops ^ (stops - 1)) // up to the first stop, or all
		for ; found != 0; found &= found - 1 {
			at[n] = uint32(i + bits.TrailingZeros64(found)/8)
			n++
		}
		if stops != 0 || n > marks-8 {
			return n
		}
	}
}

// zeros has the highest bit set of each byte of w that is zero, and no other.
func zeros(w uint64) uint64 {
	const low = every * 0x7f
	return ^((w&low + low) | w | low)
}
