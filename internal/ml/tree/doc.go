// Package tree is the core that gbdt and forest share: binning, histograms,
// the search for a split, leaf-wise growth, prediction, exact contributions and
// the encoding of trees.
//
//	ml.Matrix ─ Bin ─▶ Binned (uint8 codes, by row and by column)
//	                     │  Grower.Grow: histograms of integers → Split → leaves
//	                     ▼
//	                   Tree (float64 thresholds, LightGBM's layout) ─▶ Ensemble.Predict
//
// Every gradient is a fixed-point integer, packed with its row count in one
// int64 word. Integer sums do not depend on the order of addition, so any number
// of threads gives the same tree, bit for bit, and a histogram costs one
// addition a value. The price is a resolution of 2^-(63-2b) of the largest
// gradient, with b the bits of the number of rows: 2^-23 at a million rows,
// which is float32's.
//
// The package knows no objective and no ensemble method: it grows one tree for
// the words that it is given. Start reading at tree.go, then binned.go, then
// grow.go.
package tree
