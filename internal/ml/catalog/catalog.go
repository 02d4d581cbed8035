package catalog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/baseline"
	"lfb/internal/ml/blend"
	"lfb/internal/ml/forest"
	"lfb/internal/ml/gbdt"
	"lfb/internal/ml/linear"
	"lfb/internal/ml/randomforest"
)

// candidates lists what can be trained by name, with its default recipe, the
// baselines first. A function, so that no caller can change another's defaults.
func candidates() []candidate {
	return []candidate{
		entry("baseline", "baseline", baseline.Recipe{Kind: baseline.GroundMean}),
		entry("baseline-mean", "baseline", baseline.Recipe{Kind: baseline.Mean}),
		entry("baseline-median", "baseline", baseline.Recipe{Kind: baseline.GroundMedian}),
		entry("linear", "linear", linear.Recipe{}),
		entry(randomforest.Name, "randomforest", randomforest.Recipe{}),
		entry("forest", "forest", trees()),
		entry("gbdt", "gbdt", boosting()),
		entry("blend", "blend", blend.Recipe{GBDT: boosting(), Forest: trees(), Linear: linear.Recipe{}}),
	}
}

// external stands for all candidates that programs elsewhere fit.
func external() candidate { return entry("external", "external", External{}) }

// trees is a forest whose size is bounded. A tree draws half as many rows as there
// are: no worse than as many (docs/MODELS.md), and done in half the time.
func trees() forest.Recipe {
	return forest.Recipe{Trees: 100, MinRows: 10, MinShare: 1.0 / 5000, RowFraction: 0.5}
}

// boosting was chosen on rolling months before the hold-out (docs/MODELS.md):
// small trees of well-filled leaves, many of them, each on some rows and columns.
func boosting() gbdt.Recipe {
	r := gbdt.Default()
	r.Rounds, r.LearningRate, r.Leaves, r.Patience = 350, 0.04, 15, 50
	r.MinRows, r.L2, r.CatSmooth = 60, 10, 30
	r.RowFraction, r.ColumnFraction = 0.7, 0.4
	return r
}

// kinds lists the models that can be stored, by the tag before their bytes.
func kinds() []kind {
	return []kind{
		stored("baseline", baseline.Decode),
		stored("linear", linear.Decode),
		stored("randomforest", randomforest.Decode),
		stored("forest", forest.Decode),
		stored("gbdt", gbdt.Decode),
		stored("blend", blend.Decode),
	}
}

// candidate is a name with how to make its recipe.
type candidate struct {
	name  string
	tag   string // of its models, see kinds
	owns  func(ml.Estimator) bool
	build func(overrides []json.RawMessage) (ml.Estimator, error)
}

// checked is a recipe that can be refused before it meets data.
type checked interface {
	ml.Estimator
	Check() error
}

// entry makes a candidate of a default recipe, whose JSON fields can be overridden.
func entry[R checked](name, tag string, recipe R) candidate {
	owns := func(e ml.Estimator) bool { _, ok := e.(R); return ok }
	return candidate{name: name, tag: tag, owns: owns, build: func(overrides []json.RawMessage) (ml.Estimator, error) {
		r := recipe
		for _, o := range overrides {
			if err := apply(o, &r); err != nil {
				return nil, fmt.Errorf("recipe %s: override %.200s: %w: %w", name, o, err, lfb.ErrInvalid)
			}
		}
		if err := r.Check(); err != nil {
			return nil, fmt.Errorf("recipe %s: %w", name, err)
		}
		return r, nil
	}}
}

// apply decodes strictly: a misspelt field would silently train the default.
func apply(override json.RawMessage, recipe any) error {
	if len(override) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(override))
	d.DisallowUnknownFields()
	if err := d.Decode(recipe); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("more than one JSON value")
	}
	return nil
}

// TakesSent reports whether a recipe is also fitted with the station that the engine
// was sent from: the baselines could not use it, and the adapter of randomforest,
// the slowest of all, would cost more than it is worth.
func TakesSent(recipe ml.Estimator) bool {
	switch recipe.(type) {
	case baseline.Recipe, randomforest.Recipe:
		return false
	}
	return true
}

// FixFound returns the recipe with what validation found when m was fitted by it: the trees of each ensemble, the
// penalty, the weights of a blend. Fitted without validation it makes a model of that size and mix from other rows.
// A model of another recipe gives lfb.ErrInvalid.
func FixFound(recipe ml.Estimator, m ml.Model) (ml.Estimator, error) {
	switch r := recipe.(type) {
	case gbdt.Recipe:
		if fitted, ok := m.(*gbdt.Model); ok {
			r.HeadRounds = fitted.FoundRounds()
			return r, nil
		}
	case linear.Recipe:
		if fitted, ok := m.(*linear.Model); ok {
			r.Lambda = fitted.Lambda()
			return r, nil
		}
	case blend.Recipe:
		if fitted, ok := m.(*blend.Model); ok {
			members := fitted.Members()
			boosted, err := FixFound(r.GBDT, members[0])
			if err != nil {
				return nil, err
			}
			line, err := FixFound(r.Linear, members[2])
			if err != nil {
				return nil, err
			}
			r.GBDT, r.Linear, r.Weights = boosted.(gbdt.Recipe), line.(linear.Recipe), fitted.Weights()
			return r, nil
		}
	default: // nothing of it is found by validation
		return recipe, nil
	}
	return nil, fmt.Errorf("a %T is no model of a %T: %w", m, recipe, lfb.ErrInvalid)
}

// Names lists the candidates, the baselines first.
func Names() []string {
	var out []string
	for _, c := range candidates() {
		out = append(out, c.name)
	}
	return out
}

// Recipe returns the named candidate's recipe: its default with the fields that each
// of overrides, a JSON object or empty, names. An unknown name, an unknown field or a
// value out of bounds gives lfb.ErrInvalid.
func Recipe(name string, overrides ...json.RawMessage) (ml.Estimator, error) {
	for _, c := range candidates() {
		if c.name == name {
			return c.build(overrides)
		}
	}
	if _, ok := lfb.ExternalName(name); ok {
		return external().build(overrides)
	}
	return nil, fmt.Errorf("candidate %q, not one of %v: %w", name, Names(), lfb.ErrInvalid)
}

// Describe returns a recipe as JSON, for a model's card: its estimator and its
// parameters, those at zero left out as they stand for a default. The parameters are
// a valid override of any candidate of that estimator.
func Describe(recipe ml.Estimator) (json.RawMessage, error) {
	for _, c := range append(candidates(), external()) {
		if !c.owns(recipe) {
			continue
		}
		b, err := json.Marshal(struct {
			Estimator  string       `json:"estimator"`
			Parameters ml.Estimator `json:"parameters"`
		}{c.tag, recipe})
		if err != nil {
			return nil, fmt.Errorf("describe %s: %w: %w", c.tag, err, lfb.ErrInvalid)
		}
		return b, nil
	}
	return nil, fmt.Errorf("describe %T: not in the catalog: %w", recipe, lfb.ErrInvalid)
}
