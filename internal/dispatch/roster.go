package dispatch

import (
	"fmt"
	"math"
	"slices"

	"lfb/internal/feature"
	"lfb/internal/lfb"
)

// Roster checks who is said to be away, one after the other. What it refuses is a *lfb.PartError at or below the
// pointer that it is given.
type Roster struct {
	spec *feature.Spec
	away map[string]int
}

// NewRoster is of a model's open stations, with nobody away.
func NewRoster(spec *feature.Spec) *Roster { return &Roster{spec, map[string]int{}} }

// countEngines returns how many engines an open station has, 1 or 2; 0 where there is no such station.
func countEngines(spec *feature.Spec, station string) int {
	switch {
	case !slices.ContainsFunc(spec.Stations, func(s feature.LearnedStation) bool { return s.Open && s.Name == station }):
		return 0
	case spec.SecondShare(station) > twoEngines:
		return 2
	}
	return 1
}

// CountAll returns how many engines all open stations have.
func (r *Roster) CountAll() (all int) {
	for _, s := range r.spec.Stations {
		all += countEngines(r.spec, s.Name)
	}
	return all
}

// TakeEngines has n of a station's engines away, 0 all that are left, and returns how many that are.
func (r *Roster) TakeEngines(pointer, station string, n int) (int, error) {
	has := countEngines(r.spec, station)
	left := has - r.away[station]
	switch {
	case has == 0:
		return 0, &lfb.PartError{Pointer: pointer + "/station", Reason: fmt.Sprintf("%.60q is no open station", station)}
	case left == 0:
		reason := fmt.Sprintf("%s is named again, with all of its engines (%d) away already", station, has)
		return 0, &lfb.PartError{Pointer: pointer + "/station", Reason: reason}
	case n < 0 || n > left:
		reason := fmt.Sprintf("%d engines of %s, which has %d", n, station, has)
		if left < has {
			reason = fmt.Sprintf("%d engines of %s, which has %d left", n, station, left)
		}
		return 0, &lfb.PartError{Pointer: pointer + "/engines", Reason: reason}
	case n == 0:
		n = left
	}
	r.away[station] += n
	return n, nil
}

// farthestM is how far from every station a place is none of London's, in metres: places in it are 6 km from one at
// most.
const farthestM = 10_000

// CheckPlace refuses what is neither an open station nor a point, both, or a point far from all stations.
func (r *Roster) CheckPlace(pointer, at string, easting, northing float64) error {
	isPoint := easting != 0 || northing != 0
	var reason string
	switch {
	case at != "" && isPoint:
		reason = "engines stand at a station or at a point, not both"
	case at != "" && countEngines(r.spec, at) == 0:
		pointer, reason = pointer+"/at", fmt.Sprintf("%.60q is no open station", at)
	case at != "":
	case !isPoint:
		reason = "a place is needed: easting and northing"
	case easting == 0:
		pointer, reason = pointer+"/easting", "a point needs an easting too"
	case northing == 0:
		pointer, reason = pointer+"/northing", "a point needs a northing too"
	case !slices.ContainsFunc(r.spec.Stations, func(s feature.LearnedStation) bool {
		return s.Open && math.Hypot(s.Easting-easting, s.Northing-northing) <= farthestM
	}):
		reason = fmt.Sprintf("%.0f, %.0f is more than %d km from every station", easting, northing, farthestM/1000)
	}
	if reason == "" {
		return nil
	}
	return &lfb.PartError{Pointer: pointer, Reason: reason}
}
