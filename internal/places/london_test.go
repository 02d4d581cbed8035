package places_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"lfb/internal/geo/london"
	"lfb/internal/phrase"
	"lfb/internal/places"
)

// TestWithoutFiles says every borough, ward, district and ground of London as people do: it is found,
// or it is among the choices.
func TestWithoutFiles(t *testing.T) {
	t.Parallel()
	b := places.NewBuilder()
	b.AddLondon()
	s := b.Build()
	said, clear := 0, 0
	find := func(kind places.Kind, a london.Area, text string) {
		said++
		found := phrase.FindPlace(text, 40, s)
		is := func(m places.Match) bool {
			isNamed := a.Code != "" && m.Code == a.Code || strings.EqualFold(m.Name, a.Name)
			near := math.Hypot(m.Easting-a.Easting, m.Northing-a.Northing) <= m.PrecisionM+1000
			name := strings.ToUpper(m.Name) // Earl's Court is its station as well
			isThere := m.Kind == places.Station && strings.HasPrefix(name, strings.ToUpper(a.Name)) ||
				m.Kind == places.Landmark && strings.Contains(a.Name, strings.TrimPrefix(name, "THE "))
			isRailway := strings.HasSuffix(text, " station") && name == strings.ToUpper(text) ||
				strings.HasSuffix(name, " AIRPORT")
			return isNamed && (m.Kind == kind || near) || isThere && near || isRailway
		}
		switch {
		case found.Clear && is(found.Matches[0]):
			clear++
		case found.Clear || found.Refused != "" || !slices.ContainsFunc(found.Matches, is):
			t.Errorf("%q is %s, want the %v %s", text, describe(found), kind, a.Name)
		}
	}
	for _, a := range london.Boroughs() {
		for _, form := range []string{"%s", "fire in %s", "London Borough of %s", "%s, London"} {
			find(places.Borough, a, fmt.Sprintf(form, strings.ToLower(a.Name)))
		}
		find(places.Borough, a, a.Code)
		find(places.Borough, a, strings.ReplaceAll(a.Name, " AND ", " & "))
	}
	for _, a := range london.Wards() {
		if a.Name == "JUNCTION" { // to be said as a ward: any crash is at one
			find(places.Ward, a, "junction ward")
			continue
		}
		find(places.Ward, a, strings.ToLower(strings.ReplaceAll(a.Name, "'", ""))+" ward")
		find(places.Ward, a, a.Name+" ward, "+places.BoroughName(a.Borough))
		find(places.Ward, a, strings.ToLower(a.Code))
		n, m := said, clear
		find(places.Ward, a, a.Name) // a ward's name alone may be of elsewhere: a choice is as good
		said, clear = n, m
	}
	for _, a := range london.Districts() {
		find(places.District, a, a.Name)
		find(places.District, a, "car crash "+strings.ToLower(a.Name))
	}
	for _, a := range london.Grounds() {
		find(places.Ground, a, a.Name)
		find(places.Ground, a, "near "+strings.ToLower(a.Name)+" fire station")
		find(places.Ground, a, a.Name+" station")
	}
	if t.Logf("%d of %d clear", clear, said); clear < said*9/10 {
		t.Errorf("%d of %d clear", clear, said)
	}
}

// TestBareWards says the name of a ward alone, which may be of elsewhere in London where no file tells: it is asked
// which. With its borough, its district or as a ward it is clear, and so is what is no ward.
func TestBareWards(t *testing.T) {
	t.Parallel()
	b := places.NewBuilder()
	b.AddLondon()
	s := b.Build()
	for text, want := range map[string]bool{
		"Victoria": false, "fire in Victoria": false, "Kitchen fire, Victoria": false, "Victori": false, "Seven Kings": false,
		"Victoria, Hackney": true, "Victoria E9": true, "Victoria ward": true, "Hackney": true, "Brixton": true,
		"Soho": true, "E9": true,
	} {
		if found := phrase.FindPlace(text, 40, s); found.Clear != want || found.Refused != "" || len(found.Matches) == 0 {
			t.Errorf("%q is %s, want it clear %v", text, describe(found), want)
		}
	}
}

// TestTwoPlaces says two places that are not near each other: it is asked which, with both.
func TestTwoPlaces(t *testing.T) {
	t.Parallel()
	b := places.NewBuilder()
	b.AddLondon()
	s := b.Build()
	for text, want := range map[string][]string{
		"Brixton, Croydon": {"Brixton", "Croydon"}, "Holloway, SE10 9NF": {"Holloway", "SE10"},
		"Croydon, Barnet":   {"Croydon", "Barnet"},
		"Victoria, Croydon": {"Victoria", "Croydon"}, "fire in Soho near SE10": {"Soho", "SE10"},
		"Tottenham, Brixton": {"Tottenham", "Brixton"},
		"Brixton, Lambeth":   nil, "Brixton SW9": nil, "Soho, W1": nil, "Holloway, N7": nil, "Greenwich SE10 9NF": nil,
		"Soho, Westminster": nil,
	} {
		found := phrase.FindPlace(text, 40, s)
		if found.Clear != (want == nil) {
			t.Errorf("%q is %s, want choices %q", text, describe(found), want)
		}
		for _, name := range want {
			if !slices.ContainsFunc(found.Matches, func(m places.Match) bool { return m.Name == name }) {
				t.Errorf("%q is %s, without %s", text, describe(found), name)
			}
		}
	}
}

// TestPointsOutside says coordinates by London and far from it, and of its edges.
func TestPointsOutside(t *testing.T) {
	t.Parallel()
	b := places.NewBuilder()
	b.AddLondon()
	s := b.Build()
	for text, outside := range map[string]bool{
		"51.63,0.30": true, "48.8566, 2.3522": true, "TQ 592 948": true, "51.49, -0.55": true, "40.7128, -74.0060": true,
		"51.5080, -0.1281": false, "51.32, -0.14": false, "51.66, -0.05": false, "51.30, 0.05": false, "530000 180400": false,
	} {
		found := phrase.FindPlace(text, 5, s)
		if found.Clear == outside || (found.Refused == places.RefusedOutside) != outside {
			t.Errorf("%q is %s, want it outside %v", text, describe(found), outside)
		}
	}
}

// TestLandmarksAreInTheirBoroughs holds the places of general knowledge, and those that tests make files of, against
// the brigade's rows: one of the borough is as near as any, to the 400 m that a border, the river or an empty park
// explain.
func TestLandmarksAreInTheirBoroughs(t *testing.T) {
	t.Parallel()
	learn, score := readPointRows(t)
	rows := append(learn, score...)
	check := func(name, borough string, e, n, reach float64) {
		own, any := math.Inf(1), math.Inf(1)
		for _, r := range rows {
			d := math.Hypot(r.e-e, r.n-n)
			if any = min(any, d); r.borough == borough {
				own = min(own, d)
			}
		}
		if own > any+max(400, reach) {
			t.Errorf("%s: the nearest call in %s is %.0f m off, in any borough %.0f m", name, places.BoroughName(borough), own,
				any)
		}
	}
	names := map[string]bool{}
	for _, l := range london.Landmarks() {
		if names[l.Kind+l.Name] || l.Reach < 50 || l.Reach > 2000 ||
			(places.BoroughName(l.Borough) == "") != (l.Borough == "") {
			t.Errorf("%+v is there twice, or without its borough or its size", l)
		}
		if names[l.Kind+l.Name] = true; l.Borough != "" {
			check(l.Name, l.Borough, l.Easting, l.Northing, l.Reach)
		}
	}
	for _, r := range readTSV(t, "testdata/special.tsv") {
		if r[7] != "outside" {
			check(r[2], r[7], float64(whole(r[3])), float64(whole(r[4])), float64(whole(r[5])))
		}
	}
	for _, w := range readTowns(t) {
		check(w.name, w.borough, float64(w.x), float64(w.y), 500)
	}
}

// TestOrdinaryWords says words that are a letter from a place's name: no place is found by them alone.
func TestOrdinaryWords(t *testing.T) {
	t.Parallel()
	s := madeSet(t)
	for _, word := range strings.Fields("parking narrow along eating dealing rent backing marking button stop share " +
		"hard pinned stood action sharp popular inner") {
		for _, form := range []string{"smoke from a %s place", "car %s", "%s, fire"} {
			if found := phrase.FindPlace(fmt.Sprintf(form, word), 5, s); found.Clear {
				t.Errorf("%q is %s", fmt.Sprintf(form, word), describe(found))
			}
		}
	}
}

// TestPointBoroughs gives points without a word the borough that their neighbours agree on: of calls of March few get a
// wrong one, by what January and February taught. By the Tower the City is near.
func TestPointBoroughs(t *testing.T) {
	t.Parallel()
	learn, score := readPointRows(t)
	b := places.NewBuilder()
	b.AddLondon()
	for _, a := range medians(learn, func(r pointRow) string { return r.postcode + "|" + r.borough }) {
		postcode, borough, _ := strings.Cut(a.key, "|")
		b.AddUnit(postcode, borough, a.e, a.n)
	}
	s := b.Build()
	right, wrong := 0, 0
	for _, r := range score {
		switch got := s.Search(fmt.Sprintf("%.0f, %.0f", r.e, r.n), 1).Matches[0].Borough; got {
		case r.borough:
			right++
		case "":
		default:
			wrong++
		}
	}
	n := len(score)
	if t.Logf("of %d points %d have their borough, %d another", n, right, wrong); wrong*1000 > n*15 || right*100 < n*82 {
		t.Errorf("of %d points %d have their borough, want 82 %%; %d another, want 1.5 %% at most", n, right, wrong)
	}
	if p := s.Search("51.5081, -0.0759", 1).Matches[0]; p.Borough == "E09000001" {
		t.Errorf("the Tower is in %s", places.BoroughName(p.Borough))
	}
}
