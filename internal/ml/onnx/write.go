package onnx

import (
	"encoding/json"
	"fmt"
	"io"
	"math"

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

// Write writes e as an ONNX model whose graph has this name. The names and categories of
// the columns are in its metadata, as JSON under "columns". A model that would exceed 2 GiB
// gives lfb.ErrInvalid.
func Write(w io.Writer, e *tree.Ensemble, name string) error {
	var a arrays
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
	if _, err := w.Write(model(graph(e, name, &a), columns)); err != nil {
		return fmt.Errorf("onnx model: %w", err)
	}
	return nil
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

// Names of the input, rows × columns in the schema's order, and of the output, rows × 1.
const (
	inputName  = "X"
	outputName = "Y"
)

func graph(e *tree.Ensemble, name string, a *arrays) message {
	var node, g message
	node.text(nodeInput, inputName)
	node.text(nodeOutput, outputName)
	node.text(nodeName, name)
	node.text(nodeOp, "TreeEnsembleRegressor")
	for _, attr := range attributes(e, a) {
		node.bytes(nodeAttribute, attr)
	}
	node.text(nodeDomain, domain)
	g.bytes(graphNode, node)
	g.text(graphName, name)
	g.bytes(graphInput, value(inputName, elemDouble, e.Schema.Width()))
	g.bytes(graphOutput, value(outputName, elemFloat, 1))
	return g
}

func attributes(e *tree.Ensemble, a *arrays) []message {
	aggregate := "SUM"
	if e.Average {
		aggregate = "AVERAGE"
	}
	return []message{
		attribute("aggregate_function", attrText, []byte(aggregate), typeText),
		intAttr("n_targets", 1),
		attribute("nodes_falsenodeids", attrInts, a.no, typeInts),
		attribute("nodes_featureids", attrInts, a.feature, typeInts),
		attribute("nodes_missing_value_tracks_true", attrInts, a.nan, typeInts),
		textsAttr("nodes_modes", a.mode),
		attribute("nodes_nodeids", attrInts, a.nodeID, typeInts),
		attribute("nodes_treeids", attrInts, a.treeID, typeInts),
		attribute("nodes_truenodeids", attrInts, a.yes, typeInts),
		doublesAttr("nodes_values", a.bound),
		attribute("post_transform", attrText, []byte("NONE"), typeText),
		attribute("target_ids", attrInts, a.leafTarget, typeInts),
		attribute("target_nodeids", attrInts, a.leafNode, typeInts),
		attribute("target_treeids", attrInts, a.leafTree, typeInts),
		doublesAttr("target_weights", a.weight),
	}
}
