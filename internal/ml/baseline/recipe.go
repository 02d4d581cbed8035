package baseline

import (
	"context"
	"fmt"
	"slices"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

// Kinds of baseline.
const (
	Mean         = "mean"          // the mean of all rows of the engine
	GroundMean   = "ground_mean"   // the mean by engine and station ground, shrunk
	GroundMedian = "ground_median" // the median, likewise
)

// Recipe is the baseline to learn. It implements ml.Estimator.
type Recipe struct {
	Kind string `json:"kind"`
	// Shrink is k in n/(n+k), the weight of a ground's own n rows against its
	// engine's: 0 estimates it from the data, as variance within over variance
	// between.
	Shrink float64 `json:"shrink,omitempty"`
}

// Limits of an estimated k: below the first a ground of one row would be believed,
// at the second all of London has one level.
const (
	minShrink = 1
	maxShrink = 1e6
)

// Check returns lfb.ErrInvalid for a kind that does not exist or a negative k.
func (r Recipe) Check() error {
	if !slices.Contains([]string{Mean, GroundMean, GroundMedian}, r.Kind) {
		return fmt.Errorf("baseline kind %q: %w", r.Kind, lfb.ErrInvalid)
	}
	if !(r.Shrink >= 0 && r.Shrink <= maxShrink) {
		return fmt.Errorf("baseline shrink %v, want 0 to %v: %w", r.Shrink, maxShrink, lfb.ErrInvalid)
	}
	return nil
}

// Fit counts and averages; valid is not used. See ml.Estimator.
func (r Recipe) Fit(ctx context.Context, train, valid ml.Set, _ ml.Options) (ml.Model, error) {
	if err := r.Check(); err != nil {
		return nil, err
	}
	if err := ml.CheckSets(train, valid); err != nil {
		return nil, fmt.Errorf("fit baseline: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	schema := train.X.Schema()
	s := modelState{
		Format: format, Kind: r.Kind, Width: schema.Width(), Shrink: r.Shrink,
		Ground: schema.WithRole(ml.RoleGround), Pump: schema.WithRole(ml.RolePump),
	}
	if r.Kind == Mean {
		s.Ground = -1
	}
	if s.Ground >= 0 && !schema.Columns[s.Ground].IsCategorical() {
		return nil, fmt.Errorf("fit baseline: ground column %s is not categorical: %w",
			schema.Columns[s.Ground].Name, lfb.ErrInvalid)
	}
	s.collectCells(train)
	if s.Shrink == 0 {
		s.Shrink = s.estimateShrink()
	}
	return newModel(s)
}

// collectCells fills the state's cells: all rows, each engine, each ground, and each
// engine in each ground.
func (s *modelState) collectCells(train ml.Set) {
	grounds := 0
	if s.Ground >= 0 {
		grounds = train.X.Schema().Columns[s.Ground].Categories
	}
	values := make([][]float64, engines*(grounds+1)) // by ground+1, then engine
	for i, y := range train.Y {
		own := s.keyOf(train.X, i)
		values[0] = append(values[0], y)
		if own.pump != anyPump {
			values[own.pump] = append(values[own.pump], y)
		}
		if own.ground == anyGround {
			continue
		}
		at := engines * (own.ground + 1)
		values[at] = append(values[at], y)
		if own.pump != anyPump {
			values[at+own.pump] = append(values[at+own.pump], y)
		}
	}
	for at, v := range values {
		if len(v) > 0 {
			s.Cells = append(s.Cells, newCell(cellKey{pump: at % engines, ground: at/engines - 1}, v))
		}
	}
}

// estimateShrink is the method of moments: k = variance within a ground over the
// variance of the grounds' true levels, which is what is left of the variance of
// their means after their own noise.
//
// Source: Efron & Morris, Data analysis using Stein's estimator, JASA 70, 1975.
func (s *modelState) estimateShrink() float64 {
	means := map[int]float64{} // by engine
	for _, c := range s.Cells {
		if c.Ground == anyGround {
			means[c.Pump] = c.Mean
		}
	}
	var within, between, cells, rows float64
	for _, c := range s.Cells {
		if c.Ground == anyGround {
			continue
		}
		n, d := float64(c.Rows), c.Mean-means[c.Pump]
		within += n * c.Variance
		between += n * d * d
		rows, cells = rows+n, cells+1
	}
	if rows == 0 {
		return maxShrink
	}
	within /= rows
	signal := (between - within*cells) / rows
	if !(signal > 0) {
		return maxShrink
	}
	return min(max(within/signal, minShrink), maxShrink)
}
