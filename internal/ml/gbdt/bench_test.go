package gbdt

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"lfb/internal/ml"
)

// city is rows of 27 numeric columns and 3 of categories with a target like
// seconds: dense, noisy, a tenth of one column missing.
func city(seed uint64, rows int) ml.Set {
	rng := rand.New(rand.NewPCG(seed, 99))
	s := &ml.Schema{}
	for j := range 27 {
		s.Columns = append(s.Columns, ml.Column{Name: fmt.Sprintf("n%d", j)})
	}
	for j, c := range []int{103, 300, 9} {
		s.Columns = append(s.Columns, ml.Column{Name: fmt.Sprintf("c%d", j), Categories: c})
	}
	x, y := ml.NewMatrix(s, rows), make([]float64, rows)
	for i := range rows {
		for j := range 27 {
			v := rng.NormFloat64()
			switch {
			case j%5 == 4:
				v = float64(rng.IntN(24))
			case j == 3 && rng.IntN(10) == 0:
				v = math.NaN()
			}
			x.Col(j)[i] = v
		}
		y[i] = 300 + 40*math.Abs(x.At(i, 0)) + 20*x.At(i, 1)*x.At(i, 2) + 3*x.At(i, 4) + 80*rng.ExpFloat64()
		for j, c := range []int{103, 300, 9} {
			v := rng.IntN(c)
			x.Col(27 + j)[i] = float64(v)
			y[i] += float64(v * 2654435761 % 41)
		}
	}
	return ml.Set{X: x, Y: y}
}

func BenchmarkFit(b *testing.B) {
	set := city(1, 100_000)
	for _, r := range []Recipe{{Rounds: 50, Leaves: 31}, {Rounds: 50, Leaves: 63}} {
		b.Run(fmt.Sprintf("100k×30/%d×%d", r.Rounds, r.Leaves), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := r.Fit(b.Context(), set, ml.Set{}, ml.Options{Seed: 1}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// bigModel is a model of 500 trees of 63 leaves.
func bigModel(b *testing.B) *Model {
	b.Helper()
	r := Recipe{Rounds: 500, Leaves: 63, LearningRate: 0.1}
	fitted, err := r.Fit(b.Context(), city(1, 30_000), ml.Set{}, ml.Options{Seed: 1})
	if err != nil {
		b.Fatal(err)
	}
	m := fitted.(*Model)
	return m
}

func BenchmarkPredictRow(b *testing.B) {
	m := bigModel(b)
	rows := city(2, 1000).X
	b.Run("500×63", func(b *testing.B) {
		b.ReportAllocs()
		x, dst := make([]ml.Matrix, rows.Rows()), make([]float64, 1)
		for i := range x {
			x[i] = rows.Select([]int{i})
		}
		for i := 0; b.Loop(); i++ {
			if _, err := m.Predict(dst, x[i%len(x)]); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkPredictBatch(b *testing.B) {
	m := bigModel(b)
	x := city(2, 50_000).X
	dst := make([]float64, x.Rows())
	b.Run("50k/500×63", func(b *testing.B) {
		for b.Loop() {
			if _, err := m.Predict(dst, x); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*x.Rows()), "ns/row")
	})
}

func BenchmarkContributions(b *testing.B) {
	m := bigModel(b)
	x := city(2, 100).X
	b.Run("100/500×63", func(b *testing.B) {
		for b.Loop() {
			if _, err := m.PredictContributions(nil, x); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*x.Rows()), "µs/row")
	})
}
