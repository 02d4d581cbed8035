// Package linear is ridge regression for the mean and smoothed quantile regression
// for P50 and P90, on one design: numbers scaled by minimum and maximum, categories
// one-hot.
//
//	Matrix ─▶ design (sparse, block by block) ─▶ X'X, X'y ─▶ Cholesky, one per λ
//	                    │                                        │ λ chosen on valid
//	                    └──────────▶ Newton on smoothed pinball ◀┘ start
//
// The design is never held: rows are encoded in blocks and X'X is summed in a fixed
// number of partitions, joined in a fixed order, so neither memory nor the result
// depends on rows or threads. A missing number is the mean and, where common
// enough, an indicator; rare, missing and unseen categories share one level. Numbers
// outside the training span answer as its edge does.
//
// It finds no interactions and no bends: it is the candidate that shows what the
// trees are worth, and the one that can be read.
//
// Start reading at Recipe in recipe.go, then design.go.
package linear
