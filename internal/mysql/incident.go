package mysql

import (
	"context"
	"fmt"
	"iter"

	"lfb/internal/lfb"
)

// incidents describes table incident to the loader and to the scan. The columns
// are in the order of writeIncident and readIncident.
func incidents() table {
	return table{
		name: "incident",
		key:  []string{"IncidentNumber"},
		columns: []string{
			"IncidentNumber", "DateOfCall", "CalYear", "TimeOfCall", "HourOfCall",
			"IncidentGroup", "StopCodeDescription", "SpecialServiceType",
			"PropertyCategory", "PropertyType", "AddressQualifier", "Postcode_full", "Postcode_district",
			"UPRN", "USRN",
			"IncGeo_BoroughCode", "IncGeo_BoroughName", "ProperCase",
			"IncGeo_WardCode", "IncGeo_WardName", "IncGeo_WardNameNew",
			"Easting_m", "Northing_m", "Easting_rounded", "Northing_rounded", "Latitude", "Longitude",
			"FRS", "IncidentStationGround",
			"FirstPumpArriving_AttendanceTime", "FirstPumpArriving_DeployedFromStation",
			"SecondPumpArriving_AttendanceTime", "SecondPumpArriving_DeployedFromStation",
			"NumStationsWithPumpsAttending", "NumPumpsAttending", "PumpCount", "PumpMinutesRounded",
			"NotionalCost", "NumCalls",
		},
	}
}

// LoadIncidents loads one file's rows: see load for what it promises.
func (db *DB) LoadIncidents(ctx context.Context, file lfb.SourceFile, rows iter.Seq2[*lfb.Incident, error],
	opts lfb.LoadOptions,
) (lfb.LoadCount, error) {
	if file.Kind != lfb.IncidentFile {
		return lfb.LoadCount{}, fmt.Errorf("load incidents: %s is a %q file: %w", file.Name, file.Kind, lfb.ErrInvalid)
	}
	return load(ctx, db, incidents(), file, rows, writeIncident, opts)
}

// Incidents streams the incidents of an origin by IncidentNumber, in byte
// order, without the withdrawn. The value is overwritten by the next one. An
// error ends the stream.
func (db *DB) Incidents(ctx context.Context, origin lfb.Origin) iter.Seq2[*lfb.Incident, error] {
	return scan(ctx, db, incidents(), origin, readIncident)
}

func writeIncident(l *line, r *lfb.Incident) {
	if r.IncidentNumber == "" {
		l.fail("IncidentNumber", "")
	}
	l.year("DateOfCall", r.CalledAt)
	at := r.CalledAt.In(lfb.London)
	l.text("IncidentNumber", r.IncidentNumber)
	l.day(at)
	l.int(int64(r.CalYear))
	l.clock(at)
	l.int(int64(r.HourOfCall))
	l.text("IncidentGroup", r.IncidentGroup)
	l.text("StopCodeDescription", r.StopCodeDescription)
	l.text("SpecialServiceType", r.SpecialServiceType)
	l.text("PropertyCategory", r.PropertyCategory)
	l.text("PropertyType", r.PropertyType)
	l.text("AddressQualifier", r.AddressQualifier)
	l.text("Postcode_full", r.PostcodeFull)
	l.text("Postcode_district", r.PostcodeDistrict)
	l.optInt64(r.UPRN)
	l.optInt64(r.USRN)
	l.text("IncGeo_BoroughCode", r.BoroughCode)
	l.text("IncGeo_BoroughName", r.BoroughName)
	l.text("ProperCase", r.ProperCase)
	l.text("IncGeo_WardCode", r.WardCode)
	l.text("IncGeo_WardName", r.WardName)
	l.text("IncGeo_WardNameNew", r.WardNameNew)
	l.optFloat("Easting_m", r.EastingM)
	l.optFloat("Northing_m", r.NorthingM)
	l.optFloat("Easting_rounded", r.EastingRounded)
	l.optFloat("Northing_rounded", r.NorthingRounded)
	l.optFloat("Latitude", r.Latitude)
	l.optFloat("Longitude", r.Longitude)
	l.text("FRS", r.FRS)
	l.text("IncidentStationGround", r.IncidentStationGround)
	l.optInt(r.FirstPumpArrivingAttendanceTime)
	l.text("FirstPumpArriving_DeployedFromStation", r.FirstPumpArrivingDeployedFromStation)
	l.optInt(r.SecondPumpArrivingAttendanceTime)
	l.text("SecondPumpArriving_DeployedFromStation", r.SecondPumpArrivingDeployedFromStation)
	l.optInt(r.NumStationsWithPumpsAttending)
	l.optInt(r.NumPumpsAttending)
	l.optInt(r.PumpCount)
	l.optInt(r.PumpMinutesRounded)
	l.optFloat("NotionalCost", r.NotionalCost)
	l.optInt(r.NumCalls)
}

func readIncident(v *values, r *lfb.Incident) {
	r.IncidentNumber = v.fresh()
	day := v.time()
	r.CalYear = v.int()
	r.CalledAt = v.clockOn(day)
	r.HourOfCall = v.int()
	r.IncidentGroup = v.text()
	r.StopCodeDescription = v.text()
	r.SpecialServiceType = v.text()
	r.PropertyCategory = v.text()
	r.PropertyType = v.text()
	r.AddressQualifier = v.text()
	r.PostcodeFull = v.fresh()
	r.PostcodeDistrict = v.text()
	r.UPRN = v.optInt64()
	r.USRN = v.optInt64()
	r.BoroughCode = v.text()
	r.BoroughName = v.text()
	r.ProperCase = v.text()
	r.WardCode = v.text()
	r.WardName = v.text()
	r.WardNameNew = v.text()
	r.EastingM = v.optFloat()
	r.NorthingM = v.optFloat()
	r.EastingRounded = v.optFloat()
	r.NorthingRounded = v.optFloat()
	r.Latitude = v.optFloat()
	r.Longitude = v.optFloat()
	r.FRS = v.text()
	r.IncidentStationGround = v.text()
	r.FirstPumpArrivingAttendanceTime = v.optInt()
	r.FirstPumpArrivingDeployedFromStation = v.text()
	r.SecondPumpArrivingAttendanceTime = v.optInt()
	r.SecondPumpArrivingDeployedFromStation = v.text()
	r.NumStationsWithPumpsAttending = v.optInt()
	r.NumPumpsAttending = v.optInt()
	r.PumpCount = v.optInt()
	r.PumpMinutesRounded = v.optInt()
	r.NotionalCost = v.optFloat()
	r.NumCalls = v.optInt()
}
