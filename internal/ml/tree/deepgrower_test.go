package tree

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// With every column tried at every node and every row drawn once, a deep tree is the tree
// that the leaf-wise grower makes of the same rules, in nodes large and small.
func TestDeepGrowerIsTheGrowerOfAllColumns(t *testing.T) {
	t.Parallel()
	for _, numeric := range []int{4, 9} { // an even and an odd number of columns
		set := sampleSet(3, 6000, numeric, 5)
		p := exactParams(1<<7, 12)
		p.MaxDepth = 7
		want, _, data := grownTree(t, set, p, 2)
		middle := 0.0
		for _, y := range set.Y {
			middle += y / float64(len(set.Y))
		}
		largest := 0.0
		for _, y := range set.Y {
			largest = max(largest, math.Abs(y-middle))
		}
		scale := NewScale(data.Rows, largest)
		words, draws := make([]int64, data.Rows), make([]uint8, data.Rows)
		for i, y := range set.Y {
			words[i], draws[i] = scale.PackGradient(middle-y), 1
		}
		got, err := NewDeepGrower(data, p, scale, words).GrowTree(t.Context(), draws, data.FeatureCount(),
			rand.New(rand.NewPCG(1, 2)))
		if err != nil {
			t.Fatal(err)
		}
		if got.NumLeaves() != want.NumLeaves() {
			t.Errorf("%d numeric columns: %d leaves, want %d", numeric, got.NumLeaves(), want.NumLeaves())
		}
		for i := range set.Y {
			r := row(set.X, i)
			if g, w := middle+got.LeafValue[got.FindLeaf(r)], want.LeafValue[want.FindLeaf(r)]; math.Abs(g-w) > 1e-6 {
				t.Fatalf("%d numeric columns: row %d: value %v, want %v", numeric, i, g, w)
			}
		}
	}
}

// A tree of the forest's candidate on 98,000 rows; min is the quickest of them, which
// other work on the machine disturbs least.
func BenchmarkDeepGrower(b *testing.B) {
	set := sampleSet(3, 98_000, 46, 103, 103, 33, 9, 300)
	pool := NewPool(0)
	defer pool.Close()
	data, err := BinMatrix(b.Context(), pool, set.X, DefaultBins(1))
	if err != nil {
		b.Fatal(err)
	}
	largest := 0.0
	for _, y := range set.Y {
		largest = max(largest, math.Abs(y))
	}
	rng := rand.New(rand.NewPCG(1, 2))
	scale := NewScale(data.Rows, largest)
	words, draws := make([]int64, data.Rows), make([]uint8, data.Rows)
	for i, y := range set.Y {
		words[i] = scale.PackGradient(-y)
		draws[rng.IntN(data.Rows)] += uint8(i & 1)
	}
	g := NewDeepGrower(data, GrowthParams{
		MaxDepth: 20, MinRows: 20, OneHot: 4, CatSmooth: 10, CatL2: 10, MaxCats: 32,
		CatMinRows: 20,
	}, scale, words)
	least := time.Duration(math.MaxInt64)
	for b.Loop() {
		begin := time.Now()
		if _, err := g.GrowTree(b.Context(), draws, data.FeatureCount()/3, rng); err != nil {
			b.Fatal(err)
		}
		least = min(least, time.Since(begin))
	}
	b.ReportMetric(least.Seconds()*1e3, "min-ms")
}
