// Package randomforest hides github.com/malaschitz/randomForest, a classifier,
// behind the estimator contract: it classifies into bands of time, so that the
// votes are a distribution.
//
//	Matrix ─▶ prepare: impute, order categories, bin ─▶ library: one tree at a time, each
//	y ──────▶ bands of time (edges at quantiles, 360 and 600 s)      │ on rows of its own
//	                                                                 ▼
//	mean = Σ vote × band's mean · quantiles and probabilities by interpolation in bands
//
// The fit is bounded by configuration (rows, trees, depth): the library sorts every
// node's rows for every feature it tries, on one core.
//
// The library draws from the process's global math/rand generator. Here every tree
// is grown under a lock, after seeding that generator from the recipe's seed and the
// tree's number, which needs "godebug randseednop=0" in the main module's go.mod. So
// the same seed gives the same bytes, unless other code in the process draws from
// the global generator at that very moment: a dependency's retry jitter does. Where
// bytes must repeat, fit in a process of its own. The generator is seeded anew, from
// the system's entropy, when a fit ends; during one, what others draw is predictable.
//
// The library's JSON rounds, its fitted value holds the training rows, and short
// rows panic; so its trees become those of package tree, on prepared values, nothing
// of the library outlives Fit, and widths are checked.
//
// Boruta, in boruta.go, is the library's feature-selection report.
//
// Start reading at Recipe in recipe.go, then grow.go.
package randomforest
