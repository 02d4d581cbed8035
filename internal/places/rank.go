package places

import (
	"cmp"
	"math"
	"math/bits"
	"regexp"
	"slices"
	"strings"

	"lfb/internal/geo"
)

// kindBonus is how likely a kind is meant, other things being equal.
var kindBonus = [...]float64{
	Unit: 0.6, Sector: 0.4, District: 0.4, Area: 0.3, Ward: 0, Borough: 0.45, Ground: 0.05, Settlement: 0.2,
	Road: 0.1, NumberedRoad: 0.15, Junction: 0.5, Station: 0.2, Landmark: 0.15,
}

// kindSize orders the kinds by how large their places are: a place is told by what is as large, or larger.
var kindSize = [Coordinates + 1]int{
	Unit: 1, Junction: 1, Landmark: 2, Station: 2, Road: 3, NumberedRoad: 3, Sector: 4,
	Settlement: 5, Ward: 5, Ground: 5, District: 5, Borough: 6, Area: 7,
}

func (e *entry) isRoad() bool { return e.Kind == Road || e.Kind == NumberedRoad }
func (e *entry) isArea() bool { return e.Kind.IsArea() }

// IsArea says whether places of a kind are areas: as large as a settlement, or larger.
func (k Kind) IsArea() bool { return kindSize[k] >= kindSize[Settlement] }

// isSite says whether places of a kind are a site each, of which two may have one name.
func (k Kind) isSite() bool { return k == Station || k == Landmark }

// candidate is a place that the text may mean, with the other names in the text that fit it.
type candidate struct {
	hit      *hit
	entry    *entry
	mask     uint32 // words that it explains
	doubtful bool   // a name beside it is still being typed, or may be of elsewhere
	score    float64
	crossing *entry // road that it crosses
	cross    *hit
}

// Bounds of the search for what is meant.
const (
	mostHits     = 60
	mostContext  = 16
	mostPairs    = 300_000
	outsideCost  = 0.3
	calledAfter  = 0.14   // a building or a station where its kind is not said: a ward or a ground has that name too
	clearBy      = 0.18   // by how much the first must be better than a place elsewhere
	contextShare = 0.8    // of the score of a name beside it
	nearBonus    = 0.22   // of what is near or within by its extent
	farOutside   = 1500.0 // metres outside an area where nothing is said to be in it
	metresAtAll  = 1e5    // in which nearness tells a whole word
	crossingM    = 200    // roads that meet have extents no farther apart
)

// rankCandidates lists the places that the hits may mean, best first.
func (q *question) rankCandidates() []candidate {
	hits := q.hits[:min(len(q.hits), mostHits)]
	context := findContext(hits)
	var all []candidate
	pairs := mostPairs
	for i := range hits {
		h := &hits[i]
		for k := range h.entries {
			c := candidate{hit: h, entry: &h.entries[k], mask: h.mask, score: h.score + kindBonus[h.entries[k].Kind] +
				float64(h.entries[k].Rank)/100}
			switch {
			case !h.full && !h.ahead:
				c.score -= clearBy
			case h.partial && c.entry.Kind == Station && q.set.settled:
				c.score -= calledAfter / 2
			case h.partial && c.entry.Kind.isSite():
				c.score -= calledAfter
			case c.entry.Outside && c.entry.Kind == NumberedRoad: // one road, here and there
				c.score -= clearBy / 10
			case c.entry.Outside && q.isInside(h):
				c.score -= outsideCost
			}
			for _, g := range context {
				if pairs -= len(g.entries); pairs < 0 {
					break
				}
				q.addContext(&c, g)
			}
			all = append(all, c)
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.mask, b.mask), cmp.Compare(b.length(), a.length()))
	})
	return all
}

// length is half of a road's, in metres: of roads of one name the longest is most likely meant.
func (c *candidate) length() int32 {
	if c.entry.isRoad() {
		return c.entry.Reach
	}
	return 0
}

// findContext lists the names that may tell where another is. What a ward or a ground is called after is
// meant rather than those.
func findContext(hits []hit) (context []*hit) {
	for i := range hits {
		h, kind := &hits[i], hits[i].entries[0].Kind
		fits := h.full && !h.loose && (h.entries[0].isArea() || !h.ahead && !(h.partial && h.entries[0].isRoad()))
		isLesser := (kind == Ward || kind == Ground) && slices.ContainsFunc(hits, func(g hit) bool {
			return g.mask == h.mask && g.full && g.entries[0].Kind == Settlement
		})
		if fits && !isLesser && len(context) < mostContext {
			context = append(context, h)
		}
	}
	slices.SortStableFunc(context, func(g, h *hit) int { // of a town and its borough the town
		if g.entries[0].Kind == Settlement && h.entries[0].Kind == Borough {
			return cmp.Or(cmp.Compare(h.score, g.score), -1)
		}
		return cmp.Compare(h.score, g.score)
	})
	return context
}

// isInside says whether the words of a hit are the whole name of a place in London too: then that is meant.
func (q *question) isInside(h *hit) bool {
	return slices.ContainsFunc(q.hits[:min(len(q.hits), mostHits)], func(g hit) bool {
		return g.mask == h.mask && g.full && !g.partial && slices.ContainsFunc(g.entries,
			func(e entry) bool { return !e.Outside })
	})
}

// addContext adds what another name in the text tells of a candidate, if it fits.
func (q *question) addContext(c *candidate, g *hit) {
	// Hanger Lane station, by the A406.
	lies := g.entries[0].isArea() || g.entries[0].Kind == NumberedRoad && !c.entry.isRoad()
	lies = lies || q.junction && c.entry.isRoad() && g.entries[0].isRoad()
	if c.mask&g.mask != 0 || !c.hit.full || c.hit.partial && !lies || q.isOneName(c.mask|g.mask, c.hit.partial) {
		return
	}
	best, with := 0.0, (*entry)(nil)
	for k := range g.entries {
		if f := q.rateFit(c, g, &g.entries[k]); f > best {
			best, with = f, &g.entries[k]
		}
	}
	if with == nil {
		return
	}
	c.score += contextShare*g.score + best
	c.mask |= g.mask
	isNamedIn := c.entry.In == 0 || c.entry.In == with.Name || q.isInBorough(c.entry, g.mask)
	isOfAnother := with.Kind == Settlement && !c.entry.Outside && !isNamedIn && awayFromArea(c.entry, with) > 0
	c.doubtful = c.doubtful || g.ahead || isOfAnother
	if with.isRoad() && c.entry.isRoad() {
		c.crossing, c.cross = with, g
	}
}

// isOneName says whether the words of a mask are one name: Tooting High Street is no High Street in Tooting.
// Of a ward or a ground it counts against half a name only.
func (q *question) isOneName(mask uint32, partial bool) bool {
	return slices.ContainsFunc(q.hits[:min(len(q.hits), mostContext)], func(h hit) bool {
		kind := h.entries[0].Kind
		return h.mask == mask && h.full && !h.partial && !h.apart && len(h.slips) == 0 &&
			(partial || !h.entries[0].isArea() || kind == Settlement)
	})
}

// rateFit is how well a candidate lies in, by or across another place; 0 where it does not.
func (q *question) rateFit(c *candidate, g *hit, f *entry) float64 {
	e := c.entry
	if e.Outside != f.Outside || kindSize[e.Kind] > kindSize[f.Kind] || e.Kind == f.Kind &&
		(!e.isRoad() || e.Name == f.Name) {
		return 0
	}
	apart := e.distanceTo(f)
	if e.isRoad() && f.isRoad() {
		if c.crossing != nil || c.hit.ahead || c.hit.loose || apart > crossingM {
			return 0
		}
		return 0.5 - min(0.3, float64(locateCrossing(e, f).Reach)/10_000)
	}
	switch f.Kind {
	case Settlement:
		if e.In != 0 && e.In == f.Name {
			return 0.45
		}
		if q.isInBorough(e, g.mask) {
			return nearBonus
		}
	case Borough:
		if e.Borough == f.Borough {
			return 0.4
		}
		return 0
	case District, Area:
		if d := cmp.Or(c.hit.district, q.set.text[e.District]); d != "" {
			if geo.IsWithinDistrict(d, cmp.Or(g.made, q.set.text[f.Name])) {
				return 0.4
			}
			if !e.isRoad() {
				return 0
			} // a road goes on into the next
		}
	}
	return rateNearness(e, f, apart)
}

// isInBorough says whether words name a borough too, in which a place is.
func (q *question) isInBorough(e *entry, mask uint32) bool {
	return slices.ContainsFunc(q.hits, func(h hit) bool {
		return h.mask == mask && h.entries[0].Kind == Borough && h.entries[0].Borough == e.Borough
	})
}

// rateNearness is how well a place lies in or by another by their extents alone: in an area, or
// little outside it; by a station, or on the road that it is on.
func rateNearness(e, f *entry, apart float64) float64 {
	reach := max(float64(f.Reach), 400)
	if !f.isArea() {
		if apart == 0 && (e.isRoad() || f.isRoad()) || min(apart, e.awayFrom(f)) <= reach {
			return nearBonus - apart/metresAtAll
		}
		return 0
	}
	fit := max(0, nearBonus*(1-awayFromArea(e, f)/farOutside))
	if fit > 0 && e.Kind == NumberedRoad { // of its stretches the nearest
		fit -= min(e.awayFrom(f), farOutside) / metresAtAll
	}
	return fit
}

// awayFromArea is how far the middle of e is outside of the area f, in metres.
func awayFromArea(e, f *entry) float64 {
	middle := entry{West: e.X, East: e.X, South: e.Y, North: e.Y}
	away := middle.distanceTo(f)
	if f.West == f.East {
		away = max(0, away-float64(f.Reach))
	}
	return away
}

// locateCrossing is where two roads cross, as far as their extents show: the middle of what they share,
// or between them.
func locateCrossing(e, f *entry) entry {
	span := func(a0, a1, b0, b1 int32) (int32, int32) {
		from, to := max(a0, b0), min(a1, b1)
		return min(from, to), max(from, to)
	}
	j := entry{Kind: Junction, In: e.In, District: e.District, Borough: e.Borough}
	j.West, j.East = span(e.West, e.East, f.West, f.East)
	j.South, j.North = span(e.South, e.North, f.South, f.North)
	j.X, j.Y = (j.West+j.East)/2, (j.South+j.North)/2
	j.Reach = max(100, halfDiagonal(&j))
	if f.Kind == Road && e.Kind == NumberedRoad {
		j.In, j.District, j.Borough = f.In, f.District, f.Borough
	}
	j.Outside = e.Outside && f.Outside
	return j
}

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
	out := Found{Notes: q.notes, Clear: isWhole && !top.doubtful && !top.hit.short, Matches: []Match{top.newMatch(chosen)}}
	q.addOthers(&out, top, all[1:])
	q.weighRest(&out, top)
	// Hayes Station, of Hayes & Harlington Station.
	isShort := top.entry.Kind == Station && strings.HasSuffix(q.set.text[top.entry.In], " Station")
	out.Clear = out.Clear && !isShort && !q.isCommon(top.hit) && !q.isTakenBack(top) && !q.isBareWard(top, all)
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

// weighRest looks at the words that the best candidate leaves: another place that is not where it
// is, a road that it does not meet, a word that may be part of another name.
func (q *question) weighRest(out *Found, top *candidate) {
	for i := range q.hits {
		g := &q.hits[i]
		e := &g.entries[0]
		isLesser := e.Kind == Ward || e.Kind == Ground
		isOther := !e.isRoad() && (!isLesser || !q.set.settled && isFar(g, top.entry)) && !g.partial && !g.loose ||
			e.isRoad() && top.crossing == nil && q.junction
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
		isNamed := roadWords[w.token] && !q.said[w.text] || siteWords[w.token] && i > 0 && q.isLoose(top, i-1, true)
		out.Clear = out.Clear && !(isNamed && top.mask>>i&1 == 0 && top.entry.isArea() && top.hit.made == "")
	}
	isOneWord := bits.OnesCount32(top.hit.own) == 1 && top.hit.made == "" // The Emirates, of Emirates Airline
	byName := top.entry.isRoad() || top.hit.partial || isOneWord || top.entry.isArea() && top.hit.made == ""
	isLoose := q.isLoose(top, top.hit.firstWord()-1, true) || q.isLoose(top, top.hit.lastWord()+1, false)
	out.Clear = out.Clear && !(byName && top.crossing == nil && isLoose)
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
