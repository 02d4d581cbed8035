package forest

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"sort"

	"lfb/internal/ml/tree"
)

// maxCodes is the most values that a codebook tells apart: targets in whole
// seconds are all kept as they are.
const maxCodes = 4096

// targetCodebook is the values that sampled targets are rounded to, ascending.
type targetCodebook []float64

// newCodebook returns the values and the code of each target. Where there are
// too many distinct targets, each code stands for an equal share of the rows and
// its value is their mean.
func newCodebook(y []float64) (targetCodebook, []uint16) {
	sorted := slices.Clone(y)
	slices.Sort(sorted)
	distinct := slices.Compact(slices.Clone(sorted))
	codes := make([]uint16, len(y))
	if len(distinct) <= maxCodes {
		for i, v := range y {
			codes[i] = uint16(sort.SearchFloat64s(distinct, v))
		}
		return targetCodebook(distinct), codes
	}
	var book targetCodebook
	var last []float64 // the greatest value of each code
	for k := range maxCodes {
		part := sorted[k*len(sorted)/maxCodes : (k+1)*len(sorted)/maxCodes]
		mean := 0.0
		for _, v := range part {
			mean += v / float64(len(part))
		}
		mean = min(max(mean, part[0]), part[len(part)-1])
		if k > 0 && part[len(part)-1] == last[len(last)-1] {
			continue // one value fills more than one code
		}
		book, last = append(book, mean), append(last, part[len(part)-1])
	}
	for i, v := range y {
		codes[i] = uint16(sort.SearchFloat64s(last, v))
	}
	return book, codes
}

// leafSample is the target of one drawn row of a leaf.
type leafSample struct {
	code  uint16
	draws uint8
}

// sampleLeaves keeps targets of each leaf: all where they are few, else every
// k-th in ascending order from a random place, which is fair to each and spread
// over the leaf's distribution.
func (w *treeWorker) sampleLeaves(t *tree.Tree, rng *rand.Rand) []uint16 {
	size := 0
	for _, n := range t.LeafCount {
		size += min(int(n), w.recipe.LeafSamples)
	}
	out := make([]uint16, 0, size)
	for leaf, count := range t.LeafCount {
		w.sorter = w.sorter[:0]
		for _, i := range w.grower.LeafRows(leaf) {
			w.sorter = append(w.sorter, leafSample{w.codes[i], w.drawn[i]})
		}
		slices.SortFunc(w.sorter, func(a, b leafSample) int { return cmp.Compare(a.code, b.code) })
		keep := min(int(count), w.recipe.LeafSamples)
		step := float64(count) / float64(keep)
		at, seen := rng.Float64()*step, 0.0
		if int(count) == keep {
			at = 0.5
		}
		for _, s := range w.sorter {
			for seen += float64(s.draws); at < seen && keep > 0; at += step {
				out = append(out, s.code)
				keep--
			}
		}
		for ; keep > 0; keep-- { // rounding may leave the last step beyond the end
			out = append(out, w.sorter[len(w.sorter)-1].code)
		}
	}
	return out
}
