package forest

import (
	"fmt"
	"sort"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/tree"
)

// PredictQuantiles meets ml.Quantiles: the least target whose share of the
// leaves' samples, every tree counting the same, reaches q.
//
// Source: Meinshausen, Quantile regression forests, JMLR 7, 2006.
func (m *Model) PredictQuantiles(dst []float64, x ml.Matrix, q []float64) ([]float64, error) {
	said, err := m.PredictJoint(ml.JointPrediction{Quantiles: dst}, x, q, nil)
	return said.Quantiles, err
}

// PredictProbabilities meets ml.Probabilities: the share of the leaves' samples
// up to t, every tree counting the same.
func (m *Model) PredictProbabilities(dst []float64, x ml.Matrix, t []float64) ([]float64, error) {
	said, err := m.PredictJoint(ml.JointPrediction{Probabilities: dst}, x, nil, t)
	return said.Probabilities, err
}

// PredictJoint meets ml.JointPredictor: a row walks down the trees once for all answers.
func (m *Model) PredictJoint(dst ml.JointPrediction, x ml.Matrix, q, t []float64) (ml.JointPrediction, error) {
	if err := ml.CheckLevels(q); err != nil {
		return ml.JointPrediction{}, fmt.Errorf("forest: %w", err)
	}
	upTo := make([]int, len(t))
	for i, v := range t {
		if v != v || i > 0 && v < t[i-1] {
			return ml.JointPrediction{}, fmt.Errorf("forest: thresholds %v do not ascend: %w", t, lfb.ErrInvalid)
		}
		upTo[i] = sort.Search(len(m.book), func(c int) bool { return m.book[c] > v })
	}
	if err := ml.CheckWidth(m.ensemble.Schema, x); err != nil {
		return ml.JointPrediction{}, err
	}
	n := x.Rows()
	dst.Resize(n, len(q), len(t))
	tree.EachChunk(n, n, func(lo, hi int) {
		share, leaves := make([]float64, len(m.book)), make([]int32, len(m.samples))
		for i := lo; i < hi; i++ {
			m.predictor.FindLeaves(leaves, x, i)
			dst.Mean[i] = m.ensemble.LeavesValue(leaves)
			m.mixLeafSamples(share, leaves)
			m.readQuantiles(dst.Quantiles[i*len(q):][:len(q)], share, q)
			readProbabilities(dst.Probabilities[i*len(t):][:len(t)], share, upTo)
		}
	})
	return dst, nil
}

// mixLeafSamples writes the share of each code among the samples of the leaves; shares sum to 1.
func (m *Model) mixLeafSamples(share []float64, leaves []int32) {
	clear(share)
	for t, leaf := range leaves {
		from, to := m.offsets[t][leaf], m.offsets[t][leaf+1]
		each := m.each[to-from]
		for _, c := range m.samples[t][from:to] {
			share[c] += each
		}
	}
}

// readQuantiles writes the quantiles q of the distribution that share is.
func (m *Model) readQuantiles(out, share, q []float64) {
	cumulated, k := 0.0, 0
	for c, s := range share {
		if k == len(q) {
			return
		}
		if cumulated += s; s == 0 {
			continue
		}
		// the sum of shares may miss 1 by rounding
		for ; k < len(q) && cumulated >= q[k]*(1-1e-12); k++ {
			out[k] = m.book[c]
		}
	}
	for ; k < len(q); k++ {
		out[k] = m.book[len(m.book)-1]
	}
}

// readProbabilities writes the sums of the shares of the first codes: upTo says how many.
func readProbabilities(out, share []float64, upTo []int) {
	cumulated, c := 0.0, 0
	for k, last := range upTo {
		for ; c < last; c++ {
			cumulated += share[c]
		}
		out[k] = min(cumulated, 1)
	}
}
