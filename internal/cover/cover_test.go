package cover_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"lfb/internal/cover"
	"lfb/internal/dataset"
	"lfb/internal/dispatch"
	"lfb/internal/lfb"
	"lfb/internal/serve/servetest"
)

// smallPlanner plans a city of four stations, each in the middle of its quarter.
func smallPlanner(t testing.TB) *cover.Planner {
	t.Helper()
	rows := servetest.City(4000)
	b := servetest.Fit(t, servetest.Options{City: rows, Sent: true, Rounds: 40, Leaves: 15})
	p, err := cover.NewPlanner(t.Context(), b, rows.Summarise())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func out(names ...string) (all []cover.Absence) {
	for _, name := range names {
		all = append(all, cover.Absence{Absence: dispatch.Absence{Station: name}})
	}
	return all
}

// Sums over hexagons, boroughs and hours are the number for all, nothing changes nothing, and a station out costs
// calls.
func TestEvaluateAddsUp(t *testing.T) {
	t.Parallel()
	p := smallPlanner(t)
	same, err := p.Evaluate(t.Context(), cover.Scenario{})
	if err != nil || same.First.More() != 0 || same.Second.More() != 0 {
		t.Fatalf("nothing changed: %+v, %v", same, err)
	}
	if math.Abs(same.First.Calls-65) > 5 || math.Abs(same.Second.Calls-65) > 5 {
		t.Errorf("%v first and %v second engines a day: 131 rows a day were learned, half of them of each", same.First.Calls,
			same.Second.Calls)
	}
	day, err := p.Evaluate(t.Context(), cover.Scenario{Out: out("Soho")})
	if err != nil {
		t.Fatal(err)
	}
	if !(day.First.More() > 1) || !(day.Second.After > 0) {
		t.Errorf("without Soho: %+v, second %+v", day.First, day.Second)
	}
	for name, changes := range map[string][]cover.Change{
		"hours": day.Hours, "boroughs": changesOf(day.Boroughs),
		"places": changesOf(day.Places),
	} {
		var sum cover.Change
		for _, c := range changes {
			sum.Calls, sum.Before, sum.After = sum.Calls+c.Calls, sum.Before+c.Before, sum.After+c.After
		}
		if math.Abs(sum.Calls-day.First.Calls)+math.Abs(sum.Before-day.First.Before)+
			math.Abs(sum.After-day.First.After) > 1e-6 {
			t.Errorf("%s sum to %+v, not %+v", name, sum, day.First)
		}
	}
	night, err := p.Evaluate(t.Context(), cover.Scenario{Out: out("Soho"), From: 22, To: 6})
	if err != nil {
		t.Fatal(err)
	}
	rest, err := p.Evaluate(t.Context(), cover.Scenario{Out: out("Soho"), From: 6, To: 22})
	if err != nil || math.Abs(night.First.More()+rest.First.More()-day.First.More()) > 1e-6 ||
		night.Hours[12].More() != 0 {
		t.Errorf("by night %v and by day %v more, all day %v; %v", night.First.More(), rest.First.More(), day.First.More(),
			err)
	}
}

// With no engine left every call is late, and with one every second: numbers still, as no JSON has others.
func TestEvaluateWithoutEngines(t *testing.T) {
	t.Parallel()
	p := smallPlanner(t)
	all := cover.Scenario{Out: out(p.Stations()...)}
	none, err := p.Evaluate(t.Context(), all)
	if err != nil || math.Abs(none.First.After-none.First.Calls) > 1e-6 ||
		math.Abs(none.Second.After-none.Second.Calls) > 1e-6 {
		t.Errorf("all out: %+v, %v", none, err)
	}
	moves, err := p.RankMoves(t.Context(), all)
	if err != nil || len(moves) > 0 {
		t.Errorf("all out, and %+v moves; %v", moves, err)
	}
	if _, err := json.Marshal(none); err != nil {
		t.Error(err)
	}
	all.New = []dispatch.Station{{Name: "N", Easting: 531000, Northing: 180000}}
	one, err := p.Evaluate(t.Context(), all)
	if err != nil || !(one.First.After < none.First.After) || math.Abs(one.Second.After-one.Second.Calls) > 1e-6 {
		t.Errorf("one engine: %+v, %v", one, err)
	}
}

// Where all others are known to be at home, a station out is held against nothing out and all at home.
func TestEvaluateComplete(t *testing.T) {
	t.Parallel()
	p := smallPlanner(t)
	home, err := p.Evaluate(t.Context(), cover.Scenario{Complete: true})
	if err != nil || home.First.More() != 0 || home.Second.More() != 0 {
		t.Errorf("all at home changes %+v, %v", home, err)
	}
	without, err := p.Evaluate(t.Context(), cover.Scenario{Out: out("Soho"), Complete: true})
	if err != nil || without.First.Before != home.First.After || !(without.First.More() > 1) {
		t.Errorf("all but Soho's at home: %+v, %v", without.First, err)
	}
}

func changesOf[T any](list []T) (out []cover.Change) {
	for _, v := range list {
		switch v := any(v).(type) {
		case cover.AreaChange:
			out = append(out, v.First)
		case cover.PlaceChange:
			out = append(out, v.First)
		}
	}
	return out
}

// A ranking says what evaluating each by itself says.
func TestRankingsAgreeWithEvaluate(t *testing.T) {
	t.Parallel()
	p := smallPlanner(t)
	var last int
	closures, err := p.RankClosures(t.Context(), func(done, total int) { last = done })
	if err != nil || len(closures) != 4 || last != 3 {
		t.Fatalf("%+v, progress %d, %v", closures, last, err)
	}
	if !slices.IsSortedFunc(closures, func(a, b cover.Closure) int { return int(math.Copysign(1, b.More-a.More)) }) {
		t.Errorf("not dearest first: %+v", closures)
	}
	for _, c := range closures {
		e, err := p.Evaluate(t.Context(), cover.Scenario{Out: out(c.Station)})
		if err != nil || math.Abs(e.First.More()-c.More) > 1e-6 {
			t.Errorf("closing %s: ranked %v, evaluated %v, %v", c.Station, c.More, e.First.More(), err)
		}
	}
	s := cover.Scenario{Out: out(closures[0].Station)}
	moves := []dispatch.Standby{{Station: closures[3].Station, At: closures[0].Station}}
	ranked, err := p.CompareMoves(t.Context(), s, moves)
	if err != nil {
		t.Fatal(err)
	}
	before, err1 := p.Evaluate(t.Context(), s)
	s.Elsewhere = []cover.Standby{{Standby: moves[0]}}
	after, err2 := p.Evaluate(t.Context(), s)
	if err := errors.Join(err1, err2); err != nil ||
		math.Abs(ranked[0].Net()-(before.First.After-after.First.After)) > 1e-6 {
		t.Errorf("%+v: ranked %v, evaluated %v; %v", moves[0], ranked[0].Net(), before.First.After-after.First.After, err)
	}
}

func TestEvaluateRefuses(t *testing.T) {
	t.Parallel()
	p := smallPlanner(t)
	for name, tt := range map[string]struct {
		s    cover.Scenario
		want error
	}{
		"no such station": {cover.Scenario{Out: out("Atlantis")}, lfb.ErrInvalid},
		"no such hour":    {cover.Scenario{From: 25}, lfb.ErrInvalid},
		"twice out":       {cover.Scenario{Out: out("Soho", "Soho")}, lfb.ErrInvalid},
	} {
		if _, err := p.Evaluate(t.Context(), tt.s); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	if _, err := cover.NewPlanner(t.Context(), servetest.Fit(t, servetest.Options{}), &dataset.Summary{}); !errors.Is(err,
		lfb.ErrUnavailable) {
		t.Errorf("a model that does not take the station sent from: %v", err)
	}
	if _, err := cover.NewPlanner(t.Context(), servetest.Fit(t, servetest.Options{Sent: true}),
		&dataset.Summary{}); !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("a data set without calls: %v", err)
	}
}

// spanned is a station out at times of its own.
func spanned(station, from, to string) cover.Absence {
	return cover.Absence{Absence: dispatch.Absence{Station: station}, Span: cover.Span{From: from, To: to}}
}

func evaluate(t testing.TB, p *cover.Planner, s cover.Scenario) *cover.Effect {
	t.Helper()
	e, err := p.Evaluate(t.Context(), s)
	if err != nil {
		t.Fatalf("Evaluate(%+v): %v", s, err)
	}
	return e
}

// Each station's own times count hour by hour: at each hour the scenario is those that are out then, and part of an
// hour is that part of what all of it would be.
func TestEvaluateOwnTimes(t *testing.T) {
	t.Parallel()
	p := smallPlanner(t)
	both := evaluate(t, p, cover.Scenario{Out: out("Soho", "Euston")})
	soho := evaluate(t, p, cover.Scenario{Out: out("Soho")})
	own := evaluate(t, p, cover.Scenario{Out: []cover.Absence{
		spanned("Soho", "22:00", "12:30"), spanned("Euston", "08:00", "10:00"),
	}})
	for h, c := range own.Hours {
		want := 0.0
		switch {
		case h == 8 || h == 9:
			want = both.Hours[h].More()
		case h == 12:
			want = soho.Hours[h].More() / 2
		case h >= 22 || h < 12:
			want = soho.Hours[h].More()
		}
		if math.Abs(c.More()-want) > 1e-9 || math.Abs(c.Calls-both.Hours[h].Calls) > 1e-9 {
			t.Errorf("%d o'clock: %+v, %v more wanted", h, c, want)
		}
	}
	// The scenario's hours are for those that say none, and the same station may be out twice a day.
	mixed := evaluate(t, p, cover.Scenario{
		From: 8, To: 10,
		Out: append(out("Euston"), spanned("Soho", "22:00", "24:00"), spanned("Soho", "00:00", "12:30")),
	})
	if math.Abs(mixed.First.After-own.First.After) > 1e-9 || math.Abs(mixed.Second.After-own.Second.After) > 1e-9 {
		t.Errorf("written otherwise: %+v, %+v", mixed.First, own.First)
	}
}

// Dates count on their days; all other numbers are the mean day's of those.
func TestEvaluateDates(t *testing.T) {
	t.Parallel()
	p := smallPlanner(t)
	day := evaluate(t, p, cover.Scenario{Out: out("Soho")})
	e := evaluate(t, p, cover.Scenario{Out: []cover.Absence{spanned("Soho", "2026-07-01T18:00", "2026-07-03T06:00")}})
	if len(e.Days) != 3 || e.Days[0].Day != "2026-07-01" || e.Days[2].Day != "2026-07-03" {
		t.Fatalf("days %+v", e.Days)
	}
	var first, second float64
	for k, d := range e.Days {
		if math.Abs(d.First.Calls-day.First.Calls) > 1e-9 {
			t.Errorf("%s has %v calls, %v wanted", d.Day, d.First.Calls, day.First.Calls)
		}
		for h, c := range d.Hours {
			want := day.Hours[h].More()
			if k == 0 && h < 18 || k == 2 && h >= 6 {
				want = 0
			}
			if math.Abs(c.More()-want) > 1e-9 {
				t.Errorf("%s at %d: %v more, %v wanted", d.Day, h, c.More(), want)
			}
		}
		first, second = first+d.First.More()/3, second+d.Second.More()/3
	}
	if math.Abs(e.First.More()-first)+math.Abs(e.Second.More()-second) > 1e-9 ||
		math.Abs(e.First.Calls-day.First.Calls) > 1e-9 {
		t.Errorf("the mean day %+v, of days %v, %v", e.First, first, second)
	}
}

// A move is for as long as the station that it fills is out, and counts only then.
func TestMovesHoldWhileStationsAreOut(t *testing.T) {
	t.Parallel()
	p := smallPlanner(t)
	s := cover.Scenario{Out: []cover.Absence{spanned("Soho", "08:00", "10:00"), spanned("Euston", "20:00", "22:00")}}
	moves, err := p.RankMoves(t.Context(), s)
	if err != nil || len(moves) == 0 {
		t.Fatalf("%+v, %v", moves, err)
	}
	late := evaluate(t, p, s).First.After
	for _, m := range moves {
		k := slices.IndexFunc(s.Out, func(o cover.Absence) bool { return o.Station == m.At })
		if want := s.Out[k].Span; m.Span != want {
			t.Errorf("%+v, while the station is out %+v", m, want)
		}
		s.Elsewhere = append(s.Elsewhere, m.Standby)
		then := evaluate(t, p, s).First.After
		if math.Abs(late-then-m.Net()) > 1e-6 {
			t.Errorf("%+v: net %v, evaluated %v", m.Standby, m.Net(), late-then)
		}
		late = then
	}
}

func TestSpansRefused(t *testing.T) {
	t.Parallel()
	p := smallPlanner(t)
	sent := func(station, from, to string) cover.Standby {
		m := dispatch.Standby{Station: station, At: "Euston"}
		return cover.Standby{Standby: m, Span: cover.Span{From: from, To: to}}
	}
	for pointer, s := range map[string]cover.Scenario{
		"/out/1/from":       {Out: append(out("Euston"), spanned("Soho", "noon", "13:00"))},
		"/out/0/to":         {Out: []cover.Absence{spanned("Soho", "08:00", "2026-07-01T10:00")}},
		"/elsewhere/0/from": {Elsewhere: []cover.Standby{sent("Soho", "", "10:00")}},
		"/out/1/station":    {Out: []cover.Absence{spanned("Soho", "08:00", "10:00"), spanned("Soho", "09:00", "11:00")}},
		"/elsewhere/1/station": {
			Elsewhere: []cover.Standby{sent("Soho", "01:00", "02:00"), sent("Atlantis", "03:00", "04:00")},
		},
	} {
		_, err := p.Evaluate(t.Context(), s)
		var part *lfb.PartError
		if checked := p.Check(s); !errors.As(err, &part) || part.Pointer != pointer || checked == nil {
			t.Errorf("%s: %v, checked %v", pointer, err, checked)
		}
	}
	tooLong := cover.Scenario{Out: []cover.Absence{spanned("Soho", "2026-07-01T00:00", "2026-09-01T00:00")}}
	tooMany := cover.Scenario{}
	for h := range 24 {
		for _, m := range []string{"00", "20", "40"} {
			tooMany.Out = append(tooMany.Out, spanned("Soho", fmt.Sprintf("%02d:%s", h, m), fmt.Sprintf("%02d:%s1", h, m[:1])))
		}
	}
	for name, s := range map[string]cover.Scenario{"two months": tooLong, "72 ways": tooMany} {
		if _, err := p.Evaluate(t.Context(), s); !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
