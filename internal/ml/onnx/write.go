package onnx

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/bits"

	"lfb/internal/lfb"
	"lfb/internal/ml/tree"
)

// Versions of what is written: those of ONNX 1.12, which runtimes of the last
// four years read.
const (
	irVersion    = 8
	mainVersion  = 17
	treesVersion = 3
)

// maxBytes is the length of the longest model: protocol buffers end at 2 GiB.
const maxBytes = math.MaxInt32 - 1<<20

// Options are what a model says beside its trees. The zero value is good.
type Options struct {
	Name       string  // of the graph; "trees"
	InputName  string  // "X": rows × columns, in the schema's order
	OutputName string  // "Y": rows × 1, float
	Base       float64 // added to every value, in seconds
	// Float32 takes float in place of double as input. Thresholds are rounded
	// down, so that each float takes the same path as here; sums are float too.
	Float32 bool
}

// Write writes e as an ONNX model. The names and categories of the columns are
// in its metadata, as JSON under "columns". A model that would exceed 2 GiB, or
// that needs doubles where Float32 forbids them, gives lfb.ErrInvalid.
func Write(w io.Writer, e *tree.Ensemble, o Options) error {
	if err := o.check(e); err != nil {
		return err
	}
	a := arrays{bound: numbers{single: o.Float32}, weight: numbers{single: o.Float32}}
	for i := range e.Trees {
		a.add(i, &e.Trees[i])
		if a.size() > maxBytes {
			return fmt.Errorf("onnx: %d of %d trees have %d bytes, more than the format holds: %w",
				i+1, len(e.Trees), a.size(), lfb.ErrInvalid)
		}
	}
	columns, err := json.Marshal(e.Schema.Columns)
	if err != nil {
		return fmt.Errorf("onnx columns: %w", err)
	}
	if _, err := w.Write(model(graph(e, o, &a), columns)); err != nil {
		return fmt.Errorf("onnx model: %w", err)
	}
	return nil
}

func (o Options) check(e *tree.Ensemble) error {
	if math.IsNaN(o.Base) || math.IsInf(o.Base, 0) {
		return fmt.Errorf("onnx: base %v: %w", o.Base, lfb.ErrInvalid)
	}
	if !o.Float32 {
		return nil
	}
	for i := range e.Trees {
		t := &e.Trees[i]
		for l, v := range t.LeafValue {
			if math.Abs(v) > math.MaxFloat32 {
				return fmt.Errorf("onnx: tree %d: leaf %d: %v is no float32: %w", i, l, v, lfb.ErrInvalid)
			}
		}
		for k := range len(t.CatBoundaries) - 1 {
			set := t.CategorySet(k)
			if code := highest(set); code > 1<<24 { // beyond, codes share a float32
				return fmt.Errorf("onnx: tree %d: category %d is no float32: %w", i, code, lfb.ErrInvalid)
			}
		}
	}
	return nil
}

// highest is the highest member of a set.
func highest(set []uint32) int {
	for at := len(set) - 1; at >= 0; at-- {
		if set[at] != 0 {
			return 32*at + bits.Len32(set[at]) - 1
		}
	}
	return 0
}

func model(graph message, columns []byte) message {
	var m, plain, trees, meta message
	plain.text(opsetDomain, "")
	plain.int(opsetVersion, mainVersion)
	trees.text(opsetDomain, domain)
	trees.int(opsetVersion, treesVersion)
	meta.text(1, "columns")
	meta.bytes(2, columns)
	m.int(modelIR, irVersion)
	m.text(modelProducer, "lfb")
	m.bytes(modelGraph, graph)
	m.bytes(modelOpset, plain)
	m.bytes(modelOpset, trees)
	m.bytes(modelMetadata, meta)
	return m
}

const domain = "ai.onnx.ml"

func graph(e *tree.Ensemble, o Options, a *arrays) message {
	name := cmp.Or(o.Name, "trees")
	in, out := cmp.Or(o.InputName, "X"), cmp.Or(o.OutputName, "Y")
	var node, g message
	node.text(nodeInput, in)
	node.text(nodeOutput, out)
	node.text(nodeName, name)
	node.text(nodeOp, "TreeEnsembleRegressor")
	for _, attr := range attributes(e, o, a) {
		node.bytes(nodeAttribute, attr)
	}
	node.text(nodeDomain, domain)
	elem := int64(elemDouble)
	if o.Float32 {
		elem = elemFloat
	}
	g.bytes(graphNode, node)
	g.text(graphName, name)
	g.bytes(graphInput, value(in, elem, e.Schema.Width()))
	g.bytes(graphOutput, value(out, elemFloat, 1))
	return g
}

func attributes(e *tree.Ensemble, o Options, a *arrays) []message {
	aggregate := "SUM"
	if e.Average {
		aggregate = "AVERAGE"
	}
	attrs := []message{
		attribute("aggregate_function", attrText, []byte(aggregate), typeText),
		intAttr("n_targets", 1),
		attribute("nodes_falsenodeids", attrInts, a.no, typeInts),
		attribute("nodes_featureids", attrInts, a.feature, typeInts),
		attribute("nodes_missing_value_tracks_true", attrInts, a.nan, typeInts),
		textsAttr("nodes_modes", a.mode),
		attribute("nodes_nodeids", attrInts, a.nodeID, typeInts),
		attribute("nodes_treeids", attrInts, a.treeID, typeInts),
		attribute("nodes_truenodeids", attrInts, a.yes, typeInts),
		numbersAttr("nodes_values", a.bound),
		attribute("post_transform", attrText, []byte("NONE"), typeText),
		attribute("target_ids", attrInts, a.leafTarget, typeInts),
		attribute("target_nodeids", attrInts, a.leafNode, typeInts),
		attribute("target_treeids", attrInts, a.leafTree, typeInts),
		numbersAttr("target_weights", a.weight),
	}
	if o.Base != 0 {
		base := numbers{single: o.Float32}
		base.add(o.Base)
		attrs = append(attrs, numbersAttr("base_values", base))
	}
	return attrs
}
