package mysql

import (
	"context"
	"fmt"
	"iter"

	"lfb/internal/lfb"
)

// mobilisations describes table mobilisation. The columns are in the order of
// writeMobilisation and readMobilisation.
func mobilisations() table {
	return table{
		name: "mobilisation",
		key:  []string{"IncidentNumber", "ResourceMobilisationId"},
		columns: []string{
			"IncidentNumber", "ResourceMobilisationId", "CalYear", "HourOfCall", "BoroughName", "WardName",
			"Resource_Code", "PerformanceReporting",
			"DateAndTimeMobilised", "DateAndTimeMobile", "DateAndTimeArrived", "DateAndTimeLeft", "DateAndTimeReturned",
			"MobilisedHasSeconds", "TurnoutTimeSeconds", "TravelTimeSeconds", "AttendanceTimeSeconds",
			"DeployedFromStation_Code", "DeployedFromStation_Name", "DeployedFromLocation",
			"PumpOrder", "PlusCode_Code", "PlusCode_Description", "DelayCodeId", "DelayCode_Description",
		},
	}
}

// LoadMobilisations loads one file's rows: see load for what it promises.
func (db *DB) LoadMobilisations(ctx context.Context, file lfb.SourceFile, rows iter.Seq2[*lfb.Mobilisation, error],
	opts lfb.LoadOptions,
) (lfb.LoadCount, error) {
	if file.Kind != lfb.MobilisationFile {
		return lfb.LoadCount{}, fmt.Errorf("load mobilisations: %s is a %q file: %w", file.Name, file.Kind, lfb.ErrInvalid)
	}
	return load(ctx, db, mobilisations(), file, rows, writeMobilisation, opts)
}

// Mobilisations streams the mobilisations of an origin by IncidentNumber, in
// byte order, and ResourceMobilisationID, without the withdrawn. The value is
// overwritten by the next one. An error ends the stream.
func (db *DB) Mobilisations(ctx context.Context, origin lfb.Origin) iter.Seq2[*lfb.Mobilisation, error] {
	return scan(ctx, db, mobilisations(), origin, readMobilisation)
}

func writeMobilisation(l *line, r *lfb.Mobilisation) {
	if r.IncidentNumber == "" {
		l.fail("IncidentNumber", "")
	}
	l.text("IncidentNumber", r.IncidentNumber)
	l.int(r.ResourceMobilisationID)
	l.int(int64(r.CalYear))
	l.int(int64(r.HourOfCall))
	l.text("BoroughName", r.BoroughName)
	l.text("WardName", r.WardName)
	l.text("Resource_Code", r.ResourceCode)
	l.text("PerformanceReporting", r.PerformanceReporting)
	l.instant("DateAndTimeMobilised", r.MobilisedAt)
	l.instant("DateAndTimeMobile", r.MobileAt)
	l.instant("DateAndTimeArrived", r.ArrivedAt)
	l.instant("DateAndTimeLeft", r.LeftAt)
	l.instant("DateAndTimeReturned", r.ReturnedAt)
	l.bool(r.MobilisedHasSeconds)
	l.optInt(r.TurnoutTimeSeconds)
	l.optInt(r.TravelTimeSeconds)
	l.optInt(r.AttendanceTimeSeconds)
	l.text("DeployedFromStation_Code", r.DeployedFromStationCode)
	l.text("DeployedFromStation_Name", r.DeployedFromStationName)
	l.text("DeployedFromLocation", r.DeployedFromLocation)
	l.optInt(r.PumpOrder)
	l.text("PlusCode_Code", r.PlusCodeCode)
	l.text("PlusCode_Description", r.PlusCodeDescription)
	l.optInt(r.DelayCodeID)
	l.text("DelayCode_Description", r.DelayCodeDescription)
}

func readMobilisation(v *values, r *lfb.Mobilisation) {
	r.IncidentNumber = v.fresh()
	r.ResourceMobilisationID = v.int64()
	r.CalYear = v.int()
	r.HourOfCall = v.int()
	r.BoroughName = v.text()
	r.WardName = v.text()
	r.ResourceCode = v.text()
	r.PerformanceReporting = v.text()
	r.MobilisedAt = v.optTime()
	r.MobileAt = v.optTime()
	r.ArrivedAt = v.optTime()
	r.LeftAt = v.optTime()
	r.ReturnedAt = v.optTime()
	r.MobilisedHasSeconds = v.int() != 0
	r.TurnoutTimeSeconds = v.optInt()
	r.TravelTimeSeconds = v.optInt()
	r.AttendanceTimeSeconds = v.optInt()
	r.DeployedFromStationCode = v.text()
	r.DeployedFromStationName = v.text()
	r.DeployedFromLocation = v.text()
	r.PumpOrder = v.optInt()
	r.PlusCodeCode = v.text()
	r.PlusCodeDescription = v.text()
	r.DelayCodeID = v.optInt()
	r.DelayCodeDescription = v.text()
}
