package feature

import (
	"fmt"
	"slices"

	"lfb/internal/lfb"
)

// Closing is s as if the named stations had no engine: they are nobody's nearest
// and no time is expected from them. What the tables hold is seconds beyond the
// expected, so it goes on to hold for the stations that are left. It is a what-if
// of the learned geometry: nothing is known of how crews would be moved. A name
// that is no open station of s is lfb.ErrNotFound.
func (s *Spec) Closing(names ...string) (*Spec, error) {
	out := *s
	out.Stations, out.folds = slices.Clone(s.Stations), nil
	for _, name := range names {
		k := stationIndex(out.Stations, name)
		if k < 0 || !out.Stations[k].Open {
			return nil, fmt.Errorf("open station %.60q: %w", name, lfb.ErrNotFound)
		}
		out.Stations[k].Open = false
	}
	out.geo = newGeometry(out.Stations, &out.Vocab[ground])
	return &out, nil
}

// GroundAt is the station ground that a place falls to where grounds go by time:
// the open station that is quickest from it, empty where there is none.
func (s *Spec) GroundAt(e, n float64) string {
	var place placement
	s.geo.rankStations(&place, e, n, -1)
	for k := range place.quick.n {
		name := s.Stations[s.geo.open[place.quick.who[k]]].Name
		if s.Vocab[ground].at(name) >= 0 {
			return name
		}
	}
	return ""
}
