package places_test

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"lfb/internal/dataset/datasettest"
	"lfb/internal/lfb"
	"lfb/internal/places"
	"lfb/internal/testdata"
)

// learned is a set of what rows teach.
func learned(rows ...lfb.Incident) *places.Set {
	b, l := places.NewBuilder(), places.NewLearner()
	for i := range rows {
		l.AddIncident(&rows[i])
	}
	l.AddTo(b)
	return b.Build()
}

func rowAt(postcode, borough string, x, y float64) lfb.Incident {
	return lfb.Incident{PostcodeFull: postcode, BoroughCode: borough, EastingM: lfb.Some(x), NorthingM: lfb.Some(y)}
}

func TestLearner(t *testing.T) {
	t.Parallel()
	nowhere := lfb.Incident{PostcodeFull: "SE10 9AB", BoroughCode: "E09000011"}
	rows := []lfb.Incident{
		rowAt("SE109NF", "E09000011", 539_090, 178_310), rowAt("SE10 9NF", "E09000011", 539_100, 178_300),
		rowAt("SE10 9NF", "E09000030", 531_000, 181_000),
		rowAt("SE1O 9AA", "E09000011", 539_000, 178_000), // a letter for a digit is no postcode
		rowAt("SE10 9AD", "E09000011", 100, 100), rowAt("", "E09000011", 539_000, 178_000), nowhere,
	}
	set := learned(rows...)
	if p, ok := set.FindPostcode("SE10 9NF"); !ok || p.Easting != 539_090 || p.Northing != 178_310 ||
		p.Borough != "E09000011" || p.PrecisionM != 800 {
		t.Errorf("a postcode of three rows is %+v, %v, want their median, the borough of most, and that they are far apart",
			p, ok)
	}
	for _, postcode := range []string{"SE10 9AA", "SE10 9AB", "SE10 9AD"} {
		if p, ok := set.FindPostcode(postcode); !ok || p.Name != "SE10 9" {
			t.Errorf("%s is %+v, %v, want its sector", postcode, p, ok)
		}
	}
	if set.Meta.Units != 1 {
		t.Errorf("%d postcodes, want one", set.Meta.Units)
	}
}

// How far a later call with a postcode was from where earlier rows show that postcode, and its sector, to be: about
// nine in ten are within what is said of it.
func TestLearnedPostcodesOnRealRows(t *testing.T) {
	t.Parallel()
	rows := datasettest.ReadIncidents(t, testdata.Path(t, "lfb_incidents_2017_jan_mar.csv"))
	cut := slices.IndexFunc(rows, func(r lfb.Incident) bool {
		return !r.CalledAt.Before(time.Date(2017, 3, 1, 0, 0, 0, 0, lfb.London))
	})
	set := learned(rows[:cut]...)
	away := map[string][]float64{}
	for _, r := range rows[cut:] {
		if r.PostcodeFull == "" || !r.EastingM.OK {
			continue
		}
		for _, text := range []string{r.PostcodeFull, r.PostcodeFull[:max(len(r.PostcodeFull)-2, 0)]} {
			if p, ok := set.FindPostcode(text); ok {
				kind := p.Kind.String()
				if p.Kind == places.Unit {
					kind += fmt.Sprintf(" to %.0f m", p.PrecisionM)
				}
				away[kind] = append(away[kind], math.Hypot(p.Easting-r.EastingM.V, p.Northing-r.NorthingM.V))
			}
		}
	}
	for kind, most := range map[string]float64{
		"postcode to 100 m": 100, "postcode to 200 m": 200,
		"postcode_sector": 1200,
	} {
		d := away[kind]
		if len(d) < 100 {
			t.Fatalf("%d calls by %s", len(d), kind)
		}
		slices.Sort(d)
		p50, p90 := d[len(d)/2], d[len(d)*9/10]
		t.Logf("%s: %d calls, half within %.0f m, nine in ten within %.0f m", kind, len(d), p50, p90)
		if p90 > most {
			t.Errorf("%s: nine in ten within %.0f m", kind, p90)
		}
	}
}
