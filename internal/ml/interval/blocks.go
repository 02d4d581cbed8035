package interval

import (
	"fmt"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

// BlockAnswers is what a model said, before calibration, of a block of rows in order of time, and what happened.
type BlockAnswers struct {
	Raw    []ml.Answer `json:"raw"`
	Y      []float64   `json:"y"`      // seconds
	Engine []int       `json:"engine"` // 1, 2, or 0 where it is not known
}

// AnswerBlock asks m, which must have seen none of them, about a block of rows. A model without quantiles of its own
// gives lfb.ErrInvalid, as does an empty block.
func AnswerBlock(m ml.Model, block ml.Set) (BlockAnswers, error) {
	if block.X.Rows() == 0 {
		return BlockAnswers{}, fmt.Errorf("block without rows: %w", lfb.ErrInvalid)
	}
	s, err := newState(m, block.X)
	if err == nil && !s.Quantiles {
		err = fmt.Errorf("the model has no quantiles of its own: %w", lfb.ErrInvalid)
	}
	if err != nil {
		return BlockAnswers{}, err
	}
	return s.answerBlock(m, block)
}

func (s *state) answerBlock(m ml.Model, block ml.Set) (BlockAnswers, error) {
	b := BlockAnswers{Raw: make([]ml.Answer, block.X.Rows()), Y: block.Y, Engine: make([]int, block.X.Rows())}
	for i := range b.Engine {
		b.Engine[i] = s.engineOf(block.X, i)
	}
	return b, newRawAnswerer(s, m).answer(b.Raw, block.X)
}

// FitBlocks calibrates m, fitted on all rows, by what models of the same recipe said of consecutive blocks that each
// had not seen. x is rows of the columns of m, of which the first is asked about. Fewer than 30 rows in all give
// lfb.ErrInvalid.
//
// Source: cross-conformal prediction (Vovk, Annals of Mathematics and AI 74, 2015), with blocks of time as folds.
func FitBlocks(m ml.Model, x ml.Matrix, blocks []BlockAnswers) (*Model, error) {
	var all BlockAnswers
	for _, b := range blocks {
		all.Raw, all.Y, all.Engine = append(all.Raw, b.Raw...), append(all.Y, b.Y...), append(all.Engine, b.Engine...)
	}
	if len(all.Y) < minRows {
		return nil, fmt.Errorf("fit interval: %d calibration rows, %d needed: %w", len(all.Y), minRows, lfb.ErrInvalid)
	}
	s, err := newState(m, x)
	if err != nil {
		return nil, fmt.Errorf("fit interval: %w", err)
	}
	s.fitCurves(all)
	return newModel(s, m)
}

// Calibrate maps a block's raw answers as Answer maps those of the model.
func (m *Model) Calibrate(b BlockAnswers) []ml.Answer {
	out := make([]ml.Answer, len(b.Raw))
	for i, raw := range b.Raw {
		out[i] = m.state.calibrated(raw, b.Engine[i])
	}
	return out
}
