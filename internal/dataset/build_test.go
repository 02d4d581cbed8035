package dataset

import (
	"bytes"
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
			t.Errorf("column %d = %s (optional %v), want %s (%v)", j, path[0], leaf.Node.Optional(), columns[j].Name, columns[j].Null)
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
		PropertyType: "House - single occupancy", PumpOrder: 2, RecentLoad: math.NaN(),
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

// TestJoin says what each kind of incident and mobilisations becomes: seconds and
// call handling of the first and second engine, -1 where there is none.
func TestJoin(t *testing.T) {
	t.Parallel()
	const number = "000001-15072017"
	type engine struct{ seconds, handling float64 }
	nan := math.NaN()
	tests := []struct {
		name   string
		change func(*lfb.Incident)
		mobs   []lfb.Mobilisation // call at 12:00:00 BST = 11:00:00 GMT
		want   []engine
		counts map[string]int64
	}{
		{name: "incident alone", want: []engine{{300, nan}}},
		{
			name: "mobilisation in GMT gives call handling across summer time",
			mobs: []lfb.Mobilisation{mobilisation(number, 1, "1", "2017-07-15 11:01:30", 302)},
			want: []engine{{302, 90}},
		},
		{
			name: "both engines mobilised, the second by order",
			mobs: []lfb.Mobilisation{
				mobilisation(number, 1, "1", "2017-07-15 11:01:30", 300),
				func() lfb.Mobilisation {
					m := mobilisation(number, 2, "Not Used", "2017-07-15 11:02:00", 400)
					m.PumpOrder = lfb.Some(2)
					return m
				}(),
			},
			want: []engine{{300, 90}, {400, 120}},
		},
		{
			name: "copy of a mobilisation",
			mobs: []lfb.Mobilisation{
				mobilisation(number, 1, "1", "2017-07-15 11:01:30", 300),
				mobilisation(number, 1, "1", "2017-07-15 11:01:30", 300),
			},
			want:   []engine{{300, 90}},
			counts: map[string]int64{"copy of a mobilisation": 1},
		},
		{
			name: "two reported first: the one that arrived first",
			mobs: []lfb.Mobilisation{
				mobilisation(number, 1, "1", "2017-07-15 11:02:30", 300),
				mobilisation(number, 2, "1", "2017-07-15 11:01:30", 299),
			},
			want:   []engine{{299, 90}},
			counts: map[string]int64{"several mobilisations": 1},
		},
		{
			name:   "tables differ",
			mobs:   []lfb.Mobilisation{mobilisation(number, 1, "1", "2017-07-15 11:01:30", 306)},
			want:   []engine{{306, 90}},
			counts: map[string]int64{"incident and mobilisation differ": 1},
		},
		{
			name: "minutes only",
			mobs: func() []lfb.Mobilisation {
				m := mobilisation(number, 1, "1", "2017-07-15 11:01:00", 300)
				m.MobilisedHasSeconds = false
				return []lfb.Mobilisation{m}
			}(),
			want:   []engine{{300, nan}},
			counts: map[string]int64{"call handling unknown: mobilised in whole minutes": 1},
		},
		{
			name:   "mobilised before the call",
			mobs:   []lfb.Mobilisation{mobilisation(number, 1, "1", "2017-07-15 10:59:59", 300)},
			want:   []engine{{300, nan}},
			counts: map[string]int64{"call handling unknown: mobilised before": 1},
		},
		{
			name:   "mobilised over an hour later",
			mobs:   []lfb.Mobilisation{mobilisation(number, 1, "1", "2017-07-15 12:00:01", 300)},
			want:   []engine{{300, nan}},
			counts: map[string]int64{"call handling unknown: more than an hour": 1},
		},
		{
			name:   "exactly an hour",
			mobs:   []lfb.Mobilisation{mobilisation(number, 1, "1", "2017-07-15 12:00:00", 300)},
			want:   []engine{{300, 3600}},
			counts: map[string]int64{"call handling unknown: more than an hour": 0},
		},
		{
			name: "engine only in the incident",
			mobs: []lfb.Mobilisation{mobilisation(number, 1, "2", "2017-07-15 11:01:30", 500)},
			want: []engine{{300, nan}, {500, 90}},
			counts: map[string]int64{
				"engine not among": 1,
			},
		},
		{
			name: "second sooner than the first",
			change: func(i *lfb.Incident) {
				i.SecondPumpArrivingAttendanceTime = lfb.Some(200)
			},
			want:   []engine{{300, nan}, {200, nan}},
			counts: map[string]int64{"second engine quicker": 1},
		},
		{
			name: "second alone",
			change: func(i *lfb.Incident) {
				i.FirstPumpArrivingAttendanceTime = lfb.Opt[int]{}
				i.SecondPumpArrivingAttendanceTime = lfb.Some(1200)
			},
			want:   []engine{{-1, nan}, {1200, nan}},
			counts: map[string]int64{"second engine without": 1, "no time for the first": 1},
		},
		{
			name: "out of range",
			change: func(i *lfb.Incident) {
				i.FirstPumpArrivingAttendanceTime = lfb.Some(0)
				i.SecondPumpArrivingAttendanceTime = lfb.Some(1201)
			},
			counts: map[string]int64{"attendance above": 1, "attendance below": 1},
		},
		{
			name:   "orphans on both sides",
			mobs:   []lfb.Mobilisation{mobilisation("000000", 7, "1", "2017-07-15 11:01:30", 9), mobilisation("9", 8, "1", "2017-07-15 11:01:30", 9)},
			want:   []engine{{300, nan}},
			counts: map[string]int64{"mobilisation of an incident": 2},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inc := incident(number, "2017-07-15 12:00:00", 300)
			if tt.change != nil {
				tt.change(&inc)
			}
			// A second incident keeps the data set from being empty.
			in := rows{incidents: []lfb.Incident{inc, incident("000002-15072017", "2017-07-15 13:00:00", 111)}, mobs: tt.mobs}.sorted()
			m, table, _ := build(t, in)
			got := map[int]engine{}
			var out lfb.Outcome
			for i := range table.Len() {
				if table.Outcome(i, &out); table.IncidentNumber(i) == number {
					got[table.PumpOrder(i)] = engine{out.AttendanceSeconds, out.CallHandlingSeconds}
				}
			}
			want := map[int]engine{}
			for p, e := range tt.want {
				if e.seconds >= 0 {
					want[p+1] = e
				}
			}
			if d := cmp.Diff(want, got, cmpopts.EquateNaNs(), cmp.AllowUnexported(engine{})); d != "" {
				t.Errorf("engines (-want +got):\n%s", d)
			}
			for reason, n := range tt.counts {
				if got := m.count(reason); got != n {
					t.Errorf("count(%q) = %d, want %d; %+v", reason, got, n, m.Counts)
				}
			}
		})
	}
}

// TestClockChange is about 29 October 2017, when 01:00 to 02:00 came twice.
func TestClockChange(t *testing.T) {
	t.Parallel()
	const number = "000001-29102017"
	tests := []struct {
		name      string
		called    string
		mobilised string // GMT
		minutes   bool
		wantCall  string // GMT
		handling  float64
	}{
		{name: "first pass", called: "2017-10-29 01:30:00", mobilised: "2017-10-29 00:31:00", wantCall: "2017-10-29 00:30:00", handling: 60},
		{name: "second pass", called: "2017-10-29 01:30:00", mobilised: "2017-10-29 01:31:00", wantCall: "2017-10-29 01:30:00", handling: 60},
		{name: "no mobilisation", called: "2017-10-29 01:30:00", wantCall: "2017-10-29 00:30:00", handling: math.NaN()},
		{name: "second pass, minutes only", called: "2017-10-29 01:30:40", mobilised: "2017-10-29 01:30:00", minutes: true, wantCall: "2017-10-29 01:30:40", handling: math.NaN()},
		{name: "hour before", called: "2017-10-29 00:59:59", mobilised: "2017-10-29 00:00:59", wantCall: "2017-10-28 23:59:59", handling: 60},
		{name: "hour after", called: "2017-10-29 02:00:00", mobilised: "2017-10-29 02:01:00", wantCall: "2017-10-29 02:00:00", handling: 60},
		{name: "spring", called: "2017-03-26 02:00:00", mobilised: "2017-03-26 01:01:00", wantCall: "2017-03-26 01:00:00", handling: 60},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := rows{incidents: []lfb.Incident{incident(number, tt.called, 300)}}
			if tt.mobilised != "" {
				m := mobilisation(number, 1, "1", tt.mobilised, 300)
				m.MobilisedHasSeconds = !tt.minutes
				in.mobs = []lfb.Mobilisation{m}
			}
			_, table, _ := build(t, in)
			var out lfb.Outcome
			table.Outcome(0, &out)
			if got := table.Time(0); !got.Equal(gmt(tt.wantCall).V) || got.Format("2006-01-02 15:04:05") != tt.called {
				t.Errorf("Time = %v, want %v GMT and %v in London", got.UTC(), tt.wantCall, tt.called)
			}
			if got := out.CallHandlingSeconds; got != tt.handling && !(math.IsNaN(got) && math.IsNaN(tt.handling)) {
				t.Errorf("CallHandlingSeconds = %v, want %v", got, tt.handling)
			}
		})
	}
}

func TestPlace(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		change  func(*lfb.Incident)
		want    lfb.Call // place only
		dropped bool
		reason  string
	}{
		{
			name:   "cell of exact coordinates",
			change: func(i *lfb.Incident) { i.EastingRounded.OK = false; i.EastingM = lfb.Some(538499.0) },
			want:   lfb.Call{Easting: 538450, Northing: 177650, BoroughCode: "E09000011", WardCode: "E05000214", StationGround: "Greenwich"},
		},
		{
			name: "over the border",
			change: func(i *lfb.Incident) {
				i.BoroughCode, i.WardCode, i.FRS, i.IncidentStationGround = "E00000000", "E00000000", "OverTheBorder", "OverTheBorder"
			},
			want:   lfb.Call{Easting: 538450, Northing: 177650},
			reason: "no borough",
		},
		{
			name:   "far away",
			change: func(i *lfb.Incident) { i.NorthingRounded = lfb.Some(950.0) },
			want:   lfb.Call{Easting: math.NaN(), Northing: math.NaN(), BoroughCode: "E09000011", WardCode: "E05000214", StationGround: "Greenwich"},
			reason: "coordinates far",
		},
		{
			name: "no place",
			change: func(i *lfb.Incident) {
				i.BoroughCode, i.IncidentStationGround, i.PostcodeDistrict = "", "", ""
				i.EastingRounded.OK, i.NorthingRounded.OK = false, false
			},
			dropped: true,
			reason:  "no place",
		},
		{name: "no time of call", change: func(i *lfb.Incident) { i.CalledAt = time.Time{} }, dropped: true, reason: "no time of call"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inc := incident("1", "2017-07-15 12:00:00", 300)
			tt.change(&inc)
			m, table, _ := build(t, rows{incidents: []lfb.Incident{inc, incident("2", "2017-07-15 13:00:00", 111)}})
			if tt.reason != "" && m.count(tt.reason) != 1 {
				t.Errorf("count(%q) = %d, want 1", tt.reason, m.count(tt.reason))
			}
			if tt.dropped != (table.Len() == 1) {
				t.Fatalf("%d rows, dropped want %v", table.Len(), tt.dropped)
			}
			if tt.dropped {
				return
			}
			var c lfb.Call
			table.Call(0, &c)
			got := lfb.Call{Easting: c.Easting, Northing: c.Northing, BoroughCode: c.BoroughCode, WardCode: c.WardCode, StationGround: c.StationGround}
			if d := cmp.Diff(tt.want, got, cmpopts.EquateNaNs()); d != "" {
				t.Errorf("place (-want +got):\n%s", d)
			}
		})
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
	if _, err := Build(ctx, rows{incidents: []lfb.Incident{a}}, newMemory(), options()); !errors.Is(err, context.Canceled) {
		t.Errorf("Build(cancelled) = %v, want %v", err, context.Canceled)
	}
}

func TestBuildRepeats(t *testing.T) {
	t.Parallel()
	in := city(3000, 1)
	first, _, blobs := build(t, in)
	keys, puts := blobs.keys(), blobs.puts
	again, err := Build(t.Context(), in, blobs, options())
	if err != nil {
		t.Fatal(err)
	}
	if again.ID() != first.ID() || !slices.Equal(keys, blobs.keys()) || blobs.puts != puts {
		t.Errorf("again: id %s after %s, %d puts after %d, want the same", again.ID(), first.ID(), blobs.puts, puts)
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

func TestBuildNewMonth(t *testing.T) {
	t.Parallel()
	in := city(3000, 1)
	_, _, blobs := build(t, in)
	puts := blobs.puts
	in.incidents = append(slices.Clone(in.incidents), incident("zz", "2031-01-15 12:00:00", 99))
	m, err := Build(t.Context(), in, blobs, options())
	if err != nil {
		t.Fatal(err)
	}
	if got := blobs.puts - puts; got != 2 {
		t.Errorf("one new month stored %d objects, want 2: its part and the manifest", got)
	}
	if last := m.Parts[len(m.Parts)-1].Month; last != "2031-01" {
		t.Errorf("last month = %s, want 2031-01", last)
	}
}

func TestTableOrder(t *testing.T) {
	t.Parallel()
	in := city(2000, 3)
	m, table, blobs := build(t, in)
	if table.Len() != int(m.Rows) || table.Len() < 2000 {
		t.Fatalf("Len = %d, manifest %d", table.Len(), m.Rows)
	}
	for i := 1; i < table.Len(); i++ {
		a, b := table.Time(i-1), table.Time(i)
		x, y := table.IncidentNumber(i-1), table.IncidentNumber(i)
		ordered := a.Before(b) || a.Equal(b) && (x < y || x == y && table.PumpOrder(i-1) < table.PumpOrder(i))
		if !ordered {
			t.Fatalf("row %d: %v %s after %v %s", i, b, y, a, x)
		}
	}
	if !table.Time(0).Equal(m.FirstCall) || !table.Time(table.Len()-1).Equal(m.LastCall) {
		t.Errorf("first and last call %v, %v, want %v, %v", table.Time(0), table.Time(table.Len()-1), m.FirstCall, m.LastCall)
	}
	view := table.Slice(10, 20)
	if view.Len() != 10 || view.IncidentNumber(0) != table.IncidentNumber(10) {
		t.Errorf("Slice(10, 20) has %d rows from %s", view.Len(), view.IncidentNumber(0))
	}
	month, err := Load(t.Context(), blobs, m, LoadOptions{FromMonth: "2017-02", ToMonth: "2017-02"})
	if err != nil {
		t.Fatal(err)
	}
	lo, hi := table.From(17198), table.From(17226) // 1 February, 1 March 2017
	if month.Len() != hi-lo || month.IncidentNumber(0) != table.IncidentNumber(lo) {
		t.Errorf("February has %d rows from %s, want %d from %s", month.Len(), month.IncidentNumber(0), hi-lo, table.IncidentNumber(lo))
	}
}

func TestTableAllocates(t *testing.T) {
	_, table, _ := build(t, city(500, 4))
	var c lfb.Call
	var o lfb.Outcome
	var s string
	if n := testing.AllocsPerRun(100, func() {
		for i := range table.Len() {
			table.Call(i, &c)
			table.Outcome(i, &o)
			s = table.IncidentNumber(i)
		}
	}); n != 0 {
		t.Errorf("Call, Outcome and IncidentNumber (%q) allocate %v times, want 0", s, n)
	}
}

func TestBroken(t *testing.T) {
	t.Parallel()
	m, _, blobs := build(t, city(300, 5))
	part := m.Parts[0].Ref
	good := blobs.m[part.Key]
	_, months := Load(t.Context(), blobs, m, LoadOptions{FromMonth: "1999-01", ToMonth: "1999-12"})
	if !errors.Is(months, lfb.ErrNotFound) {
		t.Errorf("Load(1999) = %v, want %v", months, lfb.ErrNotFound)
	}
	if _, err := Load(t.Context(), blobs, m, LoadOptions{FromMonth: "January"}); !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("Load(January) = %v, want %v", err, lfb.ErrInvalid)
	}
	flipped := bytes.Clone(good)
	flipped[len(flipped)/2] ^= 1
	blobs.m[part.Key] = flipped
	if _, err := Load(t.Context(), blobs, m, LoadOptions{}); !errors.Is(err, lfb.ErrInvalid) || !strings.Contains(err.Error(), part.Key) {
		t.Errorf("Load(flipped bit) = %v, want %v naming the part", err, lfb.ErrInvalid)
	}
	delete(blobs.m, part.Key)
	if _, err := Load(t.Context(), blobs, m, LoadOptions{}); !errors.Is(err, lfb.ErrNotFound) {
		t.Errorf("Load(part gone) = %v, want %v", err, lfb.ErrNotFound)
	}
}

// TestDecodeBroken goes behind the hash: whatever the bytes, no panic.
func TestDecodeBroken(t *testing.T) {
	t.Parallel()
	m, _, blobs := build(t, city(300, 5))
	good := blobs.m[m.Parts[0].Ref.Key]
	n := int(m.Parts[0].Ref.Rows)
	rng := rand.New(rand.NewPCG(1, 1))
	for k := range 400 {
		bad := bytes.Clone(good)
		switch k % 3 {
		case 0:
			bad = bad[:rng.IntN(len(bad))]
		case 1:
			bad[rng.IntN(len(bad))] ^= byte(1 + rng.IntN(255))
		case 2: // the footer, where the library reads lengths
			bad[len(bad)-1-rng.IntN(400)] ^= byte(1 + rng.IntN(255))
		}
		if _, err := decodePart(bad, make([]record, n)); err != nil && !errors.Is(err, lfb.ErrInvalid) {
			t.Fatalf("decodePart(damage %d) = %v, want %v", k, err, lfb.ErrInvalid)
		}
	}
	if _, err := decodePart(good, make([]record, n+1)); !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("decodePart(another length) = %v, want %v", err, lfb.ErrInvalid)
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	m, _, blobs := build(t, city(300, 6))
	got, err := Open(t.Context(), blobs, m.Ref())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(m, got, cmp.AllowUnexported(Manifest{}), cmpopts.IgnoreUnexported(Column{})); d != "" {
		t.Errorf("Open (-built +opened):\n%s", d)
	}
	text := string(blobs.m[m.Ref().Key])
	for name, body := range map[string]string{
		"not JSON":      "PAR1",
		"cut":           text[:len(text)/2],
		"other version": strings.Replace(text, `"version": 1`, `"version": 99`, 1),
		"wrong rows":    strings.Replace(text, `"rows": `, `"rows": 1`, 1),
		"wrong month":   strings.Replace(text, `"2017-01"`, `"2017-13"`, 1),
		"empty":         "{}",
	} {
		if body == text {
			t.Fatalf("%s: nothing was changed", name)
		}
		ref, _ := blobs.PutBytes(t.Context(), "dataset/manifest/bad.json", []byte(body))
		if _, err := Open(t.Context(), blobs, ref); !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("Open(%s) = %v, want %v", name, err, lfb.ErrInvalid)
		}
	}
	if _, err := Open(t.Context(), blobs, lfb.Ref{Key: "dataset/manifest/none.json"}); !errors.Is(err, lfb.ErrNotFound) {
		t.Errorf("Open(none) = %v, want %v", err, lfb.ErrNotFound)
	}
}
