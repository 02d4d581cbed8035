// Package bundle keeps a trained candidate as one immutable, content-addressed
// object: the manifest, the feature spec (vocabularies, learned stations,
// averages, gazetteer) and a calibrated model for each target. Being one object,
// they cannot drift apart.
//
//	Bundle ── Write ─▶ bundle/<sha256>.lfb ── Read ─▶ Bundle ── Predict(calls) ─▶ answers
//	                                                      └──── Explain(call) ─▶ contributions
//
//	file = magic, index (JSON: name, sizes and SHA-256 of each part), parts (zstd)
//
// The same content gives the same bytes. Clock times, code revision and what was
// measured on the hold-out stand beside the bundle, in the registry: they are not
// in its hash.
//
// Reading verifies every hash, holds no more memory than the index allows, and
// answers anything that is not a bundle with lfb.ErrInvalid.
//
// Start reading at bundle.go, then predict.go; container.go is the format.
package bundle
