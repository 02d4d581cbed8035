package main

import (
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"golang.org/x/sync/errgroup"

	"lfb/internal/clean"
	"lfb/internal/dataset"
	"lfb/internal/lfb"
	"lfb/internal/source"
)

// cleanFiles makes a data set of the CSV files: parse, type, join, write Parquet.
// It is the pipeline's own code without the database in between, whose part, to
// give the rows in key order and each once, is a sort in memory here.
func cleanFiles(ctx context.Context, folder string, s settings) (result, error) {
	stop, err := profile(s["profile"])
	if err != nil {
		return nil, err
	}
	debug.SetGCPercent(400) // all rows stay: looking for what is free again and again finds nothing
	w := startWatch()
	t, err := readTables(ctx, filepath.Join(folder, "csv"))
	if err != nil {
		return nil, err
	}
	parsed := time.Since(w.begin).Seconds()
	m, err := dataset.Build(ctx, t, fileBlobs(filepath.Join(folder, "blobs")), dataset.Options{
		Origin: lfb.Synthetic, Reported: clean.Reported, Threads: threads,
	})
	if err != nil {
		return nil, err
	}
	r := w.result()
	stop()
	r["parsed"], r["rows"] = parsed, float64(m.Rows)
	r["incidents"], r["mobilisations"] = float64(t.incidentRows), float64(t.mobilisationRows)
	r["peak_mib"], err = status("VmHWM")
	return r, err
}

// tables are the two published tables in memory, as runs in key order.
type tables struct {
	incidents                      []sorted[lfb.Incident]
	mobilisations                  []sorted[lfb.Mobilisation]
	incidentRows, mobilisationRows int
}

// readTables parses every CSV file of a folder, a file on each core.
func readTables(ctx context.Context, folder string) (*tables, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.csv"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("%s: no CSV files: %w", folder, lfb.ErrNotFound)
	}
	files := make([]tables, len(paths))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(threads)
	for i, path := range paths {
		g.Go(func() error { return files[i].read(ctx, path) })
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	t := &tables{}
	for _, f := range files {
		t.incidents, t.incidentRows = append(t.incidents, f.incidents...), t.incidentRows+f.incidentRows
		t.mobilisations, t.mobilisationRows = append(t.mobilisations, f.mobilisations...), t.mobilisationRows+f.mobilisationRows
	}
	return t, nil
}

// read parses one file.
func (t *tables) read(ctx context.Context, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	r, err := source.NewReader(f, info.Size(), filepath.Base(path))
	if err != nil {
		return err
	}
	defer r.Close()
	kind, err := clean.KindOf(r.Header())
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if kind == lfb.MobilisationFile {
		p, err := clean.NewMobilisations(r.Header())
		if err != nil {
			return err
		}
		t.mobilisations, t.mobilisationRows, err = parseAll(ctx, r, p.Parse, mobilisationKey)
		return err
	}
	p, err := clean.NewIncidents(r.Header())
	if err != nil {
		return err
	}
	t.incidents, t.incidentRows, err = parseAll(ctx, r, p.Parse, incidentKey)
	return err
}

func incidentKey(r *lfb.Incident) string         { return r.IncidentNumber }
func mobilisationKey(r *lfb.Mobilisation) string { return r.IncidentNumber }

// Incidents meets dataset.Input: each once.
func (t *tables) Incidents(context.Context, lfb.Origin) iter.Seq2[*lfb.Incident, error] {
	return func(yield func(*lfb.Incident, error) bool) {
		last := ""
		merge(t.incidents, incidentKey, func(r *lfb.Incident) bool {
			again := r.IncidentNumber == last
			last = r.IncidentNumber
			return again || yield(r, nil)
		})
	}
}

// Mobilisations meets dataset.Input.
func (t *tables) Mobilisations(context.Context, lfb.Origin) iter.Seq2[*lfb.Mobilisation, error] {
	return func(yield func(*lfb.Mobilisation, error) bool) {
		merge(t.mobilisations, mobilisationKey, func(r *lfb.Mobilisation) bool { return yield(r, nil) })
	}
}

// fileBlobs is a folder that keeps objects as files.
type fileBlobs string

func (b fileBlobs) path(key string) string { return filepath.Join(string(b), filepath.FromSlash(key)) }

// PutBytes meets dataset.Blobs.
func (b fileBlobs) PutBytes(_ context.Context, key string, body []byte) (lfb.Ref, error) {
	if err := os.MkdirAll(filepath.Dir(b.path(key)), 0o755); err != nil {
		return lfb.Ref{}, err
	}
	return lfb.Ref{Key: key, Bytes: int64(len(body))}, os.WriteFile(b.path(key), body, 0o644)
}

// ReadAll meets dataset.Blobs.
func (b fileBlobs) ReadAll(_ context.Context, ref lfb.Ref) ([]byte, error) {
	return os.ReadFile(b.path(ref.Key))
}

// Exists meets dataset.Blobs. It never does: a measured run writes everything.
func (b fileBlobs) Exists(context.Context, string) (lfb.Ref, bool, error) {
	return lfb.Ref{}, false, nil
}
