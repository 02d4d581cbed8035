package phrase

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"lfb/internal/clean"
	"lfb/internal/places"
)

// Said is what a text says. What it does not say is zero.
type Said struct {
	Place    places.Found
	Reported string    // one of clean.ReportedKinds
	Category string    // of the property, in the published words
	Engine   int       // 1 or 2
	At       time.Time // in London
	Told     []Fact    // which of these the words told
	Unused   []string  // words that told nothing
}

// Fact is something beside the place that words can tell.
type Fact string

// The facts, as the API names them.
const (
	FactReported Fact = "reported"
	FactProperty Fact = "property"
	FactEngine   Fact = "engine"
	FactTime     Fact = "time"
)

// underTrain stands for what trainHits reads.
const underTrain = "under a train"

// mostPlaces is how many places are listed.
const mostPlaces = 60

var (
	engineWords = regexp.MustCompile(`(?i)\b(?:the\s+)?(?:(first|1st|second|2nd)\s+(?:fire\s+)?(?:engine|pump|appliance|truck)|(?:engine|pump|appliance)\s+(?:number\s+)?([12]))\b`)
	trainHits   = regexp.MustCompile(`(?i)\b(?:under|(?:hit|struck)\s+by)\s+(?:an?\s+|the\s+)?(?:train|tube|tram)\b`)
	wordsWithin = regexp.MustCompile(`[\pL\d'’]+`)
)

// Read reads a text at the time now; set may be nil: then no place is known.
func Read(text string, now time.Time, set *places.Set) Said {
	var said Said
	rest := places.ReadSpelling(text)
	if m := engineWords.FindStringSubmatchIndex(rest); m != nil {
		said.Engine = 1
		which := strings.ToLower(rest[m[0]:m[1]])
		if strings.Contains(which, "second") || strings.Contains(which, "2") {
			said.Engine = 2
		}
		said.Told = append(said.Told, FactEngine)
		rest = cutOut(rest, m[0], m[1])
	}
	if at, without, ok := readTime(rest, now); ok {
		said.At, rest = at, without
		said.Told = append(said.Told, FactTime)
	}
	words := splitWords(rest)
	said.Place = places.Found{Refused: places.RefusedUnknown, Unused: words}
	if set != nil {
		said.Place = set.Search(rest, mostPlaces, factWords(words)...)
	}
	denied := deniedWords(rest)
	words = dropUsed(dropUsed(words, said.Place.Used), denied)
	if trainHits.MatchString(rest) {
		words = append(words, underTrain)
	}
	if said.Reported = firstHint(reportHints, words); said.Reported != "" {
		said.Told = append(said.Told, FactReported)
	}
	if m := said.Place.Matches; said.Place.Clear && m[0].Kind == places.Landmark {
		words = append(words, said.Place.Used...) // a hospital by its name
	}
	if said.Category = firstHint(propertyHints, words); said.Category != "" {
		said.Told = append(said.Told, FactProperty)
	}
	said.Unused = slices.DeleteFunc(slices.Clone(said.Place.Unused), func(w string) bool {
		return isFactWord(w) || len(denied) > 0 && slices.Contains(denials, w)
	})
	if said.Place.Clear && slices.Contains(words, "hospital") && said.Place.Matches[0].Kind.IsArea() {
		said.Unused = append(said.Unused, "hospital") // which one of the area is not known
	}
	return said
}

// FindPlace is the place alone, with at most limit matches.
func FindPlace(text string, limit int, set *places.Set) places.Found {
	found := Read(text, time.Time{}, set).Place
	found.Matches = found.Matches[:min(len(found.Matches), limit)]
	return found
}

// cutOut leaves a comma where words stood, so that those around are no neighbours.
func cutOut(text string, from, to int) string {
	before, after := strings.TrimRight(text[:from], " ,"), strings.TrimLeft(text[to:], " ,")
	if before == "" || after == "" {
		return before + after
	}
	return before + ", " + after
}

// apostrophes is what takes them out of words.
var apostrophes = strings.NewReplacer("'", "", "’", "")

func splitWords(text string) []string {
	words := wordsWithin.FindAllString(strings.ToLower(text), -1)
	for i, w := range words {
		words[i] = apostrophes.Replace(w)
	}
	return words
}

// dropUsed is words less those that are used, each once.
func dropUsed(words, used []string) []string {
	out := slices.Clone(words)
	for _, u := range used {
		if i := slices.Index(out, u); i >= 0 {
			out = slices.Delete(out, i, i+1)
		}
	}
	return out
}

// denials say that what follows is not so, with the words of denialFill between.
var (
	denials    = []string{"no", "not", "isnt", "arent", "wasnt", "without", "never"}
	denialFill = strings.Fields("a an any the on in or nor longer of sign signs")
	wordsBreak = regexp.MustCompile(`[,.;:!?()]`)
)

// deniedWords are those that a text says are not so: fire in "no fire, cat in a tree".
func deniedWords(text string) (denied []string) {
	for _, part := range wordsBreak.Split(text, -1) {
		isDenied, before := false, ""
		for _, w := range splitWords(part) {
			goesOn := !isHint(before) || slices.Contains([]string{"fire", "alarm", "alarms", "smoke"}, w) // a house fire
			switch {
			case slices.Contains(denials, w):
				isDenied = true
			case isDenied && isHint(w) && goesOn:
				denied = append(denied, w)
			case !slices.Contains(denialFill, w):
				isDenied = false
			}
			before = w
		}
	}
	return denied
}

// hint is words that a caller may use for a thing; one that ends in * is a beginning.
type hint struct {
	says  string
	words []string
}

// reportHints are tried in this order: a smoke alarm is an alarm before it is smoke.
var reportHints = []hint{
	{clean.ReportedAlarm, []string{"alarm*", "detector*", "afa"}},
	{clean.ReportedRescue, []string{underTrain, "jumper"}},
	{clean.ReportedLift, []string{"lift", "lifts", "elevator*"}},
	{clean.ReportedRTC, []string{"collision*", "collid*", "crash*", "rtc", "rta", "overturn*", "pedestrian*"}},
	{clean.ReportedFire, []string{"fire*", "bonfire*", "burn*", "flame*", "smoke*", "smoking", "ablaze", "alight"}},
	{clean.ReportedFlooding, []string{"flood*", "burst", "leak", "leaking"}},
	{clean.ReportedWater, []string{"drown*", "water"}},
	{clean.ReportedHazard, []string{"gas", "chemical*", "spill*", "petrol", "fumes", "carbon", "monoxide"}},
	{clean.ReportedEntry, []string{"locked", "lockout"}},
	{clean.ReportedAnimal, []string{"animal*", "cat", "dog", "horse", "kitten*", "puppy", "swan", "deer"}},
	{clean.ReportedMedical, []string{"unconscious", "collapsed", "cardiac", "breathing"}},
	{clean.ReportedRescue, []string{"trapped", "stuck", "jump*", "ledge"}},
}

var propertyHints = []hint{
	{"Other Residential", []string{"hotel*", "hostel*", "dormitory"}},
	{"Road Vehicle", strings.Fields("car cars van lorry bus motorbike motorcycle vehicle* taxi truck")},
	{"Non Residential", strings.Fields("shop* office* school* hospital* pub restaurant* warehouse* factory")},
	{"Outdoor", []string{"rubbish", "bin", "bins", "grass*", "tree*", "hedge*"}},
	{"Dwelling", []string{"flat*", "house", "home", "bungalow*", "maisonette*", "kitchen*", "bedroom*", "dwelling*"}},
}

// otherWords go with a report and tell nothing of their own.
var otherWords = strings.Fields(`person people man woman men women child children kid baby boy girl someone somebody caller reports
	reported report says saying told there theres has have had was were been being are be am i im we they he she it and with big
	small large huge old new two three several some smell smells ringing going off up down into onto inside outside please now
	just still again ground first second third top floor roof loft basement garage garden kitchen door window bedroom room pan
	chip oven cooker engine engines pump under train hit from coming out lots seen see heard street light block building tower
	by need needs help crashed near alongside hurry quick quickly emergency everything
	urgent ambulance police elderly fallen injured hurt bleeding screaming shouting hear hearing loud bang explosion exploded strong
	bad heavy thick black 1st 2nd 3rd 4th 5th 6th fourth fifth derelict possible possibly maybe think called name accident
	neighbours neighbour lady guy gentleman set platform platforms`)

func (h *hint) matchesWord(w string) bool {
	return slices.ContainsFunc(h.words, func(said string) bool {
		begin, open := strings.CutSuffix(said, "*")
		return w == begin || open && strings.HasPrefix(w, begin)
	})
}

// firstHint is what the first hint says that words have one of; empty where none.
func firstHint(hints []hint, words []string) string {
	for _, h := range hints {
		if slices.ContainsFunc(words, h.matchesWord) {
			return h.says
		}
	}
	return ""
}

// isFactWord says whether a word says something else than a place.
func isFactWord(w string) bool { return slices.Contains(otherWords, w) || isHint(w) }

// isHint says whether a word tells what is reported, or the property.
func isHint(w string) bool {
	has := func(h hint) bool { return h.matchesWord(w) }
	return slices.ContainsFunc(reportHints, has) || slices.ContainsFunc(propertyHints, has)
}

func factWords(words []string) (said []string) {
	for _, w := range words {
		if isFactWord(w) {
			said = append(said, w)
		}
	}
	return said
}
