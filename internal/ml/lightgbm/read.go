package lightgbm

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/tree"
)

// MaxBytes is the length of the longest file that Read takes: 1 GiB.
const MaxBytes = 1 << 30

// Read reads a text model whole and checks it. What it needs of memory is at most
// some twenty times the length. Anything that LightGBM would not have written, or
// that the package does not know, gives lfb.ErrInvalid.
func Read(r io.Reader) (*tree.Ensemble, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("lightgbm model: %w", err)
	}
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("lightgbm model of more than %d bytes: %w", MaxBytes, lfb.ErrInvalid)
	}
	if at := bytes.IndexByte(data, '\r'); at >= 0 {
		return nil, fmt.Errorf("lightgbm model: carriage return at byte %d: %w", at, lfb.ErrInvalid)
	}
	e, err := parseModel(&lineScanner{rest: data})
	if err != nil {
		return nil, fmt.Errorf("lightgbm model: %w", err)
	}
	return e, nil
}

// lineScanner gives the lines of a file.
type lineScanner struct {
	rest []byte
	n    int // lines given
}

// nextLine is the next line, without its end; false after the last.
func (s *lineScanner) nextLine() (string, bool) {
	if len(s.rest) == 0 {
		return "", false
	}
	line, rest, _ := bytes.Cut(s.rest, []byte{'\n'})
	s.rest = rest
	s.n++
	return string(line), true
}

func (s *lineScanner) errorf(format string, args ...any) error {
	return fmt.Errorf("line %d: %s: %w", s.n, fmt.Sprintf(format, args...), lfb.ErrInvalid)
}

// readFields reads key=value lines up to an empty one. Lines without = are keys of
// their own: average_output is one.
func (s *lineScanner) readFields() (map[string]string, error) {
	fields := make(map[string]string)
	for {
		line, ok := s.nextLine()
		if !ok {
			return nil, s.errorf("the file ends within a block")
		}
		if line == "" {
			return fields, nil
		}
		key, value, _ := strings.Cut(line, "=")
		if _, twice := fields[key]; twice {
			return nil, s.errorf("%.40q stands twice", key)
		}
		fields[key] = value
	}
}

func parseModel(s *lineScanner) (*tree.Ensemble, error) {
	if first, _ := s.nextLine(); first != "tree" {
		return nil, s.errorf("%.40q where a text model begins with tree", first)
	}
	fields, err := s.readFields()
	if err != nil {
		return nil, err
	}
	h, err := parseHeader(fields)
	if err != nil {
		return nil, err
	}
	trees, err := parseTrees(s, h)
	if err != nil {
		return nil, err
	}
	if err := checkFooter(s); err != nil {
		return nil, err
	}
	return tree.NewEnsemble(h.schema, trees, h.average)
}

// modelHeader holds the lines before the trees.
type modelHeader struct {
	schema  *ml.Schema
	average bool
	sizes   []int // of the trees' blocks, in bytes; nil where the file does not say
}

func parseHeader(fields map[string]string) (*modelHeader, error) {
	if v := fields["version"]; v != "v4" && v != "v3" {
		return nil, fmt.Errorf("version %.40q, want v4 or v3: %w", v, lfb.ErrInvalid)
	}
	for _, key := range [2]string{"num_class", "num_tree_per_iteration"} {
		if v := fields[key]; v != "1" {
			return nil, fmt.Errorf("%s=%.40s, want 1: %w", key, v, lfb.ErrInvalid)
		}
	}
	h := &modelHeader{schema: &ml.Schema{}}
	_, h.average = fields["average_output"]
	if err := checkObjective(fields["objective"]); err != nil {
		return nil, err
	}
	if text, ok := fields["tree_sizes"]; ok {
		var err error
		if h.sizes, err = parseNumbers(text, strconv.Atoi); err != nil {
			return nil, fmt.Errorf("tree_sizes: %w", err)
		}
	}
	return h, h.parseColumns(fields)
}

// checkObjective refuses objectives whose answers are not the sum of the trees. An empty
// one is a custom objective, whose answers are.
func checkObjective(objective string) error {
	words := strings.Fields(objective)
	known := []string{"regression", "regression_l1", "huber", "quantile", "fair", "mape"}
	if len(words) > 0 && (!slices.Contains(known, words[0]) || slices.Contains(words, "sqrt")) {
		return fmt.Errorf("objective %.40q: its answers are not the sum of the trees: %w", objective, lfb.ErrInvalid)
	}
	return nil
}

// parseColumns reads the names and descriptions of the columns.
func (h *modelHeader) parseColumns(fields map[string]string) error {
	names, infos := strings.Fields(fields["feature_names"]), strings.Fields(fields["feature_infos"])
	last, err := strconv.Atoi(fields["max_feature_idx"])
	if err != nil || last < 0 || len(names) != last+1 || len(infos) != last+1 {
		return fmt.Errorf("max_feature_idx=%.40s, %d feature names, %d feature infos: %w",
			fields["max_feature_idx"], len(names), len(infos), lfb.ErrInvalid)
	}
	h.schema.Columns = make([]ml.Column, len(names))
	for j := range names {
		if err := checkName(j, names[j]); err != nil {
			return err
		}
		if h.schema.Columns[j], err = parseColumn(names[j], infos[j]); err != nil {
			return err
		}
	}
	text, ok := fields["monotone_constraints"]
	if !ok {
		return nil
	}
	signs, err := parseNumbers(text, strconv.Atoi)
	if err != nil || len(signs) != len(names) {
		return fmt.Errorf("monotone_constraints: %d for %d columns: %w", len(signs), len(names), lfb.ErrInvalid)
	}
	for j, sign := range signs {
		if sign < -1 || sign > 1 {
			return fmt.Errorf("monotone_constraints: %d: %w", sign, lfb.ErrInvalid)
		}
		h.schema.Columns[j].Monotone = sign
	}
	return nil
}

// parseTrees reads the blocks up to the line "end of trees".
func parseTrees(s *lineScanner, h *modelHeader) ([]tree.Tree, error) {
	var trees []tree.Tree
	for {
		before := len(s.rest)
		line, ok := s.nextLine()
		if !ok {
			return nil, s.errorf("the file ends after %d trees", len(trees))
		}
		if line == "end of trees" {
			break
		}
		i := len(trees)
		if line != "Tree="+strconv.Itoa(i) {
			return nil, s.errorf("%.40q where tree %d belongs", line, i)
		}
		t, err := parseTree(s, h.schema)
		if err != nil {
			return nil, fmt.Errorf("tree %d: %w", i, err)
		}
		if line, _ := s.nextLine(); line != "" {
			return nil, s.errorf("tree %d: %.40q where an empty line belongs", i, line)
		}
		// LightGBM itself seeks trees by these lengths: a file that disagrees was edited.
		if size := before - len(s.rest); h.sizes != nil && (i >= len(h.sizes) || h.sizes[i] != size) {
			return nil, s.errorf("tree %d has %d bytes, not as in tree_sizes", i, size)
		}
		trees = append(trees, t)
	}
	if h.sizes != nil && len(h.sizes) != len(trees) {
		return nil, s.errorf("%d trees, but %d tree_sizes", len(trees), len(h.sizes))
	}
	return trees, nil
}

// checkFooter refuses a file that was cut in its parameters; importances follow from the
// trees.
func checkFooter(s *lineScanner) error {
	inside := false
	for line, ok := s.nextLine(); ok; line, ok = s.nextLine() {
		inside = line == "parameters:" || inside && line != "end of parameters"
	}
	if inside {
		return s.errorf("the file ends within the parameters")
	}
	return nil
}

// parseNumbers reads space-joined values. There are no more than half as many as
// bytes, so a forged count cannot ask for memory.
func parseNumbers[T any](text string, parse func(string) (T, error)) ([]T, error) {
	if text == "" {
		return nil, nil
	}
	out := make([]T, 0, strings.Count(text, " ")+1)
	for word := range strings.SplitSeq(text, " ") {
		v, err := parse(word)
		if err != nil {
			return nil, fmt.Errorf("value %d: %.40q: %w", len(out), word, lfb.ErrInvalid)
		}
		out = append(out, v)
	}
	return out, nil
}
