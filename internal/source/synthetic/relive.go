package synthetic

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"lfb/internal/geo/london"
	"lfb/internal/lfb"
)

// StationChange is what is different about the stations in a city that is lived again.
type StationChange struct {
	Closed  []string                // names
	Moved   map[string]london.Point // to where, by name
	Standby []Standby
}

// Standby is one engine of a station that stands elsewhere. It comes from Station by name, and is as often away.
type Standby struct {
	Station string
	To      london.Point
}

// Attended is one call and who came to it.
type Attended struct {
	IncidentNumber    string
	At                time.Time // of the call, in London
	Easting, Northing float64   // metres
	Ground            string    // the station that is nearest by road
	// Engines are those that arrived, in that order; none where no time is published.
	Engines []Arrival
	// Away are the engines that were not at their stations, of the stations that are nearest by road.
	Away []AwayEngines
}

// AwayEngines is how many of a station's engines were away at a call.
type AwayEngines struct {
	Station string
	Engines int
}

// Arrival is an engine's at a call.
type Arrival struct {
	Station string
	Seconds int // from mobilisation
}

// Relive lives the months first to last again, both as 2024-01, with other stations: the same
// calls at the same moments and places, and as many engines. An engine that comes
// in both lives takes as long in both, unless its station moved. So the
// difference is what the change did, which real records never tell. Without a
// change the calls are those of the files. A station that is not known, fewer than
// 12 that stay open, or a month that the city does not have is lfb.ErrInvalid.
func (c *City) Relive(ctx context.Context, first, last string, change StationChange) iter.Seq2[Attended, error] {
	return func(yield func(Attended, error) bool) {
		from, to, err := c.monthsBetween(first, last)
		var l *cityMap
		if err == nil {
			l, err = c.london().withStations(change)
		}
		if err != nil {
			yield(Attended{}, err)
			return
		}
		s := newSimulation(l)
		for m := from; m <= to; m++ {
			for _, d := range c.calendar.splitMonth(nil, m, c.opts.Seed) {
				if err := ctx.Err(); err != nil {
					yield(Attended{}, err)
					return
				}
				calls := s.simulateDay(&d)
				for i := range calls {
					if !yield(s.describeAttended(&d, &calls[i]), nil) {
						return
					}
				}
			}
		}
	}
}

func (c *City) monthsBetween(first, last string) (from, to int64, err error) {
	number := func(month string) int64 {
		for m := range c.calendar.months + c.calendar.extra {
			if c.calendar.monthStart(m).Format("2006-01") == month {
				return m
			}
		}
		return -1
	}
	from, to = number(first), number(last)
	if from < 0 || to < from {
		return 0, 0, fmt.Errorf("synthetic: %s to %s are not months of the city: %w", first, last, lfb.ErrInvalid)
	}
	return from, to, nil
}

// withStations returns the city as it is but for the change.
func (l *cityMap) withStations(change StationChange) (*cityMap, error) {
	if l.later != nil {
		return nil, fmt.Errorf("synthetic: a city with a change of its own cannot be lived again: %w", lfb.ErrInvalid)
	}
	stations, err := changeStations(slices.Clone(l.stations), change)
	if err != nil {
		return nil, err
	}
	other := *l
	other.stations, other.roads = stations, newRoads(stations)
	return &other, nil
}

// changeStations changes a city's stations, of which enough must stay open.
func changeStations(stations []fireStation, change StationChange) ([]fireStation, error) {
	find := func(name string) (*fireStation, error) {
		k := slices.IndexFunc(stations, func(s fireStation) bool { return s.name == name })
		if k < 0 {
			return nil, fmt.Errorf("synthetic: no station %q: %w", name, lfb.ErrInvalid)
		}
		return &stations[k], nil
	}
	for name, to := range change.Moved {
		s, err := find(name)
		if err != nil {
			return nil, err
		}
		if cellAt(to.Easting, to.Northing) < 0 {
			return nil, fmt.Errorf("synthetic: station %q cannot move to %.0f, %.0f: %w", name, to.Easting, to.Northing,
				lfb.ErrInvalid)
		}
		s.e, s.n = to.Easting, to.Northing
	}
	for _, e := range change.Standby {
		s, err := find(e.Station)
		if err != nil {
			return nil, err
		}
		if s.engines == 0 || cellAt(e.To.Easting, e.To.Northing) < 0 {
			at := fmt.Sprintf("%.0f, %.0f", e.To.Easting, e.To.Northing)
			return nil, fmt.Errorf("synthetic: no engine of %q can stand at %s: %w", e.Station, at, lfb.ErrInvalid)
		}
		s.engines--
		away := *s
		away.e, away.n, away.engines = e.To.Easting, e.To.Northing, 1
		stations = append(stations, away)
	}
	open := len(stations)
	for _, name := range change.Closed {
		s, err := find(name)
		if err != nil {
			return nil, err
		}
		if !s.closed {
			s.closed, open = true, open-1
		}
	}
	if open < legs {
		return nil, fmt.Errorf("synthetic: %d stations stay open, %d are needed: %w", open, legs, lfb.ErrInvalid)
	}
	return stations, nil
}

func (s *simulation) describeAttended(d *daySpan, c *incidentCall) Attended {
	l := s.l
	out := Attended{
		IncidentNumber: string(appendIncidentNumber(nil, d, c)), At: d.date.Add(time.Duration(c.elapsed) * time.Second),
		Easting: c.e, Northing: c.n, Ground: l.stations[c.ground].name,
	}
	for i := range c.engines {
		e := &c.engines[i]
		out.Engines = append(out.Engines, Arrival{l.stations[e.station].name, int(e.attendanceSeconds())})
	}
	l.roads.fillRoutes(&s.ways, c.e, c.n)
	for _, w := range s.ways {
		away := AwayEngines{Station: l.stations[w.station].name}
		for number := uint8(1); int(number) <= l.stations[w.station].engines; number++ {
			if s.isAway(c, w.station, number) {
				away.Engines++
			}
		}
		if away.Engines > 0 {
			out.Away = append(out.Away, away)
		}
	}
	return out
}
