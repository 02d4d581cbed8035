package gbdt

import (
	"fmt"
	"math"
	"slices"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/tree/predict"
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
	return predictMixed(dst, x, m.quantiles, mixes, nil)
}

// mixes says of which heads each quantile is made.
func (m *Model) mixes(q []float64) ([]mix, error) {
	if len(m.recipe.Quantiles) == 0 {
		return nil, fmt.Errorf("gbdt: model without quantiles: %w", lfb.ErrInvalid)
	}
	if err := ascending(q, 0, 1); err != nil {
		return nil, fmt.Errorf("gbdt: quantiles: %w", err)
	}
	mixes := make([]mix, len(q))
	for k, p := range q {
		mixes[k] = newMix(m.recipe.Quantiles, p, normalQuantile)
	}
	return mixes, nil
}

// PredictJoint meets ml.JointPredictor: a row is looked at once for all heads.
func (m *Model) PredictJoint(dst ml.JointPrediction, x ml.Matrix, q, t []float64) (ml.JointPrediction, error) {
	quantiles, err := m.mixes(q)
	if err != nil {
		return ml.JointPrediction{}, err
	}
	heads := 1 + len(m.recipe.Quantiles)
	predictor := m.all.SliceEnsembles(0, heads)
	var probabilities []mix
	if len(t) > 0 {
		if probabilities, err = m.thresholdMixes(t); err != nil {
			return ml.JointPrediction{}, err
		}
		predictor = m.all
	}
	all, err := predictor.Predict(nil, x)
	if err != nil {
		return ml.JointPrediction{}, err
	}
	n := x.Rows()
	dst.Resize(n, len(quantiles), len(probabilities))
	for i := range dst.Mean {
		row := all[i*len(all)/n:][:len(all)/n]
		dst.Mean[i] = row[0]
		mixRow(dst.Quantiles[i*len(quantiles):], row[1:heads], quantiles, nil)
		if len(probabilities) > 0 {
			mixRow(dst.Probabilities[i*len(probabilities):], row[heads:], probabilities, clampProbability)
		}
	}
	return dst, nil
}

// PredictProbabilities meets ml.Probabilities. A threshold with a head of its
// own is that head's value, kept within [0, 1]; others lie on a straight line
// between the nearest two, and beyond the outermost the nearest holds. A row's
// heads are sorted first, so that a later time is never less probable. A model without
// such heads gives lfb.ErrInvalid.
func (m *Model) PredictProbabilities(dst []float64, x ml.Matrix, t []float64) ([]float64, error) {
	mixes, err := m.thresholdMixes(t)
	if err != nil {
		return nil, err
	}
	return predictMixed(dst, x, m.thresholds, mixes, clampProbability)
}

func clampProbability(p float64) float64 { return min(max(p, 0), 1) }

// thresholdMixes says of which heads each probability is made.
func (m *Model) thresholdMixes(t []float64) ([]mix, error) {
	if len(m.recipe.Thresholds) == 0 {
		return nil, fmt.Errorf("gbdt: model without thresholds: %w", lfb.ErrInvalid)
	}
	if err := ascending(t, math.Inf(-1), math.Inf(1)); err != nil {
		return nil, fmt.Errorf("gbdt: thresholds: %w", err)
	}
	have := m.recipe.Thresholds
	mixes := make([]mix, len(t))
	for k, v := range t {
		v = min(max(v, have[0]), have[len(have)-1])
		mixes[k] = newMix(have, v, func(v float64) float64 { return v })
	}
	return mixes, nil
}

func ascending(v []float64, lo, hi float64) error {
	for i, x := range v {
		if !(x > lo && x < hi) || i > 0 && x < v[i-1] {
			return fmt.Errorf("%v do not ascend within (%v, %v): %w", v, lo, hi, lfb.ErrInvalid)
		}
	}
	return nil
}

// mix is a value between, or beyond, two heads: a·head[i] + b·head[i+1].
type mix struct {
	i    int
	a, b float64
}

// newMix places v among have, ascending, on the axis that both are put on.
func newMix(have []float64, v float64, axis func(float64) float64) mix {
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
	b := (axis(v) - axis(have[i])) / (axis(have[i+1]) - axis(have[i]))
	return mix{i: i, a: 1 - b, b: b}
}

func normalQuantile(p float64) float64 { return math.Sqrt2 * math.Erfinv(2*p-1) }

// predictMixed predicts every head, sorts each row's, and mixes them.
func predictMixed(dst []float64, x ml.Matrix, heads *predict.Predictor, mixes []mix,
	each func(float64) float64,
) ([]float64, error) {
	all, err := heads.Predict(nil, x)
	if err != nil {
		return nil, err
	}
	n := x.Rows()
	dst = ml.EnsureLength(dst, n*len(mixes))
	for i := range n {
		mixRow(dst[i*len(mixes):], all[i*len(all)/n:][:len(all)/n], mixes, each)
	}
	return dst, nil
}

// mixRow sorts a row's heads, after each of them, and writes their mixes, ascending
// whatever rounding does.
func mixRow(dst, row []float64, mixes []mix, each func(float64) float64) {
	if each != nil {
		for k := range row {
			row[k] = each(row[k])
		}
	}
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
