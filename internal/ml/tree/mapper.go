package tree

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
	"sort"
)

const (
	// MaxBins is the most bins that the values of a column can have.
	MaxBins = 255
	// MissingBin is the bin of NaN, and of rare categories.
	MissingBin = 255
	bins       = 256 // of a column's histogram
)

// BinMapper puts the values of one column into bins.
type BinMapper struct {
	// Bounds are the upper bounds of a numeric column's bins, ascending: v is in
	// the first bin whose bound is not below it. The last is +Inf.
	Bounds []float64
	// Codes are the categories of a categorical column by bin, most frequent first.
	Codes []int32
	// byCode is the bin of each category.
	byCode []uint8
	search [bins]uint64 // keys of Bounds, padded for a search of fixed length
	step   uint64       // the first step of the search: a power of two
}

// BinCount is the number of bins that values can be in, without the missing one.
func (m *BinMapper) BinCount() int { return len(m.Bounds) + len(m.Codes) }

// IsCategorical reports whether the column holds categories.
func (m *BinMapper) IsCategorical() bool { return m.byCode != nil }

// ThresholdAfter is the greatest value that a split after bin sends left; the last
// bin's is finite, since text formats have no infinity.
func (m *BinMapper) ThresholdAfter(bin int) float64 {
	return min(m.Bounds[bin], math.MaxFloat64)
}

// binScratch is what learning the bins of a column needs room for. Each worker uses one
// for its columns in turn: with room of their own, their garbage would be a fit's peak.
type binScratch struct {
	sample, values []float64
	keys           []uint64
	counts         []int
}

// sampleValues is the values of col at rows, nil being all, that are not NaN.
func (s *binScratch) sampleValues(col []float64, rows []int32) []float64 {
	s.sample = slices.Grow(s.sample[:0], max(len(rows), 1))
	if rows == nil {
		s.sample = slices.DeleteFunc(append(s.sample, col...), math.IsNaN)
		return s.sample
	}
	for _, i := range rows {
		if v := col[i]; v == v {
			s.sample = append(s.sample, v)
		}
	}
	return s.sample
}

// countDistinct returns the values of sample, ascending, with their counts. It sorts keys:
// that takes half the time of floats, and sorting is a twentieth of a fit.
func (s *binScratch) countDistinct(sample []float64) (values []float64, counts []int) {
	s.keys = slices.Grow(s.keys[:0], len(sample))
	for _, v := range sample {
		s.keys = append(s.keys, SortKey(v))
	}
	slices.Sort(s.keys)
	values, counts = s.values[:0], s.counts[:0]
	for i, k := range s.keys {
		if i == 0 || k != s.keys[i-1] {
			v := math.Float64frombits(k ^ (uint64(int64(^k)>>63) | 1<<63))
			values, counts = append(values, v), append(counts, 0)
		}
		counts[len(counts)-1]++
	}
	s.values, s.counts = values, counts
	return values, counts
}

// newNumericBinMapper makes bins from sampled values. Each distinct value has its
// own bin while they are few; else the bins hold about as many rows each, and
// values more frequent than that have their own.
//
// Source: LightGBM, src/io/bin.cpp, GreedyFindBin.
func newNumericBinMapper(s *binScratch, sample []float64, maxBins, minInBin int) BinMapper {
	values, counts := s.countDistinct(sample)
	m := BinMapper{}
	if len(values) <= maxBins {
		m.Bounds = boundsOfFew(values, counts, minInBin)
	} else {
		m.Bounds = boundsOfMany(values, counts, len(sample), maxBins, minInBin)
	}
	for i := range m.search {
		m.search[i] = math.MaxUint64
	}
	for i, v := range m.Bounds {
		m.search[i] = SortKey(v)
	}
	m.step = 1 << bits.Len(uint(len(m.Bounds)-1)) >> 1
	return m
}

// SortKey is a number that orders as v does; the two zeros have one.
func SortKey(v float64) uint64 {
	b := math.Float64bits(v + 0) // -0 + 0 is 0
	return b ^ (uint64(int64(b)>>63) | 1<<63)
}

// boundBetween returns a bound with a ≤ bound < b, near the middle.
func boundBetween(a, b float64) float64 {
	mid := a/2 + b/2 // a+b may overflow
	if mid < a || mid >= b {
		return a
	}
	return mid
}

func boundsOfFew(values []float64, counts []int, minInBin int) []float64 {
	var bounds []float64
	inBin := 0
	for i := 0; i+1 < len(values); i++ {
		if inBin += counts[i]; inBin >= minInBin {
			bounds = append(bounds, boundBetween(values[i], values[i+1]))
			inBin = 0
		}
	}
	return append(bounds, math.Inf(1))
}

func boundsOfMany(values []float64, counts []int, total, maxBins, minInBin int) []float64 {
	maxBins = max(1, min(maxBins, total/max(minInBin, 1)))
	mean := float64(total) / float64(maxBins)
	restBins, rest := maxBins, total
	big := make([]bool, len(values))
	for i, c := range counts {
		if float64(c) >= mean {
			big[i] = true
			restBins--
			rest -= c
		}
	}
	mean = float64(rest) / float64(max(restBins, 1))
	var bounds []float64
	inBin := 0
	for i := 0; i+1 < len(values); i++ {
		if !big[i] {
			rest -= counts[i]
		}
		inBin += counts[i]
		if !big[i] && float64(inBin) < mean && !(big[i+1] && float64(inBin) >= max(1, mean/2)) {
			continue
		}
		bounds = append(bounds, boundBetween(values[i], values[i+1]))
		if len(bounds) >= maxBins-1 {
			break
		}
		inBin = 0
		if !big[i] {
			restBins--
			mean = float64(rest) / float64(max(restBins, 1))
		}
	}
	return append(bounds, math.Inf(1))
}

// newCategoricalBinMapper gives bins to the categories seen in the sample, most
// frequent first; those beyond maxBins-1 share MissingBin.
func newCategoricalBinMapper(sample []float64, categories, maxBins int) BinMapper {
	counts := make([]int, categories)
	for _, v := range sample {
		counts[int(v)]++
	}
	m := BinMapper{byCode: make([]uint8, categories)}
	for c, n := range counts {
		m.byCode[c] = MissingBin
		if n > 0 {
			m.Codes = append(m.Codes, int32(c))
		}
	}
	slices.SortStableFunc(m.Codes, func(a, b int32) int { return cmp.Compare(counts[b], counts[a]) })
	m.Codes = m.Codes[:min(len(m.Codes), maxBins-1)]
	for b, c := range m.Codes {
		m.byCode[c] = uint8(b)
	}
	return m
}

// binValues writes the bin of each value to dst, which is as long.
func (m *BinMapper) binValues(dst []uint8, values []float64) {
	if m.IsCategorical() {
		for i, v := range values {
			dst[i] = m.categoryBin(v)
		}
		return
	}
	m.binNumeric(dst, values)
}

func (m *BinMapper) categoryBin(v float64) uint8 {
	if !(v >= 0 && v < float64(len(m.byCode))) {
		return MissingBin
	}
	return m.byCode[int(v)]
}

// binNumeric searches the bounds without branches that data decides: up to
// eight steps of a binary search over integers, four values side by side. The
// borrow of a subtraction says which is larger.
func (m *BinMapper) binNumeric(dst []uint8, values []float64) {
	a := &m.search
	dst = dst[:len(values)]
	i := 0
	for ; i+4 <= len(values); i += 4 {
		v := (*[4]float64)(values[i:])
		k0, k1, k2, k3 := SortKey(v[0]), SortKey(v[1]), SortKey(v[2]), SortKey(v[3])
		var b0, b1, b2, b3 uint64
		for step := m.step; step > 0; step >>= 1 {
			_, over0 := bits.Sub64(a[(b0+step-1)&255], k0, 0)
			_, over1 := bits.Sub64(a[(b1+step-1)&255], k1, 0)
			_, over2 := bits.Sub64(a[(b2+step-1)&255], k2, 0)
			_, over3 := bits.Sub64(a[(b3+step-1)&255], k3, 0)
			b0 += step & -over0
			b1 += step & -over1
			b2 += step & -over2
			b3 += step & -over3
		}
		d := (*[4]uint8)(dst[i:])
		d[0], d[1], d[2], d[3] = uint8(b0), uint8(b1), uint8(b2), uint8(b3)
	}
	for ; i < len(values); i++ {
		dst[i] = uint8(sort.SearchFloat64s(m.Bounds, values[i]))
	}
	for i, v := range values {
		if v != v {
			dst[i] = MissingBin
		}
	}
}

// binOf returns the bin that ThresholdAfter returns this threshold for; false where
// there is none.
func (m *BinMapper) binOf(threshold float64) (int, bool) {
	b := sort.SearchFloat64s(m.Bounds, threshold)
	return b, b < len(m.Bounds) && m.ThresholdAfter(b) == threshold
}
