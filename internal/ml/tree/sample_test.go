package tree

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"lfb/internal/ml"
)

// sampleSet is rows of numeric columns, some values missing, and of columns of
// the given numbers of categories, with a target that depends on all of them.
func sampleSet(seed uint64, rows, numeric int, categories ...int) ml.Set {
	rng := rand.New(rand.NewPCG(seed, 7))
	s := &ml.Schema{}
	for j := range numeric {
		s.Columns = append(s.Columns, ml.Column{Name: fmt.Sprintf("n%d", j)})
	}
	for j, c := range categories {
		s.Columns = append(s.Columns, ml.Column{Name: fmt.Sprintf("c%d", j), Categories: c})
	}
	x, y := ml.NewMatrix(s, rows), make([]float64, rows)
	for i := range rows {
		for j := range numeric {
			v := rng.NormFloat64()
			if j%2 == 1 {
				v = float64(rng.IntN(9))
			}
			y[i] += math.Sin(v) * 30 / float64(j+1)
			if rng.IntN(8) == 0 {
				v = math.NaN()
			}
			x.Col(j)[i] = v
		}
		for j, c := range categories {
			v := rng.IntN(c)
			y[i] += float64(v*7919%13) * 4
			x.Col(numeric + j)[i] = float64(v)
		}
		y[i] += 300 + 5*rng.NormFloat64()
	}
	return ml.Set{X: x, Y: y}
}

// exactParams grow without any smoothing of categories.
func exactParams(leaves, minRows int) GrowthParams {
	return GrowthParams{Leaves: leaves, MinRows: minRows, OneHot: 300}
}

// grown is a tree grown on set with threads workers, about the mean of its targets.
func grownTree(t testing.TB, set ml.Set, p GrowthParams, threads int, use ...bool) (Tree, BinnedTree, *BinnedMatrix) {
	t.Helper()
	pool := NewPool(threads)
	defer pool.Close()
	cfg := DefaultBins(1)
	cfg.MinInBin = 1
	data, err := BinMatrix(t.Context(), pool, set.X, cfg)
	if err != nil {
		t.Fatal(err)
	}
	mean, largest := 0.0, 0.0
	for _, y := range set.Y {
		mean += y / float64(len(set.Y))
	}
	for _, y := range set.Y {
		largest = max(largest, math.Abs(y-mean))
	}
	scale := NewScale(len(set.Y), largest)
	words := make([]int64, len(set.Y))
	for i, y := range set.Y {
		words[i] = scale.PackGradient(mean - y)
	}
	g := NewGrower(data, pool, p, words)
	tr, err := g.GrowTree(t.Context(), scale, nil, use)
	if err != nil {
		t.Fatal(err)
	}
	walk, err := data.CompileTree(&tr)
	if err != nil {
		t.Fatal(err)
	}
	tr.ShiftValues(mean)
	return tr, walk, data
}

// row copies row i of x.
func row(x ml.Matrix, i int) []float64 {
	out := make([]float64, x.Width())
	for j := range out {
		out[j] = x.At(i, j)
	}
	return out
}
