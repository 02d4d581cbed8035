package places_test

import (
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
		"high road tottenham": "Tottenham", "high road": "", "Lewisham High Street": "Lewisham", "old kent lane": "", "old kent road": "Old Kent Road",
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
	if found := madeSet(t).Search("high road, lewisham", 20); slices.ContainsFunc(found.Matches, func(m places.Match) bool { return m.Name == "High Street" }) {
		t.Errorf("a High Road is among %s", describe(found))
	}
}
