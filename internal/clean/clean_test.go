package clean

import (
	"strings"
	"testing"

	"lfb/internal/lfb"
)

// incidentHeader is today's 39 columns.
const incidentHeader = "IncidentNumber,DateOfCall,CalYear,TimeOfCall,HourOfCall,IncidentGroup,StopCodeDescription," +
	"SpecialServiceType,PropertyCategory,PropertyType,AddressQualifier,Postcode_full,Postcode_district,UPRN,USRN," +
	"IncGeo_BoroughCode,IncGeo_BoroughName,ProperCase,IncGeo_WardCode,IncGeo_WardName,IncGeo_WardNameNew,Easting_m," +
	"Northing_m,Easting_rounded,Northing_rounded,Latitude,Longitude,FRS,IncidentStationGround," +
	"FirstPumpArriving_AttendanceTime,FirstPumpArriving_DeployedFromStation,SecondPumpArriving_AttendanceTime," +
	"SecondPumpArriving_DeployedFromStation,NumStationsWithPumpsAttending,NumPumpsAttending,PumpCount," +
	"PumpMinutesRounded,Notional Cost (£),NumCalls"

// mobilisationHeader is that of the files from 2021 on.
const mobilisationHeader = "IncidentNumber,CalYear,BoroughName,WardName,HourOfCall,ResourceMobilisationId," +
	"Resource_Code,PerformanceReporting,DateAndTimeMobilised,DateAndTimeMobile,DateAndTimeArrived," +
	"TurnoutTimeSeconds,TravelTimeSeconds,AttendanceTimeSeconds,DateAndTimeLeft,DateAndTimeReturned," +
	"DeployedFromStation_Code,DeployedFromStation_Name,DeployedFromLocation,PumpOrder,PlusCode_Code," +
	"PlusCode_Description,DelayCodeId,DelayCode_Description"

// fields lays values out under header: "Column=value" each, those of base unless
// overridden. A column that header lacks fails the test.
func fields(t testing.TB, header string, values ...string) []string {
	t.Helper()
	names := strings.Split(header, ",")
	out := make([]string, len(names))
	for _, v := range values {
		column, value, ok := strings.Cut(v, "=")
		if !ok {
			t.Fatalf("test value %q has no =", v)
		}
		found := false
		for i, name := range names {
			if name == column {
				out[i], found = value, true
			}
		}
		if !found {
			t.Fatalf("no column %q in %q", column, header)
		}
	}
	return out
}

// parseIncident parses one row: a sound one, but for values.
func parseIncident(t testing.TB, values ...string) (lfb.Incident, *lfb.Reject, *Tally) {
	t.Helper()
	return parseIncidentAs(t, incidentHeader, values...)
}

func parseIncidentAs(t testing.TB, header string, values ...string) (lfb.Incident, *lfb.Reject, *Tally) {
	t.Helper()
	p, err := NewIncidents(strings.Split(header, ","))
	if err != nil {
		t.Fatal(err)
	}
	sound := []string{"IncidentNumber=000001-01032023", "DateOfCall=2023-03-01", "TimeOfCall=00:02:11"}
	var in lfb.Incident
	reject := p.Parse(2, fields(t, header, append(sound, values...)...), &in)
	return in, reject, p.Tally()
}

func parseMobilisation(t testing.TB, values ...string) (lfb.Mobilisation, *lfb.Reject, *Tally) {
	t.Helper()
	p, err := NewMobilisations(strings.Split(mobilisationHeader, ","))
	if err != nil {
		t.Fatal(err)
	}
	sound := []string{
		"IncidentNumber=000001-01032023", "ResourceMobilisationId=7", "DateAndTimeMobilised=2023-03-01 00:03:00",
		"CalYear=2023", "HourOfCall=0",
	}
	var m lfb.Mobilisation
	reject := p.Parse(2, fields(t, mobilisationHeader, append(sound, values...)...), &m)
	return m, reject, p.Tally()
}

// repairsOf is column: reason of every repair.
func repairsOf(t *Tally) []string {
	out := []string{}
	for _, c := range t.Repairs() {
		out = append(out, c.Column+": "+c.Reason)
	}
	return out
}
