package places_test

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"lfb/internal/places"
	"lfb/internal/testdata"
)

// TestAccuracyByKind learns where places are from the rows of January and February, and measures how far
// those of March are from the places that they name. docs/MODELS.md has what it logs.
func TestAccuracyByKind(t *testing.T) {
	t.Parallel()
	learn, score := readPointRows(t)
	b := places.NewBuilder()
	for _, a := range medians(learn, func(r pointRow) string { return r.postcode + "|" + r.borough }) {
		postcode, borough, _ := strings.Cut(a.key, "|")
		b.AddUnit(postcode, borough, a.e, a.n)
	}
	for kind, key := range map[places.Kind]func(pointRow) string{
		places.Borough: func(r pointRow) string { return r.borough + "|" + r.borough },
		places.Ward:    func(r pointRow) string { return r.ward + "|" + r.wardName },
		places.Ground:  func(r pointRow) string { return "|" + r.ground },
	} {
		for _, a := range medians(learn, key) {
			code, name, _ := strings.Cut(a.key, "|")
			b.AddNamed(places.Named{Kind: kind, Code: code, Name: name, Easting: a.e, Northing: a.n})
		}
	}
	for _, a := range medians(learn, func(r pointRow) string { return r.district }) {
		b.AddNamed(places.Named{Kind: places.District, Name: a.key, Easting: a.e, Northing: a.n})
	}
	s := b.Build()
	away := map[string][]float64{}
	for _, r := range score {
		add := func(kind, text string) {
			if f := s.Search(text, 1); f.Clear {
				p := f.Matches[0]
				if kind == "postcode" {
					kind = p.Kind.String()
				}
				away[kind] = append(away[kind], math.Hypot(p.Easting-r.e, p.Northing-r.n))
			}
		}
		add("postcode", r.postcode)
		add("postcode_sector", r.postcode[:len(r.postcode)-2])
		add("postcode_district", r.district)
		add("ward", r.ward)
		add("station_ground", r.ground+" fire station")
		add("borough", r.borough)
	}
	for _, kind := range []string{
		"postcode", "postcode_sector", "postcode_district", "ward", "station_ground",
		"borough",
	} {
		d := away[kind]
		if len(d) < 100 {
			t.Fatalf("%s: %d rows", kind, len(d))
		}
		slices.Sort(d)
		t.Logf("| %s | %d | %.0f | %.0f |", kind, len(d), d[len(d)/2], d[len(d)*9/10])
	}
	if m := away["postcode"][len(away["postcode"])/2]; m > 100 {
		t.Errorf("a postcode is a median of %.0f m away, want 100", m)
	}
}

// pointRow is a published row with a whole postcode and a place to the metre.
type pointRow struct {
	postcode, district, borough, ward, wardName, ground string
	e, n                                                float64
}

func readPointRows(t *testing.T) (learn, score []pointRow) {
	f, err := os.Open(testdata.Path(t, "lfb_incidents_2017_jan_mar.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	for _, row := range rows[1:] {
		get := func(name string) string { return row[column[name]] }
		e, err1 := strconv.ParseFloat(get("Easting_m"), 64)
		n, err2 := strconv.ParseFloat(get("Northing_m"), 64)
		if err1 != nil || err2 != nil || get("Postcode_full") == "" {
			continue
		}
		r := pointRow{
			postcode: get("Postcode_full"), district: get("Postcode_district"), borough: get("IncGeo_BoroughCode"),
			ward: get("IncGeo_WardCode"), wardName: get("IncGeo_WardName"), ground: get("IncidentStationGround"), e: e, n: n,
		}
		if strings.HasPrefix(get("DateOfCall"), "2017-03") {
			score = append(score, r)
		} else {
			learn = append(learn, r)
		}
	}
	return learn, score
}

type middle struct {
	key  string
	e, n float64
}

func medians(rows []pointRow, key func(pointRow) string) (out []middle) {
	es, ns := map[string][]float64{}, map[string][]float64{}
	for _, r := range rows {
		k := key(r)
		es[k], ns[k] = append(es[k], r.e), append(ns[k], r.n)
	}
	for k := range es {
		slices.Sort(es[k])
		slices.Sort(ns[k])
		out = append(out, middle{k, es[k][len(es[k])/2], ns[k][len(ns[k])/2]})
	}
	slices.SortFunc(out, func(a, b middle) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return out
}
