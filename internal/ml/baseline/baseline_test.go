package baseline

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/mltest"
)

func decode(b []byte) (ml.Model, error) { return Decode(b) }

func TestConformance(t *testing.T) {
	t.Parallel()
	t.Run(Mean, func(t *testing.T) { mltest.Run(t, Recipe{Kind: Mean}, decode, mltest.BeatsMean) })
	t.Run(GroundMean, func(t *testing.T) { mltest.Run(t, Recipe{Kind: GroundMean}, decode) })
	t.Run(GroundMedian, func(t *testing.T) { mltest.Run(t, Recipe{Kind: GroundMedian}, decode) })
}

func FuzzDecode(f *testing.F) { mltest.Fuzz(f, Recipe{Kind: GroundMean}, decode) }

// set makes rows of (pump, ground, seconds); ground -1 is missing.
func set(rows [][3]float64) ml.Set {
	schema := &ml.Schema{Columns: []ml.Column{
		{Name: "other"},
		{Name: "pump", Role: ml.RolePump},
		{Name: "ground", Categories: 5, Role: ml.RoleGround},
	}}
	s := ml.Set{X: ml.NewMatrix(schema, len(rows)), Y: make([]float64, len(rows))}
	for i, r := range rows {
		s.X.Col(1)[i], s.X.Col(2)[i], s.Y[i] = r[0], r[1], r[2]
		if r[1] < 0 {
			s.X.Col(2)[i] = math.NaN()
		}
	}
	return s
}

func fit(t testing.TB, r Recipe, s ml.Set) *Model {
	t.Helper()
	m, err := r.Fit(t.Context(), s, ml.Set{}, ml.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m.(*Model)
}

func TestPredict(t *testing.T) {
	t.Parallel()
	var rows [][3]float64
	for k := range 100 { // first engines: ground 0 around 200, ground 1 around 400
		rows = append(rows, [3]float64{1, 0, 200 + float64(k%2)*20}, [3]float64{1, 1, 400 + float64(k%2)*20})
		rows = append(rows, [3]float64{2, 0, 500}, [3]float64{2, 1, 500})
	}
	rows = append(rows, [3]float64{1, 2, 1000}) // one odd row of a third ground
	tests := []struct {
		name      string
		recipe    Recipe
		pump      float64
		ground    float64
		want, tol float64
	}{
		{"mean knows the engine", Recipe{Kind: Mean}, 1, 0, 318, 2},
		{"mean knows the second engine", Recipe{Kind: Mean}, 2, 0, 500, 6},
		{"mean of a missing engine", Recipe{Kind: Mean}, math.NaN(), 0, 406, 2},
		{"mean of a third engine", Recipe{Kind: Mean}, 3, 0, 406, 2},
		{"a large ground is believed", Recipe{Kind: GroundMean}, 1, 0, 210, 3},
		{"and the other", Recipe{Kind: GroundMean}, 1, 1, 410, 3},
		{"k of 100 at 100 rows is half", Recipe{Kind: GroundMean, Shrink: 100}, 1, 0, 263, 6},
		{"a ground of one row is not", Recipe{Kind: GroundMean, Shrink: 100}, 1, 2, 320, 8},
		{"a ground never seen is the engine", Recipe{Kind: GroundMean}, 2, 4, 500, 6},
		{"a missing ground is the engine", Recipe{Kind: GroundMean}, 2, -1, 500, 6},
		{"a ground without an engine", Recipe{Kind: GroundMean, Shrink: 0.001}, math.NaN(), 1, 455, 1},
		{"median", Recipe{Kind: GroundMedian, Shrink: 0.001}, 2, 1, 500, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			x := set([][3]float64{{tt.pump, tt.ground, 0}}).X
			got, err := fit(t, tt.recipe, set(rows)).Predict(nil, x)
			if err != nil || math.Abs(got[0]-tt.want) > tt.tol {
				t.Errorf("Predict(pump %v, ground %v) = %v, %v, want %v ± %v", tt.pump, tt.ground, got, err, tt.want, tt.tol)
			}
		})
	}
}

func TestEstimatedShrink(t *testing.T) {
	t.Parallel()
	noise := mltest.Sample(4, 3000)
	for i := range noise.Y { // grounds that do not differ at all
		noise.Y[i] = 300 + float64((i*7919)%101)
	}
	differ := mltest.Line(4, 3000)
	if k := fit(t, Recipe{Kind: GroundMean}, noise).state.Shrink; k < 1000 {
		t.Errorf("k of equal grounds = %v, want at least 1000", k)
	}
	if k := fit(t, Recipe{Kind: GroundMean}, differ).state.Shrink; k > 10 {
		t.Errorf("k of grounds that differ = %v, want at most 10", k)
	}
}

func TestProbabilityInvertsQuantile(t *testing.T) {
	t.Parallel()
	s := mltest.Sample(5, 4000)
	m := fit(t, Recipe{Kind: GroundMean}, s)
	x := s.X.Slice(0, 20)
	for _, q := range []float64{0.1, 0.333, 0.5, 0.9} {
		v, err := m.PredictQuantiles(nil, x, []float64{q})
		if err != nil {
			t.Fatal(err)
		}
		for i := range x.Rows() {
			p, err := m.PredictProbabilities(nil, x.Slice(i, i+1), []float64{v[i]})
			if err != nil || math.Abs(p[0]-q) > 1e-9 {
				t.Fatalf("P(Y ≤ quantile %v = %v) = %v, %v", q, v[i], p, err)
			}
		}
	}
}

func TestRecipeRefuses(t *testing.T) {
	t.Parallel()
	s := mltest.Sample(1, 50)
	for _, r := range []Recipe{{}, {Kind: "median"}, {Kind: Mean, Shrink: -1}, {Kind: Mean, Shrink: math.NaN()}} {
		if _, err := r.Fit(t.Context(), s, ml.Set{}, ml.Options{}); !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("Fit of %+v = %v, want ErrInvalid", r, err)
		}
	}
}

func TestWithoutRoles(t *testing.T) {
	t.Parallel()
	schema := &ml.Schema{Columns: []ml.Column{{Name: "a"}}}
	s := ml.Set{X: ml.NewMatrix(schema, 3), Y: []float64{100, 200, 600}}
	for kind, want := range map[string]float64{GroundMean: 300, GroundMedian: 200} {
		got, err := fit(t, Recipe{Kind: kind}, s).Predict(nil, s.X)
		if err != nil || math.Abs(got[0]-want) > 1e-9 {
			t.Errorf("%s without roles = %v, %v, want %v", kind, got, err, want)
		}
	}
}

func ExampleRecipe() {
	train := mltest.Sample(1, 5000)
	recipe := Recipe{Kind: GroundMean}
	m, err := recipe.Fit(context.Background(), train, ml.Set{}, ml.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	p, _ := m.Predict(nil, train.X.Slice(0, 1))
	q, _ := m.(ml.Quantiles).PredictQuantiles(nil, train.X.Slice(0, 1), []float64{ml.Q50, ml.Q90})
	fmt.Printf("mean %.0f s, half within %.0f s, 9 in 10 within %.0f s\n", p[0], q[0], q[1])
	// Output: mean 398 s, half within 397 s, 9 in 10 within 521 s
}

func BenchmarkFit(b *testing.B) {
	s := mltest.Sample(1, 100_000)
	b.ReportAllocs()
	for b.Loop() {
		fit(b, Recipe{Kind: GroundMean}, s)
	}
}

func BenchmarkPredictOne(b *testing.B) {
	s := mltest.Sample(1, 1000)
	m := fit(b, Recipe{Kind: GroundMean}, s)
	x, dst := s.X.Select([]int{0}), make([]float64, 1)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Predict(dst, x); err != nil {
			b.Fatal(err)
		}
	}
}
