// Package blend answers with the weighted average of a boosting, a forest and a line,
// which err in different ways.
//
//	        ┌─▶ gbdt   ─┐
//	train ──┼─▶ forest ─┼─ valid ─▶ weights ≥ 0 that sum to 1 ─▶ Model
//	        └─▶ linear ─┘
//
// The weights are those with the least squared error on validation, drawn to the
// recipe's as if some thousand rows had said them: a week of rows cannot tell members
// apart that differ by half a second. Quantiles are averaged like means. What a column
// contributes is the average of what it contributes to the members, and still sums to
// the prediction.
//
// Source: Breiman, Stacked regressions, Machine Learning 24, 1996.
//
// Start reading at Recipe in recipe.go, then Combine.
package blend
