package predict

import (
	"slices"

	"lfb/internal/ml/tree"
)

// A cache line of 64 bytes holds the children of this many nodes of 4 bytes.
const (
	lineNodes = 16
	linePairs = lineNodes / 2
)

// placeNodes chooses places for a tree's nodes so that a walk reads few cache lines. The two
// children of a node stand together, in the line of the node itself while it has room, those
// that most rows pass first. Other nodes begin a line of their own, and small subtrees share
// lines. In plain level order a row would take half as long again. It returns the place of
// each split's left child, and the number of places used, in whole lines.
func placeNodes(t *tree.Tree) (places []uint32, size int) {
	n := len(t.SplitFeature)
	places = make([]uint32, n)
	if n == 0 {
		return places, lineNodes
	}
	below := countSplitsBelow(t)
	var open [linePairs][]uint32 // lines by how many pairs they have room for: their next place
	lines := []int32{0}          // splits whose pairs begin a line
	for k := 0; k < len(lines); k++ {
		next, free := uint32(size), linePairs
		for f := int(min(below[lines[k]], linePairs)); f < linePairs; f++ {
			if m := len(open[f]); m > 0 {
				next, free = open[f][m-1], f
				open[f] = open[f][:m-1]
				break
			}
		}
		if free == linePairs {
			size += lineNodes
		}
		waiting := append(make([]int32, 0, linePairs+1), lines[k])
		for ; free > 0 && len(waiting) > 0; free-- {
			busiest := 0
			for k, w := range waiting {
				if t.InternalCount[w] > t.InternalCount[waiting[busiest]] {
					busiest = k
				}
			}
			i := waiting[busiest]
			waiting = slices.Delete(waiting, busiest, busiest+1)
			places[i] = next
			next += 2
			for _, child := range [2]int32{t.Left[i], t.Right[i]} {
				if child >= 0 {
					waiting = append(waiting, child)
				}
			}
		}
		lines = append(lines, waiting...)
		if free > 0 {
			open[free] = append(open[free], next)
		}
	}
	return places, size
}

// countSplitsBelow returns how many splits the subtree of each split has, itself included.
func countSplitsBelow(t *tree.Tree) []int32 {
	out := make([]int32, len(t.SplitFeature))
	for i := len(out) - 1; i >= 0; i-- { // children come after their parents
		out[i] = 1
		for _, child := range [2]int32{t.Left[i], t.Right[i]} {
			if child >= 0 {
				out[i] += out[child]
			}
		}
	}
	return out
}
