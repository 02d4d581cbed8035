package tree

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"testing"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

// twoLeaves splits column 0 at 5 with the decision type d.
func twoLeaves(d int8) Tree {
	return Tree{
		SplitFeature: []int32{0}, Threshold: []float64{5}, DecisionType: []int8{d}, Left: []int32{^0}, Right: []int32{^1},
		InternalCount: []int32{2}, LeafValue: []float64{1, 2}, LeafCount: []int32{1, 1},
	}
}

func TestMissingAsLightGBM(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	for _, tt := range []struct {
		name     string
		decision int8
		v, want  float64
	}{
		{"below", MissingNaN, 4, 1},
		{"equal", MissingNaN, 5, 1},
		{"above", MissingNaN, 5.1, 2},
		{"NaN right", MissingNaN, nan, 2},
		{"NaN left", MissingNaN | DefaultLeft, nan, 1},
		{"NaN is zero", DefaultLeft, nan, 1},
		{"NaN is zero, right", 0, nan, 1},
		{"zero missing, right", MissingZero, 0, 2},
		{"zero missing, left", MissingZero | DefaultLeft, 0, 1},
		{"nearly zero", MissingZero, 1e-36, 2},
		{"not zero", MissingZero, 1e-30, 1},
		{"NaN where zero is missing", MissingZero, nan, 2},
		{"+Inf", MissingNaN | DefaultLeft, math.Inf(1), 2},
		{"-Inf", MissingNaN, math.Inf(-1), 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &ml.Schema{Columns: make([]ml.Column, 1)}
			tr := twoLeaves(tt.decision)
			e, err := NewEnsemble(s, []Tree{tr}, false)
			if err != nil {
				t.Fatal(err)
			}
			got, err := e.Predict(nil, ml.MatrixOf(s, 1, []float64{tt.v}))
			if err != nil || got[0] != tt.want {
				t.Errorf("Predict(%v) = %v, %v, want %v", tt.v, got, err, tt.want)
			}
			if v := tr.LeafValue[tr.Leaf([]float64{tt.v})]; v != tt.want {
				t.Errorf("Tree.Leaf(%v) holds %v, want %v", tt.v, v, tt.want)
			}
		})
	}
}

func TestEnsembleSurvivesItsBytes(t *testing.T) {
	t.Parallel()
	set := sampleSet(21, 5000, 6, 9, 200)
	p := Params{Leaves: 60, MinRows: 5, OneHot: 4, CatSmooth: 3, MaxCats: 32, CatMinRows: 10}
	tr, _, _ := grownTree(t, set, p, 2)
	e, err := NewEnsemble(set.X.Schema(), []Tree{tr, Constant(3, 7), tr}, false)
	if err != nil {
		t.Fatal(err)
	}
	var w Writer
	w.Ensemble(e)
	sealed := w.Seal("test\n")
	r, err := Open(sealed, "test\n")
	if err != nil {
		t.Fatal(err)
	}
	back, err := r.Ensemble(set.X.Schema())
	if err != nil || r.Close() != nil {
		t.Fatalf("Ensemble = %v, Close = %v", err, r.Close())
	}
	want, _ := e.Predict(nil, set.X)
	got, _ := back.Predict(nil, set.X)
	for i := range want {
		if got[i] != want[i] || got[i] != 2*tr.LeafValue[tr.Leaf(row(set.X, i))]+3 {
			t.Fatalf("row %d: %v, want %v", i, got[i], want[i])
		}
	}
	var again Writer
	again.Ensemble(back)
	if !bytes.Equal(again.Seal("test\n"), sealed) {
		t.Error("the bytes of a decoded ensemble differ")
	}
}

func TestCheckRefusesTrees(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		spoil func(*Tree)
	}{
		{"loop", func(t *Tree) { t.Left[0] = 0 }},
		{"leaf twice", func(t *Tree) { t.Right[0] = ^0 }},
		{"leaf out of range", func(t *Tree) { t.Right[0] = ^7 }},
		{"least child", func(t *Tree) { t.Right[0] = math.MinInt32 }},
		{"node out of range", func(t *Tree) { t.Left[0] = 1 }},
		{"column out of range", func(t *Tree) { t.SplitFeature[0] = 3 }},
		{"threshold NaN", func(t *Tree) { t.Threshold[0] = math.NaN() }},
		{"value infinite", func(t *Tree) { t.LeafValue[1] = math.Inf(1) }},
		{"no category set", func(t *Tree) { t.DecisionType[0] = Categorical }},
		{"categories descend", func(t *Tree) {
			t.DecisionType[0], t.Threshold[0] = Categorical, 0
			t.CatThreshold, t.CatBoundaries = []uint32{1}, []int32{1, 0}
		}},
		{"short array", func(t *Tree) { t.Threshold = nil }},
		{"no leaves", func(t *Tree) { *t = Tree{} }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tr := twoLeaves(MissingNaN)
			tt.spoil(&tr)
			if err := tr.Check(1); !errors.Is(err, lfb.ErrInvalid) {
				t.Errorf("Check = %v, want ErrInvalid", err)
			}
		})
	}
}

func FuzzReader(f *testing.F) {
	set := sampleSet(31, 300, 2, 5)
	tr, _, _ := grownTree(f, set, exactParams(6, 5), 1)
	var w Writer
	w.Trees([]Tree{tr}, 3)
	f.Add(w.b)
	f.Add(w.b[:len(w.b)/2])
	f.Add([]byte{0, 0, 0, 255, 255, 255, 255, 15})
	x := set.X.Slice(0, 3)
	f.Fuzz(func(t *testing.T, b []byte) {
		r := &Reader{b: b}
		trees := r.Trees(3)
		if r.Err() != nil {
			return
		}
		e, err := NewEnsemble(set.X.Schema(), trees, false)
		if err != nil {
			return
		}
		if _, err := e.Predict(nil, x); err != nil {
			t.Error(err)
		}
		if _, err := e.PredictContributions(nil, x); err != nil {
			t.Error(err)
		}
	})
}

// The two layouts and the plain walk lead every row to the same leaf.
func TestLayoutsAgree(t *testing.T) {
	t.Parallel()
	set := sampleSet(41, 4000, 5, 7, 150)
	p := Params{Leaves: 90, MinRows: 5, OneHot: 4, CatSmooth: 3, MaxCats: 32, CatMinRows: 10}
	tr, _, _ := grownTree(t, set, p, 2)
	for i := range tr.DecisionType { // as other programs may have it
		if i%5 == 1 && tr.DecisionType[i]&Categorical == 0 {
			tr.DecisionType[i] = []int8{0, MissingZero, MissingZero | DefaultLeft}[i%3]
		}
	}
	trees := []Tree{tr, Constant(2, 1), tr, tr, tr, tr}
	x := set.X
	for j := range x.Width() {
		x.Col(j)[j], x.Col(j)[50+j], x.Col(j)[70+j] = math.NaN(), 0, 1e6
	}
	x.Col(6)[90], x.Col(6)[91], x.Col(6)[92] = -3, math.Inf(1), 3.7
	e, err := NewEnsemble(x.Schema(), trees, false)
	if err != nil || e.lanes == nil {
		t.Fatalf("NewEnsemble = %v, without lanes for a small ensemble", err)
	}
	f := flatten(trees, x.Width())
	leaves := make([]int32, len(trees))
	for i := range x.Rows() {
		want := 5*tr.LeafValue[tr.Leaf(row(x, i))] + 2
		values := f.writeOut(nil, x, i)
		one, other := e.predictOne(x.Slice(i, i+1)), f.sum(values)
		if one != other || math.Abs(one-want) > 1e-9 {
			t.Fatalf("row %d: lanes %v, flat %v, want %v", i, one, other, want)
		}
		if e.Leaves(leaves, x, i); int(leaves[5]) != tr.Leaf(row(x, i)) {
			t.Fatalf("row %d: leaf %d, want %d", i, leaves[5], tr.Leaf(row(x, i)))
		}
	}
}

func TestManyCategoriesTakeTheFlatLayout(t *testing.T) {
	t.Parallel()
	tr := twoLeaves(Categorical)
	tr.Threshold[0], tr.CatBoundaries, tr.CatThreshold = 0, []int32{0, 1 << 17}, make([]uint32, 1<<17)
	tr.CatThreshold[1<<17-1] = 1 << 31 // the last code only
	var trees []Tree
	for i := range 65 { // no two with the same set
		tr.CatThreshold = slices.Clone(tr.CatThreshold)
		tr.CatThreshold[i+1] = 1
		trees = append(trees, tr)
	}
	s := &ml.Schema{Columns: []ml.Column{{Name: "c", Categories: 1 << 22}}}
	e, err := NewEnsemble(s, trees, true)
	if err != nil {
		t.Fatal(err)
	}
	if e.lanes != nil {
		t.Error("lanes took tables of 260 MB")
	}
	got, err := e.Predict(nil, ml.MatrixOf(s, 3, []float64{1<<22 - 1, 1 << 22, 0}))
	if err != nil || got[0] != 1 || got[1] != 2 || got[2] != 2 {
		t.Errorf("Predict = %v, %v, want [1 2 2]", got, err)
	}
}
