package lightgbm

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"lfb/internal/lfb"
	"lfb/internal/ml/tree"
)

// Write writes e in LightGBM's text format. Each tree is rendered twice, as its length stands in the header, so that
// memory does not grow with the file. Names that the format cannot hold give lfb.ErrInvalid.
func Write(w io.Writer, e *tree.Ensemble) error {
	for j, c := range e.Schema.Columns {
		if err := checkName(j, c.Name); err != nil {
			return err
		}
	}
	var buf []byte
	sizes := make([]int, len(e.Trees))
	for i := range e.Trees {
		buf = appendTree(buf[:0], i, &e.Trees[i])
		sizes[i] = len(buf)
	}
	if _, err := w.Write(appendHeader(nil, e, sizes)); err != nil {
		return fmt.Errorf("lightgbm header: %w", err)
	}
	for i := range e.Trees {
		buf = appendTree(buf[:0], i, &e.Trees[i])
		if _, err := w.Write(buf); err != nil {
			return fmt.Errorf("lightgbm tree %d: %w", i, err)
		}
	}
	if _, err := w.Write(appendFooter(nil, e)); err != nil {
		return fmt.Errorf("lightgbm footer: %w", err)
	}
	return nil
}

func checkName(j int, name string) error {
	bad := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }
	if name == "" || strings.ContainsFunc(name, bad) {
		return fmt.Errorf("column %d: name %.40q is empty or has white space: %w", j, name, lfb.ErrInvalid)
	}
	return nil
}

func appendHeader(b []byte, e *tree.Ensemble, sizes []int) []byte {
	names, monotone := make([]string, e.Schema.Width()), make([]int, e.Schema.Width())
	for j, c := range e.Schema.Columns {
		names[j], monotone[j] = c.Name, c.Monotone
	}
	b = append(b, "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\n"...)
	b = fmt.Appendf(b, "max_feature_idx=%d\nobjective=regression\n", len(names)-1)
	if e.Average {
		b = append(b, "average_output\n"...)
	}
	b = fmt.Appendf(b, "feature_names=%s\n", strings.Join(names, " "))
	if slices.ContainsFunc(monotone, func(m int) bool { return m != 0 }) {
		b = append(appendInts(b, "monotone_constraints", monotone), '\n')
	}
	b = fmt.Appendf(b, "feature_infos=%s\n", strings.Join(describeColumns(e), " "))
	return append(appendInts(b, "tree_sizes", sizes), "\n\n"...)
}

// appendTree renders tree i with both newlines that end it.
func appendTree(b []byte, i int, t *tree.Tree) []byte {
	n := len(t.SplitFeature)
	bounds, words := categorySets(t)
	b = fmt.Appendf(b, "Tree=%d\nnum_leaves=%d\nnum_cat=%d\n", i, n+1, max(len(bounds)-1, 0))
	b = append(appendInts(b, "split_feature", t.SplitFeature), '\n')
	b = append(appendFloats(b, "split_gain", orZeros(t.SplitGain, n)), '\n')
	b = append(appendFloats(b, "threshold", t.Threshold), '\n')
	b = append(appendInts(b, "decision_type", t.DecisionType), '\n')
	b = append(appendInts(b, "left_child", t.Left), '\n')
	b = append(appendInts(b, "right_child", t.Right), '\n')
	b = append(appendFloats(b, "leaf_value", t.LeafValue), '\n')
	// Every row weighs 1 in our objectives: the weights are the counts.
	leafWeight := t.LeafCount
	if n == 0 {
		leafWeight = nil // as LightGBM leaves it
	}
	b = append(appendInts(b, "leaf_weight", leafWeight), '\n')
	b = append(appendInts(b, "leaf_count", t.LeafCount), '\n')
	b = append(appendFloats(b, "internal_value", orZeros(t.InternalValue, n)), '\n')
	b = append(appendInts(b, "internal_weight", t.InternalCount), '\n')
	b = append(appendInts(b, "internal_count", t.InternalCount), '\n')
	if len(bounds) > 1 {
		b = append(appendInts(b, "cat_boundaries", bounds), '\n')
		b = append(appendInts(b, "cat_threshold", words), '\n')
	}
	return append(b, "is_linear=0\nshrinkage=1\n\n\n"...)
}

// categorySets are the bounds and words of the categorical splits. LightGBM cannot read
// a set without words: an empty one gets a word of zeros.
func categorySets(t *tree.Tree) (bounds []int, words []uint32) {
	if len(t.CatBoundaries) < 2 {
		return nil, nil
	}
	bounds = append(bounds, 0)
	for k := range len(t.CatBoundaries) - 1 {
		set := t.CategorySet(k)
		if len(set) == 0 {
			set = []uint32{0}
		}
		words = append(words, set...)
		bounds = append(bounds, len(words))
	}
	return bounds, words
}

func orZeros[T float32 | float64](v []T, n int) []T {
	if len(v) == 0 {
		return make([]T, n)
	}
	return v
}

// appendInts appends key=a b c.
func appendInts[T int | int8 | int32 | uint32](b []byte, key string, values []T) []byte {
	b = append(append(b, key...), '=')
	for i, v := range values {
		if i > 0 {
			b = append(b, ' ')
		}
		b = strconv.AppendInt(b, int64(v), 10)
	}
	return b
}

// appendFloats is appendInts for floats: float64 with 17 significant digits, which is as
// LightGBM writes them and loses nothing.
func appendFloats[T float32 | float64](b []byte, key string, values []T) []byte {
	b = append(append(b, key...), '=')
	for i, v := range values {
		if i > 0 {
			b = append(b, ' ')
		}
		switch v := any(v).(type) {
		case float32:
			b = strconv.AppendFloat(b, float64(v), 'g', -1, 32)
		case float64:
			b = strconv.AppendFloat(b, v, 'g', 17, 64)
		}
	}
	return b
}

func appendFooter(b []byte, e *tree.Ensemble) []byte {
	b = append(b, "end of trees\n\nfeature_importances:\n"...)
	_, splits := e.Importance()
	order := make([]int, 0, len(splits))
	for j, n := range splits {
		if n > 0 {
			order = append(order, j)
		}
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(splits[j], splits[i]) })
	for _, j := range order {
		b = fmt.Appendf(b, "%s=%.0f\n", e.Schema.Columns[j].Name, splits[j])
	}
	b = append(b, "\nparameters:\n"...)
	b = appendParameters(b, e)
	return append(b, "\nend of parameters\n\npandas_categorical:null\n"...)
}

// appendParameters names those that the trees show. LightGBM ignores the values but must
// know the names.
func appendParameters(b []byte, e *tree.Ensemble) []byte {
	boosting, leaves := "gbdt", 2
	if e.Average {
		boosting = "rf"
	}
	for i := range e.Trees {
		leaves = max(leaves, e.Trees[i].NumLeaves())
	}
	var categorical []string
	for j, c := range e.Schema.Columns {
		if c.IsCategorical() {
			categorical = append(categorical, strconv.Itoa(j))
		}
	}
	return fmt.Appendf(b, "[boosting: %s]\n[objective: regression]\n[num_iterations: %d]\n[num_leaves: "+
		"%d]\n[categorical_feature: %s]\n", boosting, len(e.Trees), leaves, strings.Join(categorical, ","))
}
