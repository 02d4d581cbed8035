package datasettest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"iter"
	"slices"
	"testing"

	"lfb/internal/clean"
	"lfb/internal/lfb"
	"lfb/internal/source"
	"lfb/internal/source/synthetic"
)

// Incidents is an input of a data set that has no mobilisations.
type Incidents []lfb.Incident

// Incidents gives the rows as they stand.
func (in Incidents) Incidents(context.Context, lfb.Origin) iter.Seq2[*lfb.Incident, error] {
	return func(yield func(*lfb.Incident, error) bool) {
		for i := range in {
			if !yield(&in[i], nil) {
				return
			}
		}
	}
}

// Mobilisations gives none.
func (Incidents) Mobilisations(context.Context, lfb.Origin) iter.Seq2[*lfb.Mobilisation, error] {
	return func(func(*lfb.Mobilisation, error) bool) {}
}

// sortByNumber puts the rows in the order that the database gives them in.
func (in Incidents) sortByNumber() {
	slices.SortFunc(in, func(a, b lfb.Incident) int { return cmp.Compare(a.IncidentNumber, b.IncidentNumber) })
}

// ReadIncidents reads the published file at path, in its order. A row that is rejected fails the test.
func ReadIncidents(t testing.TB, path string) Incidents {
	t.Helper()
	r, err := source.OpenFile(path, path)
	if err != nil {
		t.Fatal(err)
	}
	return readRows(t, r, func(reject *lfb.Reject) { t.Fatal(reject) })
}

// ReadCity reads the incidents of a city's files by their numbers, one row a number. Rejected rows are left out: a city
// has some on purpose.
func ReadCity(t testing.TB, city *synthetic.City) (out Incidents) {
	t.Helper()
	items, err := city.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range items {
		if item.Kind != lfb.IncidentFile {
			continue
		}
		body, _, err := city.Open(t.Context(), item, 0)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(body)
		if err := errors.Join(err, body.Close()); err != nil {
			t.Fatal(err)
		}
		r, err := source.NewReader(bytes.NewReader(data), int64(len(data)), item.Name)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, readRows(t, r, func(*lfb.Reject) {})...)
	}
	out.sortByNumber()
	return slices.CompactFunc(out, func(a, b lfb.Incident) bool { return a.IncidentNumber == b.IncidentNumber })
}

// readRows reads r to its end and closes it.
func readRows(t testing.TB, r *source.Reader, rejected func(*lfb.Reject)) (out Incidents) {
	t.Helper()
	defer func() { _ = r.Close() }() // only read
	p, err := clean.NewIncidents(r.Header())
	if err != nil {
		t.Fatal(err)
	}
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		var one lfb.Incident
		if reject := p.Parse(row.Line, row.Fields, &one); reject != nil {
			rejected(reject)
			continue
		}
		out = append(out, one)
	}
}
