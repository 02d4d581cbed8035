package synthetic

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/source"
)

// edition is part of every file's version. Count it up with any change that
// changes a byte.
const edition = 2

// monthsPerFile is how many months one file spans, about as the Datastore cuts.
const monthsPerFile = 36

// Options say what city to make. The zero Seed is as good as any other.
type Options struct {
	Seed      uint64
	Incidents int    // in Months; 1 at least
	Months    int    // 1 to 1200
	From      string // first month, e.g. 2024-01; 1996-01 or later
	// Extra is how many further months are published, at the same rate and on top
	// of Incidents: a later publication has a larger Extra and all else equal.
	Extra int
	// Tidy leaves out the published files' quirks: byte-order mark, NULL, trailing
	// blanks, floats for integers, zero coordinates, missing wards, copied rows,
	// dates and stamps in the manner of their year. The incidents are the same.
	Tidy bool
	// Change is what becomes different on the way; nil is nothing. Months before it are as they would have been.
	Change *Change
}

// Change is how a city is different from a month on.
type Change struct {
	From   string   // month, e.g. 2025-07
	Closed []string // stations, by name
	Slower float64  // share by which driving takes longer after a year, growing day by day; then it stays so
}

// Counts says how many rows a city's files hold.
type Counts struct {
	Incidents     int64 // incident rows, each with a number of its own
	Mobilisations int64 // mobilisation rows, copies not counted
	Copies        int64 // further mobilisation rows that repeat one exactly
}

// City is a made-up London and its publications: a source.Source. It is safe for
// concurrent use.
type City struct {
	opts     Options
	calendar monthCalendar
	london   func() *cityMap
}

// New checks the options. It makes nothing yet: that is Open's work.
func New(opts Options) (*City, error) {
	from, err := time.Parse("2006-01", opts.From)
	switch {
	case err != nil:
		return nil, fmt.Errorf("synthetic: from %q is not a month like 2024-01: %w", opts.From, lfb.ErrInvalid)
	case from.Year() < 1996: // the clocks changed on other days
		return nil, fmt.Errorf("synthetic: from %q is before 1996-01: %w", opts.From, lfb.ErrInvalid)
	case opts.Incidents < 1 || opts.Incidents > 1e9:
		return nil, fmt.Errorf("synthetic: %d incidents are not 1 to 1,000,000,000: %w", opts.Incidents, lfb.ErrInvalid)
	case opts.Months < 1 || opts.Extra < 0 || opts.Months > 1200 || opts.Extra > 1200-opts.Months:
		return nil, fmt.Errorf("synthetic: %d and %d months are not 1 to 1200: %w", opts.Months, opts.Extra, lfb.ErrInvalid)
	}
	if err := opts.Change.validate(); err != nil {
		return nil, err
	}
	return &City{
		opts: opts,
		calendar: monthCalendar{
			incidents: int64(opts.Incidents), months: int64(opts.Months), extra: int64(opts.Extra),
			year: from.Year(), month: int(from.Month()) - 1,
		},
		london: sync.OnceValue(func() *cityMap { return newLondon().changedBy(opts.Change) }),
	}, nil
}

// validate returns lfb.ErrInvalid for a change that no city can undergo.
func (c *Change) validate() error {
	if c == nil {
		return nil
	}
	if _, err := time.Parse("2006-01", c.From); err != nil || !(c.Slower >= 0 && c.Slower <= 1) {
		return fmt.Errorf("synthetic: change %+v: not a month and a share up to 1: %w", *c, lfb.ErrInvalid)
	}
	_, err := changeStations(newStations(), StationChange{Closed: c.Closed})
	return err
}

// laterMap is the city from a day on.
type laterMap struct {
	from   time.Time
	l      *cityMap
	slower float64
}

// changedBy returns the city with a change ahead, which validate has let pass.
func (l *cityMap) changedBy(c *Change) *cityMap {
	if c != nil {
		from, _ := time.ParseInLocation("2006-01", c.From, lfb.London)
		after, _ := l.withStations(StationChange{Closed: c.Closed})
		l.later = &laterMap{from, after, c.Slower}
	}
	return l
}

// mapOn is the city on a day, and how many times as long driving takes.
func (l *cityMap) mapOn(day time.Time) (*cityMap, float64) {
	if l.later == nil || day.Before(l.later.from) {
		return l, 1
	}
	return l.later.l, 1 + l.later.slower*min(1, day.Sub(l.later.from).Hours()/(365*24))
}

// Name is synthetic.
func (c *City) Name() string { return "synthetic" }

// Origin is lfb.Synthetic.
func (c *City) Origin() lfb.Origin { return lfb.Synthetic }

// Counts says exactly how many rows the files hold, without making them.
func (c *City) Counts() Counts {
	n := Counts{Incidents: c.calendar.totalIncidents()}
	n.Mobilisations = rowsBefore(n.Incidents)
	if !c.opts.Tidy {
		n.Copies = n.Mobilisations / duplicateEvery
	}
	return n
}

// List names the incident and mobilisation files, one of each for every three
// years begun. Names and versions of earlier files stay as a city grows.
func (c *City) List(ctx context.Context) ([]source.Item, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var items []source.Item
	for m := int64(0); m < c.calendar.months+c.calendar.extra; m += monthsPerFile {
		for _, kind := range []lfb.Kind{lfb.IncidentFile, lfb.MobilisationFile} {
			items = append(items, c.describeFile(fileSpan{kind: kind, first: m}))
		}
	}
	slices.SortFunc(items, func(a, b source.Item) int { return strings.Compare(a.Name, b.Name) })
	return items, nil
}

// fileSpan is one of the city's files: rows of a kind from month first on.
type fileSpan struct {
	kind  lfb.Kind
	first int64
}

func (c *City) endMonth(f fileSpan) int64 {
	return min(f.first+monthsPerFile, c.calendar.months+c.calendar.extra)
}

func (c *City) describeFile(f fileSpan) source.Item {
	title := "Incident"
	if f.kind == lfb.MobilisationFile {
		title = "Mobilisation"
	}
	// What the bytes depend on, and nothing else: not how long the city goes on
	// after this file.
	h := sha256.New()
	fmt.Fprintln(h, edition, c.opts.Seed, c.opts.Tidy, c.opts.From, f.kind)
	if c.opts.Change != nil {
		fmt.Fprintln(h, *c.opts.Change)
	}
	for m := f.first; m <= c.endMonth(f); m++ {
		fmt.Fprintln(h, c.calendar.incidentsBefore(m), c.calendar.yearStart(m))
	}
	return source.Item{
		Name:    fmt.Sprintf("LFB %s data synthetic from %s.csv", title, c.calendar.monthStart(f.first).Format("2006-01")),
		Kind:    f.kind,
		Version: fmt.Sprintf("synthetic-%d-%.12x", edition, h.Sum(nil)),
		Size:    -1,
	}
}

// Open makes the file anew and skips to offset, so start is always offset; the
// reader is at its end at once where the file is shorter. An item that List does
// not name now, in this version, is lfb.ErrNotFound. Memory is bounded by the
// rows of a few days. The reader fails with ctx's error once ctx is done.
func (c *City) Open(ctx context.Context, item source.Item, offset int64) (io.ReadCloser, int64, error) {
	if offset < 0 {
		return nil, 0, fmt.Errorf("synthetic: open %q at %d: %w", item.Name, offset, lfb.ErrInvalid)
	}
	for m := int64(0); m < c.calendar.months+c.calendar.extra; m += monthsPerFile {
		for _, kind := range []lfb.Kind{lfb.IncidentFile, lfb.MobilisationFile} {
			f := fileSpan{kind: kind, first: m}
			if it := c.describeFile(f); it.Name == item.Name && (item.Version == "" || it.Version == item.Version) {
				return newStream(ctx, c, f, offset), offset, nil
			}
		}
	}
	return nil, 0, fmt.Errorf("synthetic: open %q, version %q: %w", item.Name, item.Version, lfb.ErrNotFound)
}
