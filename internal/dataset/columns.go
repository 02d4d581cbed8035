package dataset

// Role says what a column of a data set may be used for.
type Role string

// The roles. Only columns of role Call may reach a feature.
const (
	Key     Role = "key"
	Call    Role = "call"
	Outcome Role = "outcome" // targets and hindsight
)

// Column describes one column of the Parquet files.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"` // text | integer | time
	Role Role   `json:"role"`
	Unit string `json:"unit,omitempty"`
	Null bool   `json:"null,omitempty"` // may be missing
	Doc  string `json:"doc"`

	kind kind
	at   int  // position among the record's texts or numbers
	bins bins // of a column of numbers
}

// bins are the fixed bins that numbers are counted in: fixed, so that two
// snapshots can be compared. The first and the last bin take what lies beyond.
type bins struct{ lo, width, n int32 }

// Bins of the columns that have their own; the others count 0 to 19 one by one.
var (
	smallBins      = bins{lo: 0, width: 1, n: 20}
	attendanceBins = bins{lo: 0, width: 30, n: 40}
	ownBins        = map[int]bins{
		numEasting: {lo: 500_000, width: 2_500, n: 26}, numNorthing: {lo: 155_000, width: 2_500, n: 20},
		numAttendance: attendanceBins, numHandling: {lo: 0, width: 20, n: 30}, numPumpMinutes: {lo: 0, width: 30, n: 20},
	}
)

// binIndex is the bin of v.
func (b bins) binIndex(v int32) int32 { return min(max((v-b.lo)/b.width, 0), b.n-1) }

// kind says where in a record a column's value is.
type kind uint8

const (
	kindID kind = iota
	kindPump
	kindTime
	kindText
	kindNumber
	kindFrom
)

// Columns is the schema of the Parquet files, in their order.
func Columns() []Column {
	text := func(name string, role Role, at int, doc string) Column {
		return Column{Name: name, Type: "text", Role: role, Null: true, Doc: doc, kind: kindText, at: at}
	}
	number := func(name string, role Role, at int, unit, doc string) Column {
		b, ok := ownBins[at]
		if !ok {
			b = smallBins
		}
		return Column{
			Name: name, Type: "integer", Role: role, Unit: unit, Null: true, Doc: doc, kind: kindNumber, at: at,
			bins: b,
		}
	}
	attendance := number("attendance_seconds", Outcome, numAttendance, "s", "mobilisation to arrival; the target; 1-1200")
	attendance.Null = false
	return []Column{
		{Name: "incident_number", Type: "text", Role: Key, Doc: "IncidentNumber as published", kind: kindID},
		{
			Name: "pump_order", Type: "integer", Role: Call, Doc: "1 first engine there, 2 second", kind: kindPump,
			bins: bins{lo: 1, width: 1, n: 2},
		},
		{Name: "called_at", Type: "time", Role: Call, Doc: "instant of the call, UTC", kind: kindTime},
		number("easting_m", Call, numEasting, "m", "British National Grid, centre of the 100 m cell"),
		number("northing_m", Call, numNorthing, "m", "British National Grid, centre of the 100 m cell"),
		text("borough_code", Call, textBorough, "IncGeo_BoroughCode; missing over the border"),
		text("ward_code", Call, textWard, "IncGeo_WardCode; missing over the border"),
		text("postcode_district", Call, textDistrict, "Postcode_district"),
		text("station_ground", Call, textGround, "IncidentStationGround; missing over the border"),
		text("reported", Call, textReported, "what the caller reports"),
		text("property_category", Call, textCategory, "PropertyCategory"),
		text("property_type", Call, textType, "PropertyType"),
		attendance,
		number("call_handling_seconds", Outcome, numHandling, "s", "call to mobilisation; 0-3600"),
		text("arrived_from", Outcome, textArrivedFrom, "station of the engine that arrived"),
		text("incident_group", Outcome, textGroup, "IncidentGroup: final classification"),
		text("stop_code", Outcome, textStop, "StopCodeDescription: final classification"),
		number("num_stations", Outcome, numStations, "", "NumStationsWithPumpsAttending"),
		number("num_pumps", Outcome, numPumps, "", "NumPumpsAttending"),
		number("pump_count", Outcome, numPumpCount, "", "PumpCount"),
		number("pump_minutes", Outcome, numPumpMinutes, "min", "PumpMinutesRounded"),
		number("delay_code", Outcome, numDelay, "", "DelayCodeId of the engine"),
		{
			Name: "target_from", Type: "text", Role: Outcome, Doc: "table the time was read from: mobilisation or incident",
			kind: kindFrom,
		},
	}
}

// partRow is one row of a part for the Parquet library, which takes names, order
// and encodings from its tags. Rows are never built as partRow; TestColumns holds
// it equal to Columns.
type partRow struct {
	IncidentNumber      string  `parquet:"incident_number,delta"`
	PumpOrder           int32   `parquet:"pump_order,dict"`
	CalledAt            int64   `parquet:"called_at,delta,timestamp(millisecond)"`
	EastingM            *int32  `parquet:"easting_m,optional,dict"`
	NorthingM           *int32  `parquet:"northing_m,optional,dict"`
	BoroughCode         *string `parquet:"borough_code,optional,dict"`
	WardCode            *string `parquet:"ward_code,optional,dict"`
	PostcodeDistrict    *string `parquet:"postcode_district,optional,dict"`
	StationGround       *string `parquet:"station_ground,optional,dict"`
	Reported            *string `parquet:"reported,optional,dict"`
	PropertyCategory    *string `parquet:"property_category,optional,dict"`
	PropertyType        *string `parquet:"property_type,optional,dict"`
	AttendanceSeconds   int32   `parquet:"attendance_seconds"`
	CallHandlingSeconds *int32  `parquet:"call_handling_seconds,optional"`
	ArrivedFrom         *string `parquet:"arrived_from,optional,dict"`
	IncidentGroup       *string `parquet:"incident_group,optional,dict"`
	StopCode            *string `parquet:"stop_code,optional,dict"`
	NumStations         *int32  `parquet:"num_stations,optional,dict"`
	NumPumps            *int32  `parquet:"num_pumps,optional,dict"`
	PumpCount           *int32  `parquet:"pump_count,optional,dict"`
	PumpMinutes         *int32  `parquet:"pump_minutes,optional,dict"`
	DelayCode           *int32  `parquet:"delay_code,optional,dict"`
	TargetFrom          string  `parquet:"target_from,dict"`
}
