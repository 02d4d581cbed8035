// Package catalog is the explicit list of what can be trained: names to recipes, and
// bytes back to models.
//
//	Recipe("gbdt", {"rounds": 500}) ─▶ ml.Estimator ─ Fit ─▶ ml.Model
//	                                                            │ Encode: tag + bytes
//	ml.Model ◀── Decode ◀───────────────────────────────────────┘
//
// A new estimator is one line in each list below and nothing else: no registration,
// no init. The names are those of configuration, leaderboards and reports; the tags
// are in stored models and never change their meaning.
//
// Start reading at candidates in catalog.go.
package catalog
