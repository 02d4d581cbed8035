package blend

import (
	"math"

	"lfb/internal/ml"
)

// gridSteps is how finely weights are told apart: twentieths.
const gridSteps = 20

// fitWeights chooses the weights on valid; without rows they are the recipe's.
//
//	min over w ≥ 0, Σw = 1 of  Σ (y − Σ w·p)² + PriorRows · spread · |w − Weights|²
//
// spread is the mean squared difference of two members' predictions: what a row can
// say about weights at most.
func (r Recipe) fitWeights(members []ml.Model, valid ml.Set) ([]float64, error) {
	r = r.withDefaults()
	if valid.X.Rows() == 0 {
		return r.Weights, nil
	}
	off := make([][]float64, len(members)) // prediction minus actual
	for k, m := range members {
		p, err := m.Predict(nil, valid.X)
		if err != nil {
			return nil, err
		}
		for i, y := range valid.Y {
			p[i] -= y
		}
		off[k] = p
	}
	gram, spread := errorProducts(off)
	pull := r.PriorRows * spread
	best, least := r.Weights, math.Inf(1)
	eachWeights(func(w []float64) {
		var cost float64
		for a := range w {
			cost += pull * (w[a] - r.Weights[a]) * (w[a] - r.Weights[a])
			for b := range w {
				cost += w[a] * w[b] * gram[a][b]
			}
		}
		if cost < least {
			best, least = w, cost
		}
	})
	return best, nil
}

// errorProducts is the sums of products of the members' errors, and the mean squared
// difference of two members.
func errorProducts(off [][]float64) (gram [][]float64, spread float64) {
	n := len(off)
	gram = make([][]float64, n)
	for a := range off {
		gram[a] = make([]float64, n)
		for b := range off {
			for i := range off[a] {
				gram[a][b] += float64(off[a][i] * off[b][i])
			}
		}
	}
	pairs := 0.0
	for a := range off {
		for b := range a {
			spread += gram[a][a] + gram[b][b] - 2*gram[a][b]
			pairs += float64(len(off[a]))
		}
	}
	return gram, max(spread/pairs, 0)
}

// eachWeights visits the weights of three members on the grid, in a fixed order.
func eachWeights(visit func(w []float64)) {
	for a := range gridSteps + 1 {
		for b := range gridSteps + 1 - a {
			visit([]float64{
				float64(a) / gridSteps, float64(b) / gridSteps, float64(gridSteps-a-b) / gridSteps,
			})
		}
	}
}
