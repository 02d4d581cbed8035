package lfb

import "time"

// Incident is one row of the published incident table, every column typed,
// under its original name. Texts are trimmed, and empty where the file has
// NULL, NaN or nothing. The vintages' other column names are mapped to these
// (WardCode → IncGeo_WardCode, CallCount → NumCalls, …).
type Incident struct {
	IncidentNumber                        string       // key
	CalledAt                              time.Time    // DateOfCall + TimeOfCall: London wall clock, in location London
	CalYear                               int          // year as published
	HourOfCall                            int          // 0-23, London wall clock
	IncidentGroup                         string       // Fire | False Alarm | Special Service: the final classification
	StopCodeDescription                   string       // hindsight: final classification
	SpecialServiceType                    string       // kind of special service
	PropertyCategory                      string       //
	PropertyType                          string       //
	AddressQualifier                      string       //
	PostcodeFull                          string       // Postcode_full; empty for dwellings
	PostcodeDistrict                      string       // Postcode_district, e.g. SE10
	UPRN                                  Opt[int64]   //
	USRN                                  Opt[int64]   //
	BoroughCode                           string       // IncGeo_BoroughCode
	BoroughName                           string       // IncGeo_BoroughName
	ProperCase                            string       //
	WardCode                              string       // IncGeo_WardCode
	WardName                              string       // IncGeo_WardName
	WardNameNew                           string       // IncGeo_WardNameNew
	EastingM, NorthingM                   Opt[float64] // Easting_m, Northing_m: British National Grid, metres
	EastingRounded, NorthingRounded       Opt[float64] // centre of the 100 m cell, metres
	Latitude, Longitude                   Opt[float64] // WGS84 degrees; a published 0,0 is missing
	FRS                                   string       // fire and rescue service
	IncidentStationGround                 string       // station whose ground the place is in
	FirstPumpArrivingAttendanceTime       Opt[int]     // seconds, 1-1200
	FirstPumpArrivingDeployedFromStation  string       // the station that arrived first: hindsight
	SecondPumpArrivingAttendanceTime      Opt[int]     // seconds
	SecondPumpArrivingDeployedFromStation string       // hindsight
	NumStationsWithPumpsAttending         Opt[int]     // hindsight
	NumPumpsAttending                     Opt[int]     // hindsight
	PumpCount                             Opt[int]     // hindsight
	// hindsight; minutes, PumpHoursRoundUp of older files ×60 where it is in hours
	PumpMinutesRounded Opt[int]
	NotionalCost       Opt[float64] // hindsight; pounds
	NumCalls           Opt[int]     // hindsight in part
}

// Mobilisation is one row of the published mobilisation table: one engine sent
// to one incident. Its instants are published in GMT.
type Mobilisation struct {
	IncidentNumber          string         // key of the incident
	ResourceMobilisationID  int64          // key
	CalYear                 int            //
	HourOfCall              int            // 0-23, London wall clock
	BoroughName             string         //
	WardName                string         //
	ResourceCode            string         // the engine, e.g. H271
	PerformanceReporting    string         // 1 = first engine there, 2 = second, else not used
	MobilisedAt             Opt[time.Time] // DateAndTimeMobilised, UTC
	MobileAt                Opt[time.Time] // UTC
	ArrivedAt               Opt[time.Time] // UTC
	LeftAt                  Opt[time.Time] // UTC
	ReturnedAt              Opt[time.Time] // UTC
	MobilisedHasSeconds     bool           // false where the file gives minutes only
	TurnoutTimeSeconds      Opt[int]       //
	TravelTimeSeconds       Opt[int]       //
	AttendanceTimeSeconds   Opt[int]       //
	DeployedFromStationCode string         //
	DeployedFromStationName string         //
	DeployedFromLocation    string         // Home Station | Other Station
	PumpOrder               Opt[int]       //
	PlusCodeCode            string         //
	PlusCodeDescription     string         //
	DelayCodeID             Opt[int]       // hindsight
	DelayCodeDescription    string         // hindsight
}
