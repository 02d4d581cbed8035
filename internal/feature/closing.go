package feature

import (
	"fmt"
	"slices"

	"lfb/internal/lfb"
)

// WithoutStations returns s as if the named stations had no engine: they are nobody's nearest
// and no time is expected from them. The tables hold seconds beyond the expected, so they stay
// right for the other stations. It is a what-if of the learned geometry: it does not know how
// crews would be moved. A name that is no open station of s gives lfb.ErrNotFound.
func (s *Spec) WithoutStations(names ...string) (*Spec, error) {
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

// GroundAt returns the station ground of a place if grounds were drawn by time: that of the open
// station that is quickest to it; empty where there is none.
func (s *Spec) GroundAt(e, n float64) string {
	var place stationPlacement
	s.geo.rankStations(&place, e, n, -1)
	for k := range place.quick.n {
		name := s.Stations[s.geo.open[place.quick.who[k]]].Name
		if s.Vocab[ground].indexOf(name) >= 0 {
			return name
		}
	}
	return ""
}
