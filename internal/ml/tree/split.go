package tree

import (
	"cmp"
	"math"
	"slices"
)

// GrowthParams are the rules of growth of one tree. Zero values mean no rule, except
// where said.
type GrowthParams struct {
	Leaves   int     // most leaves, at least 1
	MaxDepth int     // most splits on a path; 0 is no limit
	MinRows  int     // fewest rows in a leaf; less than 1 is 1
	L2       float64 // regularisation of leaf values, in rows
	// Categorical columns, as LightGBM has them.
	OneHot     int     // up to this many categories, a split takes one of them
	CatSmooth  float64 // rows added to a category's when categories are ordered; rarer ones stay right
	CatL2      float64 // added to L2 for splits of many categories
	MaxCats    int     // most categories on the smaller side
	CatMinRows int     // fewest rows that one more category must bring
	// Monotone is ml.Column.Monotone of each feature of the BinnedMatrix; nil is none.
	Monotone []int8
}

// A leafSplit is the best split found for a leaf. Sums are in fixed-point units.
type leafSplit struct {
	feature int32 // of the BinnedMatrix; -1 is none
	left    binSet
	bin     int     // a numeric split's last bin on the left
	gain    float64 // above that of not splitting, in squared units of GradientScale
	packed  int64   // sum of the rows that go left
	// values that the children have as leaves, in the target's unit
	lvalue, rvalue float64
}

// valueRange is the range that a leaf's value must stay in, so that monotone columns hold.
type valueRange struct{ lo, hi float64 }

func (b valueRange) clipValue(v float64) float64 { return min(max(v, b.lo), b.hi) }

var noBound = valueRange{math.Inf(-1), math.Inf(1)}

// A splitFinder searches one leaf's histograms for splits. All is in units of
// GradientScale, so that the sums are whole numbers.
type splitFinder struct {
	p       *GrowthParams
	scale   GradientScale
	min     int64
	total   int64      // packed sum of the leaf
	bound   valueRange // in units of GradientScale
	bounded bool
	leaf    float64   // gain of the leaf as it is
	floor   float64   // what both sides of a split must gain together
	order   []catStat // scratch
}

// resetForLeaf prepares s for the split of one leaf.
func (s *splitFinder) resetForLeaf(p *GrowthParams, scale GradientScale, total int64, b valueRange) {
	s.p, s.scale, s.total = p, scale, total
	s.min = int64(max(p.MinRows, 1))
	s.bounded = b != noBound
	s.bound = valueRange{b.lo * scale.Unit, b.hi * scale.Unit}
	s.leaf = s.leafGain()
	s.floor = s.leaf + 1e-12*math.Abs(s.leaf) // by more than what rounding can make up
}

// optimalGain returns the gain of a leaf of gradient sum g and n rows at its best value.
func optimalGain(g, n, l2 float64) float64 { return float64(g*g) / (n + l2) }

// optimalValue is the best value of a leaf, within b.
func optimalValue(g, n, l2 float64, b valueRange) float64 { return b.clipValue(-g / (n + l2)) }

// gainOfValue is the gain of a leaf that has the value v.
func gainOfValue(g, n, l2, v float64) float64 {
	return -(float64(2*g*v) + float64((n+l2)*v*v))
}

// leafGain is the gain of the leaf as it is.
func (s *splitFinder) leafGain() float64 {
	g, n := s.scale.unpackSum(s.total), float64(s.scale.unpackCount(s.total))
	if s.bounded {
		return gainOfValue(g, n, s.p.L2, optimalValue(g, n, s.p.L2, s.bound))
	}
	return optimalGain(g, n, s.p.L2)
}

// bestSplit is the best split of feature f.
func (s *splitFinder) bestSplit(f int, m *BinMapper, h *[bins]int64) leafSplit {
	var out leafSplit
	if s.scale.unpackCount(s.total) < 2*s.min {
		return leafSplit{feature: -1}
	}
	if m.IsCategorical() {
		s.splitCategories(&out, m, h)
	} else {
		mono := int8(0)
		if s.p.Monotone != nil {
			mono = s.p.Monotone[f]
		}
		s.splitNumeric(&out, m, h, mono)
	}
	out.feature = -1 // a set of categories may gain less than 0 within a leaf's bounds: then it is no split
	if out.gain > 0 {
		out.feature = int32(f)
	}
	return out
}

// A thresholdCandidate is a threshold with its gain as a fraction, so that candidates compare
// without a division.
type thresholdCandidate struct {
	num, den float64
	bin      int
	packed   int64
	missing  bool // missing goes left
}

// splitNumeric tries every bin as the last on the left, with missing values on
// either side where there are some.
func (s *splitFinder) splitNumeric(out *leafSplit, m *BinMapper, h *[bins]int64, mono int8) {
	n := m.BinCount()
	c := s.bestThreshold(h[:n], h[MissingBin], mono)
	s.finishNumeric(out, &c, c.bin)
}

// bestThreshold is the best threshold of the bins h, with missing rows on either side.
func (s *splitFinder) bestThreshold(h []int64, missing int64, mono int8) thresholdCandidate {
	c := thresholdCandidate{num: s.floor, den: 1, bin: -1}
	last := len(h) - 1
	if missing == 0 {
		s.scanThresholds(&c, h[:last], 0, mono)
		// nothing was learned: a missing value goes with most rows
		c.missing = 2*s.scale.unpackCount(c.packed) > s.scale.unpackCount(s.total)
		return c
	}
	s.scanThresholds(&c, h, 0, mono)
	c.missing = s.scanThresholds(&c, h[:last], missing, mono)
	return c
}

// scanThresholds tries every bin as the last on the left and reports whether one is better
// than c, which it replaces; acc is the packed sum of the rows on the left from the start.
func (s *splitFinder) scanThresholds(c *thresholdCandidate, h []int64, acc int64, mono int8) bool {
	if mono != 0 || s.bounded {
		return s.scanBounded(c, h, acc, mono)
	}
	return s.scanPlain(c, h, acc)
}

// finishNumeric writes candidate c to out as a split; a bin below 0 is none.
func (s *splitFinder) finishNumeric(out *leafSplit, c *thresholdCandidate, bin int) {
	if bin < 0 {
		return
	}
	out.bin, out.packed = bin, c.packed
	out.left.addUpTo(bin)
	if c.missing {
		out.left.add(MissingBin)
	}
	out.gain = c.num/c.den - s.leaf
	s.setChildValues(out, s.p.L2)
}

// setChildValues sets the children's values.
func (s *splitFinder) setChildValues(out *leafSplit, l2 float64) {
	rest := s.total - out.packed
	out.lvalue = optimalValue(s.scale.unpackSum(out.packed), float64(s.scale.unpackCount(out.packed)), l2,
		s.bound) / s.scale.Unit
	out.rvalue = optimalValue(s.scale.unpackSum(rest), float64(s.scale.unpackCount(rest)), l2,
		s.bound) / s.scale.Unit
}

// scanPlain is scanThresholds without bounds and directions.
func (s *splitFinder) scanPlain(c *thresholdCandidate, h []int64, acc int64) bool {
	shift, mask := s.scale.Count&63, int64(1)<<(s.scale.Count&63)-1
	total, least, l2 := s.total, s.min, s.p.L2
	num, den, found := c.num, c.den, false
	for b, w := range h {
		if w == 0 { // no rows: the same split as the bin before
			continue
		}
		acc += w
		ln := acc & mask
		if ln < least {
			continue
		}
		rest := total - acc
		rn := rest & mask
		if rn < least {
			break
		}
		lg, rg := float64(acc>>shift), float64(rest>>shift)
		lh, rh := float64(ln)+l2, float64(rn)+l2
		// lg²/lh + rg²/rh, over one denominator
		u, d := float64(lg*lg*rh)+float64(rg*rg*lh), float64(lh*rh)
		if u*den > num*d {
			num, den, found = u, d, true
			c.bin, c.packed = b, acc
		}
	}
	c.num, c.den = num, den
	return found
}

// scanBounded is scanThresholds with a bound on values and a direction that they must keep.
func (s *splitFinder) scanBounded(c *thresholdCandidate, h []int64, acc int64, mono int8) (found bool) {
	l2 := s.p.L2
	for b, w := range h {
		if w == 0 {
			continue
		}
		acc += w
		rest := s.total - acc
		if s.scale.unpackCount(acc) < s.min {
			continue
		}
		if s.scale.unpackCount(rest) < s.min {
			break
		}
		lg, ln := s.scale.unpackSum(acc), float64(s.scale.unpackCount(acc))
		rg, rn := s.scale.unpackSum(rest), float64(s.scale.unpackCount(rest))
		lv, rv := optimalValue(lg, ln, l2, s.bound), optimalValue(rg, rn, l2, s.bound)
		if mono > 0 && lv > rv || mono < 0 && lv < rv {
			continue
		}
		u := gainOfValue(lg, ln, l2, lv) + gainOfValue(rg, rn, l2, rv)
		if u*c.den > c.num {
			c.num, c.den, found = u, 1, true
			c.bin, c.packed = b, acc
		}
	}
	return found
}

type catStat struct {
	bin    int
	packed int64
	ratio  float64
}

// splitCategories finds a set of categories to send left: one of them where they
// are few, else a run of them in the order of their mean gradients.
//
// Source: Fisher, On grouping for maximum homogeneity, JASA 53, 1958; LightGBM,
// src/treelearner/feature_histogram.cpp, FindBestThresholdCategoricalInner.
func (s *splitFinder) splitCategories(out *leafSplit, m *BinMapper, h *[bins]int64) {
	floor := s.floor
	if m.BinCount() <= s.p.OneHot {
		s.oneHot(out, h[:m.BinCount()], floor)
	} else {
		s.manyCategories(out, h[:m.BinCount()], floor)
	}
	if out.gain > 0 {
		out.gain -= s.leaf
	}
}

// catGain is the gain of sending acc left; false where a side has too few rows.
func (s *splitFinder) catGain(acc int64, l2 float64) (float64, bool) {
	rest := s.total - acc
	ln, rn := s.scale.unpackCount(acc), s.scale.unpackCount(rest)
	if ln < s.min || rn < s.min {
		return 0, false
	}
	lg, rg := s.scale.unpackSum(acc), s.scale.unpackSum(rest)
	if !s.bounded {
		return optimalGain(lg, float64(ln), l2) + optimalGain(rg, float64(rn), l2), true
	}
	lv, rv := optimalValue(lg, float64(ln), l2, s.bound), optimalValue(rg, float64(rn), l2, s.bound)
	return gainOfValue(lg, float64(ln), l2, lv) + gainOfValue(rg, float64(rn), l2, rv), true
}

func (s *splitFinder) oneHot(out *leafSplit, h []int64, floor float64) {
	for b, w := range h {
		if u, ok := s.catGain(w, s.p.L2); ok && u > floor {
			floor = u
			*out = leafSplit{gain: u, packed: w}
			out.left.add(b)
		}
	}
	if out.gain > 0 {
		s.setChildValues(out, s.p.L2)
	}
}

func (s *splitFinder) manyCategories(out *leafSplit, h []int64, floor float64) {
	s.order = s.order[:0]
	for b, w := range h {
		n := float64(s.scale.unpackCount(w))
		if w != 0 && n >= s.p.CatSmooth {
			s.order = append(s.order, catStat{b, w, s.scale.unpackSum(w) / (n + s.p.CatSmooth)})
		}
	}
	slices.SortFunc(s.order, func(a, b catStat) int {
		if a.ratio != b.ratio {
			return cmp.Compare(a.ratio, b.ratio)
		}
		return a.bin - b.bin
	})
	l2 := s.p.L2 + s.p.CatL2
	last, fromEnd := -1, false
	for _, end := range [2]bool{false, true} {
		if at, u, w := s.scanOrder(end, l2, floor); at >= 0 {
			floor, last, fromEnd = u, at, end
			*out = leafSplit{gain: u, packed: w}
		}
	}
	if last < 0 {
		return
	}
	for k := range last + 1 {
		out.left.add(s.order[s.placeFromEnd(k, fromEnd)].bin)
	}
	s.setChildValues(out, l2)
}

// placeFromEnd is the place in order of the k-th category from an end.
func (s *splitFinder) placeFromEnd(k int, fromEnd bool) int {
	if fromEnd {
		return len(s.order) - 1 - k
	}
	return k
}

// scanOrder adds categories from an end of the order to the left side and
// returns how far the best set reaches, its gain and its packed sum; -1 for none.
func (s *splitFinder) scanOrder(fromEnd bool, l2, floor float64) (last int, best float64, packed int64) {
	last = -1
	var acc, inGroup int64
	for k := range min(s.p.MaxCats, (len(s.order)+1)/2) {
		w := s.order[s.placeFromEnd(k, fromEnd)].packed
		acc += w
		inGroup += s.scale.unpackCount(w)
		if s.scale.unpackCount(s.total-acc) < max(s.min, int64(s.p.CatMinRows)) {
			break
		}
		if s.scale.unpackCount(acc) < s.min || inGroup < int64(s.p.CatMinRows) {
			continue
		}
		inGroup = 0
		if u, ok := s.catGain(acc, l2); ok && u > floor {
			floor, last, best, packed = u, k, u, acc
		}
	}
	return last, best, packed
}
