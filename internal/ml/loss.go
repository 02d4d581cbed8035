package ml

import (
	"fmt"
	"math"
)

// MAE returns the mean absolute difference of pred and y, in seconds.
//
//	mean(|y-p|)
//
// Both hold n values in seconds; 0 where n is 0. Unequal lengths panic.
func MAE(pred, y []float64) float64 {
	return averagePairs(pred, y, func(p, y float64) float64 { return math.Abs(y - p) })
}

// RMSE returns the root of the mean squared difference of pred and y, in seconds.
//
//	sqrt(mean((y-p)²))
//
// Both hold n values in seconds; 0 where n is 0. Unequal lengths panic.
func RMSE(pred, y []float64) float64 {
	return math.Sqrt(averagePairs(pred, y, func(p, y float64) float64 { return (y - p) * (y - p) }))
}

// R2 returns the share of y's variance that pred explains, at most 1 and below 0
// where the mean of y would have done better.
//
//	1 - Σ(y-p)² / Σ(y-ȳ)²
//
// A y that does not vary has nothing to explain and gives 0. Unequal lengths panic.
func R2(pred, y []float64) float64 {
	centre := averagePairs(y, y, func(_, y float64) float64 { return y })
	total := averagePairs(y, y, func(_, y float64) float64 { return (y - centre) * (y - centre) })
	left := averagePairs(pred, y, func(p, y float64) float64 { return (y - p) * (y - p) })
	if total == 0 {
		return 0
	}
	return 1 - left/total
}

// PinballLoss returns the mean quantile loss of pred against y, in seconds.
//
//	mean(max(q*(y-p), (q-1)*(y-p)))
//
// y and pred hold n values in seconds; q is in (0, 1). Unequal lengths panic.
//
// Source: Koenker & Bassett, Regression Quantiles, Econometrica 46(1), 1978.
func PinballLoss(pred, y []float64, q float64) float64 {
	return averagePairs(pred, y, func(p, y float64) float64 { return quantileLoss(p, y, q) })
}

// quantileLoss is the loss of one prediction. q is a variable here on purpose: with a
// constant, q-1 is rounded otherwise, and a report's last digit would depend on who sums.
func quantileLoss(p, y, q float64) float64 { return math.Max(q*(y-p), (q-1)*(y-p)) }

func boolToFloat(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// averagePairs averages f over the pairs, in index order, so that it repeats to the bit.
func averagePairs(a, b []float64, f func(a, b float64) float64) float64 {
	if len(a) != len(b) {
		panic(fmt.Sprintf("ml: %d predictions for %d targets", len(a), len(b)))
	}
	if len(b) == 0 {
		return 0
	}
	var sum float64
	for i := range b {
		sum += f(a[i], b[i])
	}
	return sum / float64(len(b))
}
