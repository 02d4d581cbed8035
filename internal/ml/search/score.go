package search

import (
	"cmp"
	"math"
	"slices"
)

// Score is what a trial cost over the origins that it was judged on so far.
type Score struct {
	Squares float64 `json:"squares"` // sum of squared errors, first engines
	Rows    int     `json:"rows"`
}

// Plus is both together.
func (s Score) Plus(o Score) Score { return Score{s.Squares + o.Squares, s.Rows + o.Rows} }

// RMSE is in seconds; NaN where there are no rows.
func (s Score) RMSE() float64 { return math.Sqrt(s.Squares / float64(s.Rows)) }

// keptShare is how many trials one stays of.
const keptShare = 3

// Keep is how many of n trials go on to the next origin.
func Keep(n int) int { return (n + keptShare - 1) / keptShare }

// Best returns the positions of the n best scores, best first; of equals the
// earlier. A score that is no number, of a trial that failed, is never among them.
func Best(scores []Score, n int) []int {
	var order []int
	for i, s := range scores {
		if !math.IsNaN(s.RMSE()) && !math.IsInf(s.RMSE(), 0) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(scores[a].RMSE(), scores[b].RMSE()) })
	return order[:min(n, len(order))]
}
