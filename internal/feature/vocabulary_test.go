package feature

import "testing"

func TestFoldName(t *testing.T) {
	t.Parallel()
	for _, same := range [][]string{
		{"Hampstead", "hampstead", " HAMPSTEAD "},
		{"West Hampstead", "west  hampstead", "West-Hampstead"},
		{"St. Paul's", "Saint Pauls", "st paul\u2019s"},
		{"House - single occupancy", "house single occupancy", "House – single occupancy"},
		{"Kensington & Chelsea", "kensington and chelsea"},
		{"Effecting entry/exit", "effecting entry / exit"},
	} {
		for _, name := range same[1:] {
			if a, b := foldName(same[0]), foldName(name); a != b {
				t.Errorf("foldName(%q) = %q, of %q it is %q", same[0], a, name, b)
			}
		}
	}
	if foldName("Stratford") == foldName("Saint Ratford") || foldName("Lee Green") == foldName("Leyton") {
		t.Error("two names fold to one")
	}
}
