package lightgbm

import (
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/tree"
)

// listed is the number of categories up to which all are named; of more, only
// those that the trees name are.
const listed = 1 << 16

// valueRange is the range of the values seen; NaN is none.
type valueRange struct {
	lo, hi float64
	any    bool
}

func (s *valueRange) includeValue(v float64) {
	switch {
	case v != v:
	case !s.any:
		*s = valueRange{v, v, true}
	default:
		s.lo, s.hi = min(s.lo, v), max(s.hi, v)
	}
}

// describeColumn describes one column; codes are the categories that the trees name.
func describeColumn(c ml.Column, r valueRange, codes []int32) string {
	if !c.IsCategorical() {
		if !r.any || r.lo == r.hi {
			return "none"
		}
		return fmt.Sprintf("[%.17g:%.17g]", r.lo, r.hi)
	}
	if c.Categories <= listed {
		codes = make([]int32, c.Categories)
		for k := range codes {
			codes[k] = int32(k)
		}
	}
	if len(codes) == 0 {
		codes = []int32{int32(c.Categories - 1)}
	}
	var b []byte
	for k, code := range codes {
		if k > 0 {
			b = append(b, ':')
		}
		b = strconv.AppendInt(b, int64(code), 10)
	}
	return string(b)
}

// describeColumns describes the columns by the splits alone: thresholds lie within
// the values that were learned from.
func describeColumns(e *tree.Ensemble) []string {
	spans, codes := make([]valueRange, e.Schema.Width()), make([][]int32, e.Schema.Width())
	for i := range e.Trees {
		t := &e.Trees[i]
		for k, f := range t.SplitFeature {
			switch {
			case t.DecisionType[k]&tree.Categorical == 0:
				spans[f].includeValue(t.Threshold[k])
			case e.Schema.Columns[f].Categories > listed:
				codes[f] = appendCodes(codes[f], t, int(t.Threshold[k]))
			}
		}
	}
	infos := make([]string, e.Schema.Width())
	for j, c := range e.Schema.Columns {
		if s := spans[j]; s.any && s.lo == s.hi { // one threshold: values on both sides
			infos[j] = fmt.Sprintf("[%.17g:%.17g]", s.lo, s.hi)
			continue
		}
		slices.Sort(codes[j])
		infos[j] = describeColumn(c, spans[j], slices.Compact(codes[j]))
	}
	return infos
}

// appendCodes appends the members of category set k.
func appendCodes(codes []int32, t *tree.Tree, k int) []int32 {
	for at, w := range t.CategorySet(k) {
		for ; w != 0; w &= w - 1 {
			codes = append(codes, int32(32*at+bits.TrailingZeros32(w)))
		}
	}
	return codes
}

// parseColumn reads what describeColumn wrote.
func parseColumn(name, info string) (ml.Column, error) {
	c := ml.Column{Name: name}
	if info == "none" || strings.HasPrefix(info, "[") && strings.HasSuffix(info, "]") {
		return c, nil
	}
	for text := range strings.SplitSeq(info, ":") {
		code, err := strconv.ParseInt(text, 10, 32)
		if err != nil || code == 1<<31-1 {
			return c, fmt.Errorf("column %s: feature info %.40q: %w", name, info, lfb.ErrInvalid)
		}
		c.Categories = max(c.Categories, int(code)+1) // -1 stands for missing
	}
	return c, nil
}
