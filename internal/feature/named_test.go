package feature_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"lfb/internal/feature"
	"lfb/internal/lfb"
)

// TestPlacesOfPostcodesOnRealRows learns from January and February where postcodes and their sectors are, and says
// those of March: how often the ward, ground and borough of the call are filled in as they were published.
// docs/MODELS.md has what it logs.
func TestPlacesOfPostcodesOnRealRows(t *testing.T) {
	t.Parallel()
	rows := realRows(t)
	march := time.Date(2017, 3, 1, 0, 0, 0, 0, lfb.London)
	cut := slices.IndexFunc(rows, func(r lfb.Attendance) bool { return !r.Call.At.Before(march) })
	spec := mustFit(t, rows[:cut], feature.Options{})
	units, sectors := map[string][]lfb.Call{}, map[string][]lfb.Call{}
	sectorOf := func(postcode string) string { return postcode[:max(0, len(postcode)-2)] }
	for _, r := range rows[:cut] {
		if c := r.Call; c.Postcode != "" && !math.IsNaN(c.Easting) {
			units[c.Postcode] = append(units[c.Postcode], c)
			sectors[sectorOf(c.Postcode)] = append(sectors[sectorOf(c.Postcode)], c)
		}
	}
	for _, kind := range []struct {
		name      string
		learned   map[string][]lfb.Call
		keyOf     func(string) string
		precision float64
		least     [3]float64 // share of wards, grounds, boroughs
	}{
		{"unit", units, strings.Clone, 100, [3]float64{0.835, 0.92, 0.985}},
		{"sector", sectors, sectorOf, 600, [3]float64{0.595, 0.855, 0.94}},
	} {
		var right [3]float64
		n := 0.0
		for _, r := range rows[cut:] {
			known := kind.learned[kind.keyOf(r.Call.Postcode)]
			if r.Call.Postcode == "" || r.Call.PumpOrder != 1 || len(known) == 0 {
				continue
			}
			var x, y []float64
			for _, c := range known {
				x, y = append(x, c.Easting), append(y, c.Northing)
			}
			call := lfb.Call{Easting: math.NaN(), Northing: math.NaN(), Postcode: r.Call.Postcode, PumpOrder: 1}
			boroughs, most := map[string]int{}, ""
			for _, c := range known {
				if boroughs[c.BoroughCode]++; boroughs[c.BoroughCode] > boroughs[most] {
					most = c.BoroughCode
				}
			}
			spec.CompleteAt(&call, &feature.Named{
				Fact: "postcode", Value: call.Postcode, Easting: quantiles(x, 0.5)[0], Northing: quantiles(y, 0.5)[0],
				PrecisionM: kind.precision, Borough: most,
			})
			n++
			for k, same := range []bool{
				call.WardCode == r.Call.WardCode, call.StationGround == r.Call.StationGround,
				call.BoroughCode == r.Call.BoroughCode,
			} {
				if same {
					right[k]++
				}
			}
		}
		t.Logf("%s: %.0f calls: ward %.1f %%, ground %.1f %%, borough %.1f %%", kind.name, n, 100*right[0]/n, 100*right[1]/n,
			100*right[2]/n)
		for k, least := range kind.least {
			if n < 1000 || right[k] < least*n {
				t.Errorf("%s: of %.0f calls %.0f are right, want %.3f", kind.name, n, right[k], least)
			}
		}
	}
}

// A place that is known to be in a borough is not answered as of the other side of its border.
func TestPlaceStaysInItsBorough(t *testing.T) {
	t.Parallel()
	s := mustFit(t, city(8000, 30), feature.Options{})
	for borough, want := range map[string]string{
		"": "E09000001", "E09000000": "E09000000", "E09000001": "E09000001",
		"E77": "E09000001",
	} {
		call := lfb.Call{Easting: math.NaN(), Northing: math.NaN(), PumpOrder: 1}
		s.CompleteAt(&call, &feature.Named{
			Fact: "place", Value: "The Quay", Easting: 530060, Northing: 176000,
			PrecisionM: 100, Borough: borough,
		})
		if call.BoroughCode != want || !strings.HasPrefix(call.WardCode, want) {
			t.Errorf("in %q it is %s, %s, want %s", borough, call.BoroughCode, call.WardCode, want)
		}
	}
}
