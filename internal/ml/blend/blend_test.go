package blend

import (
	"errors"
	"math"
	"slices"
	"testing"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/forest"
	"lfb/internal/ml/gbdt"
	"lfb/internal/ml/linear"
	"lfb/internal/ml/mltest"
)

func small() Recipe {
	return Recipe{
		GBDT:   gbdt.Recipe{Rounds: 30, LearningRate: 0.2, MinRows: 10, CatMinRows: 10, Quantiles: []float64{ml.Q50, ml.Q90}},
		Forest: forest.Recipe{Trees: 12},
		Linear: linear.Recipe{},
	}
}

func decode(b []byte) (ml.Model, error) {
	m, err := Decode(b)
	if err != nil {
		return nil, err
	}
	return m, nil
}

func TestConformance(t *testing.T) {
	t.Parallel()
	mltest.Run(t, small(), decode)
}

func FuzzDecodeModel(f *testing.F) { mltest.Fuzz(f, small(), decode) }

// TestWeights gives a validation that one member answers without error: with rows
// enough it gets all the weight; with few, the recipe's weights hold.
func TestWeights(t *testing.T) {
	t.Parallel()
	train := mltest.Sample(1, 1500)
	r := small()
	r.PriorRows = 1
	var models []ml.Model
	for _, m := range r.MemberRecipes() {
		one, err := m.Fit(t.Context(), train, ml.Set{}, ml.Options{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		models = append(models, one)
	}
	valid := mltest.Sample(2, 800)
	for k, name := range MemberNames() {
		var err error
		if valid.Y, err = models[k].Predict(nil, valid.X); err != nil {
			t.Fatal(err)
		}
		m, err := r.Combine(models, valid)
		if err != nil {
			t.Fatal(err)
		}
		if w := m.Weights(); w[k] < 0.95 {
			t.Errorf("weights %v where %s is always right, want it to have all", w, name)
		}
		stiff := r
		stiff.PriorRows = 1e8
		if m, err = stiff.Combine(models, valid); err != nil || !slices.Equal(m.Weights(), []float64{0.6, 0.2, 0.2}) {
			t.Errorf("weights %v against a strong prior, %v; want the recipe's", m.Weights(), err)
		}
	}
	none, err := r.Combine(models, ml.Set{})
	if err != nil || !slices.Equal(none.Weights(), []float64{0.6, 0.2, 0.2}) {
		t.Errorf("weights without validation = %v, %v; want the recipe's", none.Weights(), err)
	}
}

// TestCombineIsFit: members that are fitted already make the very same model.
func TestCombineIsFit(t *testing.T) {
	t.Parallel()
	train, valid, r := mltest.Sample(3, 600), mltest.Sample(4, 300), small()
	whole, err := r.Fit(t.Context(), train, valid, ml.Options{Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	var models []ml.Model
	for _, m := range r.MemberRecipes() {
		one, err := m.Fit(t.Context(), train, valid, ml.Options{Seed: 5})
		if err != nil {
			t.Fatal(err)
		}
		models = append(models, one)
	}
	parts, err := r.Combine(models, valid)
	if err != nil {
		t.Fatal(err)
	}
	a, err := whole.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	b, err := parts.MarshalBinary()
	if err != nil || !slices.Equal(a, b) {
		t.Errorf("Combine makes %d bytes that differ from Fit's %d, %v", len(b), len(a), err)
	}
}

func TestRefuses(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Recipe){
		"two weights":  func(r *Recipe) { r.Weights = []float64{0.5, 0.5} },
		"negative":     func(r *Recipe) { r.Weights = []float64{1.2, -0.1, -0.1} },
		"sum of 2":     func(r *Recipe) { r.Weights = []float64{1, 1, 0} },
		"NaN":          func(r *Recipe) { r.Weights = []float64{math.NaN(), 0, 1} },
		"prior":        func(r *Recipe) { r.PriorRows = -1 },
		"member":       func(r *Recipe) { r.GBDT.Leaves = -3 },
		"no quantiles": func(r *Recipe) { r.GBDT.Quantiles = nil },
	} {
		r := small()
		change(&r)
		if _, err := r.Fit(t.Context(), mltest.Sample(1, 200), ml.Set{}, ml.Options{}); !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("%s: Fit = %v, want lfb.ErrInvalid", name, err)
		}
	}
}
