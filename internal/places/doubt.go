package places

import (
	"math/bits"
	"slices"
)

// weighRest looks at the words that the best candidate leaves: another place that is not where it
// is, a road that it does not meet, a word that may be part of another name.
func (q *question) weighRest(out *Found, top *candidate) {
	for i := range q.hits {
		g := &q.hits[i]
		e := &g.entries[0]
		isLesser := e.Kind == Ward || e.Kind == Ground
		isOther := !e.isRoad() && (!isLesser || !q.set.settled && isFar(g, top.entry)) && !g.partial && !g.loose ||
			e.isRoad() && top.crossing == nil && (q.junction || !g.partial && !g.loose && q.isMain(g, top))
		if g.mask&top.mask != 0 || !g.full || len(g.slips) > 0 || g.ahead || !isOther || q.isSaid(g.mask) {
			continue
		}
		p := q.describeCandidate(&candidate{hit: g, entry: e})
		if e.Outside {
			if q.isLoose(&candidate{hit: g, entry: e, mask: g.mask | top.mask}, g.lastWord()+1, false) {
				continue // Cambridge Circus, and not Cambridge
			}
			out.Clear = false
			isBefore := g.lastWord()+1 == top.hit.firstWord() && !q.words[top.hit.firstWord()].comma && top.mask == top.hit.mask
			isBefore = isBefore || top.mask == top.hit.mask && q.standsAlone(g)
			if g.firstWord() > top.hit.lastWord() || isBefore && top.entry.isRoad() { // Slough High Street
				out.Refused, out.Matches = RefusedOutside, []Match{{Place: p}}
				return
			}
			continue
		}
		out.Clear = false
		out.Notes = append(out.Notes, Note{Code: NoteContradicts, Said: p.Name})
		if out.Matches[0].Outside {
			out.Matches = []Match{{Place: p, Score: g.score}}
			return
		}
		if !isListed(out.Matches, &p) {
			out.Matches = slices.Insert(out.Matches, 1, Match{Place: p, Score: g.score})
		}
		return
	}
	for i, w := range q.words {
		isNamed := w.saysRoad() && !(roadWords[w.token] && q.said[w.text]) || siteWords[w.token] && i > 0 &&
			q.isLoose(top, i-1, true)
		out.Clear = out.Clear && !(isNamed && top.mask>>i&1 == 0 && top.entry.isArea() && top.hit.made == "")
	}
	isOneWord := bits.OnesCount32(top.hit.own) == 1 && top.hit.made == "" // The Emirates, of Emirates Airline
	byName := top.entry.isRoad() || top.hit.partial || isOneWord || top.entry.isArea() && top.hit.made == ""
	isLoose := q.isLoose(top, top.hit.firstWord()-1, true) || q.isLoose(top, top.hit.lastWord()+1, false)
	out.Clear = out.Clear && !(byName && top.crossing == nil && isLoose)
}

// standsAlone says whether a name is said as a place is: between commas, or behind "in".
func (q *question) standsAlone(g *hit) bool {
	first, next := g.firstWord(), g.lastWord()+1
	isFirst := first == 0 || q.words[first].comma || locatives[q.words[first-1].text]
	return isFirst && (next == len(q.words) || q.words[next].comma)
}

// isMain says whether a road that the best candidate does not explain may be what is meant: it stands before another
// road, or beside an area.
func (q *question) isMain(g *hit, top *candidate) bool {
	return top.entry.isArea() && !top.entry.Outside && top.hit.made == "" || top.entry.isRoad() &&
		g.lastWord() < top.hit.firstWord()
}

// farM is how far apart the extents of places are that callers do not name together.
const farM = 1000

// isFar says whether no place of a hit lies near another.
func isFar(g *hit, e *entry) bool {
	return !slices.ContainsFunc(g.entries, func(f entry) bool { return f.distanceTo(e) <= farM })
}

// isCommon says whether a hit may be no name: "on the heath" is not the ward Heath, "robbery bank" not Bank.
func (q *question) isCommon(h *hit) bool {
	i := h.firstWord()
	if i != h.lastWord() || i == 0 || !h.partial && h.entries[0].Kind != Ward {
		return false
	}
	before := q.words[i-1]
	return articles[before.text] || !q.words[i].comma && !linkWords[before.token] && isOrdinary(q.words[i].text)
}

// isBareWard says whether a ward is meant by its name alone, where no file tells what else is called that:
// Victoria is a ward of Hackney, and callers mean the one in Westminster. That it is a ward, its code, or
// another place of the name there make it sure.
func (q *question) isBareWard(top *candidate, all []candidate) bool {
	if q.set.settled || top.entry.Kind != Ward || top.mask != top.hit.mask {
		return false
	}
	for i, w := range q.words {
		_, isCode := q.set.byCode[w.text]
		if top.mask>>i&1 == 1 && (isCode || w.token == "ward") {
			return false
		}
	}
	return !slices.ContainsFunc(all, func(c candidate) bool {
		isOther := c.entry.Kind == Station || c.entry.Kind != Ward && c.entry.isArea() && !c.hit.partial
		return isOther && c.hit.full && c.hit.mask == top.hit.mask && c.entry.distanceTo(top.entry) == 0
	})
}

// isSaid says whether all words of a mask say something else.
func (q *question) isSaid(mask uint32) bool {
	for i, w := range q.words {
		if mask>>i&1 == 1 && !q.said[w.text] {
			return false
		}
	}
	return true
}

// isLoose says whether word i, next to a name, tells nothing and may be part of another name: Barlow
// Moor Road is not Moor Road, and Bromley Cross not Bromley.
func (q *question) isLoose(top *candidate, i int, before bool) bool {
	if i < 0 || i >= len(q.words) || top.mask>>i&1 == 1 {
		return false
	}
	w, between := q.words[i], q.words[i].comma
	if before {
		between = q.words[i+1].comma
	}
	isBeside := !before && (besideWords[w.token] || w.token == "stn" && top.entry.Kind == Station)
	_, isFigure := figures[w.text]
	isFiller := fillers[w.text] && !weakWords[w.token] || isFigure
	return !between && !isBeside && !isFiller && !linkWords[w.token] && !q.said[w.text] && !isNumber(w.text) &&
		!isRegion(w.text)
}
