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
	spell func(string) string
	known map[string]string // as in the file → as wanted
}

func newWords(spell func(string) string) *words {
	return &words{spell: spell, known: map[string]string{}}
}

// of returns s in its wanted spelling. The result never shares memory with s,
// which is a slice of a block of the file.
func (w *words) of(s string) string {
	if s == "" {
		return ""
	}
	if known, ok := w.known[s]; ok {
		return known
	}
	own := strings.Clone(w.spell(s))
	if len(w.known) < maxWords {
		w.known[strings.Clone(s)] = own
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

// capital is s with a capital first letter.
func capital(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return strings.ToUpper(s[:n]) + s[n:]
}
