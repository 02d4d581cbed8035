package cover_test

import (
	"encoding/json"
	"errors"
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

func out(names ...string) (s dispatch.State) {
	for _, name := range names {
		s.Out = append(s.Out, dispatch.Absence{Station: name})
	}
	return s
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
	day, err := p.Evaluate(t.Context(), cover.Scenario{State: out("Soho")})
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
	night, err := p.Evaluate(t.Context(), cover.Scenario{State: out("Soho"), From: 22, To: 6})
	if err != nil {
		t.Fatal(err)
	}
	rest, err := p.Evaluate(t.Context(), cover.Scenario{State: out("Soho"), From: 6, To: 22})
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
	all := cover.Scenario{State: out(p.Stations()...)}
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
	home, err := p.Evaluate(t.Context(), cover.Scenario{State: dispatch.State{Complete: true}})
	if err != nil || home.First.More() != 0 || home.Second.More() != 0 {
		t.Errorf("all at home changes %+v, %v", home, err)
	}
	s := out("Soho")
	s.Complete = true
	without, err := p.Evaluate(t.Context(), cover.Scenario{State: s})
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
		e, err := p.Evaluate(t.Context(), cover.Scenario{State: out(c.Station)})
		if err != nil || math.Abs(e.First.More()-c.More) > 1e-6 {
			t.Errorf("closing %s: ranked %v, evaluated %v, %v", c.Station, c.More, e.First.More(), err)
		}
	}
	s := cover.Scenario{State: out(closures[0].Station)}
	moves := []dispatch.Standby{{Station: closures[3].Station, At: closures[0].Station}}
	ranked, err := p.CompareMoves(t.Context(), s, moves)
	if err != nil {
		t.Fatal(err)
	}
	before, err1 := p.Evaluate(t.Context(), s)
	s.Elsewhere = moves
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
		"no such station": {cover.Scenario{State: out("Atlantis")}, lfb.ErrInvalid},
		"no such hour":    {cover.Scenario{From: 25}, lfb.ErrInvalid},
		"twice out":       {cover.Scenario{State: out("Soho", "Soho")}, lfb.ErrInvalid},
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
