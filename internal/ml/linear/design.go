package linear

import (
	"math"
	"slices"

	"lfb/internal/ml"
)

// design says which columns of the linear model each feature becomes. Column 0 is
// the intercept; the others follow in the features' order.
type design struct {
	parts  []part
	width  int
	slots  int       // entries per encoded row
	levels [][]int32 // of a category's part: the design column of each code, then that of missing; -1 is none
}

// part is one feature's share of the design.
type part struct {
	Start int `json:"start"` // first design column

	// Of a number: (v - Min) * Scale, held to [0, 1]; Scale 0 leaves the feature
	// out. A missing value counts as Fill, and in the next column where Indicator.
	Min       float64 `json:"min,omitempty"`
	Scale     float64 `json:"scale,omitempty"`
	Fill      float64 `json:"fill,omitempty"`
	Indicator bool    `json:"indicator,omitempty"`

	// Of a category: the codes with a column each, ascending, then Other's for all
	// the rest, missing included.
	Category bool      `json:"category,omitempty"`
	Codes    []float64 `json:"codes,omitempty"`
	Other    bool      `json:"other,omitempty"`
}

// maxWidth bounds the design: X'X takes its square times 8 bytes per partition.
const maxWidth = 1500

// newDesign learns scales and levels from x, raising the bar for rare levels until
// the design is narrow enough.
func newDesign(x ml.Matrix, rare int) design {
	for {
		d := design{width: 1, slots: 1}
		for j, c := range x.Schema().Columns {
			p := numberPart(x.Col(j), rare)
			if c.IsCategorical() {
				p = categoryPart(x.Col(j), c.Categories, rare)
			}
			p.Start = d.width
			d.width += p.width()
			d.slots += p.slots()
			d.parts = append(d.parts, p)
		}
		// Two columns a number cannot be cut down: with that many features the
		// levels go first, and what is left is what was asked for.
		if d.width <= maxWidth || rare > x.Rows() {
			d.tabulate(x.Schema())
			return d
		}
		rare *= 2
	}
}

// tabulate fills levels, so that encode need not search.
func (d *design) tabulate(schema *ml.Schema) {
	d.levels = make([][]int32, len(d.parts))
	for j, c := range schema.Columns {
		if !c.IsCategorical() {
			continue
		}
		table := make([]int32, c.Categories+1)
		for code := range table {
			v := float64(code)
			if code == c.Categories {
				v = math.NaN()
			}
			a, _, _, _ := d.parts[j].entries(v)
			table[code] = int32(a)
		}
		d.levels[j] = table
	}
}

func numberPart(v []float64, rare int) part {
	low, high, sum, n := math.Inf(1), math.Inf(-1), 0.0, 0
	for _, a := range v {
		if !math.IsNaN(a) {
			low, high, n = min(low, a), max(high, a), n+1
		}
	}
	missing := len(v) - n
	p := part{Indicator: missing >= rare && n > 0}
	if n == 0 || low == high || math.IsInf(1/(high-low), 0) || math.IsInf(high-low, 0) {
		return p
	}
	p.Min, p.Scale = low, 1/(high-low)
	for _, a := range v {
		if !math.IsNaN(a) {
			sum += p.scale(a)
		}
	}
	p.Fill = sum / float64(n)
	return p
}

func categoryPart(v []float64, categories, rare int) part {
	counts := make([]int, categories)
	for _, a := range v {
		if !math.IsNaN(a) {
			counts[int(a)]++
		}
	}
	p := part{Category: true}
	rest := len(v)
	for code, n := range counts {
		if n >= rare {
			p.Codes = append(p.Codes, float64(code))
			rest -= n
		}
	}
	p.Other = rest >= rare
	return p
}

func (p *part) width() int {
	if p.Category {
		return len(p.Codes) + count(p.Other)
	}
	return count(p.Scale != 0) + count(p.Indicator)
}

// slots is how many of the part's columns one row can have at once.
func (p *part) slots() int {
	if p.Category {
		return min(p.width(), 1)
	}
	return p.width()
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}

func (p *part) scale(v float64) float64 { return min(max((v-p.Min)*p.Scale, 0), 1) }

// entries returns the design columns that v falls into, with their values; -1 is none.
func (p *part) entries(v float64) (a int, av float64, b int, bv float64) {
	if p.Category {
		if k, ok := slices.BinarySearch(p.Codes, v); ok {
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
			av = p.scale(v)
		}
	}
	if p.Indicator {
		b, bv = p.Start+count(p.Scale != 0), float64(count(missing))
	}
	return a, av, b, bv
}

// term is what the feature's value adds to the prediction of coef.
func (p *part) term(v float64, coef []float64) float64 {
	a, av, b, bv := p.entries(v)
	t := 0.0
	if a >= 0 {
		t = coef[a] * av
	}
	if b >= 0 {
		t += coef[b] * bv
	}
	return t
}

// row predicts row i of x.
func (d *design) row(x ml.Matrix, i int, coef []float64) float64 {
	sum := coef[0]
	for j := range d.parts {
		sum += d.parts[j].term(x.At(i, j), coef)
	}
	return sum
}

// predict writes the prediction of coef for every row of x.
func (d *design) predict(dst []float64, x ml.Matrix, coef []float64) []float64 {
	dst = ml.Sized(dst, x.Rows())
	for i := range dst {
		dst[i] = d.row(x, i, coef)
	}
	return dst
}

// block is some rows, encoded: slots entries a row, columns ascending. An entry
// that a row does not have is the part's first column with value 0.
type block struct {
	column []int32
	value  []float64
}

// newBlock is room for rows, with all that is the same in every row.
func (d *design) newBlock(rows int) *block {
	b := &block{column: make([]int32, rows*d.slots), value: make([]float64, rows*d.slots)}
	for i := range rows {
		at := i * d.slots
		b.value[at] = 1
		at++
		for j := range d.parts {
			for k := range d.parts[j].slots() {
				b.column[at] = int32(d.parts[j].Start + k)
				at++
			}
		}
	}
	return b
}

// encode fills b with the rows of x, at most as many as b was made for. The codes of
// its categories are those of the rows that the design was learned from.
func (d *design) encode(b *block, x ml.Matrix) {
	at := 1
	for j := range d.parts {
		p := &d.parts[j]
		n := p.slots()
		switch {
		case n == 0:
			continue
		case p.Category:
			d.encodeLevels(b, x.Col(j), at, p.Start, d.levels[j])
		case p.Scale == 0:
			d.encodeMissing(b, x.Col(j), at)
		default:
			d.encodeNumbers(b, x.Col(j), at, p)
			if p.Indicator {
				d.encodeMissing(b, x.Col(j), at+1)
			}
		}
		at += n
	}
}

func (d *design) encodeLevels(b *block, v []float64, at, none int, levels []int32) {
	for i, a := range v {
		code := len(levels) - 1
		if !math.IsNaN(a) {
			code = int(a)
		}
		c, one := levels[code], 1.0
		if c < 0 {
			c, one = int32(none), 0
		}
		k := i*d.slots + at
		b.column[k], b.value[k] = c, one
	}
}

func (d *design) encodeNumbers(b *block, v []float64, at int, p *part) {
	for i, a := range v {
		scaled := (a - p.Min) * p.Scale // NaN is in none of these cases
		switch {
		case scaled >= 0 && scaled <= 1:
		case scaled > 1:
			scaled = 1
		case scaled < 0:
			scaled = 0
		default:
			scaled = p.Fill
		}
		b.value[i*d.slots+at] = scaled
	}
}

func (d *design) encodeMissing(b *block, v []float64, at int) {
	for i, a := range v {
		b.value[i*d.slots+at] = float64(count(math.IsNaN(a)))
	}
}
