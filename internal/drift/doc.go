// Package drift measures how far the values of a feature have moved from those
// that a model was trained on.
//
//	training rows ─ every n-th ─▶ ref ─┐
//	                                   ├─▶ PSI over bins, Wasserstein in standard deviations, shares
//	new rows ────── every n-th ─▶ now ─┘
//
// It works on samples, so its memory is bounded by their length, however many
// rows there are; Stride says which rows to take. It gives effect sizes and no
// p-values: on 100,000 rows a test rejects everything. Noise is what chance
// alone would give, so that a small sample does not look like drift.
//
// It knows nothing of features, bounds or alarms: package registry judges.
// Start reading at MeasureNumber and MeasureCategory.
package drift
