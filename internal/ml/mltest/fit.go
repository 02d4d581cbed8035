package mltest

import (
	"bytes"
	"context"
	"errors"
	"math"
	"testing"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

func (s *suite) sameBytes(t *testing.T) {
	if got := marshal(t, s.fit(t, ml.Options{Seed: 1})); !bytes.Equal(got, s.data) {
		t.Errorf("a second fit gave %d bytes that differ from the first's %d", len(got), len(s.data))
	}
}

func (s *suite) sameThreads(t *testing.T) {
	one := marshal(t, s.fit(t, ml.Options{Seed: 1, Threads: 1}))
	four := marshal(t, s.fit(t, ml.Options{Seed: 1, Threads: 4}))
	if !bytes.Equal(one, four) {
		t.Error("fits with 1 and 4 threads differ")
	}
}

func (s *suite) sameResume(t *testing.T) {
	var points [][]byte
	m := s.fit(t, ml.Options{Seed: 1, Checkpoint: func(b []byte) { points = append(points, bytes.Clone(b)) }})
	want := marshal(t, m)
	if len(points) == 0 {
		t.Skip("the estimator writes no checkpoints")
	}
	for _, i := range []int{0, len(points) / 2, len(points) - 1} {
		got := marshal(t, s.fit(t, ml.Options{Seed: 1, Resume: points[i]}))
		if !bytes.Equal(got, want) {
			t.Errorf("resuming from checkpoint %d of %d gave other bytes", i+1, len(points))
		}
	}
	damaged := points[0][:len(points[0])/2]
	if _, err := s.recipe.Fit(t.Context(), s.train, s.valid, ml.Options{Seed: 1, Resume: damaged}); !errors.Is(err,
		lfb.ErrInvalid) {
		t.Errorf("resuming from half a checkpoint = %v, want ErrInvalid", err)
	}
}

func (s *suite) beatsMean(t *testing.T) {
	train, valid, test := Line(1, 600), Line(2, 200), Line(3, 300)
	p, err := fitOn(t, s.recipe, train, valid, ml.Options{Seed: 1}).Predict(nil, test.X)
	if err != nil {
		t.Fatal(err)
	}
	if got := ml.R2(p, test.Y); got < 0.3 {
		t.Errorf("R2 on a line = %.3f, want at least 0.3", got)
	}
}

func (s *suite) inputsUnchanged(t *testing.T) {
	train, valid, x := clone(s.train), clone(s.valid), clone(s.test)
	m := fitOn(t, s.recipe, train, valid, ml.Options{Seed: 1})
	mustOutputs(t, m, x.X)
	for _, pair := range []struct {
		name      string
		got, want ml.Set
	}{{"train", train, s.train}, {"valid", valid, s.valid}, {"x", x, s.test}} {
		for j := range pair.got.X.Width() {
			if !sameBits([][]float64{pair.got.X.Col(j), pair.got.Y}, [][]float64{pair.want.X.Col(j), pair.want.Y}) {
				t.Errorf("%s: column %d or the target was changed", pair.name, j)
			}
		}
	}
}

// keepsNothing overwrites the training rows after the fit: a model that still
// looks at them would answer differently.
func (s *suite) keepsNothing(t *testing.T) {
	train, valid := clone(s.train), clone(s.valid)
	m := fitOn(t, s.recipe, train, valid, ml.Options{Seed: 1})
	want := mustOutputs(t, m, s.test.X)
	for _, set := range []ml.Set{train, valid} {
		clear(set.Y)
		for j := range set.X.Width() {
			clear(set.X.Col(j))
		}
	}
	if !sameBits(mustOutputs(t, m, s.test.X), want) {
		t.Error("predictions changed when the training rows were overwritten")
	}
}

func (s *suite) refusesSets(t *testing.T) {
	spoil := func(f func(*ml.Set)) ml.Set {
		c := clone(s.train)
		f(&c)
		return c
	}
	narrow := ml.Set{X: ml.NewMatrix(&ml.Schema{Columns: []ml.Column{{Name: "a"}}}, 3), Y: []float64{1, 2, 3}}
	nanY := spoil(func(c *ml.Set) { c.Y[5] = math.NaN() })
	tests := []struct {
		name         string
		train, valid ml.Set
	}{
		{"NaN target", nanY, s.valid},
		{"infinite target", spoil(func(c *ml.Set) { c.Y[5] = math.Inf(1) }), s.valid},
		{"NaN target in valid", s.train, nanY},
		{"infinite feature", spoil(func(c *ml.Set) { c.X.Col(0)[3] = math.Inf(-1) }), s.valid},
		{"category beyond its range", spoil(func(c *ml.Set) { c.X.Col(3)[3] = Grounds }), s.valid},
		{"category that is no whole number", spoil(func(c *ml.Set) { c.X.Col(3)[3] = 1.5 }), s.valid},
		{"no rows", s.train.Slice(0, 0), s.valid},
		{"the zero set", ml.Set{}, ml.Set{}},
		{"fewer targets than rows", spoil(func(c *ml.Set) { c.Y = c.Y[:10] }), s.valid},
		{"valid of another width", s.train, narrow},
	}
	for _, tt := range tests {
		m, err := s.recipe.Fit(t.Context(), tt.train, tt.valid, ml.Options{Seed: 1})
		if !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("%s: Fit = %v, %v, want ErrInvalid", tt.name, m, err)
		}
	}
}

func (s *suite) cancels(t *testing.T) {
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if m, err := s.recipe.Fit(done, s.train, s.valid, ml.Options{Seed: 1}); !errors.Is(err, context.Canceled) {
		t.Errorf("Fit with a cancelled context = %v, %v, want context.Canceled", m, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	early := false
	_, err := s.recipe.Fit(ctx, s.train, s.valid, ml.Options{Seed: 1, Progress: func(p ml.Progress) {
		if p.Done < p.Total-1 {
			early = true
			cancel()
		}
	}})
	if early && !errors.Is(err, context.Canceled) {
		t.Errorf("Fit cancelled from Progress = %v, want context.Canceled", err)
	}
}

func (s *suite) progress(t *testing.T) {
	last := -1
	s.fit(t, ml.Options{Seed: 1, Progress: func(p ml.Progress) {
		if p.Done < last || p.Done > p.Total {
			t.Errorf("progress %d of %d after %d", p.Done, p.Total, last)
		}
		last = p.Done
	}})
}

// oddSets are small or dull, but not wrong: they must give a finite answer.
func (s *suite) oddSets(t *testing.T) {
	level := clone(s.train)
	for i := range level.Y {
		level.Y[i] = 321
	}
	empty := ml.Set{X: s.train.X.Slice(0, 0)}
	tests := []struct {
		name         string
		train, valid ml.Set
	}{
		{"one row", s.train.Slice(0, 1), empty},
		{"two rows", s.train.Slice(0, 2), s.valid.Slice(0, 1)},
		{"constant target", level, s.valid},
		{"valid without rows", s.train, empty},
		{"the zero valid", s.train, ml.Set{}},
	}
	for _, tt := range tests {
		out := mustOutputs(t, fitOn(t, s.recipe, tt.train, tt.valid, ml.Options{Seed: 1}), s.test.X)
		for _, v := range out {
			finite(t, tt.name, v)
		}
		for _, p := range out[0] {
			if tt.name == "constant target" && math.Abs(p-321) > 1e-6 {
				t.Fatalf("constant target: Predict = %v, want 321", p)
			}
		}
	}
}
