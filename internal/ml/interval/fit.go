package interval

import (
	"context"
	"errors"
	"fmt"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

const (
	anyEngine = 0 // rows without a pump order, or without the column
	engines   = 3 // any, first, second
	// minRows is the least calibration rows: with fewer, no P90 can be promised.
	minRows = 30
	// groupRows is how many calibration rows of one engine make a group by predicted
	// level. Fewer give finer and noisier groups, of which there are at most maxGroups.
	groupRows = 400
	maxGroups = 8
	// shrinkRows is k in n/(n+k), the weight of a group's own correction against its
	// engine's, and of an engine's against that of all.
	shrinkRows = 300.0
	// isotonicFrom is from how many rows on probabilities are calibrated by isotonic
	// regression, below it by Platt's curve.
	isotonicFrom = 1000
)

// Fit calibrates m. valid gives the residuals of a model that has no quantiles of
// its own; calib everything else. calib must be later than all that m has seen,
// valid included, and in order of time, so that hours of exceptional lateness can be
// left out (see selectUsualRows). Where residuals are needed and valid has fewer than 200 rows, the
// first half of calib stands in for it, and only the second half calibrates.
//
// Fewer than 30 rows in calib, another width than the model's or a NaN target give
// lfb.ErrInvalid; a cancelled ctx gives its error. Nothing is random.
func Fit(ctx context.Context, m ml.Model, valid, calib ml.Set) (*Model, error) {
	if err := ml.CheckSets(calib, valid); err != nil {
		return nil, fmt.Errorf("fit interval, calibration span as train: %w", err)
	}
	if calib.X.Rows() < minRows {
		return nil, fmt.Errorf("fit interval: %d calibration rows, %d needed: %w", calib.X.Rows(), minRows, lfb.ErrInvalid)
	}
	s, err := newState(m, calib.X)
	if err != nil {
		return nil, fmt.Errorf("fit interval: %w", err)
	}
	if !s.Quantiles {
		if valid.X.Rows() < residualRows {
			half := calib.X.Rows() / 2
			valid, calib = calib.Slice(0, half), calib.Slice(half, calib.X.Rows())
		}
		if err := s.learnResiduals(m, valid); err != nil {
			return nil, fmt.Errorf("fit interval: %w", err)
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := s.calibrate(m, calib); err != nil {
		return nil, fmt.Errorf("fit interval: %w", err)
	}
	return newModel(s, m)
}

// newState is what m answers by itself, found out by the first row of x.
func newState(m ml.Model, x ml.Matrix) (state, error) {
	s := state{Format: format, Width: x.Width(), Pump: x.Schema().WithRole(ml.RolePump)}
	return s, s.probe(m, x.Slice(0, 1))
}

// probe finds out by one row what m answers by itself: a model type may have the
// methods while this model was fitted without those heads.
func (s *state) probe(m ml.Model, x ml.Matrix) error {
	if q, ok := m.(ml.Quantiles); ok {
		_, err := q.PredictQuantiles(nil, x, levels())
		if err != nil && !errors.Is(err, lfb.ErrInvalid) {
			return err
		}
		s.Quantiles = err == nil
	}
	if p, ok := m.(ml.Probabilities); ok {
		_, err := p.PredictProbabilities(nil, x, limits())
		if err != nil && !errors.Is(err, lfb.ErrInvalid) {
			return err
		}
		s.Probabilities = err == nil
	}
	return nil
}

func levels() []float64 { return []float64{ml.Q50, ml.Q90} }
func limits() []float64 { return []float64{ml.Aim, ml.Limit} }

// learnResiduals fills the residuals by engine; an engine with few rows has those of all.
func (s *state) learnResiduals(m ml.Model, valid ml.Set) error {
	p, err := m.Predict(nil, valid.X)
	if err != nil {
		return err
	}
	var rows sample
	for i, y := range valid.Y {
		rows.add(s.engineOf(valid.X, i), point{p[i], y})
	}
	all := newResiduals(rows.all)
	s.Residuals = make([]residuals, engines)
	for e := range s.Residuals {
		s.Residuals[e] = all
		if e != anyEngine && len(rows.byEngine[e]) >= residualRows {
			s.Residuals[e] = newResiduals(rows.byEngine[e])
		}
	}
	return nil
}

// calibrate fills the curves from the model's raw answers on calib.
func (s *state) calibrate(m ml.Model, calib ml.Set) error {
	answers, err := s.answerBlock(m, calib)
	if err == nil {
		s.fitCurves(answers)
	}
	return err
}

// fitCurves fills the curves from raw answers, in order of time.
func (s *state) fitCurves(b BlockAnswers) {
	keep := selectUsualRows(b.Raw, b.Y)
	collect := func(said func(ml.Answer) float64, happened func(y float64) float64) (rows sample) {
		for _, i := range keep {
			rows.add(b.Engine[i], point{said(b.Raw[i]), happened(b.Y[i])})
		}
		return rows
	}
	seconds := func(y float64) float64 { return y }
	s.P50 = calibrateQuantile(collect(func(a ml.Answer) float64 { return a.P50 }, seconds), ml.Q50)
	s.P90 = calibrateQuantile(collect(func(a ml.Answer) float64 { return a.P90 }, seconds), ml.Q90)
	s.Within6 = calibrateProbability(collect(func(a ml.Answer) float64 { return a.Within6 }, upTo(ml.Aim)))
	s.Within10 = calibrateProbability(collect(func(a ml.Answer) float64 { return a.Within10 }, upTo(ml.Limit)))
	s.Rows, s.LeftOut = len(keep), len(b.Y)-len(keep)
}

// sample is rows in order of time, all together and by engine.
type sample struct {
	all      []point
	byEngine [engines][]point
}

func (s *sample) add(engine int, p point) {
	s.all = append(s.all, p)
	s.byEngine[engine] = append(s.byEngine[engine], p)
}

func upTo(limit float64) func(float64) float64 {
	return func(y float64) float64 {
		if y <= limit {
			return 1
		}
		return 0
	}
}
