package dispatch_test

import (
	"errors"
	"math"
	"slices"
	"sync"
	"testing"

	"lfb/internal/bundle"
	"lfb/internal/dataset"
	"lfb/internal/dataset/datasettest"
	"lfb/internal/dispatch"
	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/gbdt"
	"lfb/internal/source/synthetic"
)

var small struct {
	once sync.Once
	rows *dataset.Table
	b    *bundle.Bundle
	d    *dispatch.Dispatcher
}

// smallCity is a hasty model of a small city, and the calls that it was not fitted on.
func smallCity(t testing.TB) (*bundle.Bundle, *dispatch.Dispatcher, []lfb.Call) {
	t.Helper()
	small.once.Do(func() {
		city, err := synthetic.New(synthetic.Options{Seed: 3, Incidents: 9000, Months: 4, From: "2024-01", Tidy: true})
		if err != nil {
			t.Fatal(err)
		}
		_, small.rows = datasettest.BuildTable(t, datasettest.ReadCity(t, city), lfb.Synthetic)
		recipe := gbdt.Default()
		recipe.Rounds, recipe.Leaves = 30, 15
		small.b = fitBundle(t, small.rows, 7000, 10000, recipe)
		if small.d, err = dispatch.NewDispatcher(small.b); err != nil {
			t.Fatal(err)
		}
	})
	calls := make([]lfb.Call, 300)
	for i := range calls {
		small.rows.Call(10000+i, &calls[i])
		small.b.Spec.Complete(&calls[i])
	}
	return small.b, small.d, calls
}

func mustArrange(t testing.TB, d *dispatch.Dispatcher, s dispatch.State) *dispatch.Arrangement {
	t.Helper()
	a, err := d.Arrange(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// shareOf is the chance that an engine comes from a source.
func shareOf(a *dispatch.Arrangement, c *lfb.Call, from dispatch.Source) float64 {
	for _, s := range a.Shares(nil, c) {
		if a.Sources()[s.From] == from {
			return s.Weight
		}
	}
	return 0
}

func TestSharesAreOfThoseWhoCome(t *testing.T) {
	t.Parallel()
	_, d, calls := smallCity(t)
	usual := mustArrange(t, d, dispatch.State{})
	all := mustArrange(t, d, dispatch.State{Complete: true})
	var likeliest, surest float64
	for i := range calls {
		c := &calls[i]
		s := usual.Shares(nil, c)
		var sum float64
		for _, x := range s {
			sum += x.Weight
		}
		if math.Abs(sum-1) > 1e-9 || !slices.IsSortedFunc(s, func(a, b dispatch.Share) int {
			return int(math.Copysign(1, b.Weight-a.Weight))
		}) {
			t.Fatalf("call %d: shares %v", i, s)
		}
		first := usual.Sources()[s[0].From]
		without := mustArrange(t, d, dispatch.State{Out: []dispatch.Absence{{Station: first.Station}}})
		if w := shareOf(without, c, first); w != 0 {
			t.Errorf("call %d: %s is out and comes with %v", i, first.Station, w)
		}
		from := usual.Sources()[s[len(s)-1].From].Station
		more := mustArrange(t, d, dispatch.State{Elsewhere: []dispatch.Standby{{Station: from, At: first.Station}}})
		if w := shareOf(more, c, first); c.PumpOrder == 1 && !(w > s[0].Weight) {
			t.Errorf("call %d: one more engine at %s, and its share is %v, was %v", i, first.Station, w, s[0].Weight)
		}
		likeliest += s[0].Weight / float64(len(calls))
		surest += all.Shares(nil, c)[0].Weight / float64(len(calls))
	}
	if !(surest > likeliest+0.1) {
		t.Errorf("the likeliest station comes to %v with all engines at home, to %v as usual", surest, likeliest)
	}
}

// Of a station with two engines, the first to come leaves the second; one of them out leaves one.
func TestSharesOfTwoEngines(t *testing.T) {
	t.Parallel()
	_, d, calls := smallCity(t)
	two := 0
	for i := range calls {
		c := calls[i]
		a := mustArrange(t, d, dispatch.State{Complete: true})
		c.PumpOrder = 1
		near := a.Sources()[a.Shares(nil, &c)[0].From]
		if d.Engines(near.Station) != 2 || shareOf(a, &c, near) < 0.999 {
			continue
		}
		two++
		c.PumpOrder = 2
		one := mustArrange(t, d, dispatch.State{Complete: true, Out: []dispatch.Absence{{Station: near.Station, Engines: 1}}})
		if w := shareOf(a, &c, near); w < 0.75 {
			t.Errorf("call %d: the second engine is from %s with %v, which has two", i, near.Station, w)
		}
		if w := shareOf(one, &c, near); w > 0.2 {
			t.Errorf("call %d: the second engine is from %s with %v, which has one left", i, near.Station, w)
		}
	}
	if two < 20 {
		t.Errorf("%d calls near stations of two engines", two)
	}
}

func TestPredictIsTodaysAnswerWhereNothingMatters(t *testing.T) {
	t.Parallel()
	b, d, calls := smallCity(t)
	calls[7].SentFrom, calls[8].Easting = "Soho", math.NaN()
	want, err := b.Predict(nil, calls)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []dispatch.State{{}, {Out: []dispatch.Absence{{Station: "Lewisham"}}}} {
		a := mustArrange(t, d, s)
		got, err := a.Predict(calls)
		if err != nil {
			t.Fatal(err)
		}
		changed := 0
		for i := range got {
			if got[i].Matters {
				changed++
			} else if got[i].Usual.Attendance != want[i].Attendance || got[i].Attendance != want[i].Attendance ||
				got[i].Variant != want[i].Variant {
				t.Errorf("%+v, call %d: %+v, want %+v", s, i, got[i], want[i])
			}
		}
		if got[7].Matters || got[8].Matters || (len(s.Out) == 0) != (changed == 0) || changed > 60 {
			t.Errorf("%+v: %d of %d answers changed", s, changed, len(calls))
		}
	}
}

// Engines out make the calls near them wait longer, and engines that stand there shorter.
func TestPredictMovesWithTheEngines(t *testing.T) {
	t.Parallel()
	b, d, calls := smallCity(t)
	calls = slices.DeleteFunc(calls, func(c lfb.Call) bool { return c.PumpOrder != 1 })
	mean := func(s dispatch.State, calls []lfb.Call) (m ml.Answer) {
		answers, err := d.NewAnswers(calls).Mix(nil, mustArrange(t, d, s))
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range answers {
			if !(a.P50 <= a.P90 && a.Within6 <= a.Within10 && a.Within10 <= 1) {
				t.Fatalf("answer %+v", a)
			}
			m.Mean += a.Mean / float64(len(answers))
			m.Within6 += a.Within6 / float64(len(answers))
		}
		return m
	}
	near := []lfb.Call{}
	at := b.Spec.Stations[slices.IndexFunc(b.Spec.Stations, func(s feature.LearnedStation) bool {
		return s.Name == "Lewisham"
	})]
	for _, c := range calls {
		c.Easting, c.Northing = at.Easting+200, at.Northing-300
		near = append(near, c)
	}
	usual, out := mean(dispatch.State{}, near), mean(dispatch.State{Out: []dispatch.Absence{{Station: "Lewisham"}}}, near)
	if !(out.Mean > usual.Mean+30 && out.Within6 < usual.Within6-0.1) {
		t.Errorf("without Lewisham %+v beside it, with it %+v", out, usual)
	}
	point := dispatch.State{
		Out: []dispatch.Absence{{Station: "Lewisham"}},
		New: []dispatch.Station{{Name: "New", Easting: at.Easting + 300, Northing: at.Northing, Engines: 2}},
	}
	if again := mean(point, near); !(again.Mean < out.Mean-20) {
		t.Errorf("a new station beside the calls: %+v, without %+v", again, out)
	}
	x := d.NewAnswers(near)
	a := mustArrange(t, d, point)
	mixed, err := x.Mix(nil, a)
	if err != nil {
		t.Fatal(err)
	}
	only := make([]int, len(near))
	for i := range only {
		only[i] = i
	}
	within, err := x.Within(nil, a, ml.Aim, only)
	if err != nil {
		t.Fatal(err)
	}
	for i := range mixed {
		if math.Abs(mixed[i].Within6-within[i]) > 0.06 { // quantiles and probabilities are calibrated apart
			t.Errorf("call %d: %v within 6 minutes, or %v", i, mixed[i].Within6, within[i])
		}
	}
}

func TestArrangeRefuses(t *testing.T) {
	t.Parallel()
	b, d, _ := smallCity(t)
	home := b.Spec.Stations[0]
	has := d.Engines("Soho")
	all := dispatch.Absence{Station: "Soho", Engines: has}
	for name, tt := range map[string]struct {
		s       dispatch.State
		pointer string
	}{
		"an unknown station": {dispatch.State{Out: []dispatch.Absence{all, {Station: "Atlantis"}}}, "/out/1/station"},
		"standing nowhere":   {dispatch.State{Elsewhere: []dispatch.Standby{{Station: "Soho"}}}, "/elsewhere/0"},
		"standing at nobody's": {
			dispatch.State{Elsewhere: []dispatch.Standby{{Station: "Soho", At: "Atlantis"}}},
			"/elsewhere/0/at",
		},
		"of nobody's": {
			dispatch.State{Elsewhere: []dispatch.Standby{{Station: "Atlantis", At: "Soho"}}},
			"/elsewhere/0/station",
		},
		"at two places": {dispatch.State{Elsewhere: []dispatch.Standby{{
			Station: "Soho", At: "Lewisham",
			Easting: home.Easting,
		}}}, "/elsewhere/0"},
		"half a point": {
			dispatch.State{Elsewhere: []dispatch.Standby{{Station: "Soho", Easting: home.Easting}}},
			"/elsewhere/0/northing",
		},
		"the other half": {
			dispatch.State{Elsewhere: []dispatch.Standby{{Station: "Soho", Northing: home.Northing}}},
			"/elsewhere/0/easting",
		},
		"in the sea": {dispatch.State{Elsewhere: []dispatch.Standby{{
			Station: "Soho", Easting: 700_000,
			Northing: 100_000,
		}}}, "/elsewhere/0"},
		"twice": {dispatch.State{Out: []dispatch.Absence{all, all}}, "/out/1/station"},
		"twice whole": {
			dispatch.State{Out: []dispatch.Absence{{Station: "Soho"}, {Station: "Soho"}}},
			"/out/1/station",
		},
		"out and elsewhere": {dispatch.State{
			Out:       []dispatch.Absence{all},
			Elsewhere: []dispatch.Standby{{Station: "Soho", At: "Lewisham"}},
		}, "/elsewhere/0/station"},
		"a negative number": {dispatch.State{Out: []dispatch.Absence{{Station: "Soho", Engines: -1}}}, "/out/0/engines"},
		"more than there are": {
			dispatch.State{Out: []dispatch.Absence{{Station: "Soho", Engines: has + 1}}},
			"/out/0/engines",
		},
		"a new one that exists": {dispatch.State{New: []dispatch.Station{{
			Name: "Soho", Easting: home.Easting,
			Northing: home.Northing,
		}}}, "/new/0/name"},
		"a new one without name": {
			dispatch.State{New: []dispatch.Station{{Easting: home.Easting, Northing: home.Northing}}},
			"/new/0/name",
		},
		"a new one nowhere":   {dispatch.State{New: []dispatch.Station{{Name: "A"}}}, "/new/0"},
		"too large a new one": {dispatch.State{New: []dispatch.Station{{Name: "A", Engines: 10}}}, "/new/0/engines"},
		"at no number": {
			dispatch.State{New: []dispatch.Station{{Name: "A", Easting: math.NaN(), Northing: 1}}},
			"/new/0",
		},
	} {
		var part *lfb.PartError
		if _, err := d.Arrange(tt.s); !errors.As(err, &part) || !errors.Is(err, lfb.ErrInvalid) ||
			part.Pointer != tt.pointer {
			t.Errorf("%s: %v of %+v, want it at %s", name, err, part, tt.pointer)
		}
	}
	// An engine that came to stand by is not the station's to send away again.
	stands := []dispatch.Standby{{Station: "Lewisham", At: "Soho"}}
	for range has + 1 {
		stands = append(stands, dispatch.Standby{Station: "Soho", At: "Lewisham"})
	}
	if _, err := d.Arrange(dispatch.State{Elsewhere: stands}); !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("one more than the own engines elsewhere: %v, want invalid", err)
	}
	plain := &bundle.Bundle{Manifest: b.Manifest, Spec: b.Spec, Heads: b.Heads[:1]}
	if _, err := dispatch.NewDispatcher(plain); !errors.Is(err, lfb.ErrUnavailable) {
		t.Errorf("a model without the station sent from: %v, want unavailable", err)
	}
}

func BenchmarkShares(b *testing.B) {
	_, d, calls := smallCity(b)
	a := mustArrange(b, d, dispatch.State{Out: []dispatch.Absence{{Station: "Lewisham"}}})
	var dst []dispatch.Share
	for i := 0; b.Loop(); i++ {
		dst = a.Shares(dst, &calls[i%len(calls)])
	}
}
