package mysqltest

import (
	"fmt"
	"iter"
	"time"

	"lfb/internal/lfb"
)

// Incident makes the n-th synthetic incident: full, plausible, and different in
// every column that differs in the published files.
func Incident(n int) lfb.Incident {
	at := time.Date(2018+n%6, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(n/6) * 113 * time.Second)
	at = time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), 0, lfb.London)
	r := lfb.Incident{
		IncidentNumber: fmt.Sprintf("%06d-%s", n/6+1, at.Format("02012006")),
		CalledAt:       at, CalYear: at.Year(), HourOfCall: at.Hour(),
		IncidentGroup:       []string{"Fire", "False Alarm", "Special Service"}[n%3],
		StopCodeDescription: []string{"Secondary Fire", "AFA", "Special Service"}[n%3],
		PropertyCategory:    []string{"Dwelling", "Outdoor", "Road Vehicle"}[n%3],
		PropertyType:        []string{"House - single occupancy", "Tree scrub", "Car"}[n%3],
		AddressQualifier:    "Correct incident location",
		PostcodeDistrict:    fmt.Sprintf("SE%d", n%28),
		USRN:                lfb.Some(int64(20000000 + n)),
		BoroughCode:         fmt.Sprintf("E090000%02d", n%33+1), BoroughName: fmt.Sprintf("BOROUGH %d", n%33),
		ProperCase: fmt.Sprintf("Borough %d", n%33),
		WardCode:   fmt.Sprintf("E05%06d", n%700), WardName: fmt.Sprintf("WARD %d", n%700), WardNameNew: fmt.Sprintf("WARD %d", n%700),
		EastingRounded: lfb.Some(float64(500050 + n%600*100)), NorthingRounded: lfb.Some(float64(160050 + n%400*100)),
		FRS: "London", IncidentStationGround: fmt.Sprintf("Station %d", n%103),
		NumCalls: lfb.Some(1 + n%4),
	}
	if n%3 != 0 { // dwellings are redacted
		r.PostcodeFull = fmt.Sprintf("SE%d %dAB", n%28, n%9)
		r.UPRN = lfb.Some(int64(200000000 + n))
		r.EastingM, r.NorthingM = lfb.Some(r.EastingRounded.V+0.5), lfb.Some(r.NorthingRounded.V-0.25)
		r.Latitude, r.Longitude = lfb.Some(51.2+float64(n%997)/2000), lfb.Some(-0.5+float64(n%991)/1000.3)
	}
	if n%3 == 2 {
		r.SpecialServiceType = "Lift Release"
	}
	if n%19 != 0 { // most have a first engine
		r.FirstPumpArrivingAttendanceTime = lfb.Some(60 + n*7919%1100)
		r.FirstPumpArrivingDeployedFromStation = r.IncidentStationGround
		r.NumStationsWithPumpsAttending, r.NumPumpsAttending = lfb.Some(1), lfb.Some(1+n%3)
		r.PumpCount, r.PumpMinutesRounded, r.NotionalCost = lfb.Some(1+n%3), lfb.Some(60), lfb.Some(364.0)
	}
	if n%3 == 1 && r.FirstPumpArrivingAttendanceTime.OK {
		r.SecondPumpArrivingAttendanceTime = lfb.Some(90 + n*104729%1100)
		r.SecondPumpArrivingDeployedFromStation = fmt.Sprintf("Station %d", (n+1)%103)
	}
	return r
}

// Mobilisation makes the n-th synthetic mobilisation: seven to five incidents.
func Mobilisation(n int) lfb.Mobilisation {
	in := Incident(n * 5 / 7)
	at := in.CalledAt.UTC().Add(73 * time.Second)
	turnout, travel := 40+n%90, 60+n*7919%900
	r := lfb.Mobilisation{
		IncidentNumber: in.IncidentNumber, ResourceMobilisationID: int64(5_000_000 + n),
		CalYear: in.CalYear, HourOfCall: in.HourOfCall, BoroughName: in.BoroughName, WardName: in.WardName,
		ResourceCode: fmt.Sprintf("H%03d", n%500), PerformanceReporting: fmt.Sprint(1 + n%2),
		MobilisedAt: lfb.Some(at), MobilisedHasSeconds: true,
		ArrivedAt: lfb.Some(at.Add(time.Duration(turnout+travel) * time.Second)), LeftAt: lfb.Some(at.Add(time.Hour)),
		AttendanceTimeSeconds:   lfb.Some(turnout + travel),
		DeployedFromStationCode: fmt.Sprintf("H%02d", n%103), DeployedFromStationName: fmt.Sprintf("Station %d", n%103),
		DeployedFromLocation: "Home Station", PumpOrder: lfb.Some(1 + n%2),
		PlusCodeCode: "Initial", PlusCodeDescription: "Initial Mobilisation",
	}
	if n%11 != 0 {
		r.MobileAt = lfb.Some(at.Add(time.Duration(turnout) * time.Second))
		r.TurnoutTimeSeconds, r.TravelTimeSeconds = lfb.Some(turnout), lfb.Some(travel)
	}
	if n%4 == 0 {
		r.DelayCodeID, r.DelayCodeDescription = lfb.Some(9), "Traffic, roadworks, etc"
	}
	return r
}

// rowsOf streams n rows of make, from the first on.
func rowsOf[T any](from, to int, make func(int) T) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for n := from; n < to; n++ {
			r := make(n)
			if !yield(&r, nil) {
				return
			}
		}
	}
}

// Incidents streams the incidents from (included) to (excluded).
func Incidents(from, to int) iter.Seq2[*lfb.Incident, error] { return rowsOf(from, to, Incident) }

// Mobilisations streams the mobilisations from (included) to (excluded).
func Mobilisations(from, to int) iter.Seq2[*lfb.Mobilisation, error] {
	return rowsOf(from, to, Mobilisation)
}
