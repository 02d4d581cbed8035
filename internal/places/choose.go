package places

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strings"
)

// describeCandidate is a candidate as callers see it.
func (q *question) describeCandidate(c *candidate) Place {
	if c.crossing == nil {
		p := q.set.describeEntry(c.entry)
		p.Name, p.District = cmp.Or(c.hit.made, p.Name), cmp.Or(p.District, c.hit.district)
		if p.Kind != District && p.Kind != Area { // which may have several
			q.set.fillBorough(&p)
		}
		return p
	}
	first, second := c.entry, c.crossing
	if c.cross.mask < c.hit.mask {
		first, second = second, first
	}
	j := locateCrossing(first, second)
	p := q.set.describeEntry(&j)
	p.Name = q.set.text[first.Name] + " / " + q.set.text[second.Name]
	q.set.fillBorough(&p)
	return p
}

// saysJunction is a text that asks for where two roads meet.
var saysJunction = regexp.MustCompile(`(?i)[\w)]\s*/\s*\w|\b(junction|jct|junct|junc|jn|j|jw|corner|cnr|crossroads|xroads|crossing)\b`)

// chooseCandidate chooses between the candidates.
func (q *question) chooseCandidate() Found {
	all := q.rankCandidates()
	if len(all) == 0 {
		out := Found{Refused: RefusedUnknown, Notes: q.notes}
		q.splitUsed(&out, 0, false)
		return out
	}
	all, whole := joinSections(insideFirst(all))
	top := &all[0]
	chosen := q.describeCandidate(top)
	isWhole := whole && top.hit.full && !top.hit.loose && !(top.hit.partial && top.entry.isRoad())
	out := Found{Notes: q.notes, Clear: isWhole && !top.doubtful && !top.hit.doubt, Matches: []Match{top.newMatch(chosen)}}
	q.addOthers(&out, top, all[1:])
	q.weighRest(&out, top)
	// Hayes Station, of Hayes & Harlington Station.
	isShort := top.entry.Kind == Station && strings.HasSuffix(q.set.text[top.entry.In], " Station")
	isVague := top.entry.Kind == Landmark && top.entry.Reach > longRoadM && top.mask != top.hit.mask // M25, by Heathrow
	out.Clear = out.Clear && !isShort && !isVague && !q.isCommon(top.hit) && !q.isTakenBack(top) && !q.isBareWard(top, all)
	for _, i := range top.hit.slips {
		out.Notes = append(out.Notes, Note{Code: NoteSpelling, Said: q.words[i].text, Used: chosen.Name})
		if _, known := slices.BinarySearch(q.set.index.tokens, q.words[i].token); known {
			out.Clear = false
		}
	}
	if out.Matches[0].Outside && out.Refused == "" {
		out.Refused, out.Clear, out.Matches = RefusedOutside, false, out.Matches[:1]
		if len(top.hit.slips) > 0 || top.hit.loose {
			out.Refused = RefusedUnknown
		}
	}
	if top.entry.isRoad() && top.crossing == nil {
		for i, w := range q.words {
			if (top.mask&^top.hit.mask)>>i&1 == 1 {
				out.areas = append(out.areas, w.text)
			}
		}
		if out.Clear {
			top.mask |= q.narrowRoad(&out.Matches[0].Place, top)
		}
	}
	q.splitUsed(&out, top.mask, top.entry.isRoad())
	return out
}

// addOthers lists the candidates behind the best one. One that is elsewhere, and fits about as well, leaves it unclear.
func (q *question) addOthers(out *Found, top *candidate, others []candidate) {
	chosen := out.Matches[0].Place
	for i := range others {
		c := &others[i]
		isSameName := c.entry.Name == top.entry.Name
		if len(out.Matches) == mostMatches {
			if isSameName && c.mask == top.mask {
				out.More++
			}
			continue
		}
		if top.isNearest(c) {
			out.Matches[0].PrecisionM = max(out.Matches[0].PrecisionM, math.Round(top.entry.awayFrom(c.entry)))
			continue
		}
		p := q.describeCandidate(c)
		isTyped := c.hit.ahead && !top.hit.ahead && top.entry.Kind == Settlement && c.hit.mask == top.hit.mask
		if c.score > top.score-clearBy && !isTyped && (c.isNamesake(top) || isElsewhere(&chosen, &p)) {
			out.Clear = false
		}
		if isSameName && c.mask != top.mask && c.mask&^top.mask == 0 {
			continue // it is not where the area is
		}
		if !isListed(out.Matches, &p) {
			out.Matches = append(out.Matches, c.newMatch(p))
		}
	}
}

// atStationM is how exactly a part of a road by a station is known, in metres.
const atStationM = 300

// narrowRoad moves a long road to the station of its area on it that a text speaks of, "outside the station", and gives
// the word that says so.
func (q *question) narrowRoad(p *Place, top *candidate) uint32 {
	at := slices.IndexFunc(q.words, func(w word) bool { return w.token == "stn" })
	if at < 1 || top.mask>>at&1 == 1 || q.words[at-1].text != "the" || p.PrecisionM <= atStationM {
		return 0
	}
	for _, g := range q.hits {
		for _, e := range g.entries {
			if e.Kind == Station && g.full && g.mask&^top.mask == 0 && e.distanceTo(top.entry) <= atStationM {
				p.Name += " by " + q.set.text[e.Name]
				p.Easting, p.Northing, p.PrecisionM = float64(e.X), float64(e.Y), atStationM
				return 1 << at
			}
		}
	}
	return 0
}

// insideFirst leaves out what is outside where a name is still being typed and may be of London.
func insideFirst(all []candidate) []candidate {
	if top := all[0]; !top.entry.Outside || !top.doubtful && !top.hit.ahead {
		return all
	}
	inside := slices.DeleteFunc(slices.Clone(all), func(c candidate) bool { return c.entry.Outside })
	if len(inside) == 0 {
		return all
	}
	inside[0].doubtful = true // it is not clear
	return inside
}

// isNearest says whether a candidate is told by the same words as another: one of a numbered road that is farther
// from what else was said, or that which was said beside the road.
func (c *candidate) isNearest(d *candidate) bool {
	if c.mask != d.mask || c.mask == c.hit.mask || d.entry.Kind != NumberedRoad || c.crossing != nil {
		return false
	}
	return c.entry.Name == d.entry.Name && c.entry.Kind == NumberedRoad || c.entry.Kind.isSite()
}

// isNamesake says whether two candidates are two roads, or two areas, of the same words.
func (c *candidate) isNamesake(d *candidate) bool {
	e, f := c.entry, d.entry
	if e.Kind != f.Kind || c.crossing != nil || d.crossing != nil {
		return false
	}
	if e.Name == f.Name && e.Kind.isSite() {
		return !e.isSameSite(f)
	}
	return e.isRoad() && e.Name == f.Name || e.Code != f.Code && c.hit.mask == d.hit.mask
}

func (c *candidate) newMatch(p Place) Match {
	return Match{Place: p, Score: math.Round(100*c.score) / 100}
}

// mostMatches is how many places are listed at most.
const mostMatches = 60

// listedM is how near places of one name are listed once.
const listedM = 300

// isSameSite says whether two stations, or two landmarks, of one name are one: they are not farther apart than they
// reach.
func (e *entry) isSameSite(f *entry) bool {
	return e.awayFrom(f) <= max(listedM, float64(e.Reach+f.Reach))
}

// isListed says whether a place is there already: as people see it, or next to one of its name.
func isListed(matches []Match, p *Place) bool {
	return slices.ContainsFunc(matches, func(m Match) bool {
		isOne := !p.Kind.isSite() && m.Label() == p.Label() && !isElsewhere(&m.Place, p)
		isNear := math.Hypot(m.Easting-p.Easting, m.Northing-p.Northing) < listedM
		return m.Kind == p.Kind && m.Name == p.Name && (isOne || isNear)
	})
}

// isElsewhere says whether taking one place for the other would be wrong.
func isElsewhere(a, b *Place) bool {
	return math.Hypot(a.Easting-b.Easting, a.Northing-b.Northing) > max(a.PrecisionM, b.PrecisionM, 500)+300
}

// Sections of a road that touch are one road, up to a length.
const (
	touchM    = 300
	longRoadM = 1500 // half of it
)

// joinSections makes the sections of the best candidate's road that touch one place; whole is false
// where that would be too long to be told as one.
func joinSections(all []candidate) (joined []candidate, whole bool) {
	top := all[0]
	if !top.entry.isRoad() || top.crossing != nil || top.entry.Kind == NumberedRoad && top.mask != top.hit.mask {
		return all, true
	}
	road := *top.entry
	isSection := func(c candidate) bool {
		e := c.entry
		return e.Name == road.Name && e.Kind == road.Kind && c.crossing == nil && c.score > top.score-clearBy &&
			e.distanceTo(&road) <= touchM
	}
	rest := slices.Clone(all[1:])
	for {
		i := slices.IndexFunc(rest, isSection)
		if i < 0 {
			break
		}
		e := rest[i].entry
		road.West, road.South = min(road.West, e.West), min(road.South, e.South)
		road.East, road.North = max(road.East, e.East), max(road.North, e.North)
		rest = slices.Delete(rest, i, i+1)
	}
	if len(rest) == len(all)-1 {
		return all, true
	}
	road.X, road.Y, road.Reach = (road.West+road.East)/2, (road.South+road.North)/2, measureReach(&road)
	if road.Reach > longRoadM {
		return all, false
	}
	top.entry = &road
	return append([]candidate{top}, rest...), true
}
