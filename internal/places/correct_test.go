package places_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"lfb/internal/phrase"
)

// TestCorrected has callers who take back a place, districts with a blank, and junctions that are said loosely.
func TestCorrected(t *testing.T) {
	t.Parallel()
	s := madeSet(t)
	for _, test := range []struct{ text, place, unused string }{ // no place: a choice
		{"Brixton Hill, sorry, I mean Acre Lane", "Acre Lane", "brixton hill"},
		{"Brixton Hill sorry Acre Lane", "Acre Lane", "brixton hill"},
		{"Brixton Hill, no, Acre Lane", "Acre Lane", "brixton hill"},
		{"Brixton Hill no wait, it's Acre Lane", "Acre Lane", "brixton hill"},
		{"fire at Brixton Hill, actually Acre Lane", "Acre Lane", "brixton hill"},
		{"not Brixton Hill, Acre Lane", "Acre Lane", "brixton hill"},
		{"not Brixton Hill but Acre Lane", "Acre Lane", "brixton hill"},
		{"Brixton Hill no Acre Lane", "", "no"},
		{"Acre Lane, not Brixton Hill", "Acre Lane", "brixton hill"},
		{"it's not on Brixton Hill it's on Acre Lane", "Acre Lane", "brixton hill"},
		{"pudding mill lane, no sorry, Bow Road station, smoke", "Bow Road Station", "pudding mill lane"},
		{
			"Acre Lane, no sorry, Brixton Hill, I mean Tooting Broadway station", "Tooting Broadway Station",
			"acre lane brixton hill",
		},
		{"Acre Lane, sorry, I mean Xyzzyplugh", "", "xyzzyplugh"},
		{"not Acre Lane, Xyzzyplugh", "", "xyzzyplugh"},
		{"Brixton, sorry, I mean Brighton", "", "brixton"},
		{"Brixton Hill and Acre Lane", "Brixton Hill / Acre Lane", ""},
		{"Acre Lane, actually on fire", "Acre Lane", ""},
		{"Acre Lane, Tottenham, no, Brixton", "Acre Lane", ""},
		{"Acre Lane, no, Xyzzyplugh", "", "xyzzyplugh"},
		{"Acre Lane, twenty, no, two hundred and twenty, the kebab place", "Acre Lane", "twenty"},
		{"Acre Lane, not the one in Tottenham", "Acre Lane", "tottenham"},
		{"sorry about this, Acre Lane", "Acre Lane", "sorry about this"},
		{"not far from Brixton station", "Brixton Station", "not far"},
		{"not a house fire, Acre Lane", "Acre Lane", "not"},

		{"N 17", "N17", ""},
		{"n 17 fire", "N17", ""},
		{"it's N 17 somewhere", "N17", "somewhere"},
		{"fire in SE 10 please", "SE10", ""},
		{"E1 6AN", "E1 6AN", ""},
		{"fire at E1 6AN", "E1 6AN", ""},
		{"fire at E 1 6AN", "E1 6AN", ""},
		{"kitchen fire E1 6 please", "E1 6", ""},
		{"E 1 6", "E1 6", ""},
		{"Acre Lane, car w 2 kids", "Acre Lane", "w 2 kids"},
		{"flat e 17 Acre Lane", "Acre Lane", "e"},
		{"fire n 17 2nd floor", "N17", ""},

		{"m1 just before junction 2 heading into London", "M1 junction 2", "heading"},
		{"M1, southbound near junction 2", "M1 junction 2", ""},
		{"near junction 2 of the M1", "M1 junction 2", ""},
		{"A10 near junction 25 of the M25", "M25 junction 25", "a10"},
	} {
		found, place := phrase.Read(test.text, time.Date(2026, 11, 30, 20, 0, 0, 0, time.UTC), s).Place, ""
		if found.Clear {
			place = found.Matches[0].Name
		}
		if place != test.place || !slices.Equal(found.Unused, strings.Fields(test.unused)) {
			t.Errorf("Read(%q) = %s, unused %q; want %q, %q", test.text, describe(found), found.Unused, test.place, test.unused)
		}
	}
}
