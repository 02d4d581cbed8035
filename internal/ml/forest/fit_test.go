package forest

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

// hills is rows of eight numeric columns and one of categories with a skewed
// noise whose spread grows along the first column.
func hills(seed uint64, rows int) ml.Set {
	rng := rand.New(rand.NewPCG(seed, 5))
	s := &ml.Schema{}
	for j := range 8 {
		s.Columns = append(s.Columns, ml.Column{Name: fmt.Sprintf("n%d", j)})
	}
	s.Columns = append(s.Columns, ml.Column{Name: "c", Categories: 40})
	x, y := ml.NewMatrix(s, rows), make([]float64, rows)
	for i := range rows {
		for j := range 8 {
			x.Col(j)[i] = rng.Float64()
		}
		c := rng.IntN(40)
		x.Col(8)[i] = float64(c)
		y[i] = 300 + 80*math.Sin(6*x.At(i, 0))*x.At(i, 1) + 2*float64(c*7%40) + 60*(0.3+x.At(i, 0))*rng.ExpFloat64()
	}
	return ml.Set{X: x, Y: y}
}

func TestForestLearns(t *testing.T) {
	t.Parallel()
	test := hills(2, 4000)
	fitted, err := Recipe{Trees: 100}.Fit(t.Context(), hills(1, 12_000), ml.Set{}, ml.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	m := fitted.(*Model)
	p, err := m.Predict(nil, test.X)
	if err != nil {
		t.Fatal(err)
	}
	rmse := ml.RMSE(p, test.Y)
	if noise := 52.0; rmse > noise*1.05 { // the noise's own spread is about 52 s
		t.Errorf("RMSE = %.1f, want near the noise's %.1f", rmse, noise)
	}
	if oob := m.OutOfBag(); math.Abs(oob/rmse-1) > 0.05 {
		t.Errorf("out-of-bag RMSE = %.2f, want near the test's %.2f", oob, rmse)
	}
	levels := []float64{0.1, 0.5, 0.9}
	q, err := m.PredictQuantiles(nil, test.X, levels)
	if err != nil {
		t.Fatal(err)
	}
	probability, err := m.PredictProbabilities(nil, test.X, []float64{360})
	if err != nil {
		t.Fatal(err)
	}
	covered, predicted, actual := make([]float64, 3), 0.0, 0.0
	for i, y := range test.Y {
		for k := range levels {
			if y <= q[3*i+k] {
				covered[k] += 1 / float64(len(test.Y))
			}
		}
		if predicted += probability[i]; y <= 360 {
			actual++
		}
	}
	for k, want := range levels {
		if math.Abs(covered[k]-want) > 0.06 { // a leaf's rows differ by more than noise: too wide, not too narrow
			t.Errorf("quantile %v covers %.3f", want, covered[k])
		}
	}
	if math.Abs(predicted/actual-1) > 0.05 {
		t.Errorf("P(y ≤ 360) sums to %.0f rows, want %.0f", predicted, actual)
	}
}

func TestCodebook(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 1))
	many := make([]float64, 50_000)
	for i := range many {
		many[i] = math.Exp(rng.NormFloat64())
		if i%3 == 0 {
			many[i] = 1
		}
	}
	for _, tt := range []struct {
		name   string
		y      []float64
		within float64
	}{{"one", []float64{7}, 0}, {"few", []float64{3, 1, 3, -2}, 0}, {"many", many, 0.5}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			book, codes := newCodebook(tt.y)
			if !slices.IsSorted(book) || len(book) > maxCodes {
				t.Fatalf("codebook of %d values, want at most %d, ascending", len(book), maxCodes)
			}
			worst := 0.0
			for i, y := range tt.y {
				if d := math.Abs(book[codes[i]]-y) / max(1, math.Abs(y)); d > worst {
					worst = d
				}
			}
			if worst > tt.within {
				t.Errorf("a target is kept to within %v, want %v", worst, tt.within)
			}
		})
	}
}

func TestRecipeCheck(t *testing.T) {
	t.Parallel()
	for _, r := range []Recipe{
		{Trees: -1},
		{ColumnFraction: 1.5},
		{RowFraction: math.NaN()},
		{MaxBins: 1},
		{LeafSamples: -1},
		{MinRows: -1},
	} {
		if err := r.Check(); !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("Check(%+v) = %v, want ErrInvalid", r, err)
		}
	}
}

func BenchmarkFit(b *testing.B) {
	set := hills(1, 50_000)
	for b.Loop() {
		if _, err := (Recipe{Trees: 20}).Fit(b.Context(), set, ml.Set{}, ml.Options{Seed: 1}); err != nil {
			b.Fatal(err)
		}
	}
}

func benchModel(b *testing.B) (*Model, ml.Matrix) {
	b.Helper()
	fitted, err := Recipe{Trees: 100}.Fit(b.Context(), hills(1, 20_000), ml.Set{}, ml.Options{Seed: 1})
	if err != nil {
		b.Fatal(err)
	}
	m := fitted.(*Model)
	return m, hills(2, 5000).X
}

func BenchmarkPredictRow(b *testing.B) {
	m, x := benchModel(b)
	row, dst := x.Select([]int{5}), make([]float64, 1)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Predict(dst, row); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPredictBatch(b *testing.B) {
	m, x := benchModel(b)
	dst := make([]float64, x.Rows())
	for b.Loop() {
		if _, err := m.Predict(dst, x); err != nil {
			b.Fatal(err)
		}
	}
}

// All answers of a row are those of a plain walk down each tree and of the shares of
// the leaves' samples, bit for bit.
func TestAnswersEqualThePlainOnes(t *testing.T) {
	t.Parallel()
	fitted, err := Recipe{Trees: 30, MinRows: 3, LeafSamples: 5}.Fit(t.Context(), hills(1, 3000), ml.Set{},
		ml.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	m := fitted.(*Model)
	x := hills(2, 500).X
	levels, limits := []float64{0.02, 0.5, 0.9, 0.9}, []float64{250, 360, 600}
	got, err := m.PredictJoint(ml.JointPrediction{}, x, levels, limits)
	if err != nil {
		t.Fatal(err)
	}
	row := make([]float64, x.Width())
	for i := range x.Rows() {
		share, mean := make([]float64, len(m.book)), 0.0
		for k := range m.samples {
			leaf := m.ensemble.Trees[k].FindLeaf(x.Row(row, i))
			mean += m.ensemble.Trees[k].LeafValue[leaf]
			own := m.samples[k][m.offsets[k][leaf]:m.offsets[k][leaf+1]]
			for _, c := range own {
				share[c] += 1 / float64(len(m.samples)) / float64(len(own))
			}
		}
		want := []float64{mean / float64(len(m.samples))}
		for _, q := range levels {
			sum, c := share[0], 0
			for ; sum < q*(1-1e-12) && c < len(share)-1; sum += share[c] {
				c++
			}
			want = append(want, m.book[c])
		}
		for _, limit := range limits {
			sum := 0.0
			for c, v := range m.book {
				if v <= limit {
					sum += share[c]
				}
			}
			want = append(want, min(sum, 1))
		}
		said := slices.Concat(got.Mean[i:i+1], got.Quantiles[4*i:4*i+4], got.Probabilities[3*i:3*i+3])
		if !slices.Equal(said, want) {
			t.Fatalf("row %d: %v, want %v", i, said, want)
		}
	}
}
