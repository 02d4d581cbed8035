package activities

import (
	"context"
	"encoding/json"

	"lfb/internal/bundle"
	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/blend"
)

// Members names the candidates that in is made of; none for most. Workflows fit those
// first.
func Members(in TrainInput) []string {
	if in.CatalogName() != "blend" {
		return nil
	}
	return blend.MemberNames()
}

// Priority is how soon a candidate should begin where workers are fewer than
// candidates, from 1 (first) to 5; 3 is Temporal's own. The cheapest come first, so that
// none waits minutes for a worker that it needs for a moment; then what a blend waits for.
func Priority(in TrainInput) int {
	name := in.CatalogName()
	_, elsewhere := lfb.ExternalName(name) // which costs our workers little
	switch {
	case IsBaseline(name), name == "blend": // whose members are fitted by then
		return 1
	case name == "linear", elsewhere:
		return 2
	case name == "gbdt", name == "forest":
		return 3
	}
	return 4
}

// members are the bundles of a blend's members; empty where they have to be fitted.
type members []*bundle.Bundle

// findMembers finds what earlier steps fitted of a blend's members on the same rows, with
// the same seed and the same recipes: the blend is the same bytes either way, and
// costs nothing. Where one is missing, all are fitted again.
func (a *Activities) findMembers(ctx context.Context, in TrainInput, recipe ml.Estimator) (members, error) {
	r, ok := recipe.(blend.Recipe)
	if !ok {
		return nil, nil
	}
	var found members
	for k, m := range r.MemberRecipes() {
		in.Candidate = blend.MemberNames()[k]
		key, err := newTrainKey(in, m)
		if err != nil {
			return nil, err
		}
		at, err := stepTrain.keyFor(key)
		if err != nil {
			return nil, err
		}
		body, ok, err := recallStep(ctx, a.Blobs, at)
		if err != nil || !ok {
			return nil, err
		}
		var made TrainResult
		if err := json.Unmarshal(body, &made); err != nil {
			return nil, err
		}
		b, err := bundle.Read(ctx, a.Blobs, made.Bundle)
		if err != nil {
			return nil, err
		}
		found = append(found, b)
	}
	return found, nil
}

// headModels is the members' models of one head, nil where one has no such head.
func (m members) headModels(target string, v feature.Variant) []ml.Model {
	var out []ml.Model
	for _, b := range m {
		h := b.Head(target, v)
		if h == nil {
			return nil
		}
		out = append(out, h.Model.Model())
	}
	return out
}
