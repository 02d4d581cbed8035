package feature

import (
	"fmt"
	"math"
	"slices"

	"lfb/internal/lfb"
)

// Distances, in metres, beyond which a caller is warned.
const (
	outsideM = 1000  // from the nearest training place
	astrayM  = 10000 // from the middle of an area that the place is said to be in
)

// Complete fills in c's unknown place facts from what training rows show, and
// the engine asked about. assumed names the facts that it filled, in the words of
// the API; warnings are sentences for the caller. Facts that are given stay as
// they are.
func (s *Spec) Complete(c *lfb.Call) (assumed, warnings []string) {
	if c.PumpOrder == 0 {
		c.PumpOrder = 1
		assumed = append(assumed, "pump")
	}
	if c.PostcodeDistrict == "" {
		c.PostcodeDistrict = districtOf(c.Postcode)
	}
	for f := range placeFacts {
		if w := *fact(f).word(c); w != "" && s.Vocab[f].at(w) < 0 {
			warnings = append(warnings, fmt.Sprintf("%s %q is not in the training rows", factNames[f], w))
		}
	}
	if s.Vocab[reported].at(c.Reported) < 0 && c.Reported != "" {
		warnings = append(warnings, fmt.Sprintf("%s %q is not in the training rows", factNames[reported], c.Reported))
	}
	if located(c) {
		warnings = append(warnings, s.astray(c)...)
		cell, metres, ok := s.Places.nearest(c.Easting, c.Northing)
		if !ok || metres > outsideM {
			return assumed, append(warnings, outside(metres))
		}
		return append(assumed, s.fill(c, &cell.Most)...), warnings
	}
	area, of := s.areaOf(c)
	if area == nil {
		return assumed, append(warnings, "no place is known: the answer is for London as a whole")
	}
	if of == factNames[borough] {
		warnings = append(warnings, "only the borough is known: the place is taken to be its middle")
	}
	c.Easting, c.Northing = area.E, area.N
	return append(append(assumed, "easting", "northing"), s.fill(c, &area.Most)...), warnings
}

// assumedNames are the place facts in the words of the API.
var assumedNames = [placeFacts]string{"borough", "ward", "postcode_district", "station_ground"}

// fill sets the place facts that c lacks.
func (s *Spec) fill(c *lfb.Call, most *[placeFacts]int32) (assumed []string) {
	for f := range placeFacts {
		p := fact(f).word(c)
		if *p == "" && most[f] >= 0 {
			*p = s.Vocab[f].Words[most[f]]
			assumed = append(assumed, assumedNames[f])
		}
	}
	return assumed
}

// areaOf is the smallest area that c names and training rows know.
func (s *Spec) areaOf(c *lfb.Call) (*Locality, string) {
	if k, ok := slices.BinarySearch(s.Places.SectorNames, sectorOf(c.Postcode)); ok {
		if a := s.Places.Sectors[k].located(); a != nil {
			return a, "postcode sector"
		}
	}
	for _, f := range []fact{ward, district, ground, borough} {
		if k := s.Vocab[f].at(*f.word(c)); k >= 0 {
			if a := s.Places.Areas[f][k].located(); a != nil {
				return a, factNames[f]
			}
		}
	}
	return nil, ""
}

// located is a, nil where no place in it is known.
func (a *Locality) located() *Locality {
	if a.E == 0 && a.N == 0 {
		return nil
	}
	return a
}

// astray warns of areas that c names and that are far from its point.
func (s *Spec) astray(c *lfb.Call) (warnings []string) {
	for _, f := range []fact{borough, ward, district, ground} {
		k := s.Vocab[f].at(*f.word(c))
		if k < 0 {
			continue
		}
		a := s.Places.Areas[f][k].located()
		if a == nil {
			continue
		}
		if d := math.Hypot(a.E-c.Easting, a.N-c.Northing); d > astrayM {
			warnings = append(warnings, fmt.Sprintf("the place is %.0f km from the middle of %s %s", d/1000, factNames[f], *f.word(c)))
		}
	}
	return warnings
}

func outside(metres float64) string {
	if math.IsInf(metres, 0) {
		return "outside the area seen in training: no incident within 20 km"
	}
	return fmt.Sprintf("outside the area seen in training: the nearest incident is %.1f km away", metres/1000)
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
