package places_test

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"lfb/internal/phrase"
	"lfb/internal/places"
)

// The bars of what callers say: at least this share right or an honest choice, and none silently wrong.
const leastRight = 0.95

// TestPhrases holds testdata/phrases.tsv against files of 20,000 names, and against none.
func TestPhrases(t *testing.T) {
	t.Parallel()
	full := madeSet(t)
	if names := full.Meta.Names; names < 20_000 {
		t.Fatalf("%d names, want 20,000", names)
	}
	alone := places.NewBuilder()
	alone.AddLondon()
	bare := alone.Build()
	tally, bareTally := map[string]int{}, map[string]int{}
	for _, row := range readTSV(t, "testdata/phrases.tsv") {
		said := phrase.Read(row[0], time.Date(2026, 11, 30, 20, 0, 0, 0, time.UTC), full)
		verdict := judge(said.Place, row[1], row[2], row[3])
		tally[verdict]++
		if verdict == "wrong" || verdict == "missed" {
			t.Logf("%s: %q: want %s %q %s, is %s", verdict, row[0], row[1], row[2], places.BoroughName(row[3]),
				describe(said.Place))
		}
		if verdict == "wrong" {
			t.Fail()
		}
		if row[4] == "" {
			continue
		}
		said = phrase.Read(row[0], time.Date(2026, 11, 30, 20, 0, 0, 0, time.UTC), bare)
		want := "place"
		if strings.Contains(row[4], "_") || row[4] == "what3words" {
			want = "refused"
		}
		verdict = judge(said.Place, want, row[4], "")
		bareTally[verdict]++
		if verdict == "wrong" || verdict == "missed" {
			t.Errorf("without files: %s: %q: want %q, is %s", verdict, row[0], row[4], describe(said.Place))
		}
	}
	good := tally["right"] + tally["choice"]
	all := good + tally["missed"] + tally["wrong"]
	t.Logf("with files: %v of %d; without: %v", tally, all, bareTally)
	if float64(good) < leastRight*float64(all) || all < 100 {
		t.Errorf("%d of %d right or a choice, want %.0f %% of 100 or more", good, all, 100*leastRight)
	}
}

// judge compares what was found with what a phrase means: right, choice, missed, or silently wrong.
func judge(found places.Found, want, name, borough string) string {
	if want == "refused" {
		switch {
		case found.Clear:
			return "wrong"
		case string(found.Refused) == name:
			return "right"
		}
		return "missed"
	}
	is := func(p places.Place) bool {
		sameName := p.Name == name || strings.Contains(name, " / ") && p.Name == swap(name)
		return sameName && (borough == "" || places.BoroughName(p.Borough) == borough)
	}
	if found.Clear {
		p := found.Matches[0].Place
		atSector := strings.HasPrefix(name, p.Name+" ") && len(found.Notes) > 0
		if is(p) && (want == "place" || borough != "") || atSector {
			return "right"
		}
		return "wrong"
	}
	for _, m := range found.Matches {
		if is(m.Place) && found.Refused == "" {
			if want == "choice" {
				return "right"
			}
			return "choice"
		}
	}
	return "missed"
}

func swap(name string) string {
	a, b, _ := strings.Cut(name, " / ")
	return b + " / " + a
}

func describe(f places.Found) string {
	var out strings.Builder
	if f.Refused != "" {
		out.WriteString("refused as " + string(f.Refused) + " ")
	}
	if f.Clear {
		out.WriteString("clear ")
	}
	for _, m := range f.Matches[:min(4, len(f.Matches))] {
		out.WriteString("[" + m.Kind.String() + " " + m.Label() + "] ")
	}
	return out.String()
}

// TestNamesFindThemselves says the names of made-up files with their settlement, shortened and mistyped: what is
// found is there, or it is a choice with it.
func TestNamesFindThemselves(t *testing.T) {
	t.Parallel()
	s := madeSet(t)
	r := rand.New(rand.NewPCG(9, 9))
	short := strings.NewReplacer(" road", " rd", " street", " st", " avenue", " ave", " gardens", " gdns", " lane", " ln",
		" place", " pl")
	said, clear := 0, 0
	tables := nameTables(t, 160)
	for _, table := range slices.Sorted(maps.Keys(tables)) {
		rows := tables[table]
		for range min(60, len(rows)) {
			row := rows[r.IntN(len(rows))]
			if row[27] != "London" || row[18] == "" || row[7] == "Section Of Numbered Road" {
				continue
			}
			text := short.Replace(strings.ToLower(row[2] + " " + row[18]))
			if r.IntN(2) == 0 {
				text = mistype(r, text)
			}
			found := s.Search(text+" ", 60)
			said++
			is := func(m places.Match) bool {
				return m.Name == row[2] && math.Hypot(m.Easting-float64(whole(row[8])),
					m.Northing-float64(whole(row[9]))) <= max(m.PrecisionM, 500)+300
			}
			switch {
			case found.Clear && !is(found.Matches[0]):
				t.Errorf("Search(%q) = %s, want %s at %s, %s", text, describe(found), row[2], row[8], row[9])
			case found.Clear:
				clear++
			case !slices.ContainsFunc(found.Matches, is):
				t.Errorf("Search(%q) = %s: %s is none of them", text, describe(found), row[2])
			}
		}
	}
	if t.Logf("%d of %d clear", clear, said); said < 500 || clear < said*2/3 {
		t.Errorf("%d of %d clear", clear, said)
	}
}

// mistype changes a letter of a word of five and more.
func mistype(r *rand.Rand, text string) string {
	words := strings.Fields(text)
	w := []byte(words[r.IntN(len(words))])
	k := slices.Index(words, string(w))
	if len(w) < 5 || strings.ContainsAny(string(w), "0123456789'") {
		return text
	}
	switch i := r.IntN(len(w) - 1); r.IntN(3) {
	case 0:
		w = slices.Delete(w, i, i+1)
	case 1:
		w[i], w[i+1] = w[i+1], w[i]
	default:
		w[i] = 'x'
	}
	words[k] = string(w)
	return strings.Join(words, " ")
}

// TestCallers holds what callers say against the places that they mean, to 800 m, with files and without:
// independent.tsv by somebody who knew neither the matcher nor its files, callers.tsv written before the landmarks
// were tried. What is silently wrong fails; so does a phrase that is right no more. testdata/README.md has the first
// scores.
func TestCallers(t *testing.T) {
	t.Parallel()
	b := places.NewBuilder()
	b.AddLondon()
	full, bare := madeSet(t), b.Build()
	for _, test := range []struct {
		name, file string
		set        *places.Set
		least      int // right or an honest choice
	}{
		{"independent, with files", "testdata/independent.tsv", full, 40},
		{"callers, with files", "testdata/callers.tsv", full, 68},
		{"callers, without", "testdata/callers.tsv", bare, 59},
	} {
		tally := map[string]int{}
		for _, row := range readTSV(t, test.file) {
			if row = append(row, "", ""); test.set == bare && row[5] == "" {
				continue
			}
			said := phrase.Read(row[0], time.Date(2026, 11, 30, 20, 0, 0, 0, time.UTC), test.set)
			verdict := judgePoint(said.Place, row)
			tally[verdict]++
			if verdict == "wrong" || verdict == "missed" {
				t.Logf("%s: %s: %q: want %s %s, is %s", test.name, verdict, row[0], row[1], row[2], describe(said.Place))
			}
			if verdict == "wrong" {
				t.Fail()
			}
		}
		t.Logf("%s: %v", test.name, tally)
		if good := tally["right"] + tally["choice"]; good < test.least {
			t.Errorf("%s: %d right or a choice, want %d", test.name, good, test.least)
		}
	}
}

// judgePoint is judge by where a place is: kind, what is meant, easting and northing stand behind the phrase.
func judgePoint(found places.Found, row []string) string {
	const nearM = 800 // and what was found is known to some metres itself
	is := func(m places.Match) bool {
		return row[3] != "" && math.Hypot(m.Easting-float64(whole(row[3])), m.Northing-float64(whole(row[4]))) <= max(nearM+
			min(m.PrecisionM, 500), m.PrecisionM)
	}
	switch {
	case row[1] == "refused" && found.Refused != "", row[1] == "choice" && row[3] == "" && len(found.Matches) > 1 &&
		!found.Clear:
		return "right"
	case found.Clear && is(found.Matches[0]):
		return "right"
	case found.Clear:
		return "wrong"
	case found.Refused == "" && slices.ContainsFunc(found.Matches, is):
		return "choice"
	}
	return "missed"
}
