package lightgbm

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/tree"
	"lfb/internal/ml/tree/explain"
	"lfb/internal/ml/tree/predict"
)

// Objectives, as LightGBM names them, that this project trains.
const (
	Regression = "regression"
	L1         = "regression_l1"
	Huber      = "huber"
	Quantile   = "quantile"
)

// Model is a model that Read read. It is immutable.
type Model struct {
	ensemble  *tree.Ensemble
	predictor *predict.Predictor
	explainer *explain.Explainer
	options   Options
	transform transform
	counted   bool // every leaf and node knows its rows: contributions need them
}

// transform is what LightGBM does to the sum of the trees.
type transform int

const (
	identity transform = iota
	square             // sign(v)·v²: reg_sqrt
	exponent           // e^v
)

// parseObjective reads the objective line. An empty one is a custom objective,
// whose answers are the sum of the trees.
func parseObjective(objective string) (transform, error) {
	words := strings.Fields(objective)
	if len(words) == 0 {
		return identity, nil
	}
	switch words[0] {
	case Regression, L1, Huber, Quantile, "fair", "mape":
		if slices.Contains(words[1:], "sqrt") {
			return square, nil
		}
		return identity, nil
	case "poisson", "gamma", "tweedie":
		return exponent, nil
	}
	return identity, fmt.Errorf("objective %.40q is not a regression: %w", objective, lfb.ErrInvalid)
}

func (t transform) apply(dst []float64) {
	for i, v := range dst {
		switch t {
		case square:
			dst[i] = math.Copysign(v*v, v)
		case exponent:
			dst[i] = math.Exp(v)
		}
	}
}

// Mean is the ensemble behind Predict, before the objective's transformation.
func (m *Model) Mean() *tree.Ensemble { return m.ensemble }

// Schema describes the columns: names, and categories where there are any.
func (m *Model) Schema() *ml.Schema { return m.ensemble.Schema }

// Options are what the file says beside its trees: Write takes them again.
func (m *Model) Options() Options { return m.options }

// Predict meets ml.Model; the values are those of Booster.predict.
func (m *Model) Predict(dst []float64, x ml.Matrix) ([]float64, error) {
	dst, err := m.predictor.Predict(dst, x)
	if err == nil && m.transform != identity {
		m.transform.apply(dst)
	}
	return dst, err
}

// PredictContributions meets ml.Contributions. It gives lfb.ErrInvalid where the
// file counts no rows, and where the objective transforms the sum. Of an averaged
// model LightGBM's own pred_contrib is the sum over the trees; this is the mean,
// so that it adds up to the prediction.
func (m *Model) PredictContributions(dst []float64, x ml.Matrix) ([]float64, error) {
	if !m.counted || m.transform != identity {
		return nil, fmt.Errorf("contributions of objective %q, rows counted %v: %w",
			m.options.Objective, m.counted, lfb.ErrInvalid)
	}
	return m.explainer.PredictContributions(dst, x)
}

// Importance meets ml.Importances.
func (m *Model) Importance() (gain, splits []float64) { return m.ensemble.Importance() }

// MarshalBinary meets ml.Model: the bytes are a text model, which Read decodes.
func (m *Model) MarshalBinary() ([]byte, error) {
	var b bytes.Buffer
	if err := Write(&b, m.ensemble, m.options); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// hasCounts reports whether every node and leaf of the trees counts rows that add up.
func hasCounts(trees []tree.Tree) bool {
	for i := range trees {
		t := &trees[i]
		count := func(child int32) int64 {
			if child < 0 {
				return int64(t.LeafCount[^child])
			}
			return int64(t.InternalCount[child])
		}
		for k, n := range t.InternalCount {
			l, r := count(t.Left[k]), count(t.Right[k])
			if l <= 0 || r <= 0 || l+r != int64(n) {
				return false
			}
		}
	}
	return true
}
