package cover

import (
	"cmp"
	"context"
	"math"
	"slices"

	"lfb/internal/dispatch"
)

// Gain is calls a day whose first engine a change brings within six minutes, and those elsewhere that are later for it.
type Gain struct {
	Saves float64 `json:"saves"`
	Costs float64 `json:"costs"`
}

// Net is what remains.
func (g Gain) Net() float64 { return g.Saves - g.Costs }

// gainOver is what changes from how engines stand to how they would, at the calls that engines of the stations may
// come to.
func (p *Planner) gainOver(
	ctx context.Context, now *standing, then dispatch.State, w window, stations ...string,
) (g Gain, err error) {
	var only []int
	for _, name := range stations {
		only = append(only, now.reach[dispatch.Source{Station: name}]...)
		only = append(only, p.bases[false][0].reach[dispatch.Source{Station: name}]...)
	}
	slices.Sort(only)
	only = slices.Compact(only)
	a, err := p.dispatcher.Arrange(then)
	if err != nil {
		return g, err
	}
	late, err := p.askLate(ctx, a, p.bases[then.Complete][0], 0, only)
	if err != nil {
		return g, err
	}
	weights := p.demand.slotWeights(w)
	for j, i := range only {
		more := p.demand.places[i/slots].calls * weights[i%slots] * (late[j] - now.late[i])
		g.Saves, g.Costs = g.Saves+max(-more, 0), g.Costs+max(more, 0)
	}
	return g, nil
}

// Closure is a station and what closing it would cost.
type Closure struct {
	Station string  `json:"station"`
	Engines int     `json:"engines"`
	More    float64 `json:"more"` // calls a day whose first engine is later than six minutes
}

// RankClosures ranks all open stations, dearest first.
func (p *Planner) RankClosures(ctx context.Context, progress Progress) ([]Closure, error) {
	if p.closures != nil {
		return p.closures, nil
	}
	var out []Closure
	missed := map[string]float64{}
	for _, name := range p.Stations() {
		progress.report(len(out), len(p.Stations()))
		c := Closure{Station: name, Engines: p.dispatcher.Engines(name)}
		for n := range c.Engines {
			less := dispatch.State{Out: []dispatch.Absence{{Station: name, Engines: n + 1}}}
			g, err := p.gainOver(ctx, p.bases[false][0], less, window{}, name)
			if err != nil {
				return nil, err
			}
			if c.More = -g.Net(); n == 0 {
				missed[name] = c.More
			}
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b Closure) int {
		return cmp.Or(cmp.Compare(b.More, a.More), cmp.Compare(a.Station, b.Station))
	})
	p.closures, p.missed = out, missed
	return out, nil
}

// Move is an engine that goes to another station, and what that does.
type Move struct {
	dispatch.Standby
	Metres float64 `json:"metres"` // as the crow flies
	Gain
}

// mostMoves is how many moves are sought, tried how many of the most promising are looked at for each, and farM how far
// an engine is sent, in metres.
const (
	mostMoves = 3
	tried     = 12
	farM      = 10_000
)

// RankMoves finds the best one, two and three standby moves into the stations that a scenario leaves empty: each is the
// best beside those before it. They are fewer where no further one saves calls.
func (p *Planner) RankMoves(ctx context.Context, s Scenario) ([]Move, error) {
	if _, err := p.RankClosures(ctx, nil); err != nil {
		return nil, err
	}
	var moves []Move
	for range mostMoves {
		now, err := p.stand(ctx, s.State, 0)
		if err != nil {
			return nil, err
		}
		likely, err := p.listLikelyMoves(ctx, now)
		if err != nil {
			return nil, err
		}
		ranked, err := p.compareMoves(ctx, s, now, likely)
		if err != nil {
			return nil, err
		}
		if len(ranked) == 0 || ranked[0].Net() <= 0 {
			break
		}
		moves = append(moves, ranked[0])
		s.Elsewhere = append(slices.Clone(s.Elsewhere), ranked[0].Standby)
	}
	return moves, nil
}

// CompareMoves ranks moves by what each alone would do to a scenario, best first.
func (p *Planner) CompareMoves(ctx context.Context, s Scenario, moves []dispatch.Standby) ([]Move, error) {
	now, err := p.stand(ctx, s.State, 0)
	if err != nil {
		return nil, err
	}
	return p.compareMoves(ctx, s, now, moves)
}

func (p *Planner) compareMoves(
	ctx context.Context, s Scenario, now *standing, moves []dispatch.Standby,
) ([]Move, error) {
	w, err := s.window()
	if err != nil {
		return nil, err
	}
	var out []Move
	for _, m := range moves {
		then := s.State
		then.Elsewhere = append(slices.Clone(then.Elsewhere), m)
		g, err := p.gainOver(ctx, now, then, w, m.Station, m.At)
		if err != nil {
			return nil, err
		}
		out = append(out, Move{m, p.metresBetween(m.Station, m.At), g})
	}
	slices.SortStableFunc(out, func(a, b Move) int { return cmp.Compare(b.Net(), a.Net()) })
	return out, nil
}

// listLikelyMoves lists moves of one engine into each station that is out and empty, from any within
// farM that a scenario does not name: those first whose engine is missed least where it is and does most where it goes.
func (p *Planner) listLikelyMoves(ctx context.Context, now *standing) ([]dispatch.Standby, error) {
	s := now.state
	named := map[string]bool{}
	for _, e := range s.Elsewhere {
		named[e.Station], named[e.At] = true, true
	}
	var empty []string
	for _, o := range s.Out {
		if !named[o.Station] && (o.Engines == 0 || o.Engines == p.dispatcher.Engines(o.Station)) {
			empty = append(empty, o.Station)
		}
		named[o.Station] = true
	}
	var out []dispatch.Standby
	gained := map[string]float64{}
	for _, at := range empty {
		then := s // with one engine at home again
		then.Out = slices.DeleteFunc(slices.Clone(s.Out), func(o dispatch.Absence) bool { return o.Station == at })
		if less := p.dispatcher.Engines(at) - 1; less > 0 {
			then.Out = append(then.Out, dispatch.Absence{Station: at, Engines: less})
		}
		g, err := p.gainOver(ctx, now, then, window{}, at)
		if err != nil {
			return nil, err
		}
		gained[at] = g.Net()
		for _, from := range p.Stations() {
			if !named[from] && p.metresBetween(from, at) <= farM {
				out = append(out, dispatch.Standby{Station: from, At: at})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b dispatch.Standby) int {
		return cmp.Compare(gained[b.At]-p.missed[b.Station], gained[a.At]-p.missed[a.Station])
	})
	return out[:min(tried, len(out))], nil
}

func (p *Planner) metresBetween(from, to string) float64 {
	a, b := p.stations[from], p.stations[to]
	return math.Hypot(a.Easting-b.Easting, a.Northing-b.Northing)
}
