package gbdt

import (
	"fmt"
	"math"
	"slices"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

// PredictQuantiles meets ml.Quantiles. A quantile with a head of its own is that
// head's value; others lie on a straight line through the nearest two heads, or
// the outermost two, over the quantiles of a normal distribution; a single head
// answers for all. A row's heads are sorted first, so that they do not cross. A model
// without such heads gives lfb.ErrInvalid.
//
// Source: Chernozhukov, Fernández-Val & Galichon, Quantile and probability
// curves without crossing, Econometrica 78(3), 2010.
func (m *Model) PredictQuantiles(dst []float64, x ml.Matrix, q []float64) ([]float64, error) {
	mixes, err := m.mixes(q)
	if err != nil {
		return nil, err
	}
	all, err := m.quantiles.Predict(nil, x)
	if err != nil {
		return nil, err
	}
	n := x.Rows()
	dst = ml.EnsureLength(dst, n*len(mixes))
	for i := range n {
		mixRow(dst[i*len(mixes):], all[i*len(all)/n:][:len(all)/n], mixes)
	}
	return dst, nil
}

// mixes says of which heads each quantile is made.
func (m *Model) mixes(q []float64) ([]mix, error) {
	if len(m.recipe.Quantiles) == 0 {
		return nil, fmt.Errorf("gbdt: model without quantiles: %w", lfb.ErrInvalid)
	}
	if err := ml.CheckLevels(q); err != nil {
		return nil, fmt.Errorf("gbdt: %w", err)
	}
	mixes := make([]mix, len(q))
	for k, p := range q {
		mixes[k] = newMix(m.recipe.Quantiles, p)
	}
	return mixes, nil
}

// PredictJoint meets ml.JointPredictor: a row is looked at once for all heads. It has no probabilities.
func (m *Model) PredictJoint(dst ml.JointPrediction, x ml.Matrix, q, t []float64) (ml.JointPrediction, error) {
	if len(t) > 0 {
		return ml.JointPrediction{}, fmt.Errorf("gbdt: probabilities: %w", lfb.ErrInvalid)
	}
	mixes, err := m.mixes(q)
	if err != nil {
		return ml.JointPrediction{}, err
	}
	all, err := m.all.Predict(nil, x)
	if err != nil {
		return ml.JointPrediction{}, err
	}
	n := x.Rows()
	dst.Resize(n, len(mixes), 0)
	for i := range dst.Mean {
		row := all[i*len(all)/n:][:len(all)/n]
		dst.Mean[i] = row[0]
		mixRow(dst.Quantiles[i*len(mixes):], row[1:], mixes)
	}
	return dst, nil
}

// mix is a value between, or beyond, two heads: a·head[i] + b·head[i+1].
type mix struct {
	i    int
	a, b float64
}

// newMix places quantile v among have, ascending.
func newMix(have []float64, v float64) mix {
	i := max(min(len(have)-2, len(have)-1), 0)
	for i > 0 && v < have[i] {
		i--
	}
	switch {
	case v == have[i] || len(have) == 1:
		return mix{i: i, a: 1}
	case v == have[i+1]:
		return mix{i: i, b: 1}
	}
	low, high := normalQuantile(have[i]), normalQuantile(have[i+1])
	b := (normalQuantile(v) - low) / (high - low)
	return mix{i: i, a: 1 - b, b: b}
}

func normalQuantile(p float64) float64 { return math.Sqrt2 * math.Erfinv(2*p-1) }

// mixRow sorts a row's heads and writes their mixes, ascending whatever rounding does.
func mixRow(dst, row []float64, mixes []mix) {
	slices.Sort(row)
	for k, m := range mixes {
		v := row[m.i]
		if m.b != 0 {
			v = float64(m.a*row[m.i]) + float64(m.b*row[m.i+1])
		}
		if k > 0 {
			v = max(v, dst[k-1])
		}
		dst[k] = v
	}
}
