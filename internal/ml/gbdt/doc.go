// Package gbdt fits gradient-boosted regression trees: leaf-wise growth over
// histograms, as LightGBM does, in pure Go and the same bytes on any number of
// threads.
//
//	Recipe.Fit ─ bin once ─┬─ mean       squared loss
//	                       └─ quantiles  one ensemble each, pinball loss
//
// The heads share the binned data and nothing else; each stops by its own loss
// on the validation set. Growing a tree is package tree's; this package knows
// losses, rounds, stopping, checkpoints and what a Model answers.
//
// Start reading at recipe.go, then fit.go, then boost.go.
package gbdt
