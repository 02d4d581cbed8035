package clean

import (
	"encoding/binary"
	"math/bits"
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
	all    []spelling
	known  map[string]uint32 // where in all, by the text as in the file
	recent []recentWord
}

// spelling is a text as in the file and as wanted.
type spelling struct{ file, wanted string }

// recentWord is a text by its ends, two in a line of the cache.
type recentWord struct {
	ends  ends
	n, at uint32 // its length, and where in all it is
	_     [8]byte
}

// recentWords are found without the map: most rows repeat what few rows before them
// have. Two of them share a pair of slots.
const recentWords = 1 << recentBits

const recentBits = 12

// ends are a text's first and last eight bytes, which overlap in one of less than
// sixteen. Of shorter texts than eight first is all there is. Texts of one length up
// to sixteen are the same where their ends are.
type ends struct{ first, last uint64 }

// endsOf is of a text that is not empty.
func endsOf(s string) ends {
	n, b := len(s), []byte(s) // no copy, as nothing writes to it
	switch {
	case n >= 8:
		return ends{binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[n-8:])}
	case n >= 4:
		return ends{first: uint64(binary.LittleEndian.Uint32(b)) | uint64(binary.LittleEndian.Uint32(b[n-4:]))<<32}
	default:
		return ends{first: uint64(b[0]) | uint64(b[n/2])<<8 | uint64(b[n-1])<<16}
	}
}

// slot is where a text of n bytes is among the recent words: there or in the next slot.
func (e ends) slot(n int) int {
	h := (e.first ^ bits.RotateLeft64(e.last, 23) ^ uint64(n)) * 0x9e3779b97f4a7c15
	return int(h>>(64-recentBits)) &^ 1
}

func newWords(spell func(string) string) *words {
	return &words{spell: spell, known: map[string]uint32{}, recent: make([]recentWord, recentWords)}
}

// of returns a field in its wanted spelling: trimmed, and empty where it is
// missing. The result never shares memory with s, which is a slice of a block of
// the file.
func (w *words) of(s string) string {
	if s == "" {
		return ""
	}
	e := endsOf(s)
	slot := e.slot(len(s))
	if r := &w.recent[slot]; w.is(r, s, e) {
		return w.all[r.at].wanted
	}
	if r := &w.recent[slot+1]; w.is(r, s, e) {
		return w.all[r.at].wanted
	}
	return w.look(s, e, slot)
}

// is reports whether r is the text s, whose ends are e.
func (w *words) is(r *recentWord, s string, e ends) bool {
	return r.ends == e && r.n == uint32(len(s)) && (len(s) <= 16 || w.all[r.at].file == s)
}

// look finds a text that is not among the recent, and puts it there.
func (w *words) look(s string, e ends, slot int) string {
	at, ok := w.known[s]
	if !ok {
		own := ""
		if text := present(s); text != "" {
			own = strings.Clone(w.spell(text))
		}
		if len(w.all) >= maxWords {
			return own
		}
		at = uint32(len(w.all))
		w.all = append(w.all, spelling{strings.Clone(s), own})
		w.known[w.all[at].file] = at
	}
	w.recent[slot+1] = w.recent[slot]
	w.recent[slot] = recentWord{ends: e, n: uint32(len(s)), at: at}
	return w.all[at].wanted
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
