package dispatch_test

import (
	"cmp"
	"context"
	"errors"
	"io"
	"iter"
	"slices"
	"testing"

	"lfb/internal/bundle"
	"lfb/internal/clean"
	"lfb/internal/dataset"
	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/gbdt"
	"lfb/internal/ml/interval"
	"lfb/internal/s3/memblob"
	"lfb/internal/source"
)

// incidents is a data set's input of incidents alone, by key.
type incidents []lfb.Incident

func (in incidents) Incidents(context.Context, lfb.Origin) iter.Seq2[*lfb.Incident, error] {
	return func(yield func(*lfb.Incident, error) bool) {
		for i := range in {
			if !yield(&in[i], nil) {
				return
			}
		}
	}
}

func (incidents) Mobilisations(context.Context, lfb.Origin) iter.Seq2[*lfb.Mobilisation, error] {
	return func(func(*lfb.Mobilisation, error) bool) {}
}

func (in *incidents) read(t testing.TB, r *source.Reader) {
	t.Helper()
	p, err := clean.NewIncidents(r.Header())
	if err != nil {
		t.Fatal(err)
	}
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		var one lfb.Incident
		if reject := p.Parse(row.Line, row.Fields, &one); reject == nil {
			*in = append(*in, one)
		}
	}
}

func (in incidents) table(t testing.TB, origin lfb.Origin) *dataset.Table {
	t.Helper()
	slices.SortFunc(in, func(a, b lfb.Incident) int { return cmp.Compare(a.IncidentNumber, b.IncidentNumber) })
	blobs := memblob.New()
	m, err := dataset.Build(t.Context(), in, blobs, dataset.Options{Origin: origin, Reported: clean.Reported})
	if err != nil {
		t.Fatal(err)
	}
	table, err := dataset.Load(t.Context(), blobs, m, dataset.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// fitBundle fits recipe to the first rows of a table: train up to lo, validation and calibration share the rest up to hi.
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
		set := func(part *dataset.Table, encode func(context.Context, feature.Calls, int) (ml.Matrix, error)) ml.Set {
			x, err := encode(t.Context(), feature.AssumeSent(part), 0)
			if err != nil {
				t.Fatal(err)
			}
			y := make([]float64, part.Len())
			for i := range y {
				y[i] = part.Attendance(i)
			}
			return ml.Set{X: x, Y: y}
		}
		mid := (lo + hi) / 2
		valid, calib := set(rows.Slice(lo, mid), wide.Matrix), set(rows.Slice(mid, hi), wide.Matrix)
		m, err := recipe.Fit(t.Context(), set(rows.Slice(0, lo), wide.TrainMatrix), valid, ml.Options{Seed: 1})
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
