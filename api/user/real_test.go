package user_test

import (
	"strings"
	"testing"

	"lfb/internal/bundle"
	"lfb/internal/dataset"
	"lfb/internal/dataset/datasettest"
	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/gbdt"
	"lfb/internal/ml/interval"
	"lfb/internal/testdata"
)

// TestAnswersEqualThePipelineOnRealRows asks about a thousand engines of March 2017
// over HTTP, and holds the answers against what the pipeline's own parts make of the
// same rows: the data set read back from Parquet, its features as one matrix, the
// calibrated model on it. The trees are few, so that it takes seconds.
func TestAnswersEqualThePipelineOnRealRows(t *testing.T) {
	if testing.Short() {
		t.Skip("fits a model on 15,000 rows")
	}
	t.Parallel()
	ctx := t.Context()
	in := datasettest.ReadIncidents(t, testdata.Path(t, "lfb_incidents_2017_jan_mar.csv"))
	_, table := datasettest.BuildTable(t, in, lfb.Real)
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
		// else it is inferred
		if call.PostcodeDistrict != "" && call.WardCode != "" && call.BoroughCode != "" && call.StationGround != "" {
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
	recipe := gbdt.Default()
	recipe.Rounds, recipe.Leaves, recipe.Patience = 40, 31, -1
	train := datasettest.EncodeSet(t, spans.Train.Slice(table), spec.TrainMatrix)
	valid := datasettest.EncodeSet(t, spans.Valid.Slice(table), spec.Matrix)
	calib := datasettest.EncodeSet(t, spans.Calib.Slice(table), spec.Matrix)
	fitted, err := recipe.Fit(ctx, train, valid, ml.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	model, err := interval.Fit(ctx, fitted, valid, calib)
	if err != nil {
		t.Fatal(err)
	}
	return &bundle.Bundle{
		Spec: spec,
		Manifest: bundle.Manifest{
			Line: lfb.Real.Line(), Origin: lfb.Real, Candidate: "gbdt", DataSet: "real", Seed: 1,
			TrainedTo: table.Time(spans.Calib.Hi - 1),
		},
		Heads: []bundle.Head{{Target: bundle.Attendance, Model: model}},
	}, spans.Holdout.Slice(table)
}
