package clean

import (
	"strings"
	"unicode/utf8"
)

// maxWords bounds a table of words. A city's stations, wards and kinds of
// property are some thousands; a column of free text must not fill the memory.
const maxWords = 1 << 14

// words keeps one copy of each text that comes again and again, in the spelling
// that is wanted of it.
type words struct {
	spell  func(string) string
	known  map[string]spelling // by the text as in the file
	recent [recentWords]spelling
}

// spelling is a text as in the file and as wanted.
type spelling struct{ file, wanted string }

// recentWords are found without the map: most rows repeat what few rows before them
// have. A power of two.
const recentWords = 1 << recentBits

const recentBits = 12

// slot is where s, which is not empty, is among the recent words: its length, its
// ends and its middle tell most words apart.
func slot(s string) int {
	n := len(s)
	h := uint32(n) ^ uint32(s[n-1])<<5 ^ uint32(s[max(n-2, 0)])<<11 ^ uint32(s[max(n-3, 0)])<<16 ^ uint32(s[0])<<21 ^ uint32(s[n/2])<<24
	return int(h * 0x9e3779b1 >> (32 - recentBits))
}

func newWords(spell func(string) string) *words {
	return &words{spell: spell, known: map[string]spelling{}}
}

// of returns a field in its wanted spelling: trimmed, and empty where it is
// missing. The result never shares memory with s, which is a slice of a block of
// the file.
func (w *words) of(s string) string {
	if s == "" {
		return ""
	}
	r := &w.recent[slot(s)]
	if r.file == s {
		return r.wanted
	}
	if known, ok := w.known[s]; ok {
		*r = known
		return known.wanted
	}
	own := ""
	if text := present(s); text != "" {
		own = strings.Clone(w.spell(text))
	}
	if len(w.known) < maxWords {
		*r = spelling{strings.Clone(s), own}
		w.known[r.file] = *r
	}
	return own
}

func asIs(s string) string { return s }

// place is a borough or ward in capitals, as both tables have most of them; the
// words of 2017 for a place outside London are no place.
func place(s string) string {
	s = strings.ToUpper(strings.Join(strings.Fields(s), " "))
	if s == "NOT GEO-CODED" {
		return ""
	}
	return s
}

// areaCode is an ONS code; E00000000 was written for a place outside London.
func areaCode(s string) string {
	s = strings.ToUpper(s)
	if strings.HasPrefix(s, "E") && zeros(s[1:]) {
		return ""
	}
	return s
}

// proper is a borough as English spells it: Kensington and Chelsea, where the
// files have Kensington And chelsea.
func proper(s string) string {
	fields := strings.Fields(strings.ToLower(s))
	for i, f := range fields {
		if i == 0 || (f != "and" && f != "upon" && f != "of") {
			fields[i] = capital(f)
		}
	}
	s = strings.Join(fields, " ")
	if s == "Not Geo-coded" {
		return ""
	}
	return s
}

// station capitalises what some years have in small letters: heathrow.
func station(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if s != strings.ToLower(s) {
		return s
	}
	fields := strings.Fields(s)
	for i, f := range fields {
		fields[i] = capital(f)
	}
	return strings.Join(fields, " ")
}

// delay spells the words of years before 2016 as later ones do.
func delay(s string) string {
	if s == "0" {
		return ""
	}
	return capital(s)
}

// report is a PerformanceReporting, which some tools made a float.
func report(s string) string { return strings.TrimSuffix(s, ".0") }

// capital is s with a capital first letter.
func capital(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return strings.ToUpper(s[:n]) + s[n:]
}
