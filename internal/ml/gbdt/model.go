package gbdt

import (
	"encoding/json"
	"fmt"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/tree"
	"lfb/internal/ml/tree/explain"
	"lfb/internal/ml/tree/predict"
)

// Model is what Recipe.Fit learned: one ensemble for the mean and one for each
// quantile. It is immutable.
type Model struct {
	recipe Recipe
	heads  []*tree.Ensemble // the mean's, then one a quantile
	// Of all heads, of the mean's, of those of the quantiles.
	all, mean, quantiles *predict.Predictor
	explainer            *explain.Explainer
}

// newModel makes a Model from the heads' trees, in the order of Recipe.objectives.
func newModel(r Recipe, schema *ml.Schema, heads [][]tree.Tree) (*Model, error) {
	m := &Model{recipe: r}
	for k, trees := range heads {
		e, err := tree.NewEnsemble(schema, trees, false)
		if err != nil {
			return nil, fmt.Errorf("gbdt head %d: %w", k, err)
		}
		m.heads = append(m.heads, e)
	}
	m.prepare()
	return m, nil
}

// FromTrees makes a Model of sums of trees that another program boosted, or averaged: those
// of the mean, then those of each of quantiles. Trees that cannot be walked, and quantiles
// that do not ascend in (0, 1), give lfb.ErrInvalid.
func FromTrees(schema *ml.Schema, quantiles []float64, heads ...[]tree.Tree) (*Model, error) {
	r := Recipe{Quantiles: quantiles}
	if err := r.checkHeads(); err != nil {
		return nil, err
	}
	if len(heads) != 1+len(quantiles) {
		return nil, fmt.Errorf("gbdt of %d heads for %d quantiles: %w", len(heads), len(quantiles), lfb.ErrInvalid)
	}
	return newModel(r, schema, heads)
}

// prepare makes what predicts and explains of the heads.
func (m *Model) prepare() {
	m.all = predict.New(m.heads...)
	m.mean, m.quantiles = m.all.SliceEnsembles(0, 1), m.all.SliceEnsembles(1, len(m.heads))
	m.explainer = explain.New(m.heads[0])
}

// Recipe is what the model was fitted with.
func (m *Model) Recipe() Recipe { return m.recipe }

// FoundRounds is how many trees each head has: what stopping by validation found.
func (m *Model) FoundRounds() []int {
	out := make([]int, len(m.heads))
	for k, e := range m.heads {
		out[k] = len(e.Trees)
	}
	return out
}

// Schema describes the columns that the model was trained on.
func (m *Model) Schema() *ml.Schema { return m.heads[0].Schema }

// Mean is the ensemble behind Predict: what the text formats export.
func (m *Model) Mean() *tree.Ensemble { return m.heads[0] }

// Heads are all ensembles: the mean's, then one a quantile.
func (m *Model) Heads() []*tree.Ensemble { return m.heads }

// Predict meets ml.Model.
func (m *Model) Predict(dst []float64, x ml.Matrix) ([]float64, error) {
	return m.mean.Predict(dst, x)
}

// PredictContributions meets ml.Contributions, for the mean.
func (m *Model) PredictContributions(dst []float64, x ml.Matrix) ([]float64, error) {
	return m.explainer.PredictContributions(dst, x)
}

// Importance meets ml.Importances, for the mean.
func (m *Model) Importance() (gain, splits []float64) { return m.heads[0].Importance() }

const modelMagic = "lfb.gbdt.1\n"

// MarshalBinary meets ml.Model.
func (m *Model) MarshalBinary() ([]byte, error) {
	recipe, err := json.Marshal(m.recipe)
	if err != nil {
		return nil, fmt.Errorf("gbdt recipe: %w", err)
	}
	var w tree.ModelWriter
	w.WriteBytes(recipe)
	w.WriteSchema(m.Schema())
	for _, e := range m.heads {
		w.WriteEnsemble(e)
	}
	return w.Seal(modelMagic), nil
}

// Decode reads what MarshalBinary wrote. Other bytes give lfb.ErrInvalid.
func Decode(data []byte) (*Model, error) {
	r, err := tree.OpenModel(data, modelMagic)
	if err != nil {
		return nil, err
	}
	m := &Model{}
	if err := json.Unmarshal(r.ReadBytes(), &m.recipe); err != nil {
		return nil, fmt.Errorf("gbdt recipe: %w: %w", err, lfb.ErrInvalid)
	}
	if err := m.recipe.Check(); err != nil {
		return nil, err
	}
	schema := r.ReadSchema()
	if err := r.Err(); err != nil {
		return nil, err
	}
	if err := tree.CheckSchema(schema); err != nil {
		return nil, err
	}
	for k := range 1 + len(m.recipe.Quantiles) {
		e, err := r.ReadEnsemble(schema)
		if err != nil {
			return nil, fmt.Errorf("gbdt head %d: %w", k, err)
		}
		m.heads = append(m.heads, e)
	}
	m.prepare()
	return m, r.Close()
}
