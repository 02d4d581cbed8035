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

// TestSpoken holds testdata/spoken.tsv: numbers and letters in words, shorthand, corrections, named junctions, places
// outside and sentences without a place, each with the namesakes that make it hard.
func TestSpoken(t *testing.T) {
	t.Parallel()
	list := readTSV(t, "testdata/spoken.tsv")
	s := spokenSet(t, list)
	for _, row := range list {
		said, want := phrase.Read(row[0], time.Date(2026, 11, 30, 20, 0, 0, 0, time.UTC), s).Place, row[2]
		is := func(m places.Match) bool { return m.Name+", "+places.BoroughName(m.Borough) == want }
		isThere := slices.ContainsFunc(said.Matches, is)
		switch {
		case row[1] == "refused" && string(said.Refused) == want:
		case row[1] == "choice" && isThere && said.Refused == "" && !said.Clear:
		case row[1] == "place" && said.Clear && is(said.Matches[0]):
		default:
			t.Errorf("Read(%q) = %s, want %s %s", row[0], describe(said), row[1], want)
		}
	}
}

// spokenSet is the made files with the entries of a list: a made row of the same name near one gives way.
func spokenSet(t *testing.T, list [][]string) *places.Set {
	tables := nameTables(t, 160)
	var codes strings.Builder
	seen := map[string]bool{}
	for _, row := range list {
		for entry := range strings.SplitSeq(row[3], ";") {
			p := strings.Split(entry, "|")
			if seen[entry] || len(p) != 9 {
				continue
			}
			seen[entry] = true
			x, y := whole(p[3]), whole(p[4])
			if p[1] == "Postcode" {
				codes.WriteString(`"` + strings.ReplaceAll(p[0], " ", "") + `",10,` + p[3] + "," + p[4] +
					`,"E92000001","","","","` + p[2] + `",""` + "\r\n")
				continue
			}
			for square, table := range tables {
				tables[square] = slices.DeleteFunc(table, func(row []string) bool {
					isNear := max(whole(row[8])-x, x-whole(row[8]), whole(row[9])-y, y-whole(row[9])) < 2500
					return isNear && strings.TrimSuffix(row[2], " Station") == p[0] && row[0] < "osgb0004900"
				})
			}
			in := ""
			if p[1] != "Town" && p[1] != "Suburban Area" {
				in = nearestTown(t, x, y)
			}
			made := nameRow(4_900_000_000_000_000+len(seen), "transportNetwork", p[1], p[0], x, y, 0, in, p[2], "")
			copy(made[12:16], p[5:])
			tables["LIST"] = append(tables["LIST"], made)
		}
	}
	b := places.NewBuilder()
	b.AddLondon()
	for _, zip := range [][]byte{pack(t, map[string]string{"Data/CSV/list.csv": codes.String()}), codePoint(t)} {
		if err := addCodePoint(b, zip); err != nil {
			t.Fatal(err)
		}
	}
	z := openNames(t, tables)
	if err := b.AddOpenNames(bytes.NewReader(z), int64(len(z)), places.Source{Name: "opname_csv_gb.zip"}); err != nil {
		t.Fatal(err)
	}
	return b.Build()
}

func nearestTown(t *testing.T, x, y int) string {
	away := func(w town) int { return (w.x-x)*(w.x-x) + (w.y-y)*(w.y-y) }
	return slices.MinFunc(readTowns(t), func(a, b town) int { return away(a) - away(b) }).name
}
