package cover

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"lfb/internal/dataset"
	"lfb/internal/dispatch"
	"lfb/internal/geo"
	"lfb/internal/lfb"
)

// Scenario is how engines stand, and when: each at times of its own, or at the scenario's hours of every day.
type Scenario struct {
	Out       []Absence          `json:"out,omitempty" doc:"stations or single engines that are not there"`
	Elsewhere []Standby          `json:"elsewhere,omitempty" doc:"engines that stand at another station or at a point"`
	New       []dispatch.Station `json:"new,omitempty" doc:"stations that do not exist yet; there at the scenario's hours"`
	Complete  bool               `json:"complete,omitempty" doc:"every engine that is not named is at home, as a mobilising system knows it; without it they are away as often as usual"`
	From      int                `json:"from,omitempty" minimum:"0" maximum:"23" doc:"first hour of every day, London time, of what says no times of its own"`
	To        int                `json:"to,omitempty" minimum:"0" maximum:"24" doc:"hour before which it ends; the same as from: the whole day"`
}

// Absence is engines that are not there, and when.
type Absence struct {
	dispatch.Absence
	Span
}

// Standby is an engine that stands elsewhere, and when.
type Standby struct {
	dispatch.Standby
	Span
}

// mostPoints is how many places that are no stations a scenario may have: the model is asked anew for each.
const mostPoints = 8

// stateIn is how engines stand in a phase.
func (s *Scenario) stateIn(f *phase) dispatch.State {
	state := dispatch.State{Complete: s.Complete}
	for _, i := range f.out {
		state.Out = append(state.Out, s.Out[i].Absence)
	}
	for _, i := range f.elsewhere {
		state.Elsewhere = append(state.Elsewhere, s.Elsewhere[i].Standby)
	}
	if f.added {
		state.New = s.New
	}
	return state
}

// locateError has what is refused of a phase's state point at the scenario's entry.
func (f *phase) locateError(err error) error {
	var part *lfb.PartError
	if !errors.As(err, &part) {
		return err
	}
	for list, of := range map[string][]int{"/out/": f.out, "/elsewhere/": f.elsewhere} {
		rest, ok := strings.CutPrefix(part.Pointer, list)
		at, field, _ := strings.Cut(rest, "/")
		if k, err := strconv.Atoi(at); ok && err == nil {
			pointer := strings.TrimSuffix(fmt.Sprintf("%s%d/%s", list, of[k], field), "/")
			return &lfb.PartError{Pointer: pointer, Reason: part.Reason}
		}
	}
	return err
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
	Days     []DayChange   `json:"days,omitempty" doc:"Of a scenario with dates: each day that they touch; all else is of the mean of these days"`
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

// DayChange is a day's.
type DayChange struct {
	Day    string   `json:"day" format:"date"`
	First  Change   `json:"first"`
	Second Change   `json:"second"`
	Hours  []Change `json:"hours" doc:"First engines by hour, 24"`
}

// scaleBy is so much of c.
func (c Change) scaleBy(share float64) Change {
	return Change{c.Calls * share, c.Before * share, c.After * share}
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
	l, err := s.timeline()
	if err != nil {
		return nil, err
	}
	if p.points += s.countPoints(); p.points > 4*mostPoints { // what was said of old ones is forgotten
		p.points = s.countPoints()
		for engine := range p.answers {
			p.answers[engine] = p.dispatcher.NewAnswers(p.calls[engine])
		}
	}
	then := make([]outlook, len(l.phases))
	for k := range l.phases {
		if then[k], err = p.lookAt(ctx, &s, &l.phases[k]); err != nil {
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
			first, second := p.tallyHour(k, h, 0, s.Complete, then), p.tallyHour(k, h, 1, s.Complete, then)
			e.Second.add(second)
			for _, sum := range []*Change{&e.First, &e.Hours[h], of, &place.First} {
				sum.add(first)
			}
		}
		e.Places = append(e.Places, place)
	}
	if l.dated {
		e.addDays(l, then)
	}
	for code, c := range boroughs {
		e.Boroughs = append(e.Boroughs, AreaChange{code, *c})
	}
	slices.SortFunc(e.Boroughs, func(a, b AreaChange) int {
		return cmp.Or(cmp.Compare(b.First.More(), a.First.More()), cmp.Compare(a.Code, b.Code))
	})
	return e, nil
}

// outlook is how late engines are in a phase.
type outlook struct {
	phase *phase
	hours [hours]float64 // of the mean day
	late  [2][]float64   // P(later than the aim) of each call, by engine
	all   [2][hours]Change
}

// lookAt asks about a phase, at its hours.
func (p *Planner) lookAt(ctx context.Context, s *Scenario, f *phase) (o outlook, err error) {
	o = outlook{phase: f, hours: f.meanDay()}
	weights := p.demand.slotWeights(o.hours)
	for engine := range o.late {
		stands, err := p.stand(ctx, s.stateIn(f), engine, weights)
		if err != nil {
			return o, f.locateError(err)
		}
		o.late[engine] = stands.late
	}
	return o, nil
}

// tallyHour returns what the mean day changes at a place and hour, and adds to each outlook what an hour of it
// would be all over London.
func (p *Planner) tallyHour(place, hour, engine int, complete bool, then []outlook) Change {
	c := Change{Calls: p.demand.places[place].calls * p.demand.hourly[hour]}
	if engine == 1 {
		c.Calls *= p.demand.seconds
	}
	shares := slotShares(hour)
	lateOf := func(late []float64) (sum float64) {
		for slot, share := range shares {
			if share > 0 {
				sum += c.Calls * share * late[place*slots+slot]
			}
		}
		return sum
	}
	c.Before = lateOf(p.bases[complete][engine].late)
	for k := range then {
		o := &then[k]
		if o.hours[hour] == 0 {
			continue
		}
		after := lateOf(o.late[engine])
		c.After += o.hours[hour] * after
		o.all[engine][hour].add(Change{c.Calls, c.Before, after})
	}
	return c
}

// addDays adds what each day changes.
func (e *Effect) addDays(l *timeline, then []outlook) {
	for k := range l.days {
		d := DayChange{Day: l.day(k), Hours: make([]Change, hours)}
		for i := range then {
			o := &then[i]
			for h, share := range o.phase.daily[k] {
				d.Hours[h].add(o.all[0][h].scaleBy(share))
				d.Second.add(o.all[1][h].scaleBy(share))
			}
		}
		for _, c := range d.Hours {
			d.First.add(c)
		}
		e.Days = append(e.Days, d)
	}
}
