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
		t.Run(fmt.Sprint(direction), func(t *testing.T) {
			t.Parallel()
			r := Recipe{Rounds: 60, LearningRate: 0.2, CatMinRows: 20, Quantiles: []float64{0.5, 0.8}}
			m := mustFit(t, r, waves(1, 3000, direction), ml.Set{})
			grid := ml.NewMatrix(m.Schema(), 500)
			for other := range 20 {
				for i := range 500 {
					grid.Col(0)[i] = float64(i) / 50
					grid.Col(1)[i] = float64(other%4) - 2
					grid.Col(2)[i] = float64(other / 4)
				}
				all, err := m.all.Predict(nil, grid)
				if err != nil {
					t.Fatal(err)
				}
				for head := range 3 {
					checkMonotone(t, all[head:], 3, float64(direction))
				}
			}
		})
	}
}

// checkMonotone holds that every step-th of p, over growing distances, never steps against the direction.
func checkMonotone(t *testing.T, p []float64, step int, direction float64) {
	t.Helper()
	for i := step; i < len(p); i += step {
		if direction*(p[i]-p[i-step]) < -1e-9 {
			t.Fatalf("distance %d: %v after %v, want no step against direction %v", i/step, p[i], p[i-step], direction)
		}
	}
	if span := direction * (p[(len(p)-1)/step*step] - p[0]); span < 50 {
		t.Fatalf("predictions span %v over the distances, want about 200", span)
	}
}

func TestQuantilesCover(t *testing.T) {
	t.Parallel()
	train, valid, test := waves(1, 20_000, 1), waves(2, 5000, 1), waves(3, 10_000, 1)
	train.X.Schema().Columns[0].Monotone = 0 // the waves are real
	r := Recipe{Rounds: 200, LearningRate: 0.1, Quantiles: []float64{0.1, 0.5, 0.9}}
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
	m := mustFit(t, Recipe{Quantiles: []float64{0.25, 0.5}}, ml.Set{X: ml.NewMatrix(s, 5), Y: y}, ml.Set{})
	p, err := m.PredictJoint(ml.JointPrediction{}, ml.NewMatrix(s, 1), []float64{0.25, 0.5}, nil)
	if got := append(p.Mean, p.Quantiles...); err != nil || !slices.Equal(got, []float64{22, 2, 3}) {
		t.Errorf("mean and quantiles = %v, %v, want 22, 2 and 3", got, err)
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
		{Quantiles: []float64{0.9, 0.5}},
		{Quantiles: []float64{1}},
	} {
		if err := r.Check(); !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("Check(%+v) = %v, want ErrInvalid", r, err)
		}
	}
	if err := Default().Check(); err != nil {
		t.Errorf("Check of the default = %v", err)
	}
}

// TestRefusesWhatItHasNoHeadFor: whoever asks learns by lfb.ErrInvalid that a model was fitted without quantiles.
func TestRefusesWhatItHasNoHeadFor(t *testing.T) {
	t.Parallel()
	rows := city(1, 200)
	m := mustFit(t, Recipe{Rounds: 2}, rows, ml.Set{})
	if _, err := m.PredictQuantiles(nil, rows.X, []float64{0.5}); !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("PredictQuantiles of a model without = %v, want ErrInvalid", err)
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
