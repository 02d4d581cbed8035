package gbdt

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/tree"
)

func mustFit(t *testing.T, r Recipe, train, valid ml.Set) *Model {
	t.Helper()
	fitted, err := r.Fit(t.Context(), train, valid, ml.Options{Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	m := fitted.(*Model)
	return m
}

func mustPredict(t *testing.T, m ml.Model, x ml.Matrix) []float64 {
	t.Helper()
	p, err := m.Predict(nil, x)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// waves is noisy rows of a monotone trend with waves upon it.
func waves(seed uint64, rows, monotone int) ml.Set {
	s := &ml.Schema{Columns: []ml.Column{
		{Name: "distance", Monotone: monotone}, {Name: "other"}, {Name: "kind", Categories: 5},
	}}
	rng := rand.New(rand.NewPCG(seed, 1))
	x, y := ml.NewMatrix(s, rows), make([]float64, rows)
	for i := range rows {
		d, o, k := 10*rng.Float64(), rng.NormFloat64(), rng.IntN(5)
		x.Col(0)[i], x.Col(1)[i], x.Col(2)[i] = d, o, float64(k)
		y[i] = float64(monotone)*(20*d+30*math.Sin(3*d)*(1+o)) + 9*float64(k) + 15*rng.NormFloat64()
	}
	return ml.Set{X: x, Y: y}
}

func TestMonotone(t *testing.T) {
	t.Parallel()
	for _, direction := range []int{1, -1} {
		for _, objective := range []string{Squared, Absolute, Huber, Quantile} {
			t.Run(fmt.Sprint(objective, direction), func(t *testing.T) {
				t.Parallel()
				r := Recipe{Rounds: 60, LearningRate: 0.2, Objective: objective, HuberDelta: 30, Alpha: 0.8, CatMinRows: 20}
				m := mustFit(t, r, waves(1, 3000, direction), ml.Set{})
				grid := ml.NewMatrix(m.Schema(), 500)
				for other := range 20 {
					for i := range 500 {
						grid.Col(0)[i] = float64(i) / 50
						grid.Col(1)[i] = float64(other%4) - 2
						grid.Col(2)[i] = float64(other / 4)
					}
					p := mustPredict(t, m, grid)
					for i := 1; i < len(p); i++ {
						if float64(direction)*(p[i]-p[i-1]) < -1e-9 {
							t.Fatalf("distance %v: %v after %v, want no step against direction %d",
								grid.At(i, 0), p[i], p[i-1], direction)
						}
					}
					if span := float64(direction) * (p[499] - p[0]); span < 50 {
						t.Fatalf("predictions span %v over the distances, want about 200", span)
					}
				}
			})
		}
	}
}

func TestQuantilesCover(t *testing.T) {
	t.Parallel()
	train, valid, test := waves(1, 20_000, 1), waves(2, 5000, 1), waves(3, 10_000, 1)
	train.X.Schema().Columns[0].Monotone = 0 // the waves are real
	r := Recipe{Rounds: 200, LearningRate: 0.1, Quantiles: []float64{0.1, 0.5, 0.9}, Thresholds: []float64{100, 150}}
	m := mustFit(t, r, train, valid)
	q := []float64{0.05, 0.1, 0.3, 0.5, 0.9, 0.95}
	got, err := m.PredictQuantiles(nil, test.X, q)
	if err != nil {
		t.Fatal(err)
	}
	covered := make([]float64, len(q))
	for i, y := range test.Y {
		for k := range q {
			if y <= got[i*len(q)+k] {
				covered[k] += 1 / float64(len(test.Y))
			}
		}
	}
	for k, want := range q {
		within := 0.03
		if want != 0.1 && want != 0.5 && want != 0.9 {
			within = 0.05 // no head of its own
		}
		if math.Abs(covered[k]-want) > within {
			t.Errorf("quantile %v covers %.3f", want, covered[k])
		}
	}
	p, err := m.PredictProbabilities(nil, test.X, []float64{100, 150})
	if err != nil {
		t.Fatal(err)
	}
	predicted, actual := 0.0, 0.0
	for i, y := range test.Y {
		predicted += p[2*i]
		if y <= 100 {
			actual++
		}
	}
	if math.Abs(predicted-actual) > 0.02*float64(len(test.Y)) {
		t.Errorf("mean P(y ≤ 100) = %.3f, want %.3f", predicted/float64(len(test.Y)), actual/float64(len(test.Y)))
	}
}

func TestEarlyStopping(t *testing.T) {
	t.Parallel()
	train, valid := city(1, 2000), city(2, 2000)
	r := Recipe{Rounds: 400, LearningRate: 0.3, Patience: 10}
	stopped := mustFit(t, r, train, valid)
	r.Patience = -1
	whole := mustFit(t, r, train, valid)
	if n := len(stopped.Mean().Trees); n >= 200 || len(whole.Mean().Trees) != 400 {
		t.Errorf("%d trees with patience and %d without, want few and 400", n, len(whole.Mean().Trees))
	}
	if a, b := ml.RMSE(mustPredict(t, stopped, valid.X), valid.Y), ml.RMSE(mustPredict(t, whole, valid.X),
		valid.Y); a >= b {
		t.Errorf("RMSE on valid = %v when stopped, %v when not", a, b)
	}
}

func TestManyCategories(t *testing.T) {
	t.Parallel()
	s := &ml.Schema{Columns: []ml.Column{{Name: "c", Categories: 10_000}}}
	rng := rand.New(rand.NewPCG(1, 1))
	set := func(rows int) ml.Set {
		x, y := ml.NewMatrix(s, rows), make([]float64, rows)
		for i := range rows {
			c := math.Floor(10_000 * math.Pow(rng.Float64(), 6))
			x.Col(0)[i], y[i] = c, float64(int(c)%2)*100+rng.NormFloat64()
		}
		return ml.Set{X: x, Y: y}
	}
	test := set(2000)
	m := mustFit(t, Recipe{Rounds: 50, LearningRate: 0.2}, set(20_000), ml.Set{})
	if r2 := ml.R2(mustPredict(t, m, test.X), test.Y); r2 < 0.4 { // the rare half of the rows share a bin
		t.Errorf("R2 = %.3f, want at least 0.4", r2)
	}
}

func TestObjectivesFindTheirConstant(t *testing.T) {
	t.Parallel()
	s := &ml.Schema{Columns: []ml.Column{{Name: "constant"}}}
	y := []float64{1, 2, 3, 4, 100}
	for _, tt := range []struct {
		name   string
		recipe Recipe
		want   float64
	}{
		{"mean", Recipe{}, 22},
		{"median", Recipe{Objective: Absolute}, 3},
		{"quantile", Recipe{Objective: Quantile, Alpha: 0.25}, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := mustFit(t, tt.recipe, ml.Set{X: ml.NewMatrix(s, 5), Y: y}, ml.Set{})
			if p := mustPredict(t, m, ml.NewMatrix(s, 1)); math.Abs(p[0]-tt.want) > 1e-9 {
				t.Errorf("Predict = %v, want %v", p[0], tt.want)
			}
		})
	}
}

func TestCheckpointOfAnotherFit(t *testing.T) {
	t.Parallel()
	var last []byte
	keep := ml.Options{Seed: 1, Checkpoint: func(b []byte) { last = b }}
	if _, err := small().Fit(t.Context(), city(1, 500), ml.Set{}, keep); err != nil {
		t.Fatal(err)
	}
	other := small()
	other.Leaves = 9
	for _, tt := range []struct {
		name   string
		recipe Recipe
		train  ml.Set
		seed   uint64
	}{
		{"recipe", other, city(1, 500), 1},
		{"seed", small(), city(1, 500), 2},
		{"rows", small(), city(1, 400), 1},
		{"data", small(), city(9, 500), 1},
	} {
		_, err := tt.recipe.Fit(t.Context(), tt.train, ml.Set{}, ml.Options{Seed: tt.seed, Resume: last})
		if !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("resuming with another %s = %v, want ErrInvalid", tt.name, err)
		}
	}
}

func TestRecipeCheck(t *testing.T) {
	t.Parallel()
	for _, r := range []Recipe{
		{Rounds: -1},
		{LearningRate: math.NaN()},
		{Leaves: 1 << 20},
		{MaxBins: 256},
		{MaxBins: 1},
		{RowFraction: 2},
		{L2: -1},
		{Objective: "poisson"},
		{Quantiles: []float64{0.9, 0.5}},
		{Quantiles: []float64{1}},
		{Thresholds: []float64{math.NaN()}},
		{Thresholds: []float64{5, 5}},
	} {
		if err := r.Check(); !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("Check(%+v) = %v, want ErrInvalid", r, err)
		}
	}
	if err := Default().Check(); err != nil {
		t.Errorf("Check of the default = %v", err)
	}
}

// TestRefusesWhatItHasNoHeadFor: whoever asks learns by lfb.ErrInvalid what a model was fitted without.
func TestRefusesWhatItHasNoHeadFor(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name       string
		recipe     Recipe
		quantiles  bool
		thresholds bool
	}{
		{"mean", Recipe{Rounds: 2}, false, false},
		{"quantiles", Recipe{Rounds: 2, Quantiles: []float64{0.5}}, true, false},
		{"thresholds", Recipe{Rounds: 2, Thresholds: []float64{5}}, false, true},
		{"all", Recipe{Rounds: 2, Quantiles: []float64{0.5}, Thresholds: []float64{5}}, true, true},
	} {
		rows := city(1, 200)
		fitted, err := tt.recipe.Fit(t.Context(), rows, ml.Set{}, ml.Options{})
		if err != nil {
			t.Fatal(err)
		}
		m := fitted.(*Model)
		_, q := m.PredictQuantiles(nil, rows.X, []float64{0.5})
		_, p := m.PredictProbabilities(nil, rows.X, []float64{5})
		if errors.Is(q, lfb.ErrInvalid) == tt.quantiles || errors.Is(p, lfb.ErrInvalid) == tt.thresholds {
			t.Errorf("%s: quantiles %v, probabilities %v", tt.name, q, p)
		}
	}
}

// TestDrawRowsIsAFairDraw holds that a row is in the bag where the generator's next
// number between 0 and 1 is below the share asked for, and out of it elsewhere.
func TestDrawRowsIsAFairDraw(t *testing.T) {
	t.Parallel()
	for _, share := range []float64{1e-9, 0.1, 0.5, 0.7, 1 - 1e-9} {
		b := &booster{fit: &fit{recipe: Recipe{RowFraction: share}, data: &tree.BinnedMatrix{Rows: 3000}}}
		b.sampleRows(rand.NewPCG(1, 2))
		rng := rand.New(rand.NewPCG(1, 2))
		in, out := []int32{}, []int32{}
		for i := range int32(3000) {
			if rng.Float64() < share {
				in = append(in, i)
			} else {
				out = append(out, i)
			}
		}
		if len(in) == 0 { // one row is drawn at least
			in, out = b.bag, slices.DeleteFunc(out, func(i int32) bool { return i == b.bag[0] })
		}
		if len(b.bag) == 0 || !slices.Equal(b.bag, in) || !slices.Equal(b.out, out) {
			t.Errorf("share %v: %d rows in the bag and %d out, want %d and %d", share, len(b.bag), len(b.out), len(in), len(out))
		}
	}
}
