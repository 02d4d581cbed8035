package bundle_test

import (
	"context"
	"testing"

	"lfb/internal/bundle"
	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/gbdt"
	"lfb/internal/ml/interval"
)

// large is a bundle of two heads, each a gbdt of 5 × 500 trees of 63 leaves.
func large(b *testing.B) (*bundle.Bundle, table) {
	b.Helper()
	ctx, rows := context.Background(), city(12000)
	spec, err := feature.Fit(ctx, rows[:10000], feature.Options{})
	if err != nil {
		b.Fatal(err)
	}
	x, err := spec.TrainMatrix(ctx, rows, 2)
	if err != nil {
		b.Fatal(err)
	}
	recipe := gbdt.Default()
	recipe.Rounds, recipe.Leaves, recipe.Patience = 500, 63, -1
	out := &bundle.Bundle{Spec: spec}
	for _, target := range []string{bundle.Attendance, bundle.Response} {
		set := ml.Set{X: x, Y: rows.seconds(target == bundle.Response)}
		m, err := recipe.Fit(ctx, set.Slice(0, 10000), ml.Set{X: x.Slice(0, 0)}, ml.Options{Seed: 1})
		if err != nil {
			b.Fatal(err)
		}
		h, err := interval.Fit(ctx, m, set.Slice(10000, 11000), set.Slice(11000, 12000))
		if err != nil {
			b.Fatal(err)
		}
		out.Heads = append(out.Heads, bundle.Head{Target: target, Model: h})
	}
	return out, rows
}

func BenchmarkPredict(b *testing.B) {
	m, rows := large(b)
	ask := calls(rows)
	for _, n := range []int{1, 1000} {
		b.Run(map[int]string{1: "one call", 1000: "a thousand calls"}[n], func(b *testing.B) {
			dst := make([]bundle.Prediction, n)
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if _, err := m.Predict(dst, ask[i%(len(ask)-n):][:n]); err != nil {
					b.Fatal(err)
				}
				i++
			}
		})
	}
	b.Run("explain", func(b *testing.B) {
		for b.Loop() {
			if _, err := m.Explain(&lfb.Call{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	m, _ := large(b)
	data, err := m.MarshalBinary()
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := bundle.Decode(data); err != nil {
			b.Fatal(err)
		}
	}
}
