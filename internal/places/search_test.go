package places

import "testing"

// smallSet has two High Roads, a station and the areas about them.
func smallSet() *Set {
	b := NewBuilder()
	b.AddNamed(Named{
		Kind: Borough, Code: "E09000014", Easting: 531500, Northing: 189500, West: 527500, South: 186500,
		East: 535500, North: 192500,
	})
	b.AddNamed(Named{
		Kind: Borough, Code: "E09000022", Easting: 530900, Northing: 175000, West: 529000, South: 169500,
		East: 532500, North: 180500,
	})
	b.AddNamed(Named{
		Kind: District, Name: "N17", Borough: "E09000014", Easting: 533900, Northing: 190300, West: 532500,
		South: 188800, East: 535500, North: 191800,
	})
	b.AddNamed(Named{
		Kind: District, Name: "E1", Borough: "E09000030", Easting: 534700, Northing: 181600, West: 533500,
		South: 180500, East: 536500, North: 182800,
	})
	b.AddNamed(Named{
		Kind: Ground, Name: "TOTTENHAM", Borough: "E09000014", Easting: 533800, Northing: 189500,
		West: 532000, South: 188000, East: 535500, North: 192000,
	})
	b.AddNamed(Named{Kind: Station, Name: "Brixton Station", Borough: "E09000022", Easting: 531060, Northing: 175480})
	b.AddNamed(Named{
		Kind: Road, Name: "High Road", Borough: "E09000014", Easting: 533900, Northing: 190300, West: 533600,
		South: 188800, East: 534200, North: 191800,
	})
	b.AddNamed(Named{
		Kind: Road, Name: "High Road", Borough: "E09000014", Easting: 531200, Northing: 190500, West: 530900,
		South: 190000, East: 531500, North: 191000,
	})
	b.AddNamed(Named{
		Kind: Ward, Name: "HEATH", Code: "E05014063", Borough: "E09000002", Easting: 549600,
		Northing: 186300,
	})
	b.AddUnit("SE10 9NF", "E09000011", 539000, 178000)
	return b.Build()
}

func TestSearch(t *testing.T) {
	t.Parallel()
	s := smallSet()
	for _, test := range []struct {
		name, text string
		place      string
		kind       Kind
		clear      bool
		refused    Refusal
	}{
		{"station in a sentence", "kitchen fire in a flat near Brixton station", "Brixton Station", Station, true, ""},
		{"slip", "brikton station", "Brixton Station", Station, true, ""},
		{"typing ahead", "brix", "Brixton Station", Station, true, ""},
		{"typing ahead, with the apostrophe of a phone", "brix’", "Brixton Station", Station, true, ""},
		{"road with a district", "high rd, n17", "High Road", Road, true, ""},
		{"road alone", "High Road", "High Road", Road, false, ""},
		{"postcode with a slip", "SE1O 9NF", "SE10 9NF", Unit, true, ""},
		{"sector that is not known", "E1 6", "E1", District, true, ""},
		{"grid reference", "TQ 299 804", "TQ 299 804", GridReference, true, ""},
		{"square of a kilometre", "TQ 38 77", "TQ 38 77", GridReference, true, ""},
		{"square of a kilometre in one", "fire at TQ3877", "TQ 38 77", GridReference, true, ""},
		{"a postcode of another shape", "GIR 0AA", "GIR 0AA", District, false, RefusedOutside},
		{"pair of metres", "530000 180000", "530000, 180000", Coordinates, true, ""},
		{"degrees", "51.5, -0.12", "51.5, -0.12", Coordinates, true, ""},
		{"borough", "haringey", "Haringey", Borough, true, ""},
		{"ground", "tottenham fire station", "Tottenham", Ground, true, ""},
		{"a common word", "grass fire on the heath", "Heath", Ward, false, ""},
		{"a ward", "heath ward", "Heath", Ward, true, ""},
		{"three words", "///filled.count.soap", "", 0, false, RefusedWords},
		{"a town", "brighton", "Brighton", Settlement, false, RefusedOutside},
		{"postcode elsewhere", "BN1 1AA", "BN1 1AA", District, false, RefusedOutside},
		{"motorway", "M25 J28", "M25 junction 28", Junction, true, ""},
		{"nothing", "xyzzy", "", 0, false, RefusedUnknown},
		{"empty", "", "", 0, false, RefusedUnknown},
	} {
		found := s.Search(test.text, 5)
		var top Place
		if len(found.Matches) > 0 {
			top = found.Matches[0].Place
		}
		if top.Name != test.place || top.Kind != test.kind || found.Clear != test.clear || found.Refused != test.refused {
			t.Errorf("%s: Search(%q) = %q, %v, clear %v, refused %q, %+v; want %q, %v, %v, %q",
				test.name, test.text, top.Name, top.Kind, found.Clear, found.Refused, found.Matches, test.place, test.kind,
				test.clear, test.refused)
		}
	}
}
