package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"lfb/internal/bundle"
	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

type availabilityBody struct {
	Held     registry.Availability // what of it holds now
	Until    time.Time             // when the first of it expires
	Setting  registry.Setting
	Stations []string
	Hours    []int
	Roughly  bool      // the model was not trained with the station sent from
	Old      time.Time // the database is away: when it was read before
}

// availabilityHours are the expiries that the page offers, and the one that is chosen.
func availabilityHours() []int { return []int{1, 2, 4, 8, 12, 24} }

// heldNow is what holds now of who is out.
func (u *ui) heldNow() (b availabilityBody) {
	if set := u.Availability.Now(); set != nil {
		b.Held, b.Until = set.HoldsAt(u.Now())
		b.Setting = set.Setting
	}
	return b
}

// standingKey names how engines stand, for maps of a moment about now; empty where they do as usual.
func (u *ui) standingKey(at time.Time) string {
	b := u.heldNow()
	if b.Until.IsZero() || at.Sub(u.Now()).Abs() > time.Hour {
		return ""
	}
	return fmt.Sprintf("%d-%d", b.Setting.Revision, b.Until.Unix())
}

// showAvailability shows who is out, for all who answer calls to change.
func (u *ui) showAvailability(r *http.Request) (*view, error) {
	var old time.Time
	if u.Availability != nil && u.Availability.Refresh(r.Context()) != nil { // what was read before is shown
		old = u.Availability.ReadAt()
	}
	b := u.heldNow()
	b.Old, b.Hours = old, availabilityHours()
	if m := u.Champion.Now(); m != nil {
		b.Stations = openStations(m.Bundle.Spec)
		b.Roughly = m.Bundle.Head(bundle.Attendance, feature.Sent) == nil
	}
	return &view{Template: "availability", Title: "Availability", Section: "availability", Body: &b}, nil
}

// changeAvailability adds an entry, or takes one away, on what others made of it meanwhile.
func (u *ui) changeAvailability(r *http.Request) (*view, error) {
	if u.Availability == nil {
		return nil, fmt.Errorf("availability: %w", lfb.ErrUnavailable)
	}
	change := takeBack
	if r.PostFormValue("do") != "back" {
		change = u.addAway
	}
	for range maxAvailabilityTries {
		err := u.Availability.Refresh(r.Context())
		if err != nil {
			return nil, err
		}
		now := u.heldNow()
		next := now.Held
		if next.Engines, err = change(r, now.Held.Engines); err != nil {
			return nil, err
		}
		err = u.Control.SetAvailability(r.Context(), actorOf(r.Context()), &next, now.Setting.Revision,
			r.PostFormValue("why"))
		if err == nil {
			return redirectAfter(r, "availability", "/availability"), nil
		}
		if !errors.Is(err, lfb.ErrConflict) {
			return nil, err
		}
	}
	return nil, fmt.Errorf("others change it at this moment; try again: %w", lfb.ErrConflict)
}

// maxAvailabilityTries is more than there are people who set it at the same moment.
const maxAvailabilityTries = 10

// takeBack leaves out the entry that the form names.
func takeBack(r *http.Request, engines []registry.AwayEngines) ([]registry.AwayEngines, error) {
	left := slices.DeleteFunc(slices.Clone(engines), func(e registry.AwayEngines) bool {
		return awayKey(e) == r.PostFormValue("key")
	})
	if len(left) == len(engines) {
		return nil, fmt.Errorf("that is over or taken back already: %w", lfb.ErrConflict)
	}
	return left, nil
}

// addAway adds the entry of the form.
func (u *ui) addAway(r *http.Request, engines []registry.AwayEngines) ([]registry.AwayEngines, error) {
	number, err := strconv.Atoi(r.PostFormValue("engines"))
	hours, bad := strconv.Atoi(r.PostFormValue("hours"))
	if err != nil || bad != nil || !slices.Contains(availabilityHours(), hours) {
		return nil, fmt.Errorf("%.20q engines for %.20q hours: %w", r.PostFormValue("engines"), r.PostFormValue("hours"),
			lfb.ErrInvalid)
	}
	e := registry.AwayEngines{
		Station: r.PostFormValue("station"), Engines: number, At: r.PostFormValue("at"),
		Until: u.Now().Add(time.Duration(hours) * time.Hour).UTC().Truncate(time.Second),
	}
	engines = append(slices.Clone(engines), e)
	return engines, u.Champion.Now().CheckStations(registry.Availability{Engines: engines})
}

// awayKey names an entry on the page.
func awayKey(e registry.AwayEngines) string {
	return fmt.Sprint(e.Station, "|", e.Engines, "|", e.At, "|", e.Easting, "|", e.Northing, "|", e.Until.Unix())
}

// AwayKey is for the template.
func (b *availabilityBody) AwayKey(e registry.AwayEngines) string { return awayKey(e) }

// Whose says of which station, and how many, engines are.
func (b *availabilityBody) Whose(e registry.AwayEngines) string {
	switch e.Engines {
	case 0:
		return e.Station
	case 1:
		return "an engine of " + e.Station
	}
	return fmt.Sprintf("%d engines of %s", e.Engines, e.Station)
}

// Where says where engines are.
func (b *availabilityBody) Where(e registry.AwayEngines) string {
	switch {
	case e.At != "":
		return "at " + e.At
	case e.StandsElsewhere():
		return fmt.Sprintf("at %.0f, %.0f", e.Easting, e.Northing)
	}
	return "out"
}
