package registry

import (
	"fmt"
	"slices"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

// SettingAvailability is the name of who is out or stands elsewhere: an Availability as JSON.
const SettingAvailability = "availability"

// How long what is set may hold. That all others are at home is only as true as it is fresh.
const (
	AvailabilityDefault  = 4 * time.Hour
	AvailabilityLongest  = 7 * 24 * time.Hour
	AvailabilityComplete = time.Hour
	mostAway             = 300
)

// Availability is who is out or stands elsewhere. The zero Availability is what is usual.
type Availability struct {
	Engines []AwayEngines `json:"engines" nullable:"false" maxItems:"300"`
	// CompleteUntil says until when every engine that is not named is at home; zero: it is away as often as usual.
	CompleteUntil time.Time `json:"complete_until,omitzero" required:"false" doc:"Until then every engine that is not named is at home, at most an hour ahead; without it the others are away as often as usual"`
}

// AwayEngines is engines of one station that are out, or stand at another station or at a point.
type AwayEngines struct {
	Station  string    `json:"station" minLength:"1" maxLength:"100" doc:"Whose engines they are" example:"Soho"`
	Engines  int       `json:"engines,omitempty" minimum:"1" maximum:"9" doc:"How many; without it all that are left"`
	At       string    `json:"at,omitempty" maxLength:"100" doc:"The station at which they stand; without it and a point they are out"`
	Easting  float64   `json:"easting,omitempty" doc:"Where they stand, in metres of the British National Grid"`
	Northing float64   `json:"northing,omitempty"`
	Until    time.Time `json:"until,omitzero" required:"false" doc:"Default: four hours from now; at most seven days"`
}

// StandsElsewhere reports whether the engines are elsewhere and not out.
func (e *AwayEngines) StandsElsewhere() bool { return e.At != "" || e.Easting != 0 || e.Northing != 0 }

// Settle fills in what is not said and checks, at a moment, all of the rest that needs no model; a *lfb.PartError says
// what is wrong.
func (a *Availability) Settle(now time.Time) error {
	if len(a.Engines) > mostAway {
		return &lfb.PartError{Pointer: "/engines", Reason: fmt.Sprintf("%d entries are more than %d", len(a.Engines),
			mostAway)}
	}
	if c := a.CompleteUntil; !c.IsZero() && (!c.After(now) || c.After(now.Add(AvailabilityComplete))) {
		reason := fmt.Sprintf("complete until %s is over already, or more than an hour ahead", formatStamp(c))
		return &lfb.PartError{Pointer: "/complete_until", Reason: reason}
	}
	for i := range a.Engines {
		e := &a.Engines[i]
		if e.Until.IsZero() {
			e.Until = now.Add(AvailabilityDefault).UTC().Truncate(time.Second)
		}
		var field, reason string
		switch {
		case e.Station == "":
			field, reason = "station", "a station is needed"
		case e.Engines < 0 || e.Engines > 9:
			field, reason = "engines", fmt.Sprintf("%s has not %d engines", e.Station, e.Engines)
		case !e.Until.After(now) || e.Until.After(now.Add(AvailabilityLongest)):
			field, reason = "until", fmt.Sprintf("%s until %s is over already, or more than seven days ahead", e.Station,
				formatStamp(e.Until))
		case e.At == e.Station:
			field, reason = "at", e.Station+" is where its engines stand as ever"
		default:
			continue
		}
		return &lfb.PartError{Pointer: fmt.Sprintf("/engines/%d/%s", i, field), Reason: reason}
	}
	return nil
}

func formatStamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// HoldsAt returns what of a holds at a moment, and until when all of it does; a zero until says that nothing holds.
func (a Availability) HoldsAt(t time.Time) (held Availability, until time.Time) {
	sooner := func(end time.Time) {
		if until.IsZero() || end.Before(until) {
			until = end
		}
	}
	held.Engines = slices.DeleteFunc(slices.Clone(a.Engines), func(e AwayEngines) bool { return !t.Before(e.Until) })
	for _, e := range held.Engines {
		sooner(e.Until)
	}
	if t.Before(a.CompleteUntil) {
		held.CompleteUntil = a.CompleteUntil
		sooner(a.CompleteUntil)
	}
	return held, until
}

// AvailabilityUse is what an answer assumed of who is out, where that mattered to it.
type AvailabilityUse struct {
	Revision int64         `json:"revision" doc:"Of the availability that was set"`
	Engines  []AwayEngines `json:"engines" nullable:"false" doc:"Who is out or elsewhere, of those that might come"`
	Complete bool          `json:"complete,omitempty" doc:"All others were taken to be at home"`
	Until    time.Time     `json:"until" doc:"When the first of it expires"`
	Known    time.Time     `json:"known_at,omitzero" doc:"When it was last read, where the database has been away since"`
	Roughly  bool          `json:"roughly,omitempty" doc:"The model was not trained with the station sent from: stations that are out were taken off its map, and nothing else"`
	FarM     float64       `json:"far_m,omitempty" doc:"How far those that are left have to come on average, in metres, where that is longer than any drive that was learned from: the time is too short"`
	Usual    ml.Answer     `json:"usual" doc:"What would have been answered without, for the attendance time"`
}
