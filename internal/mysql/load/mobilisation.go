package load

import (
	"context"
	"iter"

	"lfb/internal/lfb"
)

// mobilisations is table mobilisation: its columns under their published names, key first.
var mobilisations = table[lfb.Mobilisation]{
	name: "mobilisation", kind: lfb.MobilisationFile, key: []string{"IncidentNumber", "ResourceMobilisationId"},
	columns: func(r *lfb.Mobilisation) []column {
		return []column{
			{"IncidentNumber", &r.IncidentNumber},
			{"ResourceMobilisationId", &r.ResourceMobilisationID},
			{"CalYear", &r.CalYear},
			{"HourOfCall", &r.HourOfCall},
			{"BoroughName", &r.BoroughName},
			{"WardName", &r.WardName},
			{"Resource_Code", &r.ResourceCode},
			{"PerformanceReporting", &r.PerformanceReporting},
			{"DateAndTimeMobilised", &r.MobilisedAt},
			{"DateAndTimeMobile", &r.MobileAt},
			{"DateAndTimeArrived", &r.ArrivedAt},
			{"DateAndTimeLeft", &r.LeftAt},
			{"DateAndTimeReturned", &r.ReturnedAt},
			{"MobilisedHasSeconds", &r.MobilisedHasSeconds},
			{"TurnoutTimeSeconds", &r.TurnoutTimeSeconds},
			{"TravelTimeSeconds", &r.TravelTimeSeconds},
			{"AttendanceTimeSeconds", &r.AttendanceTimeSeconds},
			{"DeployedFromStation_Code", &r.DeployedFromStationCode},
			{"DeployedFromStation_Name", &r.DeployedFromStationName},
			{"DeployedFromLocation", &r.DeployedFromLocation},
			{"PumpOrder", &r.PumpOrder},
			{"PlusCode_Code", &r.PlusCodeCode},
			{"PlusCode_Description", &r.PlusCodeDescription},
			{"DelayCodeId", &r.DelayCodeID},
			{"DelayCode_Description", &r.DelayCodeDescription},
		}
	},
}

// LoadMobilisations loads one file's rows: see loadTable for what it promises.
func (t *Tables) LoadMobilisations(ctx context.Context, file lfb.SourceFile, rows iter.Seq2[*lfb.Mobilisation, error],
	opts lfb.LoadOptions,
) (lfb.LoadCount, error) {
	return loadTable(ctx, t.db, &mobilisations, file, rows, opts)
}

// Mobilisations streams the mobilisations of an origin by IncidentNumber, in byte
// order, and ResourceMobilisationID, without the withdrawn. The value is
// overwritten by the next one. An error ends the stream.
func (t *Tables) Mobilisations(ctx context.Context, origin lfb.Origin) iter.Seq2[*lfb.Mobilisation, error] {
	return scanTable(ctx, t.db, &mobilisations, origin)
}
