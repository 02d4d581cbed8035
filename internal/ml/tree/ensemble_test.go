package tree

import (
	"bytes"
	"errors"
	"math"
	"testing"

	"lfb/internal/lfb"
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
			tr := twoLeaves(tt.decision)
			if v := tr.LeafValue[tr.FindLeaf([]float64{tt.v})]; v != tt.want {
				t.Errorf("Tree.Leaf(%v) holds %v, want %v", tt.v, v, tt.want)
			}
		})
	}
}

func TestEnsembleSurvivesItsBytes(t *testing.T) {
	t.Parallel()
	set := sampleSet(21, 5000, 6, 9, 200)
	p := GrowthParams{Leaves: 60, MinRows: 5, OneHot: 4, CatSmooth: 3, MaxCats: 32, CatMinRows: 10}
	tr, _, _ := grownTree(t, set, p, 2)
	e, err := NewEnsemble(set.X.Schema(), []Tree{tr, NewConstantTree(3, 7), tr}, false)
	if err != nil {
		t.Fatal(err)
	}
	var w ModelWriter
	w.WriteEnsemble(e)
	sealed := w.Seal("test\n")
	r, err := OpenModel(sealed, "test\n")
	if err != nil {
		t.Fatal(err)
	}
	back, err := r.ReadEnsemble(set.X.Schema())
	if err != nil || r.Close() != nil {
		t.Fatalf("Ensemble = %v, Close = %v", err, r.Close())
	}
	for i := range set.Y {
		r := row(set.X, i)
		if got, want := back.Trees[0].FindLeaf(r), tr.FindLeaf(r); got != want ||
			back.Trees[2].LeafValue[got] != tr.LeafValue[want] {
			t.Fatalf("row %d: leaf %d, want %d", i, got, want)
		}
	}
	var again ModelWriter
	again.WriteEnsemble(back)
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
	var w ModelWriter
	w.WriteTrees([]Tree{tr}, 3)
	f.Add(w.b)
	f.Add(w.b[:len(w.b)/2])
	f.Add([]byte{0, 0, 0, 255, 255, 255, 255, 15})
	x := set.X.Slice(0, 3)
	f.Fuzz(func(t *testing.T, b []byte) {
		r := &ModelReader{b: b}
		trees := r.ReadTrees(3)
		if r.Err() != nil {
			return
		}
		e, err := NewEnsemble(set.X.Schema(), trees, false)
		if err != nil {
			return
		}
		for k := range e.Trees {
			for i := range x.Rows() {
				e.Trees[k].FindLeaf(row(x, i))
			}
		}
	})
}
