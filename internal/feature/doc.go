// Package feature turns a Call into the numbers that a model sees. Everything
// it knows of London it learned from training rows: where the stations are, how
// fast engines come from each, how much longer they take in some places, which
// words there are, what usually belongs to what.
//
//	training rows ── Fit ─▶ Spec ── TrainMatrix ─▶ ml.Matrix (a row's own outcome kept out of its features)
//	                         │  └─── Matrix ──────▶ ml.Matrix (validation, calibration, hold-out)
//	                         ├────── Encode ──────▶ one row (serving: the very same code)
//	                         └────── Complete ────▶ a Call's missing place facts, from the training rows, with
//	                                                what is to be said of those that were given (finding.go)
//
// A Spec is immutable, safe for concurrent use, and kept as JSON in the model
// bundle. Encode takes a Call and nothing else, so what is known only after the
// event cannot be named where features are made; Fit alone reads outcomes, of
// training rows.
//
// The package reads no files, and knows no station's real position.
//
// Start reading at spec.go, then columns.go, the one table of all features; fit.go is
// the other half.
package feature
