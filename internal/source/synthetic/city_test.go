package synthetic

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"lfb/internal/lfb"
	"lfb/internal/source"
)

var _ source.Source = (*City)(nil)

func newCity(t testing.TB, o Options) *City {
	t.Helper()
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func list(t testing.TB, c *City) []source.Item {
	t.Helper()
	items, err := c.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return items
}

func read(t testing.TB, c *City, it source.Item, offset int64) []byte {
	t.Helper()
	r, start, err := c.Open(t.Context(), it, offset)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil || start != offset {
		t.Fatalf("Open(%q, %d): start %d, %v", it.Name, offset, start, err)
	}
	return b
}

// table is a file's rows by column name.
type table struct {
	column map[string]int
	rows   [][]string
}

func (tb table) get(row []string, column string) string { return row[tb.column[column]] }

// tables reads all of the city's files of one kind.
func tables(t testing.TB, c *City, kind lfb.Kind) table {
	t.Helper()
	tb := table{}
	for _, it := range list(t, c) {
		if it.Kind != kind {
			continue
		}
		rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(read(t, c, it, 0), []byte(byteOrderMark)))).ReadAll()
		if err != nil {
			t.Fatalf("%s: %v", it.Name, err)
		}
		tb.column = map[string]int{}
		for i, name := range rows[0] {
			tb.column[name] = i
		}
		tb.rows = append(tb.rows, rows[1:]...)
	}
	return tb
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	good := Options{Incidents: 10, Months: 2, From: "2024-01"}
	for _, tc := range []struct {
		name   string
		change func(*Options)
	}{
		{"no incidents", func(o *Options) { o.Incidents = 0 }},
		{"too many incidents", func(o *Options) { o.Incidents = 1e9 + 1 }},
		{"no months", func(o *Options) { o.Months = 0 }},
		{"negative extra", func(o *Options) { o.Extra = -1 }},
		{"too many months", func(o *Options) { o.Extra = 1199 }},
		{"no first month", func(o *Options) { o.From = "" }},
		{"a day", func(o *Options) { o.From = "2024-01-01" }},
		{"other summer time", func(o *Options) { o.From = "1995-12" }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			o := good
			tc.change(&o)
			if c, err := New(o); !errors.Is(err, lfb.ErrInvalid) || c != nil {
				t.Errorf("New(%+v) = %v, %v, want %v", o, c, err, lfb.ErrInvalid)
			}
		})
	}
}

func TestSourceNames(t *testing.T) {
	t.Parallel()
	c := newCity(t, Options{Incidents: 40, Months: 40, From: "2020-06"})
	if c.Name() != "synthetic" || c.Origin() != lfb.Synthetic {
		t.Errorf("Name, Origin = %q, %q", c.Name(), c.Origin())
	}
	items := list(t, c)
	if len(items) != 4 || !slices.IsSortedFunc(items, func(a, b source.Item) int {
		return strings.Compare(a.Name, b.Name)
	}) {
		t.Errorf("List = %v, want 4 items sorted by name", items)
	}
	for _, it := range items {
		if !strings.Contains(it.Name, "synthetic") || it.Version == "" || it.Size != -1 || it.URL != "" {
			t.Errorf("List has %+v", it)
		}
	}
}

// Not parallel: it changes GOMAXPROCS.
func TestSameBytesOnAnyCores(t *testing.T) {
	sum := func(procs int) string {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		c := newCity(t, Options{Seed: 7, Incidents: 6000, Months: 3, From: "2021-02"})
		h := sha256.New()
		for _, it := range list(t, c) {
			h.Write(read(t, c, it, 0))
		}
		return fmt.Sprintf("%x", h.Sum(nil))
	}
	one := sum(1)
	for _, procs := range []int{1, 2, 5} {
		if got := sum(procs); got != one {
			t.Errorf("GOMAXPROCS %d: %s, want %s", procs, got, one)
		}
	}
}

// Bytes that change without a new edition would be taken for known files.
func TestEdition(t *testing.T) {
	t.Parallel()
	if runtime.GOARCH != "amd64" {
		t.Skip("other processors fuse multiplication and addition: their last digits may differ")
	}
	c := newCity(t, Options{Seed: 1, Incidents: 4000, Months: 14, From: "2023-12", Extra: 24})
	h := sha256.New()
	for _, it := range list(t, c) {
		h.Write(read(t, c, it, 0))
	}
	const want = "2 8574ccea7ea46614"
	if got := fmt.Sprintf("%d %.8x", edition, h.Sum(nil)); got != want {
		t.Errorf("edition and hash %q, want %q: count up edition, then put the new hash here", got, want)
	}
}

func TestSeedsDiffer(t *testing.T) {
	t.Parallel()
	a := newCity(t, Options{Seed: 1, Incidents: 500, Months: 1, From: "2024-01"})
	b := newCity(t, Options{Seed: 2, Incidents: 500, Months: 1, From: "2024-01"})
	ia, ib := list(t, a)[0], list(t, b)[0]
	if ia.Version == ib.Version || bytes.Equal(read(t, a, ia, 0), read(t, b, ib, 0)) {
		t.Error("seeds 1 and 2 give the same file")
	}
}

func TestOpenAtOffset(t *testing.T) {
	t.Parallel()
	c := newCity(t, Options{Seed: 3, Incidents: 3000, Months: 2, From: "2024-05"})
	for _, it := range list(t, c) {
		whole := read(t, c, it, 0)
		n := int64(len(whole))
		for _, offset := range []int64{1, 3, 900, n / 2, n - 1, n, n + 1000} {
			want := whole[min(offset, n):]
			if got := read(t, c, it, offset); !bytes.Equal(got, want) {
				t.Errorf("%s from %d: %d bytes that are not the last %d", it.Name, offset, len(got), len(want))
			}
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	c := newCity(t, Options{Incidents: 100, Months: 1, From: "2024-05"})
	it := list(t, c)[0]
	if _, _, err := c.Open(t.Context(), it, -1); !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("Open at -1: %v, want %v", err, lfb.ErrInvalid)
	}
	for _, bad := range []source.Item{{}, {Name: "x.csv"}, {Name: it.Name, Version: "old"}} {
		if _, _, err := c.Open(t.Context(), bad, 0); !errors.Is(err, lfb.ErrNotFound) {
			t.Errorf("Open(%+v): %v, want %v", bad, err, lfb.ErrNotFound)
		}
	}
}

// A reader that is left half-way, or whose context ends, leaves no worker behind
// (Close waits for them) and never looks like the end of the file.
func TestStreamEnds(t *testing.T) {
	t.Parallel()
	c := newCity(t, Options{Incidents: 200000, Months: 24, From: "2022-01"})
	it := list(t, c)[0]
	ctx, cancel := context.WithCancel(t.Context())
	r, _, err := c.Open(ctx, it, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(r, make([]byte, 100000)); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := io.Copy(io.Discard, r); !errors.Is(err, context.Canceled) {
		t.Errorf("read after cancel: %v, want %v", err, context.Canceled)
	}
	if err := r.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if n, err := r.Read(make([]byte, 10)); n != 0 || err == nil || err == io.EOF {
		t.Errorf("Read after Close = %d, %v, want an error that is not io.EOF", n, err)
	}
}

func TestExactCounts(t *testing.T) {
	t.Parallel()
	for _, o := range []Options{
		{Incidents: 1, Months: 1, From: "2024-01"},
		{Incidents: 1, Months: 12, From: "2024-01"},
		{Incidents: 7, Months: 50, From: "2009-03"},
		{Incidents: 100, Months: 1, From: "2023-10", Seed: 9},
		{Incidents: 12345, Months: 41, From: "2013-11", Seed: 2},
		{Incidents: 4000, Months: 3, Extra: 2, From: "2024-02", Tidy: true},
		{Incidents: 9001, Months: 1, From: "2024-02"},
	} {
		t.Run(fmt.Sprintf("%d in %d+%d", o.Incidents, o.Months, o.Extra), func(t *testing.T) {
			t.Parallel()
			c := newCity(t, o)
			want := c.Counts()
			if o.Extra == 0 && want.Incidents != int64(o.Incidents) {
				t.Errorf("Counts = %+v, want %d incidents", want, o.Incidents)
			}
			incidents := tables(t, c, lfb.IncidentFile)
			numbers := map[string]bool{}
			for _, r := range incidents.rows {
				numbers[incidents.get(r, "IncidentNumber")] = true
			}
			if n := int64(len(incidents.rows)); n != want.Incidents || len(numbers) != len(incidents.rows) {
				t.Errorf("%d incident rows with %d numbers, want %d", n, len(numbers), want.Incidents)
			}
			mobilisations := tables(t, c, lfb.MobilisationFile)
			ids := map[string]bool{}
			for _, r := range mobilisations.rows {
				ids[mobilisations.get(r, "ResourceMobilisationId")] = true
				if number := mobilisations.get(r, "IncidentNumber"); !numbers[number] {
					t.Fatalf("mobilisation of unknown incident %q", number)
				}
			}
			if int64(len(ids)) != want.Mobilisations || int64(len(mobilisations.rows)) != want.Mobilisations+want.Copies {
				t.Errorf("%d mobilisation rows with %d ids, want %+v", len(mobilisations.rows), len(ids), want)
			}
		})
	}
}

// The sizes that the project's bars name.
func TestCountsOfTheBar(t *testing.T) {
	t.Parallel()
	c := newCity(t, Options{Incidents: 1592069, Months: 206, From: "2009-01"})
	if got := c.Counts(); got.Incidents != 1592069 || got.Mobilisations != 2211937 {
		t.Errorf("Counts = %+v, want 1592069 and 2211937", got)
	}
}

func TestGrowth(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name        string
		small, big  Options
		wantRenewed int // files whose version changes
	}{
		{
			"extra month",
			Options{Seed: 5, Incidents: 1000, Months: 3, From: "2023-11"},
			Options{Seed: 5, Incidents: 1000, Months: 3, Extra: 1, From: "2023-11"},
			2,
		},
		{
			"same rate",
			Options{Seed: 5, Incidents: 900, Months: 3, From: "2023-11"},
			Options{Seed: 5, Incidents: 1500, Months: 5, From: "2023-11"},
			2,
		},
		{
			"a new file",
			Options{Seed: 5, Incidents: 720, Months: 36, From: "2021-01"},
			Options{Seed: 5, Incidents: 720, Months: 36, Extra: 1, From: "2021-01"},
			0,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			small, big := newCity(t, tc.small), newCity(t, tc.big)
			bigItems := map[string]source.Item{}
			for _, it := range list(t, big) {
				bigItems[it.Name] = it
			}
			renewed := 0
			for _, it := range list(t, small) {
				later := bigItems[it.Name]
				if later.Version != it.Version {
					renewed++
				}
				if a, b := read(t, small, it, 0), read(t, big, later, 0); !bytes.HasPrefix(b, a) {
					t.Errorf("%s: the later publication does not begin with the earlier one", it.Name)
				} else if (later.Version == it.Version) != (len(a) == len(b)) {
					t.Errorf("%s: versions %s, %s of %d and %d bytes", it.Name, it.Version, later.Version, len(a), len(b))
				}
			}
			if renewed != tc.wantRenewed {
				t.Errorf("%d files with a new version, want %d", renewed, tc.wantRenewed)
			}
		})
	}
}

func BenchmarkCity(b *testing.B) {
	c := newCity(b, Options{Seed: 1, Incidents: 50000, Months: 12, From: "2024-01"})
	c.london()
	for _, it := range list(b, c) {
		b.Run(string(it.Kind), func(b *testing.B) {
			total := int64(0)
			for b.Loop() {
				r, _, err := c.Open(b.Context(), it, 0)
				if err != nil {
					b.Fatal(err)
				}
				n, err := io.Copy(io.Discard, r)
				if err != nil {
					b.Fatal(err)
				}
				r.Close()
				total = n
			}
			b.SetBytes(total)
			rows := c.Counts().Incidents
			if it.Kind == lfb.MobilisationFile {
				rows = c.Counts().Mobilisations
			}
			b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func BenchmarkLondon(b *testing.B) {
	for b.Loop() {
		newLondon()
	}
}
