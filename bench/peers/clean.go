package main

import (
	"context"
	"errors"
	"io"
	"iter"
	"os"
	"path/filepath"

	"lfb/internal/clean"
	"lfb/internal/dataset"
	"lfb/internal/lfb"
	"lfb/internal/source"
)

// cleanFiles makes a data set of CSV files in key order: parse, type, join, write
// Parquet. It is the pipeline's own code without the database in between.
func cleanFiles(ctx context.Context, folder string, _ settings) (result, error) {
	w := startWatch()
	t := &tables{folder: filepath.Join(folder, orderedFolder)}
	m, err := dataset.Build(ctx, t, fileBlobs(filepath.Join(folder, "blobs")), dataset.Options{
		Origin: lfb.Synthetic, Reported: clean.Reported, Threads: threads,
	})
	if err != nil {
		return nil, err
	}
	r := w.result()
	r["rows"], r["incidents"], r["mobilisations"] = float64(m.Rows), float64(t.incidents), float64(t.mobilisations)
	r["peak_mib"], err = status("VmHWM")
	return r, err
}

// tables are two files in key order, read as the database hands out its rows: a
// dataset.Input. It counts the rows that were accepted.
type tables struct {
	folder                   string
	incidents, mobilisations int64
}

// Incidents meets dataset.Input.
func (t *tables) Incidents(ctx context.Context, _ lfb.Origin) iter.Seq2[*lfb.Incident, error] {
	return readRows(ctx, filepath.Join(t.folder, incidentsFile), &t.incidents,
		func(header []string) (parser[lfb.Incident], error) {
			p, err := clean.NewIncidents(header)
			return p.Parse, err
		})
}

// Mobilisations meets dataset.Input. A folder of incidents alone has none.
func (t *tables) Mobilisations(ctx context.Context, _ lfb.Origin) iter.Seq2[*lfb.Mobilisation, error] {
	path := filepath.Join(t.folder, mobilisationsFile)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return func(func(*lfb.Mobilisation, error) bool) {}
	}
	return readRows(ctx, path, &t.mobilisations, func(header []string) (parser[lfb.Mobilisation], error) {
		p, err := clean.NewMobilisations(header)
		return p.Parse, err
	})
}

type parser[T any] func(line int64, fields []string, dst *T) *lfb.Reject

// readRows yields the accepted rows of one file and counts them.
func readRows[T any](ctx context.Context, path string, n *int64,
	newParser func(header []string) (parser[T], error),
) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		if err := eachRow(path, newParser, func(row *T) bool {
			*n++
			return ctx.Err() == nil && yield(row, nil)
		}); err != nil {
			yield(nil, err)
		}
	}
}

func eachRow[T any](path string, newParser func(header []string) (parser[T], error), visit func(*T) bool) error {
	r, err := source.OpenFile(path, filepath.Base(path))
	if err != nil {
		return err
	}
	defer r.Close()
	parse, err := newParser(r.Header())
	if err != nil {
		return err
	}
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		var row T
		if parse(rec.Line, rec.Fields, &row) == nil && !visit(&row) {
			return nil
		}
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
