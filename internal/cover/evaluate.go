package cover

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"lfb/internal/dataset"
	"lfb/internal/dispatch"
	"lfb/internal/geo"
	"lfb/internal/lfb"
)

// Scenario is how engines stand, and at which hours of every day.
type Scenario struct {
	dispatch.State
	From int `json:"from,omitempty" minimum:"0" maximum:"23" doc:"first hour of every day, London time"`
	To   int `json:"to,omitempty" minimum:"0" maximum:"24" doc:"hour before which it ends; the same as from: the whole day"`
}

// window is hours of the day, perhaps over midnight.
type window struct{ from, to int }

func (w window) contains(hour int) bool {
	from, to := w.from%hours, w.to%hours
	switch {
	case from < to:
		return from <= hour && hour < to
	case from > to:
		return hour >= from || hour < to
	}
	return true
}

// mostPoints is how many places that are no stations a scenario may have: the model is asked anew for each.
const mostPoints = 8

func (s *Scenario) window() (window, error) {
	if points := s.countPoints(); points > mostPoints {
		return window{}, fmt.Errorf("%d new places for engines, %d at most: %w", points, mostPoints, lfb.ErrInvalid)
	}
	if s.From < 0 || s.From >= hours || s.To < 0 || s.To > hours {
		return window{}, fmt.Errorf("from %d to %d are not hours of the day: %w", s.From, s.To, lfb.ErrInvalid)
	}
	return window{s.From, s.To}, nil
}

func (s *Scenario) countPoints() int {
	points := len(s.New)
	for _, e := range s.Elsewhere {
		if e.At == "" {
			points++
		}
	}
	return points
}

// Effect is what a scenario does: calls a day that get their engine later than the aim.
type Effect struct {
	First    Change        `json:"first" doc:"First engines later than 6 minutes"`
	Second   Change        `json:"second" doc:"Second engines later than 8 minutes"`
	Hours    []Change      `json:"hours" doc:"First engines by hour of the day, 24"`
	Boroughs []AreaChange  `json:"boroughs" doc:"Most changed first"`
	Places   []PlaceChange `json:"places,omitempty" doc:"Hexagons of 750 m from the middle to a corner; where asked for"`
}

// Change is calls a day, all of them and those whose engine is late: with nothing out, and in the scenario. Of a
// complete State both have every other engine at home.
type Change struct {
	Calls  float64 `json:"calls"`
	Before float64 `json:"before"`
	After  float64 `json:"after"`
}

// Doubt is by what part of itself a change may be wrong: on the scenarios in docs/COVER.md nine in ten were within.
const Doubt = 0.2

// Interval is within what nine in ten changes lie, low to high.
func (c Change) Interval() (low, high float64) {
	apart := Doubt * math.Abs(c.More())
	return c.More() - apart, c.More() + apart
}

// More is how many more are late.
func (c Change) More() float64 { return c.After - c.Before }

func (c *Change) add(o Change) {
	c.Calls, c.Before, c.After = c.Calls+o.Calls, c.Before+o.Before, c.After+o.After
}

// AreaChange is a borough's.
type AreaChange struct {
	Code  string `json:"code"`
	First Change `json:"first"`
}

// PlaceChange is a hexagon's of size dataset.HexSize.
type PlaceChange struct {
	Hex      geo.Hex `json:"-"`
	Easting  float64 `json:"easting" doc:"of its middle, metres"`
	Northing float64 `json:"northing"`
	Borough  string  `json:"borough"`
	First    Change  `json:"first"`
}

// Evaluate says what a scenario does.
func (p *Planner) Evaluate(ctx context.Context, s Scenario) (*Effect, error) {
	w, err := s.window()
	if err != nil {
		return nil, err
	}
	if p.points += s.countPoints(); p.points > 4*mostPoints { // what was said of old ones is forgotten
		p.points = s.countPoints()
		for engine := range p.answers {
			p.answers[engine] = p.dispatcher.NewAnswers(p.calls[engine])
		}
	}
	var after [2]*standing
	for engine := range after {
		if after[engine], err = p.stand(ctx, s.State, engine); err != nil {
			return nil, err
		}
	}
	e := &Effect{Hours: make([]Change, hours)}
	boroughs := map[string]*Change{}
	for k := range p.demand.places {
		from := &p.demand.places[k]
		place := PlaceChange{Hex: from.hex, Borough: from.borough}
		place.Easting, place.Northing = from.hex.Centre(dataset.HexSize)
		of := boroughs[place.Borough]
		if of == nil {
			of = &Change{}
			boroughs[place.Borough] = of
		}
		for h := range hours {
			calls := from.calls * p.demand.hourly[h]
			for engine, per := range [2]float64{1, p.demand.seconds} {
				c := Change{Calls: calls * per}
				for slot, share := range slotShares(h) {
					was, is := p.bases[s.Complete][engine].late[k*slots+slot], after[engine].late[k*slots+slot]
					if !w.contains(h) {
						is = was
					}
					c.Before, c.After = c.Before+c.Calls*share*was, c.After+c.Calls*share*is
				}
				if engine == 1 {
					e.Second.add(c)
					continue
				}
				for _, sum := range []*Change{&e.First, &e.Hours[h], of, &place.First} {
					sum.add(c)
				}
			}
		}
		e.Places = append(e.Places, place)
	}
	for code, c := range boroughs {
		e.Boroughs = append(e.Boroughs, AreaChange{code, *c})
	}
	slices.SortFunc(e.Boroughs, func(a, b AreaChange) int {
		return cmp.Or(cmp.Compare(b.First.More(), a.First.More()), cmp.Compare(a.Code, b.Code))
	})
	return e, nil
}
