// Package catalog is the explicit list of candidates: name → recipe, and
// bytes → model. A new estimator is added in two places here, and nowhere else.
package catalog

import (
	"bytes"
	"encoding/json"
	"fmt"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/baseline"
	"lfb/internal/ml/gbdt"
	"lfb/internal/ml/linear"
	"lfb/internal/ml/randomforest"
)

// entry is one candidate by its default recipe.
type entry struct {
	name   string
	recipe func() ml.Estimator
}

// candidates is the list, in the order of leaderboards that tie.
func candidates() []entry {
	return []entry{
		{"baseline-mean", func() ml.Estimator { return &baseline.Recipe{Kind: baseline.Mean} }},
		{"baseline", func() ml.Estimator { return &baseline.Recipe{Kind: baseline.GroundMean} }},
		{"linear", func() ml.Estimator { return &linear.Recipe{} }},
		{"randomforest", func() ml.Estimator { return &randomforest.Recipe{} }},
		{"gbdt", func() ml.Estimator {
			return &gbdt.Recipe{Quantiles: []float64{ml.Q50, ml.Q90}, Thresholds: []float64{ml.Aim, ml.Limit}}
		}},
	}
}

// Names lists the candidates.
func Names() []string {
	var names []string
	for _, e := range candidates() {
		names = append(names, e.name)
	}
	return names
}

// Recipe returns the candidate's default recipe with override, JSON of some of
// its fields, put over it. An unknown name is lfb.ErrNotFound, an unknown field
// lfb.ErrInvalid.
func Recipe(name string, override json.RawMessage) (ml.Estimator, error) {
	for _, e := range candidates() {
		if e.name != name {
			continue
		}
		r := e.recipe()
		if len(override) == 0 {
			return r, nil
		}
		dec := json.NewDecoder(bytes.NewReader(override))
		dec.DisallowUnknownFields()
		if err := dec.Decode(r); err != nil {
			return nil, fmt.Errorf("recipe of %s: %w: %w", name, err, lfb.ErrInvalid)
		}
		return r, nil
	}
	return nil, fmt.Errorf("candidate %q of %v: %w", name, Names(), lfb.ErrNotFound)
}

// Describe is the JSON of a recipe, for the record.
func Describe(r ml.Estimator) (json.RawMessage, error) { return json.Marshal(r) }

// The tags of encoded models.
const (
	tagBaseline     = "baseline\n"
	tagLinear       = "linear\n"
	tagRandomForest = "randomforest\n"
	tagGBDT         = "gbdt\n"
)

// Encode is the model's bytes behind a tag that says whose they are.
func Encode(m ml.Model) ([]byte, error) {
	var tag string
	switch m.(type) {
	case *baseline.Model:
		tag = tagBaseline
	case *linear.Model:
		tag = tagLinear
	case *randomforest.Model:
		tag = tagRandomForest
	case *gbdt.Model:
		tag = tagGBDT
	default:
		return nil, fmt.Errorf("model %T: not in the catalog: %w", m, lfb.ErrInvalid)
	}
	body, err := m.MarshalBinary()
	return append([]byte(tag), body...), err
}

// Decode is the reverse of Encode. Bytes that it does not know are lfb.ErrInvalid.
func Decode(data []byte) (ml.Model, error) {
	tag, body, _ := bytes.Cut(data, []byte("\n"))
	switch string(tag) + "\n" {
	case tagBaseline:
		return decoded(baseline.Decode(body))
	case tagLinear:
		return decoded(linear.Decode(body))
	case tagRandomForest:
		return decoded(randomforest.Decode(body))
	case tagGBDT:
		return decoded(gbdt.Decode(body))
	}
	return nil, fmt.Errorf("model tag %.20q: %w", tag, lfb.ErrInvalid)
}

// decoded keeps a nil pointer from becoming a Model that is not nil.
func decoded[M ml.Model](m M, err error) (ml.Model, error) {
	if err != nil {
		return nil, err
	}
	return m, nil
}
