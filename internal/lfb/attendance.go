package lfb

import "time"

// Call is what is known when the operator asks when an engine will be there.
// It is the only thing that features are made of. Empty texts and NaN numbers
// are unknown.
type Call struct {
	At                time.Time // London wall clock, in location London
	Easting, Northing float64   // British National Grid, metres; the centre of the 100 m cell; NaN unknown
	BoroughCode       string    // e.g. E09000011
	WardCode          string    // e.g. E05000214
	PostcodeDistrict  string    // e.g. SE10
	Postcode          string    // in full, e.g. SE10 9LS; optional, only finds a place that is not known otherwise
	StationGround     string    // station whose ground the place is in
	Reported          string    // what the caller reports: the words of package clean's Reported
	PropertyCategory  string
	PropertyType      string
	PumpOrder         int    // which engine is asked about: 1 first, 2 second
	SentFrom          string // station the engine was ordered from; optional
}

// Outcome is how an attendance turned out: the targets, and the hindsight
// columns that are kept for the record and for reports by slice. Nothing in it
// may reach a feature.
type Outcome struct {
	AttendanceSeconds   float64 // mobilisation to arrival; the target; 1-1200
	CallHandlingSeconds float64 // call to mobilisation; NaN where mobilisations are not known
	ArrivedFrom         string  // station of the engine that arrived
	IncidentGroup       string  // final classification
	StopCode            string  // final classification
	NumStations         float64 // NumStationsWithPumpsAttending; NaN unknown
	NumPumps            float64 // NumPumpsAttending; NaN unknown
	PumpCount           float64 // NaN unknown
	PumpMinutes         float64 // NaN unknown
	DelayCode           float64 // NaN unknown
}

// ResponseSeconds is call to arrival, NaN where call handling is unknown.
func (o *Outcome) ResponseSeconds() float64 { return o.CallHandlingSeconds + o.AttendanceSeconds }

// Attendance is one row of a data set: the first or second engine's arrival at
// one incident.
type Attendance struct {
	IncidentNumber string
	Call           Call
	Outcome        Outcome
}
