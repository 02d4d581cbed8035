package dataset

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

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

// Build joins incidents with mobilisations, makes a row of every first and
// second engine's arrival, and stores them as one Parquet file a calendar month
// with a manifest. The same rows and sources give the same bytes and the same id;
// a month whose bytes are stored already costs no new object.
//
// Streams out of key order and a build without a single row are lfb.ErrInvalid.
func Build(ctx context.Context, in Input, blobs Blobs, opts Options) (*Manifest, error) {
	if opts.Reported == nil {
		return nil, fmt.Errorf("build data set: no function for what is reported: %w", lfb.ErrInvalid)
	}
	if opts.Origin != lfb.Real && opts.Origin != lfb.Synthetic {
		return nil, fmt.Errorf("build data set: origin %q: %w", opts.Origin, lfb.ErrInvalid)
	}
	b := &builder{opts: opts, dicts: newDictionaries(), months: map[int]*bucket{}, days: map[int32]*bucket{}}
	if err := join(ctx, in, opts.Origin, &b.tally, b.add); err != nil {
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
	opts      Options
	dicts     [textCount]*dictionary
	months    map[int]*bucket   // key: year × 12 + month - 1
	days      map[int32]*bucket // the same by day, so that few dates are worked out
	tally     tally
	incidents int64
	rows      int64
	byPump    [2]int64
	first     int64 // Unix seconds
	last      int64
}

// bucket holds the rows of one month.
type bucket struct {
	rows []record
	ids  []byte // incident numbers, one after the other
}

func (b *bucket) id(r *record) []byte { return b.ids[r.id : r.id+uint32(r.idLen)] }

// add makes the rows of one incident.
func (b *builder) add(inc *lfb.Incident, mobs []lfb.Mobilisation) error {
	b.incidents++
	if b.incidents%16384 == 0 && b.opts.Progress != nil {
		b.opts.Progress(Progress{Incidents: b.incidents, Rows: b.rows})
	}
	if n := len(inc.IncidentNumber); n == 0 || n > math.MaxUint8 {
		return fmt.Errorf("incident number of %d characters: %w", n, lfb.ErrInvalid)
	}
	if inc.CalledAt.IsZero() {
		b.tally[noCallTime]++
		return nil
	}
	s := scene{inc: inc, mobs: mobs, called: resolve(inc.CalledAt, mobs, &b.tally), tally: &b.tally}
	engines := s.arrivals()
	if !engines[0].ok && !engines[1].ok {
		return nil
	}
	r, ok, err := b.facts(inc, s.called)
	if err != nil || !ok {
		return err
	}
	return b.append(inc.IncidentNumber, r, engines)
}

// append puts the rows of one incident into its month.
func (b *builder) append(incident string, r record, engines [2]arrival) error {
	month := b.month(r.day)
	r.id, r.idLen = uint32(len(month.ids)), uint8(len(incident))
	month.ids = append(month.ids, incident...)
	for i, e := range engines {
		if !e.ok {
			continue
		}
		station, err := b.dicts[textArrivedFrom].code(e.station)
		if err != nil {
			return fmt.Errorf("arrived_from: %w", err)
		}
		r.pump, r.from, r.text[textArrivedFrom] = uint8(i+1), e.from, station
		r.num[numAttendance], r.num[numHandling], r.num[numDelay] = e.attendance, e.handling, e.delay
		month.rows = append(month.rows, r)
		b.byPump[i]++
		b.rows++
	}
	if b.first == 0 || r.at < b.first {
		b.first = r.at
	}
	b.last = max(b.last, r.at)
	return nil
}

// month is the bucket of the month that a day of London is in.
func (b *builder) month(day int32) *bucket {
	if month := b.days[day]; month != nil {
		return month
	}
	date := midnight(day)
	key := date.Year()*12 + int(date.Month()) - 1
	month := b.months[key]
	if month == nil {
		month = &bucket{}
		b.months[key] = month
	}
	b.days[day] = month
	return month
}

// facts is the part of the row that an incident's engines share; ok is false
// where there is no place.
func (b *builder) facts(inc *lfb.Incident, called time.Time) (r record, ok bool, err error) {
	r.at, r.day = called.Unix(), londonDay(called)
	p := b.place(inc)
	if !p.known() {
		b.tally[noPlace]++
		return r, false, nil
	}
	r.num = [numCount]int32{
		numEasting: p.easting, numNorthing: p.northing,
		numAttendance: missing, numHandling: missing, numDelay: missing,
		numStations: whole(inc.NumStationsWithPumpsAttending), numPumps: whole(inc.NumPumpsAttending),
		numPumpCount: whole(inc.PumpCount), numPumpMinutes: whole(inc.PumpMinutesRounded),
	}
	for k, word := range [textCount]string{
		textBorough: p.borough, textWard: p.ward, textDistrict: p.district, textGround: p.ground,
		textReported: b.opts.Reported(inc), textCategory: inc.PropertyCategory, textType: inc.PropertyType,
		textGroup: inc.IncidentGroup, textStop: inc.StopCodeDescription,
	} {
		if r.text[k], err = b.dicts[k].code(word); err != nil {
			return r, false, fmt.Errorf("text column %d: %w", k, err)
		}
	}
	return r, true, nil
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
	months := make([]*bucket, len(keys))
	for i, key := range keys {
		months[i] = b.months[key]
	}
	b.months, b.days = nil, nil
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

func (b *builder) storePart(ctx context.Context, blobs Blobs, month *bucket) (lfb.Ref, error) {
	if err := ctx.Err(); err != nil {
		return lfb.Ref{}, err
	}
	slices.SortFunc(month.rows, month.compare)
	body, err := encodePart(month, &b.dicts)
	if err != nil {
		return lfb.Ref{}, err
	}
	ref, err := PutHashed(ctx, blobs, "dataset/parts/", ".parquet", body)
	ref.Rows = int64(len(month.rows))
	return ref, err
}

// compare orders rows by call, incident number and engine.
func (b *bucket) compare(x, y record) int {
	if x.at != y.at {
		return cmp.Compare(x.at, y.at)
	}
	if x.id != y.id {
		if c := bytes.Compare(b.id(&x), b.id(&y)); c != 0 {
			return c
		}
	}
	return cmp.Compare(x.pump, y.pump)
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
