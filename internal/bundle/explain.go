package bundle

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
)

// Explanation is why the attendance model answers what it does. It splits the
// model's raw mean, before calibration: Base and all Seconds sum to Mean.
type Explanation struct {
	Variant       feature.Variant `json:"variant,omitempty"`
	Base          float64         `json:"base"` // seconds, the expectation over training rows
	Mean          float64         `json:"mean"` // seconds, the raw mean
	Contributions []Contribution  `json:"contributions"`
}

// Contribution is what one column adds.
type Contribution struct {
	Column  string  `json:"column"`
	Value   string  `json:"value"`   // what the call has there; "unknown" where nothing
	Seconds float64 `json:"seconds"` // added to the time
}

// Explain splits the attendance answer for c over the columns, the heaviest
// first. A model that cannot gives lfb.ErrNotFound.
func (b *Bundle) Explain(c *lfb.Call) (*Explanation, error) {
	d, err := b.prepareHeads()
	if err != nil {
		return nil, err
	}
	l := &d.variants[d.chooseVariant(c)]
	m, ok := l.attendance.Model.Model().(ml.Contributions)
	if !ok {
		return nil, fmt.Errorf("contributions of candidate %s: %w", b.Manifest.Candidate, lfb.ErrNotFound)
	}
	schema := l.spec.Schema()
	row := make([]float64, schema.Width())
	l.spec.Encode(row, c)
	parts, err := m.PredictContributions(nil, ml.MatrixOf(schema, 1, row))
	if err != nil {
		return nil, err
	}
	if len(parts) != len(row)+1 {
		return nil, fmt.Errorf("%d contributions for %d columns: %w", len(parts), len(row), lfb.ErrInvalid)
	}
	out := &Explanation{Variant: l.variant, Base: parts[len(row)], Mean: parts[len(row)]}
	for j, v := range row {
		out.Mean += parts[j]
		if parts[j] != 0 {
			out.Contributions = append(out.Contributions,
				Contribution{Column: schema.Columns[j].Name, Value: l.spec.FormatValue(j, v), Seconds: parts[j]})
		}
	}
	slices.SortStableFunc(out.Contributions, func(a, b Contribution) int {
		return cmp.Compare(math.Abs(b.Seconds), math.Abs(a.Seconds))
	})
	return out, nil
}
