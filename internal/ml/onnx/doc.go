// Package onnx writes trees as an ONNX model of one TreeEnsembleRegressor node
// (ai.onnx.ml, operator set 3), which onnxruntime and most other runtimes read, and reads
// what XGBoost (by onnxmltools), scikit-learn (by skl2onnx) and CatBoost write.
//
//	tree.Ensemble ── Write ─▶ model.onnx: X [rows, columns] double ─▶ Y [rows, 1] float
//	model.onnx: X float or double ── Read ─▶ tree.Ensemble, or the coefficients of a line
//
// What the operator lacks is spelled out in nodes that it has. A categorical
// split is a chain of equalities, one a category, that share their true branch.
// A split where zero is missing is up to three comparisons. NaN goes where
// nodes_missing_value_tracks_true says.
//
// Thresholds and weights are doubles and so is the input, hence every row takes
// the same path as here; the operator's output is a float32, so that answers
// agree to 6e-8, relative.
//
// Category codes must be whole, as everywhere in this project: an equality does
// not cut 2.5 to 2. Read refuses equalities, and with them most of what Write writes: a node
// with two parents is no tree.
//
// Start reading at write.go; nodes.go turns splits into nodes, wire.go is the
// little of protocol buffers that is needed. Reading starts at read.go; parse.go is its
// protocol buffers, readtrees.go turns nodes into splits.
//
// Sources: onnx.proto; Operators-ml.md, TreeEnsembleRegressor-3.
package onnx
