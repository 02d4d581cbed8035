package randomforest

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

// column turns a feature into the complete, ordered number that the library wants.
type column struct {
	// Fill stands for a missing value and for a category not in Codes: the median of
	// a number, the mean target of a category.
	Fill float64 `json:"fill"`
	// Codes, ascending, are the categories that were seen; Values their mean target,
	// shrunk, in seconds: the order in which a tree can split them.
	Category bool      `json:"category,omitempty"`
	Codes    []float64 `json:"codes,omitempty"`
	Values   []float64 `json:"values,omitempty"`
	// Gain and Splits are what the feature did in the trees.
	Gain   float64 `json:"gain"`
	Splits float64 `json:"splits"`
}

// value is what the trees compare.
func (c *column) value(v float64) float64 {
	if c.Category {
		if k, ok := slices.BinarySearch(c.Codes, v); ok {
			return c.Values[k]
		}
		return c.Fill
	}
	if math.IsNaN(v) {
		return c.Fill
	}
	return v
}

// prepare learns the columns.
func prepare(train ml.Set) []column {
	schema := train.X.Schema()
	out := make([]column, schema.Width())
	for j, c := range schema.Columns {
		if c.IsCategorical() {
			out[j] = categoryColumn(train.X.Col(j), train.Y, c.Categories)
		} else {
			out[j] = numberColumn(train.X.Col(j))
		}
	}
	return out
}

func numberColumn(v []float64) column {
	known := slices.DeleteFunc(slices.Clone(v), math.IsNaN)
	if len(known) == 0 {
		return column{}
	}
	slices.Sort(known)
	return column{Fill: known[len(known)/2]}
}

// categoryRows is k in n/(n+k), the weight of a category's own mean.
const categoryRows = 20

func categoryColumn(v, y []float64, categories int) column {
	var all float64
	for i, t := range y {
		all += (t - all) / float64(i+1)
	}
	sum, n := make([]float64, categories), make([]float64, categories)
	for i, code := range v {
		if !math.IsNaN(code) {
			sum[int(code)] += y[i] - all
			n[int(code)]++
		}
	}
	c := column{Category: true, Fill: all}
	for code := range n {
		if n[code] > 0 {
			c.Codes = append(c.Codes, float64(code))
			c.Values = append(c.Values, all+sum[code]/(n[code]+categoryRows))
		}
	}
	return c
}

// edges are at most bins upper edges, ascending, the last being the greatest value
// of v; none where all is missing.
func edges(v []float64, bins int) []float64 {
	known := slices.DeleteFunc(slices.Clone(v), math.IsNaN)
	slices.Sort(known)
	if distinct := slices.Compact(slices.Clone(known)); len(distinct) <= bins {
		return distinct
	}
	var out []float64
	for k := 1; k <= bins; k++ {
		e := known[k*(len(known)-1)/bins]
		if len(out) == 0 || e > out[len(out)-1] {
			out = append(out, e)
		}
	}
	return out
}

// library returns the rows as the library wants them, and which columns they hold:
// those that vary. Each value is raised to the upper edge of its bin. A tree splits
// by "greater than" one of these edges, which the value itself answers alike; and
// the library, which weighs a split at every distinct value, has few to weigh.
func library(x ml.Matrix, columns []column, bins int) (rows [][]float64, used []int) {
	n := x.Rows()
	var kept [][]float64
	for j := range columns {
		v := make([]float64, n)
		for i, a := range x.Col(j) {
			v[i] = columns[j].value(a)
		}
		e := edges(v, bins)
		if len(e) < 2 {
			continue
		}
		for i, a := range v {
			v[i] = e[sort.SearchFloat64s(e, a)]
		}
		kept, used = append(kept, v), append(used, j)
	}
	if len(kept) == 0 { // the library needs a column to look at
		kept, used = [][]float64{make([]float64, n)}, []int{0}
	}
	data := make([]float64, n*len(kept))
	rows = make([][]float64, n)
	for i := range rows {
		rows[i] = data[i*len(kept) : (i+1)*len(kept) : (i+1)*len(kept)]
		for k, v := range kept {
			rows[i][k] = v[i]
		}
	}
	return rows, used
}

func (c *column) check() error {
	if len(c.Codes) != len(c.Values) || !slices.IsSorted(c.Codes) || c.Gain < 0 || c.Splits < 0 {
		return fmt.Errorf("randomforest column of %d codes and %d values: %w", len(c.Codes), len(c.Values), lfb.ErrInvalid)
	}
	return nil
}
