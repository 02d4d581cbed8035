// Package ml holds the contract that every estimator meets, and what all of
// them share: the Matrix, the metrics, the prediction that a caller gets.
//
//	Estimator (recipe) ── Fit(train, valid) ─▶ Model (immutable) ── Predict ─▶ seconds
//
// Recipe and result are different types, so predicting before fitting cannot
// compile. What only some models can do (quantiles, probabilities,
// contributions, importances) is a small interface of its own,
// found by type assertion; package mltest checks whichever a model has.
//
// Estimators live in the packages below (baseline, linear, gbdt, forest,
// randomforest) and are listed in catalog. Package interval turns any Model
// into calibrated answers. Nothing here knows SQL, S3, HTTP or Temporal.
//
// Start reading at matrix.go, then estimator.go.
package ml
