package user_test

import (
	"cmp"
	"context"
	"errors"
	"io"
	"iter"
	"path/filepath"
	"slices"
	"strings"
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
	"lfb/internal/testdata"
)

// published is the incidents of a published file as the database gives them.
type published []lfb.Incident

func (p published) Incidents(context.Context, lfb.Origin) iter.Seq2[*lfb.Incident, error] {
	return func(yield func(*lfb.Incident, error) bool) {
		for i := range p {
			if !yield(&p[i], nil) {
				return
			}
		}
	}
}

func (p published) Mobilisations(context.Context, lfb.Origin) iter.Seq2[*lfb.Mobilisation, error] {
	return func(func(*lfb.Mobilisation, error) bool) {}
}

func publishedRows(t *testing.T, path string) (out published) {
	t.Helper()
	r, err := source.OpenFile(path, filepath.Base(path))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	p, err := clean.NewIncidents(r.Header())
	if err != nil {
		t.Fatal(err)
	}
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		var in lfb.Incident
		if r := p.Parse(rec.Line, rec.Fields, &in); r != nil {
			t.Fatal(r)
		}
		out = append(out, in)
	}
	slices.SortFunc(out, func(a, b lfb.Incident) int { return cmp.Compare(a.IncidentNumber, b.IncidentNumber) })
	return out
}

// TestAnswersEqualThePipelineOnRealRows asks about a thousand engines of March 2017
// over HTTP, and holds the answers against what the pipeline's own parts make of the
// same rows: the data set read back from Parquet, its features as one matrix, the
// calibrated model on it. The trees are few, so that it takes seconds.
func TestAnswersEqualThePipelineOnRealRows(t *testing.T) {
	if testing.Short() {
		t.Skip("fits a model on 15,000 rows")
	}
	t.Parallel()
	ctx, blobs := t.Context(), memblob.New()
	rows := publishedRows(t, testdata.Path(t, "lfb_incidents_2017_jan_mar.csv"))
	m, err := dataset.Build(ctx, rows, blobs, dataset.Options{Origin: lfb.Real, Reported: clean.Reported})
	if err != nil {
		t.Fatal(err)
	}
	table, err := dataset.Load(ctx, blobs, m, dataset.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	b, hold := realChampion(t, table)
	x, err := b.Spec.Matrix(ctx, hold, 1)
	if err != nil {
		t.Fatal(err)
	}
	want, err := b.Heads[0].Model.Answer(nil, x)
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, b)
	const asked = 1000
	var at []int
	var bodies []string
	var call lfb.Call
	for i := 0; i < hold.Len() && len(at) < asked; i += max(1, hold.Len()/(2*asked)) {
		hold.Call(i, &call)
		if call.PostcodeDistrict != "" && call.WardCode != "" && call.BoroughCode != "" && call.StationGround != "" { // else it is inferred
			at, bodies = append(at, i), append(bodies, body(&call))
		}
	}
	if len(at) < asked {
		t.Fatalf("%d rows with every fact of the place in %d of the hold-out, want %d", len(at), hold.Len(), asked)
	}
	many := s.predict(t, "/v1/predictions", `{"calls":[`+strings.Join(bodies, ",")+`]}`).Predictions
	plain := 0
	for k, i := range at {
		one := s.predict(t, "/v1/predictions", bodies[k])
		if one.Attendance != many[k].Attendance {
			t.Fatalf("row %d alone = %+v, one of many %+v", i, one.Attendance, many[k].Attendance)
		}
		if len(one.Warnings) > 0 { // outside the area seen in training: the range is widened on purpose
			continue
		}
		plain++
		w := want[i]
		if got := (times{w.Mean, w.P50, w.P90, w.Within6, w.Within10}); one.Attendance != got {
			hold.Call(i, &call)
			t.Fatalf("row %d, %+v = %+v, want the pipeline's %+v", i, call, one.Attendance, got)
		}
	}
	if plain < asked*9/10 {
		t.Errorf("%d of %d rows were answered without a warning", plain, asked)
	}
}

// realChampion is a champion for the attendance time of the rows, trained as the
// pipeline does, and the hold-out.
func realChampion(t *testing.T, table *dataset.Table) (*bundle.Bundle, *dataset.Table) {
	t.Helper()
	ctx := t.Context()
	spans, err := dataset.Split(table, dataset.SplitSpec{})
	if err != nil {
		t.Fatal(err)
	}
	spec, err := feature.Fit(ctx, spans.Train.Slice(table), feature.Options{})
	if err != nil {
		t.Fatal(err)
	}
	set := func(p *dataset.Table, encode func(context.Context, feature.Calls, int) (ml.Matrix, error)) ml.Set {
		x, err := encode(ctx, p, 1)
		if err != nil {
			t.Fatal(err)
		}
		y := make([]float64, p.Len())
		for i := range y {
			y[i] = p.Attendance(i)
		}
		return ml.Set{X: x, Y: y}
	}
	recipe := gbdt.Default()
	recipe.Rounds, recipe.Leaves, recipe.Patience, recipe.Thresholds = 40, 31, -1, nil
	valid := set(spans.Valid.Slice(table), spec.Matrix)
	fitted, err := recipe.Fit(ctx, set(spans.Train.Slice(table), spec.TrainMatrix), valid, ml.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	model, err := interval.Fit(ctx, fitted, valid, set(spans.Calib.Slice(table), spec.Matrix))
	if err != nil {
		t.Fatal(err)
	}
	return &bundle.Bundle{
		Spec:     spec,
		Manifest: bundle.Manifest{Line: lfb.Real.Line(), Origin: lfb.Real, Candidate: "gbdt", DataSet: "real", Seed: 1, TrainedTo: table.Time(spans.Calib.Hi - 1)},
		Heads:    []bundle.Head{{Target: bundle.Attendance, Model: model}},
	}, spans.Holdout.Slice(table)
}
