package dataset

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go/compress/zstd"
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

// Input is where the two tables are read from. Both come in byte order of
// IncidentNumber; a pointer is good until the next row is asked for.
type Input interface {
	// Incidents streams each incident once.
	Incidents(ctx context.Context, origin lfb.Origin) iter.Seq2[*lfb.Incident, error]
	// Mobilisations streams every mobilisation; there may be none at all.
	Mobilisations(ctx context.Context, origin lfb.Origin) iter.Seq2[*lfb.Mobilisation, error]
}

// Blobs is where a data set is kept: immutable objects by key.
type Blobs interface {
	// PutBytes stores body under key and returns its reference; bytes that are there
	// already cost nothing.
	PutBytes(ctx context.Context, key string, body []byte) (lfb.Ref, error)
	// ReadAll returns the bytes of an object; lfb.ErrNotFound, and lfb.ErrInvalid where
	// they are not what the reference's hash says.
	ReadAll(ctx context.Context, ref lfb.Ref) ([]byte, error)
}

// Options are what a build needs besides the rows.
type Options struct {
	Origin  lfb.Origin
	Sources []lfb.SourceFile // the files that the rows came from
	// Reported says what the caller reported, in words known at the time of the
	// call: package clean's Reported.
	Reported func(*lfb.Incident) string
	Threads  int // cores to encode with; 0 = all
	// Progress, where not nil, is told now and then how many incidents were read.
	Progress func(incidents int64)
}

// progressStep is the number of incidents between two calls of Progress.
const progressStep = 1 << 15

// Build joins incidents with mobilisations, makes a row of every first and
// second engine's arrival, and stores them as one Parquet file a calendar month
// with a manifest. The same rows and sources give the same bytes and the same id;
// a month whose bytes are stored already costs no new object.
//
// Streams out of key order and a build without a single row are lfb.ErrInvalid.
func Build(ctx context.Context, in Input, blobs Blobs, opts Options) (*Manifest, error) {
	b := &builder{opts: opts, dicts: newDictionaries(), months: map[int][]record{}, codec: newCodec()}
	m, err := b.buildDataSet(ctx, in, blobs)
	if err != nil {
		return nil, fmt.Errorf("build data set: %w", err)
	}
	return m, nil
}

func (b *builder) buildDataSet(ctx context.Context, in Input, blobs Blobs) (*Manifest, error) {
	if err := b.opts.validateOptions(); err != nil {
		return nil, err
	}
	if err := mergeJoin(ctx, in, b.opts.Origin, &b.tally, b.addIncident); err != nil {
		return nil, err
	}
	if b.rows == 0 {
		return nil, fmt.Errorf("none of %d incidents has an attendance time: %w", b.incidents, lfb.ErrInvalid)
	}
	m := b.newManifest()
	var err error
	if m.Parts, err = b.storeMonths(ctx, blobs); err != nil {
		return nil, err
	}
	return m, m.storeManifest(ctx, blobs)
}

func (o *Options) validateOptions() error {
	if o.Reported == nil {
		return fmt.Errorf("no function for what is reported: %w", lfb.ErrInvalid)
	}
	if !slices.Contains(lfb.Origins(), o.Origin) {
		return fmt.Errorf("origin %q: %w", o.Origin, lfb.ErrInvalid)
	}
	return nil
}

// builder holds the rows of a build, by month.
type builder struct {
	opts    Options
	dicts   dictionaries
	numbers []string         // of the incidents that have rows, ascending
	months  map[int][]record // by monthKey
	tally   tally
	codec   *zstd.Codec

	incidents, rows     int64
	rowsByPump          [2]int64
	firstCall, lastCall int64 // Unix seconds
}

// addIncident makes the rows of one incident.
func (b *builder) addIncident(inc *lfb.Incident, mobs []lfb.Mobilisation) error {
	if err := checkNumber(inc.IncidentNumber); err != nil {
		return err
	}
	b.incidents++
	if b.opts.Progress != nil && b.incidents%progressStep == 0 {
		b.opts.Progress(b.incidents)
	}
	if inc.CalledAt.IsZero() {
		b.tally[noCallTime]++
		return nil
	}
	g := incidentGroup{incident: inc, mobilisations: mobs, tally: &b.tally}
	called := g.resolveCallTime()
	engines := g.findArrivals(called)
	if !engines[0].ok && !engines[1].ok {
		return nil
	}
	where := locateIncident(inc, &b.tally)
	if !where.isKnown() {
		b.tally[noPlace]++
		return nil
	}
	r, err := b.newRecord(inc, called, where)
	if err != nil {
		return err
	}
	month := monthKey(called)
	for i, e := range engines {
		if !e.ok {
			continue
		}
		r.pump, r.from = uint8(i+1), e.from
		r.num[numAttendance], r.num[numHandling], r.num[numDelay] = e.attendance, e.handling, e.delay
		if r.text[textArrivedFrom], err = b.dicts[textArrivedFrom].code(e.station); err != nil {
			return fmt.Errorf("arrived_from: %w", err)
		}
		b.months[month] = append(b.months[month], r)
		b.rowsByPump[i]++
		b.rows++
	}
	if b.firstCall == 0 || r.calledAt < b.firstCall {
		b.firstCall = r.calledAt
	}
	b.lastCall = max(b.lastCall, r.calledAt)
	return nil
}

// newRecord is what the rows of an incident's engines share.
func (b *builder) newRecord(inc *lfb.Incident, called time.Time, p place) (record, error) {
	r := record{calledAt: called.Unix(), day: londonDay(called), incident: uint32(len(b.numbers))}
	b.numbers = append(b.numbers, strings.Clone(inc.IncidentNumber))
	r.num = [numCount]int32{
		numEasting: p.easting, numNorthing: p.northing,
		numAttendance: missing, numHandling: missing, numDelay: missing,
		numStations: toInt32(inc.NumStationsWithPumpsAttending), numPumps: toInt32(inc.NumPumpsAttending),
		numPumpCount: toInt32(inc.PumpCount), numPumpMinutes: toInt32(inc.PumpMinutesRounded),
	}
	for k, text := range [textCount]string{
		textBorough: p.borough, textWard: p.ward, textDistrict: p.district, textGround: p.ground,
		textReported: b.opts.Reported(inc), textCategory: inc.PropertyCategory, textType: inc.PropertyType,
		textGroup: inc.IncidentGroup, textStop: inc.StopCodeDescription,
	} {
		var err error
		if r.text[k], err = b.dicts[k].code(text); err != nil {
			return r, fmt.Errorf("text column %d: %w", k, err)
		}
	}
	return r, nil
}

// storeMonths sorts, encodes and stores the months, several at a time, and lets go of
// each when it is stored.
func (b *builder) storeMonths(ctx context.Context, blobs Blobs) ([]Part, error) {
	keys := slices.Sorted(maps.Keys(b.months))
	parts, months := make([]Part, len(keys)), make([][]record, len(keys))
	for i, key := range keys {
		months[i] = b.months[key]
	}
	b.months = nil
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(cmp.Or(max(b.opts.Threads, 0), runtime.GOMAXPROCS(0)))
	for i, key := range keys {
		g.Go(func() error {
			name := monthName(key)
			ref, err := b.storePart(ctx, blobs, months[i])
			if err != nil {
				return fmt.Errorf("month %s: %w", name, err)
			}
			months[i] = nil
			parts[i] = Part{Month: name, Ref: ref}
			return nil
		})
	}
	return parts, g.Wait()
}

func (b *builder) storePart(ctx context.Context, blobs Blobs, rows []record) (lfb.Ref, error) {
	if err := ctx.Err(); err != nil {
		return lfb.Ref{}, err
	}
	p := partRows{rows: rows, numbers: b.numbers, dicts: b.dicts}
	slices.SortFunc(p.rows, p.compareRows)
	body, err := encodePart(&p, b.codec)
	if err != nil {
		return lfb.Ref{}, err
	}
	ref, err := PutHashed(ctx, blobs, "dataset/parts/", ".parquet", body)
	ref.Rows = int64(len(rows))
	return ref, err
}

// PutHashed stores body under prefix, its SHA-256 and suffix.
func PutHashed(ctx context.Context, blobs Blobs, prefix, suffix string, body []byte) (lfb.Ref, error) {
	return blobs.PutBytes(ctx, lfb.HashedKey(prefix, lfb.RefTo("", body).SHA256, suffix), body)
}
