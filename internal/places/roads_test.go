package places_test

import (
	"math"
	"slices"
	"testing"

	"lfb/internal/places"
)

// TestKindsOfRoadAgree says roads where no road is known: a ward that is called after one of another kind
// is not what is meant.
func TestKindsOfRoadAgree(t *testing.T) {
	t.Parallel()
	b := places.NewBuilder()
	b.AddLondon()
	bare := b.Build()
	for text, want := range map[string]string{
		"high road tottenham": "Tottenham", "high road": "", "Lewisham High Street": "Lewisham", "old kent lane": "",
		"old kent road": "Old Kent Road",
	} {
		found, got := bare.Search(text, 5), ""
		if len(found.Matches) > 0 {
			got = found.Matches[0].Name
		}
		if got != want || found.Clear && len(found.Unused) > 0 {
			t.Errorf("%q finds %q first, clear %v, unused %v, want %q", text, got, found.Clear, found.Unused, want)
		}
	}
	if found := bare.Search("high street", 5); found.Clear {
		t.Errorf("a High Street is clearly %+v", found.Matches)
	}
	if found := madeSet(t).Search("high road, lewisham", 20); slices.ContainsFunc(found.Matches,
		func(m places.Match) bool { return m.Name == "High Street" }) {
		t.Errorf("a High Road is among %s", describe(found))
	}
}

// TestStretches says a numbered road and a place by it, without files: the stretch there, and not all of the road.
func TestStretches(t *testing.T) {
	t.Parallel()
	b := places.NewBuilder()
	b.AddLondon()
	bare := b.Build()
	for text, near := range map[string][2]float64{
		"car on fire A406 Hanger Lane": {518_500, 182_600}, "A406 at Brent Cross": {523_900, 187_900},
		"A2 blackheath": {539_000, 176_800}, "A40 White City": {523_000, 181_000},
		"Emirates Airline": {}, "robbery bank": {}, "A406": {}, "Brixton Hill": {}, "Bank": {532_700, 181_100},
	} {
		f := bare.Search(text, 5)
		m := f.Matches[0]
		if isNear := math.Hypot(m.Easting-near[0], m.Northing-near[1]) < 1000; f.Clear != (near[0] > 0) || f.Clear &&
			!isNear {
			t.Errorf("%q is %s at %.0f, %.0f", text, describe(f), m.Easting, m.Northing)
		}
	}
}
