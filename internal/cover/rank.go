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
	ctx context.Context, now *standing, then dispatch.State, weights [slots]float64, stations ...string,
) (g Gain, err error) {
	var only []int
	for _, name := range stations {
		only = append(only, now.reach[dispatch.Source{Station: name}]...)
		only = append(only, p.bases[false][0].reach[dispatch.Source{Station: name}]...)
	}
	slices.Sort(only)
	only = slices.DeleteFunc(slices.Compact(only), func(i int) bool { return weights[i%slots] == 0 })
	a, err := p.dispatcher.Arrange(then)
	if err != nil {
		return g, err
	}
	late, err := p.askLate(ctx, a, p.bases[then.Complete][0], 0, only)
	if err != nil {
		return g, err
	}
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
	all := p.demand.slotWeights(wholeDay())
	for _, name := range p.Stations() {
		progress.report(len(out), len(p.Stations()))
		c := Closure{Station: name, Engines: p.dispatcher.Engines(name)}
		for n := range c.Engines {
			less := dispatch.State{Out: []dispatch.Absence{{Station: name, Engines: n + 1}}}
			g, err := p.gainOver(ctx, p.bases[false][0], less, all, name)
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
	Standby
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

// RankMoves finds the best one, two and three standby moves into the stations that a scenario leaves empty, while it
// does: each is the best beside those before it. They are fewer where no further one saves calls.
func (p *Planner) RankMoves(ctx context.Context, s Scenario) ([]Move, error) {
	if _, err := p.RankClosures(ctx, nil); err != nil {
		return nil, err
	}
	var moves []Move
	for range mostMoves {
		now, err := p.lookForMoves(ctx, &s)
		if err != nil {
			return nil, err
		}
		likely, err := p.listLikelyMoves(ctx, &s, now)
		if err != nil {
			return nil, err
		}
		ranked, err := p.compareMoves(ctx, likely)
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

// CompareMoves ranks moves, each while anything of a scenario holds, by what each alone would do to it, best first.
func (p *Planner) CompareMoves(ctx context.Context, s Scenario, moves []dispatch.Standby) ([]Move, error) {
	now, err := p.lookForMoves(ctx, &s)
	if err != nil {
		return nil, err
	}
	during := slices.DeleteFunc(now, func(m moment) bool { return len(m.phase.out)+len(m.phase.elsewhere) == 0 })
	var all []possibleMove
	for _, m := range moves {
		all = append(all, possibleMove{Standby{Standby: m}, during})
	}
	return p.compareMoves(ctx, all)
}

// moment is how first engines stand in a phase, and what its slots count for.
type moment struct {
	*standing
	phase   *phase
	weights [slots]float64
}

// lookForMoves is the moments of a scenario.
func (p *Planner) lookForMoves(ctx context.Context, s *Scenario) ([]moment, error) {
	l, err := s.timeline()
	if err != nil {
		return nil, err
	}
	now := make([]moment, len(l.phases))
	for k := range now {
		m := &now[k]
		m.phase = &l.phases[k]
		m.weights = p.demand.slotWeights(m.phase.meanDay())
		if m.standing, err = p.stand(ctx, s.stateIn(m.phase), 0, m.weights); err != nil {
			return nil, m.phase.locateError(err)
		}
	}
	return now, nil
}

// possibleMove is a move and the moments in which it would hold.
type possibleMove struct {
	Standby
	during []moment
}

func (p *Planner) compareMoves(ctx context.Context, moves []possibleMove) ([]Move, error) {
	var out []Move
	for _, m := range moves {
		move := Move{Standby: m.Standby, Metres: p.metresBetween(m.Station, m.At)}
		for _, now := range m.during {
			then := now.state
			then.Elsewhere = append(slices.Clone(then.Elsewhere), m.Standby.Standby)
			g, err := p.gainOver(ctx, now.standing, then, now.weights, m.Station, m.At)
			if err != nil {
				return nil, err
			}
			move.Saves, move.Costs = move.Saves+g.Saves, move.Costs+g.Costs
		}
		out = append(out, move)
	}
	slices.SortStableFunc(out, func(a, b Move) int { return cmp.Compare(b.Net(), a.Net()) })
	return out, nil
}

// listLikelyMoves lists moves of one engine into each station that is out and empty, while it is, from any within farM
// that a scenario does not name then: those first whose engine is missed least where it is and does most where it goes.
func (p *Planner) listLikelyMoves(ctx context.Context, s *Scenario, now []moment) ([]possibleMove, error) {
	type ranked struct {
		possibleMove
		promise float64
	}
	var all []ranked
	for i, o := range s.Out {
		if o.Engines > 0 && o.Engines < p.dispatcher.Engines(o.Station) {
			continue
		}
		var during []moment
		named := map[string]bool{}
		filled := false
		share, gained := 0.0, 0.0 // of the day's calls, and with one engine at home again
		for _, m := range now {
			if !slices.Contains(m.phase.out, i) {
				continue
			}
			during = append(during, m)
			for _, e := range m.state.Elsewhere {
				named[e.Station], named[e.At] = true, true
				filled = filled || e.Station == o.Station || e.At == o.Station
			}
			for _, o := range m.state.Out {
				named[o.Station] = true
			}
			g, err := p.gainOver(ctx, m.standing, p.withOneBack(m.state, o.Station), m.weights, o.Station)
			if err != nil {
				return nil, err
			}
			gained += g.Net()
			for _, w := range m.weights {
				share += w
			}
		}
		for _, from := range p.Stations() {
			if filled || named[from] || p.metresBetween(from, o.Station) > farM {
				continue
			}
			m := Standby{dispatch.Standby{Station: from, At: o.Station}, o.Span}
			all = append(all, ranked{possibleMove{m, during}, gained - share*p.missed[from]})
		}
	}
	slices.SortStableFunc(all, func(a, b ranked) int { return cmp.Compare(b.promise, a.promise) })
	var out []possibleMove
	for _, m := range all[:min(tried, len(all))] {
		out = append(out, m.possibleMove)
	}
	return out, nil
}

// withOneBack is how engines stand with one of a station that is out at home again.
func (p *Planner) withOneBack(s dispatch.State, station string) dispatch.State {
	s.Out = slices.DeleteFunc(slices.Clone(s.Out), func(o dispatch.Absence) bool { return o.Station == station })
	if less := p.dispatcher.Engines(station) - 1; less > 0 {
		s.Out = append(s.Out, dispatch.Absence{Station: station, Engines: less})
	}
	return s
}

func (p *Planner) metresBetween(from, to string) float64 {
	a, b := p.stations[from], p.stations[to]
	return math.Hypot(a.Easting-b.Easting, a.Northing-b.Northing)
}
