package feature

import (
	"fmt"
	"math"
	"slices"
	"time"

	"lfb/internal/lfb"
)

// SecondsTo returns what the station's line expects for an engine to a place, metres, in seconds.
func (t *LearnedStation) SecondsTo(e, n float64) float64 {
	p := stationLine{t.Easting, t.Northing, t.Base, t.PerM}
	return t.Base + t.PerM*p.distanceTo(e, n)
}

// AwayShare returns how often the first engine to a station ground was another station's, in
// the quarter of the day of a moment; the mean of all grounds where the ground is not known.
func (s *Spec) AwayShare(station string, at time.Time) float64 {
	f := callFacts{weekHour: int32(momentOf(at).hour)}
	f.word[ground] = s.Vocab[ground].indexOf(station)
	if k := byGroundBand.lookupCode(&f); k >= 0 {
		return s.Away + s.Tables.Means[awayByBand][k]
	}
	return s.Away
}

// SecondShare returns how often the second engine to a station ground was its own station's.
func (s *Spec) SecondShare(station string) float64 {
	if k := s.Vocab[ground].indexOf(station); k >= 0 {
		return s.Second + s.Tables.Means[secondByName][k]
	}
	return s.Second
}

// WithSenderAt returns s as if engines that are sent from the station stood at a point, metres.
// Where the stations are that others are compared with stays. A station that is not known is
// lfb.ErrNotFound.
func (s *Spec) WithSenderAt(station string, e, n float64) (*Spec, error) {
	k := stationIndex(s.Stations, station)
	if k < 0 {
		return nil, fmt.Errorf("station %.60q: %w", station, lfb.ErrNotFound)
	}
	if !(math.Abs(e) < 1e7 && math.Abs(n) < 1e7) {
		return nil, fmt.Errorf("an engine at %v, %v: %w", e, n, lfb.ErrInvalid)
	}
	out := *s
	out.Stations, out.folds = slices.Clone(s.Stations), nil
	out.Stations[k].Easting, out.Stations[k].Northing = e, n
	return &out, nil
}
