package tree

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"lfb/internal/ml"
)

// forestOf is trees as boosting by leaves grows them on binned columns: numeric ones
// of up to 255 thresholds, categorical ones, every treatment of missing values.
func forestOf(seed uint64, trees, leaves, numeric int, categories ...int) (*ml.Schema, []Tree) {
	rng := rand.New(rand.NewPCG(seed, 11))
	s := &ml.Schema{}
	bounds := make([][]float64, numeric)
	for j := range bounds {
		s.Columns = append(s.Columns, ml.Column{Name: fmt.Sprintf("n%d", j)})
		bounds[j] = make([]float64, []int{255, 23, 255, 2}[j%4])
		for k := range bounds[j] {
			bounds[j][k] = rng.NormFloat64()
		}
	}
	for j, c := range categories {
		s.Columns = append(s.Columns, ml.Column{Name: fmt.Sprintf("c%d", j), Categories: c})
	}
	kinds := []int8{MissingNaN, MissingNaN | DefaultLeft, MissingNaN, MissingZero, MissingZero | DefaultLeft, 0}
	out := make([]Tree, trees)
	for i := range out {
		t := &out[i]
		*t = Constant(100*rng.Float64(), 1)
		links := []*int32{new(int32)}
		n := rng.IntN(2*leaves) + 1
		if trees > 100 {
			n = leaves - 1
		}
		t.SplitFeature, t.Threshold, t.DecisionType = make([]int32, n), make([]float64, n), make([]int8, n)
		t.Left, t.Right, t.InternalCount = make([]int32, n), make([]int32, n), make([]int32, n)
		t.LeafValue, t.LeafCount = make([]float64, n+1), make([]int32, n+1)
		for k := range n {
			at := rng.IntN(len(links))
			*links[at] = int32(k)
			t.Left[k], t.Right[k] = ^int32(at), ^int32(k+1)
			links[at] = &t.Left[k]
			links = append(links, &t.Right[k])
			f := rng.IntN(s.Width())
			t.SplitFeature[k] = int32(f)
			if f < numeric {
				t.Threshold[k], t.DecisionType[k] = bounds[f][rng.IntN(len(bounds[f]))], kinds[rng.IntN(len(kinds))]
				continue
			}
			if len(t.CatBoundaries) == 0 {
				t.CatBoundaries = []int32{0}
			}
			t.Threshold[k], t.DecisionType[k] = float64(len(t.CatBoundaries)-1), Categorical|MissingNaN
			for range 1 + rng.IntN((categories[f-numeric]+31)/32) {
				t.CatThreshold = append(t.CatThreshold, rng.Uint32()&rng.Uint32())
			}
			t.CatBoundaries = append(t.CatBoundaries, int32(len(t.CatThreshold)))
		}
		for k := range t.LeafValue {
			t.LeafValue[k] = rng.NormFloat64()
		}
	}
	return s, out
}

// rowsFor are rows about the thresholds of trees: on them, between them, missing,
// zero, nearly zero, infinite; categories unseen, negative, not whole.
func rowsFor(seed uint64, n int, s *ml.Schema, trees []Tree) ml.Matrix {
	rng := rand.New(rand.NewPCG(seed, 12))
	at := make([][]float64, s.Width())
	for i := range trees {
		for k, f := range trees[i].SplitFeature {
			if trees[i].DecisionType[k]&Categorical == 0 {
				at[f] = append(at[f], trees[i].Threshold[k])
			}
		}
	}
	x := ml.NewMatrix(s, n)
	odd := []float64{math.NaN(), 0, math.Copysign(0, -1), 1e-36, -1e-36, 2e-35, math.Inf(1), math.Inf(-1), 3.7, -1, 1e300}
	for j, c := range s.Columns {
		for i := range n {
			v := rng.NormFloat64()
			switch u := rng.IntN(10); {
			case u == 0:
				v = odd[rng.IntN(len(odd))]
			case c.IsCategorical():
				v = float64(rng.IntN(c.Categories + 40))
			case u < 4 && len(at[j]) > 0:
				v = at[j][rng.IntN(len(at[j]))]
			case u == 4 && len(at[j]) > 0:
				v = math.Nextafter(at[j][rng.IntN(len(at[j]))], []float64{-9, 9}[rng.IntN(2)])
			}
			x.Col(j)[i] = v
		}
	}
	return x
}

// plainSum walks the trees as they are, in order.
func plainSum(trees []Tree, row []float64) float64 {
	s := 0.0
	for i := range trees {
		s += trees[i].LeafValue[trees[i].Leaf(row)]
	}
	return s
}

// Every layout gives what the plain walk gives, bit for bit: single rows, any number
// of rows, any number of trees, several blocks of them.
func TestWalksEqualThePlainWalk(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ trees, leaves, numeric, rows int }{
		{1, 1, 3, 40}, {7, 5, 1, 40}, {8, 40, 30, 200}, {9, 300, 12, 100}, {101, 63, 51, 67}, {3, 30_000, 8, 30}, {1100, 63, 40, 20},
	} {
		t.Run(fmt.Sprintf("%+v", tt), func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(3) {
				s, trees := forestOf(seed, tt.trees, tt.leaves, tt.numeric, 103, 5)
				x := rowsFor(seed, tt.rows, s, trees)
				sameAsPlain(t, s, trees, x)
			}
		})
	}
}

func sameAsPlain(t *testing.T, s *ml.Schema, trees []Tree, x ml.Matrix) {
	t.Helper()
	e, err := NewEnsemble(s, trees, false)
	if err != nil {
		t.Fatal(err)
	}
	all, err := e.Predict(nil, x)
	if err != nil {
		t.Fatal(err)
	}
	leaves := make([]int32, len(trees))
	f := flatten(trees, s.Width())
	for i := range x.Rows() {
		r := row(x, i)
		want := plainSum(trees, r)
		one, err := e.Predict(nil, ml.MatrixOf(s, 1, r))
		if err != nil || one[0] != want || all[i] != want || f.sum(f.writeOut(nil, x, i)) != want {
			t.Fatalf("row %d, %v: alone %v, one of many %v, flat %v (%v), want %v", i, r, one, all[i], f.sum(f.writeOut(nil, x, i)), err, want)
		}
		e.Leaves(leaves, x, i)
		for k := range trees {
			if int(leaves[k]) != trees[k].Leaf(r) {
				t.Fatalf("row %d, tree %d: leaf %d, want %d", i, k, leaves[k], trees[k].Leaf(r))
			}
		}
	}
}

// Ensembles that share their tests give what each gives alone; the average of trees
// too, and those that have too much to share anything.
func TestSharedEnsemblesGiveTheSame(t *testing.T) {
	t.Parallel()
	s, first := forestOf(1, 40, 63, 20, 103, 5)
	_, second := forestOf(2, 17, 30, 20, 103, 5)
	_, third := forestOf(3, 3, 30_000, 20, 103, 5)
	for _, tt := range []struct {
		name   string
		all    [][]Tree
		shared bool
	}{{"two", [][]Tree{first, second}, true}, {"one", [][]Tree{second}, true}, {"with a large one", [][]Tree{first, third, second}, false}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var all []*Ensemble
			for k, trees := range tt.all {
				e, err := NewEnsemble(s, trees, k == 1)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, e)
			}
			for _, share := range []bool{false, true} {
				if share {
					if Share(all); (all[0].lanes.tests == all[len(all)-1].lanes.tests) != tt.shared {
						t.Fatalf("shared = %v, want %v", !tt.shared, tt.shared)
					}
				}
				for _, n := range []int{0, 1, 3, 5, 64, 131} {
					x := rowsFor(uint64(n), n, s, first)
					got, err := PredictAll(nil, all, x)
					if err != nil || len(got) != n*len(all) {
						t.Fatalf("PredictAll = %d values, %v, want %d", len(got), err, n*len(all))
					}
					for k, trees := range tt.all {
						for i := range n {
							want := all[k].finish(plainSum(trees, row(x, i)))
							if got[i*len(all)+k] != want {
								t.Fatalf("%d rows: row %d, ensemble %d = %v, want %v", n, i, k, got[i*len(all)+k], want)
							}
						}
					}
				}
			}
		})
	}
}

func FuzzWalk(f *testing.F) {
	f.Add(uint64(1), uint8(9), uint8(5), uint8(3), 0.5, 3.0)
	f.Add(uint64(2), uint8(1), uint8(200), uint8(1), math.Inf(1), -1.0)
	f.Fuzz(func(t *testing.T, seed uint64, trees, leaves, numeric uint8, v, code float64) {
		s, all := forestOf(seed, 1+int(trees)%20, 1+int(leaves), 1+int(numeric)%9, 40)
		x := rowsFor(seed, 9, s, all)
		for j := range s.Columns {
			x.Col(j)[3] = v
		}
		x.Col(s.Width() - 1)[4] = code
		sameAsPlain(t, s, all, x)
	})
}

func BenchmarkWalk(b *testing.B) {
	s, trees := forestOf(1, 500, 63, 48, 103, 300, 9)
	x := rowsFor(2, 512, s, trees)
	all := make([]*Ensemble, 3)
	for k := range all {
		if k > 0 {
			_, trees = forestOf(uint64(k)+1, 500, 63, 48, 103, 300, 9)
		}
		count(trees, x)
		var err error
		if all[k], err = NewEnsemble(s, trees, false); err != nil {
			b.Fatal(err)
		}
	}
	e := all[0]
	rows := make([]ml.Matrix, x.Rows())
	for i := range rows {
		rows[i] = x.Select([]int{i})
	}
	dst := make([]float64, x.Rows())
	b.Run("one row", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			if _, err := e.Predict(dst, rows[i%len(rows)]); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("512 rows", func(b *testing.B) {
		for b.Loop() {
			e.predictRows(dst, x)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*x.Rows()), "ns/row")
	})
	b.Run("one row, three ensembles", func(b *testing.B) { // mean and two quantiles, as a champion has them
		Share(all)
		for i := 0; b.Loop(); i++ {
			if _, err := PredictAll(dst, all, rows[i%len(rows)]); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// count sets how many of the rows come by each node.
func count(trees []Tree, x ml.Matrix) {
	for i := range x.Rows() {
		r := row(x, i)
		for k := range trees {
			t := &trees[k]
			for n := int32(0); n >= 0; {
				t.InternalCount[n]++
				if t.GoesLeft(int(n), r[t.SplitFeature[n]]) {
					n = t.Left[n]
				} else {
					n = t.Right[n]
				}
			}
		}
	}
}
