package feature

import (
	"fmt"
	"slices"

	"lfb/internal/lfb"
)

// Family is a group of columns that is switched on or off as one, so that what
// it buys can be measured.
type Family string

// The families. The station ground, what is reported, the engine asked about
// and the hour are always there: they are the least that a caller can give.
const (
	Place    Family = "place"    // coordinates, and the same turned by 45 degrees
	Station  Family = "station"  // distances and times from learned stations
	Expect   Family = "expect"   // expected time over which station comes
	Field    Family = "field"    // how much longer engines take around here
	Away     Family = "away"     // how often the own ground's engine is not the one that comes
	Target   Family = "target"   // mean excess by ward, district, property type, what is reported, hour of the week
	Clock    Family = "clock"    // time of day in minutes and on the circle, weekday, month
	Holiday  Family = "holiday"  // bank and school holidays
	Property Family = "property" // property category and type
	Borough  Family = "borough"  // borough as a category
	Area     Family = "area"     // ward and postcode district as categories
	Nearest  Family = "nearest"  // the nearest two stations as categories
	Trend    Family = "trend"    // days since 1970: trees cannot extrapolate it
)

// Families is every family, in the order of their columns.
func Families() []Family {
	return []Family{Place, Station, Expect, Field, Away, Target, Clock, Holiday, Property, Borough, Area, Nearest, Trend}
}

// DefaultFamilies is the families that earned their place: docs/MODELS.md has
// the table.
func DefaultFamilies() []Family {
	return []Family{Place, Station, Expect, Field, Away, Target, Clock, Holiday, Property}
}

// Without returns families less the ones in drop, for ablations.
func Without(families []Family, drop ...Family) []Family {
	return slices.DeleteFunc(slices.Clone(families), func(f Family) bool { return slices.Contains(drop, f) })
}

// Variant names what a model may ask for beyond a Call's usual facts.
type Variant string

// The variants.
const (
	Usual Variant = ""     // what every call has
	Sent  Variant = "sent" // and the station that the engine was ordered from
	Load  Variant = "load" // and the calls in the ground in the last hours
)

// orderFamilies returns families without repeats in the order of Families.
func orderFamilies(families []Family) ([]Family, error) {
	all := Families()
	for _, f := range families {
		if !slices.Contains(all, f) {
			return nil, fmt.Errorf("feature family %q: %w", f, lfb.ErrInvalid)
		}
	}
	return slices.DeleteFunc(all, func(f Family) bool { return !slices.Contains(families, f) }), nil
}
