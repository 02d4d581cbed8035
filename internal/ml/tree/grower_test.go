package tree

import (
	"bytes"
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"lfb/internal/ml"
)

// exactLeaf is a leaf of the plain greedy algorithm, which the grower must equal.
type exactLeaf struct{ rows []int }

func mean(y []float64, rows []int) float64 {
	s := 0.0
	for _, i := range rows {
		s += y[i]
	}
	return s / float64(len(rows))
}

// bestExact tries every column, cut and side of missing values.
func bestExact(set ml.Set, rows []int, minRows int) (gain float64, left, right []int) {
	try := func(goes func(i int) bool) {
		var l, r []int
		for _, i := range rows {
			if goes(i) {
				l = append(l, i)
			} else {
				r = append(r, i)
			}
		}
		if len(l) < minRows || len(r) < minRows {
			return
		}
		d := mean(set.Y, l) - mean(set.Y, r)
		g := d * d * float64(len(l)) * float64(len(r)) / float64(len(rows))
		if g > gain*(1+1e-9) {
			gain, left, right = g, l, r
		}
	}
	for j, c := range set.X.Schema().Columns {
		col := set.X.Col(j)
		values := slices.Clone(col)
		slices.Sort(values)
		for _, cut := range slices.Compact(values) {
			if c.IsCategorical() {
				try(func(i int) bool { return col[i] == cut })
				continue
			}
			try(func(i int) bool { return col[i] <= cut })
			try(func(i int) bool { return col[i] <= cut || math.IsNaN(col[i]) })
		}
	}
	return gain, left, right
}

// exactGreedy returns the prediction of each training row.
func exactGreedy(set ml.Set, leaves, minRows int) []float64 {
	all := make([]int, len(set.Y))
	for i := range all {
		all[i] = i
	}
	now := []exactLeaf{{all}}
	for len(now) < leaves {
		at, best := -1, 0.0
		var l, r []int
		for k, leaf := range now {
			if g, a, b := bestExact(set, leaf.rows, minRows); g > best {
				at, best, l, r = k, g, a, b
			}
		}
		if at < 0 {
			break
		}
		now[at] = exactLeaf{l}
		now = append(now, exactLeaf{r})
	}
	out := make([]float64, len(set.Y))
	for _, leaf := range now {
		for _, i := range leaf.rows {
			out[i] = mean(set.Y, leaf.rows)
		}
	}
	return out
}

func TestGrowIsExactGreedy(t *testing.T) {
	t.Parallel()
	for seed := range uint64(30) {
		set := sampleSet(seed, 90, 3, 4)
		tr, walk, data := grownTree(t, set, exactParams(7, 6), 1)
		if err := tr.Check(set.X.Width()); err != nil {
			t.Fatalf("seed %d: Check = %v", seed, err)
		}
		for i, want := range exactGreedy(set, 7, 6) {
			got := tr.LeafValue[tr.FindLeaf(row(set.X, i))]
			if math.Abs(got-want) > 1e-6 {
				t.Fatalf("seed %d: row %d: value %v, want %v", seed, i, got, want)
			}
			if leaf := walk.FindLeaf(data, i); tr.LeafValue[leaf] != got {
				t.Fatalf("seed %d: row %d: Walk leads to %v, the tree to %v", seed, i, tr.LeafValue[leaf], got)
			}
		}
	}
}

func TestGrowIsTheSameOnAnyThreads(t *testing.T) {
	t.Parallel()
	set := sampleSet(5, 30_000, 9, 6, 400)
	p := GrowthParams{Leaves: 40, MinRows: 20, OneHot: 4, CatSmooth: 10, CatL2: 10, MaxCats: 32, CatMinRows: 100}
	var want []byte
	for _, threads := range []int{1, 2, 4, 7} {
		tr, _, _ := grownTree(t, set, p, threads)
		var w ModelWriter
		w.WriteTrees([]Tree{tr}, set.X.Width())
		if want == nil {
			want = w.b
		}
		if !bytes.Equal(w.b, want) {
			t.Errorf("%d threads gave another tree than 1", threads)
		}
	}
}

func TestGrowCountsAndCompile(t *testing.T) {
	t.Parallel()
	set := sampleSet(8, 3000, 4, 30)
	p := GrowthParams{Leaves: 25, MinRows: 10, MaxDepth: 5, CatSmooth: 2, CatL2: 1, MaxCats: 8, CatMinRows: 5}
	tr, walk, data := grownTree(t, set, p, 2)
	counts := make([]int32, tr.NumLeaves())
	for i := range set.Y {
		leaf := walk.FindLeaf(data, i)
		counts[leaf]++
		if got := tr.FindLeaf(row(set.X, i)); got != leaf {
			t.Fatalf("row %d: leaf %d by value, %d by bin", i, got, leaf)
		}
	}
	if !slices.Equal(counts, tr.LeafCount) {
		t.Errorf("LeafCount = %v, want %v", tr.LeafCount, counts)
	}
	for i := range tr.SplitFeature {
		if l, r := childRows(&tr, tr.Left[i]), childRows(&tr, tr.Right[i]); l+r != tr.InternalCount[i] || min(l, r) < 10 {
			t.Errorf("node %d: %v and %v of %d rows", i, l, r, tr.InternalCount[i])
		}
	}
	again, err := data.CompileTree(&tr)
	if err != nil {
		t.Fatal(err)
	}
	pool := NewPool(2)
	defer pool.Close()
	applied := data.EncodeMatrix(pool, set.X)
	for i := range set.Y {
		if got, want := again.FindLeaf(applied, i), walk.FindLeaf(data, i); got != want {
			t.Fatalf("row %d: compiled walk leads to leaf %d, want %d", i, got, want)
		}
	}
	rows := make([]int32, len(set.Y)/2)
	for k := range rows {
		rows[k] = int32(2 * k)
	}
	seen := 0
	again.AssignLeaves(applied, rows, make([]int32, len(rows)), func(leaf int, rows []int32) {
		for _, i := range rows {
			seen++
			if want := walk.FindLeaf(data, int(i)); leaf != want || i%2 != 0 {
				t.Fatalf("AssignLeaves sends row %d to leaf %d, want %d", i, leaf, want)
			}
		}
	})
	if seen != len(rows) {
		t.Errorf("AssignLeaves sends %d rows to leaves, want %d", seen, len(rows))
	}
}

// TestGrowOnSomeFeatures checks that a tree which may use some features is the one
// that rows of those alone give.
func TestGrowOnSomeFeatures(t *testing.T) {
	t.Parallel()
	set := sampleSet(11, 5000, 21, 8)
	use := make([]bool, set.X.Width())
	var only ml.Schema
	var data []float64
	for j, c := range set.X.Schema().Columns {
		if use[j] = j%3 != 1; use[j] {
			only.Columns, data = append(only.Columns, c), append(data, set.X.Col(j)...)
		}
	}
	p := GrowthParams{Leaves: 20, MinRows: 10, CatSmooth: 2, CatL2: 1, MaxCats: 8, CatMinRows: 5}
	want, _, _ := grownTree(t, ml.Set{X: ml.MatrixOf(&only, len(set.Y), data), Y: set.Y}, p, 1)
	got, _, _ := grownTree(t, set, p, 2, use...)
	for i := range set.Y {
		if g, w := got.LeafValue[got.FindLeaf(row(set.X, i))],
			want.LeafValue[want.FindLeaf(row(ml.MatrixOf(&only, len(set.Y), data), i))]; g != w {
			t.Fatalf("row %d: value %v, want %v", i, g, w)
		}
	}
}

func TestGrowStopsWithItsContext(t *testing.T) {
	t.Parallel()
	set := sampleSet(1, 500, 3)
	pool := NewPool(1)
	defer pool.Close()
	data, err := BinMatrix(t.Context(), pool, set.X, DefaultBins(1))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	g := NewGrower(data, pool, exactParams(9, 5), make([]int64, 500))
	if _, err := g.GrowTree(ctx, NewScale(500, 1), nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Grow with an ended context = %v, want context.Canceled", err)
	}
	if _, err := BinMatrix(ctx, pool, set.X, DefaultBins(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("Bin with an ended context = %v, want context.Canceled", err)
	}
}

func TestScaleNeverOverflows(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		rows    int
		largest float64
	}{
		{"one row", 1, 5}, {"few", 7, 1e-200}, {"million", 1 << 20, 1199}, {"many", 1 << 24, 1e18}, {"nothing", 10, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := NewScale(tt.rows, tt.largest)
			for _, g := range []float64{tt.largest, -tt.largest, tt.largest / 3, 0} {
				w := s.PackGradient(g) * int64(tt.rows) // as adding it that often
				if got := s.unpackCount(w); got != int64(tt.rows) {
					t.Errorf("count of %d × %v = %d", tt.rows, g, got)
				}
				want := g * float64(tt.rows)
				if got := s.unpackSum(w) / s.Unit; math.Abs(got-want) > 1e-3*tt.largest*float64(tt.rows) {
					t.Errorf("sum of %d × %v = %v, want %v", tt.rows, g, got, want)
				}
			}
		})
	}
}

// childRows is the number of training rows at a child.
func childRows(t *Tree, child int32) int32 {
	if child < 0 {
		return t.LeafCount[^child]
	}
	return t.InternalCount[child]
}
