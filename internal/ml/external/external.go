package external

import (
	"bytes"
	"fmt"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/gbdt"
	"lfb/internal/ml/lightgbm"
	"lfb/internal/ml/linear"
	"lfb/internal/ml/onnx"
	"lfb/internal/ml/tree"
	"lfb/internal/ml/tree/predict"
)

// What a file's model answers.
const (
	Mean = "mean"
	P50  = "p50"
	P90  = "p90"
)

// Formats of a file.
const (
	LightGBM = "lightgbm" // LightGBM's text model
	ONNX     = "onnx"     // TreeEnsembleRegressor or LinearRegressor
)

// MaxBytes is the length of the longest file: 256 MiB.
const MaxBytes = onnx.MaxBytes

// File is one model that another program fitted.
type File struct {
	Quantity string // Mean, P50 or P90
	Format   string // LightGBM or ONNX
	Data     []byte
}

// ReadModel makes one model of the mean's file and, where there are any, of those of P50 and
// P90, which trees alone can have. background holds the rows that it was fitted on, whose
// schema becomes the model's: ONNX says nothing of how many rows reach a node, which
// contributions and importances go by. A file that cannot be read, or is for other columns,
// gives lfb.ErrInvalid.
func ReadModel(background ml.Matrix, files ...File) (ml.Model, error) {
	byQuantity := make(map[string]File, len(files))
	for _, f := range files {
		if _, twice := byQuantity[f.Quantity]; twice {
			return nil, fmt.Errorf("external model: %.20q stands twice: %w", f.Quantity, lfb.ErrInvalid)
		}
		byQuantity[f.Quantity] = f
	}
	order, quantiles := []string{Mean}, []float64(nil)
	if len(files) > 1 {
		order, quantiles = []string{Mean, P50, P90}, []float64{ml.Q50, ml.Q90}
	}
	var heads [][]tree.Tree
	for _, quantity := range order {
		f, ok := byQuantity[quantity]
		if !ok || len(files) != len(order) {
			return nil, fmt.Errorf("external model of %d files, want mean, or mean, p50 and p90: %w", len(files), lfb.ErrInvalid)
		}
		m, err := readFile(background, f)
		if err != nil {
			return nil, fmt.Errorf("external model's %s: %w", quantity, err)
		}
		if line := m.Line; line != nil {
			if len(files) > 1 {
				return nil, fmt.Errorf("external model's %s: a line among quantiles: %w", quantity, lfb.ErrInvalid)
			}
			return linear.FromCoefficients(line.Intercept, line.Weights, line.Fill, background)
		}
		heads = append(heads, m.Trees.Trees)
	}
	return gbdt.FromTrees(background.Schema(), quantiles, heads...)
}

func readFile(background ml.Matrix, f File) (onnx.Model, error) {
	if len(f.Data) > MaxBytes {
		return onnx.Model{}, fmt.Errorf("%d bytes, more than %d: %w", len(f.Data), MaxBytes, lfb.ErrInvalid)
	}
	switch f.Format {
	case ONNX:
		m, err := onnx.Read(f.Data, background.Schema())
		if err == nil && m.Trees != nil {
			countRows(m.Trees, background)
		}
		return m, err
	case LightGBM:
		e, err := lightgbm.Read(bytes.NewReader(f.Data))
		if err != nil {
			return onnx.Model{}, err
		}
		return onnx.Model{Trees: e}, adoptSchema(e, background.Schema())
	}
	return onnx.Model{}, fmt.Errorf("format %.20q, neither %s nor %s: %w", f.Format, LightGBM, ONNX, lfb.ErrInvalid)
}

// adoptSchema gives e the schema that it was to be fitted for, and makes an average a sum.
func adoptSchema(e *tree.Ensemble, schema *ml.Schema) error {
	if e.Schema.Width() != schema.Width() {
		return fmt.Errorf("%d columns, want %d: %w", e.Schema.Width(), schema.Width(), lfb.ErrInvalid)
	}
	for j, c := range schema.Columns {
		if name := e.Schema.Columns[j].Name; name != c.Name {
			return fmt.Errorf("column %d is %.40q, want %s: %w", j, name, c.Name, lfb.ErrInvalid)
		}
	}
	for i := range e.Trees {
		t := &e.Trees[i]
		for k, j := range t.SplitFeature {
			if t.DecisionType[k]&tree.Categorical != 0 && !schema.Columns[j].IsCategorical() {
				return fmt.Errorf("tree %d: categories of column %s, which is numeric: %w", i, schema.Columns[j].Name,
					lfb.ErrInvalid)
			}
		}
		if e.Average {
			t.ScaleValues(1 / float64(len(e.Trees)))
		}
	}
	e.Schema, e.Average = schema, false
	return nil
}

// countedRows is the most rows of the background that are counted.
const countedRows = 100_000

// countRows counts how many rows of x, evenly chosen where there are many, reach each node:
// one at least, so that no share is of nothing.
func countRows(e *tree.Ensemble, x ml.Matrix) {
	for i := range e.Trees {
		clear(e.Trees[i].LeafCount)
	}
	predictor, leaves := predict.New(e), make([]int32, len(e.Trees))
	step := x.Rows()/countedRows + 1
	for i := 0; i < x.Rows(); i += step {
		predictor.FindLeaves(leaves, x, i)
		for t, leaf := range leaves {
			e.Trees[t].LeafCount[leaf]++
		}
	}
	for i := range e.Trees {
		t := &e.Trees[i]
		for l := range t.LeafCount {
			t.LeafCount[l] = max(t.LeafCount[l], 1)
		}
		t.SummarizeSplits()
	}
}
