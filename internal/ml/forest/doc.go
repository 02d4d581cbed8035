// Package forest fits random regression forests on package tree's core: bins,
// integer histograms, and columns drawn anew at every node.
//
//	Recipe.Fit ─ bin once ─▶ each worker: draw rows → grow a tree → keep samples of its leaves
//	                                        └▶ rows not drawn → out-of-bag error
//
// The mean is the average over the trees. Quantiles and probabilities come from
// samples of the training targets that every leaf keeps (Meinshausen, Quantile
// regression forests, JMLR 7, 2006), at most LeafSamples a leaf, so that memory
// is bounded. Each tree has a generator of its own:
// neither threads nor a resume change a bit.
//
// Start reading at recipe.go, then fit.go, then model.go.
package forest
