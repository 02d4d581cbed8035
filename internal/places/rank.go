package places

import (
	"cmp"
	"slices"

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
	besideBonus  = 0.08   // of an area that is said next to what is in it
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
	if g.entries[0].isArea() && g.firstWord() == c.hit.lastWord()+1 {
		c.score += besideBonus
	}
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
		if !q.junction && len(c.hit.slips)+len(g.slips) > 0 {
			return 0
		}
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
