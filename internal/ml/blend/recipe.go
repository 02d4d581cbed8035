package blend

import (
	"context"
	"fmt"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/forest"
	"lfb/internal/ml/gbdt"
	"lfb/internal/ml/linear"
)

// MemberNames are the members, in their order everywhere.
func MemberNames() []string { return []string{"gbdt", "forest", "linear"} }

// Recipe is how to fit a blend.
type Recipe struct {
	GBDT   gbdt.Recipe   `json:"gbdt"`
	Forest forest.Recipe `json:"forest"`
	Linear linear.Recipe `json:"linear"`
	// Weights are what validation's are drawn to, by member; none is 0.6, 0.2, 0.2.
	Weights []float64 `json:"weights,omitempty"`
	// PriorRows is how many rows the recipe's weights count for; 0 = 2000.
	PriorRows float64 `json:"prior_rows,omitempty"`
}

func (r Recipe) withDefaults() Recipe {
	if len(r.Weights) == 0 {
		r.Weights = []float64{0.6, 0.2, 0.2}
	}
	if r.PriorRows == 0 {
		r.PriorRows = 2000
	}
	return r
}

// Check returns lfb.ErrInvalid naming the first field that no fit can use.
func (r Recipe) Check() error {
	for _, m := range []interface{ Check() error }{r.GBDT, r.Forest, r.Linear} {
		if err := m.Check(); err != nil {
			return fmt.Errorf("blend recipe: %w", err)
		}
	}
	if len(r.GBDT.Quantiles) == 0 {
		return fmt.Errorf("blend recipe: gbdt has no quantiles: %w", lfb.ErrInvalid)
	}
	r = r.withDefaults()
	if err := checkWeights(r.Weights); err != nil {
		return fmt.Errorf("blend recipe: %w", err)
	}
	if !(r.PriorRows > 0 && r.PriorRows <= 1e9) {
		return fmt.Errorf("blend recipe: prior_rows %v is not within 0 … 1e9: %w", r.PriorRows, lfb.ErrInvalid)
	}
	return nil
}

// checkWeights holds that w is one weight a member, none negative, of sum 1.
func checkWeights(w []float64) error {
	var sum float64
	for _, v := range w {
		if !(v >= 0 && v <= 1) {
			return fmt.Errorf("weights %v are not within 0 … 1: %w", w, lfb.ErrInvalid)
		}
		sum += v
	}
	if len(w) != len(MemberNames()) || sum < 1-1e-9 || sum > 1+1e-9 {
		return fmt.Errorf("weights %v are not %d of sum 1: %w", w, len(MemberNames()), lfb.ErrInvalid)
	}
	return nil
}

// MemberRecipes are the recipes of the members.
func (r Recipe) MemberRecipes() []ml.Estimator { return []ml.Estimator{r.GBDT, r.Forest, r.Linear} }

// memberUnits is what a member counts for in the progress, whatever its own units.
const memberUnits = 1000

// Fit meets ml.Estimator: it fits the members, then Combine weighs them.
func (r Recipe) Fit(ctx context.Context, train, valid ml.Set, opt ml.Options) (ml.Model, error) {
	if err := r.Check(); err != nil {
		return nil, err
	}
	if err := ml.CheckSets(train, valid); err != nil {
		return nil, fmt.Errorf("blend: %w", err)
	}
	members := r.MemberRecipes()
	models := make([]ml.Model, len(members))
	for k, m := range members {
		o := ml.Options{Seed: opt.Seed, Threads: opt.Threads}
		if opt.Progress != nil {
			o.Progress = func(p ml.Progress) {
				p.Done, p.Total = k*memberUnits+p.Done*memberUnits/max(p.Total, 1), len(members)*memberUnits
				opt.Progress(p)
			}
		}
		var err error
		if models[k], err = m.Fit(ctx, train, valid, o); err != nil {
			return nil, fmt.Errorf("blend: %s: %w", MemberNames()[k], err)
		}
	}
	return r.Combine(models, valid)
}

// Combine is the blend of members that are fitted already, as this recipe's MemberRecipes
// say, on the training rows that go with valid: the same Model as Fit's.
func (r Recipe) Combine(members []ml.Model, valid ml.Set) (*Model, error) {
	if err := r.Check(); err != nil {
		return nil, err
	}
	w, err := r.fitWeights(members, valid)
	if err != nil {
		return nil, fmt.Errorf("blend: %w", err)
	}
	return newModel(w, members)
}
