package linear

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"

	"gonum.org/v1/gonum/floats"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

// Recipe is the hyper-parameters; the zero value is the default. It implements
// ml.Estimator.
type Recipe struct {
	// Lambda is the ridge penalty in rows: a category's level is shrunk by about
	// n/(n+λ). 0 chooses the best of 0.1, 1, 10, 100 and 1000 on valid, or 10 where
	// valid is empty.
	Lambda float64 `json:"lambda,omitempty"`
	// RareRows is how many rows a category or an indicator of missing needs for a
	// column of its own; 0 = 25.
	RareRows int `json:"rare_rows,omitempty"`
	// Quantiles are the levels with a head of their own, ascending in (0, 1); nil =
	// 0.5 and 0.9, an empty list is none.
	Quantiles []float64 `json:"quantiles,omitempty"`
}

// lambdaGrid returns the penalties that valid chooses from; without valid rows the middle one is used.
func lambdaGrid() []float64 { return []float64{0.1, 1, 10, 100, 1000} }

const defaultLambda = 10

// Check returns lfb.ErrInvalid for a recipe that cannot be fitted.
func (r Recipe) Check() error {
	if !(r.Lambda >= 0 && r.Lambda <= 1e12) || r.RareRows < 0 {
		return fmt.Errorf("linear lambda %v, rare rows %d: %w", r.Lambda, r.RareRows, lfb.ErrInvalid)
	}
	if len(r.Quantiles) > 20 {
		return fmt.Errorf("linear with %d quantiles, at most 20: %w", len(r.Quantiles), lfb.ErrInvalid)
	}
	return ml.CheckLevels(r.Quantiles)
}

// Fit solves the normal equations, then each quantile. See ml.Estimator.
func (r Recipe) Fit(ctx context.Context, train, valid ml.Set, opt ml.Options) (ml.Model, error) {
	if err := r.Check(); err != nil {
		return nil, err
	}
	if err := ml.CheckSets(train, valid); err != nil {
		return nil, fmt.Errorf("fit linear: %w", err)
	}
	if r.Quantiles == nil {
		r.Quantiles = []float64{ml.Q50, ml.Q90}
	}
	f := fitRun{
		ctx: ctx, train: train, valid: valid, opt: opt,
		design: newDesign(train.X, cmp.Or(r.RareRows, 25)), validLoss: math.NaN(),
	}
	if f.design.width > maxWidth {
		return nil, fmt.Errorf("fit linear: %d design columns, at most %d: %w", f.design.width, maxWidth, lfb.ErrInvalid)
	}
	f.threads = cmp.Or(max(opt.Threads, 0), runtime.GOMAXPROCS(0))
	m, err := f.fitModel(r)
	if err != nil {
		return nil, fmt.Errorf("fit linear: %w", err)
	}
	return m, nil
}

// fitRun is the state of one Fit.
type fitRun struct {
	ctx          context.Context
	train, valid ml.Set
	opt          ml.Options
	design       designLayout
	threads      int
	done, total  int     // units of progress
	validLoss    float64 // the best RMSE on valid so far
}

func (f *fitRun) fitModel(r Recipe) (*Model, error) {
	grid := lambdaGrid()
	if r.Lambda > 0 {
		grid = []float64{r.Lambda}
	} else if f.valid.X.Rows() == 0 {
		grid = []float64{defaultLambda}
	}
	f.total = 1 + len(grid) + len(r.Quantiles)
	sums, err := f.sumRows(squaredLoss(f.train.Y))
	if err != nil {
		return nil, err
	}
	f.reportStep()
	s, err := f.fitRidge(sums, grid)
	if err != nil {
		return nil, err
	}
	s.Mean = slices.Clone(sums.gram[:f.design.width])
	floats.Scale(1/float64(f.train.X.Rows()), s.Mean)
	s.Gain = f.columnGains(sums, s.Coef)
	for _, q := range r.Quantiles {
		coef, err := f.fitQuantile(q, s)
		if err != nil {
			return nil, err
		}
		s.Heads = append(s.Heads, quantileHead{Level: q, Coef: coef})
		f.reportStep()
	}
	return newModel(s)
}

// fitRidge solves for every penalty and keeps the one of the least error on valid.
func (f *fitRun) fitRidge(sums *normalEquations, grid []float64) (modelState, error) {
	s := modelState{Format: format, Parts: f.design.parts, Width: f.design.width}
	centre := exactMean(f.train.Y) // what squaredLoss took out
	for _, lambda := range grid {
		if err := f.ctx.Err(); err != nil {
			return s, err
		}
		coef, err := solveRidge(sums, lambda)
		if err != nil {
			return s, err
		}
		coef[0] += centre
		loss := math.NaN()
		if f.valid.X.Rows() > 0 {
			loss = ml.RMSE(f.design.predictRows(nil, f.valid.X, coef), f.valid.Y)
		}
		if s.Coef == nil || loss < f.validLoss {
			s.Coef, s.Lambda, f.validLoss = coef, lambda, loss
		}
		f.reportStep()
	}
	return s, nil
}

func (f *fitRun) reportStep() {
	f.done++
	if f.opt.Progress != nil {
		f.opt.Progress(ml.Progress{Done: f.done, Total: f.total, Valid: f.validLoss})
	}
}

// columnGains is the variance of what each column adds, times the rows: the squared
// error that the column accounts for by itself.
func (f *fitRun) columnGains(s *normalEquations, coef []float64) []float64 {
	d, n := f.design.width, s.gram[0]
	out := make([]float64, len(f.design.parts))
	for j, p := range f.design.parts {
		var square, mean float64
		for a := p.Start; a < p.Start+p.columnCount(); a++ {
			mean += coef[a] * s.gram[a]
			square += coef[a] * coef[a] * s.gram[a*d+a]
			for b := a + 1; b < p.Start+p.columnCount(); b++ {
				square += 2 * coef[a] * coef[b] * s.gram[a*d+b]
			}
		}
		out[j] = max(square-mean*mean/n, 0)
	}
	return out
}
