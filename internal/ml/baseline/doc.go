// Package baseline holds the answers that every model has to beat: the mean of
// all, and the mean and the median by station ground, shrunk to the overall.
//
//	all rows ─▶ by engine (pump order) ─▶ by engine and ground
//	            each level shrunk to the one before by n/(n+k)
//
// Columns are found by role (ml.RoleGround, ml.RolePump), never by name; a matrix
// without one simply has fewer levels. A ground that nobody has seen answers as
// its engine does, a missing engine as all rows do. Every level keeps its
// empirical quantiles, so a baseline answers quantiles and probabilities too.
//
// It looks at no other column and has nothing to tune but k.
//
// Start reading at Recipe in recipe.go.
package baseline
