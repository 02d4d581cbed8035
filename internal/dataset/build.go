package dataset

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"lfb/internal/lfb"
)

// Version is the builder's own version: it changes whenever the same rows would
// become another data set.
const Version = 1

// Blobs is where a data set is kept: immutable objects by key.
type Blobs interface {
	// PutBytes stores body under key and returns its reference.
	PutBytes(ctx context.Context, key string, body []byte) (lfb.Ref, error)
	// ReadAll returns the bytes of an object; lfb.ErrNotFound.
	ReadAll(ctx context.Context, ref lfb.Ref) ([]byte, error)
	// Exists returns the reference of the object under key, if there is one.
	Exists(ctx context.Context, key string) (lfb.Ref, bool, error)
}

// Options are what a build needs besides the rows.
type Options struct {
	Origin  lfb.Origin
	Sources []lfb.SourceFile // the files that the rows came from
	// Reported says what the caller reported, in words known at the time of the
	// call: package clean's Reported.
	Reported func(*lfb.Incident) string
	Threads  int // cores to encode with; 0 = all
	// Progress, where not nil, is called now and then, from several goroutines.
	Progress func(Progress)
}

// Progress is how far a build has come.
type Progress struct {
	Incidents    int64 // read
	Rows         int64 // made
	Parts, Total int   // months stored, and months there are; 0 while reading
}

// Input is where the two tables are read from. Both come in byte order of
// IncidentNumber; a pointer is good until the next row is asked for.
type Input interface {
	// Incidents streams each incident once.
	Incidents(ctx context.Context, origin lfb.Origin) iter.Seq2[*lfb.Incident, error]
	// Mobilisations streams every mobilisation; there may be none at all.
	Mobilisations(ctx context.Context, origin lfb.Origin) iter.Seq2[*lfb.Mobilisation, error]
}

// Build joins incidents with mobilisations, makes a row of every first and
// second engine's arrival, and stores them as one Parquet file a calendar month
// with a manifest. Both streams are read at once. The same rows and sources give
// the same bytes and the same id; a month whose bytes are stored already costs no
// new object.
//
// Streams out of key order and a build without a single row are lfb.ErrInvalid.
func Build(ctx context.Context, in Input, blobs Blobs, opts Options) (*Manifest, error) {
	if err := opts.check(); err != nil {
		return nil, fmt.Errorf("build data set: %w", err)
	}
	rows := NewRows(opts.Reported)
	incidents, mobilisations := rows.File(), rows.File()
	g, reading := errgroup.WithContext(ctx)
	g.Go(func() error { return incidents.readIncidents(reading, in, opts) })
	g.Go(func() error { return mobilisations.readMobilisations(reading, in, opts) })
	if err := g.Wait(); err != nil {
		return nil, fmt.Errorf("build data set: %w", err)
	}
	return BuildRows(ctx, rows, blobs, opts)
}

func (o *Options) check() error {
	if o.Reported == nil {
		return fmt.Errorf("no function for what is reported: %w", lfb.ErrInvalid)
	}
	if o.Origin != lfb.Real && o.Origin != lfb.Synthetic {
		return fmt.Errorf("origin %q: %w", o.Origin, lfb.ErrInvalid)
	}
	return nil
}

func (f *FileRows) readIncidents(ctx context.Context, in Input, opts Options) error {
	last, n := "", int64(0)
	for inc, err := range in.Incidents(ctx, opts.Origin) {
		if err != nil {
			return fmt.Errorf("incidents after %q: %w", last, err)
		}
		if n > 0 && inc.IncidentNumber <= last {
			return fmt.Errorf("incident %q after %q: not in key order: %w", inc.IncidentNumber, last, lfb.ErrInvalid)
		}
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := f.Incident(inc); err != nil {
			return err
		}
		last, n = inc.IncidentNumber, n+1
		if n%16384 == 0 && opts.Progress != nil {
			opts.Progress(Progress{Incidents: n})
		}
	}
	return ctx.Err()
}

func (f *FileRows) readMobilisations(ctx context.Context, in Input, opts Options) error {
	last, n := "", int64(0)
	for m, err := range in.Mobilisations(ctx, opts.Origin) {
		if err != nil {
			return fmt.Errorf("mobilisations after incident %q: %w", last, err)
		}
		if m.IncidentNumber < last {
			return fmt.Errorf("mobilisation %d of incident %q after %q: not in key order: %w",
				m.ResourceMobilisationID, m.IncidentNumber, last, lfb.ErrInvalid)
		}
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := f.Mobilisation(m); err != nil {
			return err
		}
		last, n = m.IncidentNumber, n+1
	}
	return ctx.Err()
}

// BuildRows is Build of rows that are in memory, which it uses up.
func BuildRows(ctx context.Context, rows *Rows, blobs Blobs, opts Options) (*Manifest, error) {
	if err := opts.check(); err != nil {
		return nil, fmt.Errorf("build data set: %w", err)
	}
	b := &builder{opts: opts, dicts: rows.dicts}
	if err := b.join(ctx, rows); err != nil {
		return nil, fmt.Errorf("build data set: %w", err)
	}
	if b.rows == 0 {
		return nil, fmt.Errorf("build data set: none of %d incidents has an attendance time: %w", b.incidents, lfb.ErrInvalid)
	}
	m := b.manifest()
	parts, err := b.store(ctx, blobs)
	if err != nil {
		return nil, fmt.Errorf("build data set: %w", err)
	}
	m.Parts = parts
	if err := m.put(ctx, blobs); err != nil {
		return nil, fmt.Errorf("build data set: %w", err)
	}
	return m, nil
}

// builder holds the rows of a build, by month.
type builder struct {
	opts   Options
	dicts  [textCount]*dictionary
	months map[int][]*bucket // of each core; key: year × 12 + month - 1
	tally  tally
	counts
}

// join joins the rows, a lot on each core.
func (b *builder) join(ctx context.Context, rows *Rows) error {
	var next, made, read atomic.Int64
	joiners := make([]joiner, threads(b.opts.Threads))
	g, ctx := errgroup.WithContext(ctx)
	for i := range joiners {
		j := &joiners[i]
		j.rows, j.months = rows, newMonths()
		g.Go(func() error {
			for k := next.Add(1) - 1; k < lots; k = next.Add(1) - 1 {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				before := j.counts
				j.lot(int(k))
				read.Add(j.counts.incidents - before.incidents)
				made.Add(j.counts.rows - before.rows)
				if b.opts.Progress != nil {
					b.opts.Progress(Progress{Incidents: read.Load(), Rows: made.Load()})
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	b.months = map[int][]*bucket{}
	for i := range joiners {
		j := &joiners[i]
		b.tally.add(&j.tally)
		b.counts.add(&j.counts)
		for key, month := range j.months.all {
			b.months[key] = append(b.months[key], month)
		}
	}
	return nil
}

// store sorts, encodes and stores the months, several at a time, and lets go of
// each when it is stored.
func (b *builder) store(ctx context.Context, blobs Blobs) ([]Part, error) {
	keys := make([]int, 0, len(b.months))
	for key := range b.months {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	parts := make([]Part, len(keys))
	months := make([][]*bucket, len(keys))
	for i, key := range keys {
		months[i] = b.months[key]
	}
	b.months = nil
	var done atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(threads(b.opts.Threads))
	for i, key := range keys {
		g.Go(func() error {
			name := fmt.Sprintf("%04d-%02d", key/12, key%12+1)
			ref, err := b.storePart(ctx, blobs, months[i])
			if err != nil {
				return fmt.Errorf("month %s: %w", name, err)
			}
			months[i] = nil
			parts[i] = Part{Month: name, Ref: ref}
			if b.opts.Progress != nil {
				b.opts.Progress(Progress{Incidents: b.incidents, Rows: b.rows, Parts: int(done.Add(1)), Total: len(keys)})
			}
			return nil
		})
	}
	return parts, g.Wait()
}

func (b *builder) storePart(ctx context.Context, blobs Blobs, buckets []*bucket) (lfb.Ref, error) {
	if err := ctx.Err(); err != nil {
		return lfb.Ref{}, err
	}
	month := together(buckets)
	body, err := encodePart(month, &b.dicts)
	if err != nil {
		return lfb.Ref{}, err
	}
	ref, err := PutHashed(ctx, blobs, "dataset/parts/", ".parquet", body)
	ref.Rows = int64(len(month.rows))
	return ref, err
}

// PutHashed stores body under prefix, its SHA-256 and suffix, unless it is there.
func PutHashed(ctx context.Context, blobs Blobs, prefix, suffix string, body []byte) (lfb.Ref, error) {
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	key := prefix + hash + suffix
	ref, ok, err := blobs.Exists(ctx, key)
	if err != nil {
		return lfb.Ref{}, fmt.Errorf("look up %s: %w", key, err)
	}
	if !ok || ref.Bytes != int64(len(body)) {
		if ref, err = blobs.PutBytes(ctx, key, body); err != nil {
			return lfb.Ref{}, fmt.Errorf("store %s: %w", key, err)
		}
	}
	return lfb.Ref{Key: key, SHA256: hash, Bytes: int64(len(body))}, nil
}

func threads(n int) int {
	if n > 0 {
		return n
	}
	return runtime.GOMAXPROCS(0)
}
