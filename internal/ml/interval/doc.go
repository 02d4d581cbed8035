// Package interval turns any ml.Model into calibrated answers: P50, P90 and the
// probabilities of arriving within 6 and within 10 minutes.
//
//	valid ─▶ residuals by engine and predicted level   (only where the model
//	                 │                                   has no quantiles)
//	                 ▼
//	model ─▶ raw P50, P90, probabilities ─▶ calibration maps ─▶ ml.Answer
//	                                             ▲
//	calib ───── split-conformal, isotonic ───────┘
//
// The model's own quantiles and probabilities are used where it has them. The
// calibration span then moves each quantile so that the promised share of actual
// times lies below it, by engine and by predicted level, each group shrunk to the
// engine and the engine to all; and maps each probability to the share that was
// seen, by isotonic regression, or by Platt's curve where rows are few. The
// calibration span must be later than everything that the model was fitted,
// stopped or chosen on, and recent: the maps follow the drift that it shows. Hours
// of exceptional lateness in it, a storm's, are left out and counted, and a short span
// is believed only as far as its difference stands out from how days differ.
//
// The publication leaves out arrivals later than 20 minutes, so every answer is
// conditional on an arrival within them: seconds are clipped to 1 … 1200. The mean
// is the model's own, so that contributions still sum to it.
//
// What it does not do: widen answers for places outside the area seen in training,
// or guarantee coverage for slices that it does not group by.
//
// Widen makes the P90 of a model later that did not keep its promise and serves all the
// same, until another does.
//
// Start reading at Fit in fit.go, then Answer in model.go.
package interval
