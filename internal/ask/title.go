package ask

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"lfb/internal/feature"
	"lfb/internal/geo"
	"lfb/internal/geo/london"
	"lfb/internal/lfb"
	"lfb/internal/places"
	"lfb/internal/serve"
)

// titlePlace is the place as it was said, with the borough and how exactly it is known, and
// the shortest form of it. No part of it is one that nobody said, but the borough.
func titlePlace(q *Question, r *serve.Reply) (title, short string) {
	p := q.Place
	p.Borough = cmp.Or(r.Call.BoroughCode, p.Borough)
	if p.Kind == places.Borough {
		p.Borough = ""
	}
	short, title = p.Name, p.Label()
	if isSeveral(&p, r) {
		return p.Name + ", several districts" + describeBoroughs(q, r), short
	}
	if vague := describePrecision(&p, r); vague != "" {
		title += " (" + vague + ")"
	}
	return title, short
}

// isSeveral says whether a place is several postcode districts: NW, EC1.
func isSeveral(p *places.Place, r *serve.Reply) bool {
	return p.Kind == places.Area || p.Kind == places.District &&
		slices.ContainsFunc(r.Findings, func(f feature.Finding) bool {
			return f.Code == feature.FindingDistrictsTogether
		})
}

// describeBoroughs is where several districts are: from the borough of their middle to that of the
// square farthest from it.
func describeBoroughs(q *Question, r *serve.Reply) string {
	from, to, most := r.Call.BoroughCode, "", -1.0
	spec := r.Model.Bundle.Spec
	for _, s := range listSquares(&q.Call, spec) {
		e, n := s.Centre()
		away := math.Hypot(e-r.Call.Easting, n-r.Call.Northing)
		if k := s.Most[feature.VocabBorough]; k >= 0 && away > most {
			to, most = spec.Vocab[feature.VocabBorough].Words[k], away
		}
	}
	switch {
	case from == "" || to == "":
		return ""
	case from == to:
		return " of " + BoroughName(from)
	}
	return " from " + BoroughName(from) + " to " + BoroughName(to)
}

// nearM is how many metres off a place may be without a word.
const nearM = 150

// describePrecision says how exactly a place is known; empty where it is to a street.
func describePrecision(p *places.Place, r *serve.Reply) string {
	switch p.Kind {
	case places.Unit, places.Sector:
		switch r.Quality {
		case feature.QualityExact:
			return describeMetres(r.PrecisionM)
		case feature.QualityNearby:
			return "by its sector"
		}
		return "by its district"
	case places.District:
		return "whole district"
	case places.Ward:
		return "whole ward"
	case places.Ground:
		return "whole station ground"
	case places.Borough:
		return "whole borough"
	}
	return describeMetres(p.PrecisionM)
}

func describeMetres(precision float64) string {
	if precision > nearM {
		return fmt.Sprintf("to about %.0f m", math.Ceil(precision/100)*100)
	}
	return ""
}

// mostSquares is how many squares of an area are asked about.
const mostSquares = 60

// spanArea is how the attendance time of a place that is an area differs within it: the least and the
// most P50, in seconds, of nine in ten of its squares and its middle. False: it is no area, or too small a one.
func spanArea(q *Question, r *serve.Reply) (low, high float64, ok bool) {
	if r.Quality == feature.QualityExact || r.Quality == feature.QualityCity {
		return 0, 0, false
	}
	var calls []lfb.Call
	spec := r.Model.Bundle.Spec
	squares := listSquares(&q.Call, spec)
	for k := 0; k < len(squares); k += 1 + len(squares)/mostSquares {
		c := q.Call
		c.Postcode, c.PostcodeDistrict, c.WardCode, c.StationGround, c.BoroughCode = "", "", "", "", ""
		c.Easting, c.Northing = geo.CellCentre100(squares[k].Centre())
		spec.Complete(&c)
		calls = append(calls, c)
	}
	answers, err := r.Model.Bundle.Predict(nil, calls)
	if err != nil || len(answers) < 3 { // the answer for its middle stands
		return 0, 0, false
	}
	times := make([]float64, len(answers))
	for i := range answers {
		times[i] = answers[i].Attendance.P50
	}
	low, high = spanTimes(times, r.Attendance.P50)
	return low, high, true
}

// spanTimes is the least and the most of nine in ten of an area's times, and of its middle's: that is answered
// for, and may be quicker than nearly all of it, where a station is.
func spanTimes(times []float64, middle float64) (low, high float64) {
	times = slices.Sorted(slices.Values(times))
	margin := len(times) / 20
	return min(middle, times[margin]), max(middle, times[len(times)-1-margin])
}

// listSquares lists the squares of the area that a call names.
func listSquares(c *lfb.Call, spec *feature.Spec) (squares []feature.Cell) {
	fact, name := feature.VocabBorough, c.BoroughCode
	switch {
	case c.WardCode != "":
		fact, name = feature.VocabWard, c.WardCode
	case c.PostcodeDistrict != "":
		fact, name = feature.VocabDistrict, c.PostcodeDistrict
	case c.StationGround != "":
		fact, name = feature.VocabGround, c.StationGround
	}
	for _, s := range spec.Places.Cells {
		k := s.Most[fact]
		if k < 0 {
			continue
		}
		word := spec.Vocab[fact].Words[k]
		if word == name || fact == feature.VocabDistrict && geo.IsWithinDistrict(word, name) {
			squares = append(squares, s)
		}
	}
	return squares
}

// BoroughName is the name of a borough's code; other codes stay as they are.
func BoroughName(code string) string { return cmp.Or(places.BoroughName(code), code) }

// WardName is the name of a ward's code; the code where it is not known.
func WardName(code string) string {
	wards := london.Wards()
	if i := slices.IndexFunc(wards, func(a london.Area) bool { return a.Code == code }); i >= 0 {
		return places.TitleCase(wards[i].Name)
	}
	return code
}
