package load

import (
	"context"
	"iter"

	"lfb/internal/lfb"
)

// incidents is table incident: its columns under their published names, key first.
var incidents = table[lfb.Incident]{
	name: "incident", kind: lfb.IncidentFile, key: []string{"IncidentNumber"},
	columns: func(r *lfb.Incident) []column {
		return []column{
			{"IncidentNumber", &r.IncidentNumber},
			{"DateOfCall", londonDay{&r.CalledAt}},
			{"CalYear", &r.CalYear},
			{"TimeOfCall", londonClock{&r.CalledAt}},
			{"HourOfCall", &r.HourOfCall},
			{"IncidentGroup", &r.IncidentGroup},
			{"StopCodeDescription", &r.StopCodeDescription},
			{"SpecialServiceType", &r.SpecialServiceType},
			{"PropertyCategory", &r.PropertyCategory},
			{"PropertyType", &r.PropertyType},
			{"AddressQualifier", &r.AddressQualifier},
			{"Postcode_full", &r.PostcodeFull},
			{"Postcode_district", &r.PostcodeDistrict},
			{"UPRN", &r.UPRN},
			{"USRN", &r.USRN},
			{"IncGeo_BoroughCode", &r.BoroughCode},
			{"IncGeo_BoroughName", &r.BoroughName},
			{"ProperCase", &r.ProperCase},
			{"IncGeo_WardCode", &r.WardCode},
			{"IncGeo_WardName", &r.WardName},
			{"IncGeo_WardNameNew", &r.WardNameNew},
			{"Easting_m", &r.EastingM},
			{"Northing_m", &r.NorthingM},
			{"Easting_rounded", &r.EastingRounded},
			{"Northing_rounded", &r.NorthingRounded},
			{"Latitude", &r.Latitude},
			{"Longitude", &r.Longitude},
			{"FRS", &r.FRS},
			{"IncidentStationGround", &r.IncidentStationGround},
			{"FirstPumpArriving_AttendanceTime", &r.FirstPumpArrivingAttendanceTime},
			{"FirstPumpArriving_DeployedFromStation", &r.FirstPumpArrivingDeployedFromStation},
			{"SecondPumpArriving_AttendanceTime", &r.SecondPumpArrivingAttendanceTime},
			{"SecondPumpArriving_DeployedFromStation", &r.SecondPumpArrivingDeployedFromStation},
			{"NumStationsWithPumpsAttending", &r.NumStationsWithPumpsAttending},
			{"NumPumpsAttending", &r.NumPumpsAttending},
			{"PumpCount", &r.PumpCount},
			{"PumpMinutesRounded", &r.PumpMinutesRounded},
			{"NotionalCost", &r.NotionalCost},
			{"NumCalls", &r.NumCalls},
		}
	},
}

// LoadIncidents loads one file's rows: see loadTable for what it promises.
func (t *Tables) LoadIncidents(ctx context.Context, file lfb.SourceFile, rows iter.Seq2[*lfb.Incident, error],
	opts lfb.LoadOptions,
) (lfb.LoadCount, error) {
	return loadTable(ctx, t.db, &incidents, file, rows, opts)
}

// Incidents streams the incidents of an origin by IncidentNumber, in byte order, without the withdrawn. The value is
// overwritten by the next one. An error ends the stream.
func (t *Tables) Incidents(ctx context.Context, origin lfb.Origin) iter.Seq2[*lfb.Incident, error] {
	return scanTable(ctx, t.db, &incidents, origin)
}
