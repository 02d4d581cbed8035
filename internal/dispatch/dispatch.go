package dispatch

import (
	"fmt"
	"math"
	"slices"
	"time"

	"lfb/internal/bundle"
	"lfb/internal/feature"
	"lfb/internal/lfb"
)

// mostWards is how many wards are enough to count how often engines come from where.
const mostWards = 300

// twoEngines is the share of second engines from the own station above which a station has two.
const twoEngines = 0.4

// Dispatcher is what a bundle teaches about who comes. It is immutable and safe for concurrent use.
type Dispatcher struct {
	bundle  *bundle.Bundle
	homes   []home
	byName  map[string]int
	often   [2]float64 // by engine: how much more or less often engines are away than grounds show
	usually *Arrangement
}

// home is an open station.
type home struct {
	feature.LearnedStation
	engines int
	away    [quarters]float64 // chance that one engine is away, by quarter of the day
}

// quarters of the day; a call without a time has the mean of them.
const quarters = 4

// NewDispatcher learns who comes from a bundle; lfb.ErrUnavailable where it has no head that takes the station sent
// from, or no station.
func NewDispatcher(b *bundle.Bundle) (*Dispatcher, error) {
	d := &Dispatcher{bundle: b, byName: map[string]int{}, often: [2]float64{1, 1}}
	if b.Head(bundle.Attendance, feature.Sent) == nil {
		return nil, fmt.Errorf("a model that does not take the station sent from: %w", lfb.ErrUnavailable)
	}
	for _, s := range b.Spec.Stations {
		if s.Open {
			d.byName[s.Name] = len(d.homes)
			d.homes = append(d.homes, newHome(b.Spec, s))
		}
	}
	if len(d.homes) == 0 {
		return nil, fmt.Errorf("a model without stations: %w", lfb.ErrUnavailable)
	}
	var err error
	if d.usually, err = d.Arrange(State{}); err == nil {
		d.often = [2]float64{d.findOften(1), d.findOften(2)}
	}
	return d, err
}

// findOften returns by how much the chances of being away are to be multiplied for shares to be as the ranks of
// stations were: grounds are not drawn by time, so that another station's engine is not always one in the place of one
// that is away. It looks at the middle of each ward, as wards have about as many calls each.
func (d *Dispatcher) findOften(engine int) float64 {
	low, high := 0.0, 2.0
	for range 12 {
		d.often[engine-1] = (low + high) / 2
		var later float64
		wards := d.bundle.Spec.Places.Areas[feature.VocabWard]
		for k := 0; k < len(wards); k += 1 + len(wards)/mostWards {
			if ward := wards[k]; ward.E != 0 || ward.N != 0 {
				later += d.usually.compareRanks(&lfb.Call{Easting: ward.E, Northing: ward.N, PumpOrder: engine})
			}
		}
		switch {
		case later == 0: // no wards
			return 1
		case later < 0:
			low = d.often[engine-1]
		default:
			high = d.often[engine-1]
		}
	}
	return d.often[engine-1]
}

func newHome(spec *feature.Spec, s feature.LearnedStation) home {
	h := home{LearnedStation: s, engines: countEngines(spec, s.Name)}
	for q := range h.away {
		none := spec.AwayShare(s.Name, time.Date(2024, 1, 1, 6*q, 0, 0, 0, lfb.London))
		h.away[q] = math.Pow(min(max(none, 0.02), 0.9), 1/float64(h.engines))
	}
	return h
}

// Engines returns how many engines an open station has, 1 or 2; 0 where there is no such station.
func (d *Dispatcher) Engines(station string) int {
	if k, ok := d.byName[station]; ok {
		return d.homes[k].engines
	}
	return 0
}

// State is how engines stand, beside what is usual. The zero State is the usual.
type State struct {
	Out       []Absence // stations or single engines that are not there
	Elsewhere []Standby // engines that stand at another station or at a point
	New       []Station // stations that do not exist yet
	// Complete says that every engine that is not named is at home, as a mobilising system knows it; else they are
	// away as often as usual.
	Complete bool
}

// Absence is engines that are not there.
type Absence struct {
	Station string `json:"station"`
	Engines int    `json:"engines,omitempty" doc:"0: all of them"`
}

// Standby is one engine of Station that stands at the station At or, where that is empty, at a point.
type Standby struct {
	Station  string  `json:"station"`
	At       string  `json:"at,omitempty"`
	Easting  float64 `json:"easting,omitempty" doc:"metres"`
	Northing float64 `json:"northing,omitempty" doc:"metres"`
}

// Station is a station that does not exist.
type Station struct {
	Name     string  `json:"name"`
	Easting  float64 `json:"easting" doc:"metres"`
	Northing float64 `json:"northing" doc:"metres"`
	Engines  int     `json:"engines,omitempty" doc:"0: one"`
}

// Source is from where engines come. It can be compared.
type Source struct {
	Station string // an open station, or the one by whose line engines drive from a point
	// Easting and Northing are the point's, 0 for the station itself.
	Easting, Northing float64
}

// isPoint reports whether s is not the station itself.
func (s Source) isPoint() bool { return s.Easting != 0 || s.Northing != 0 }

// Arrangement is a State made ready. It is immutable and safe for concurrent use.
type Arrangement struct {
	d        *Dispatcher
	complete bool
	posts    []post // with an engine or more
	sources  []Source
}

// post is where engines stand.
type post struct {
	line    feature.LearnedStation // where, and how fast from there
	away    *[quarters]float64
	engines int
}

// Arrange makes a State ready. A station that is not open, more engines out or elsewhere than a station has, or a point
// that is no place of London is a *lfb.PartError.
func (d *Dispatcher) Arrange(s State) (*Arrangement, error) {
	a := &Arrangement{
		d: d, complete: s.Complete, posts: make([]post, len(d.homes)), sources: make([]Source, len(d.homes)),
	}
	for k := range d.homes {
		h := &d.homes[k]
		a.posts[k] = post{h.LearnedStation, &h.away, h.engines}
		a.sources[k] = Source{Station: h.Name}
	}
	roster := NewRoster(d.bundle.Spec)
	for i, o := range s.Out {
		n, err := roster.TakeEngines(fmt.Sprintf("/out/%d", i), o.Station, o.Engines)
		if err != nil {
			return nil, err
		}
		a.posts[d.byName[o.Station]].engines -= n
	}
	for i, e := range s.Elsewhere {
		pointer := fmt.Sprintf("/elsewhere/%d", i)
		n, err := roster.TakeEngines(pointer, e.Station, 1)
		if err == nil {
			err = roster.CheckPlace(pointer, e.At, e.Easting, e.Northing)
		}
		if err != nil {
			return nil, err
		}
		a.posts[d.byName[e.Station]].engines -= n
		if e.At != "" {
			a.posts[d.byName[e.At]].engines += n
		} else {
			a.addPoint(e.Easting, e.Northing, n)
			a.posts[len(a.posts)-1].away = &d.homes[d.byName[e.Station]].away // its crews are the same
		}
	}
	named := map[string]bool{"": true}
	for i, n := range s.New {
		pointer := fmt.Sprintf("/new/%d", i)
		switch {
		case named[n.Name] || d.Engines(n.Name) > 0:
			reason := fmt.Sprintf("a new station needs a name that no other has, not %.60q", n.Name)
			return nil, &lfb.PartError{Pointer: pointer + "/name", Reason: reason}
		case n.Engines < 0 || n.Engines > 9:
			reason := fmt.Sprintf("the new station %.60q has 1 to 9 engines, not %d", n.Name, n.Engines)
			return nil, &lfb.PartError{Pointer: pointer + "/engines", Reason: reason}
		}
		if err := roster.CheckPlace(pointer, "", n.Easting, n.Northing); err != nil {
			return nil, err
		}
		named[n.Name] = true
		a.addPoint(n.Easting, n.Northing, max(n.Engines, 1))
	}
	return a, nil
}

// addPoint adds a place from where engines drive as those of the nearest station do.
func (a *Arrangement) addPoint(e, n float64, engines int) {
	homes := a.d.homes
	h := &homes[0]
	for k := range homes {
		if math.Hypot(homes[k].Easting-e, homes[k].Northing-n) < math.Hypot(h.Easting-e, h.Northing-n) {
			h = &homes[k]
		}
	}
	p := post{h.LearnedStation, &h.away, engines}
	p.line.Easting, p.line.Northing = e, n
	a.posts = append(a.posts, p)
	a.sources = append(a.sources, Source{Station: h.Name, Easting: e, Northing: n})
}

// EnginesAt returns how many engines stand at an open station.
func (a *Arrangement) EnginesAt(station string) int {
	if k, ok := a.d.byName[station]; ok {
		return a.posts[k].engines
	}
	return 0
}

// Sources are what Share.From counts: the open stations by name, then points in the order of the State.
func (a *Arrangement) Sources() []Source { return slices.Clip(a.sources) }
