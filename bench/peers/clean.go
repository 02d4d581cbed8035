package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
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

// tables are the two published tables in memory, in key order.
type tables struct {
	incidents                      [][]lfb.Incident // by file
	mobilisations                  [][]lfb.Mobilisation
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
	incidents, mobilisations := make([][]lfb.Incident, len(paths)), make([][]lfb.Mobilisation, len(paths))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(threads)
	for i, path := range paths {
		g.Go(func() (err error) {
			incidents[i], mobilisations[i], err = readFile(ctx, path)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	t := &tables{}
	for i := range paths {
		if incidents[i] != nil {
			t.incidents = append(t.incidents, incidents[i])
			t.incidentRows += len(incidents[i])
		}
		if mobilisations[i] != nil {
			t.mobilisations = append(t.mobilisations, mobilisations[i])
			t.mobilisationRows += len(mobilisations[i])
		}
	}
	return t, nil
}

func readFile(ctx context.Context, path string) ([]lfb.Incident, []lfb.Mobilisation, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	r, err := source.NewReader(f, info.Size(), filepath.Base(path))
	if err != nil {
		return nil, nil, err
	}
	defer r.Close()
	kind, err := clean.KindOf(r.Header())
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	if kind == lfb.MobilisationFile {
		p, err := clean.NewMobilisations(r.Header())
		if err != nil {
			return nil, nil, err
		}
		rows, err := parseAll(ctx, r, p.Parse)
		slices.SortStableFunc(rows, func(a, b lfb.Mobilisation) int { return strings.Compare(a.IncidentNumber, b.IncidentNumber) })
		return nil, rows, err
	}
	p, err := clean.NewIncidents(r.Header())
	if err != nil {
		return nil, nil, err
	}
	rows, err := parseAll(ctx, r, p.Parse)
	slices.SortStableFunc(rows, func(a, b lfb.Incident) int { return strings.Compare(a.IncidentNumber, b.IncidentNumber) })
	return rows, nil, err
}

func parseAll[T any](ctx context.Context, r *source.Reader, parse func(int64, []string, *T) *lfb.Reject) ([]T, error) {
	var rows []T
	for ctx.Err() == nil {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, *new(T))
		if parse(rec.Line, rec.Fields, &rows[len(rows)-1]) != nil {
			rows = rows[:len(rows)-1]
		}
	}
	return nil, ctx.Err()
}

// Incidents meets dataset.Input.
func (t *tables) Incidents(context.Context, lfb.Origin) iter.Seq2[*lfb.Incident, error] {
	return func(yield func(*lfb.Incident, error) bool) {
		last := ""
		merge(t.incidents, func(r *lfb.Incident) string { return r.IncidentNumber }, func(r *lfb.Incident) bool {
			again := r.IncidentNumber == last
			last = r.IncidentNumber
			return again || yield(r, nil)
		})
	}
}

// Mobilisations meets dataset.Input.
func (t *tables) Mobilisations(context.Context, lfb.Origin) iter.Seq2[*lfb.Mobilisation, error] {
	return func(yield func(*lfb.Mobilisation, error) bool) {
		merge(t.mobilisations, func(r *lfb.Mobilisation) string { return r.IncidentNumber }, func(r *lfb.Mobilisation) bool {
			return yield(r, nil)
		})
	}
}

// merge visits the rows of sorted runs in the order of their keys, until visit
// says no.
func merge[T any](runs [][]T, key func(*T) string, visit func(*T) bool) {
	heads := slices.Clone(runs)
	for {
		best, least := -1, ""
		for i, run := range heads {
			if len(run) == 0 {
				continue
			}
			if k := key(&run[0]); best < 0 || k < least {
				best, least = i, k
			}
		}
		if best < 0 || !visit(&heads[best][0]) {
			return
		}
		heads[best] = heads[best][1:]
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
