package onnx

import (
	"fmt"
	"math"
	"slices"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/tree"
)

// MaxBytes is the length of the longest model that Read takes: 256 MiB.
const MaxBytes = 256 << 20

// Model is what Read found: trees or a line.
type Model struct {
	Trees *tree.Ensemble // nil where it is a line; each leaf counts one row, as the format has no counts
	Line  *Line
}

// Line is a linear model: Intercept + Σ Weights[j] · x[j], where a missing x[j] is Fill[j].
type Line struct {
	Intercept     float64
	Weights, Fill []float64 // one a column
}

// Read reads a model over the columns of schema and checks it. Its graph must be a chain
// from the one input to the one output, of TreeEnsembleRegressor or LinearRegressor, with
// one target; Cast to float or double and Identity anywhere; before it an Imputer, which a
// line cannot do without, as it has no answer to what is missing; a Scaler before a line.
// Anything else gives lfb.ErrInvalid, by the name of the node.
//
// A graph whose input is float sees each value as the nearest float32, while rows here are
// float64. Thresholds are widened at reading, once, to the greatest float64 whose float32
// goes to the same side: so the Ensemble sends each float64 where a runtime sends the
// float32 nearest to it. Where the input is double, thresholds stay as they are.
func Read(data []byte, schema *ml.Schema) (Model, error) {
	if len(data) > MaxBytes {
		return Model{}, fmt.Errorf("onnx model of %d bytes, more than %d: %w", len(data), MaxBytes, lfb.ErrInvalid)
	}
	c := chain{schema: schema}
	err := eachField(data, func(f field) error {
		if f.number == modelGraph {
			return c.parseGraph(f.bytes)
		}
		return nil
	})
	if err == nil {
		err = c.follow()
	}
	if err != nil {
		return Model{}, fmt.Errorf("onnx model: %w", err)
	}
	return c.model, nil
}

// chain follows a graph from its input to its output.
type chain struct {
	schema     *ml.Schema
	operations []*operation
	inputs     []string
	outputs    []string
	narrow     bool // the values were cut to float32

	fill, offset, scale []float64 // of Imputer and Scaler, one a column; nil before there was one
	model               Model
}

func (c *chain) parseGraph(m []byte) error {
	return eachField(m, func(f field) error {
		switch f.number {
		case graphNode:
			o, err := parseOperation(f.bytes)
			if err != nil {
				return fmt.Errorf("node %.40q: %w", o.name, err)
			}
			c.operations = append(c.operations, o)
		case graphInput:
			name, elem, err := parseInput(f.bytes)
			if err != nil || elem != elemFloat && elem != elemDouble {
				return fmt.Errorf("input %.40q of type %d, neither float nor double: %w", name, elem, lfb.ErrInvalid)
			}
			c.inputs, c.narrow = append(c.inputs, name), elem == elemFloat
		case graphOutput:
			name, _, err := parseInput(f.bytes)
			c.outputs = append(c.outputs, name)
			return err
		}
		return nil
	})
}

// follow goes along the chain; each operation takes what the one before gave.
func (c *chain) follow() error {
	if len(c.inputs) != 1 || len(c.outputs) != 1 {
		return fmt.Errorf("%d inputs and %d outputs, want one of each: %w", len(c.inputs), len(c.outputs), lfb.ErrInvalid)
	}
	at := c.inputs[0]
	for _, o := range c.operations {
		if !slices.Equal(o.inputs, []string{at}) || len(o.outputs) != 1 {
			return fmt.Errorf("node %.40q (%.40s) takes %.100q, not what is before it: %w", o.name, o.op, o.inputs,
				lfb.ErrInvalid)
		}
		if err := c.apply(o); err != nil {
			return fmt.Errorf("node %.40q (%.40s): %w", o.name, o.op, err)
		}
		at = o.outputs[0]
	}
	if at != c.outputs[0] || c.model == (Model{}) {
		return fmt.Errorf("no model between input %.40q and output %.40q: %w", c.inputs[0], c.outputs[0], lfb.ErrInvalid)
	}
	return nil
}

func (c *chain) apply(o *operation) (err error) {
	before := c.model == (Model{})
	switch {
	case o.op == "Identity" && o.domain == "":
	case o.op == "Cast" && o.domain == "":
		to := o.attributes["to"].integer
		if to != elemFloat && to != elemDouble {
			return fmt.Errorf("to type %d: %w", to, lfb.ErrInvalid)
		}
		c.narrow = c.narrow || to == elemFloat
	case o.domain != domain || !before:
		return fmt.Errorf("operator of domain %.40q is not read here: %w", o.domain, lfb.ErrInvalid)
	case o.op == "Imputer" && c.scale == nil && c.fill == nil:
		if replaced := o.attributes["replaced_value_float"].floats; len(replaced) != 1 || !math.IsNaN(replaced[0]) {
			return fmt.Errorf("replaces %v, not NaN: %w", replaced, lfb.ErrInvalid)
		}
		c.fill, err = o.columnValues("imputed_value_floats", c.schema.Width())
	case o.op == "Scaler" && c.scale == nil:
		if c.offset, err = o.columnValues("offset", c.schema.Width()); err == nil {
			c.scale, err = o.columnValues("scale", c.schema.Width())
		}
	case o.op == "LinearRegressor":
		c.model.Line, err = c.readLine(o)
	case o.op == "TreeEnsembleRegressor" && c.scale == nil:
		c.model.Trees, err = c.readTrees(o)
	default:
		return fmt.Errorf("operator is not read here: %w", lfb.ErrInvalid)
	}
	return err
}

// columnValues are an attribute's finite values, one a column; a single one is all columns'.
func (o *operation) columnValues(name string, columns int) ([]float64, error) {
	v := o.attributes[name].floats
	if len(v) == 1 {
		v = slices.Repeat(v, columns)
	}
	if len(v) != columns {
		return nil, fmt.Errorf("%d of %s for %d columns: %w", len(v), name, columns, lfb.ErrInvalid)
	}
	return v, checkFinite(name, v)
}

func checkFinite(name string, v []float64) error {
	for i, x := range v {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("%s %d is %v: %w", name, i, x, lfb.ErrInvalid)
		}
	}
	return nil
}

// checkOneTarget refuses several targets, and answers that are not the sum itself.
func (o *operation) checkOneTarget(targets string) error {
	if t, ok := o.attributes[targets]; ok && t.integer != 1 {
		return fmt.Errorf("%d targets, want 1: %w", t.integer, lfb.ErrInvalid)
	}
	if t := o.attributes["post_transform"].text; t != "" && t != "NONE" {
		return fmt.Errorf("post_transform %.40q: %w", t, lfb.ErrInvalid)
	}
	return nil
}

// readLine folds Imputer and Scaler into the weights.
func (c *chain) readLine(o *operation) (*Line, error) {
	if err := o.checkOneTarget("targets"); err != nil {
		return nil, err
	}
	weights := o.attributes["coefficients"].floats
	if len(weights) != c.schema.Width() || c.fill == nil {
		return nil, fmt.Errorf("%d coefficients for %d columns, Imputer before: %v: %w",
			len(weights), c.schema.Width(), c.fill != nil, lfb.ErrInvalid)
	}
	line := &Line{Weights: slices.Clone(weights), Fill: c.fill}
	if v := o.attributes["intercepts"].floats; len(v) > 0 {
		line.Intercept = v[0]
	}
	for j := range c.scale {
		line.Weights[j] *= c.scale[j]
		line.Intercept -= float64(line.Weights[j] * c.offset[j])
	}
	return line, checkFinite("coefficient", append([]float64{line.Intercept}, line.Weights...))
}
