package feature

import (
	"context"
	"fmt"
	"math"

	"golang.org/x/sync/errgroup"

	"lfb/internal/lfb"
)

// Tables is everything that is averaged over outcomes: in serving over all
// training rows, in training over the folds that a row is not in.
type Tables struct {
	Fields  []Grid      `json:"fields"`   // seconds beyond the expected, at three widths
	AwayMap Grid        `json:"away_map"` // share beyond the mean of first engines not from the own ground
	Means   [][]float64 `json:"means"`    // by meanRecipes, then by key
}

// fieldRecipes are a street's, a neighbourhood's and a borough's width.
func fieldRecipes() []gridRecipe {
	return []gridRecipe{{250, 300, 5, 0.1}, {500, 800, 5, 0.1}, {1000, 2000, 5, 0.1}}
}

func awayRecipe() gridRecipe { return gridRecipe{500, 800, 5, 0.0001} }

// The quantities that tables average.
const (
	excess = iota // seconds beyond the expected time
	away          // 1 where a first engine came from another ground
	second        // 1 where a second engine came from the own ground
	quantities
)

// meanRecipe is a shrunken mean of a quantity by a key.
type meanRecipe struct {
	name     string
	quantity int
	shrink   float64 // rows' worth of the prior mean
	key      meanKey
	size     func(s *Spec) int
	// prior is the position of the recipe that a mean is shrunk to, -1 for the
	// overall mean; priorKey maps a key to that recipe's.
	prior    int
	priorKey func(k int32) int32
}

const hoursOfWeek = 168

// Positions of two means among meanRecipes.
const (
	awayByBand   = 6
	secondByName = 7
)

// meanRecipes is in the order of Tables.Means and of the columns.
func meanRecipes() []meanRecipe {
	words := func(f wordFact) func(*Spec) int { return func(s *Spec) int { return len(s.Vocab[f].Words) } }
	return []meanRecipe{
		{name: "excess_ward", quantity: excess, shrink: 20, key: meanKey(ward), size: words(ward), prior: -1},
		{name: "excess_district", quantity: excess, shrink: 20, key: meanKey(district), size: words(district), prior: -1},
		{
			name: "excess_property_type", quantity: excess, shrink: 20, key: meanKey(propertyType), size: words(propertyType),
			prior: -1,
		},
		{name: "excess_reported", quantity: excess, shrink: 20, key: meanKey(reported), size: words(reported), prior: -1},
		{
			name: "excess_hour_of_week", quantity: excess, shrink: 50, key: byWeekHour, prior: -1,
			size: func(*Spec) int { return hoursOfWeek },
		},
		{name: "away_ground", quantity: away, shrink: 20, key: meanKey(ground), size: words(ground), prior: -1},
		awayByBand: {
			name: "away_ground_band", quantity: away, shrink: 20, key: byGroundBand, prior: 5,
			size:     func(s *Spec) int { return 4 * len(s.Vocab[ground].Words) },
			priorKey: func(k int32) int32 { return k / 4 },
		},
		secondByName: {
			name: "second_own_ground", quantity: second, shrink: 10, key: meanKey(ground), size: words(ground), prior: -1,
		},
	}
}

// meanKey is what rows are grouped by for a mean: one of the facts, or one of the keys below.
// (Functions would be neater, and make Encode allocate.)
type meanKey int

const (
	byWeekHour   = meanKey(factCount) + iota
	byGroundBand // the station ground in a quarter of the day
)

// lookupCode returns the key's value for a row, -1 where it is unknown.
func (k meanKey) lookupCode(f *callFacts) int32 {
	switch {
	case k < meanKey(factCount):
		return f.word[k]
	case k == byWeekHour:
		return f.weekHour
	case f.word[ground] < 0 || f.weekHour < 0:
		return -1
	}
	return f.word[ground]*4 + f.weekHour%24/6
}

// fitTables averages the quantities, for serving and without each fold.
func fitTables(ctx context.Context, sp *Spec, s *trainingSample, threads int) error {
	values, err := quantitiesOf(ctx, sp, s, threads)
	if err != nil {
		return err
	}
	var fields []*gridSums
	for _, r := range fieldRecipes() {
		fields = append(fields, sumGrid(s, frameOf(s, r.cellM), values[excess]))
	}
	awayMap := sumGrid(s, frameOf(s, awayRecipe().cellM), values[away])
	means := newMeanSums(sp, s, values)
	var made [folds + 1]Tables
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(threads)
	for without := range made {
		g.Go(func() error {
			t := &made[without]
			for k, r := range fieldRecipes() {
				t.Fields = append(t.Fields, fields[k].smoothGrid(r, without))
			}
			t.AwayMap = awayMap.smoothGrid(awayRecipe(), without)
			t.Means = means.shrunkenMeans(without)
			return ctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	sp.Tables = made[folds]
	sp.folds = made[:folds:folds]
	return nil
}

// quantitiesOf is each row's quantities less their overall mean, NaN where a row
// has none. The means of the shares go to the Spec.
func quantitiesOf(ctx context.Context, sp *Spec, s *trainingSample, threads int) (v [quantities][]float32, err error) {
	for q := range v {
		v[q] = make([]float32, s.n)
	}
	if err := eachBlock(ctx, s.n, threads, func(lo, hi int) { fillQuantities(&v, sp, s, lo, hi) }); err != nil {
		return v, err
	}
	centreByGroup(v[excess], s.pump)
	sp.Away, sp.Second = centreByGroup(v[away], nil), centreByGroup(v[second], nil)
	return v, nil
}

// fillQuantities is quantitiesOf for rows lo ≤ i < hi, means not yet taken off.
func fillQuantities(v *[quantities][]float32, sp *Spec, s *trainingSample, lo, hi int) {
	var look stationPlacement
	for i := lo; i < hi; i++ {
		v[excess][i], v[away][i], v[second][i] = float32(nan), float32(nan), float32(nan)
		if !isNaN32(s.e[i]) && len(sp.geo.lines) > 0 {
			sp.geo.rankStations(&look, float64(s.e[i]), float64(s.north[i]), -1)
			// One late engine in a quiet street must not colour it red.
			x := float64(s.y[i]) - sp.Ranks[s.pump[i]].expectedTime(&look.quick)
			v[excess][i] = float32(min(max(x, -300), 500))
		}
		if s.from[i] < 0 || s.facts[ground][i] < 0 {
			continue
		}
		own := s.stations[s.from[i]] == s.vocab[ground].Words[s.facts[ground][i]]
		switch {
		case s.pump[i] == 0:
			v[away][i] = float32(boolToFloat(!own))
		default:
			v[second][i] = float32(boolToFloat(own))
		}
	}
}

// centreByGroup takes the mean off v, group by group, and returns the first group's.
// Rows without a value count for nothing; a nil group is one for all.
func centreByGroup(v []float32, group []int8) float64 {
	var sum, rows [2]float64
	of := func(i int) int8 {
		if group == nil {
			return 0
		}
		return group[i]
	}
	for i, x := range v {
		if !isNaN32(x) {
			sum[of(i)] += float64(x)
			rows[of(i)]++
		}
	}
	for i := range v {
		v[i] -= float32(sum[of(i)] / max(rows[of(i)], 1))
	}
	return sum[0] / max(rows[0], 1)
}

// meanSums is sums and rows by recipe, fold and key.
type meanSums struct {
	recipes []meanRecipe
	value   [][folds][]float64
	rows    [][folds][]float64
}

func newMeanSums(sp *Spec, s *trainingSample, values [quantities][]float32) *meanSums {
	m := &meanSums{recipes: meanRecipes()}
	m.value = make([][folds][]float64, len(m.recipes))
	m.rows = make([][folds][]float64, len(m.recipes))
	for r, recipe := range m.recipes {
		for f := range folds {
			m.value[r][f] = make([]float64, recipe.size(sp))
			m.rows[r][f] = make([]float64, recipe.size(sp))
		}
	}
	var x callFacts
	for i := range s.n {
		for f := range factCount {
			x.word[f] = s.facts[f][i]
		}
		x.weekHour = int32(s.hour[i])
		for r, recipe := range m.recipes {
			k, v := recipe.key.lookupCode(&x), values[recipe.quantity][i]
			if k >= 0 && !isNaN32(v) {
				m.value[r][s.fold[i]][k] += float64(v)
				m.rows[r][s.fold[i]][k]++
			}
		}
	}
	return m
}

// shrunkenMeans returns the shrunken means over every fold but one.
func (m *meanSums) shrunkenMeans(without int) [][]float64 {
	out := make([][]float64, len(m.recipes))
	for r, recipe := range m.recipes {
		out[r] = make([]float64, len(m.value[r][0]))
		for k := range out[r] {
			var sum, rows, prior float64
			for f := range folds {
				if f != without {
					sum += m.value[r][f][k]
					rows += m.rows[r][f][k]
				}
			}
			if recipe.prior >= 0 {
				prior = out[recipe.prior][recipe.priorKey(int32(k))]
			}
			out[r][k] = roundToUnit((sum+recipe.shrink*prior)/(rows+recipe.shrink), 0.0001)
		}
	}
	return out
}

// lookupMean returns the table's value for a row, 0 (the overall mean) where its key is
// unknown.
func (t *Tables) lookupMean(r int, recipe *meanRecipe, f *callFacts) float64 {
	k := recipe.key.lookupCode(f)
	if k < 0 {
		return 0
	}
	return t.Means[r][k]
}

func (t *Tables) checkTables(sp *Spec) error {
	if len(t.Fields) != len(fieldRecipes()) || len(t.Means) != len(meanRecipes()) {
		return fmt.Errorf("%d fields and %d means: %w", len(t.Fields), len(t.Means), lfb.ErrInvalid)
	}
	for k := range t.Fields {
		if err := t.Fields[k].checkGrid(); err != nil {
			return fmt.Errorf("field %d: %w", k, err)
		}
	}
	for r, recipe := range meanRecipes() {
		if len(t.Means[r]) != recipe.size(sp) {
			return fmt.Errorf("%s: %d means for %d keys: %w", recipe.name, len(t.Means[r]), recipe.size(sp), lfb.ErrInvalid)
		}
		for _, v := range t.Means[r] {
			if math.Abs(v) > 1e6 {
				return fmt.Errorf("%s: mean %v: %w", recipe.name, v, lfb.ErrInvalid)
			}
		}
	}
	return t.AwayMap.checkGrid()
}
