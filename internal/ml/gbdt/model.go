package gbdt

import (
	"encoding/json"
	"fmt"
	"slices"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/tree"
)

// Model is what Recipe.Fit learned: one ensemble for the mean, one for each
// quantile and one for each threshold. It is immutable.
type Model struct {
	recipe     Recipe
	mean       *tree.Ensemble
	quantiles  []*tree.Ensemble
	thresholds []*tree.Ensemble
}

// newModel makes a Model from the heads' trees, in the order of Recipe.heads.
func newModel(r Recipe, schema *ml.Schema, heads [][]tree.Tree) (*Model, error) {
	m := &Model{recipe: r}
	for k, trees := range heads {
		e, err := tree.NewEnsemble(schema, trees, false)
		if err != nil {
			return nil, fmt.Errorf("gbdt head %d: %w", k, err)
		}
		m.add(e)
	}
	tree.Share(m.Heads())
	return m, nil
}

// add puts the next head where it belongs.
func (m *Model) add(e *tree.Ensemble) {
	switch {
	case m.mean == nil:
		m.mean = e
	case len(m.quantiles) < len(m.recipe.Quantiles):
		m.quantiles = append(m.quantiles, e)
	default:
		m.thresholds = append(m.thresholds, e)
	}
}

// Recipe is what the model was fitted with.
func (m *Model) Recipe() Recipe { return m.recipe }

// Schema describes the columns that the model was trained on.
func (m *Model) Schema() *ml.Schema { return m.mean.Schema }

// Mean is the ensemble behind Predict: what the text formats export.
func (m *Model) Mean() *tree.Ensemble { return m.mean }

// Heads are all ensembles: the mean's, then one a quantile, then one a threshold.
func (m *Model) Heads() []*tree.Ensemble {
	return slices.Concat([]*tree.Ensemble{m.mean}, m.quantiles, m.thresholds)
}

// Predict meets ml.Model.
func (m *Model) Predict(dst []float64, x ml.Matrix) ([]float64, error) {
	return m.mean.Predict(dst, x)
}

// PredictContributions meets ml.Contributions, for the mean.
func (m *Model) PredictContributions(dst []float64, x ml.Matrix) ([]float64, error) {
	return m.mean.PredictContributions(dst, x)
}

// Importance meets ml.Importances, for the mean.
func (m *Model) Importance() (gain, splits []float64) {
	width := m.mean.Schema.Width()
	gain, splits = make([]float64, width), make([]float64, width)
	m.mean.Importance(gain, splits)
	return gain, splits
}

const modelMagic = "lfb.gbdt.1\n"

// MarshalBinary meets ml.Model.
func (m *Model) MarshalBinary() ([]byte, error) {
	recipe, err := json.Marshal(m.recipe)
	if err != nil {
		return nil, fmt.Errorf("gbdt recipe: %w", err)
	}
	var w tree.Writer
	w.Raw(recipe)
	w.Schema(m.mean.Schema)
	for _, e := range m.Heads() {
		w.Ensemble(e)
	}
	return w.Seal(modelMagic), nil
}

// Decode reads what MarshalBinary wrote. Other bytes give lfb.ErrInvalid.
func Decode(data []byte) (*Model, error) {
	r, err := tree.Open(data, modelMagic)
	if err != nil {
		return nil, err
	}
	m := &Model{}
	if err := json.Unmarshal(r.Raw(), &m.recipe); err != nil {
		return nil, fmt.Errorf("gbdt recipe: %w: %w", err, lfb.ErrInvalid)
	}
	if err := m.recipe.Check(); err != nil {
		return nil, err
	}
	schema := r.Schema()
	if err := r.Err(); err != nil {
		return nil, err
	}
	if err := tree.CheckSchema(schema); err != nil {
		return nil, err
	}
	for k := range len(m.recipe.heads()) {
		e, err := r.Ensemble(schema)
		if err != nil {
			return nil, fmt.Errorf("gbdt head %d: %w", k, err)
		}
		m.add(e)
	}
	tree.Share(m.Heads())
	return m, r.Close()
}
