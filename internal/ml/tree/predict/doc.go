// Package predict answers what ensembles of trees predict.
//
//	tree.Ensemble… ── New ─▶ Predictor ─ row ─▶ outcomes of all conditions ─▶ leaves ─▶ values
//
// The trees of an ensemble ask the same few things again and again, as histograms leave a
// column at most 255 thresholds. Each distinct split is a condition: is the column above
// this threshold, is its category outside of this set. A row is evaluated to one byte a
// condition, whatever missing values are taken for; a node is four bytes, its condition and
// where its left child is; and eight trees are walked at once, without a branch that data
// decides. Who waits for that: a caller with a single row, whose mean of 500 trees of 63
// leaves is to take no more than 20 µs.
//
// Ensembles that are too large for this, deep forests with many sets of categories, are
// walked by tree.Tree.Leaf. Both give the same, bit for bit.
//
// Start reading at predictor.go, then compiled.go.
package predict
