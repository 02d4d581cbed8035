package serve_test

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/serve"
	"lfb/internal/serve/servetest"
)

func followPlaces(t *testing.T, w *servetest.World, c *serve.Champion, dir string) *serve.Places {
	t.Helper()
	return serve.NewPlaces(w, w.Blobs, c, dir, zaptest.NewLogger(t, zaptest.Level(zap.FatalLevel)))
}

func refreshPlaces(t *testing.T, p *serve.Places) {
	t.Helper()
	if err := p.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// knows says whether the set that serves has a postcode.
func knows(p *serve.Places, postcode string) bool {
	_, ok := p.Set().FindPostcode(postcode)
	return ok
}

// What is published serves after a look at the record, and after a start while all is away.
func TestPlacesAreSwapped(t *testing.T) {
	t.Parallel()
	w, c := startServing(t)
	dir := filepath.Join(t.TempDir(), "places")
	p := followPlaces(t, w, c, dir)
	refreshPlaces(t, p)
	if p.Now() != nil || knows(p, "SE1 9NF") {
		t.Fatalf("places before any are published = %+v", p.Now())
	}
	w.PublishPlaces(t, lfb.Real, servetest.Postcodes(map[string][2]float64{"SE1 9NF": {523_050, 173_050}}))
	w.PublishPlaces(t, lfb.Synthetic, servetest.Postcodes(map[string][2]float64{"SE4 9NF": {523_050, 173_050}}))
	refreshPlaces(t, p)
	if !knows(p, "SE1 9NF") || knows(p, "SE4 9NF") {
		t.Fatal("the set of the champion's origin does not serve")
	}
	second := w.PublishPlaces(t, lfb.Real, servetest.Postcodes(map[string][2]float64{"SE2 9NF": {523_050, 173_050}}))
	refreshPlaces(t, p)
	if !knows(p, "SE2 9NF") || p.Now().Record.Revision != 2 {
		t.Fatal("the newer set does not serve")
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*.places")); err != nil || len(left) != 1 {
		t.Errorf("left on disk: %v, %v, want the set that serves", left, err)
	}
	w.SetDown(true)
	again := followPlaces(t, w, c, dir)
	if !knows(again, "SE2 9NF") || again.Refresh(t.Context()) == nil {
		t.Error("it does not start with the local copy while the database is away")
	}
	w.SetDown(false)
	refreshPlaces(t, again)
	file := filepath.Join(dir, second.ID()+".places")
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	body[len(body)/2] ^= 1
	write(t, file, body)
	torn := followPlaces(t, w, c, dir)
	if torn.Now() != nil {
		t.Error("a local copy with another hash is used")
	}
	refreshPlaces(t, torn)
	if !knows(torn, "SE2 9NF") {
		t.Error("a torn local copy is not fetched anew")
	}
}

// What made-up rows teach ends to be found with the first model of real ones.
func TestPlacesAreOfTheChampionsOrigin(t *testing.T) {
	t.Parallel()
	w := servetest.NewWorld()
	c := champion(t, w, t.TempDir())
	p := followPlaces(t, w, c, t.TempDir())
	w.PublishPlaces(t, lfb.Synthetic, servetest.Postcodes(map[string][2]float64{"SE4 9NF": {523_050, 173_050}}))
	refreshPlaces(t, p)
	if !knows(p, "SE4 9NF") {
		t.Fatal("the only set there is does not serve before any model does")
	}
	w.Promote(t, w.Store(t, line, pair(t)[0]))
	refresh(t, c)
	refreshPlaces(t, p)
	if knows(p, "SE4 9NF") || p.Now() != nil {
		t.Error("what made-up rows teach is found beside a model of real ones")
	}
}

// A set that cannot be had leaves the one before.
func TestPlacesStay(t *testing.T) {
	t.Parallel()
	w, c := startServing(t)
	p := followPlaces(t, w, c, t.TempDir())
	w.PublishPlaces(t, lfb.Real, servetest.Postcodes(map[string][2]float64{"SE1 9NF": {523_050, 173_050}}))
	refreshPlaces(t, p)
	lost := w.PublishPlaces(t, lfb.Real, servetest.Postcodes(map[string][2]float64{"SE2 9NF": {523_050, 173_050}}))
	if err := w.Blobs.Delete(t.Context(), lost.File.Key); err != nil {
		t.Fatal(err)
	}
	if err := p.Refresh(t.Context()); err == nil || !knows(p, "SE1 9NF") {
		t.Errorf("Refresh of a set whose file is gone = %v, want its error and the set before", err)
	}
	if err := p.Refresh(t.Context()); err != nil {
		t.Errorf("Refresh at once again = %v, want to be left alone for a while", err)
	}
}

// A postcode is answered for where it is, its sector for its middle; without a set, and for a
// postcode that it does not know, the answer is today's.
func TestPostcodesArePlaced(t *testing.T) {
	t.Parallel()
	w, c := startServing(t)
	placed, _ := predictor(t, c, w)
	placed.Places = followPlaces(t, w, c, t.TempDir())
	w.PublishPlaces(t, lfb.Real, servetest.Postcodes(map[string][2]float64{
		"SE1 9NF": {523_012, 173_088}, "SE2 1AA": {533_000, 173_000}, "SE2 1AB": {533_200, 173_200},
		"SE2 1AD": {533_100, 173_400},
		"SE9 1AA": {520_950, 170_950}, "TN1 1AA": {551_000, 160_000},
	}))
	plain, _ := predictor(t, c, w)
	ask := func(p *serve.Predictor, call lfb.Call, strict bool) serve.Reply {
		t.Helper()
		q := serve.Question{Call: serve.NewCall(time.Date(2017, 5, 1, 12, 0, 0, 0, time.UTC)), Strict: strict}
		q.Call.Postcode, q.Call.PostcodeDistrict, q.Call.StationGround = call.Postcode, call.PostcodeDistrict,
			call.StationGround
		if call.Easting != 0 {
			q.Call.Easting, q.Call.Northing = call.Easting, call.Northing
		}
		replies, err := p.PredictWith(c.Now(), []serve.Question{q})
		if err != nil {
			t.Fatal(err)
		}
		return replies[0]
	}
	unit := lfb.Call{Postcode: "SE1 9NF", PostcodeDistrict: "SE1"}
	if r := ask(placed, unit, false); !slices.ContainsFunc(r.Findings,
		func(f feature.Finding) bool { return f.Code == feature.FindingPostcodeAsDistrict }) {
		t.Errorf("before a set serves: %+v, want today's answer", r.Findings)
	}
	refreshPlaces(t, placed.Places)
	for _, tt := range []struct {
		name      string
		call      lfb.Call
		quality   feature.Quality
		precision float64 // at most
		at        [2]float64
		findings  []feature.FindingCode
		refused   bool
	}{
		{"a unit", unit, feature.QualityExact, 100, [2]float64{523_050, 173_050}, nil, false},
		{
			"a sector",
			lfb.Call{Postcode: "SE2 1", PostcodeDistrict: "SE2"},
			feature.QualityNearby, 1500,
			[2]float64{533_150, 173_250},
			nil, false,
		},
		{
			"a unit of a sector that is known",
			lfb.Call{Postcode: "SE2 1ZZ", PostcodeDistrict: "SE2"},
			feature.QualityNearby, 1500,
			[2]float64{533_150, 173_250},
			[]feature.FindingCode{feature.FindingPostcodeAsSector},
			false,
		},
		{
			"a unit of a district without rows",
			lfb.Call{Postcode: "SE9 1AA", PostcodeDistrict: "SE9"},
			feature.QualityExact,
			100,
			[2]float64{520_950, 170_950},
			nil, false,
		},
		{
			"a unit and a ground elsewhere",
			lfb.Call{Postcode: "SE1 9NF", PostcodeDistrict: "SE1", StationGround: "Soho"},
			feature.QualityExact, 100,
			[2]float64{523_050, 173_050},
			[]feature.FindingCode{feature.FindingContradiction},
			true,
		},
		{
			"outside of London",
			lfb.Call{Postcode: "TN1 1AA", PostcodeDistrict: "TN1"},
			feature.QualityExact, 100,
			[2]float64{551_050, 160_050},
			[]feature.FindingCode{feature.FindingOutsideArea},
			true,
		},
		{
			"coordinates go first",
			lfb.Call{Postcode: "SE1 9NF", PostcodeDistrict: "SE1", Easting: 524_050, Northing: 174_050},
			feature.QualityExact, 100,
			[2]float64{524_050, 174_050},
			nil, false,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := ask(placed, tt.call, false)
			var codes []feature.FindingCode
			for _, f := range r.Findings {
				codes = append(codes, f.Code)
				if tt.refused && f.Used != "postcode" && f.Fact != "postcode" {
					t.Errorf("finding %+v does not name the postcode", f)
				}
			}
			if r.Quality != tt.quality || r.PrecisionM > tt.precision || r.Call.Easting != tt.at[0] ||
				r.Call.Northing != tt.at[1] ||
				!cmp.Equal(codes, tt.findings) || (r.Refused != nil) != tt.refused {
				t.Errorf("%s, %v m at %v, %v, findings %v, refused %v", r.Quality, r.PrecisionM, r.Call.Easting, r.Call.Northing,
					codes, r.Refused)
			}
			if isAssumed := slices.Contains(r.Assumed, "easting"); isAssumed != (tt.call.Easting == 0) {
				t.Errorf("assumed %v", r.Assumed)
			}
		})
	}
	unknown := lfb.Call{Postcode: "SE3 9NF", PostcodeDistrict: "SE3"}
	got, want := ask(placed, unknown, false), ask(plain, unknown, false)
	if got.Attendance != want.Attendance || got.PrecisionM != want.PrecisionM || !cmp.Equal(got.Findings, want.Findings) {
		t.Errorf("a postcode that no set knows: %+v, want %+v as without sets", got, want)
	}
	if r := ask(placed, unit, true); r.Refused != nil {
		t.Errorf("a unit is refused where nothing less exact may be: %v", r.Refused)
	}
	if r := ask(placed, lfb.Call{Postcode: "SE2 1ZZ", PostcodeDistrict: "SE2"}, true); r.Refused == nil {
		t.Error("a unit that is answered for its sector is not refused where nothing less exact may be")
	}
	if math.IsNaN(got.Attendance.P50) {
		t.Error("no answer")
	}
}
