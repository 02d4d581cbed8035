package places

import (
	"regexp"
	"slices"
	"strings"
)

// mostCorrections is how often a text may take back what it says.
const mostCorrections = 8

var (
	// corrections stand between a place and the one that is meant. The first group is none.
	corrections = regexp.MustCompile(`(?i)\b(?:(sorry\s+(?:for|about|to)\b)|` +
		`(?:(?:(?:no|nah)\s*[,;!.]|rather\s*,|(?:that['’]?s\s+)?wrong\s*[,;.]|(?:no[\s,.;]+(?:wait|sorry|actually|rather)|` +
		`sorry|correction|i\s+meant?|(?:no[\s,]+)?hang\s+on|i\s+tell\s+a\s+lie|make\s+that|wait[\s,]+no|actually|(?:scratch|strike|forget)\s+that|or\s+rather|` +
		`my\s+mistake)\b)[\s,.;]*)+)`)
	// denied is a place that is not meant: "not X, Y", "Y, not X".
	denied = regexp.MustCompile(`(?i)\b(?:not|isn['’]?t)\s+` +
		`(?:(?:the|one|ones|up|down|over|at|in|on|near|by)\s+)*([^,;.]+)`)
	// deniedEnds ends it where no comma does.
	deniedEnds = regexp.MustCompile(`(?i)\s(?:but|it['’]?s|its|it\s+is)\b`)
)

// searchCorrected searches for the place that is meant where a text names one and takes it back: the later
// one alone, "Brixton Hill, sorry, I mean Acre Lane". Where that is not known the place is not clear.
func (s *Set) searchCorrected(text string, said map[string]bool) Found {
	rest, without := text, []string(nil)
	var not Found
	for range mostCorrections {
		cut, x, found := s.cutDenied(rest, said)
		if x == "" {
			break
		}
		rest, not = cut, found
		without = append(without, x)
	}
	found := s.searchLast(rest, said)
	found.Clear = found.Clear && !(found.Matches[0].Kind == Settlement && asksForStation(rest, &found))
	if len(without) == 0 {
		return found
	}
	if len(found.Matches) == 0 && found.Refused != RefusedWords {
		more := found.Unused
		found = not
		found.Clear, found.Unused = false, append(found.Unused, more...)
		return found
	}
	found.Unused = append(s.toldNothing(strings.Join(without, ", "), said), found.Unused...)
	return found
}

// asksForStation says whether a text speaks of a railway station, and one is found that is called as the place is:
// "Edgware, the tube".
func asksForStation(text string, found *Found) bool {
	words := splitWords(text)
	isSaid := slices.ContainsFunc(words, func(w word) bool { return w.token == "stn" }) &&
		!otherStation.MatchString(text) && !slices.ContainsFunc(found.Used,
		func(w string) bool { return shortenWord(w) == "stn" })
	return isSaid && slices.ContainsFunc(found.Matches, func(m Match) bool {
		return m.Kind == Station && m.Name == found.Matches[0].Name+" Station"
	})
}

// otherStation is one of another sort.
var otherStation = regexp.MustCompile(`(?i)\b(?:fire|bus|coach|police|petrol|gas|power|ambulance|pumping|filling|service|sub)\s*(?:station|stn|sta)\b`)

// cutDenied cuts the first place out of a text that it says is not meant.
func (s *Set) cutDenied(text string, said map[string]bool) (rest, x string, found Found) {
	for _, m := range denied.FindAllStringSubmatchIndex(text, mostCorrections) {
		from, to, next := m[2], m[3], m[3]
		if end := deniedEnds.FindStringIndex(text[from:to]); end != nil {
			to, next = from+end[0], from+end[1]
		}
		found = s.searchText(text[from:to]+" ", said)
		words := splitWords(text[from:to])
		if len(found.Matches) > 0 && len(words) > 0 && slices.Contains(found.Used, words[0].text) {
			before, after := strings.TrimRight(text[:m[0]], " ,"), strings.TrimLeft(text[next:], " ,")
			return before + ", " + after, text[from:to], found
		}
	}
	return text, "", found
}

// searchLast searches what stands after the last words of correction, and where that names no place, before.
func (s *Set) searchLast(text string, said map[string]bool) Found {
	parts, from := []string(nil), 0
	for _, m := range corrections.FindAllStringSubmatchIndex(text, -1) {
		if m[2] < 0 {
			parts, from = append(parts, text[from:m[0]]+" "), m[1]
		}
	}
	if len(parts) == 0 {
		return s.searchText(text, said)
	}
	parts = append(parts, text[from:])
	parts = parts[max(0, len(parts)-mostCorrections):]
	var after []string
	for i, part := range slices.Backward(parts) {
		part = completeUnit(parts[:i], part)
		found := s.searchText(part, said)
		if len(found.Matches) == 0 && found.Refused != RefusedWords {
			if !startsWithNumber.MatchString(part) { // twenty, no, two hundred: the road stands
				after = append(slices.Concat(found.Used, found.Unused), after...)
			}
			continue
		}
		found.Clear = found.Clear && len(after) == 0
		if i > 0 && found.Refused == "" && found.Matches[0].Kind.IsArea() && len(after) == 0 {
			if road := s.firstRoad(parts[i-1], said); road != "" { // it still holds, in another area
				again := s.searchText(road+", "+part, said)
				if again.Refused == "" && !again.Matches[0].Kind.IsArea() {
					return again
				}
				found.Clear = false
			}
		}
		if i > 0 && !found.Clear && found.Refused == "" {
			first := s.searchText(parts[i-1], said)
			again := s.searchText(part+", "+strings.Join(first.areas, " ")+" ", said)
			if again.Clear && len(first.areas) > 0 && len(after) == 0 { // the area still holds
				again.Unused = slices.DeleteFunc(append(s.toldNothing(strings.Join(parts[:i], ", "), said), again.Unused...),
					func(w string) bool { return slices.Contains(first.areas, w) })
				return again
			}
			if first.Refused == "" && !isListed(found.Matches, &first.Matches[0].Place) {
				found.Matches = slices.Insert(found.Matches, 1, first.Matches[0])
			}
		}
		found.Unused = slices.Concat(s.toldNothing(strings.Join(parts[:i], ", "), said), found.Unused, after)
		return found
	}
	return s.searchText(text, said)
}

var (
	startsWithNumber = regexp.MustCompile(`^\s*(?:(?:its?|number|no)\s+)*\d{1,4}[a-z]?\b`)
	// inwardAlone is the end of a postcode that a part of a text begins with, 6NW; outwardLast the last beginning of one.
	inwardAlone = regexp.MustCompile(`(?i)^\s*(?:(?:its|is|it)\s+)*\d[a-z]{2}\b`)
	outwardLast = regexp.MustCompile(`(?i)\b([a-z]{1,2}\d[a-z\d]?)\s*\d[a-z]{2}\b`)
)

// completeUnit gives the end of a postcode that takes another back the beginning of that one: SE14 6MW, I meant 6NW.
func completeUnit(before []string, part string) string {
	at := inwardAlone.FindStringIndex(part)
	if at == nil {
		return part
	}
	for _, text := range slices.Backward(before) {
		if all := outwardLast.FindAllStringSubmatch(text, -1); len(all) > 0 &&
			!ordinal.MatchString(strings.TrimSpace(part[at[0]:at[1]])) {
			return all[len(all)-1][1] + " " + strings.TrimSpace(part)
		}
	}
	return part
}

// firstRoad is the road that a text names by its whole name; empty where it names none.
func (s *Set) firstRoad(text string, said map[string]bool) string {
	words := splitWords(text)
	words = words[:min(len(words), maxWords)]
	var best *hit
	hits := s.findNames(words, false, said)
	for i := range hits {
		if h := &hits[i]; h.entries[0].isRoad() && h.full && !h.partial && (best == nil || h.score > best.score) {
			best = h
		}
	}
	if best == nil {
		return ""
	}
	return text[words[best.firstWord()].from:words[best.lastWord()].to]
}

// toldNothing lists the words of a text that are not used, as Found.Unused has them.
func (s *Set) toldNothing(text string, said map[string]bool) []string {
	q := question{set: s, words: splitWords(text), said: said}
	var out Found
	q.splitUsed(&out, 0, false)
	return out.Unused
}

// isTakenBack says whether one of two roads may be said not to be meant: "Brixton Hill no Acre Lane".
func (q *question) isTakenBack(c *candidate) bool {
	if c.crossing == nil || q.junction {
		return false
	}
	from, to := min(c.hit.lastWord(), c.cross.lastWord()), max(c.hit.firstWord(), c.cross.firstWord())
	return from < to && slices.ContainsFunc(q.words[from:to], func(w word) bool {
		return w.text == "no" || w.text == "not" || w.text == "isnt"
	})
}
