package dataset

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"lfb/internal/lfb"
)

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
			name:   "tables differ within the tolerance",
			mobs:   []lfb.Mobilisation{mobilisation(number, 1, "1", "2017-07-15 11:01:30", 305)},
			want:   []engine{{305, 90}},
			counts: map[string]int64{"incident and mobilisation differ": 0},
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
			name:   "mobilised in the second of the call",
			mobs:   []lfb.Mobilisation{mobilisation(number, 1, "1", "2017-07-15 11:00:00", 300)},
			want:   []engine{{300, nan}},
			counts: map[string]int64{"call handling unknown: the call's time": 1},
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
			name: "orphans on both sides",
			mobs: []lfb.Mobilisation{
				mobilisation("000000", 7, "1", "2017-07-15 11:01:30", 9),
				mobilisation("9", 8, "1", "2017-07-15 11:01:30", 9),
			},
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
			in := rows{
				incidents: []lfb.Incident{inc, incident("000002-15072017", "2017-07-15 13:00:00", 111)},
				mobs:      tt.mobs,
			}.sorted()
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
		{
			name: "first pass", called: "2017-10-29 01:30:00", mobilised: "2017-10-29 00:31:00",
			wantCall: "2017-10-29 00:30:00", handling: 60,
		},
		{
			name: "second pass", called: "2017-10-29 01:30:00", mobilised: "2017-10-29 01:31:00",
			wantCall: "2017-10-29 01:30:00", handling: 60,
		},
		{name: "no mobilisation", called: "2017-10-29 01:30:00", wantCall: "2017-10-29 00:30:00", handling: math.NaN()},
		{
			name: "second pass, minutes only", called: "2017-10-29 01:30:40", mobilised: "2017-10-29 01:30:00", minutes: true,
			wantCall: "2017-10-29 01:30:40", handling: math.NaN(),
		},
		{
			name: "hour before", called: "2017-10-29 00:59:59", mobilised: "2017-10-29 00:00:59",
			wantCall: "2017-10-28 23:59:59", handling: 60,
		},
		{
			name: "hour after", called: "2017-10-29 02:00:00", mobilised: "2017-10-29 02:01:00",
			wantCall: "2017-10-29 02:00:00", handling: 60,
		},
		{
			name: "spring", called: "2017-03-26 02:00:00", mobilised: "2017-03-26 01:01:00", wantCall: "2017-03-26 01:00:00",
			handling: 60,
		},
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
			want: lfb.Call{
				Easting: 538450, Northing: 177650, BoroughCode: "E09000011", WardCode: "E05000214",
				StationGround: "Greenwich",
			},
		},
		{
			name: "over the border",
			change: func(i *lfb.Incident) {
				i.BoroughCode, i.WardCode, i.FRS, i.IncidentStationGround = "", "", "OverTheBorder", "OverTheBorder"
			},
			want:   lfb.Call{Easting: 538450, Northing: 177650},
			reason: "no borough",
		},
		{
			name:   "far away",
			change: func(i *lfb.Incident) { i.NorthingRounded = lfb.Some(950.0) },
			want: lfb.Call{
				Easting: math.NaN(), Northing: math.NaN(), BoroughCode: "E09000011", WardCode: "E05000214",
				StationGround: "Greenwich",
			},
			reason: "coordinates far",
		},
		{
			name:   "easting too small",
			change: func(i *lfb.Incident) { i.EastingRounded = lfb.Some(53850.0) },
			want: lfb.Call{
				Easting: math.NaN(), Northing: math.NaN(), BoroughCode: "E09000011", WardCode: "E05000214",
				StationGround: "Greenwich",
			},
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
		{
			name: "no time of call", change: func(i *lfb.Incident) { i.CalledAt = time.Time{} }, dropped: true,
			reason: "no time of call",
		},
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
			got := lfb.Call{
				Easting: c.Easting, Northing: c.Northing, BoroughCode: c.BoroughCode, WardCode: c.WardCode,
				StationGround: c.StationGround,
			}
			if d := cmp.Diff(tt.want, got, cmpopts.EquateNaNs()); d != "" {
				t.Errorf("place (-want +got):\n%s", d)
			}
		})
	}
}
