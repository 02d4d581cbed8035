package clean

import (
	"strings"
	"unicode/utf8"
)

func keepSpelling(s string) string { return s }

// spellPlace is a borough or ward in capitals, as both tables have most of them; the
// words of 2017 for a place outside London are no place.
func spellPlace(s string) string {
	s = strings.ToUpper(strings.Join(strings.Fields(s), " "))
	if s == "NOT GEO-CODED" {
		return ""
	}
	return s
}

// spellAreaCode is an ONS code; E00000000 was written for a place outside London.
func spellAreaCode(s string) string {
	s = strings.ToUpper(s)
	if strings.HasPrefix(s, "E") && strings.Trim(s[1:], "0") == "" {
		return ""
	}
	return s
}

// spellProperCase is a borough as English spells it: Kensington and Chelsea, where the
// files have Kensington And chelsea.
func spellProperCase(s string) string {
	fields := strings.Fields(strings.ToLower(s))
	for i, f := range fields {
		if i == 0 || (f != "and" && f != "upon" && f != "of") {
			fields[i] = capitalise(f)
		}
	}
	s = strings.Join(fields, " ")
	if s == "Not Geo-coded" {
		return ""
	}
	return s
}

// spellStation capitalises what some years have in small letters: heathrow.
func spellStation(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if s != strings.ToLower(s) {
		return s
	}
	fields := strings.Fields(s)
	for i, f := range fields {
		fields[i] = capitalise(f)
	}
	return strings.Join(fields, " ")
}

// spellDelay spells the words of years before 2016 as later ones do.
func spellDelay(s string) string {
	if s == "0" {
		return ""
	}
	return capitalise(s)
}

// spellReport is a PerformanceReporting, which some tools made a float.
func spellReport(s string) string { return strings.TrimSuffix(s, ".0") }

// capitalise is s with a capital first letter.
func capitalise(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return strings.ToUpper(s[:n]) + s[n:]
}
