package blend

import (
	"fmt"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/forest"
	"lfb/internal/ml/gbdt"
	"lfb/internal/ml/linear"
	"lfb/internal/ml/tree"
)

const modelMagic = "lfb.blend.1\n"

// memberModel is what a model must be able to answer to be part of a blend.
type memberModel interface {
	ml.Model
	ml.Quantiles
	ml.Contributions
	ml.Importances
}

// Model is a fitted blend. It implements ml.Model, ml.Quantiles, ml.Contributions
// and ml.Importances.
type Model struct {
	weights []float64
	members []memberModel
}

func newModel(weights []float64, models []ml.Model) (*Model, error) {
	if err := checkWeights(weights); err != nil {
		return nil, err
	}
	m := &Model{weights: weights}
	for k, one := range models {
		full, ok := one.(memberModel)
		if !ok {
			return nil, fmt.Errorf("blend: %s, a %T, lacks quantiles, contributions or importances: %w", MemberNames()[k], one,
				lfb.ErrInvalid)
		}
		m.members = append(m.members, full)
	}
	if len(m.members) != len(weights) {
		return nil, fmt.Errorf("blend: %d members for %d weights: %w", len(m.members), len(weights), lfb.ErrInvalid)
	}
	return m, nil
}

// Weights are the members' weights, in the order of MemberNames.
func (m *Model) Weights() []float64 { return append([]float64(nil), m.weights...) }

// Members are the members' models, in the order of MemberNames.
func (m *Model) Members() []ml.Model {
	out := make([]ml.Model, len(m.members))
	for k, one := range m.members {
		out[k] = one
	}
	return out
}

// Predict answers the weighted mean. See ml.Model.
func (m *Model) Predict(dst []float64, x ml.Matrix) ([]float64, error) {
	return m.averageMembers(dst, x.Rows(), func(k int, dst []float64) ([]float64, error) {
		return m.members[k].Predict(dst, x)
	})
}

// PredictQuantiles answers the weighted mean of the members' quantiles. See ml.Quantiles.
func (m *Model) PredictQuantiles(dst []float64, x ml.Matrix, q []float64) ([]float64, error) {
	return m.averageQuantiles(dst, x, q, func(k int, dst []float64) ([]float64, error) {
		return m.members[k].PredictQuantiles(dst, x, q)
	})
}

func (m *Model) averageQuantiles(dst []float64, x ml.Matrix, q []float64,
	ask func(k int, dst []float64) ([]float64, error),
) ([]float64, error) {
	dst, err := m.averageMembers(dst, x.Rows()*len(q), ask)
	for i := 1; i < len(dst); i++ {
		if i%len(q) != 0 {
			dst[i] = max(dst[i], dst[i-1]) // whatever rounding does
		}
	}
	return dst, err
}

// PredictJoint answers both, asking a member once where it can; it has no
// probabilities. See ml.JointPredictor.
func (m *Model) PredictJoint(dst ml.JointPrediction, x ml.Matrix, q, t []float64) (ml.JointPrediction, error) {
	if len(t) > 0 {
		return ml.JointPrediction{}, fmt.Errorf("blend: probabilities: %w", lfb.ErrInvalid)
	}
	var err error
	said := make([]ml.JointPrediction, len(m.members))
	for k, one := range m.members {
		if said[k], err = ml.PredictJoint(one, said[k], x, q, nil); err != nil {
			return ml.JointPrediction{}, err
		}
	}
	dst.Mean, _ = m.averageMembers(dst.Mean, x.Rows(), func(k int, _ []float64) ([]float64, error) {
		return said[k].Mean, nil
	})
	dst.Quantiles, _ = m.averageQuantiles(dst.Quantiles, x, q, func(k int, _ []float64) ([]float64, error) {
		return said[k].Quantiles, nil
	})
	dst.Probabilities = dst.Probabilities[:0]
	return dst, nil
}

// PredictContributions answers the weighted mean of the members'. See ml.Contributions.
func (m *Model) PredictContributions(dst []float64, x ml.Matrix) ([]float64, error) {
	return m.averageMembers(dst, x.Rows()*(x.Width()+1), func(k int, dst []float64) ([]float64, error) {
		return m.members[k].PredictContributions(dst, x)
	})
}

// averageMembers writes the members' weighted sum to dst. Members without weight are asked too:
// they also refuse rows of the wrong width.
func (m *Model) averageMembers(dst []float64, n int, ask func(k int,
	dst []float64) ([]float64, error),
) ([]float64, error) {
	dst = ml.EnsureLength(dst, n)
	clear(dst)
	var part []float64
	for k, w := range m.weights {
		var err error
		if part, err = ask(k, part); err != nil {
			return nil, err
		}
		for i, v := range part {
			dst[i] += float64(w * v)
		}
	}
	return dst, nil
}

// Importance is the members' shares of gain and of splits, weighted. See ml.Importances.
func (m *Model) Importance() (gain, splits []float64) {
	for k, w := range m.weights {
		g, s := m.members[k].Importance()
		gain, splits = addShares(gain, g, w), addShares(splits, s, w)
	}
	return gain, splits
}

func addShares(dst, v []float64, w float64) []float64 {
	if dst == nil {
		dst = make([]float64, len(v))
	}
	var sum float64
	for _, x := range v {
		sum += x
	}
	for j, x := range v {
		if sum > 0 {
			dst[j] += w * x / sum
		}
	}
	return dst
}

// MarshalBinary meets ml.Model.
func (m *Model) MarshalBinary() ([]byte, error) {
	var w tree.ModelWriter
	w.WriteFloats(m.weights)
	for k, one := range m.members {
		b, err := one.MarshalBinary()
		if err != nil {
			return nil, fmt.Errorf("encode blend: %s: %w", MemberNames()[k], err)
		}
		w.WriteBytes(b)
	}
	return w.Seal(modelMagic), nil
}

// Decode reads what MarshalBinary wrote. Other bytes give lfb.ErrInvalid.
func Decode(data []byte) (*Model, error) {
	r, err := tree.OpenModel(data, modelMagic)
	if err != nil {
		return nil, err
	}
	weights := r.ReadFloats()
	parts := make([][]byte, len(MemberNames()))
	for k := range parts {
		parts[k] = r.ReadBytes()
	}
	if err := r.Close(); err != nil {
		return nil, fmt.Errorf("decode blend: %w", err)
	}
	boosted, err := gbdt.Decode(parts[0])
	if err != nil {
		return nil, fmt.Errorf("decode blend: %w", err)
	}
	trees, err := forest.Decode(parts[1])
	if err != nil {
		return nil, fmt.Errorf("decode blend: %w", err)
	}
	line, err := linear.Decode(parts[2])
	if err != nil {
		return nil, fmt.Errorf("decode blend: %w", err)
	}
	return newModel(weights, []ml.Model{boosted, trees, line})
}
