// Package lightgbm writes and reads LightGBM's text model, version 4, so that a
// model trained here answers from LightGBM's own library, and the reverse.
//
//	tree.Ensemble ── Write ─▶ model.txt ─▶ lightgbm.Booster(model_file=…)
//	lightgbm.Booster.save_model ─▶ model.txt ── Read ─▶ tree.Ensemble
//
// The file is a header of key=value lines, one block a tree, whose lengths in
// bytes the header lists, and a footer with importances and parameters. Numbers
// that decide a prediction have 17 significant digits, so nothing is lost.
//
// It reads single-output models with numeric and categorical splits and all
// three ways of treating missing values. It refuses, by lfb.ErrInvalid: linear
// trees, several classes, objectives whose answers are not the sum of the trees (binary,
// ranking, Poisson, reg_sqrt …), versions other than 3 and 4, and files that were cut or
// edited.
//
// Predictions are those of Booster.predict, for all values that ml.Matrix allows
// but two kinds: a category code between -1 and 0 is unseen here, where LightGBM
// cuts it to 0; and a number within 1e-35 of zero is itself here, where
// LightGBM's predictor takes it for 0.
//
// Source: LightGBM, src/boosting/gbdt_model_text.cpp and src/io/tree.cpp.
//
// Start reading at write.go; read.go is its mirror, line by line.
package lightgbm
