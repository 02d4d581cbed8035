package gbdt

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/tree"
)

// Recipe is how to boost. Where a field is zero its default holds, so that an
// empty Recipe is a good one without quantiles; Default adds those.
type Recipe struct {
	Rounds       int     `json:"rounds,omitempty"`        // most trees of a head; 300
	LearningRate float64 `json:"learning_rate,omitempty"` // 0.05
	Leaves       int     `json:"leaves,omitempty"`        // most leaves of a tree; 31
	MaxDepth     int     `json:"max_depth,omitempty"`     // most splits on a path; 0 is no limit
	MinRows      int     `json:"min_rows,omitempty"`      // fewest rows in a leaf; 20
	L2           float64 `json:"l2,omitempty"`            // squared penalty on leaf values, in rows; 0
	Patience     int     `json:"patience,omitempty"`      // rounds without a better loss on valid; 30; negative: never stop
	MaxBins      int     `json:"max_bins,omitempty"`      // bins of a column, 2 … 255; 255

	RowFraction    float64 `json:"row_fraction,omitempty"`    // rows of a tree, drawn without return; 1
	ColumnFraction float64 `json:"column_fraction,omitempty"` // columns of a tree; 1

	// Categorical splits: 0 is LightGBM's default, a negative value is none.
	OneHot     int     `json:"one_hot,omitempty"`      // up to this many categories split one from the rest; 4
	CatSmooth  float64 `json:"cat_smooth,omitempty"`   // rows added to a category's; 10
	CatL2      float64 `json:"cat_l2,omitempty"`       // L2 added in splits of many categories; 10
	MaxCats    int     `json:"max_cats,omitempty"`     // most categories on a side; 32
	CatMinRows int     `json:"cat_min_rows,omitempty"` // fewest rows of one more group of categories; 100

	Quantiles []float64 `json:"quantiles,omitempty"` // heads of their own, ascending in (0, 1)
	// HeadRounds is how many trees each head gets at most, in place of Rounds: the mean's, each quantile's.
	HeadRounds []int `json:"head_rounds,omitempty"`
}

// Default is the recipe for between ten thousand and some million rows, with the
// quantiles that ml.Answer holds.
func Default() Recipe { return Recipe{Quantiles: []float64{ml.Q50, ml.Q90}} }

// Check returns lfb.ErrInvalid naming the first field that no fit can use.
func (r Recipe) Check() error {
	r = r.withDefaults()
	return cmp.Or(
		ml.CheckBound("gbdt rounds", r.Rounds, 1, 1e6),
		ml.CheckBound("gbdt learning_rate", r.LearningRate, 1e-9, 10),
		ml.CheckBound("gbdt leaves", r.Leaves, 1, 32768),
		ml.CheckBound("gbdt max_depth", r.MaxDepth, 0, 1e6),
		ml.CheckBound("gbdt min_rows", r.MinRows, 1, math.MaxInt32),
		ml.CheckBound("gbdt l2", r.L2, 0, math.MaxFloat64),
		ml.CheckBound("gbdt max_bins", r.MaxBins, 2, tree.MaxBins),
		ml.CheckBound("gbdt row_fraction", r.RowFraction, 1e-9, 1),
		ml.CheckBound("gbdt column_fraction", r.ColumnFraction, 1e-9, 1),
		r.checkHeads(),
	)
}

func (r Recipe) checkHeads() error {
	if n := len(r.HeadRounds); n > 0 && (n != 1+len(r.Quantiles) || slices.Min(r.HeadRounds) < 1 ||
		slices.Max(r.HeadRounds) > 1e6) {
		return fmt.Errorf("gbdt recipe: head_rounds %v are not one of 1 … 1e6 for each of %d heads: %w", r.HeadRounds,
			1+len(r.Quantiles), lfb.ErrInvalid)
	}
	for i, q := range r.Quantiles {
		if !(q > 0 && q < 1) || i > 0 && q <= r.Quantiles[i-1] {
			return fmt.Errorf("gbdt recipe: quantiles %v do not ascend in (0, 1): %w", r.Quantiles, lfb.ErrInvalid)
		}
	}
	return nil
}

func (r Recipe) withDefaults() Recipe {
	r.Rounds = cmp.Or(r.Rounds, 300)
	r.LearningRate = cmp.Or(r.LearningRate, 0.05)
	r.Leaves = cmp.Or(r.Leaves, 31)
	r.MinRows = cmp.Or(r.MinRows, 20)
	r.Patience = cmp.Or(r.Patience, 30)
	r.MaxBins = cmp.Or(r.MaxBins, tree.MaxBins)
	r.RowFraction = cmp.Or(r.RowFraction, 1)
	r.ColumnFraction = cmp.Or(r.ColumnFraction, 1)
	r.OneHot = max(cmp.Or(r.OneHot, 4), 0)
	r.CatSmooth = max(cmp.Or(r.CatSmooth, 10), 0)
	r.CatL2 = max(cmp.Or(r.CatL2, 10), 0)
	r.MaxCats = max(cmp.Or(r.MaxCats, 32), 0)
	r.CatMinRows = max(cmp.Or(r.CatMinRows, 100), 0)
	return r
}

// params are the rules for one tree over data.
func (r Recipe) params(data *tree.BinnedMatrix, schema *ml.Schema) tree.GrowthParams {
	p := tree.GrowthParams{
		Leaves: r.Leaves, MaxDepth: r.MaxDepth, MinRows: r.MinRows, L2: r.L2,
		OneHot: r.OneHot, CatSmooth: r.CatSmooth, CatL2: r.CatL2,
		MaxCats: r.MaxCats, CatMinRows: r.CatMinRows,
	}
	for f, c := range data.Columns {
		if m := schema.Columns[c].Monotone; m != 0 && !schema.Columns[c].IsCategorical() {
			if p.Monotone == nil {
				p.Monotone = make([]int8, data.FeatureCount())
			}
			p.Monotone[f] = int8(m)
		}
	}
	return p
}
