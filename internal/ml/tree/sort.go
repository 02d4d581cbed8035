package tree

import (
	"math"
	"slices"
)

// SortKey is a number that orders as v does; the two zeros have one.
func SortKey(v float64) uint64 {
	b := math.Float64bits(v + 0) // -0 + 0 is 0
	return b ^ (uint64(int64(b)>>63) | 1<<63)
}

// keyValue is the value whose sort key is k.
func keyValue(k uint64) float64 {
	return math.Float64frombits(k ^ (uint64(int64(^k)>>63) | 1<<63))
}

const (
	digitBits = 11
	digits    = 6 // of 11 bits: 66 ≥ 64
)

// sortKeys sorts keys by digits, with spare, which is as long, and returns the
// one of the two that holds the result.
func sortKeys(keys, spare []uint64) []uint64 {
	if len(keys) < 1024 {
		slices.Sort(keys)
		return keys
	}
	var counts [digits][1 << digitBits]int32
	for _, k := range keys {
		for d := range counts {
			counts[d][k&(1<<digitBits-1)]++
			k >>= digitBits
		}
	}
	for d := range counts {
		at := &counts[d]
		shift := uint(d * digitBits)
		if at[keys[0]>>shift&(1<<digitBits-1)] == int32(len(keys)) {
			continue // all keys agree in this digit
		}
		sum := int32(0)
		for v, n := range at {
			at[v] = sum
			sum += n
		}
		for _, k := range keys {
			v := k >> shift & (1<<digitBits - 1)
			spare[at[v]] = k
			at[v]++
		}
		keys, spare = spare, keys
	}
	return keys
}
