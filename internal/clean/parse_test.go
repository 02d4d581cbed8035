package clean

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lfb/internal/lfb"
)

func TestKindOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, header string
		want         lfb.Kind
	}{
		{"incidents", incidentHeader, lfb.IncidentFile},
		{"mobilisations", mobilisationHeader, lfb.MobilisationFile},
		{"incidents that lost their key", strings.TrimPrefix(incidentHeader, "IncidentNumber,"), lfb.IncidentFile},
		{"stations", "name,area,command,callsign,postcode,latitude,longitude,easting,northing", ""},
		{"metadata", "Column,Description,Notes", ""},
		{"one column", "IncidentNumber", ""},
		{"nothing", "", ""},
		{"both joined", incidentHeader + "," + mobilisationHeader, lfb.IncidentFile},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := KindOf(strings.Split(tt.header, ","))
			if got != tt.want || errors.Is(err, lfb.ErrInvalid) != (tt.want == "") {
				t.Errorf("KindOf = %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestHeaderRefused(t *testing.T) {
	t.Parallel()
	incidents := func(h []string) error { _, err := NewIncidents(h); return err }
	mobilisations := func(h []string) error { _, err := NewMobilisations(h); return err }
	tests := []struct {
		name, header, want string
		new                func([]string) error
	}{
		{"no number", strings.Replace(incidentHeader, "IncidentNumber", "Nr", 1), "no column IncidentNumber", incidents},
		{"no date", strings.Replace(incidentHeader, "DateOfCall", "Day", 1), "no column DateOfCall", incidents},
		{"no time", strings.Replace(incidentHeader, "TimeOfCall", "At", 1), "no column TimeOfCall", incidents},
		{"twice", incidentHeader + ",Incident_Number", "are both IncidentNumber", incidents},
		{"two names of one", incidentHeader + ",CallCount", "are both NumCalls", incidents},
		{
			"no id", strings.Replace(mobilisationHeader, "ResourceMobilisationId", "Id", 1), "no column ResourceMobilisationId",
			mobilisations,
		},
		{
			"no number", strings.Replace(mobilisationHeader, "IncidentNumber", "Nr", 1), "no column IncidentNumber",
			mobilisations,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := tt.new(strings.Split(tt.header, ","))
			if !errors.Is(err, lfb.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v, want lfb.ErrInvalid that says %q", err, tt.want)
			}
		})
	}
}

// Columns that no vintage of the table has are passed over.
func TestUnknownColumns(t *testing.T) {
	t.Parallel()
	if _, err := NewIncidents(strings.Split(incidentHeader+",Mood,IncidentNumber.1", ",")); err != nil {
		t.Errorf("NewIncidents = %v, want nil", err)
	}
}

// Rejects say where and why, and rows are never lost from the count.
func TestTally(t *testing.T) {
	t.Parallel()
	p, err := NewIncidents(strings.Split(incidentHeader, ","))
	if err != nil {
		t.Fatal(err)
	}
	sound := fields(t, incidentHeader, "IncidentNumber=1091", "DateOfCall=2023-03-01", "TimeOfCall=00:02:11")
	noDate := fields(t, incidentHeader, "IncidentNumber=1091", "DateOfCall=soon", "TimeOfCall=00:02:11")
	rows := [][]string{sound, sound[:5], noDate, noDate, append(sound, "more"), sound}
	var in lfb.Incident
	for i, row := range rows {
		reject := p.Parse(int64(i+2), row, &in)
		if reject != nil && in.IncidentNumber != "" && reject.Reason == badWidth {
			t.Errorf("row %d: rejected, but dst = %+v", i, in)
		}
	}
	tally := p.Tally()
	if tally.Rows != 6 || tally.Accepted != 2 || tally.Rejected != 4 {
		t.Errorf("Tally = %d rows, %d accepted, %d rejected, want 6, 2, 4", tally.Rows, tally.Accepted, tally.Rejected)
	}
	want := []Count{
		{Column: "(row)", Reason: badWidth, N: 2, First: lfb.Reject{
			Line: 3, Column: "(row)", Value: "5 fields, not 39",
			Reason: badWidth,
		}},
		{Column: "DateOfCall", Reason: badDate, N: 2, First: lfb.Reject{
			Line: 4, Column: "DateOfCall", Value: "soon",
			Reason: badDate,
		}},
	}
	if diff := cmp.Diff(want, tally.Rejects()); diff != "" {
		t.Errorf("Rejects (-want +got):\n%s", diff)
	}
}

func TestExpect(t *testing.T) {
	t.Parallel()
	at := func(year int, m time.Month) time.Time { return time.Date(year, m, 2, 0, 0, 0, 0, time.UTC) }
	tally := func(accepted, rejected, missing int, when ...time.Time) *Tally {
		tl := &Tally{}
		for i := range accepted {
			tl.countAccepted(when[i%len(when)], i < missing)
		}
		for range rejected {
			tl.countReject(&lfb.Reject{Line: 7, Column: "DateOfCall", Value: "soon", Reason: badDate})
		}
		return tl
	}
	tests := []struct {
		name   string
		expect Expect
		tally  *Tally
		want   []string
	}{
		{"sound", Expect{MaxRejects: 0.05}, tally(960, 40, 200, at(2023, 3)), nil},
		{
			"all rejected",
			Expect{MaxRejects: 0.05},
			tally(0, 50, 0),
			[]string{
				"none of 50 rows accepted; 50 times DateOfCall: not a date",
				"50 of 50 rows rejected (100.0 %), expected 5.0 % at most; 50 times DateOfCall: not a date, first in line 7: " +
					"\"soon\"",
			},
		},
		{"no rows", Expect{}, tally(0, 0, 0), []string{"none of 0 rows accepted"}},
		{
			"too many rejects",
			Expect{MaxRejects: 0.05},
			tally(94, 6, 0, at(2023, 3)),
			[]string{"6 of 100 rows rejected (6.0 %)"},
		},
		{"none allowed", Expect{}, tally(99, 1, 0, at(2023, 3)), []string{"1 of 100 rows rejected"}},
		{
			"too early",
			Expect{},
			tally(9, 0, 0, at(2001, 3)),
			[]string{"earliest row of 2001-03-02, expected 2008-12-01 or later"},
		},
		{
			"no target",
			Expect{},
			tally(200, 0, 61, at(2023, 3)),
			[]string{"61 of 200 rows of the last 12 months have no attendance time (30.5 %), expected 30.0 %"},
		},
		{"no target long ago", Expect{}, tally(200, 0, 100, append(repeat(at(2009, 3), 100),
			repeat(at(2023, 3), 100)...)...), nil},
		{"few rows say nothing", Expect{}, tally(5, 0, 2, at(2023, 3)), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := tt.expect.Check("x.csv", tt.tally)
			if len(tt.want) == 0 {
				if err != nil {
					t.Errorf("Check = %v, want nil", err)
				}
				return
			}
			if !errors.Is(err, lfb.ErrInvalid) {
				t.Fatalf("Check = %v, want lfb.ErrInvalid", err)
			}
			for _, want := range append(tt.want, "x.csv: ") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("Check = %q, want it to say %q", err, want)
				}
			}
			if n := strings.Count(err.Error(), "x.csv: "); n != len(tt.want) {
				t.Errorf("Check names %d expectations, want %d: %v", n, len(tt.want), err)
			}
		})
	}
}

func repeat(at time.Time, n int) []time.Time {
	out := make([]time.Time, n)
	for i := range out {
		out[i] = at
	}
	return out
}

func TestReported(t *testing.T) {
	t.Parallel()
	tests := []struct{ group, stop, service, want string }{
		{"False Alarm", "AFA", "", ReportedAlarm},
		{"False Alarm", "False alarm - Good intent", "", ReportedFire},
		{"False Alarm", "False alarm - Malicious", "", ReportedFire},
		{"Fire", "Primary Fire", "", ReportedFire},
		{"Fire", "Chimney Fire", "", ReportedFire},
		{"Fire", "Late Call", "", ReportedFire},
		{"Fire", "", "", ReportedFire},
		{"fire ", "", "", ReportedFire},
		{"Special Service", "Special Service", "RTC", ReportedRTC},
		{"Special Service", "Special Service", "Lift Release", ReportedLift},
		{"Special Service", "Special Service", "Effecting entry/exit", ReportedEntry},
		{"Special Service", "Special Service", "Medical Incident - Co-responder", ReportedMedical},
		{"Special Service", "Special Service", "Spills and Leaks (not RTC)", ReportedHazard},
		{"Special Service", "Special Service", "No action (not false alarm)", ReportedOther},
		{"Special Service", "Special Service", "A kind of 2031", ReportedOther},
		{"Special Service", "Special Service", "", ReportedOther},
		{"Special Service", "Flood call attended - Batch mobilised", "Lift Release", ReportedFlooding},
		{"", "", "flooding", ReportedFlooding},
		{"", "", "Lift Release", ReportedLift},
		{"Road Traffic Collision", "", "", ReportedRTC},
		{"AFA", "", "", ReportedAlarm},
		{"Automatic alarm", "", "", ReportedAlarm},
		{"False Alarm", "", "", ""},
		{"", "", "", ""},
		{"Riot", "", "", ""},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s %s %s", tt.group, tt.stop, tt.service), func(t *testing.T) {
			t.Parallel()
			if got := FromCaller(tt.group, tt.stop, tt.service); got != tt.want {
				t.Errorf("FromCaller(%q, %q, %q) = %q, want %q", tt.group, tt.stop, tt.service, got, tt.want)
			}
		})
	}
	for _, kind := range ReportedKinds() {
		if got := FromCaller(strings.ToUpper(kind), "", ""); got != kind {
			t.Errorf("FromCaller(%q) = %q, want its own words to stand", strings.ToUpper(kind), got)
		}
	}
}
