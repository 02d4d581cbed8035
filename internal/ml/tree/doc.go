// Package tree is the core that gbdt and forest share: the tree itself, its encoding, and
// growing it by binning, histograms and the search for a split.
//
//	ml.Matrix ─ BinMatrix ─▶ BinnedMatrix (uint8 codes, by row and by column)
//	                     │  Grower.GrowTree: histograms of integers → split search → leaves
//	                     ▼
//	                   Tree (float64 thresholds, LightGBM's layout) ─▶ Ensemble
//	                                                       package predict ◀──┴──▶ package explain
//
// Every gradient is a fixed-point integer, packed with its row count in one
// int64. Integer sums do not depend on the order of addition, so any number
// of threads gives the same tree, bit for bit, and a histogram costs one
// addition a value. The price is a resolution of 2^-(63-2b) of the largest
// gradient, with b the bits of the number of rows: 2^-23 at a million rows,
// which is float32's.
//
// The package knows no objective and no ensemble method: it grows one tree for
// the gradients that it is given. Where the code is less plain than it could be (searches and
// partitions without branches on data, eight columns to a word, four or eight sums at a time, a
// pool that spins), that is what keeps a fit within the time that LightGBM takes.
//
// Start reading at tree.go, then binned.go, then grower.go.
package tree
