package tree

// A histogram holds 256 packed sums a feature, those of eight features together: bin b
// of feature f is at f*bins+b.
type histogram []int64

const (
	group    = 8 * bins // words of the histograms of eight features
	rowBlock = 256      // rows gathered at a time: codes and gradients stay in the first-level cache
)

func (h histogram) featureBins(f int) *[bins]int64 { return (*[bins]int64)(h[f*bins:]) }

// A gatherBuffer is one worker's copy of the rows that it adds next: the codes of each
// eight features side by side, then the rows' gradients. Reading the scattered rows
// in a loop of its own keeps many cache misses in flight.
type gatherBuffer struct {
	codes     []uint64 // group g's are at g*rowBlock
	gradients [rowBlock]int64
}

func newGather(groups int) *gatherBuffer {
	return &gatherBuffer{codes: make([]uint64, groups*rowBlock)}
}

// accumulateGradients adds the gradients of rows to h.
func (c *rowCodes) accumulateGradients(h histogram, rows []int32, gradients []int64, buf *gatherBuffer) {
	for len(rows) > 0 {
		n := min(len(rows), rowBlock)
		for k, i := range rows[:n] {
			buf.gradients[k&(rowBlock-1)] = gradients[i]
		}
		c.gatherRows(rows[:n], buf)
		for g := range c.groups {
			part, codes := h[g*group:], buf.codes[g*rowBlock:][:n]
			if left := c.features - g*8; left <= 4 {
				addFourFeatures((*[4 * bins]int64)(part), codes, buf.gradients[:n])
			} else {
				addEightFeatures((*[group]int64)(part), codes, buf.gradients[:n])
			}
		}
		rows = rows[n:]
	}
}

// gatherRows copies the codes of at most rowBlock rows to buf.
func (c *rowCodes) gatherRows(rows []int32, buf *gatherBuffer) {
	groups, codes := c.groups, c.words
	switch groups { // the commonest widths, without the inner loop: a tenth of a fit
	case 3:
		c0, c1, c2 := buf.codes[0:rowBlock], buf.codes[rowBlock:2*rowBlock], buf.codes[2*rowBlock:3*rowBlock]
		for k, i := range rows {
			k &= rowBlock - 1
			r := (*[3]uint64)(codes[int(i)*3:])
			c0[k], c1[k], c2[k] = r[0], r[1], r[2]
		}
	case 4:
		c0, c1 := buf.codes[0:rowBlock], buf.codes[rowBlock:2*rowBlock]
		c2, c3 := buf.codes[2*rowBlock:3*rowBlock], buf.codes[3*rowBlock:4*rowBlock]
		for k, i := range rows {
			k &= rowBlock - 1
			r := (*[4]uint64)(codes[int(i)*4:])
			c0[k], c1[k], c2[k], c3[k] = r[0], r[1], r[2], r[3]
		}
	default:
		for k, i := range rows {
			for g, x := range codes[int(i)*groups:][:groups] {
				buf.codes[g*rowBlock+k] = x
			}
		}
	}
}

// addEightFeatures adds each row's gradient to the bins of eight features. Eight independent
// chains hide the latency of adding to a bin that was just written.
func addEightFeatures(h *[group]int64, codes []uint64, gradients []int64) {
	gradients = gradients[:len(codes)]
	for i, x := range codes {
		w := gradients[i]
		h[0*bins+int(uint8(x))] += w
		h[1*bins+int(uint8(x>>8))] += w
		h[2*bins+int(uint8(x>>16))] += w
		h[3*bins+int(uint8(x>>24))] += w
		h[4*bins+int(uint8(x>>32))] += w
		h[5*bins+int(uint8(x>>40))] += w
		h[6*bins+int(uint8(x>>48))] += w
		h[7*bins+int(uint8(x>>56))] += w
	}
}

// addFourFeatures is addEightFeatures for a last group of at most four features.
func addFourFeatures(h *[4 * bins]int64, codes []uint64, gradients []int64) {
	gradients = gradients[:len(codes)]
	for i, x := range codes {
		w := gradients[i]
		h[0*bins+int(uint8(x))] += w
		h[1*bins+int(uint8(x>>8))] += w
		h[2*bins+int(uint8(x>>16))] += w
		h[3*bins+int(uint8(x>>24))] += w
	}
}
