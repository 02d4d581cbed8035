package dispatch_test

import (
	"testing"

	"lfb/internal/bundle"
	"lfb/internal/dataset"
	"lfb/internal/dataset/datasettest"
	"lfb/internal/feature"
	"lfb/internal/ml"
	"lfb/internal/ml/gbdt"
	"lfb/internal/ml/interval"
)

// fitBundle fits recipe to the first rows of a table: train up to lo, validation and calibration share the rest up to
// hi.
func fitBundle(t testing.TB, rows *dataset.Table, lo, hi int, recipe gbdt.Recipe) *bundle.Bundle {
	t.Helper()
	spec, err := feature.Fit(t.Context(), rows.Slice(0, lo), feature.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := &bundle.Bundle{Spec: spec, Manifest: bundle.Manifest{TrainedTo: rows.Time(hi - 1)}}
	for _, v := range []feature.Variant{feature.Usual, feature.Sent} {
		wide, err := spec.WithVariant(v)
		if err != nil {
			t.Fatal(err)
		}
		mid := (lo + hi) / 2
		train := datasettest.EncodeSet(t, rows.Slice(0, lo), wide.TrainMatrix)
		valid := datasettest.EncodeSet(t, rows.Slice(lo, mid), wide.Matrix)
		calib := datasettest.EncodeSet(t, rows.Slice(mid, hi), wide.Matrix)
		m, err := recipe.Fit(t.Context(), train, valid, ml.Options{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		h := bundle.Head{Target: bundle.Attendance, Variant: v}
		if h.Model, err = interval.Fit(t.Context(), m, valid, calib); err != nil {
			t.Fatal(err)
		}
		b.Heads = append(b.Heads, h)
	}
	return b
}
