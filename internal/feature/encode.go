package feature

import (
	"math"

	"lfb/internal/lfb"
)

// facts is a call looked up: positions of its words, and its time.
type facts struct {
	word     [factCount]int32 // -1 unknown or unseen
	timed    bool
	at       moment
	weekHour int32 // -1 unknown
	pump     int   // 0 first engine, 1 later
	place    scene
}

// Encode writes the columns of Schema for one call. dst must hold that many. A
// fact that c does not have, or that no training row had, becomes NaN; nothing
// becomes ±Inf. It allocates nothing.
func (s *Spec) Encode(dst []float64, c *lfb.Call) { s.encode(dst, c, &s.Tables) }

// encode is Encode over the tables given.
func (s *Spec) encode(dst []float64, c *lfb.Call, t *Tables) {
	var f facts
	s.lookUp(&f, c)
	w := writer{dst: dst[:len(s.schema.Columns)]}
	w.put(pumpOf(c))
	w.put(s.Vocab[ground].category(f.word[ground]))
	w.put(s.Vocab[reported].category(f.word[reported]))
	w.put(f.hour())
	if s.use.place {
		s.encodePlace(&w, &f.place)
	}
	if s.use.station {
		s.encodeStations(&w, &f.place)
	}
	if s.use.expect {
		w.put(s.Ranks[f.pump].expected(&f.place.quick))
		w.put(soft(&f.place.quick))
	}
	s.encodeAverages(&w, &f, t)
	s.encodeTime(&w, &f)
	s.encodeWords(&w, &f)
	switch s.Variant {
	case Sent:
		s.encodeSent(&w, &f, c.SentFrom)
	case Load:
		w.put(finite(c.RecentLoad))
	}
}

// writer fills a row from left to right.
type writer struct {
	dst []float64
	n   int
}

func (w *writer) put(v float64) {
	w.dst[w.n] = v
	w.n++
}

func (w *writer) missing(n int) {
	for range n {
		w.put(nan)
	}
}

func (s *Spec) lookUp(f *facts, c *lfb.Call) {
	for k := range factCount {
		f.word[k] = s.Vocab[k].at(*k.word(c))
	}
	f.pump, f.weekHour = engine(c.PumpOrder), -1
	if !c.At.IsZero() {
		f.timed, f.at = true, momentOf(c.At)
		f.weekHour = int32(f.at.weekday*24 + f.at.hour)
	}
	if located(c) {
		own := int32(-1)
		if k := f.word[ground]; k >= 0 {
			own = s.geo.byName[k]
		}
		s.geo.look(&f.place, c.Easting, c.Northing, own)
	}
}

// pumpOf is the engine asked about: the first where the call doesn't say.
func pumpOf(c *lfb.Call) float64 { return float64(max(c.PumpOrder, 1)) }

func (f *facts) hour() float64 {
	if !f.timed {
		return nan
	}
	return float64(f.at.hour)
}

func (s *Spec) encodePlace(w *writer, p *scene) {
	if !p.known {
		w.missing(5)
		return
	}
	w.put(p.e)
	w.put(p.n)
	w.put((p.e - p.n) * math.Sqrt2 / 2)
	w.put((p.e + p.n) * math.Sqrt2 / 2)
	w.put(math.Hypot(p.e-s.CentreE, p.n-s.CentreN))
}

func (s *Spec) encodeStations(w *writer, p *scene) {
	if !p.known || p.quick.n == 0 {
		w.missing(18)
		return
	}
	for k := range nearestCount {
		w.put(p.near.or(k))
	}
	w.put(p.ownM)
	for k := range nearestCount {
		w.put(p.quick.or(k))
	}
	w.put(p.ownSec)
	w.put(p.quick.or(1) - p.quick.or(0))
	w.put(p.ownM - p.near.value[0])
	w.put(p.ownSec - p.quick.value[0])
	if p.own >= 0 {
		w.put(float64(p.ownRank))
	} else {
		w.put(nan)
	}
	w.put(float64(p.within2km))
	w.put(float64(p.within4km))
	at := &s.geo.lines[p.near.who[0]]
	w.put(p.e - at[0])
	w.put(p.n - at[1])
}

func (s *Spec) encodeAverages(w *writer, f *facts, t *Tables) {
	p := &f.place
	if s.use.field {
		for k := range t.Fields {
			if p.known {
				w.put(t.Fields[k].at(p.e, p.n))
			} else {
				w.put(nan)
			}
		}
	}
	if s.use.away {
		if p.known {
			w.put(t.AwayMap.at(p.e, p.n))
		} else {
			w.put(nan)
		}
	}
	for r := range s.recipes {
		if s.uses(s.recipes[r].family) {
			w.put(t.mean(r, &s.recipes[r], f))
		}
	}
}

func (s *Spec) encodeTime(w *writer, f *facts) {
	if s.use.clock {
		if f.timed {
			h := float64(f.at.hour) + float64(f.at.minute)/60
			sin, cos := math.Sincos(h * math.Pi / 12)
			w.put(h)
			w.put(sin)
			w.put(cos)
			w.put(float64(f.at.weekday))
			w.put(float64(f.at.weekday)*24 + h)
			w.put(float64(f.at.month))
		} else {
			w.missing(6)
		}
	}
	if s.use.holiday {
		if f.timed {
			w.put(truth(s.Calendar.bank(f.at.day)))
			w.put(truth(s.Calendar.school(f.at.day)))
		} else {
			w.missing(2)
		}
	}
	if s.use.trend {
		if f.timed {
			w.put(float64(f.at.day))
		} else {
			w.put(nan)
		}
	}
}

func (s *Spec) encodeWords(w *writer, f *facts) {
	if s.use.property {
		w.put(s.Vocab[category].category(f.word[category]))
		w.put(s.Vocab[propertyType].category(f.word[propertyType]))
	}
	if s.use.borough {
		w.put(s.Vocab[borough].category(f.word[borough]))
	}
	if s.use.area {
		w.put(s.Vocab[ward].category(f.word[ward]))
		w.put(s.Vocab[district].category(f.word[district]))
	}
	if s.use.nearest {
		for k := range 2 {
			if k < f.place.near.n {
				w.put(float64(s.geo.open[f.place.near.who[k]]))
			} else {
				w.put(nan)
			}
		}
	}
}

// encodeSent writes where the engine comes from and how far that is.
func (s *Spec) encodeSent(w *writer, f *facts, name string) {
	k := stationIndex(s.Stations, name)
	if k < 0 {
		w.missing(5)
		return
	}
	w.put(float64(k))
	t := &s.Stations[k]
	if !f.place.known || f.place.quick.n == 0 {
		w.missing(3)
	} else {
		p := line{t.Easting, t.Northing, t.Base, t.PerM}
		d := p.distance(f.place.e, f.place.n)
		seconds := t.Base + t.PerM*d
		w.put(d)
		w.put(seconds)
		w.put(seconds - f.place.quick.value[0])
	}
	if g := f.word[ground]; g >= 0 {
		w.put(truth(s.Vocab[ground].Words[g] == name))
	} else {
		w.put(nan)
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// finite is v, NaN for ±Inf.
func finite(v float64) float64 {
	if math.IsInf(v, 0) {
		return nan
	}
	return v
}
