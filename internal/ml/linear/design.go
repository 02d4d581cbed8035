package linear

import (
	"math"
	"slices"

	"lfb/internal/ml"
)

// designLayout says which columns of the linear model each feature becomes. Column 0 is
// the intercept; the others follow in the features' order.
type designLayout struct {
	parts []featureEncoding
	width int
}

// featureEncoding says how one feature is encoded, and into which columns.
type featureEncoding struct {
	Start int `json:"start"` // first design column

	// Of a number: (v - Min) * Scale, held to [0, 1]; Scale 0 leaves the feature
	// out. A missing value counts as Fill, and in the next column where Indicator.
	Min       float64 `json:"min,omitempty"`
	Scale     float64 `json:"scale,omitempty"`
	Fill      float64 `json:"fill,omitempty"`
	Indicator bool    `json:"indicator,omitempty"`
	Open      bool    `json:"open,omitempty"` // not held to [0, 1]

	// Of a category: the codes with a column each, ascending, then Other's for all
	// the rest, missing included.
	Category bool      `json:"category,omitempty"`
	Codes    []float64 `json:"codes,omitempty"`
	Other    bool      `json:"other,omitempty"`

	levels []int32 // while fitting: the place of each category in Codes, -1 for none
}

// maxWidth bounds the design: X'X takes its square times 8 bytes per partition.
const maxWidth = 1500

// newDesign learns scales and levels from x, raising the bar for rare levels until
// the design is narrow enough.
func newDesign(x ml.Matrix, rare int) designLayout {
	for {
		d := designLayout{width: 1}
		for j, c := range x.Schema().Columns {
			p := numberPart(x.Col(j), rare)
			if c.IsCategorical() {
				p = categoryPart(x.Col(j), c.Categories, rare)
			}
			p.Start = d.width
			d.width += p.columnCount()
			d.parts = append(d.parts, p)
		}
		// Two columns a number cannot be cut down: with that many features the
		// levels go first, and what is left is what was asked for.
		if d.width <= maxWidth || rare > x.Rows() {
			return d
		}
		rare *= 2
	}
}

func numberPart(v []float64, rare int) featureEncoding {
	low, high, sum, n := math.Inf(1), math.Inf(-1), 0.0, 0
	for _, a := range v {
		if !math.IsNaN(a) {
			low, high, n = min(low, a), max(high, a), n+1
		}
	}
	missing := len(v) - n
	p := featureEncoding{Indicator: missing >= rare && n > 0}
	if n == 0 || low == high || math.IsInf(1/(high-low), 0) || math.IsInf(high-low, 0) {
		return p
	}
	p.Min, p.Scale = low, 1/(high-low)
	for _, a := range v {
		if !math.IsNaN(a) {
			sum += p.scaleValue(a)
		}
	}
	p.Fill = sum / float64(n)
	return p
}

func categoryPart(v []float64, categories, rare int) featureEncoding {
	counts := make([]int, categories)
	for _, a := range v {
		if !math.IsNaN(a) {
			counts[int(a)]++
		}
	}
	p := featureEncoding{Category: true, levels: make([]int32, categories)}
	rest := len(v)
	for code, n := range counts {
		p.levels[code] = -1
		if n >= rare {
			p.levels[code] = int32(len(p.Codes))
			p.Codes = append(p.Codes, float64(code))
			rest -= n
		}
	}
	p.Other = rest >= rare
	return p
}

func (p *featureEncoding) columnCount() int {
	if p.Category {
		return len(p.Codes) + countIf(p.Other)
	}
	return countIf(p.Scale != 0) + countIf(p.Indicator)
}

func countIf(is bool) int {
	if is {
		return 1
	}
	return 0
}

func (p *featureEncoding) scaleValue(v float64) float64 {
	v = (v - p.Min) * p.Scale
	if p.Open {
		return v
	}
	return min(max(v, 0), 1)
}

// encodeValue returns the design columns that v falls into, with their values; -1 is none.
func (p *featureEncoding) encodeValue(v float64) (a int, av float64, b int, bv float64) {
	if p.Category {
		if k := p.categoryIndex(v); k >= 0 {
			return p.Start + k, 1, -1, 0
		}
		if p.Other {
			return p.Start + len(p.Codes), 1, -1, 0
		}
		return -1, 0, -1, 0
	}
	missing := math.IsNaN(v)
	a, b = -1, -1
	if p.Scale != 0 {
		a, av = p.Start, p.Fill
		if !missing {
			av = p.scaleValue(v)
		}
	}
	if p.Indicator {
		b, bv = p.Start+countIf(p.Scale != 0), float64(countIf(missing))
	}
	return a, av, b, bv
}

// categoryIndex returns the index of category v in Codes, or -1.
func (p *featureEncoding) categoryIndex(v float64) int {
	if p.levels != nil && v >= 0 && v < float64(len(p.levels)) { // a search takes half of a fit
		if k := int(p.levels[int(v)]); k >= 0 && p.Codes[k] == v {
			return k
		}
		return -1
	}
	if k, ok := slices.BinarySearch(p.Codes, v); ok {
		return k
	}
	return -1
}

// evaluateTerm returns what value v of the feature adds to the prediction.
func (p *featureEncoding) evaluateTerm(v float64, coef []float64) float64 {
	a, av, b, bv := p.encodeValue(v)
	t := 0.0
	if a >= 0 {
		t = coef[a] * av
	}
	if b >= 0 {
		t += coef[b] * bv
	}
	return t
}

// predictRow predicts row i of x.
func (d *designLayout) predictRow(x ml.Matrix, i int, coef []float64) float64 {
	sum := coef[0]
	for j := range d.parts {
		sum += d.parts[j].evaluateTerm(x.At(i, j), coef)
	}
	return sum
}

// predictRows writes the prediction of coef for every row of x.
func (d *designLayout) predictRows(dst []float64, x ml.Matrix, coef []float64) []float64 {
	dst = ml.EnsureLength(dst, x.Rows())
	for i := range dst {
		dst[i] = d.predictRow(x, i, coef)
	}
	return dst
}

// appendRow appends the design columns of row i, ascending, and their values.
func (d *designLayout) appendRow(columns []int32, values []float64, x ml.Matrix, i int) ([]int32, []float64) {
	columns, values = append(columns, 0), append(values, 1)
	for j := range d.parts {
		a, av, b, bv := d.parts[j].encodeValue(x.At(i, j))
		if a >= 0 {
			columns, values = append(columns, int32(a)), append(values, av)
		}
		if b >= 0 {
			columns, values = append(columns, int32(b)), append(values, bv)
		}
	}
	return columns, values
}
