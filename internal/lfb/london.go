package lfb

import (
	"time"
	_ "time/tzdata" // a machine without a time zone database reads London's time right
)

// London is the zone of the incident table's clock.
var London = mustLondon()

func mustLondon() *time.Location {
	loc, err := time.LoadLocation("Europe/London")
	if err != nil {
		panic(err) // cannot happen: the database is embedded
	}
	return loc
}
