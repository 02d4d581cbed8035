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
	for i, p := range q {
		if !(p > 0 && p < 1) || i > 0 && p < q[i-1] {
			return nil, fmt.Errorf("forest: quantiles %v do not ascend in (0, 1): %w", q, lfb.ErrInvalid)
		}
	}
	return m.distribution(dst, x, len(q), func(out, share []float64) {
		cumulated, k := 0.0, 0
		for c, s := range share {
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
	})
}

// PredictProbabilities meets ml.Probabilities: the share of the leaves' samples
// up to t, every tree counting the same.
func (m *Model) PredictProbabilities(dst []float64, x ml.Matrix, t []float64) ([]float64, error) {
	upTo := make([]int, len(t))
	for i, v := range t {
		if v != v || i > 0 && v < t[i-1] {
			return nil, fmt.Errorf("forest: thresholds %v do not ascend: %w", t, lfb.ErrInvalid)
		}
		upTo[i] = sort.Search(len(m.book), func(c int) bool { return m.book[c] > v })
	}
	return m.distribution(dst, x, len(t), func(out, share []float64) {
		cumulated, c := 0.0, 0
		for k, last := range upTo {
			for ; c < last; c++ {
				cumulated += share[c]
			}
			out[k] = min(cumulated, 1)
		}
	})
}

// distribution calls read for each row with the share of each code, which sum to
// 1, and room for size answers.
func (m *Model) distribution(dst []float64, x ml.Matrix, size int, read func(out, share []float64)) ([]float64, error) {
	if err := ml.CheckWidth(m.ensemble.Schema, x); err != nil {
		return nil, err
	}
	dst = tree.Resize(dst, x.Rows()*size)
	tree.EachChunk(x.Rows(), x.Rows(), func(lo, hi int) {
		share, leaves := make([]float64, len(m.book)), make([]int32, len(m.samples))
		for i := lo; i < hi; i++ {
			m.ensemble.Leaves(leaves, x, i)
			clear(share)
			for t, leaf := range leaves {
				from, to := m.offsets[t][leaf], m.offsets[t][leaf+1]
				each := 1 / float64(len(leaves)) / float64(to-from)
				for _, c := range m.samples[t][from:to] {
					share[c] += each
				}
			}
			read(dst[i*size:(i+1)*size], share)
		}
	})
	return dst, nil
}
