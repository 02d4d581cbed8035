package predict

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"lfb/internal/ml"
	"lfb/internal/ml/tree"
)

// forestOf is trees as boosting by leaves grows them on binned columns: numeric ones
// of up to 255 thresholds, categorical ones, every treatment of missing values.
func forestOf(seed uint64, trees, leaves, numeric int, categories ...int) (*ml.Schema, []tree.Tree) {
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
	kinds := []int8{
		tree.MissingNaN, tree.MissingNaN | tree.DefaultLeft, tree.MissingNaN, tree.MissingZero,
		tree.MissingZero | tree.DefaultLeft, 0,
	}
	out := make([]tree.Tree, trees)
	for i := range out {
		t := &out[i]
		*t = tree.NewConstantTree(100*rng.Float64(), 1)
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
			t.Threshold[k], t.DecisionType[k] = float64(len(t.CatBoundaries)-1), tree.Categorical|tree.MissingNaN
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
func rowsFor(seed uint64, n int, s *ml.Schema, trees []tree.Tree) ml.Matrix {
	rng := rand.New(rand.NewPCG(seed, 12))
	at := make([][]float64, s.Width())
	for i := range trees {
		for k, f := range trees[i].SplitFeature {
			if trees[i].DecisionType[k]&tree.Categorical == 0 {
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
func plainSum(trees []tree.Tree, row []float64) float64 {
	s := 0.0
	for i := range trees {
		s += trees[i].LeafValue[trees[i].FindLeaf(row)]
	}
	return s
}

// Every way gives what the plain walk gives, bit for bit: single rows, any number
// of rows, any number of trees, several blocks of them.
func TestWalksEqualThePlainWalk(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ trees, leaves, numeric, rows int }{
		{1, 1, 3, 40},
		{7, 5, 1, 40},
		{8, 40, 30, 200},
		{9, 300, 12, 100},
		{101, 63, 51, 67},
		{3, 30_000, 8, 30},
		{1100, 63, 40, 20},
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

func sameAsPlain(t *testing.T, s *ml.Schema, trees []tree.Tree, x ml.Matrix) {
	t.Helper()
	e, err := tree.NewEnsemble(s, trees, false)
	if err != nil {
		t.Fatal(err)
	}
	p := New(e)
	all, err := p.Predict(nil, x)
	if err != nil {
		t.Fatal(err)
	}
	leaves := make([]int32, len(trees))
	for i := range x.Rows() {
		r := row(x, i)
		want := plainSum(trees, r)
		one, err := p.Predict(nil, ml.MatrixOf(s, 1, r))
		if err != nil || one[0] != want || all[i] != want {
			t.Fatalf("row %d, %v: alone %v, one of many %v (%v), want %v", i, r, one, all[i], err, want)
		}
		p.FindLeaves(leaves, x, i)
		for k := range trees {
			if int(leaves[k]) != trees[k].FindLeaf(r) {
				t.Fatalf("row %d, tree %d: leaf %d, want %d", i, k, leaves[k], trees[k].FindLeaf(r))
			}
		}
	}
}

// row copies row i of x.
func row(x ml.Matrix, i int) []float64 { return x.Slice(i, i+1).Select([]int{0}).Row(nil, 0) }

// Ensembles that share their conditions give what each gives alone; the average of trees
// too, those that have too much to share anything, and those that are walked as they are.
func TestEnsemblesTogetherGiveTheSame(t *testing.T) {
	t.Parallel()
	s, first := forestOf(1, 40, 63, 20, 103, 5)
	_, second := forestOf(2, 17, 30, 20, 103, 5)
	_, third := forestOf(3, 3, 30_000, 20, 103, 5)
	for _, tt := range []struct {
		name   string
		all    [][]tree.Tree
		shared bool
	}{
		{"two", [][]tree.Tree{first, second}, true},
		{"with one that is walked", [][]tree.Tree{first, third, second}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var all []*tree.Ensemble
			for k, trees := range tt.all {
				e, err := tree.NewEnsemble(s, trees, k == 1)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, e)
			}
			p := New(all...)
			if shared := p.compiled[0].conditionTable == p.compiled[len(all)-1].conditionTable; shared != tt.shared ||
				(p.compiled[1] != nil) != tt.shared {
				t.Fatalf("shared %v, the second compiled %v, want %v", shared, p.compiled[1] != nil, tt.shared)
			}
			for _, n := range []int{0, 1, 3, 5, 64, 131} {
				x := rowsFor(uint64(n), n, s, first)
				got, err := p.Predict(nil, x)
				if err != nil || len(got) != n*len(all) {
					t.Fatalf("Predict = %d values, %v, want %d", len(got), err, n*len(all))
				}
				second, err := p.SliceEnsembles(1, 2).Predict(nil, x)
				if err != nil || len(second) != n {
					t.Fatalf("Predict of one = %d values, %v, want %d", len(second), err, n)
				}
				for i := range n {
					for k, trees := range tt.all {
						if want := all[k].PredictionFromSum(plainSum(trees, row(x, i))); got[i*len(all)+k] != want {
							t.Fatalf("%d rows: row %d, ensemble %d = %v, want %v", n, i, k, got[i*len(all)+k], want)
						}
					}
					if second[i] != got[i*len(all)+1] {
						t.Fatalf("%d rows: row %d = %v, want %v", n, i, second[i], got[i*len(all)+1])
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
	all := make([]*tree.Ensemble, 3)
	for k := range all {
		if k > 0 {
			_, trees = forestOf(uint64(k)+1, 500, 63, 48, 103, 300, 9)
		}
		count(trees, x)
		var err error
		if all[k], err = tree.NewEnsemble(s, trees, false); err != nil {
			b.Fatal(err)
		}
	}
	p := New(all...)
	first := p.SliceEnsembles(0, 1)
	rows := make([]ml.Matrix, x.Rows())
	for i := range rows {
		rows[i] = x.Select([]int{i})
	}
	dst := make([]float64, 3*x.Rows())
	b.Run("one row", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			if _, err := first.Predict(dst, rows[i%len(rows)]); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("512 rows", func(b *testing.B) {
		for b.Loop() {
			first.predictRows(dst, x)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*x.Rows()), "ns/row")
	})
	b.Run("one row, three ensembles", func(b *testing.B) { // mean and two quantiles, as a champion has them
		for i := 0; b.Loop(); i++ {
			if _, err := p.Predict(dst, rows[i%len(rows)]); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// count sets how many of the rows come by each node.
func count(trees []tree.Tree, x ml.Matrix) {
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

func TestPredictorOfTooManyCategoriesWalksTheTrees(t *testing.T) {
	t.Parallel()
	tr := tree.Tree{
		SplitFeature: []int32{0}, Threshold: []float64{0}, DecisionType: []int8{tree.Categorical}, Left: []int32{^0},
		Right:         []int32{^1},
		InternalCount: []int32{2}, LeafValue: []float64{1, 2}, LeafCount: []int32{1, 1},
		CatBoundaries: []int32{0, 1 << 17}, CatThreshold: make([]uint32, 1<<17),
	}
	tr.CatThreshold[1<<17-1] = 1 << 31 // the last code only
	var trees []tree.Tree
	for i := range 65 { // no two with the same set
		tr.CatThreshold = slices.Clone(tr.CatThreshold)
		tr.CatThreshold[i+1] = 1
		trees = append(trees, tr)
	}
	s := &ml.Schema{Columns: []ml.Column{{Name: "c", Categories: 1 << 22}}}
	e, err := tree.NewEnsemble(s, trees, true)
	if err != nil {
		t.Fatal(err)
	}
	p := New(e)
	if p.compiled[0] != nil {
		t.Error("compiled to tables of 260 MB")
	}
	got, err := p.Predict(nil, ml.MatrixOf(s, 3, []float64{1<<22 - 1, 1 << 22, 0}))
	if err != nil || got[0] != 1 || got[1] != 2 || got[2] != 2 {
		t.Errorf("Predict = %v, %v, want [1 2 2]", got, err)
	}
}
