package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"lfb/internal/clean"
	"lfb/internal/dataset"
	"lfb/internal/lfb"
	"lfb/internal/source"
)

// cleanFiles makes a data set of the CSV files: parse, type, join, write Parquet.
// It is the pipeline's own code without the database in between.
func cleanFiles(ctx context.Context, folder string, s settings) (result, error) {
	stop, err := profile(s["profile"])
	if err != nil {
		return nil, err
	}
	w := startWatch()
	t, err := readTables(ctx, filepath.Join(folder, "csv"))
	if err != nil {
		return nil, err
	}
	parsed := time.Since(w.begin).Seconds()
	m, err := dataset.BuildRows(ctx, t.rows, fileBlobs(filepath.Join(folder, "blobs")), dataset.Options{
		Origin: lfb.Synthetic, Reported: clean.Reported, Threads: threads,
	})
	if err != nil {
		return nil, err
	}
	r := w.result()
	stop()
	r["parsed"], r["rows"] = parsed, float64(m.Rows)
	r["incidents"], r["mobilisations"] = float64(t.incidents.Load()), float64(t.mobilisations.Load())
	r["peak_mib"], err = status("VmHWM")
	return r, err
}

// tables are the two published tables in memory.
type tables struct {
	rows                     *dataset.Rows
	incidents, mobilisations atomic.Int64 // rows
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
	t := &tables{rows: dataset.NewRows(clean.Reported)}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(threads)
	for _, path := range paths {
		rows := t.rows.File()
		g.Go(func() error { return t.read(ctx, path, rows) })
	}
	return t, g.Wait()
}

// read parses one file.
func (t *tables) read(ctx context.Context, path string, rows *dataset.FileRows) error {
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
	r.Reuse()
	kind, err := clean.KindOf(r.Header())
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if kind == lfb.MobilisationFile {
		p, err := clean.NewMobilisations(r.Header())
		if err != nil {
			return err
		}
		return parseAll(ctx, r, p.Parse, rows.Mobilisation, &t.mobilisations)
	}
	p, err := clean.NewIncidents(r.Header())
	if err != nil {
		return err
	}
	return parseAll(ctx, r, p.Parse, rows.Incident, &t.incidents)
}

// parseAll gives a file's accepted rows to add and counts them.
func parseAll[T any](ctx context.Context, r *source.Reader, parse func(int64, []string, *T) *lfb.Reject, add func(*T) error, n *atomic.Int64) error {
	var row T
	good := int64(0)
	defer func() { n.Add(good) }()
	for i := 0; i%1024 != 0 || ctx.Err() == nil; i++ {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if parse(rec.Line, rec.Fields, &row) != nil {
			continue
		}
		if err := add(&row); err != nil {
			return err
		}
		good++
	}
	return ctx.Err()
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
