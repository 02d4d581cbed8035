package tree

import (
	"math"
	"math/bits"
)

// A GradientScale says how gradients are packed into words: the sum of fixed-point
// gradients above, the number of rows in the low Count bits. Words are added and
// subtracted as a whole: the low field never overflows, since it is at most the
// number of rows.
type GradientScale struct {
	Count uint    // bits of the row count
	Unit  float64 // fixed-point units in a gradient of 1: a power of two
}

// NewScale returns the finest scale at which the gradients of weight rows, none
// larger than largest, add up without overflow. weight is the number of rows,
// each counted as often as it was drawn.
func NewScale(weight int, largest float64) GradientScale {
	count := uint(bits.Len(uint(weight)))
	s := GradientScale{Count: count, Unit: 1}
	if largest > 0 {
		_, exp := math.Frexp(largest) // largest ≤ 2^exp
		bits := min(62-2*int(count), 50)
		s.Unit = math.Ldexp(1, max(min(bits-exp, 1000), -1000))
	}
	return s
}

// roundBits added to a float64 below 2^51 leaves its nearest integer in the low bits.
const roundBits = 3 << 51

// PackGradient packs gradient g of one row.
func (s GradientScale) PackGradient(g float64) int64 {
	q := int64(math.Float64bits(float64(g*s.Unit)+roundBits)) - int64(math.Float64bits(roundBits))
	return q<<s.Count + 1
}

// unpackSum returns the sum of gradients in a word, unpackCount the number of rows.
func (s GradientScale) unpackSum(w int64) float64 { return float64(w >> s.Count) }
func (s GradientScale) unpackCount(w int64) int64 { return w & (1<<s.Count - 1) }
