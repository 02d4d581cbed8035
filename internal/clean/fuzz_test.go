package clean

import (
	"errors"
	"strings"
	"testing"
	"time"

	"lfb/internal/lfb"
)

// FuzzCleanRow feeds rows of anything to both parsers: they accept or reject, and
// what they accept keeps the promises of lfb.Incident and lfb.Mobilisation.
func FuzzCleanRow(f *testing.F) {
	for _, row := range []string{
		"000004-01012017,2017-01-01,2017,00:06:18,0,835,51.5,-0.1,1,339",
		"235138081.0,01 Jan 2009,2009,00:00:37,0,319.0,0.0,0.0,64,388",
		"1091,43101,NULL,0.5,12,1201,NaN,,,£1,388",
		"20324029112024,29/11/2024 23:28,,9:55:49 PM,21,-1,1e400,0x1p-2,2,",
		"000001-12032018,03/12/2018 00:08:54,9999,00:08,,Inf,91,181,99999999999999999999,1",
		"\u00a0'0-00000000,1-Sept-16,,.999999,23,1.5,\xa3,51\x00,None,<NA>",
	} {
		f.Add(row)
	}
	incidents := strings.Split("IncidentNumber,DateOfCall,CalYear,TimeOfCall,HourOfCall,FirstPumpArriving_AttendanceTime,"+
		"Latitude,Longitude,PumpHoursRoundUp,Notional Cost (£)", ",")
	mobilisations := strings.Split("IncidentNumber,DateAndTimeMobilised,CalYear,DateAndTimeArrived,HourOfCall,"+
		"AttendanceTimeSeconds,BoroughName,DelayCode_Description,ResourceMobilisationId,PerformanceReporting", ",")
	f.Fuzz(func(t *testing.T, row string) {
		fields := strings.Split(row, ",")
		pi, err := NewIncidents(incidents)
		if err != nil {
			t.Fatal(err)
		}
		pm, err := NewMobilisations(mobilisations)
		if err != nil {
			t.Fatal(err)
		}
		var in lfb.Incident
		checkReject(t, pi.Parse(2, fields, &in), pi.Tally(), func() { checkIncident(t, &in) })
		var m lfb.Mobilisation
		checkReject(t, pm.Parse(2, fields, &m), pm.Tally(), func() { checkMobilisation(t, &m) })
	})
}

func checkReject(t *testing.T, r *lfb.Reject, tally *Tally, accepted func()) {
	t.Helper()
	if tally.Rows != 1 || tally.Accepted+tally.Rejected != 1 || (r != nil) != (tally.Rejected == 1) {
		t.Errorf("Tally = %+v for reject %v", tally, r)
	}
	if r == nil {
		accepted()
		return
	}
	if !errors.Is(r, lfb.ErrInvalid) || r.Reason == "" || r.Column == "" {
		t.Errorf("reject = %#v, want a column and a reason", r)
	}
	if len(tally.Repairs()) != 0 {
		t.Errorf("a rejected row counted repairs %v", tally.Repairs())
	}
}

func checkIncident(t *testing.T, in *lfb.Incident) {
	t.Helper()
	if number, _, ok := parseIncidentNumber(in.IncidentNumber); !ok || number != in.IncidentNumber {
		t.Errorf("IncidentNumber %q does not stand for itself", in.IncidentNumber)
	}
	if y := in.CalledAt.Year(); y < 2000 || y > 2099 || in.CalledAt.Location() != lfb.London {
		t.Errorf("CalledAt = %v", in.CalledAt)
	}
	if in.HourOfCall < 0 || in.HourOfCall > 23 {
		t.Errorf("HourOfCall = %d", in.HourOfCall)
	}
	if v := in.FirstPumpArrivingAttendanceTime; v.OK && (v.V < 1 || v.V > 1200) {
		t.Errorf("attendance = %v", v)
	}
	if in.Latitude.OK != in.Longitude.OK || (in.Latitude.OK && (in.Latitude.V < 49 || in.Latitude.V > 61)) {
		t.Errorf("place = %v, %v", in.Latitude, in.Longitude)
	}
	if v := in.PumpMinutesRounded; v.OK && v.V < 0 {
		t.Errorf("pump minutes = %v", v)
	}
}

func checkMobilisation(t *testing.T, m *lfb.Mobilisation) {
	t.Helper()
	if m.ResourceMobilisationID <= 0 {
		t.Errorf("ResourceMobilisationID = %d", m.ResourceMobilisationID)
	}
	if m.MobilisedAt.OK && m.MobilisedAt.V.Location() != time.UTC {
		t.Errorf("MobilisedAt = %v", m.MobilisedAt.V)
	}
	if m.MobilisedHasSeconds && !m.MobilisedAt.OK {
		t.Error("seconds of no time")
	}
	if m.MobilisedAt.OK && m.ArrivedAt.OK && m.ArrivedAt.V.Before(m.MobilisedAt.V.Truncate(time.Minute)) {
		t.Errorf("arrived %v before mobilised %v", m.ArrivedAt.V, m.MobilisedAt.V)
	}
	if v := m.AttendanceTimeSeconds; v.OK && (v.V < 1 || v.V > 1200) {
		t.Errorf("attendance = %v", v)
	}
}
