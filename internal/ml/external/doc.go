// Package external makes models of what other programs fitted, in the formats that they
// export: LightGBM's text, and ONNX from XGBoost, scikit-learn and CatBoost.
//
//	files: mean, P50, P90 ── ReadModel ─▶ gbdt.Model (sums of trees) or linear.Model (a line)
//	                            ▲
//	training rows ── counted ───┘ how many reach each node
//
// The models are of types that the catalog stores already, so that they are calibrated,
// compared, explained, served and exported as our own are. Nothing is executed: a file is
// data, held to bounds, and what is not known is refused by lfb.ErrInvalid.
//
// Start reading at ReadModel.
package external
