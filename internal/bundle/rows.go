package bundle

import (
	"fmt"
	"math"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

// PredictRows answers rows that are encoded already: x has the columns of
// Spec.Schema(), which the heads of the usual variant answer. What Encode could
// not have written (an infinity, a code that is no category's) is lfb.ErrInvalid.
func (b *Bundle) PredictRows(x ml.Matrix) ([]Prediction, error) {
	d, err := b.prepareHeads()
	if err != nil {
		return nil, err
	}
	schema := b.Spec.Schema()
	if x.Width() != schema.Width() {
		return nil, fmt.Errorf("%d features for a model of %d: %w", x.Width(), schema.Width(), lfb.ErrInvalid)
	}
	for j, c := range schema.Columns {
		for i, v := range x.Col(j) {
			code := c.IsCategorical() && !(v >= 0 && v < float64(c.Categories) && v == math.Trunc(v))
			if math.IsInf(v, 0) || code && v == v {
				return nil, fmt.Errorf("row %d: feature %s: %v: %w", i, c.Name, v, lfb.ErrInvalid)
			}
		}
	}
	if x.Rows() == 0 {
		return nil, nil
	}
	l := &d.variants[0]
	attendance, err := l.attendance.answerRows(nil, x)
	if err != nil {
		return nil, err
	}
	var response []ml.Answer
	if l.response != nil {
		if response, err = l.response.answerRows(nil, x); err != nil {
			return nil, err
		}
	}
	out := make([]Prediction, x.Rows())
	for i := range out {
		out[i] = Prediction{Attendance: attendance[i], Variant: l.variant}
		if response != nil {
			out[i].Response = &response[i]
		}
	}
	return out, nil
}
