package forest

import (
	"cmp"
	"math"

	"lfb/internal/ml"
	"lfb/internal/ml/tree"
)

// Recipe is how to grow a forest. Where a field is zero its default holds.
type Recipe struct {
	Trees    int `json:"trees,omitempty"`     // 200
	MaxDepth int `json:"max_depth,omitempty"` // most splits on a path; 20, negative is no limit
	MinRows  int `json:"min_rows,omitempty"`  // fewest drawn rows in a leaf; 5
	// MinShare is the fewest drawn rows in a leaf as a share of all, where that is
	// more than MinRows: it bounds a tree's leaves whatever the data grows to; 0.
	MinShare       float64 `json:"min_share,omitempty"`
	ColumnFraction float64 `json:"column_fraction,omitempty"` // columns tried at a node; 1/3
	RowFraction    float64 `json:"row_fraction,omitempty"`    // draws of a tree, with replacement, per row; 1
	MaxBins        int     `json:"max_bins,omitempty"`        // bins of a column, 2 … 255; 255
	LeafSamples    int     `json:"leaf_samples,omitempty"`    // most targets kept a leaf, for quantiles; 4

	// Categorical splits: 0 is the default, a negative value is none.
	OneHot     int     `json:"one_hot,omitempty"`      // up to this many categories split one from the rest; 4
	CatSmooth  float64 `json:"cat_smooth,omitempty"`   // rows added to a category's; 10
	CatL2      float64 `json:"cat_l2,omitempty"`       // L2 in the choice among splits of many categories; 10
	MaxCats    int     `json:"max_cats,omitempty"`     // most categories on a side; 32
	CatMinRows int     `json:"cat_min_rows,omitempty"` // fewest rows of one more group of categories; 20
}

// Check returns lfb.ErrInvalid naming the first field that no fit can use.
func (r Recipe) Check() error {
	r = r.withDefaults()
	return cmp.Or(
		ml.CheckBound("forest trees", r.Trees, 1, 100_000),
		ml.CheckBound("forest max_depth", r.MaxDepth, 0, 1e6),
		ml.CheckBound("forest min_rows", r.MinRows, 1, math.MaxInt32),
		ml.CheckBound("forest min_share", r.MinShare, 0, 0.5),
		ml.CheckBound("forest column_fraction", r.ColumnFraction, 1e-9, 1),
		ml.CheckBound("forest row_fraction", r.RowFraction, 1e-9, 1),
		ml.CheckBound("forest max_bins", r.MaxBins, 2, tree.MaxBins),
		ml.CheckBound("forest leaf_samples", r.LeafSamples, 1, 1000),
	)
}

func (r Recipe) withDefaults() Recipe {
	r.Trees = cmp.Or(r.Trees, 200)
	r.MaxDepth = max(cmp.Or(r.MaxDepth, 20), 0) // 0 is no limit from here on
	r.MinRows = cmp.Or(r.MinRows, 5)
	r.ColumnFraction = cmp.Or(r.ColumnFraction, 1.0/3)
	r.RowFraction = cmp.Or(r.RowFraction, 1)
	r.MaxBins = cmp.Or(r.MaxBins, tree.MaxBins)
	r.LeafSamples = cmp.Or(r.LeafSamples, 4)
	r.OneHot = max(cmp.Or(r.OneHot, 4), 0)
	r.CatSmooth = max(cmp.Or(r.CatSmooth, 10), 0)
	r.CatL2 = max(cmp.Or(r.CatL2, 10), 0)
	r.MaxCats = max(cmp.Or(r.MaxCats, 32), 0)
	r.CatMinRows = max(cmp.Or(r.CatMinRows, 20), 0)
	return r
}

// forRows is the recipe for training on n rows.
func (r Recipe) forRows(n int) Recipe {
	r = r.withDefaults()
	r.MinRows = max(r.MinRows, int(r.MinShare*float64(n)))
	return r
}

// growthParams returns the rules for one tree.
func (r Recipe) growthParams() tree.GrowthParams {
	return tree.GrowthParams{
		MaxDepth: r.MaxDepth, MinRows: r.MinRows, OneHot: r.OneHot, CatSmooth: r.CatSmooth, CatL2: r.CatL2,
		MaxCats: r.MaxCats, CatMinRows: r.CatMinRows,
	}
}
