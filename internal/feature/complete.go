package feature

import (
	"math"
	"slices"

	"lfb/internal/lfb"
)

// Distances, in metres, beyond which a caller is warned.
const (
	outsideM   = 1000  // from the nearest training place
	elsewhereM = 10000 // from the middle of an area that the place is said to be in
)

// FindingCode says what Complete found out about a call. Codes are part of the
// program: what is decided goes by them, and what people read is written elsewhere.
type FindingCode string

// The findings, with the parameters that each has.
const (
	FindingUnknownValue    FindingCode = "unknown_value"    // Fact has a Value that no training row has
	FindingAreaElsewhere   FindingCode = "area_elsewhere"   // the middle of the area Fact, Value is Metres away
	FindingOutsideTraining FindingCode = "outside_training" // the nearest training place is Metres away; +Inf: none near
	FindingBoroughOnly     FindingCode = "borough_only"     // the place is taken to be the borough's middle
	FindingNoPlace         FindingCode = "no_place"         // nothing says where
	FindingRepeatedHour    FindingCode = "repeated_hour"    // the time, Value, comes twice that night: the first is taken
)

// Finding is something to tell the caller, with the parameters of its code.
type Finding struct {
	Code   FindingCode
	Fact   string // in the words of the API, as "postcode_district"
	Value  string
	Metres float64
}

// Complete fills in c's unknown place facts from what training rows show, and
// the engine asked about. assumed names the facts that it filled, in the words of
// the API; findings are what the caller should know. Facts that are given stay as
// they are.
func (s *Spec) Complete(c *lfb.Call) (assumed []string, findings []Finding) {
	if c.PumpOrder == 0 {
		c.PumpOrder = 1
		assumed = append(assumed, "pump")
	}
	if c.PostcodeDistrict == "" {
		c.PostcodeDistrict = districtOf(c.Postcode)
	}
	for _, f := range []wordFact{borough, ward, district, ground, reported} {
		if w := *f.wordOf(c); w != "" && s.Vocab[f].indexOf(w) < 0 {
			findings = append(findings, Finding{Code: FindingUnknownValue, Fact: factNames[f], Value: w})
		}
	}
	if hasPoint(c) {
		findings = append(findings, s.findDistantAreas(c)...)
		cell, metres, ok := s.Places.nearestCell(c.Easting, c.Northing)
		if !ok || metres > outsideM {
			return assumed, append(findings, Finding{Code: FindingOutsideTraining, Metres: metres})
		}
		return append(assumed, s.completePlace(c, &cell.Most)...), findings
	}
	area, named := s.smallestArea(c)
	if area == nil {
		return assumed, append(findings, Finding{Code: FindingNoPlace})
	}
	if named == borough {
		findings = append(findings, Finding{Code: FindingBoroughOnly})
	}
	c.Easting, c.Northing = area.E, area.N
	return append(append(assumed, "easting", "northing"), s.completePlace(c, &area.Most)...), findings
}

// completePlace sets the place facts that c lacks.
func (s *Spec) completePlace(c *lfb.Call, most *[placeFacts]int32) (assumed []string) {
	for f := range placeFacts {
		p := wordFact(f).wordOf(c)
		if *p == "" && most[f] >= 0 {
			*p = s.Vocab[f].Words[most[f]]
			assumed = append(assumed, factNames[f])
		}
	}
	return assumed
}

// smallestArea is the smallest area that c names and training rows know, and by
// which fact; a postcode's sector counts as its district. It is nil without any.
func (s *Spec) smallestArea(c *lfb.Call) (*Locality, wordFact) {
	if k, ok := slices.BinarySearch(s.Places.SectorNames, sectorOf(c.Postcode)); ok {
		if a := s.Places.Sectors[k].knownLocality(); a != nil {
			return a, district
		}
	}
	for _, f := range []wordFact{ward, district, ground, borough} {
		if k := s.Vocab[f].indexOf(*f.wordOf(c)); k >= 0 {
			if a := s.Places.Areas[f][k].knownLocality(); a != nil {
				return a, f
			}
		}
	}
	return nil, 0
}

// knownLocality returns a, or nil where a has no known place.
func (a *Locality) knownLocality() *Locality {
	if a.E == 0 && a.N == 0 {
		return nil
	}
	return a
}

// findDistantAreas returns the areas that c names and that are far from its point.
func (s *Spec) findDistantAreas(c *lfb.Call) (findings []Finding) {
	for _, f := range []wordFact{borough, ward, district, ground} {
		k := s.Vocab[f].indexOf(*f.wordOf(c))
		if k < 0 {
			continue
		}
		a := s.Places.Areas[f][k].knownLocality()
		if a == nil {
			continue
		}
		if d := math.Hypot(a.E-c.Easting, a.N-c.Northing); d > elsewhereM {
			findings = append(findings, Finding{Code: FindingAreaElsewhere, Fact: factNames[f], Value: *f.wordOf(c), Metres: d})
		}
	}
	return findings
}

// districtOf is the district of a full postcode, "SE10" of "SE10 9LS"; empty
// where it is not one.
func districtOf(postcode string) string {
	sector := sectorOf(postcode)
	if sector == "" {
		return ""
	}
	return sector[:len(sector)-2]
}
