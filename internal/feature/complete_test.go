package feature_test

import (
	"math"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"lfb/internal/feature"
	"lfb/internal/lfb"
)

func quantiles(x []float64, q ...float64) (out []float64) {
	x = slices.Clone(x)
	sort.Float64s(x)
	for _, p := range q {
		out = append(out, x[int(p*float64(len(x)-1))])
	}
	return out
}

func TestComplete(t *testing.T) {
	t.Parallel()
	s := mustFit(t, city(8000, 30), feature.Options{})
	nan := math.NaN()
	for _, c := range []struct {
		name            string
		call            lfb.Call
		assumed         string
		findings        []feature.Finding
		ground          string
		easting, within float64
	}{
		{
			"a point",
			lfb.Call{Easting: 524050, Northing: 174050, PumpOrder: 1},
			"borough ward postcode_district station_ground", nil, "Deptford", 524050, 0,
		},
		{
			"a point and a neighbour's ground",
			lfb.Call{Easting: 529050, Northing: 174050, PumpOrder: 1, StationGround: "Euston"},
			"borough ward postcode_district", nil, "Euston", 529050, 0,
		},
		{
			"a postcode",
			lfb.Call{Easting: nan, Northing: nan, Postcode: "se1 1ab"},
			"pump easting northing borough ward station_ground",
			[]feature.Finding{{Code: feature.FindingPostcodeAsDistrict, Fact: "postcode", Value: "se1 1ab", Used: "SE1"}},
			"", 530000, 1500,
		},
		{
			"a district",
			lfb.Call{Easting: nan, Northing: nan, PumpOrder: 2, PostcodeDistrict: "SE1"},
			"easting northing borough ward station_ground", nil, "", 530000, 1500,
		},
		{
			"a borough and ward",
			lfb.Call{Easting: nan, Northing: nan, PumpOrder: 1, BoroughCode: "E09000001", WardCode: "E09000001-0"},
			"easting northing postcode_district station_ground", nil, "Euston", 535000, 1000,
		},
		{
			"a borough",
			lfb.Call{Easting: nan, Northing: nan, PumpOrder: 1, BoroughCode: "E09000000"},
			"easting northing ward postcode_district station_ground",
			[]feature.Finding{{Code: feature.FindingBoroughOnly}},
			"", 525000, 1000,
		},
		{
			"nothing",
			lfb.Call{Easting: nan, Northing: nan, PumpOrder: 1},
			"",
			[]feature.Finding{{Code: feature.FindingNoPlace}},
			"", nan, 0,
		},
		{
			"beside the city",
			lfb.Call{Easting: 542000, Northing: 175000, PumpOrder: 1},
			"",
			[]feature.Finding{{Code: feature.FindingOutsideTraining, Metres: 2000}},
			"", 542000, 0,
		},
		{
			"far away",
			lfb.Call{Easting: 100, Northing: 900000, PumpOrder: 1},
			"",
			[]feature.Finding{{Code: feature.FindingOutsideArea, Fact: "easting", Metres: math.Inf(1)}},
			"", 100, 0,
		},
		{
			"unknown words",
			lfb.Call{Easting: nan, Northing: nan, PumpOrder: 1, WardCode: "E77", BoroughCode: "E09000000"},
			"easting northing ward postcode_district station_ground",
			[]feature.Finding{
				{Code: feature.FindingUnknownValue, Fact: "ward", Value: "E77"}, {Code: feature.FindingBoroughOnly},
			},
			"", 525000, 1000,
		},
		{
			"a borough that is elsewhere",
			lfb.Call{Easting: 538050, Northing: 174050, PumpOrder: 1, BoroughCode: "E09000000"},
			"borough ward postcode_district station_ground",
			[]feature.Finding{{
				Code: feature.FindingAreaElsewhere, Fact: "borough", Value: "E09000000", Used: "easting",
				Metres: 14367,
			}},
			"Euston", 538050, 0,
		},
		{
			"an infinite point",
			lfb.Call{Easting: math.Inf(1), Northing: 1, PumpOrder: 1},
			"",
			[]feature.Finding{{Code: feature.FindingNoPlace}},
			"", math.Inf(1), 0,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			call := c.call
			done := s.Complete(&call)
			if got := strings.Join(done.Assumed, " "); got != c.assumed {
				t.Errorf("assumed %q, want %q", got, c.assumed)
			}
			near := cmp.Comparer(func(a, b float64) bool { return a == b || math.Abs(a-b) < 100 })
			if d := cmp.Diff(c.findings, done.Findings, near); d != "" {
				t.Errorf("findings differ (-want +got):\n%s", d)
			}
			if c.ground != "" && call.StationGround != c.ground {
				t.Errorf("ground %q, want %q", call.StationGround, c.ground)
			}
			if off := math.Abs(call.Easting - c.easting); off > c.within {
				t.Errorf("easting %v, want %v ± %v", call.Easting, c.easting, c.within)
			}
		})
	}
}

// A word that no training row has, or of a place that is elsewhere, is found, and nothing else
// differs from a call without it.
func TestUnusedWordsAreAsIfNotGiven(t *testing.T) {
	t.Parallel()
	s := mustFit(t, city(8000, 30), feature.Options{Variant: feature.Sent})
	answer := func(c lfb.Call) (lfb.Call, feature.Completion, []uint64) {
		done := s.Complete(&c)
		x := make([]float64, len(s.Schema().Columns))
		s.Encode(x, &c)
		bits := make([]uint64, len(x))
		for i, v := range x {
			bits[i] = math.Float64bits(v)
		}
		return c, done, bits
	}
	compare := func(with, without lfb.Call, found feature.Finding) {
		t.Helper()
		wantCall, want, wantBits := answer(without)
		gotCall, got, bits := answer(with)
		want.Findings = append([]feature.Finding{found}, want.Findings...)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: completion differs (-want +got):\n%s", found.Fact, d)
		}
		if d := cmp.Diff(wantCall, gotCall, cmpopts.EquateNaNs()); d != "" || !slices.Equal(bits, wantBits) {
			t.Errorf("%s: call or features differ (-want +got):\n%s", found.Fact, d)
		}
	}
	for _, given := range []lfb.Call{
		{Easting: 524050, Northing: 174050, PumpOrder: 1, At: day("2017-02-01")},
		{Easting: math.NaN(), Northing: math.NaN(), PumpOrder: 1, At: day("2017-02-01"), WardCode: "E09000001-0"},
	} {
		for fact, set := range map[string]func(*lfb.Call) *string{
			"borough":           func(c *lfb.Call) *string { return &c.BoroughCode },
			"ward":              func(c *lfb.Call) *string { return &c.WardCode },
			"postcode_district": func(c *lfb.Call) *string { return &c.PostcodeDistrict },
			"station_ground":    func(c *lfb.Call) *string { return &c.StationGround },
			"reported":          func(c *lfb.Call) *string { return &c.Reported },
			"property_category": func(c *lfb.Call) *string { return &c.PropertyCategory },
			"property_type":     func(c *lfb.Call) *string { return &c.PropertyType },
			"sent_from":         func(c *lfb.Call) *string { return &c.SentFrom },
		} {
			without, with, word := given, given, "Atlantis"
			if fact == "postcode_district" {
				word = "SE99"
			}
			*set(&without), *set(&with) = "", word
			compare(with, without, feature.Finding{Code: feature.FindingUnknownValue, Fact: fact, Value: word})
		}
	}
	without := lfb.Call{Easting: 538050, Northing: 174050, PumpOrder: 1, At: day("2017-02-01")}
	with := without
	with.BoroughCode = "E09000000"
	middle := s.Places.Areas[0][slices.Index(s.Vocab[0].Words, with.BoroughCode)]
	compare(with, without, feature.Finding{
		Code: feature.FindingAreaElsewhere, Fact: "borough", Value: "E09000000", Used: "easting",
		Metres: math.Hypot(middle.E-with.Easting, middle.N-with.Northing),
	})
}

// How exactly a place is known, and to how many metres, comes from where training rows are.
func TestCompleteSaysHowExactly(t *testing.T) {
	t.Parallel()
	s := mustFit(t, city(8000, 30), feature.Options{})
	for _, c := range []struct {
		call    lfb.Call
		quality feature.Quality
		code    feature.FindingCode // of the only finding; empty: none
		within  [2]float64          // metres
	}{
		{lfb.Call{Easting: 524050, Northing: 174050}, feature.QualityExact, "", [2]float64{100, 100}},
		{lfb.Call{WardCode: "e09000001-0"}, feature.QualityNearby, "", [2]float64{3000, 7000}},
		{lfb.Call{PostcodeDistrict: "SE3"}, feature.QualityDistrict, "", [2]float64{5000, 12000}},
		{lfb.Call{PostcodeDistrict: "SE"}, feature.QualityBorough, feature.FindingDistrictsTogether, [2]float64{9000, 25000}},
		{lfb.Call{PostcodeDistrict: "SE3A"}, feature.QualityBorough, feature.FindingDistrictUnknown, [2]float64{5000, 12000}},
		{lfb.Call{PostcodeDistrict: "BN1"}, feature.QualityCity, feature.FindingOutsideArea, [2]float64{9000, 15000}},
		{lfb.Call{StationGround: "SOHO"}, feature.QualityDistrict, "", [2]float64{5000, 9000}},
		{
			lfb.Call{StationGround: "Soho", Easting: 520050, Northing: 170050},
			feature.QualityExact,
			feature.FindingContradiction,
			[2]float64{100, 100},
		},
		{
			lfb.Call{PostcodeDistrict: "SE4", WardCode: "E09000000-0"},
			feature.QualityNearby, feature.FindingAreaElsewhere,
			[2]float64{3000, 7000},
		},
	} {
		call := c.call
		if call.PumpOrder = 1; call.Easting == 0 {
			call.Easting, call.Northing = math.NaN(), math.NaN()
		}
		done := s.Complete(&call)
		var code feature.FindingCode
		for _, f := range done.Findings {
			if f.Code != feature.FindingNoPlace {
				code = f.Code
			}
		}
		if done.Quality != c.quality || code != c.code || done.PrecisionM < c.within[0] || done.PrecisionM > c.within[1] {
			t.Errorf("Complete(%+v) = %s, %v m, %+v, want %s, %v m, %q", c.call, done.Quality, done.PrecisionM, done.Findings,
				c.quality, c.within, c.code)
		}
	}
}

// What is filled in must be what the brigade itself recorded, most of the time.
func TestCompleteOnRealRows(t *testing.T) {
	t.Parallel()
	rows := realRows(t)
	s := mustFit(t, rows.between("2017-01-01", "2017-02-15"), feature.Options{})
	test := rows.first("2017-02-15", "2017-03-01")
	var borough, ground, n int
	var off []float64
	for i := range test {
		want := test[i].Call
		c := want
		c.BoroughCode, c.WardCode, c.PostcodeDistrict, c.Postcode, c.StationGround = "", "", "", "", ""
		s.Complete(&c)
		n++
		if c.BoroughCode == want.BoroughCode {
			borough++
		}
		if c.StationGround == want.StationGround {
			ground++
		}
		d := want
		d.Easting, d.Northing, d.Postcode = math.NaN(), math.NaN(), ""
		s.Complete(&d)
		off = append(off, math.Hypot(d.Easting-want.Easting, d.Northing-want.Northing))
	}
	b, g, q := float64(borough)/float64(n), float64(ground)/float64(n), quantiles(off, 0.5, 0.9)
	t.Logf("from the point: borough right %.1f %%, ground %.1f %%; from names: place off by %.0f m, P90 %.0f m", 100*b,
		100*g, q[0], q[1])
	if b < 0.9 || g < 0.85 || q[0] > 700 {
		t.Errorf("borough %.3f, ground %.3f, median %.0f m, want ≥ 0.9, ≥ 0.85, ≤ 700", b, g, q[0])
	}
}
