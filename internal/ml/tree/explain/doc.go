// Package explain splits what an ensemble of trees predicts over the columns.
//
//	tree.Ensemble ── New ─▶ Explainer ─ row ─▶ exact contributions by column
//
// Start reading at explainer.go, which has the formula, then walk.go.
package explain
