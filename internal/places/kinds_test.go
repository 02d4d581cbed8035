package places_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"lfb/internal/phrase"
	"lfb/internal/places"
)

// checkPlaces reads texts; want is the label of what is meant, or of choices among those, after ?.
func checkPlaces(t *testing.T, s *places.Set, want map[string]string) {
	t.Helper()
	for text, label := range want {
		found := phrase.Read(text, time.Date(2026, 11, 30, 20, 5, 0, 0, time.UTC), s).Place
		choices, isChoice := strings.CutPrefix(label, "?")
		got := []string{string(found.Refused)}
		for _, m := range found.Matches {
			got = append(got, m.Label())
		}
		is := found.Clear && got[1] == label
		if isChoice {
			is = !found.Clear && !slices.ContainsFunc(strings.Split(choices, ";"),
				func(c string) bool { return !slices.Contains(got, c) })
		}
		if !is {
			t.Errorf("Read(%q) = %v %q, want %q", text, found.Clear, got[:min(9, len(got))], label)
		}
	}
}

// TestSpeltPostcodes has postcodes in the words of radio and with figures as words.
func TestSpeltPostcodes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"sierra whiskey nineteen five alpha echo":                "SW19 5AE",
		"fire at Sierra Whisky one nine, five alfa echo, flat 2": "fire at SW19 5AE, flat 2",
		"SW nineteen five alpha echo":                            "SW19 5AE", "echo niner seven quebec xray": "E9 7QX",
		"juliet": "juliet", "november 5": "november 5",
		"sierra echo five": "SE5", "Hotel Golf, Acre Lane": "Hotel Golf, Acre Lane", "W12 0HS": "W12 0HS",
		"one two three": "123", "seven sisters road, flat four": "seven sisters road, flat four",
		"the a four oh six": "the A406", "on the m twenty five, junction three": "on the M25, junction 3",
		"fifty one point four six, minus nought point one one": "51.46, -0.11", "a four year old": "a four year old",
		"E eight one person trapped": "E8 one person trapped", "D A one seven, delta alpha seventeen": "DA17, DA17",
		"a hundred and ten Acre Lane": "a 110 Acre Lane", "two hundred and forty one": "241",
		"tango quebec three eight three seven seven one": "TQ 383771", "double two seven": "227",
	} {
		if got := places.ReadSpelling(text); got != want {
			t.Errorf("ReadSpelling(%q) = %q, want %q", text, got, want)
		}
	}
}

// TestSpeltLetters has postcodes letter by letter, as callers spell them: read whole, or none of the letters is
// anything.
func TestSpeltLetters(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"postcode is S E 1 7 E H, fire": "postcode is SE1 7EH, fire", "S E 1, 7 E H fire alarm": "SE1 7EH fire alarm",
		"S E one seven E H fire": "SE1 7EH fire", "N W 1 2 D B, fire": "NW1 2DB, fire", "S.E.1 7.E.H. fire": "SE1 7EH. fire",
		"S E 1 7EH fire": "SE1 7EH fire", "S E 1 7 EH fire": "SE1 7EH fire", "SE1 7 E H fire": "SE1 7EH fire",
		"flat B N 1 2 D B": "flat B N1 2DB", "N W 1 2 D, fire": "NW12D, fire", "S E five": "SE5",
		"W 2 4 at home":   "W 2 4 at home",
		"W 2 4 2nd floor": "W 2 4 2nd floor", "flat 2 E 3 4 kids": "flat 2 E 3 4 kids", "1 2 3 4": "1 2 3 4",
		"I C E A shop": "I C E A shop",
	} {
		if got := places.ReadSpelling(text); got != want {
			t.Errorf("ReadSpelling(%q) = %q, want %q", text, got, want)
		}
	}
	s := madeSet(t)
	for _, text := range []string{"N W 1 2 D, fire", "D B fire", "fire, H F"} {
		if found := phrase.FindPlace(text, 5, s); found.Clear {
			t.Errorf("%q is %s", text, describe(found))
		}
	}
}

// TestSaidSort says of what sort a place is: a station that sounds like it is meant before a road that is spelt like
// it, two stations of one name are two choices, and a hospital may stand before its area.
func TestSaidSort(t *testing.T) {
	t.Parallel()
	b := places.NewBuilder()
	b.AddLondon()
	for name, at := range map[string][2]float64{
		"Leinster Square":  {525400, 180930},
		"Greenhithe Close": {544800, 173700},
	} {
		b.AddNamed(places.Named{Kind: places.Road, Name: name, Borough: "E09000033", Easting: at[0], Northing: at[1]})
	}
	b.AddNamed(places.Named{
		Kind: places.Station, Name: "Bethnal Green Station", Borough: "E09000030", Easting: 534690,
		Northing: 182430,
	})
	zip := openNames(t, map[string][][]string{"TQ57": {
		nameRow(1, "populatedPlace", "Suburban Area", "Greenhithe", 558700, 174800, 800, "", "", "DA9"),
	}})
	if err := b.AddOpenNames(bytes.NewReader(zip), int64(len(zip)), places.Source{Name: "opname_csv_gb.zip"}); err != nil {
		t.Fatal(err)
	}
	s := b.Build()
	if f := phrase.FindPlace("Bluewater shopping centre, Greenhithe, kitchen fire", 5,
		s); f.Refused != places.RefusedOutside {
		t.Errorf("Bluewater, Greenhithe is %s, want it outside", describe(f))
	}
	checkPlaces(t, s, map[string]string{
		"leister sq tube smoke on escalator": "Leicester Square Station, Westminster",
		"hospital, Lewisham":                 "Lewisham Hospital, University Hospital Lewisham, Lewisham",
		"fire on platform Clapham Junction":  "Clapham Junction Station, Wandsworth",
	})
	both := 0
	found := phrase.FindPlace("smoke in tunnel Bethnal Green tube", 10, s)
	for _, m := range found.Matches {
		if m.Kind == places.Station && m.Name == "Bethnal Green Station" {
			both++
		}
	}
	if both != 2 || found.Clear {
		t.Errorf("Bethnal Green tube is %s, want a choice of both stations", describe(found))
	}
}

// TestBegunUnits has postcodes whose last letter is not said: those that there are, or their sector.
func TestBegunUnits(t *testing.T) {
	t.Parallel()
	b := places.NewBuilder()
	b.AddLondon()
	for _, unit := range []string{"SE5 9RS", "SE5 9RT", "SE5 9PA"} {
		b.AddUnit(unit, "E09000022", 532480, 176240)
	}
	checkPlaces(t, b.Build(), map[string]string{
		"SE5 9R flat fire": "?SE5 9RS, Lambeth;SE5 9RT, Lambeth", "se5 9r": "?SE5 9RS, Lambeth;SE5 9RT, Lambeth",
		"SE5 9P": "?SE5 9PA, Lambeth",
		"SE5 9Z": "SE5 9, Lambeth",
	})
}

// namedSet has roads of one name in towns that are boroughs too, stations of one name, and towns.
func namedSet(t testing.TB) *places.Set {
	t.Helper()
	tables, id := map[string][][]string{}, 6000000000000000
	add := func(typ, local, name string, x, y, half int, in, borough, district string) {
		id++
		tables["TQ22"] = append(tables["TQ22"], nameRow(id, typ, local, name, x, y, half, in, borough, district))
	}
	for _, r := range []struct {
		name        string
		x, y, half  int
		in, borough string
		district    string
	}{
		{"High Street", 525885, 164530, 430, "Sutton", "E09000029", "SM1"},
		{"High Street", 528000, 164600, 300, "Carshalton", "E09000029", "SM5"},
		{"High Street", 532300, 165500, 400, "Croydon", "E09000008", "CR0"},
		{"High Street", 531500, 161600, 300, "Purley", "E09000008", "CR8"},
		{"High Street", 540250, 169200, 500, "Bromley", "E09000006", "BR1"},
		{"Mare Street", 534850, 184400, 700, "Hackney", "E09000012", "E8"},
		{"Well Street", 535330, 184240, 450, "Homerton", "E09000012", "E9"},
		{"Well Street", 538900, 184900, 120, "Stratford", "E09000025", "E15"},
		{"Hurry Close", 539000, 184400, 80, "Stratford", "E09000025", "E15"},
		{"Ridley Road", 533720, 185050, 250, "Dalston", "E09000012", "E8"},
		{"Ridley Road", 546000, 175500, 150, "Welling", "E09000004", "DA16"},
		{"Barking Road", 542700, 183200, 900, "East Ham", "E09000025", "E6"},
	} {
		add("transportNetwork", "Named Road", r.name, r.x, r.y, r.half, r.in, r.borough, r.district)
	}
	for _, p := range []struct {
		name, local string
		x, y        int
		borough     string
	}{
		{"Sutton", "Town", 525900, 164200, "E09000029"},
		{"Croydon", "Town", 532400, 165600, "E09000008"},
		{"Bromley", "Town", 540300, 169300, "E09000006"},
		{"Hackney", "Suburban Area", 534900, 184900, "E09000012"},
		{"Barking", "Town", 544380, 184280, "E09000002"},
		{"Barkingside", "Suburban Area", 544500, 189700, "E09000026"},
		{"Hayes", "Suburban Area", 540400, 166100, "E09000006"},
	} {
		add("populatedPlace", p.local, p.name, p.x, p.y, 900, p.name, p.borough, "")
	}
	for _, s := range []struct {
		name        string
		x, y        int
		in, borough string
	}{
		{"Bethnal Green Station", 535130, 182740, "Bethnal Green", "E09000030"},
		{"Bethnal Green Station", 534690, 182430, "Bethnal Green", "E09000030"},
		{"Hayes Station", 540000, 165900, "Hayes", "E09000006"},
		{"Hayes & Harlington Station", 509700, 179600, "Hayes", "E09000017"},
		{"Sutton Station", 526020, 163890, "Sutton", "E09000029"},
	} {
		add("transportNetwork", "Railway Station", s.name, s.x, s.y, 50, s.in, s.borough, "E2")
	}
	b := places.NewBuilder()
	b.AddLondon()
	z := openNames(t, tables)
	if err := b.AddOpenNames(bytes.NewReader(z), int64(len(z)), places.Source{Name: "opname_csv_gb.zip"}); err != nil {
		t.Fatal(err)
	}
	return b.Build()
}

// TestNamesakes has stations of one name: choices, however near.
func TestNamesakes(t *testing.T) {
	t.Parallel()
	checkPlaces(t, namedSet(t), map[string]string{
		"bethnal green station, smoke": "?Bethnal Green Station, Bethnal Green, Tower Hamlets",
		"Hayes station": "?Hayes Station, Hayes, Bromley;Hayes Station, Hayes & Harlington Station, " +
			"Hillingdon",
		"Hayes & Harlington station fire": "Hayes & Harlington Station, Hayes, Hillingdon",
	})
}

// TestTownsThatAreBoroughs has streets with the name of a town that is one of a borough: the town's.
func TestTownsThatAreBoroughs(t *testing.T) {
	t.Parallel()
	checkPlaces(t, namedSet(t), map[string]string{
		"bus on fire High Street Sutton": "High Street, Sutton", "High Street, Bromley": "High Street, Bromley",
		"High Street Croydon":                          "High Street, Croydon",
		"High Street Sutton right outside the station": "High Street by Sutton Station, Sutton",
		"High Street Purley":                           "High Street, Purley, Croydon",
		"Well Street Hackney":                          "Well Street, Homerton, Hackney",
		"High Street": "?High Street, Sutton;High Street, Croydon;High Street, Purley, " +
			"Croydon",
		"Slough High Street": "?" + string(places.RefusedOutside), "High Street Slough": "?" + string(places.RefusedOutside),
	})
}

// TestTakenBack has words of correction, and the area that holds after them.
func TestTakenBack(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"gas Mare Street Hackney, no, sorry, Well Street": "Well Street, Homerton, Hackney",
		"Mare Street, no sorry, Well Street":              "?Well Street, Stratford, Newham",
		"Mare Street Hackney, no sorry, Barking Road":     "Barking Road, East Ham, Newham",
	}
	for _, word := range []string{
		"correction", "I mean", "make that", "scratch that", "rather,", "wrong,",
		"that's wrong,", "no rather", "my mistake",
	} {
		want["Mare Street, "+word+" Barking Road fire"] = "Barking Road, East Ham, Newham"
	}
	checkPlaces(t, namedSet(t), want)
}

// TestWordsBeside has words beside a name that are none of it, and sentences without a place.
func TestWordsBeside(t *testing.T) {
	t.Parallel()
	checkPlaces(t, namedSet(t), map[string]string{
		"bins Ridley Road market E8": "Ridley Road, Dalston, Hackney", "Mare Street shops": "Mare Street, Hackney",
		"Barking": "Barking, Barking and Dagenham",
		"please hurry there's a fire everything is burning": "?" + string(places.RefusedUnknown), "hurry up, fire": "?" +
			string(places.RefusedUnknown),
		"Hurry Close": "Hurry Close, Stratford, Newham", "fire, Hurry, Stratford": "?Hurry Close, Stratford, Newham",
	})
}
