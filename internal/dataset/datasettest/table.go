package datasettest

import (
	"context"
	"testing"

	"lfb/internal/clean"
	"lfb/internal/dataset"
	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/s3/memblob"
)

// BuildTable makes a data set of rows, which it sorts, and loads all of it.
func BuildTable(t testing.TB, rows Incidents, origin lfb.Origin) (*dataset.Manifest, *dataset.Table) {
	t.Helper()
	rows.sortByNumber()
	blobs := memblob.New()
	m, err := dataset.Build(t.Context(), rows, blobs, dataset.Options{Origin: origin, Reported: clean.Reported})
	if err != nil {
		t.Fatal(err)
	}
	table, err := dataset.Load(t.Context(), blobs, m, dataset.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return m, table
}

// EncodeSet encodes rows, the station sent from known where it is asked for, with their attendance times.
func EncodeSet(
	t testing.TB, rows *dataset.Table, encode func(context.Context, feature.Calls, int) (ml.Matrix, error),
) ml.Set {
	t.Helper()
	x, err := encode(t.Context(), feature.AssumeSent(rows), 0)
	if err != nil {
		t.Fatal(err)
	}
	y := make([]float64, rows.Len())
	for i := range y {
		y[i] = rows.Attendance(i)
	}
	return ml.Set{X: x, Y: y}
}
