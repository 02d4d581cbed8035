package dataset

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/parquet-go/parquet-go"

	"lfb/internal/lfb"
)

func TestColumns(t *testing.T) {
	t.Parallel()
	schema := parquet.SchemaOf(partRow{})
	columns := Columns()
	if got, want := len(schema.Columns()), len(columns); got != want {
		t.Fatalf("partRow has %d columns, want %d", got, want)
	}
	for j, path := range schema.Columns() {
		leaf, _ := schema.Lookup(path...)
		if path[0] != columns[j].Name || leaf.Node.Optional() != columns[j].Null {
			t.Errorf("column %d = %s (optional %v), want %s (%v)", j, path[0], leaf.Node.Optional(), columns[j].Name,
				columns[j].Null)
		}
	}
}

func TestBuildRow(t *testing.T) {
	t.Parallel()
	inc := incident("000001-01072017", "2017-07-01 12:00:10", 300)
	inc.SecondPumpArrivingAttendanceTime = lfb.Some(420)
	inc.SecondPumpArrivingDeployedFromStation = "Lewisham"
	inc.PumpCount, inc.PumpMinutesRounded = lfb.Some(2), lfb.Some(60)
	m, table, _ := build(t, rows{incidents: []lfb.Incident{inc}})
	if table.Len() != 2 || m.Rows != 2 || m.First != 1 || m.Second != 1 || m.Incidents != 1 {
		t.Fatalf("rows %d, manifest %+v, want 2 rows of 1 incident", table.Len(), m)
	}
	var call lfb.Call
	var out lfb.Outcome
	table.Call(1, &call)
	table.Outcome(1, &out)
	wantCall := lfb.Call{
		At: inc.CalledAt, Easting: 538450, Northing: 177650, BoroughCode: "E09000011", WardCode: "E05000214",
		PostcodeDistrict: "SE10", StationGround: "Greenwich", Reported: "fire", PropertyCategory: "Dwelling",
		PropertyType: "House - single occupancy", PumpOrder: 2,
	}
	wantOut := lfb.Outcome{
		AttendanceSeconds: 420, CallHandlingSeconds: math.NaN(), ArrivedFrom: "Lewisham", IncidentGroup: "Fire",
		StopCode: "Primary Fire", NumStations: 1, NumPumps: 2, PumpCount: 2, PumpMinutes: 60, DelayCode: math.NaN(),
	}
	if d := cmp.Diff(wantCall, call, cmpopts.EquateNaNs()); d != "" {
		t.Errorf("Call (-want +got):\n%s", d)
	}
	if d := cmp.Diff(wantOut, out, cmpopts.EquateNaNs()); d != "" {
		t.Errorf("Outcome (-want +got):\n%s", d)
	}
	if got := table.IncidentNumber(1); got != inc.IncidentNumber {
		t.Errorf("IncidentNumber = %q, want %q", got, inc.IncidentNumber)
	}
	if got, want := table.Day(1), int32(17348); got != want { // 2017-07-01
		t.Errorf("Day = %d, want %d", got, want)
	}
}

func TestBuildRefuses(t *testing.T) {
	t.Parallel()
	a, b := incident("1", "2017-07-15 12:00:00", 300), incident("2", "2017-07-15 12:00:00", 300)
	none := a
	none.FirstPumpArrivingAttendanceTime = lfb.Opt[int]{}
	nameless := incident("", "2017-07-15 12:00:00", 300)
	boom := errors.New("connection lost")
	tests := []struct {
		name string
		in   rows
		want error
		text string
	}{
		{name: "incidents out of order", in: rows{incidents: []lfb.Incident{b, a}}, want: lfb.ErrInvalid, text: `incident "1" after "2"`},
		{name: "incident twice", in: rows{incidents: []lfb.Incident{a, a}}, want: lfb.ErrInvalid, text: `incident "1" after "1"`},
		{
			name: "mobilisations out of order",
			in: rows{incidents: []lfb.Incident{a, b}, mobs: []lfb.Mobilisation{
				mobilisation("2", 5, "1", "2017-07-15 11:01:30", 300), mobilisation("1", 6, "1", "2017-07-15 11:01:30", 300),
			}},
			want: lfb.ErrInvalid, text: `mobilisation 6 of incident "1" after "2"`,
		},
		{name: "no rows", in: rows{}, want: lfb.ErrInvalid, text: "none of 0 incidents"},
		{name: "no times", in: rows{incidents: []lfb.Incident{none}}, want: lfb.ErrInvalid, text: "none of 1 incidents"},
		{name: "no number", in: rows{incidents: []lfb.Incident{nameless}}, want: lfb.ErrInvalid, text: "0 characters"},
		{name: "stream breaks", in: rows{incidents: []lfb.Incident{a}, err: boom}, want: boom, text: `incidents after "1"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := Build(t.Context(), tt.in, newMemory(), options())
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("Build() = %v, want %v with %q", err, tt.want, tt.text)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Build(ctx, rows{incidents: []lfb.Incident{a}}, newMemory(), options()); !errors.Is(err,
		context.Canceled) {
		t.Errorf("Build(cancelled) = %v, want %v", err, context.Canceled)
	}
}

func TestBuildRepeats(t *testing.T) {
	t.Parallel()
	in := city(3000, 1)
	first, _, blobs := build(t, in)
	keys := blobs.keys()
	again, err := Build(t.Context(), in, blobs, options())
	if err != nil {
		t.Fatal(err)
	}
	if again.ID() != first.ID() || !slices.Equal(keys, blobs.keys()) {
		t.Errorf("again: id %s after %s, %d objects after %d, want the same", again.ID(), first.ID(), len(blobs.keys()),
			len(keys))
	}

	// The order within an incident is the database's whim: it must not matter.
	rng := rand.New(rand.NewPCG(1, 2))
	shuffled := rows{incidents: in.incidents, mobs: slices.Clone(in.mobs)}
	rng.Shuffle(len(shuffled.mobs), func(i, j int) {
		shuffled.mobs[i], shuffled.mobs[j] = shuffled.mobs[j], shuffled.mobs[i]
	})
	o := options()
	o.Threads = 1
	o.Sources = append(slices.Clone(o.Sources), o.Sources...)
	o.Sources[1].Name, o.Sources[1].StoredAt = "renamed.csv", time.Now()
	other, err := Build(t.Context(), shuffled.sorted(), newMemory(), o)
	if err != nil {
		t.Fatal(err)
	}
	if other.ID() != first.ID() {
		t.Errorf("shuffled mobilisations, one thread, renamed source: id %s, want %s", other.ID(), first.ID())
	}
}

// TestBuildCopies gives one engine's mobilisation in copies that differ, and
// engines that cannot be told apart, in every order.
func TestBuildCopies(t *testing.T) {
	t.Parallel()
	const number = "000001-15072017"
	copies := []lfb.Mobilisation{
		mobilisation(number, 1, "1", "2017-07-15 11:01:30", 300),
		mobilisation(number, 1, "1", "2017-07-15 11:01:40", 300),
		mobilisation(number, 1, "1", "2017-07-15 11:01:30", 310),
		mobilisation(number, 2, "1", "2017-07-15 11:01:35", 305),
		mobilisation(number, 3, "2", "2017-07-15 11:03:35", 405),
		mobilisation(number, 3, "2", "2017-07-15 11:03:35", 405),
		mobilisation(number, 3, "2", "2017-07-15 11:03:35", 405),
	}
	copies[1].DeployedFromStationName = "Deptford"
	copies[3].ArrivedAt = lfb.Opt[time.Time]{}
	copies[5].DelayCodeID = lfb.Some(12)
	copies[6].DeployedFromStationName = "Deptford"
	want := ""
	rng := rand.New(rand.NewPCG(3, 3))
	for range 50 {
		rng.Shuffle(len(copies), func(i, j int) { copies[i], copies[j] = copies[j], copies[i] })
		in := rows{incidents: []lfb.Incident{incident(number, "2017-07-15 12:00:00", 300)}, mobs: slices.Clone(copies)}
		m, _, _ := build(t, in)
		if want == "" {
			want = m.ID()
		}
		if m.ID() != want || m.count("copy of a mobilisation") != 4 {
			t.Fatalf("id %s with %d copies, want %s with 4, whatever the order", m.ID(), m.count("copy of a mobilisation"), want)
		}
	}
}

func TestBuildNewMonth(t *testing.T) {
	t.Parallel()
	in := city(3000, 1)
	_, _, blobs := build(t, in)
	before := len(blobs.keys())
	in.incidents = append(slices.Clone(in.incidents), incident("zz", "2031-01-15 12:00:00", 99))
	m, err := Build(t.Context(), in, blobs, options())
	if err != nil {
		t.Fatal(err)
	}
	if got := len(blobs.keys()) - before; got != 2 {
		t.Errorf("one new month stored %d objects, want 2: its part and the manifest", got)
	}
	if last := m.Parts[len(m.Parts)-1].Month; last != "2031-01" {
		t.Errorf("last month = %s, want 2031-01", last)
	}
}
