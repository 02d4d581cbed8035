// Package mlflow exports a retrain to an MLflow 3 tracking server over its REST
// interface, and keeps the aliases of the registered model where the ledger says.
//
//	registry.Run, leaderboard, bundles ── Exporter.ExportRun ─▶ experiment
//	                                                             └ parent run: parameters, the winner's metrics, data
//
// set,
//
//	leaderboard, gate, data report
//	└ run per candidate: recipe, metrics overall and by
//
// slice,
//
//	                                                                 encoders, importances, logged model ─▶ model version
//	ledger ─────────────────────────────── Exporter.Follow ────▶ aliases champion and previous of the registered model
//
// A logged model is a folder that Python's mlflow loads: LightGBM's text and
// ONNX, no pickle and no code. It answers the mean to encoded rows; the encoders
// travel beside it. Candidates without trees have a run and no model. MLflow draws
// the metrics itself, so that no plots are sent.
//
// MLflow has no idempotency key: every object has a tag, lfb.export_key, and is
// looked up by it before it is made, so that an export that was cut short goes on
// where it stopped and a finished one is left alone. No request is sent twice: the
// activity around an export is tried again. A run whose making was not answered may
// stand twice on the server, the second one complete.
//
// What MLflow lacks stays with us: its aliases know no compare-and-set and no
// history, so that the ledger is the truth and the aliases follow it.
//
// Start reading at export.go; client.go is the transport, model.go the folder.
package mlflow
