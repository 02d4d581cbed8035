package forest

import (
	"encoding/json"
	"fmt"
	"math"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/tree"
	"lfb/internal/ml/tree/explain"
	"lfb/internal/ml/tree/predict"
)

// Model is what Recipe.Fit learned. It is immutable.
type Model struct {
	recipe    Recipe
	ensemble  *tree.Ensemble
	predictor *predict.Predictor
	explainer *explain.Explainer
	book      targetCodebook
	samples   [][]uint16 // by tree, leaf by leaf
	offsets   [][]uint32 // by tree: where each leaf's samples begin, and the end
	each      []float64  // what a sample weighs, by how many its leaf has
	oobRMSE   float64
}

func newModel(r Recipe, schema *ml.Schema, trees []grownTree, book targetCodebook, oobRMSE float64) (*Model, error) {
	m := &Model{recipe: r, book: book, oobRMSE: oobRMSE}
	plain := make([]tree.Tree, len(trees))
	perLeaf := r.withDefaults().LeafSamples
	for i, g := range trees {
		plain[i] = g.tree
		offsets := make([]uint32, 1, g.tree.NumLeaves()+1)
		for _, n := range g.tree.LeafCount {
			offsets = append(offsets, offsets[len(offsets)-1]+uint32(min(int(n), perLeaf)))
		}
		m.samples, m.offsets = append(m.samples, g.samples), append(m.offsets, offsets)
	}
	m.each = make([]float64, perLeaf+1)
	for n := range m.each {
		m.each[n] = 1 / float64(len(trees)) / float64(n)
	}
	var err error
	if m.ensemble, err = tree.NewEnsemble(schema, plain, true); err != nil {
		return nil, fmt.Errorf("forest: %w", err)
	}
	m.predictor, m.explainer = predict.New(m.ensemble), explain.New(m.ensemble)
	return m, nil
}

// Recipe is what the model was fitted with.
func (m *Model) Recipe() Recipe { return m.recipe }

// Schema describes the columns that the model was trained on.
func (m *Model) Schema() *ml.Schema { return m.ensemble.Schema }

// Mean is the ensemble behind Predict: what the text formats export.
func (m *Model) Mean() *tree.Ensemble { return m.ensemble }

// OutOfBag is the RMSE, in seconds, of each row's prediction by the trees that
// were not given it, over up to 50,000 rows; NaN where there was no such row.
func (m *Model) OutOfBag() float64 { return m.oobRMSE }

// Predict meets ml.Model.
func (m *Model) Predict(dst []float64, x ml.Matrix) ([]float64, error) {
	return m.predictor.Predict(dst, x)
}

// PredictContributions meets ml.Contributions.
func (m *Model) PredictContributions(dst []float64, x ml.Matrix) ([]float64, error) {
	return m.explainer.PredictContributions(dst, x)
}

// Importance meets ml.Importances.
func (m *Model) Importance() (gain, splits []float64) { return m.ensemble.Importance() }

const modelMagic = "lfb.forest.1\n"

// MarshalBinary meets ml.Model.
func (m *Model) MarshalBinary() ([]byte, error) {
	recipe, err := json.Marshal(m.recipe)
	if err != nil {
		return nil, fmt.Errorf("forest recipe: %w", err)
	}
	var w tree.ModelWriter
	w.WriteBytes(recipe)
	w.WriteSchema(m.ensemble.Schema)
	w.WriteFloat(m.oobRMSE)
	w.WriteFloats(m.book)
	trees := make([]grownTree, len(m.samples))
	for i := range trees {
		trees[i] = grownTree{m.ensemble.Trees[i], m.samples[i]}
	}
	writeTrees(&w, trees, m.ensemble.Schema.Width())
	return w.Seal(modelMagic), nil
}

// Decode reads what MarshalBinary wrote. Other bytes give lfb.ErrInvalid.
func Decode(data []byte) (*Model, error) {
	r, err := tree.OpenModel(data, modelMagic)
	if err != nil {
		return nil, err
	}
	var recipe Recipe
	if err := json.Unmarshal(r.ReadBytes(), &recipe); err != nil {
		return nil, fmt.Errorf("forest recipe: %w: %w", err, lfb.ErrInvalid)
	}
	if err := recipe.Check(); err != nil {
		return nil, err
	}
	schema := r.ReadSchema()
	oob, book := r.ReadFloat(), targetCodebook(r.ReadFloats())
	if err := r.Err(); err != nil {
		return nil, err
	}
	if err := checkBook(schema, book); err != nil {
		return nil, err
	}
	trees, err := readTrees(r, schema.Width(), recipe.withDefaults().LeafSamples, len(book))
	if err != nil {
		return nil, err
	}
	if err := r.Close(); err != nil {
		return nil, err
	}
	return newModel(recipe, schema, trees, book, oob)
}

func checkBook(schema *ml.Schema, book targetCodebook) error {
	if err := tree.CheckSchema(schema); err != nil {
		return err
	}
	if len(book) == 0 || len(book) > maxCodes {
		return fmt.Errorf("codebook of %d targets: %w", len(book), lfb.ErrInvalid)
	}
	for i, v := range book {
		if math.IsNaN(v) || math.IsInf(v, 0) || i > 0 && v <= book[i-1] {
			return fmt.Errorf("codebook target %d: %v: %w", i, v, lfb.ErrInvalid)
		}
	}
	return nil
}
