package places

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"lfb/internal/geo"
)

// readPostcodes finds the postcodes in the text. Where one decides alone, as it is outside London or
// is none, out is the answer.
func (q *question) readPostcodes() (out Found, ok bool) {
	if p, err := geo.ReadPostcode(q.text); err == nil && isMeantAsPostcode(p, q.text) && (p.Unit != "" || !q.isRoad(0)) {
		return q.usePostcode(p, 0, len(q.words))
	}
	for i := 0; i < len(q.words); i++ {
		longest, spelt := 2, q.isSpeltDistrict(i)
		if spelt || q.isTornInward(i+1) {
			longest = 3
		}
		for k := min(longest, len(q.words)-i); k > 0; k-- {
			text := q.text[q.words[i].from:q.words[i+k-1].to]
			p, err := geo.ReadPostcode(text)
			if k == 3 && !q.isInward(i+2) && !q.isTornInward(i+1) || err != nil || !q.set.isWithinText(p, text, k, spelt) ||
				p.Unit == "" &&
					q.isRoad(i) || k == 2 && q.words[i+1].comma {
				continue
			}
			if out, ok = q.usePostcode(p, i, k); ok {
				return out, true
			}
			i += k - 1
			break
		}
	}
	return out, false
}

// isMeantAsPostcode says whether a whole text is a postcode or as much of one as is known: an area
// has two letters, and what is torn at its end goes on with a digit.
func isMeantAsPostcode(p geo.Postcode, text string) bool {
	isArea := p.District == geo.PostcodeArea(p.District)
	text = strings.TrimSpace(text)
	return (isArea || strings.ContainsAny(text, "0123456789")) &&
		(!isArea || len(text) == 2 && geo.IsLondonArea(p.District)) && (p.Rest == "" || p.Rest[0] <= '9' && len(text) <= 10)
}

// isWithinText is the same of one or two words among others: they need digits, and what is not
// London's must be whole. Two words are a district where it is spelt with a blank.
func (s *Set) isWithinText(p geo.Postcode, text string, words int, spelt bool) bool {
	if !strings.ContainsAny(text, "0123456789") || !unicode.IsLetter(rune(text[0])) {
		return false
	}
	if _, second, two := strings.Cut(text, " "); p.Unit != "" {
		isWord := second == strings.ToLower(second) && isOrdinary(second) // off, old
		return !two || strings.ContainsAny(second, "0123456789") || len(second) == 3 && !isWord &&
			strings.ContainsAny(second[:1], "OoIiLl")
	}
	_, listed := s.areas[p.District]
	known := (listed || geo.IsLondonDistrict(p.District)) && !p.Corrected
	isLong := len(p.Rest) == 3 && p.Rest[0] <= '9' && strings.ContainsAny(p.Rest, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
	torn := words == 2 && (isLong || isBegunUnit(p))
	return known && (p.Rest == "" || torn) && (words == 1 || p.Sector != "" || torn || spelt)
}

// speltDistrict is a district with a blank: N 17, EC 1A.
var speltDistrict = regexp.MustCompile(`(?i)^[a-z]{1,2}\s+[1-9]\d?[a-z]?$`)

// numbered are what a letter and a number may stand behind that are no district: flat E 3.
var numbered = setOf(`flat flats unit block room apartment apt number no house platform bay gate stand plot level section row m j junction`)

// counted are what a number before them counts: w 2 kids.
var counted = setOf(`people persons person men women children man woman child`)

// isSpeltDistrict says whether words i and i+1 may be a district, and no number of a flat, no digits of a
// sector, and no count of people or things.
func (q *question) isSpeltDistrict(i int) bool {
	if i+1 >= len(q.words) || !speltDistrict.MatchString(q.text[q.words[i].from:q.words[i+1].to]) || i > 0 &&
		numbered[q.words[i-1].text] {
		return false
	}
	for k := i + 2; k < min(i+4, len(q.words)) && !q.words[k].comma; k++ {
		w := q.words[k].text
		isPlural := strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss") && !linkWords[w]
		if k == i+2 && isDigits(w) || counted[w] || isPlural && (k == i+2 || q.said[w]) {
			return false
		}
	}
	return true
}

// isTornInward says whether words i and i+1 are the end of a postcode with a blank in it: 6 NB.
func (q *question) isTornInward(i int) bool {
	if i+1 >= len(q.words) {
		return false
	}
	figure, letters := q.words[i].text, q.words[i+1].text
	isFigure := len(figure) == 1 && figure[0] >= '0' && figure[0] <= '9'
	return isFigure && len(letters) == 2 && strings.Trim(letters, "0123456789") == letters && !linkWords[letters] &&
		!fillers[letters] && !twoLetters[letters] && !q.words[i+1].comma
}

// isInward says whether word i is the end of a postcode, 6AN, and no 2nd floor.
func (q *question) isInward(i int) bool {
	w := q.words[i].text
	return len(w) == 3 && w[0] >= '0' && w[0] <= '9' && !ordinal.MatchString(w)
}

// isRoad says whether word i names a numbered road: M25 is no district of Manchester here.
func (q *question) isRoad(i int) bool {
	if len(q.words) <= i {
		return false
	}
	w := q.words[i].text
	if motorwaysNear[strings.ToUpper(w)] {
		return true
	}
	x := &q.set.index
	t, ok := slices.BinarySearch(x.tokens, w)
	return ok && slices.ContainsFunc(x.postings[x.starts[t]:x.starts[t+1]], func(p uint32) bool {
		n := &x.names[p>>4]
		return n.words == 1 && q.set.entries[n.from].Kind == NumberedRoad
	})
}

// usePostcode adds the place of a postcode at k words from i.
func (q *question) usePostcode(p geo.Postcode, i, k int) (out Found, ok bool) {
	mask := uint32(1<<k-1) << i
	said := q.text[q.words[i].from:q.words[i+k-1].to]
	if isBegunUnit(p) {
		p.Sector = p.District + " " + p.Rest[:1]
	}
	if p.Corrected {
		q.notes = append(q.notes, Note{Code: NoteCorrected, Said: said, Used: longestForm(p)})
	}
	if p.Rest != "" {
		q.notes = append(q.notes, Note{Code: NoteMalformed, Said: said, Used: longestForm(p)})
	}
	if isBegunUnit(p) {
		if out = q.listUnits(p, mask); len(out.Matches) > 0 {
			return out, true
		}
	}
	e, name, found := q.set.findPostcode(p)
	if !found {
		out.Refused = RefusedUnknown
		if area := geo.PostcodeArea(p.District); !geo.IsLondonArea(area) || p.Unit != "" && !isInnerArea(area) {
			out.Refused, out.Matches = RefusedOutside,
				[]Match{{Place: Place{Name: longestForm(p), Kind: District, Outside: true}}}
		}
		out.Notes = q.notes
		q.splitUsed(&out, mask, false)
		return out, true
	}
	if p.Unit != "" && e.Kind != Unit || p.Unit == "" && e.Kind != Sector && p.Sector != "" || e.Kind == Area &&
		p.District != name {
		q.notes = append(q.notes, Note{Code: NoteUnknownUnit, Said: longestForm(p), Used: name})
	}
	for k := range q.hits {
		if q.hits[k].made == name { // it was said twice
			q.hits[k].mask |= mask
			return out, false
		}
	}
	q.hits = append(q.hits, hit{
		entries: []entry{e}, mask: mask, score: postcodeScore(e.Kind), full: true, made: name,
		district: p.District,
	})
	return out, false
}

// isBegunUnit says whether the last letter of a postcode is missing: SE5 9R.
func isBegunUnit(p geo.Postcode) bool {
	return len(p.Rest) == 2 && p.Rest[0] <= '9' && unicode.IsLetter(rune(p.Rest[1]))
}

// listUnits lists the postcodes that one whose last letter is missing may be.
func (q *question) listUnits(p geo.Postcode, mask uint32) (out Found) {
	for c := 'A'; c <= 'Z'; c++ {
		unit := p
		unit.Unit = p.District + " " + p.Rest + string(c)
		if e, name, found := q.set.findPostcode(unit); found && e.Kind == Unit {
			place := q.describeCandidate(&candidate{hit: &hit{made: name, district: p.District}, entry: &e})
			out.Matches = append(out.Matches, Match{Place: place, Score: postcodeScore(Sector)})
		}
	}
	out.Notes = q.notes
	q.splitUsed(&out, mask, false)
	return out
}

// postcodeScore is how much a postcode tells, in words.
func postcodeScore(k Kind) float64 {
	switch k {
	case Unit:
		return 2
	case Sector:
		return 1.4
	}
	return 1
}

// longestForm is the postcode as far as it goes.
func longestForm(p geo.Postcode) string {
	switch {
	case p.Unit != "":
		return p.Unit
	case p.Sector != "":
		return p.Sector
	}
	return p.District
}

// isInnerArea says whether a postcode area has no district outside London.
func isInnerArea(area string) bool {
	return slices.Contains([]string{"E", "EC", "N", "NW", "SE", "SW", "W", "WC"}, area)
}

// FindPostcode is where a postcode is, or its sector; false where neither is known, or the text is no
// postcode.
func (s *Set) FindPostcode(text string) (p Place, ok bool) {
	code, err := geo.ReadPostcode(text)
	if err != nil || code.Sector == "" {
		return p, false
	}
	e, name, ok := s.findPostcode(code)
	if !ok || e.Kind != Unit && e.Kind != Sector {
		return p, false
	}
	p = s.describeEntry(&e)
	p.Name, p.District = name, code.District
	return p, true
}

// findPostcode is the smallest known place of a postcode: itself, its sector, its district, the
// districts that it is short for, or its area.
func (s *Set) findPostcode(p geo.Postcode) (e entry, name string, ok bool) {
	if u, found := s.findUnit(p.Unit); found {
		borough := u.borough()
		e = entry{X: u.X, Y: u.Y, Reach: u.reach(), Kind: Unit, Borough: borough, Outside: borough == 0}
		e.West, e.East, e.South, e.North = e.X, e.X, e.Y, e.Y
		return e, p.Unit, true
	}
	for _, name := range []string{p.Sector, p.District} {
		if k, found := s.areas[name]; found {
			return s.entries[k], name, true
		}
	}
	if !geo.IsLondonDistrict(p.District) && p.District != geo.PostcodeArea(p.District) {
		return e, "", false
	}
	area := geo.PostcodeArea(p.District)
	for _, name := range []string{
		p.District, area + strings.TrimRightFunc(p.District[len(area):], unicode.IsLetter),
		area,
	} {
		if e, ok = s.joinDistricts(name); ok {
			return e, name, true
		}
	}
	return e, "", false
}

// joinDistricts is the place of all districts that a name is short for: EC1, or the area SE.
func (s *Set) joinDistricts(name string) (sum entry, ok bool) {
	var n int32
	for d, k := range s.areas {
		e := &s.entries[k]
		if e.Kind != District || e.Outside || !geo.IsWithinDistrict(d, name) {
			continue
		}
		if n == 0 {
			sum = entry{West: e.West, South: e.South, East: e.East, North: e.North, Borough: e.Borough}
		}
		sum.West, sum.South = min(sum.West, e.West), min(sum.South, e.South)
		sum.East, sum.North = max(sum.East, e.East), max(sum.North, e.North)
		sum.X, sum.Y, n = sum.X+e.X, sum.Y+e.Y, n+1
		if e.Borough != sum.Borough {
			sum.Borough = 0
		}
	}
	if n == 0 {
		return sum, false
	}
	sum.X, sum.Y = sum.X/n, sum.Y/n
	sum.Kind, sum.Reach = District, halfDiagonal(&sum)
	if name == geo.PostcodeArea(name) {
		sum.Kind = Area
	}
	return sum, true
}

func halfDiagonal(e *entry) int32 {
	return int32(math.Hypot(float64(e.East-e.West), float64(e.North-e.South)) / 2)
}
