package web

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"

	"lfb/internal/dataset"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

type datasetBody struct {
	Set     registry.DataSet
	Summary *dataset.Summary // nil where none was kept
	Most    int64            // rows of the largest month
}

// showDataSet is one snapshot: its rows by month and its columns.
func (u *ui) showDataSet(r *http.Request) (*view, error) {
	b := &datasetBody{}
	var err error
	if b.Set, err = u.Store.DataSet(r.Context(), r.PathValue("id")); err != nil {
		return nil, err
	}
	v := &view{Template: "dataset", Title: "Snapshot " + b.Set.ID, Section: "data", Body: b}
	if b.Set.Summary.IsZero() {
		return v, nil
	}
	if err := u.readJSON(r.Context(), b.Set.Summary, &b.Summary); err != nil {
		return nil, fmt.Errorf("summary of data set %s: %w", b.Set.ID, err)
	}
	for _, m := range b.Summary.Months {
		b.Most = max(b.Most, m.First+m.Second)
	}
	return v, nil
}

// readJSON reads a stored object into the value that into points to.
func (u *ui) readJSON(ctx context.Context, ref lfb.Ref, into any) error {
	body, err := u.Blobs.ReadAll(ctx, ref)
	if err != nil {
		return err
	}
	return json.Unmarshal(body, into)
}

// sampleRows is how many rows the sample page shows.
const sampleRows = 10

type sampleBody struct {
	Origin  lfb.Origin
	Columns []string
	Rows    [][]any
}

// showSample is random rows of the joined table of one origin.
func (u *ui) showSample(r *http.Request) (*view, error) {
	b := &sampleBody{Origin: lfb.Origin(r.PathValue("origin")), Columns: u.Columns}
	if !slices.Contains(lfb.Origins(), b.Origin) {
		return nil, fmt.Errorf("rows of origin %.20q: %w", b.Origin, lfb.ErrNotFound)
	}
	var err error
	b.Rows, err = u.Store.Sample(r.Context(), b.Origin, sampleRows)
	return &view{Template: "sample", Title: "Sample", Section: "data", Body: b}, err
}

// cellText is a value of the joined table for people.
func cellText(v any) string {
	switch v := v.(type) {
	case nil:
		return "–"
	case []byte:
		return string(v)
	case float64:
		if math.IsNaN(v) {
			return "–"
		}
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}
