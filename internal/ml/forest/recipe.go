package forest

import (
	"fmt"
	"math"

	"lfb/internal/lfb"
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
	MinGain        float64 `json:"min_gain,omitempty"`        // least gain of a split; 0
	ColumnFraction float64 `json:"column_fraction,omitempty"` // columns tried at a node; 1/3
	RowFraction    float64 `json:"row_fraction,omitempty"`    // draws of a tree, with return, per row; 1
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
	for _, c := range []struct {
		name      string
		v, lo, hi float64
	}{
		{"trees", float64(r.Trees), 1, 100_000},
		{"max_depth", float64(r.MaxDepth), 0, 1e6},
		{"min_rows", float64(r.MinRows), 1, math.MaxInt32},
		{"min_share", r.MinShare, 0, 0.5},
		{"min_gain", r.MinGain, 0, math.MaxFloat64},
		{"column_fraction", r.ColumnFraction, 1e-9, 1},
		{"row_fraction", r.RowFraction, 1e-9, 1},
		{"max_bins", float64(r.MaxBins), 2, tree.MaxBins},
		{"leaf_samples", float64(r.LeafSamples), 1, 1000},
	} {
		if !(c.v >= c.lo && c.v <= c.hi) {
			return fmt.Errorf("forest recipe: %s %v is not within %v … %v: %w", c.name, c.v, c.lo, c.hi, lfb.ErrInvalid)
		}
	}
	return nil
}

// or is v, or otherwise where v is zero.
func or[T int | float64](v, otherwise T) T {
	if v == 0 {
		return otherwise
	}
	return v
}

func (r Recipe) withDefaults() Recipe {
	r.Trees = or(r.Trees, 200)
	r.MaxDepth = max(or(r.MaxDepth, 20), 0) // 0 is no limit from here on
	r.MinRows = or(r.MinRows, 5)
	r.ColumnFraction = or(r.ColumnFraction, 1.0/3)
	r.RowFraction = or(r.RowFraction, 1)
	r.MaxBins = or(r.MaxBins, tree.MaxBins)
	r.LeafSamples = or(r.LeafSamples, 4)
	r.OneHot = max(or(r.OneHot, 4), 0)
	r.CatSmooth = max(or(r.CatSmooth, 10), 0)
	r.CatL2 = max(or(r.CatL2, 10), 0)
	r.MaxCats = max(or(r.MaxCats, 32), 0)
	r.CatMinRows = max(or(r.CatMinRows, 20), 0)
	return r
}

// forRows is the recipe for training on n rows.
func (r Recipe) forRows(n int) Recipe {
	r = r.withDefaults()
	r.MinRows = max(r.MinRows, int(r.MinShare*float64(n)))
	return r
}

// params are the rules for one tree.
func (r Recipe) params() tree.Params {
	return tree.Params{
		MaxDepth: r.MaxDepth, MinRows: r.MinRows, MinGain: r.MinGain,
		OneHot: r.OneHot, CatSmooth: r.CatSmooth, CatL2: r.CatL2,
		MaxCats: r.MaxCats, CatMinRows: r.CatMinRows,
	}
}
