package interval

import (
	"context"
	"fmt"

	"lfb/internal/ml"
)

// widenBlocks is how many consecutive blocks of time the calibration span is cut into; fewer
// where they would have less than minRows rows.
const widenBlocks = 5

// Widen returns m with every P90 later by so many seconds that, had any one block of the
// calibration span not been there to calibrate on, nine in ten of that block's rows would
// have arrived by their P90 all the same. It is for a model that may not promise what it
// was calibrated to promise: a block that was not seen stands for the time to come, and
// the worst of them counts, hours of exceptional lateness included. valid and calib are
// what Fit had, calib in order of time. Nothing becomes narrower; fewer rows than two
// blocks need leave everything as it is.
//
// Source: the conformal quantile of each fold's errors (Vovk, Cross-conformal predictors,
// Annals of Mathematics and AI 74, 2015), with blocks of time in place of random folds
// (Barber et al., Conformal prediction beyond exchangeability, Annals of Statistics 51, 2023).
func Widen(ctx context.Context, m *Model, valid, calib ml.Set) (*Model, float64, error) {
	rows := calib.X.Rows()
	blocks := min(widenBlocks, rows/minRows)
	if blocks < 2 {
		return m, 0, nil
	}
	var seconds float64
	for k := range blocks {
		lo, hi := k*rows/blocks, (k+1)*rows/blocks
		var rest []int
		for i := range rows {
			if i < lo || i >= hi {
				rest = append(rest, i)
			}
		}
		without, err := Fit(ctx, m.model, valid, calib.Select(rest))
		if err != nil {
			return nil, 0, fmt.Errorf("widen: %w", err)
		}
		block := calib.Slice(lo, hi)
		answers, err := without.Answer(nil, block.X)
		if err != nil {
			return nil, 0, fmt.Errorf("widen: %w", err)
		}
		late := make([]float64, len(answers))
		for i, a := range answers {
			late[i] = block.Y[i] - a.P90
		}
		seconds = max(seconds, conformalQuantile(late, ml.Q90))
	}
	s := m.state
	for e := range s.P90 {
		c := curve{X: s.P90[e].X, Y: append([]float64(nil), s.P90[e].Y...)}
		c.shift(seconds)
		s.P90[e] = c
	}
	out, err := newModel(s, m.model)
	return out, seconds, err
}
