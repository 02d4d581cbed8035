package feature

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"

	"lfb/internal/geo"
	"lfb/internal/lfb"
)

// Distances from training places, in metres.
const (
	outsideM   = 1000 // beyond it a caller is warned
	outsideAll = 3000 // beyond it a place is not London's
	pointM     = 100  // how exact a point is: the publication rounds to it
	wardM      = 1500 // wards and sectors reach so far, mostly
	districtM  = 4000 // and districts
)

// Quality says how exactly a place is known.
type Quality string

// The qualities, best first.
const (
	QualityExact    Quality = "exact"    // a point was given, or a postcode
	QualityNearby   Quality = "nearby"   // a ward, or a postcode sector
	QualityDistrict Quality = "district" // a postcode district, or a station ground
	QualityBorough  Quality = "borough"  // a borough, or a postcode area
	QualityCity     Quality = "city"     // nothing says where: London as a whole
)

// areaQualities are those of a place that is known by an area alone.
var areaQualities = [placeFacts]Quality{
	borough: QualityBorough, ward: QualityNearby, district: QualityDistrict, ground: QualityDistrict,
}

// Completion is what Complete made of a call.
type Completion struct {
	Assumed    []string  // facts that it filled in, in the words of the API
	Findings   []Finding // what the caller should know
	Quality    Quality
	PrecisionM float64 // nine in ten places of what was named lie within, of its middle
}

// Named is a place that a fact of a call names and that is known by more than training rows:
// a postcode, a road.
type Named struct {
	Fact, Value       string  // as the caller gave it
	Easting, Northing float64 // British National Grid, metres
	PrecisionM        float64 // the place lies within, mostly
	Borough           string  // code, where it is known
	IsUnit            bool    // a whole postcode: as exact as it can be said
}

// quality is that of an area of this size.
func (n *Named) quality() Quality {
	switch {
	case n.IsUnit || n.PrecisionM <= pointM:
		return QualityExact
	case n.PrecisionM <= wardM:
		return QualityNearby
	case n.PrecisionM <= districtM:
		return QualityDistrict
	}
	return QualityBorough
}

// Complete fills in c's unknown place facts from what training rows show, and
// the engine asked about. Words that are spelt otherwise than in training rows are put
// as those have them; words that those don't have, or that are elsewhere than the place, are
// found, and taken as not given. A postcode district may be the short name of several, like
// EC1, or an area like SE: then it is filled in.
func (s *Spec) Complete(c *lfb.Call) Completion { return s.CompleteAt(c, nil) }

// CompleteAt is Complete of a call that lies where a place is that it names; nil is none. A call
// that has coordinates keeps those, and named only says how exactly they are known.
func (s *Spec) CompleteAt(c *lfb.Call, named *Named) (done Completion) {
	known := named
	switch {
	case hasPoint(c):
		named = nil
	case named != nil:
		c.Easting, c.Northing = geo.CellCentre100(named.Easting, named.Northing)
	}
	if c.PumpOrder == 0 {
		c.PumpOrder = 1
		done.addAssumed("pump")
	}
	if c.PostcodeDistrict == "" && c.Postcode != "" {
		p, _ := geo.ReadPostcode(c.Postcode) // what says no district is not used
		c.PostcodeDistrict = p.District
	}
	fellBack := false
	if around := s.districtAround(c); around != "" {
		fact, value := district.asGiven(c)
		done.addFinding(Finding{Code: FindingDistrictUnknown, Fact: fact, Value: value, Used: around})
		c.PostcodeDistrict, fellBack = around, true
	}
	together := s.districtsOf(c.PostcodeDistrict)
	s.spellWords(c, &done, together, named)
	inBorough := ""
	if named != nil {
		inBorough = named.Borough
	}
	place := s.locate(c, together, inBorough)
	if known != nil {
		place.quality, place.reach = known.quality(), max(pointM, known.PrecisionM)
	}
	if place.named = named; named != nil {
		done.addAssumed("easting", "northing")
	}
	if fellBack && place.fact == district { // what is around a place is less exact than the place
		place.quality = QualityBorough
	}
	done.Quality, done.PrecisionM = place.quality, math.Round(place.reach)
	if place.quality == QualityCity {
		if !slices.ContainsFunc(done.Findings, func(f Finding) bool { return f.Code == FindingOutsideArea }) {
			done.addFinding(Finding{Code: FindingNoPlace})
		}
		return done
	}
	if place.fact >= 0 {
		c.Easting, c.Northing = place.E, place.N
		done.Findings = append(done.Findings, place.describePlace(c, s, together)...)
		done.addAssumed("easting", "northing")
	}
	s.rejectContradictions(c, &done, &place, together)
	metres, inside := s.Places.distanceInside(c.Easting, c.Northing)
	switch {
	case !inside:
		found := Finding{Code: FindingOutsideArea, Fact: "easting", Metres: metres}
		if place.isArea() {
			found.Fact, found.Value = place.asGiven(c)
		}
		done.addFinding(found)
	case metres > outsideM:
		done.addFinding(Finding{Code: FindingOutsideTraining, Metres: metres})
	default:
		if len(together) > 0 {
			c.PostcodeDistrict = ""
		}
		done.addAssumed(s.completePlace(c, &place.Most)...)
	}
	return done
}

func (d *Completion) addAssumed(facts ...string) { d.Assumed = append(d.Assumed, facts...) }
func (d *Completion) addFinding(f Finding)       { d.Findings = append(d.Findings, f) }

// rejectWord finds why a given word is not used, and takes it as not given.
func (d *Completion) rejectWord(word *string, why Finding) {
	d.addFinding(why)
	*word = ""
}

// spellWords spells the words of a call as they were learned, and rejects those that were not.
func (s *Spec) spellWords(c *lfb.Call, done *Completion, together []int32, named *Named) {
	for f := range factCount {
		given := f.wordOf(c)
		switch {
		case *given == "" || s.Vocab[f].spellAsLearned(given) || f == district && len(together) > 0:
		case f == district && s.isOutside(c):
			fact, value := f.asGiven(c)
			done.addFinding(Finding{Code: FindingOutsideArea, Fact: fact, Value: value, Metres: math.Inf(1)})
		case f == district && c.Postcode != "" && named != nil: // the postcode is known without it
			*given = ""
		default:
			done.rejectWord(given, Finding{Code: FindingUnknownValue, Fact: factNames[f], Value: *given})
		}
	}
	if c.SentFrom != "" && !s.spellStation(&c.SentFrom) {
		done.rejectWord(&c.SentFrom, Finding{Code: FindingUnknownValue, Fact: "sent_from", Value: c.SentFrom})
	}
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

// locatedPlace is where a call is.
type locatedPlace struct {
	Locality
	quality Quality
	fact    wordFact // that named it; -1 a point
	reach   float64
	named   *Named // by which a point was found
}

// isArea says whether the place is not a point that was given.
func (p *locatedPlace) isArea() bool { return p.fact >= 0 || p.named != nil }

// asGiven is the fact that named the place, and its value.
func (p *locatedPlace) asGiven(c *lfb.Call) (fact, value string) {
	if p.named != nil {
		return p.named.Fact, p.named.Value
	}
	return p.fact.asGiven(c)
}

// asGiven is the fact and its value as the caller gave them: a district may be a postcode's.
func (f wordFact) asGiven(c *lfb.Call) (fact, value string) {
	if f == district && c.Postcode != "" {
		return "postcode", c.Postcode
	}
	return factNames[f], *f.wordOf(c)
}

// describePlace is what is to be said of a place that is not a point.
func (p *locatedPlace) describePlace(c *lfb.Call, s *Spec, together []int32) []Finding {
	switch {
	case p.fact == borough:
		return []Finding{{Code: FindingBoroughOnly}}
	case p.fact != district:
		return nil
	case len(together) > 0:
		names := s.Vocab[district].listWords(together)
		return []Finding{{Code: FindingDistrictsTogether, Fact: factNames[district], Value: c.PostcodeDistrict, Used: names}}
	case c.Postcode != "":
		used := c.PostcodeDistrict
		return []Finding{{Code: FindingPostcodeAsDistrict, Fact: "postcode", Value: c.Postcode, Used: used}}
	}
	return nil
}

// locate finds c's place: its point, or the middle of the smallest area that it names and
// training rows know. A point that is named lies in a borough, where that is known.
func (s *Spec) locate(c *lfb.Call, together []int32, inBorough string) locatedPlace {
	if hasPoint(c) {
		p := locatedPlace{quality: QualityExact, fact: -1, reach: pointM}
		p.E, p.N = c.Easting, c.Northing
		if cell, _, ok := s.Places.nearestCell(p.E, p.N); ok {
			p.Most = cell.Most
		}
		of := cmp.Or(c.BoroughCode, inBorough)
		// A square by a border, or by the river, may be mostly the other side's.
		if own := s.Vocab[borough].indexOf(of); own >= 0 {
			if cell, metres, ok := s.Places.nearestCellOf(p.E, p.N, borough, []int32{own}); ok && metres < nearCells*cellM {
				p.Most = cell.Most
			}
			if of == inBorough {
				p.Most[borough] = own
			}
		}
		return p
	}
	for _, f := range []wordFact{ward, district, ground, borough} {
		if f == district && len(together) > 0 {
			return s.locateTogether(c, together)
		}
		if k := s.Vocab[f].indexOf(*f.wordOf(c)); k >= 0 && s.Places.Areas[f][k].isKnown() {
			return locatedPlace{Locality: s.Places.Areas[f][k], quality: areaQualities[f], fact: f, reach: s.Places.reach[f][k]}
		}
	}
	return locatedPlace{quality: QualityCity, reach: s.Places.cityReach}
}

// locateTogether is the middle of several districts, by their training rows.
func (s *Spec) locateTogether(c *lfb.Call, together []int32) locatedPlace {
	p := locatedPlace{quality: QualityDistrict, fact: district}
	if c.PostcodeDistrict == geo.PostcodeArea(c.PostcodeDistrict) {
		p.quality = QualityBorough
	}
	areas, vocab := s.Places.Areas[district], &s.Vocab[district]
	total, largest := 0.0, together[0]
	for _, k := range together {
		w := float64(vocab.Rows[k])
		p.E, p.N, total = p.E+w*areas[k].E, p.N+w*areas[k].N, total+w
		if vocab.Rows[k] > vocab.Rows[largest] {
			largest = k
		}
	}
	p.E, p.N = p.E/total, p.N/total
	p.Most = areas[largest].Most
	if cell, metres, ok := s.Places.nearestCellOf(p.E, p.N, district, together); ok {
		if p.Most = cell.Most; metres > 0 { // between them: to where calls come from
			p.E, p.N = cell.Centre()
		}
	}
	p.Most[district] = largest
	for _, k := range together {
		p.reach = max(p.reach, math.Hypot(areas[k].E-p.E, areas[k].N-p.N)+s.Places.reach[district][k])
	}
	return p
}

// districtsOf are the districts with a place that a name stands for: itself, or those that
// EC1 or SE are short for.
func (s *Spec) districtsOf(name string) (together []int32) {
	v := &s.Vocab[district]
	if name == "" || v.indexOf(name) >= 0 {
		return nil
	}
	for k, w := range v.Words {
		if s.Places.Areas[district][k].isKnown() && geo.IsWithinDistrict(w, name) {
			together = append(together, int32(k))
		}
	}
	return together
}

// districtAround is what a district of London without a place of its own is taken for where
// nothing is more exact: W1 for W1A, or its area; empty where the district has a place, or is not London's.
func (s *Spec) districtAround(c *lfb.Call) string {
	name := c.PostcodeDistrict
	if name == "" || hasPoint(c) {
		return ""
	}
	s.Vocab[district].spellAsLearned(&name)
	area := geo.PostcodeArea(name)
	if s.hasPlace(name) || !geo.IsLondonDistrict(name) {
		return ""
	}
	for _, around := range []string{strings.TrimRightFunc(name[len(area):], unicode.IsLetter), ""} {
		if around = area + around; s.hasPlace(around) {
			return around
		}
	}
	return ""
}

// hasPlace says whether a district, or one of those that it is short for, has a place.
func (s *Spec) hasPlace(name string) bool {
	if k := s.Vocab[district].indexOf(name); k >= 0 {
		return s.Places.Areas[district][k].isKnown()
	}
	return len(s.districtsOf(name)) > 0
}

// manyDistricts is how many districts training rows have when they have all of London's:
// it has some 320, and a month has rows of each.
const manyDistricts = 100

// isOutside says whether the postcode district of c, which no training row has, is not
// London's. A point decides, where there is one: districts of other areas cross the border.
func (s *Spec) isOutside(c *lfb.Call) bool {
	all := len(s.Vocab[district].Words) >= manyDistricts
	return !hasPoint(c) && (all || !geo.IsLondonArea(geo.PostcodeArea(c.PostcodeDistrict)))
}

// An area is where a place is said to be in it, if the place lies within easy of its
// reach, or a square near it is the area's. Beyond far the two are two places; between, it
// is said: borders are not known to a metre, and grounds are drawn by time.
const (
	easyM     = 1500
	farM      = 2000
	farReach  = 1.5
	nearCells = 2 // squares
)

// rejectContradictions finds what c names that is not where its place is, and takes it as not given.
func (s *Spec) rejectContradictions(c *lfb.Call, done *Completion, p *locatedPlace, together []int32) {
	slack := 0.0
	if p.isArea() || p.reach > pointM {
		slack = p.reach
	}
	for _, f := range []wordFact{borough, ward, district, ground} {
		areas := []int32{s.Vocab[f].indexOf(*f.wordOf(c))}
		if f == district && len(together) > 0 {
			areas = together
		}
		isOwn := p.fact == f || f == district && p.named != nil && c.Postcode != "" // the postcode's own
		if isOwn || areas[0] < 0 || !s.Places.Areas[f][areas[0]].isKnown() {
			continue
		}
		metres, easy, far := math.Inf(1), false, true
		for _, k := range areas {
			a, reach := &s.Places.Areas[f][k], s.Places.reach[f][k]
			d := math.Hypot(a.E-c.Easting, a.N-c.Northing) - slack
			easy, far = easy || d < easyM+reach, far && d > farM+farReach*reach
			metres = min(metres, d+slack)
		}
		if easy || s.Places.isNear(c.Easting, c.Northing, f, areas, nearCells+int32(min(slack/cellM, searchRings))) {
			continue
		}
		found := Finding{Code: FindingAreaElsewhere, Used: "easting", Metres: metres}
		if p.isArea() {
			found.Used, _ = p.asGiven(c)
		}
		found.Fact, found.Value = f.asGiven(c)
		if far {
			found.Code = FindingContradiction
		}
		done.rejectWord(f.wordOf(c), found)
	}
}
