package dataset

import (
	"bytes"
	"cmp"
	"math/bits"
	"strconv"
)

// number is an incident number in 64 bits, the same for the same text. The usual
// forms, up to nine digits (2091) and those before the day of the call
// (000001-01012017), are in it whole:
//
//	63     odd: the rest is a place in a table of texts
//	62     a hyphen and the eight digits of a day follow
//	58-61  how many digits are in front
//	0-57   the digits, read as one number
type number uint64

const (
	oddNumber  = 1 << 63
	datedShape = 1 << 62
	frontBits  = 58
	shapeMask  = ^(number(1)<<frontBits - 1)
	dayDigits  = 8
	dayTens    = 100_000_000
	mostFront  = 9 // digits
)

// usual is the number of a text of a usual form.
func usual[T string | []byte](text T) (number, bool) {
	front, dated := len(text), number(0)
	if at := front - dayDigits - 1; at > 0 && text[at] == '-' {
		front, dated = at, datedShape
	}
	if front == 0 || front > mostFront {
		return 0, false
	}
	v := number(0)
	for i := range len(text) {
		c := text[i] - '0'
		if c > 9 {
			if i == front {
				continue // the hyphen
			}
			return 0, false
		}
		v = 10*v + number(c)
	}
	return v | dated | number(front)<<frontBits, true
}

// hash spreads numbers over 64 bits.
func (n number) hash(seed uint64) uint64 {
	high, low := bits.Mul64(uint64(n)^seed, 0x9e3779b97f4a7c15)
	return high ^ low
}

// numbers are the texts of those that are of no usual form. The zero value is ready.
type numbers struct {
	odd    []string
	places map[string]number
}

// of is the number of a text. One of no usual form is kept, as a copy.
func (t *numbers) of(text []byte) number {
	if n, ok := usual(text); ok {
		return n
	}
	n, ok := t.places[string(text)]
	if !ok {
		if t.places == nil {
			t.places = map[string]number{}
		}
		own := string(text)
		n = oddNumber | number(len(t.odd))
		t.odd = append(t.odd, own)
		t.places[own] = n
	}
	return n
}

// append adds the text of n to dst.
func (t *numbers) append(dst []byte, n number) []byte {
	if n&oddNumber != 0 {
		return append(dst, t.odd[n&^oddNumber]...)
	}
	front, v := int(n>>frontBits&0xf), uint64(n&^shapeMask)
	if n&datedShape == 0 {
		return padded(dst, v, front)
	}
	dst = append(padded(dst, v/dayTens, front), '-')
	return padded(dst, v%dayTens, dayDigits)
}

// padded adds v in that many digits.
func padded(dst []byte, v uint64, width int) []byte {
	var room [20]byte
	digits := strconv.AppendUint(room[:0], v, 10)
	for range width - len(digits) {
		dst = append(dst, '0')
	}
	return append(dst, digits...)
}

// compare orders as the texts are ordered.
func (t *numbers) compare(a, b number) int {
	if (a^b)&shapeMask == 0 && a&oddNumber == 0 {
		return cmp.Compare(a, b) // digits of one length
	}
	var room [2][64]byte
	return bytes.Compare(t.append(room[0][:0], a), t.append(room[1][:0], b))
}
