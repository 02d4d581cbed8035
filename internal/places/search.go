package places

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Search finds the place that a text names, best first, at most limit of them. The last word may
// be unfinished where no blank follows it. Words of elsewhere, as parts of sentences are, do not
// matter; said are those of them that are known to say something else, like "fire".
func (s *Set) Search(text string, limit int, said ...string) Found {
	found := s.searchCorrected(text, setOf(strings.ToLower(strings.Join(said, " "))))
	shown := min(len(found.Matches), max(limit, 1))
	found.More += len(found.Matches) - shown
	found.Matches = found.Matches[:shown]
	return found
}

func (s *Set) searchText(text string, said map[string]bool) Found {
	if threeWords.MatchString(text) {
		return Found{Refused: RefusedWords}
	}
	text = junctionWith.ReplaceAllString(namesPeople.ReplaceAllString(text, ", "), "junction with")
	text = trainStation.ReplaceAllString(text, "station")
	q := question{set: s, text: text, words: splitWords(text), said: said, junction: saysJunction.MatchString(text)}
	q.words = q.words[:min(len(q.words), maxWords)]
	if p, at, ok := pointWithin(text); ok {
		return q.answerPoint(p, at)
	}
	for _, pattern := range motorwayJunctionForms {
		if m := pattern.FindStringSubmatchIndex(text); m != nil {
			return q.answerMotorway(m, pattern.SubexpIndex("road"), pattern.SubexpIndex("number"))
		}
	}
	if out, ok := q.readPostcodes(); ok {
		return out
	}
	q.readCodes()
	end, _ := utf8.DecodeLastRuneInString(text)
	q.hits = append(q.hits, s.findNames(q.words, isWordRune(end), q.said)...)
	slices.SortStableFunc(q.hits, func(a, b hit) int { return cmp.Compare(b.score, a.score) })
	return q.chooseCandidate()
}

// namesPeople is what a caller says of a person's name: my name's Victoria, Mr Barnes.
var namesPeople = regexp.MustCompile(`(?i)\b(?:(?:my|his|her)\s+(?:(?:first|last|sur)\s*)?name(?:['’]?s|\s+is)?|` +
	`mr|mrs|ms|miss|uncle|aunt|auntie|nurse)\.?\s+[a-z]+\b`)

// trainStation are words for a station of which one says it.
var trainStation = regexp.MustCompile(`(?i)\b(?:train|tram|metro)\s+(?:station|stn|stop)\b`)

// junctionWith is how operators shorten it.
var junctionWith = regexp.MustCompile(`(?i)\b(?:j\s*/\s*w|jw)\b`)

// question is a text that is searched for.
type question struct {
	set   *Set
	text  string
	words []word
	said  map[string]bool
	hits  []hit
	notes []Note

	junction bool // it asks for where two roads meet
}

func (q *question) answerPoint(p Place, at []int) Found {
	p.Outside = p.Outside || p.Kind != Junction && OutsideBy(p.Easting, p.Northing) > wardMarginM
	q.set.fillBorough(&p)
	out := Found{Matches: []Match{{Place: p, Score: 1}}, Clear: true}
	if p.Outside {
		out.Refused, out.Clear = RefusedOutside, false
	}
	if said := q.text[at[0]:at[1]]; p.Kind == Coordinates && swapped.MatchString(said) {
		out.Notes = append(out.Notes, Note{Code: NoteSwapped, Said: said, Used: p.Name})
	}
	q.splitUsed(&out, q.maskBetween(at[0], at[1]), false)
	return out
}

// swapped is degrees that begin with a longitude of Britain.
var swapped = regexp.MustCompile(`^-?\d\.\d`)

// maskBetween is the words between two bytes of the text.
func (q *question) maskBetween(from, to int) (mask uint32) {
	for i, w := range q.words {
		if w.from >= from && w.to <= to {
			mask |= 1 << i
		}
	}
	return mask
}

// splitUsed lists the words that told the place and those that told nothing.
func (q *question) splitUsed(out *Found, mask uint32, house bool) {
	for i, w := range q.words {
		switch {
		case mask>>i&1 == 1:
			out.Used = append(out.Used, w.text)
		case linkWords[w.token], q.said[w.text], isRegion(w.text):
		case house && isNumber(w.text) && mask>>i != 0 && len(out.Used) == 0:
			out.Notes = append(out.Notes, Note{Code: NoteHouseNumber, Said: w.text})
		default:
			out.Unused = append(out.Unused, w.text)
		}
	}
}

// motorwayJunctionForms are "A1(M) J1", "junction 28 of the M25" and "M25 clockwise, just before junction 28".
var motorwayJunctionForms = []*regexp.Regexp{
	regexp.MustCompile(`(?i)\b(?P<road>[MA]\d{1,3}(?:\(M\))?)[\s,/]*(?:at\s+)?(?:j|jn|jct|junct|junction)\.?\s*(?P<number>\d{1,2}[ab]?)\b`),
	regexp.MustCompile(`(?i)\b(?:j|jn|jct|junct|junction)\.?\s*(?P<number>\d{1,2}[ab]?),?\s+(?:(?:of|on)\s+)?(?:the\s+)?(?P<road>[MA]\d{1,3}(?:\(M\))?)`),
	regexp.MustCompile(`(?i)\b(?P<road>M\d{1,3}|A\d{1,3}\(M\))[\s,/][^.;]{0,60}?\b(?:j|jn|jct|junct|junction)\.?\s*(?P<number>\d{1,2}[ab]?)\b`),
}

// answerMotorway finds a junction by its number.
func (q *question) answerMotorway(m []int, atRoad, atNumber int) Found {
	road, n := strings.ToUpper(q.text[m[2*atRoad]:m[2*atRoad+1]]), strings.ToUpper(q.text[m[2*atNumber]:m[2*atNumber+1]])
	name := fmt.Sprintf("%s junction %s", road, strings.ToLower(n))
	if at, ok := motorwayJunctions[road+" "+n]; ok {
		return q.answerPoint(pointPlace(Junction, name, at[0], at[1], 500), m)
	}
	out := Found{Refused: RefusedUnknown}
	if !motorwaysNear[road] {
		out = Found{Refused: RefusedOutside, Matches: []Match{{Place: Place{Name: name, Kind: Junction, Outside: true}}}}
	}
	q.splitUsed(&out, q.maskBetween(m[0], m[1]), false)
	return out
}

// readCodes finds codes of boroughs and wards.
func (q *question) readCodes() {
	for i, w := range q.words {
		if k, ok := q.set.byCode[w.text]; ok {
			q.hits = append(q.hits, hit{entries: q.set.entries[k : k+1], mask: 1 << i, score: 2, full: true})
		}
	}
}
