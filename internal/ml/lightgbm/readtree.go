package lightgbm

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/tree"
)

// parseTree reads one block, as far as its empty line. NewEnsemble checks that
// it can be walked.
func parseTree(s *lineScanner, schema *ml.Schema) (tree.Tree, error) {
	fields, err := s.readFields()
	if err != nil {
		return tree.Tree{}, err
	}
	if v := fields["is_linear"]; v != "" && v != "0" {
		return tree.Tree{}, fmt.Errorf("is_linear=%.40s: linear trees are not read: %w", v, lfb.ErrInvalid)
	}
	b := treeBlock{fields: fields}
	leaves, cats := b.parseCount("num_leaves"), b.parseCount("num_cat")
	if leaves < 1 {
		return tree.Tree{}, fmt.Errorf("num_leaves=%.40s: %w", fields["num_leaves"], lfb.ErrInvalid)
	}
	t := tree.Tree{LeafValue: parseArray(&b, "leaf_value", leaves, parseFloat)}
	t.LeafCount = parseArray(&b, "leaf_count", leaves, parseInteger)
	if leaves > 1 {
		b.parseSplits(&t, leaves-1, cats)
	}
	if b.err == nil {
		b.err = checkSplits(&t, schema)
	}
	return t, b.err
}

// parseSplits reads the arrays of n internal nodes.
func (b *treeBlock) parseSplits(t *tree.Tree, n, cats int) {
	t.SplitFeature = parseArray(b, "split_feature", n, parseInteger)
	t.Threshold = parseArray(b, "threshold", n, parseThreshold)
	t.Left = parseArray(b, "left_child", n, parseInteger)
	t.Right = parseArray(b, "right_child", n, parseInteger)
	t.DecisionType = parseArray(b, "decision_type", n, parseDecision)
	t.SplitGain = parseArray(b, "split_gain", n, parseGain)
	t.InternalValue = parseArray(b, "internal_value", n, parseFloat)
	t.InternalCount = parseArray(b, "internal_count", n, parseInteger)
	if cats > 0 {
		t.CatBoundaries = parseArray(b, "cat_boundaries", cats+1, parseInteger)
		if b.err == nil {
			t.CatThreshold = parseArray(b, "cat_threshold", int(t.CatBoundaries[cats]), parseWord)
		}
	}
}

// checkSplits checks what tree.Tree cannot express: missing type 3 means nothing,
// and columns that are split by category are categorical.
func checkSplits(t *tree.Tree, schema *ml.Schema) error {
	const both = tree.MissingZero | tree.MissingNaN
	for k, d := range t.DecisionType {
		if d&both == both && d&tree.Categorical == 0 {
			return fmt.Errorf("node %d: decision_type %d: %w", k, d, lfb.ErrInvalid)
		}
		f := int(t.SplitFeature[k])
		if d&tree.Categorical != 0 && f >= 0 && f < schema.Width() && !schema.Columns[f].IsCategorical() {
			return fmt.Errorf("node %d: categories of column %s, which is numeric: %w",
				k, schema.Columns[f].Name, lfb.ErrInvalid)
		}
	}
	return nil
}

// treeBlock is one tree's lines; err is the first error.
type treeBlock struct {
	fields map[string]string
	err    error
}

func (b *treeBlock) setError(key string, err error) {
	if b.err == nil {
		b.err = fmt.Errorf("%s: %w", key, err)
	}
}

func (b *treeBlock) parseCount(key string) int {
	v, err := strconv.ParseInt(b.fields[key], 10, 32)
	if err != nil || v < 0 {
		b.setError(key, fmt.Errorf("%.40q: %w", b.fields[key], lfb.ErrInvalid))
		return 0
	}
	return int(v)
}

// parseArray reads exactly n values.
func parseArray[T any](b *treeBlock, key string, n int, parse func(string) (T, error)) []T {
	text := b.fields[key]
	// Count before making room: n may be forged.
	if have := strings.Count(text, " ") + 1; b.err == nil && (have != n && n > 0 || n == 0 && text != "") {
		b.setError(key, fmt.Errorf("%d values, want %d: %w", have, n, lfb.ErrInvalid))
	}
	if b.err != nil {
		return nil
	}
	out, err := parseNumbers(text, parse)
	if err == nil && len(out) != n {
		err = fmt.Errorf("%d values, want %d: %w", len(out), n, lfb.ErrInvalid)
	}
	if err != nil {
		b.setError(key, err)
		return nil
	}
	return out
}

func parseFloat(s string) (float64, error) { return strconv.ParseFloat(s, 64) }

// parseThreshold reads a float64. LightGBM writes inf where a split separates missing
// values from all others; the greatest finite number does the same.
func parseThreshold(s string) (float64, error) {
	v, err := strconv.ParseFloat(s, 64)
	if math.IsInf(v, 1) && err == nil {
		v = math.MaxFloat64
	}
	return v, err
}

func parseInteger(s string) (int32, error) {
	v, err := strconv.ParseInt(s, 10, 32)
	return int32(v), err
}

func parseWord(s string) (uint32, error) {
	v, err := strconv.ParseUint(s, 10, 32)
	return uint32(v), err
}

func parseDecision(s string) (int8, error) {
	v, err := strconv.ParseUint(s, 10, 4)
	return int8(v), err
}

// parseGain reads a float64 and clamps it to what float32 holds.
func parseGain(s string) (float32, error) {
	v, err := strconv.ParseFloat(s, 64)
	return float32(max(-math.MaxFloat32, min(math.MaxFloat32, v))), err
}
