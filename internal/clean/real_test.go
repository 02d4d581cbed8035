package clean_test

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lfb/internal/clean"
	"lfb/internal/lfb"
	"lfb/internal/source"
	"lfb/internal/testdata"
)

// openReal opens a file of real rows.
func openReal(t testing.TB, elem ...string) *source.Reader {
	t.Helper()
	r, err := source.OpenFile(testdata.Path(t, elem...), elem[len(elem)-1])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() }) // only read
	return r
}

// parseReal parses a whole file and calls see for each accepted row.
func parseReal(t testing.TB, r *source.Reader, see func(*lfb.Incident, *lfb.Mobilisation)) *clean.Tally {
	t.Helper()
	kind, err := clean.KindOf(r.Header())
	if err != nil {
		t.Fatal(err)
	}
	var (
		in    lfb.Incident
		m     lfb.Mobilisation
		parse func(int64, []string) *lfb.Reject
		tally *clean.Tally
	)
	if kind == lfb.IncidentFile {
		p, err := clean.NewIncidents(r.Header())
		if err != nil {
			t.Fatal(err)
		}
		parse, tally = func(line int64, f []string) *lfb.Reject { return p.Parse(line, f, &in) }, p.Tally()
	} else {
		p, err := clean.NewMobilisations(r.Header())
		if err != nil {
			t.Fatal(err)
		}
		parse, tally = func(line int64, f []string) *lfb.Reject { return p.Parse(line, f, &m) }, p.Tally()
	}
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return tally
		}
		if err != nil {
			t.Fatal(err)
		}
		if parse(rec.Line, rec.Fields) == nil {
			see(&in, &m)
		}
	}
}

// Every row of the real files, counted: rows, rejects, repairs by reason, and the
// mean of the target, to the digit.
func TestRealFiles(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name           []string
		accepted       int64
		timed, seconds int // rows with an attendance time, and their sum
		repairs        map[string]int64
	}{
		{
			name: []string{"lfb_incidents_2017_jan_mar.csv"}, accepted: 23505, timed: 22180, seconds: 7075565,
			repairs: map[string]int64{},
		},
		{
			name: []string{"raw", "incidents_2023_sample_iso.csv"}, accepted: 10000, timed: 9473, seconds: 2983888,
			repairs: map[string]int64{"Latitude: 0, 0, made missing": 19},
		},
		{
			name: []string{"raw", "incidents_2023_sample_dd-Mon-yy.csv"}, accepted: 10000, timed: 9476, seconds: 3016859,
			repairs: map[string]int64{"Latitude: 0, 0, made missing": 23},
		},
		{
			name: []string{"raw", "incidents_2009_head.csv"}, accepted: 20, timed: 17, seconds: 5613,
			repairs: map[string]int64{},
		},
		{
			name: []string{"raw", "incidents_2020_head.csv"}, accepted: 5, timed: 3, seconds: 945,
			repairs: map[string]int64{"PumpHoursRoundUp: hours, turned into minutes": 5},
		},
		{
			name: []string{"raw", "mobilisations_2009_head.csv"}, accepted: 20, timed: 20, seconds: 6645,
			repairs: map[string]int64{},
		},
		{
			name: []string{"raw", "mobilisations_2020_head.csv"}, accepted: 5, timed: 5, seconds: 1486,
			repairs: map[string]int64{},
		},
		{
			name: []string{"mobilisation_rows_2009_2025.csv"}, accepted: 198, timed: 173, seconds: 61869,
			repairs: map[string]int64{
				"CalYear: taken from the mobilisation": 5, "HourOfCall: taken from the mobilisation": 5,
				"DateAndTimeMobilised: seconds are cut off": 99, "IncidentNumber: hyphen restored": 5,
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name[len(tt.name)-1], func(t *testing.T) {
			t.Parallel()
			r := openReal(t, tt.name...)
			timed, seconds := 0, 0
			tally := parseReal(t, r, func(in *lfb.Incident, m *lfb.Mobilisation) {
				for _, v := range []lfb.Opt[int]{in.FirstPumpArrivingAttendanceTime, m.AttendanceTimeSeconds} {
					if v.OK {
						timed, seconds = timed+1, seconds+v.V
					}
				}
			})
			if tally.Accepted != tt.accepted || tally.Rejected != 0 || tally.Rows != tt.accepted {
				t.Errorf("accepted %d, rejected %d (%v), want %d, 0", tally.Accepted, tally.Rejected, tally.Rejects(), tt.accepted)
			}
			if timed != tt.timed || seconds != tt.seconds {
				t.Errorf("%d rows with a time, %d s, want %d, %d", timed, seconds, tt.timed, tt.seconds)
			}
			repairs := map[string]int64{}
			for _, c := range tally.Repairs() {
				repairs[c.Column+": "+c.Reason] = c.N
			}
			if diff := cmp.Diff(tt.repairs, repairs); diff != "" {
				t.Errorf("repairs (-want +got):\n%s", diff)
			}
			var e clean.Expect
			if err := e.Check(tt.name[len(tt.name)-1], tally); err != nil {
				t.Error(err)
			}
		})
	}
}

// Every field of real rows comes through, against what the file says.
func TestRealRow(t *testing.T) {
	t.Parallel()
	r := openReal(t, "raw", "incidents_2009_head.csv")
	var first *lfb.Incident
	parseReal(t, r, func(in *lfb.Incident, _ *lfb.Mobilisation) {
		if first == nil {
			row := *in
			first = &row
		}
	})
	want := lfb.Incident{
		IncidentNumber: "235138081", CalledAt: time.Date(2009, 1, 1, 0, 0, 37, 0, lfb.London), CalYear: 2009,
		IncidentGroup: "Special Service", StopCodeDescription: "Special Service", SpecialServiceType: "RTC",
		PropertyCategory: "Road Vehicle", PropertyType: "Car", AddressQualifier: "In street close to gazetteer location",
		PostcodeFull: "SW11 4LB", PostcodeDistrict: "SW11", BoroughCode: "E09000032", BoroughName: "WANDSWORTH",
		ProperCase: "Wandsworth", WardCode: "E05014010", WardName: "BATTERSEA PARK", WardNameNew: "BATTERSEA PARK",
		EastingM: lfb.Some(528652.0), NorthingM: lfb.Some(176830.0), EastingRounded: lfb.Some(528650.0),
		NorthingRounded: lfb.Some(176850.0), Latitude: lfb.Some(51.4758117319), Longitude: lfb.Some(-0.1488944358),
		FRS: "London", IncidentStationGround: "Battersea", FirstPumpArrivingAttendanceTime: lfb.Some(319),
		FirstPumpArrivingDeployedFromStation: "Battersea", SecondPumpArrivingAttendanceTime: lfb.Some(342),
		SecondPumpArrivingDeployedFromStation: "Clapham", NumStationsWithPumpsAttending: lfb.Some(2),
		NumPumpsAttending: lfb.Some(2), PumpCount: lfb.Some(2), PumpMinutesRounded: lfb.Some(60),
		NotionalCost: lfb.Some(255.0), NumCalls: lfb.Some(1),
	}
	if diff := cmp.Diff(&want, first); diff != "" {
		t.Errorf("first row (-want +got):\n%s", diff)
	}
}

// The kinds that a caller can tell apart, over a real quarter.
func TestRealReported(t *testing.T) {
	t.Parallel()
	got := map[string]int{}
	parseReal(t, openReal(t, "lfb_incidents_2017_jan_mar.csv"), func(in *lfb.Incident, _ *lfb.Mobilisation) {
		kind := clean.Reported(in)
		got[kind]++
		// Serving must say the same as training.
		if asked := clean.FromCaller(in.IncidentGroup, in.StopCodeDescription, in.SpecialServiceType); asked != kind {
			t.Errorf("FromCaller(%q, %q, %q) = %q, want %q", in.IncidentGroup, in.StopCodeDescription,
				in.SpecialServiceType, asked, kind)
		}
	})
	total := 0
	for _, kind := range clean.ReportedKinds() {
		if got[kind] == 0 {
			t.Errorf("no row reported as %q", kind)
		}
		total += got[kind]
	}
	if total != 23505 || got[""] != 0 {
		t.Errorf("%d rows have a kind, %d none, want 23505 and 0", total, got[""])
	}
	if got[clean.ReportedAlarm] != 8966 {
		t.Errorf("%d automatic alarms, want 8966", got[clean.ReportedAlarm])
	}
	// 4,118 fires and 2,856 false alarms that were no automatic alarm.
	if got[clean.ReportedFire] != 6974 {
		t.Errorf("%d fires reported, want 6974", got[clean.ReportedFire])
	}
}

func TestRealFilesThatAreNeither(t *testing.T) {
	t.Parallel()
	if kind, err := clean.KindOf(openReal(t, "stations.csv").Header()); !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("KindOf(stations.csv) = %q, %v, want lfb.ErrInvalid", kind, err)
	}
}

func BenchmarkParseIncident(b *testing.B) {
	r := openReal(b, "raw", "incidents_2023_sample_iso.csv")
	var records [][]string
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			b.Fatal(err)
		}
		records = append(records, append([]string(nil), rec.Fields...))
	}
	p, err := clean.NewIncidents(r.Header())
	if err != nil {
		b.Fatal(err)
	}
	var in lfb.Incident
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		if reject := p.Parse(int64(n), records[n%len(records)], &in); reject != nil {
			b.Fatal(reject)
		}
		n++
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkParseMobilisation(b *testing.B) {
	header := []string{
		"IncidentNumber", "CalYear", "HourOfCall", "ResourceMobilisationId", "Resource_Code",
		"PerformanceReporting", "DateAndTimeMobilised", "DateAndTimeMobile", "DateAndTimeArrived", "TurnoutTimeSeconds",
		"TravelTimeSeconds", "AttendanceTimeSeconds", "DateAndTimeLeft", "DateAndTimeReturned",
		"DeployedFromStation_Code", "DeployedFromStation_Name", "DeployedFromLocation", "PumpOrder", "PlusCode_Code",
		"PlusCode_Description", "DelayCodeId", "DelayCode_Description",
	}
	row := []string{
		"000003-01012020", "2020", "0", "5547476", "G232", "1", "01/01/2020 00:06:30", "01/01/2020 00:07:48",
		"01/01/2020 00:11:54", "78.0", "246.0", "324", "01/01/2020 00:33:14", "", "G23", "Hillingdon", "Home Station", "1",
		"Initial", "Initial Mobilisation", "", "",
	}
	p, err := clean.NewMobilisations(header)
	if err != nil {
		b.Fatal(err)
	}
	var m lfb.Mobilisation
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		if reject := p.Parse(2, row, &m); reject != nil {
			b.Fatal(reject)
		}
		n++
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "rows/s")
}
