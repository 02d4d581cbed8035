package report

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html/template"

	_ "embed"

	"lfb/internal/dataset"
	"lfb/internal/lfb"
)

// Attribution is what the licence of the published rows asks for.
const Attribution = "Contains public sector information licensed under the Open Government Licence. Source: London " +
	"Fire Brigade / London Datastore."

// Reject is how many rows of the published files could not be loaded for one
// reason.
type Reject struct {
	Table   lfb.Kind `json:"table"`
	Column  string   `json:"column"`
	Reason  string   `json:"reason"`
	Rows    int64    `json:"rows"`
	Example string   `json:"example"` // the first value met
	Line    int64    `json:"line"`    // where it was
}

// Input is what a report is made of.
type Input struct {
	Manifest *dataset.Manifest
	Summary  *dataset.Summary
	Previous *dataset.Summary // of the snapshot before; nil for the first
	Rejects  []Reject         // rows that never got into the tables
}

// Job is what Publish does.
type Job struct {
	Manifest *dataset.Manifest
	Previous lfb.Ref // summary of the snapshot before; zero for the first
	Rejects  []Reject
	Threads  int // cores to read with; 0 = all
}

// Refs are what Publish stored.
type Refs struct {
	Summary lfb.Ref `json:"summary"`
	HTML    lfb.Ref `json:"html"`
}

// Publish reads a data set, summarises it, draws its report and stores both. A
// previous summary that is gone or of another form counts as none.
func Publish(ctx context.Context, blobs dataset.Blobs, job Job) (Refs, error) {
	in := Input{Manifest: job.Manifest, Rejects: job.Rejects}
	table, err := dataset.Load(ctx, blobs, job.Manifest, dataset.LoadOptions{Threads: job.Threads})
	if err != nil {
		return Refs{}, fmt.Errorf("data report: %w", err)
	}
	if in.Summary, err = dataset.Summarise(ctx, table, job.Manifest); err != nil {
		return Refs{}, fmt.Errorf("data report: %w", err)
	}
	if !job.Previous.IsZero() {
		in.Previous, err = dataset.OpenSummary(ctx, blobs, job.Previous)
		if err != nil && !errors.Is(err, lfb.ErrNotFound) {
			return Refs{}, fmt.Errorf("data report: %w", err)
		}
	}
	var refs Refs
	if refs.Summary, err = in.Summary.Put(ctx, blobs); err != nil {
		return Refs{}, fmt.Errorf("data report: %w", err)
	}
	body, err := HTML(in)
	if err != nil {
		return Refs{}, err
	}
	if refs.HTML, err = dataset.PutHashed(ctx, blobs, "dataset/report/", ".html", body); err != nil {
		return Refs{}, fmt.Errorf("data report: %w", err)
	}
	return refs, nil
}

//go:embed page.gohtml
var pageText string

// HTML draws the report. A summary that is not the manifest's is lfb.ErrInvalid.
func HTML(in Input) ([]byte, error) {
	if in.Manifest == nil || in.Summary == nil || in.Summary.DataSet != in.Manifest.ID() || in.Summary.Rows == 0 {
		return nil, fmt.Errorf("data report: manifest and summary do not belong together: %w", lfb.ErrInvalid)
	}
	p, err := newPage(in)
	if err != nil {
		return nil, fmt.Errorf("data report of %s: %w", in.Manifest.ID(), err)
	}
	t, err := template.New("page").Funcs(templateFuncs()).Parse(pageText)
	if err != nil {
		return nil, fmt.Errorf("data report: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, p); err != nil {
		return nil, fmt.Errorf("data report of %s: %w", in.Manifest.ID(), err)
	}
	return out.Bytes(), nil
}
