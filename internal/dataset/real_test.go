package dataset_test

import (
	"cmp"
	"context"
	"errors"
	"io"
	"iter"
	"math"
	"slices"
	"strings"
	"testing"

	"lfb/internal/clean"
	"lfb/internal/dataset"
	"lfb/internal/lfb"
	"lfb/internal/s3/memblob"
	"lfb/internal/source"
	"lfb/internal/table"
	"lfb/internal/testdata"
)

// files is an Input of published files, sorted as the database would.
type files struct {
	incidents []lfb.Incident
	mobs      []lfb.Mobilisation
}

func (f files) Incidents(context.Context, lfb.Origin) iter.Seq2[*lfb.Incident, error] {
	return func(yield func(*lfb.Incident, error) bool) {
		for i := range f.incidents {
			if !yield(&f.incidents[i], nil) {
				return
			}
		}
	}
}

func (f files) Mobilisations(context.Context, lfb.Origin) iter.Seq2[*lfb.Mobilisation, error] {
	return func(yield func(*lfb.Mobilisation, error) bool) {
		for i := range f.mobs {
			if !yield(&f.mobs[i], nil) {
				return
			}
		}
	}
}

// load reads published files of either kind.
func load(t *testing.T, names ...string) files {
	t.Helper()
	var out files
	for _, name := range names {
		out.read(t, name)
	}
	slices.SortFunc(out.incidents, func(a, b lfb.Incident) int { return cmp.Compare(a.IncidentNumber, b.IncidentNumber) })
	slices.SortFunc(out.mobs, func(a, b lfb.Mobilisation) int { return cmp.Compare(a.IncidentNumber, b.IncidentNumber) })
	return out
}

func (f *files) read(t *testing.T, name string) {
	t.Helper()
	r, err := source.OpenFile(testdata.Path(t, strings.Split(name, "/")...), name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	parse := f.parser(t, r.Header())
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		parse(rec)
	}
}

// parser appends each good row of a file with this header.
func (f *files) parser(t *testing.T, header []string) func(table.Row) {
	t.Helper()
	kind, err := clean.KindOf(header)
	if err != nil {
		t.Fatal(err)
	}
	if kind == lfb.IncidentFile {
		p, err := clean.NewIncidents(header)
		if err != nil {
			t.Fatal(err)
		}
		return func(rec table.Row) {
			var in lfb.Incident
			if r := p.Parse(rec.Line, rec.Fields, &in); r != nil {
				t.Fatal(r)
			}
			f.incidents = append(f.incidents, in)
		}
	}
	p, err := clean.NewMobilisations(header)
	if err != nil {
		t.Fatal(err)
	}
	return func(rec table.Row) {
		var m lfb.Mobilisation
		if r := p.Parse(rec.Line, rec.Fields, &m); r != nil {
			t.Fatal(r)
		}
		f.mobs = append(f.mobs, m)
	}
}

// snapshot builds and loads a data set.
func snapshot(t *testing.T, in dataset.Input) (*dataset.Manifest, *dataset.Table) {
	t.Helper()
	blobs := memblob.New()
	m, err := dataset.Build(t.Context(), in, blobs, dataset.Options{Origin: lfb.Real, Reported: clean.Reported})
	if err != nil {
		t.Fatal(err)
	}
	table, err := dataset.Load(t.Context(), blobs, m, dataset.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return m, table
}

// TestReal2017 holds the build against what was counted in the file by itself.
func TestReal2017(t *testing.T) {
	t.Parallel()
	m, table := snapshot(t, load(t, "lfb_incidents_2017_jan_mar.csv"))
	if m.Incidents != 23505 || m.First != 22180 || m.Second != 8848 || table.Len() != 31028 {
		t.Errorf("incidents %d, rows %d + %d = %d, want 23505, 22180 + 8848 = 31028", m.Incidents, m.First, m.Second,
			table.Len())
	}
	want := map[string]int64{
		"no time for the first engine":                 1325,
		"second engine without a first":                13,
		"second engine quicker than the first":         68,
		"no borough: over the border or not geo-coded": 7,
	}
	for _, c := range m.Counts {
		if want[c.Reason] != c.Rows {
			t.Errorf("count of %q = %d, want %d", c.Reason, c.Rows, want[c.Reason])
		}
		delete(want, c.Reason)
	}
	if len(want) > 0 {
		t.Errorf("not counted: %v", want)
	}
	kinds := clean.ReportedKinds()
	var call lfb.Call
	for i := range table.Len() {
		table.Call(i, &call)
		if math.IsNaN(call.Easting) || call.PropertyType == "" || !slices.Contains(kinds, call.Reported) {
			t.Fatalf("row %d: Call = %+v, want a place, a property and what is reported", i, call)
		}
	}
	s, err := dataset.Split(table, dataset.SplitSpec{})
	if err != nil {
		t.Fatal(err)
	}
	got := []string{s.Train.First, s.Valid.First, s.Calib.First, s.Holdout.First, s.Holdout.Last}
	if days := []string{"2017-01-01", "2017-02-15", "2017-02-22", "2017-03-01", "2017-03-31"}; !slices.Equal(got, days) {
		t.Errorf("Split = %v, want %v", got, days)
	}
	sum, n := 0.0, 0.0
	for i := range table.Len() {
		if table.PumpOrder(i) == 1 {
			sum, n = sum+table.Attendance(i), n+1
		}
	}
	if mean := sum / n; math.Abs(mean-319.0) > 0.05 {
		t.Errorf("first engine's mean = %.1f s, want 319.0", mean)
	}
}

// TestSplitRealStray: the first rows of 2009 beside three months of 2017 leave the spans where
// they are.
func TestSplitRealStray(t *testing.T) {
	t.Parallel()
	_, table := snapshot(t, load(t, "lfb_incidents_2017_jan_mar.csv", "raw/incidents_2009_head.csv"))
	s, err := dataset.Split(table, dataset.SplitSpec{})
	if err != nil {
		t.Fatal(err)
	}
	got := []string{s.Valid.First, s.Calib.First, s.Holdout.First, s.Holdout.Last}
	if want := []string{"2017-02-15", "2017-02-22", "2017-03-01", "2017-03-31"}; !slices.Equal(got, want) ||
		table.Time(0).Year() > 2009 {
		t.Errorf("Split of rows since %v = %v, want %v", table.Time(0), got, want)
	}
}

// TestReal2009 joins the two tables of the first rows published, in winter, when
// both clocks agree.
func TestReal2009(t *testing.T) {
	t.Parallel()
	m, table := snapshot(t, load(t, "raw/incidents_2009_head.csv", "raw/mobilisations_2009_head.csv"))
	var out lfb.Outcome
	handled := 0
	for i := range table.Len() {
		table.Outcome(i, &out)
		if !math.IsNaN(out.CallHandlingSeconds) {
			handled++
		}
	}
	table.Outcome(0, &out)
	// Called 00:00:37, mobilised 00:02:27, there after 319 s.
	if table.IncidentNumber(0) != "235138081" || out.CallHandlingSeconds != 110 || out.AttendanceSeconds != 319 {
		t.Errorf("row 0 = %s, %+v, want 235138081 with 110 s and 319 s", table.IncidentNumber(0), out)
	}
	if handled < table.Len()/3 {
		t.Errorf("call handling known in %d of %d rows: %+v", handled, table.Len(), m.Counts)
	}
	for _, c := range m.Counts {
		if strings.HasPrefix(c.Reason, "incident and mobilisation differ") {
			t.Errorf("the tables differ in %d rows, want none", c.Rows)
		}
	}
}
