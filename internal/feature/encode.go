package feature

import (
	"fmt"
	"slices"
	"sync"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

// makeSchema chooses the columns of s's variant.
func (s *Spec) makeSchema() error {
	if !slices.Contains([]Variant{Usual, Sent}, s.Variant) {
		return fmt.Errorf("feature variant %q: %w", s.Variant, lfb.ErrInvalid)
	}
	s.columns = slices.DeleteFunc(allColumns(), func(c column) bool {
		return c.variant != Usual && c.variant != s.Variant
	})
	s.base, s.schema = 0, &ml.Schema{Columns: make([]ml.Column, len(s.columns))}
	for j, c := range s.columns {
		out := &s.schema.Columns[j]
		out.Name, out.Role = c.name, c.role
		if c.rising {
			out.Monotone = 1
		}
		switch c.kind {
		case wordColumn:
			out.Categories = s.Vocab[c.fact].number
		case stationColumn:
			out.Categories = max(len(s.Stations), 1)
		}
		if c.variant == Usual {
			s.base++
		}
	}
	return nil
}

// callFacts is what a call is encoded from: positions of its words, its time, and its place among
// the stations.
type callFacts struct {
	word      [factCount]int32 // -1 unknown or unseen
	timed     bool
	at        clockMoment
	weekHour  int32 // -1 unknown
	pump      int   // 0 first engine, 1 later
	pumpOrder float64
	place     stationPlacement
	sent      sentFrom
	tables    *Tables
}

// sentFrom is the station that the engine was ordered from; NaN is not known.
type sentFrom struct{ station, metres, seconds, ownGround float64 }

// factsPool is memory for Encode, which is called for every answer.
var factsPool = sync.Pool{New: func() any { return new(callFacts) }}

// Encode writes the columns of Schema for one call. dst must hold that many. A
// fact that c does not have, or that no training row had, becomes NaN; nothing
// becomes ±Inf. It allocates nothing.
func (s *Spec) Encode(dst []float64, c *lfb.Call) {
	f := factsPool.Get().(*callFacts)
	s.encodeWith(dst, c, &s.Tables, f)
	factsPool.Put(f)
}

// encodeWith is Encode with the tables given; f is scratch memory.
func (s *Spec) encodeWith(dst []float64, c *lfb.Call, t *Tables, f *callFacts) {
	s.lookUp(f, c, t)
	dst = dst[:len(s.columns)]
	for j := range dst {
		dst[j] = s.columns[j].value(s, f)
	}
}

func (s *Spec) lookUp(f *callFacts, c *lfb.Call, t *Tables) {
	*f = callFacts{
		pump: engineIndex(c.PumpOrder), weekHour: -1, tables: t,
		pumpOrder: float64(max(c.PumpOrder, 1)), // the first where the call doesn't say
	}
	for k := range factCount {
		f.word[k] = s.Vocab[k].indexOf(*k.wordOf(c))
	}
	if !c.At.IsZero() {
		f.timed, f.at = true, momentOf(c.At)
		f.weekHour = int32(f.at.weekday*24 + f.at.hour)
	}
	if hasPoint(c) {
		own := int32(-1)
		if k := f.word[ground]; k >= 0 {
			own = s.geo.byName[k]
		}
		s.geo.rankStations(&f.place, c.Easting, c.Northing, own)
	}
	if s.Variant == Sent {
		s.lookUpSender(f, c.SentFrom)
	}
}

// lookUpSender finds where the engine comes from and how far that is.
func (s *Spec) lookUpSender(f *callFacts, name string) {
	f.sent = sentFrom{nan, nan, nan, nan}
	k := stationIndex(s.Stations, name)
	if k < 0 {
		return
	}
	f.sent.station = float64(k)
	if f.place.known && f.place.quick.n > 0 {
		t := &s.Stations[k]
		p := stationLine{t.Easting, t.Northing, t.Base, t.PerM}
		f.sent.metres = p.distanceTo(f.place.e, f.place.n)
		f.sent.seconds = t.Base + t.PerM*f.sent.metres
	}
	if g := f.word[ground]; g >= 0 {
		f.sent.ownGround = boolToFloat(s.Vocab[ground].Words[g] == name)
	}
}
