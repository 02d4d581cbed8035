package ml

import (
	"math"
	"slices"
)

// Breaks is how often a model's predictions go against a column that asks for a
// direction, such as farther is never faster.
type Breaks struct {
	Column string  `json:"column"`
	Pairs  int     `json:"pairs"`         // of rows that differ in this column alone
	Broken int     `json:"broken"`        // pairs that go the wrong way
	Worst  float64 `json:"worst_seconds"` // the longest step the wrong way, seconds
}

const (
	breakRows  = 256 // rows that are asked about, spread over the matrix
	breakSteps = 8   // values that each row is given, spread over the column's own
)

// MonotoneBreaks asks m about rows of x that differ in one column alone, for each
// column whose schema asks for a direction, in the schema's order. A column with
// fewer than two values has no pairs. Only steps of more than a millionth of a
// second count.
func MonotoneBreaks(m Model, x Matrix) ([]Breaks, error) {
	var out []Breaks
	for j, c := range x.Schema().Columns {
		if c.Monotone == 0 || c.IsCategorical() {
			continue
		}
		b := Breaks{Column: c.Name}
		if err := b.count(m, x, j); err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

// count fills in the pairs of column j.
func (b *Breaks) count(m Model, x Matrix, j int) error {
	values := spread(x.Col(j), breakSteps)
	if len(values) < 2 || x.Rows() == 0 {
		return nil
	}
	var index []int
	for k := range min(breakRows, x.Rows()) {
		i := k * x.Rows() / min(breakRows, x.Rows())
		for range values {
			index = append(index, i)
		}
	}
	asked := x.Select(index)
	col := asked.Col(j)
	for i := range col {
		col[i] = values[i%len(values)]
	}
	p, err := m.Predict(nil, asked)
	if err != nil {
		return err
	}
	direction := float64(x.Schema().Columns[j].Monotone)
	for i := range p {
		if i%len(values) == 0 {
			continue
		}
		b.Pairs++
		if back := direction * (p[i-1] - p[i]); back > 1e-6 {
			b.Broken++
			b.Worst = max(b.Worst, back)
		}
	}
	return nil
}

// spread is at most n distinct values of col, ascending, an equal share of the rows
// apart; missing values are none.
func spread(col []float64, n int) []float64 {
	sorted := slices.DeleteFunc(slices.Clone(col), math.IsNaN)
	slices.Sort(sorted)
	var out []float64
	for k := range n {
		if len(sorted) > 0 {
			out = append(out, sorted[k*(len(sorted)-1)/(n-1)])
		}
	}
	return slices.Compact(out)
}
