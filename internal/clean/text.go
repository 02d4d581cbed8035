package clean

import (
	"strings"
	"unicode/utf8"
)

func unchanged(s string) string { return s }

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
	if strings.HasPrefix(s, "E") && strings.Trim(s[1:], "0") == "" {
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
