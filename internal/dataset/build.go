package dataset

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"lfb/internal/lfb"
)

// Version is the builder's own version: it changes whenever the same rows would
// become another data set. Those of all versions since oldest can be read.
//
//	1  Parquet compressed by zstd's default level
//	2  by its fastest: half the CPU, a tenth more bytes
const (
	Version = 2
	oldest  = 1
)

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

// Build joins incidents with mobilisations, makes a row of every first and
// second engine's arrival, and stores them as one Parquet file a calendar month
// with a manifest. Both streams are read at once, and joined as they come. The
// same rows and sources give the same bytes and the same id; a month whose bytes
// are stored already costs no new object.
//
// Streams out of key order and a build without a single row are lfb.ErrInvalid.
func Build(ctx context.Context, in Input, blobs Blobs, opts Options) (*Manifest, error) {
	if err := opts.check(); err != nil {
		return nil, fmt.Errorf("build data set: %w", err)
	}
	return newBuilder(NewRows(opts.Reported), opts).build(ctx, in, blobs)
}

func (b *builder) build(ctx context.Context, in Input, blobs Blobs) (*Manifest, error) {
	if err := b.stream(ctx, in); err != nil {
		return nil, fmt.Errorf("build data set: %w", err)
	}
	return b.finish(ctx, blobs)
}

// BuildRows is Build of rows that are in memory, which it uses up.
func BuildRows(ctx context.Context, rows *Rows, blobs Blobs, opts Options) (*Manifest, error) {
	if err := opts.check(); err != nil {
		return nil, fmt.Errorf("build data set: %w", err)
	}
	b := newBuilder(rows, opts)
	if err := b.join(ctx, rows.files...); err != nil {
		return nil, fmt.Errorf("build data set: %w", err)
	}
	return b.finish(ctx, blobs)
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

// builder holds the rows of a build, by month.
type builder struct {
	opts    Options
	rows    *Rows
	joiners []joiner        // one a core
	stretch int             // incidents that are joined at a time while they stream
	months  map[int][]*pile // of each core; key: year × 12 + month - 1
	tally   tally
	counts
}

func newBuilder(rows *Rows, opts Options) *builder {
	b := &builder{opts: opts, rows: rows, joiners: make([]joiner, threads(opts.Threads)), stretch: 1 << 15}
	for i := range b.joiners {
		b.joiners[i].rows, b.joiners[i].months = rows, newMonths()
	}
	return b
}

// join joins the rows of files, which have all there is of each incident, a lot on
// each core, and lets go of them.
func (b *builder) join(ctx context.Context, files ...*FileRows) error {
	var next atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for i := range b.joiners {
		j := &b.joiners[i]
		g.Go(func() error {
			for k := next.Add(1) - 1; k < lots; k = next.Add(1) - 1 {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				j.lot(files, int(k))
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if b.opts.Progress != nil {
		p := Progress{}
		for i := range b.joiners {
			p.Incidents, p.Rows = p.Incidents+b.joiners[i].counts.incidents, p.Rows+b.joiners[i].counts.rows
		}
		b.opts.Progress(p)
	}
	return nil
}

// finish stores what was joined.
func (b *builder) finish(ctx context.Context, blobs Blobs) (*Manifest, error) {
	b.months = map[int][]*pile{}
	for i := range b.joiners {
		j := &b.joiners[i]
		b.tally.add(&j.tally)
		b.counts.add(&j.counts)
		for key, month := range j.months.all {
			b.months[key] = append(b.months[key], month)
		}
	}
	b.joiners = nil
	if b.counts.rows == 0 {
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

// store sorts, encodes and stores the months, several at a time, and lets go of
// each when it is stored.
func (b *builder) store(ctx context.Context, blobs Blobs) ([]Part, error) {
	keys := make([]int, 0, len(b.months))
	for key := range b.months {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	parts := make([]Part, len(keys))
	months := make([][]*pile, len(keys))
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
				b.opts.Progress(Progress{Incidents: b.incidents, Rows: b.counts.rows, Parts: int(done.Add(1)), Total: len(keys)})
			}
			return nil
		})
	}
	return parts, g.Wait()
}

func (b *builder) storePart(ctx context.Context, blobs Blobs, piles []*pile) (lfb.Ref, error) {
	if err := ctx.Err(); err != nil {
		return lfb.Ref{}, err
	}
	month := sorters.Get().(*sorter)
	defer sorters.Put(month)
	month.numbers = &b.rows.numbers
	month.together(piles)
	body, err := encodePart(&month.bucket, &b.rows.dicts)
	if err != nil {
		return lfb.Ref{}, err
	}
	ref, err := PutHashed(ctx, blobs, "dataset/parts/", ".parquet", body)
	ref.Rows = int64(len(month.rows))
	return ref, err
}

var sorters = sync.Pool{New: func() any { return &sorter{} }}

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
