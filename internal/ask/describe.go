package ask

import (
	"regexp"
	"slices"
	"strings"

	"lfb/internal/clean"
	"lfb/internal/feature"
	"lfb/internal/geo"
	"lfb/internal/lfb"
)

var (
	postcodeWithin = regexp.MustCompile(`(?i)\b[a-z]{1,2}\d[a-z\d]?\s*\d[a-z]{2}\b`)
	pairWithin     = regexp.MustCompile(`-?\d+\.\d+\s*[,;\s]\s*-?\d+\.\d+|\b\d{6}(?:\.\d+)?\s*[,;\s]\s*\d{6}(?:\.\d+)?\b`)
	wordsWithin    = regexp.MustCompile(`[\pL\d']+`)
)

// hint is words that a caller may use for a thing; one that ends in * is a beginning.
type hint struct {
	says  string
	words []string
}

// reportHints are tried in this order: a smoke alarm is an alarm before it is smoke.
func reportHints() []hint {
	return []hint{
		{clean.ReportedAlarm, []string{"alarm*", "detector*", "afa"}},
		{clean.ReportedLift, []string{"lift", "lifts", "elevator*"}},
		{clean.ReportedRTC, []string{"collision*", "crash*", "rtc"}},
		{clean.ReportedFire, []string{"fire*", "burn*", "flame*", "smoke*", "ablaze", "alight"}},
		{clean.ReportedFlooding, []string{"flood*", "burst", "leak", "leaking"}},
		{clean.ReportedWater, []string{"drown*"}},
		{clean.ReportedHazard, []string{"gas", "chemical*", "spill*", "petrol"}},
		{clean.ReportedEntry, []string{"locked", "lockout"}},
		{clean.ReportedAnimal, []string{"animal*", "cat", "dog", "horse"}},
		{clean.ReportedMedical, []string{"unconscious", "collapsed", "cardiac"}},
		{clean.ReportedRescue, []string{"trapped", "stuck"}},
	}
}

func propertyHints() []hint {
	return []hint{
		{"Other Residential", []string{"hotel*", "hostel*", "dormitory"}},
		{"Road Vehicle", []string{"car", "cars", "van", "lorry", "bus", "motorbike", "motorcycle", "vehicle*"}},
		{"Non Residential", []string{"shop*", "office*", "school*", "hospital*", "pub", "restaurant*", "warehouse*", "factory"}},
		{"Outdoor", []string{"rubbish", "bin", "bins", "grass*", "tree*", "hedge*"}},
		{"Dwelling", []string{"flat*", "house", "home", "bungalow*", "maisonette*", "kitchen*", "bedroom*", "dwelling*"}},
	}
}

// firstHint is what the first hint says that text has a word of; empty where none.
func firstHint(hints []hint, text string) string {
	words := wordsWithin.FindAllString(strings.ToLower(text), -1)
	for _, h := range hints {
		for _, w := range h.words {
			begin, open := strings.CutSuffix(w, "*")
			if slices.ContainsFunc(words, func(s string) bool { return s == begin || open && strings.HasPrefix(s, begin) }) {
				return h.says
			}
		}
	}
	return ""
}

// described is a form whose words were read: Where is the place alone.
type described struct {
	Form
	Read []string // facts that the words told: reported, property
}

// readDescription finds the place, what is reported and the property in a description
// such as "kitchen fire in a flat, SE10 9NF". A field that is given is left as it
// is. A text without a place in it stays as it is, to be refused as a place.
func (f Form) readDescription(spec *feature.Spec) described {
	d := described{Form: f}
	var probe lfb.Call
	if _, err := locatePlace(&probe, f.Where, spec); err == nil {
		return d
	}
	place := placeWithin(f.Where, spec)
	if place == "" {
		return d
	}
	d.Where = place
	rest := strings.Replace(f.Where, place, " ", 1)
	if said := firstHint(reportHints(), rest); f.Reported == "" && said != "" {
		d.Reported, d.Read = said, append(d.Read, "reported")
	}
	said := firstHint(propertyHints(), rest)
	if f.Category == "" && said != "" && slices.Contains(spec.Vocab[vocabCategory].Words, said) {
		d.Category, d.Read = said, append(d.Read, "property")
	}
	return d
}

// placeWithin is the most exact place that a text names, in its own letters.
func placeWithin(text string, spec *feature.Spec) string {
	for _, m := range postcodeWithin.FindAllString(text, -1) {
		if _, _, err := geo.ParsePostcode(m); err == nil {
			return m
		}
	}
	if m := pairWithin.FindString(text); m != "" {
		return m
	}
	for _, m := range wordsWithin.FindAllString(text, -1) {
		if d, err := geo.ParseDistrict(m); err == nil && slices.Contains(spec.Vocab[vocabDistrict].Words, d) {
			return m
		}
	}
	if m := longestName(text, spec.Vocab[vocabGround].Words); m != "" {
		return m
	}
	return longestName(text, boroughs[:])
}

// longestName is the longest of names that text has as whole words.
func longestName(text string, names []string) string {
	line := " " + strings.Join(wordsWithin.FindAllString(strings.ToLower(text), -1), " ") + " "
	best := ""
	for _, n := range names {
		if len(n) > len(best) && strings.Contains(line, " "+strings.ToLower(n)+" ") {
			best = n
		}
	}
	return best
}
