package activities

import (
	"context"
	"time"

	"lfb/internal/clean"
	"lfb/internal/dataset"
	"lfb/internal/dataset/report"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// CleanInput says whose rows become a snapshot. The files that they came from
// are asked of the database, which knows what is loaded.
type CleanInput struct {
	Origin lfb.Origin `json:"origin"`
}

// CleanResult is the snapshot.
type CleanResult struct {
	DataSet registry.DataSet `json:"data_set"`
	Skipped bool             `json:"skipped"` // the same files were cleaned before
}

// Clean joins the tables into a data set and writes its report. The same loaded
// files give the same data set without reading a row.
func (a *Activities) Clean(ctx context.Context, in CleanInput) (CleanResult, error) {
	progress, stop := startHeartbeat(ctx, Heartbeat{Step: "clean", Unit: "incidents"})
	defer stop()
	files, err := a.Files.Files(ctx, in.Origin)
	if err != nil {
		return CleanResult{}, wire(err)
	}
	key := cleanKey{Origin: in.Origin, Builder: dataset.Version}
	for _, f := range files {
		key.Files = append(key.Files, f.SHA256)
	}
	d, again, err := rememberStep(ctx, a.Blobs, stepClean, key, func() (registry.DataSet, error) {
		return a.buildDataSet(ctx, in.Origin, files, progress)
	})
	if err != nil {
		return CleanResult{}, wire(err)
	}
	return CleanResult{DataSet: d, Skipped: again}, wire(a.DataSets.SaveDataSet(ctx, d))
}

// cleanKey is all that a snapshot depends on: the loaded files, in the order in
// which they were loaded.
type cleanKey struct {
	Origin  lfb.Origin
	Builder int
	Files   []string
}

func (a *Activities) buildDataSet(ctx context.Context, origin lfb.Origin, files []lfb.SourceFile,
	progress func(Heartbeat),
) (registry.DataSet, error) {
	m, err := dataset.Build(ctx, a.Rows, a.Blobs, dataset.Options{
		Origin: origin, Sources: files, Reported: clean.Reported,
		Threads: a.Threads, Progress: func(incidents int64) {
			progress(Heartbeat{Step: "clean", Done: incidents, Unit: "incidents"})
		},
	})
	if err != nil {
		return registry.DataSet{}, err
	}
	d := registry.DataSet{
		ID: m.ID(), Origin: origin, Manifest: m.Ref(), Rows: m.Rows, FirstCall: m.FirstCall.UTC(),
		LastCall: m.LastCall.UTC(), CreatedAt: time.Now().UTC(),
	}
	before, err := a.summaryBefore(ctx, d)
	if err != nil {
		return d, err
	}
	rejects, err := a.listRejects(ctx, files)
	if err != nil {
		return d, err
	}
	refs, err := report.Publish(ctx, a.Blobs, report.Job{
		Manifest: m, Previous: before, Rejects: rejects,
		Threads: a.Threads,
	})
	d.Summary, d.Report = refs.Summary, refs.HTML
	return d, err
}

// listRejects is what of the files never got into the tables, for the report.
func (a *Activities) listRejects(ctx context.Context, files []lfb.SourceFile) ([]report.Reject, error) {
	var out []report.Reject
	for _, f := range files {
		counts, err := a.Rejects.RejectCounts(ctx, f.SHA256)
		if err != nil {
			return nil, err
		}
		for _, c := range counts {
			if c.Effect == effectRejected {
				out = append(out, report.Reject{
					Table: f.Kind, Column: c.Column, Reason: c.Reason, Rows: c.Rows,
					Example: c.Example.Value, Line: c.Example.Line,
				})
			}
		}
	}
	return out, nil
}

// summaryBefore is the summary of the newest other snapshot; zero without one.
func (a *Activities) summaryBefore(ctx context.Context, d registry.DataSet) (lfb.Ref, error) {
	all, err := a.DataSets.DataSets(ctx, d.Origin)
	if err != nil {
		return lfb.Ref{}, err
	}
	for _, old := range all {
		if old.ID != d.ID && !old.Summary.IsZero() {
			return old.Summary, nil
		}
	}
	return lfb.Ref{}, nil
}
