package linear

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/mltest"
)

func decode(b []byte) (ml.Model, error) { return Decode(b) }

func TestConformance(t *testing.T) {
	t.Parallel()
	mltest.Run(t, Recipe{RareRows: 5}, decode)
}

func TestConformanceOfOneHead(t *testing.T) {
	t.Parallel()
	m := fit(t, Recipe{Lambda: 1, Quantiles: []float64{0.9}}, mltest.Sample(1, 300), ml.Set{})
	x := mltest.Sample(2, 5).X
	if _, err := m.PredictQuantiles(nil, x, []float64{0.9}); err != nil {
		t.Errorf("PredictQuantiles of its own level: %v", err)
	}
	if _, err := m.PredictQuantiles(nil, x, []float64{0.5, 0.9}); !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("PredictQuantiles of another level = %v, want ErrInvalid", err)
	}
	none := fit(t, Recipe{Lambda: 1, Quantiles: []float64{}}, mltest.Sample(1, 300), ml.Set{})
	if _, err := none.PredictQuantiles(nil, x, []float64{0.5}); !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("PredictQuantiles without heads = %v, want ErrInvalid", err)
	}
}

func FuzzDecode(f *testing.F) { mltest.Fuzz(f, Recipe{RareRows: 5}, decode) }

func fit(t testing.TB, r Recipe, train, valid ml.Set) *Model {
	t.Helper()
	m, err := r.Fit(t.Context(), train, valid, ml.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m.(*Model)
}

// known makes rows of a model that a line can hold exactly, apart from the noise,
// which grows with a: y = 100 + 50·a + (0, 30, 90)[c] + (1 + a)·noise.
func known(seed uint64, rows int, noise func(*rand.Rand) float64) ml.Set {
	rng := rand.New(rand.NewPCG(seed, 5))
	schema := &ml.Schema{Columns: []ml.Column{{Name: "a"}, {Name: "c", Categories: 4}}}
	s := ml.Set{X: ml.NewMatrix(schema, rows), Y: make([]float64, rows)}
	for i := range rows {
		a, c := 4*rng.Float64(), rng.IntN(3)
		s.X.Col(0)[i], s.X.Col(1)[i] = a, float64(c)
		s.Y[i] = 100 + 50*a + []float64{0, 30, 90}[c] + (1+a)*noise(rng)
	}
	return s
}

func TestRecoversTheLine(t *testing.T) {
	t.Parallel()
	exact := known(1, 500, func(*rand.Rand) float64 { return 0 })
	m := fit(t, Recipe{Lambda: 1e-6}, exact, ml.Set{})
	p, err := m.Predict(nil, exact.X)
	if err != nil {
		t.Fatal(err)
	}
	if got := ml.RMSE(p, exact.Y); got > 1e-4 {
		t.Errorf("RMSE on an exact line = %v, want below 1e-4", got)
	}
}

// TestQuantileHeads checks the heads against the quantiles that made the rows.
func TestQuantileHeads(t *testing.T) {
	t.Parallel()
	train := known(2, 20000, func(r *rand.Rand) float64 { return 20 * r.ExpFloat64() })
	test := known(3, 2000, func(*rand.Rand) float64 { return 0 }) // y is the line itself
	m := fit(t, Recipe{Quantiles: []float64{0.1, 0.5, 0.9}}, train,
		known(4, 2000, func(r *rand.Rand) float64 { return 20 * r.ExpFloat64() }))
	levels := []float64{0.1, 0.5, 0.9}
	got, err := m.PredictQuantiles(nil, test.X, levels)
	if err != nil {
		t.Fatal(err)
	}
	for k, q := range levels {
		for i, y := range test.Y {
			scale := 1 + test.X.At(i, 0)
			want := y - scale*20*math.Log(1-q) // the exponential's quantile
			// Sampling in proportion to the scale, and 3 s of smoothing, whose band of
			// one width is wide where the noise is small.
			if d := math.Abs(got[i*3+k] - want); d > 3+2*scale {
				t.Fatalf("quantile %v where a = %.2f is %.1f, want %.1f", q, test.X.At(i, 0), got[i*3+k], want)
			}
		}
	}
}

func TestHeadsCoverTheirShare(t *testing.T) {
	t.Parallel()
	train, test := mltest.Sample(1, 10000), mltest.Sample(2, 10000)
	m := fit(t, Recipe{}, train, mltest.Sample(3, 2000))
	for _, q := range []float64{ml.Q50, ml.Q90} {
		p, err := m.PredictQuantiles(nil, test.X, []float64{q})
		if err != nil {
			t.Fatal(err)
		}
		if got := coverage(p, test.Y); math.Abs(got-q) > 0.02 {
			t.Errorf("coverage of quantile %v = %.3f", q, got)
		}
	}
}

func TestLambdaIsChosenOnValid(t *testing.T) {
	t.Parallel()
	noisy := func(r *rand.Rand) float64 { return 200 * r.NormFloat64() }
	few := fit(t, Recipe{RareRows: 1}, known(1, 30, noisy), known(2, 5000, noisy))
	many := fit(t, Recipe{RareRows: 1}, known(1, 5000, func(*rand.Rand) float64 { return 0 }),
		known(2, 5000, func(*rand.Rand) float64 { return 0 }))
	if few.Lambda() <= many.Lambda() {
		t.Errorf("lambda of 30 noisy rows = %v, of 5000 exact ones %v, want more", few.Lambda(), many.Lambda())
	}
	if m := fit(t, Recipe{}, known(1, 100, noisy), ml.Set{}); m.Lambda() != defaultLambda {
		t.Errorf("lambda without valid = %v, want %v", m.Lambda(), defaultLambda)
	}
}

func TestDesign(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	schema := &ml.Schema{Columns: []ml.Column{
		{Name: "full"}, {Name: "half"}, {Name: "none"}, {Name: "same"}, {Name: "cat", Categories: 5},
	}}
	x := ml.MatrixOf(schema, 4, []float64{
		0, 10, 20, 40,
		1, nan, 3, nan,
		nan, nan, nan, nan,
		7, 7, 7, 7,
		2, 2, 0, nan,
	})
	d := newDesign(x, 2)
	// intercept, full, half, half missing, cat 2, cat other (code 0 and missing).
	if d.width != 6 {
		t.Fatalf("design of %d columns, want 6: %+v", d.width, d.parts)
	}
	coef := []float64{1000, 100, 10, 1, 0.1, 0.01}
	tests := []struct {
		name string
		row  []float64
		want float64
	}{
		{"in the middle", []float64{20, 2, 0, 7, 2}, 1000 + 50 + 5 + 0.1},
		{"missing number", []float64{40, nan, 0, 7, 2}, 1000 + 100 + 5 + 1 + 0.1},
		{"rare category", []float64{0, 1, 0, 7, 0}, 1000 + 0.01},
		{"unseen category", []float64{0, 1, 0, 7, 4}, 1000 + 0.01},
		{"missing category", []float64{0, 1, 0, 7, nan}, 1000 + 0.01},
		{"below the span", []float64{-99, 1, 0, 7, 2}, 1000 + 0.1},
		{"beyond the span", []float64{999, 3, 5, 8, 2}, 1000 + 100 + 10 + 0.1},
	}
	for _, tt := range tests {
		row := ml.MatrixOf(schema, 1, tt.row)
		if got := d.predictRow(row, 0, coef); math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
		columns, values := d.appendRow(nil, nil, row, 0)
		var sum float64
		for k, c := range columns {
			sum += coef[c] * values[k]
			if k > 0 && c < columns[k-1] {
				t.Errorf("%s: encoded columns %v, want ascending", tt.name, columns)
			}
		}
		if math.Abs(sum-tt.want) > 1e-9 {
			t.Errorf("%s: encoded to %v and %v, which is %v, want %v", tt.name, columns, values, sum, tt.want)
		}
	}
}

func TestManyCategoriesStayBounded(t *testing.T) {
	t.Parallel()
	schema := &ml.Schema{Columns: []ml.Column{{Name: "c", Categories: 10000}, {Name: "a"}}}
	s := ml.Set{X: ml.NewMatrix(schema, 30000), Y: make([]float64, 30000)}
	for i := range s.Y {
		s.X.Col(0)[i] = float64((i * 7919) % 10000 * ((i * 31) % 7) / 7)
		s.X.Col(1)[i] = float64(i % 10)
		s.Y[i] = 300 + 10*float64(i%10)
	}
	m := fit(t, Recipe{RareRows: 1, Lambda: 1, Quantiles: []float64{}}, s, ml.Set{})
	if m.design.width > maxWidth {
		t.Errorf("design of %d columns, want at most %d", m.design.width, maxWidth)
	}
}

func TestRefuses(t *testing.T) {
	t.Parallel()
	wide := &ml.Schema{Columns: make([]ml.Column, maxWidth+1)}
	s := ml.Set{X: ml.NewMatrix(wide, 2), Y: []float64{1, 2}}
	for j := range wide.Columns {
		s.X.Col(j)[1] = 1
	}
	tests := []struct {
		name   string
		recipe Recipe
		train  ml.Set
	}{
		{"negative lambda", Recipe{Lambda: -1}, mltest.Sample(1, 50)},
		{"NaN lambda", Recipe{Lambda: math.NaN()}, mltest.Sample(1, 50)},
		{"level 1", Recipe{Quantiles: []float64{0.5, 1}}, mltest.Sample(1, 50)},
		{"levels descending", Recipe{Quantiles: []float64{0.9, 0.5}}, mltest.Sample(1, 50)},
		{"too wide", Recipe{}, s},
	}
	for _, tt := range tests {
		if _, err := tt.recipe.Fit(t.Context(), tt.train, ml.Set{}, ml.Options{}); !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("%s: Fit = %v, want ErrInvalid", tt.name, err)
		}
	}
}

func ExampleRecipe() {
	train, valid := mltest.Sample(1, 5000), mltest.Sample(2, 1000)
	m, err := Recipe{}.Fit(context.Background(), train, valid, ml.Options{Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	x := mltest.Sample(3, 1).X
	p, _ := m.Predict(nil, x)
	q, _ := m.(ml.Quantiles).PredictQuantiles(nil, x, []float64{ml.Q50, ml.Q90})
	fmt.Printf("mean %.0f s, half within %.0f s, 9 in 10 within %.0f s\n", p[0], q[0], q[1])
	// Output: mean 389 s, half within 367 s, 9 in 10 within 481 s
}

// wideSet is of the size that production has: 12 numbers, grounds, boroughs, wards
// and districts.
func wideSet(rows int) ml.Set {
	rng := rand.New(rand.NewPCG(1, 1))
	var columns []ml.Column
	for j := range 32 {
		columns = append(columns, ml.Column{Name: fmt.Sprint("n", j)})
	}
	for j, n := range []int{104, 34, 330, 60, 12, 9, 7, 5} {
		columns = append(columns, ml.Column{Name: fmt.Sprint("c", j), Categories: n})
	}
	s := ml.Set{X: ml.NewMatrix(&ml.Schema{Columns: columns}, rows), Y: make([]float64, rows)}
	for j, c := range columns {
		for i, v := 0, s.X.Col(j); i < rows; i++ {
			v[i] = rng.Float64()
			if c.Categories > 0 {
				v[i] = float64(rng.IntN(c.Categories))
			}
			s.Y[i] += v[i] / float64(1+c.Categories)
		}
	}
	for i := range s.Y {
		s.Y[i] = 100 + 20*s.Y[i] + 60*rng.ExpFloat64()
	}
	return s
}

func BenchmarkFit(b *testing.B) {
	for _, rows := range []int{20_000, 130_000} {
		s := wideSet(rows + 5000)
		b.Run(fmt.Sprint(rows), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				m, err := Recipe{}.Fit(b.Context(), s.Slice(0, rows), s.Slice(rows, rows+5000), ml.Options{})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(m.(*Model).design.width), "columns")
			}
		})
	}
}

func BenchmarkPredictOne(b *testing.B) {
	s := wideSet(5000)
	m := fit(b, Recipe{Lambda: 1}, s, ml.Set{})
	x, dst := s.X.Select([]int{0}), make([]float64, 1)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Predict(dst, x); err != nil {
			b.Fatal(err)
		}
	}
}

func TestRangesAreThoseOfTheTrainingRows(t *testing.T) {
	t.Parallel()
	schema := &ml.Schema{Columns: []ml.Column{{Name: "metres"}, {Name: "constant"}, {Name: "word", Categories: 2}}}
	x := ml.NewMatrix(schema, 64)
	y := make([]float64, 64)
	for i := range y {
		x.Col(0)[i], x.Col(1)[i], x.Col(2)[i] = float64(i)-3, 7, float64(i%2)
		y[i] = 100 + float64(i)
	}
	m, err := Recipe{}.Fit(t.Context(), ml.Set{X: x, Y: y}, ml.Set{}, ml.Options{})
	if err != nil {
		t.Fatal(err)
	}
	least, greatest := m.(*Model).Ranges()
	if least[0] != -3 || math.Abs(greatest[0]-60) > 1e-9 || !math.IsNaN(least[1]) || !math.IsNaN(greatest[2]) {
		t.Errorf("Ranges() = %v, %v, want [-3 NaN NaN], [60 NaN NaN]", least, greatest)
	}
}

// coverage is the share of y that is at most its prediction.
func coverage(pred, y []float64) float64 {
	held := 0
	for i := range y {
		if y[i] <= pred[i] {
			held++
		}
	}
	return float64(held) / float64(len(y))
}
