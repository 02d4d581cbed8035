package cover

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"lfb/internal/dispatch"
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

func (s *Scenario) window() (window, error) {
	if s.From < 0 || s.From >= hours || s.To < 0 || s.To > hours {
		return window{}, fmt.Errorf("from %d to %d are not hours of the day: %w", s.From, s.To, lfb.ErrInvalid)
	}
	return window{s.From, s.To}, nil
}

// Effect is what a scenario does: calls a day that get their engine later than the aim.
type Effect struct {
	First    Change        `json:"first"`
	Second   Change        `json:"second"`
	Hours    []Change      `json:"hours"`    // of the first engine, 24
	Boroughs []AreaChange  `json:"boroughs"` // most changed first
	Places   []PlaceChange `json:"places"`   // hexagons
}

// Change is calls a day, all of them and those whose engine is late, before and after.
type Change struct {
	Calls  float64 `json:"calls"`
	Before float64 `json:"before"`
	After  float64 `json:"after"`
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

// PlaceChange is a hexagon's.
type PlaceChange struct {
	*Place
	First Change `json:"first"`
}

// Evaluate says what a scenario does.
func (p *Planner) Evaluate(ctx context.Context, s Scenario) (*Effect, error) {
	w, err := s.window()
	if err != nil {
		return nil, err
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
		place := PlaceChange{Place: &p.demand.places[k]}
		of := boroughs[place.Borough]
		if of == nil {
			of = &Change{}
			boroughs[place.Borough] = of
		}
		for h := range hours {
			calls := place.Calls * p.demand.hourly[h]
			for engine, per := range [2]float64{1, p.demand.seconds} {
				c := Change{Calls: calls * per}
				for slot, share := range slotShares(h) {
					was, is := p.usual[engine].late[k*slots+slot], after[engine].late[k*slots+slot]
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
