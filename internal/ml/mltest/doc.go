// Package mltest is the conformance suite that every estimator passes, one call
// in its own tests:
//
//	func TestConformance(t *testing.T) {
//		mltest.Run(t, Recipe{…}, func(b []byte) (ml.Model, error) { return Decode(b) })
//	}
//
// It fits the recipe on small samples that hold what real rows hold (missing
// numbers, missing and unseen categories, a constant and an empty column) and
// checks the promises of package ml one subtest each; what only some models can
// do (quantiles, both at once, probabilities, contributions, importances, checkpoints) is
// checked where the model has it. Use a recipe small enough to fit 600 rows in
// milliseconds: about twenty fits are made.
//
// It does not judge how good a model is, beyond beating the mean on a line.
//
// Start reading at Run in mltest.go; the sample is in sample.go.
package mltest
